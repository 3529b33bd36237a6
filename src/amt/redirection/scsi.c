/* SPDX-License-Identifier: Apache-2.0
 * SCSI commands of IDE redirection. wire-amt.md 4.5, the tables there.
 */
#include <amt/redirection/scsi.h>
#include <base/cursor.h>

/* ---- CDBs ---- */

/* Where a command keeps its numbers. */
enum form {
	FORM_BARE,
	FORM_RW_6,    /* 1: LBA, 21 bits; 4: blocks */
	FORM_RW_10,   /* 2: LBA; 7: blocks */
	FORM_MODE_6,  /* 2: page; 4: allocation */
	FORM_MODE_10, /* 2: page; 7: allocation */
	FORM_TOC,     /* 1: MSF; 2 or 9: format; 7: allocation */
	FORM_CONFIG,  /* 2: feature; 7: allocation */
	FORM_EVENT,   /* 1: polled; 7: allocation */
	FORM_ALLOC,   /* 7: allocation */
};

static enum form form_of(uint8_t op)
{
	switch (op) {
	case SCSI_READ_6:
	case SCSI_WRITE_6:
		return FORM_RW_6;
	case SCSI_READ_10:
	case SCSI_WRITE_10:
	case SCSI_WRITE_VERIFY:
		return FORM_RW_10;
	case SCSI_MODE_SENSE_6:
		return FORM_MODE_6;
	case SCSI_MODE_SENSE_10:
		return FORM_MODE_10;
	case SCSI_READ_TOC:
		return FORM_TOC;
	case SCSI_GET_CONFIGURATION:
		return FORM_CONFIG;
	case SCSI_GET_EVENT_STATUS:
		return FORM_EVENT;
	case SCSI_READ_FORMAT_CAPACITIES:
	case SCSI_READ_DISC_INFO:
	case SCSI_READ_TRACK_INFO:
		return FORM_ALLOC;
	default:
		return FORM_BARE;
	}
}

static uint16_t be16_at(const uint8_t *cdb, size_t i)
{
	struct rd r = rd_init(cdb + i, 2);

	return rd_be16(&r);
}

static uint32_t be32_at(const uint8_t *cdb, size_t i)
{
	struct rd r = rd_init(cdb + i, 4);

	return rd_be32(&r);
}

void scsi_decode(const uint8_t cdb[SCSI_CDB_SIZE], struct scsi_cdb *c)
{
	*c = (struct scsi_cdb){.op = cdb[0]};
	switch (form_of(c->op)) {
	case FORM_RW_6:
		c->lba = be32_at(cdb, 0) & 0x1FFFFF;
		c->blocks = cdb[4] == 0 ? 256 : cdb[4];
		return;
	case FORM_RW_10:
		c->lba = be32_at(cdb, 2);
		c->blocks = be16_at(cdb, 7);
		return;
	case FORM_MODE_6:
		c->page = cdb[2] & 0x3F;
		c->allocation = cdb[4];
		return;
	case FORM_MODE_10:
		c->page = cdb[2] & 0x3F;
		break;
	case FORM_TOC:
		/* MMC says the format in byte 2, SFF-8020 in byte 9. */
		c->msf = cdb[1] & 2;
		c->format = cdb[2] & 7;
		if (c->format == 0)
			c->format = cdb[9] >> 6;
		break;
	case FORM_CONFIG:
		c->feature = be16_at(cdb, 2);
		break;
	case FORM_EVENT:
		c->polled = cdb[1] & 1;
		break;
	case FORM_ALLOC:
		break;
	case FORM_BARE:
		return;
	}
	c->allocation = be16_at(cdb, 7);
}

static void put_be16(uint8_t *cdb, size_t i, uint32_t v)
{
	struct wr w = wr_init(cdb + i, 2);

	wr_be16(&w, (uint16_t)v);
}

static void put_be32(uint8_t *cdb, size_t i, uint32_t v)
{
	struct wr w = wr_init(cdb + i, 4);

	wr_be32(&w, v);
}

