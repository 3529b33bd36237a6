/* SPDX-License-Identifier: Apache-2.0
 * IDE redirection, also called USB-R: messages of a session after its authentication.
 * Codec over bytes, both directions, no I/O. wire-amt.md 4.5.
 *
 * The console is the storage: the device sends ATAPI commands (IDER_COMMAND, the CDB is
 * scsi.h's) and gets IDER_DATA and IDER_COMMAND_END. The device's sequence must start at
 * 0 and grow by 1 with every message; the console's is not checked.
 */
#ifndef AMT_REDIRECTION_IDER_H
#define AMT_REDIRECTION_IDER_H

#include <base/buf.h>
#include <sys/types.h>

enum ider_op {
	IDER_OPEN = 0x40,
	IDER_OPEN_REPLY = 0x41,
	IDER_CLOSE = 0x42,
	IDER_CLOSE_REPLY = 0x43,
	IDER_PING = 0x44,
	IDER_PONG = 0x45,
	IDER_RESET_OCCURRED = 0x46,
	IDER_RESET_RESPONSE = 0x47,
	IDER_FEATURES = 0x48,
	IDER_FEATURES_REPLY = 0x49,
	IDER_ERROR = 0x4A,
	IDER_HEARTBEAT = 0x4B,
	IDER_COMMAND = 0x50,
	IDER_COMMAND_END = 0x51,
	IDER_GET_DATA = 0x52,
	IDER_HOST_DATA = 0x53,
	IDER_DATA = 0x54,
};

enum ider_features { IDER_GET_SUPPORTED = 1, IDER_GET_STATE = 2, IDER_SET_STATE = 3 };
/* Value of IDER_SET_STATE: enable, and when the drives appear. */
enum ider_enable {
	IDER_ENABLE = 0x01,
	IDER_ON_REBOOT = 0x08,
	IDER_GRACEFULLY = 0x10,
	IDER_NOW = 0x18,
};

enum ider_attribute { IDER_DMA = 1, IDER_COMPLETED = 2 };
enum ider_device { IDER_FLOPPY = 0xA0, IDER_CD = 0xB0 };

#define IDER_BUFFER_MAX 8192u /* readBuf and writeBuf, and any one message's data */
#define IDER_ATA_PACKET 0xA0
#define IDER_CDB_SIZE 12

/* ATA registers as the messages carry them. */
struct ider_regs {
	uint8_t mask, error, reason, sector, count_low, count_high, drive, status;
};

/* Slices point into the decoded bytes. */
struct ider_msg {
	enum ider_op op;
	uint8_t attributes; /* enum ider_attribute */
	uint32_t sequence;
	union {
		struct {
			uint16_t rx_timeout_ms, tx_timeout_ms, heartbeat_ms;
			uint32_t version;
		} open;
		struct {
			uint8_t status; /* 0 = open */
			uint8_t major, minor, fw_major, fw_minor;
			uint16_t read_buffer, write_buffer;
			uint8_t protocol; /* 0 */
			uint32_t oem;
			struct str oem_data;
		} open_reply;
		uint8_t reset_mask;
		struct {
			uint8_t sub; /* enum ider_features */
			uint32_t value;
		} features;	  /* request and reply; sub 1 and 2 ask without a value */
		uint8_t error[3]; /* [0] = code */
		struct {
			uint8_t cable_select;
			uint8_t feature; /* bit 0 = DMA */
			uint8_t sector_count, sector_number;
			uint16_t byte_count;
			uint8_t drive; /* bit 4: CD, else floppy */
			uint8_t ata;   /* IDER_ATA_PACKET */
			uint8_t cdb[IDER_CDB_SIZE];
		} command;
		struct {
			uint16_t length; /* asked for, in IDER_GET_DATA */
			struct ider_regs in, out;
			uint8_t sense, asc, ascq;
			struct str data; /* IDER_DATA */
		} answer;		 /* 0x51, 0x52, 0x54 */
		struct str host_data;
	};
};

/* Bytes consumed (> 0), 0 = incomplete, -1 = malformed, unknown or over a limit (why gets
 * static text). Limits are met before the bytes they limit are waited for. amtterm's
 * 0x40, whose fields start behind the opcode, is understood. */
ssize_t ider_decode(const void *p, size_t n, struct ider_msg *m, const char **why);
/* Appends. */
void ider_encode(struct buf *out, const struct ider_msg *m);

/* The console's answers, all but the sequence. End with sense 0: success. */
struct ider_msg ider_end(uint8_t device, uint8_t sense, uint8_t asc, uint8_t ascq);
struct ider_msg ider_get_data(uint8_t device, uint16_t length);
struct ider_msg ider_data(uint8_t device, bool dma, bool completed, struct str data);
static inline uint8_t ider_command_device(const struct ider_msg *m)
{
	return m->command.drive & 0x10 ? IDER_CD : IDER_FLOPPY;
}

#endif
