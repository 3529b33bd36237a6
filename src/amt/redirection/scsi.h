/* SPDX-License-Identifier: Apache-2.0
 * The SCSI (MMC, SFF-8070) commands that IDE redirection carries: CDBs in both
 * directions, and what a console's drive answers. No I/O: the caller reads its image and
 * sends. wire-amt.md 4.5.
 */
#ifndef AMT_REDIRECTION_SCSI_H
#define AMT_REDIRECTION_SCSI_H

#include <base/str.h>

enum scsi_op {
	SCSI_TEST_UNIT_READY = 0x00,
	SCSI_READ_6 = 0x08,
	SCSI_WRITE_6 = 0x0A,
	SCSI_MODE_SENSE_6 = 0x1A,
	SCSI_START_STOP = 0x1B,
	SCSI_PREVENT_ALLOW = 0x1E,
	SCSI_READ_FORMAT_CAPACITIES = 0x23,
	SCSI_READ_CAPACITY = 0x25,
	SCSI_READ_10 = 0x28,
	SCSI_WRITE_10 = 0x2A,
	SCSI_WRITE_VERIFY = 0x2E,
	SCSI_READ_TOC = 0x43,
	SCSI_GET_CONFIGURATION = 0x46,
	SCSI_GET_EVENT_STATUS = 0x4A,
	SCSI_SEND_CUE_SHEET = 0x4C,
	SCSI_READ_DISC_INFO = 0x51,
	SCSI_READ_TRACK_INFO = 0x52,
	SCSI_MODE_SELECT_10 = 0x55,
	SCSI_MODE_SENSE_10 = 0x5A,
	SCSI_GET_PERFORMANCE = 0xAC,
};

#define SCSI_CDB_SIZE 12
#define SCSI_CD_BLOCK 2048u
#define SCSI_FLOPPY_BLOCK 512u

struct scsi_cdb {
	uint8_t op;
	uint32_t lba;	     /* READ, WRITE */
	uint32_t blocks;     /* READ, WRITE; READ(6) of "0" is 256 */
	uint16_t allocation; /* bytes the host takes, where the command says so */
	uint8_t page;	     /* MODE SENSE */
	uint8_t format;	     /* READ TOC */
	bool msf;	     /* READ TOC: addresses as minute, second, frame */
	bool polled;	     /* GET EVENT STATUS */
	uint16_t feature;    /* GET CONFIGURATION: the first one wanted */
};

/* Unknown commands keep only op. */
void scsi_decode(const uint8_t cdb[SCSI_CDB_SIZE], struct scsi_cdb *c);
void scsi_encode(const struct scsi_cdb *c, uint8_t cdb[SCSI_CDB_SIZE]);

/* A console's drive. */
struct scsi_drive {
	bool cd;	 /* else floppy */
	uint32_t blocks; /* of 2048 or 512 bytes; 0 = no medium */
	bool changed;	 /* unit attention is due; set when a medium comes */
};

struct scsi_answer {
	enum {
		SCSI_END,  /* sense, asc, ascq; sense 0 = good */
		SCSI_DATA, /* data, good */
		SCSI_READ, /* blocks from lba of the image, good */
		SCSI_GET,  /* take length bytes from the host, then end with the sense */
	} kind;
	uint8_t sense, asc, ascq;
	uint32_t lba, blocks;
	uint32_t length;
	uint8_t data[96];
	size_t n;
};

/* READ beyond the medium is answered with sense 05/21/00 here. */
void scsi_answer(const struct scsi_cdb *c, struct scsi_drive *d, struct scsi_answer *a);

#endif