void scsi_encode(const struct scsi_cdb *c, uint8_t cdb[SCSI_CDB_SIZE])
{
	memset(cdb, 0, SCSI_CDB_SIZE);
	switch (form_of(c->op)) {
	case FORM_RW_6:
		put_be32(cdb, 0, c->lba & 0x1FFFFF);
		cdb[4] = (uint8_t)c->blocks;
		break;
	case FORM_RW_10:
		put_be32(cdb, 2, c->lba);
		put_be16(cdb, 7, c->blocks);
		break;
	case FORM_MODE_6:
		cdb[2] = c->page;
		cdb[4] = (uint8_t)c->allocation;
		break;
	case FORM_MODE_10:
		cdb[2] = c->page;
		put_be16(cdb, 7, c->allocation);
		break;
	case FORM_TOC:
		cdb[1] = c->msf ? 2 : 0;
		cdb[2] = c->format;
		put_be16(cdb, 7, c->allocation);
		break;
	case FORM_CONFIG:
		put_be16(cdb, 2, c->feature);
		put_be16(cdb, 7, c->allocation);
		break;
	case FORM_EVENT:
		cdb[1] = c->polled;
		put_be16(cdb, 7, c->allocation);
		break;
	case FORM_ALLOC:
		put_be16(cdb, 7, c->allocation);
		break;
	case FORM_BARE:
		break;
	}
	cdb[0] = c->op;
}

/* ---- answers ---- */

#define FLOPPY_MAX_BLOCKS 0xB40 /* more is an LS-120 */

static void end(struct scsi_answer *a, uint8_t sense, uint8_t asc, uint8_t ascq)
{
	a->kind = SCSI_END;
	a->sense = sense;
	a->asc = asc;
	a->ascq = ascq;
}

static void add(struct scsi_answer *a, struct str bytes)
{
	OB_ASSERT(bytes.n <= sizeof(a->data) - a->n);
	memcpy(a->data + a->n, bytes.p, bytes.n);
	a->n += bytes.n;
	a->kind = SCSI_DATA;
}

static void cut(struct scsi_answer *a, size_t allocation)
{
	a->n = MIN(a->n, allocation);
}

#define Z4 "\0\0\0\0"
#define NO_ROOM STR("\0\0\0\x3C\0\0\0\x08") /* for whoever asks how much there is */

/* clang-format off */
static const struct str page_01_floppy = STR("\x01\x0A\0\x01" Z4 "\x02\0\0\0");
static const struct str page_01_cd = STR("\x01\x06\0\xFF" Z4);
static const struct str page_03 = STR("\x03\x16\0\xA0" Z4 "\0\x12\x02\0" Z4 "\0\0\xA0\0" "\0\0");
static const struct str page_05_floppy = STR("\x05\x1E\x04\xB0" "\x02\x12\x02\0" "\0\x50\0\0" Z4 Z4
					     "\x28\0\0\0" Z4 "\x02\xD0\0\0");
static const struct str page_05_ls120 = STR("\x05\x1E\x10\xA9" "\x08\x20\x02\0" "\x03\xC3\0\0" Z4 Z4
					    "\x28\0\0\0" Z4 "\x02\xD0\0\0");
static const struct str page_08_0b = STR("\x08\x0A\0\0" Z4 Z4 "\x0B\x06\0\0" "\0\x11\x24\x31");
static const struct str page_1a = STR("\x1A\x0A" Z4 Z4 "\0\0");
static const struct str page_1d = STR("\x1D\x0A" Z4 Z4 "\0\0");
static const struct str page_2a = STR("\x2A\x18\0\0" "\0\0\x20\0" Z4 "\0\x80\0\0" Z4 Z4 "\0\0");
static const struct str page_2a_in_all = STR("\x2A\x18\0\0" "\0\0\x02\0" Z4 "\0\x80\0\0" Z4 Z4 "\0\0");
/* clang-format on */

static void mode_pages(const struct scsi_cdb *c, const struct scsi_drive *d,
		       struct scsi_answer *a)
{
	bool ls120 = d->blocks > FLOPPY_MAX_BLOCKS;
	uint8_t type = d->cd ? 0x01 : ls120 ? 0x31 : 0x24;
	struct str page_05 = ls120 ? page_05_ls120 : page_05_floppy;

	add(a, (struct str){(const char[]){0, 0, (char)type, (char)0x80, 0, 0, 0, 0}, 8});
	switch (c->page | (d->cd ? 0x100 : 0)) {
	case 0x01:
		add(a, page_01_floppy);
		break;
	case 0x05:
		add(a, page_05);
		break;
	case 0x3F:
		add(a, page_01_floppy);
		add(a, page_03);
		add(a, page_05);
		add(a, page_08_0b);
		break;
	case 0x101:
		add(a, page_01_cd);
		break;
	case 0x11A:
		add(a, page_1a);
		break;
	case 0x11D:
		add(a, page_1d);
		break;
	case 0x12A:
		add(a, page_2a);
		break;
	case 0x13F:
		add(a, page_01_cd);
		add(a, page_2a_in_all);
		break;
	default:
		end(a, 0x05, 0x20, 0);
		return;
	}
	put_be16(a->data, 0, (uint32_t)a->n - 2);
	cut(a, c->allocation);
}

static void mode_sense_10(const struct scsi_cdb *c, const struct scsi_drive *d,
			  struct scsi_answer *a)
{
	if (c->allocation == 0)
		add(a, NO_ROOM);
	else
		mode_pages(c, d, a);
}

static void mode_sense_6(const struct scsi_cdb *c, const struct scsi_drive *d,
			 struct scsi_answer *a)
{
	if (c->page != 0x3F) {
		end(a, 0x05, 0x24, 0);
		return;
	}
	add(a, d->cd ? STR("\0\x05\x80\0") : STR("\0\0\x80\0"));
	cut(a, c->allocation);
}

static void read_capacity(const struct scsi_drive *d, struct scsi_answer *a)
{
	put_be32(a->data, 0, d->blocks - 1);
	put_be32(a->data, 4, d->cd ? SCSI_CD_BLOCK : SCSI_FLOPPY_BLOCK);
	a->n = 8;
	a->kind = SCSI_DATA;
}

static void read_toc(const struct scsi_cdb *c, const struct scsi_drive *d,
		     struct scsi_answer *a)
{
	if (!d->cd) {
		end(a, 0x05, 0x20, 0);
		return;
	}
	if (c->format == 1) {
		add(a, STR("\0\x0A\x01\x01\0\x14\x01\0" Z4));
	} else {
		add(a, STR("\0\x12\x01\x01\0\x14\x01\0"));
		add(a, c->msf ? STR("\0\0\x02\0") : STR(Z4));
		add(a, STR("\0\x14\xAA\0"));
		add(a, c->msf ? STR("\0\0\x34\x13") : STR(Z4));
	}
	cut(a, c->allocation);
}

static void get_configuration(const struct scsi_cdb *c, struct scsi_answer *a)
{
	static const struct {
		uint16_t number;
		struct str bytes;
	} features[] = {
		{0x0000, STR("\0\0\x03\x04\0\x08\x01\0")},
		{0x0001, STR("\0\x01\x03\x04\0\0\0\x02")},
		{0x0002, STR("\0\x02\x03\x04\0\0\0\0")},
		{0x0003, STR("\0\x03\x03\x04\x29\0\0\x02")},
		{0x0010, STR("\0\x10\x01\x08\0\0\x08\0\0\x01\0\0")},
		{0x001E, STR("\0\x1E\x03\0")},
		{0x0100, STR("\x01\0\x03\0")},
		{0x0105, STR("\x01\x05\x03\0")},
	};

	if (c->allocation == 0) {
		add(a, NO_ROOM);
		return;
	}
	add(a, STR(Z4 "\0\0\0\x08"));
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		if (features[i].number >= c->feature)
			add(a, features[i].bytes);
	put_be32(a->data, 0, (uint32_t)a->n - 4);
	cut(a, c->allocation);
}

static void get_event_status(const struct scsi_cdb *c, const struct scsi_drive *d,
			     struct scsi_answer *a)
{
	if (!c->polled) {
		end(a, 0x05, 0x26, 0x01);
		return;
	}
	add(a, d->blocks > 0 ? STR("\0\x02\x80\0") : STR("\0\0\x80\0"));
	cut(a, c->allocation);
}

static void read_blocks(const struct scsi_cdb *c, const struct scsi_drive *d,
			struct scsi_answer *a)
{
	if (c->lba > d->blocks || c->blocks > d->blocks - c->lba) {
		end(a, 0x05, 0x21, 0);
		return;
	}
	if (c->blocks == 0)
		return; /* good */
	a->kind = SCSI_READ;
	a->lba = c->lba;
	a->blocks = c->blocks;
}

static void write_blocks(const struct scsi_cdb *c, struct scsi_answer *a)
{
	end(a, 0x07, 0x27, 0);
	if (c->blocks == 0)
		return;
	a->kind = SCSI_GET;
	a->length = c->blocks * SCSI_FLOPPY_BLOCK;
}

static void test_unit_ready(struct scsi_drive *d, struct scsi_answer *a)
{
	if (d->changed)
		end(a, 0x06, 0x28, 0);
	d->changed = false;
}

static bool needs_medium(uint8_t op)
{
	switch (op) {
	case SCSI_TEST_UNIT_READY:
	case SCSI_READ_6:
	case SCSI_READ_10:
	case SCSI_WRITE_10:
	case SCSI_WRITE_VERIFY:
	case SCSI_PREVENT_ALLOW:
	case SCSI_READ_CAPACITY:
	case SCSI_READ_TOC:
		return true;
	default:
		return false;
	}
}

void scsi_answer(const struct scsi_cdb *c, struct scsi_drive *d, struct scsi_answer *a)
{
	*a = (struct scsi_answer){0};
	if (d->blocks == 0 && needs_medium(c->op)) {
		end(a, 0x02, 0x3A, 0);
		return;
	}
	switch (c->op) {
	case SCSI_TEST_UNIT_READY:
		test_unit_ready(d, a);
		break;
	case SCSI_READ_6:
	case SCSI_READ_10:
		read_blocks(c, d, a);
		break;
	case SCSI_WRITE_6:
		end(a, 0x02, 0x3A, 0);
		break;
	case SCSI_WRITE_10:
	case SCSI_WRITE_VERIFY:
		write_blocks(c, a);
		break;
	case SCSI_MODE_SENSE_6:
		mode_sense_6(c, d, a);
		break;
	case SCSI_MODE_SENSE_10:
		mode_sense_10(c, d, a);
		break;
	case SCSI_START_STOP:
	case SCSI_PREVENT_ALLOW:
		break; /* good */
	case SCSI_READ_FORMAT_CAPACITIES:
		add(a, STR("\0\0\0\x08\0\0\x0B\x40\x02\0\x02\0"));
		cut(a, c->allocation);
		break;
	case SCSI_READ_CAPACITY:
		read_capacity(d, a);
		break;
	case SCSI_READ_TOC:
		read_toc(c, d, a);
		break;
	case SCSI_GET_CONFIGURATION:
		get_configuration(c, a);
		break;
	case SCSI_GET_EVENT_STATUS:
		get_event_status(c, d, a);
		break;
	case SCSI_GET_PERFORMANCE:
		add(a, STR("\0\0\0\x04\x02\0\0\0"));
		break;
	default:
		end(a, 0x05, 0x20, 0);
		break;
	}
	if (a->kind == SCSI_DATA && a->n == 0)
		a->kind = SCSI_END; /* nothing was asked for */
}
