/* SPDX-License-Identifier: Apache-2.0
 * SCSI commands of IDE redirection: CDBs, and what a drive answers, by the tables of
 * wire-amt.md 4.5.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/redirection/scsi.h>
#include <base/buf.h>
#include <base/encode.h>

struct cdb_row {
	const char *name;
	uint8_t cdb[SCSI_CDB_SIZE];
	struct scsi_cdb c;
};

static const struct cdb_row cdbs[] = {
	{"TEST UNIT READY", {0}, {.op = SCSI_TEST_UNIT_READY}},
	{"READ(6)",
	 {8, 0x1F, 2, 3, 4},
	 {.op = SCSI_READ_6, .lba = 0x1F0203, .blocks = 4}},
	{"READ(6) of 256", {8, 0, 0, 1, 0}, {.op = SCSI_READ_6, .lba = 1, .blocks = 256}},
	{"READ(10)",
	 {0x28, 0, 1, 2, 3, 4, 0, 5, 6},
	 {.op = SCSI_READ_10, .lba = 0x01020304, .blocks = 0x506}},
	{"WRITE(10)",
	 {0x2A, 0, 0, 0, 0, 1, 0, 0, 2},
	 {.op = SCSI_WRITE_10, .lba = 1, .blocks = 2}},
	{"MODE SENSE(6)",
	 {0x1A, 0, 0x3F, 0, 0xFF},
	 {.op = SCSI_MODE_SENSE_6, .page = 0x3F, .allocation = 255}},
	{"MODE SENSE(10)",
	 {0x5A, 0, 0x2A, 0, 0, 0, 0, 1, 0},
	 {.op = SCSI_MODE_SENSE_10, .page = 0x2A, .allocation = 256}},
	{"READ TOC",
	 {0x43, 2, 1, 0, 0, 0, 0, 0, 12},
	 {.op = SCSI_READ_TOC, .msf = true, .format = 1, .allocation = 12}},
	{"GET CONFIGURATION",
	 {0x46, 0, 1, 5, 0, 0, 0, 0, 8},
	 {.op = SCSI_GET_CONFIGURATION, .feature = 0x105, .allocation = 8}},
	{"GET EVENT STATUS",
	 {0x4A, 1, 0, 0, 0, 0, 0, 0, 8},
	 {.op = SCSI_GET_EVENT_STATUS, .polled = true, .allocation = 8}},
	{"READ FORMAT CAPACITIES",
	 {0x23, 0, 0, 0, 0, 0, 0, 0, 12},
	 {.op = SCSI_READ_FORMAT_CAPACITIES, .allocation = 12}},
	{"unknown", {0xEE}, {.op = 0xEE}},
};

static bool same(const struct scsi_cdb *a, const struct scsi_cdb *b)
{
	return a->op == b->op && a->lba == b->lba && a->blocks == b->blocks &&
	       a->allocation == b->allocation && a->page == b->page &&
	       a->format == b->format && a->msf == b->msf && a->polled == b->polled &&
	       a->feature == b->feature;
}

static void cdbs_round_trip(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cdbs); i++) {
		struct scsi_cdb c;
		uint8_t cdb[SCSI_CDB_SIZE];
		scsi_decode(cdbs[i].cdb, &c);
		if (!same(&c, &cdbs[i].c))
			fail_msg("%s", cdbs[i].name);
		scsi_encode(&c, cdb);
		assert_memory_equal(cdb, cdbs[i].cdb, sizeof(cdb));
	}
}

static void toc_format_may_be_in_byte_9(void **state)
{
	struct scsi_cdb c;

	scsi_decode((const uint8_t[SCSI_CDB_SIZE]){0x43, 0, 0, 0, 0, 0, 0, 0, 12, 0x40},
		    &c);
	assert_int_equal(c.format, 1);
	assert_false(c.msf);
}

enum { FLOPPY, LS120, CD, EMPTY, EMPTY_CD };

static struct scsi_drive drive(int which)
{
	switch (which) {
	case FLOPPY:
		return (struct scsi_drive){.blocks = 2880};
	case LS120:
		return (struct scsi_drive){.blocks = 0x3C300};
	case CD:
		return (struct scsi_drive){.cd = true, .blocks = 1000};
	default:
		return (struct scsi_drive){.cd = which == EMPTY_CD};
	}
}

struct row {
	const char *name;
	int drive;
	struct scsi_cdb c;
	const char *data; /* hex; NULL = end with the sense */
	uint8_t sense, asc, ascq;
};

#define ALL .allocation = 0xFFFF
#define P05                                                \
	"051E04B00212020000500000000000000000000028000000" \
	"0000000002D00000"
#define P05_LS                                             \
	"051E10A90820020003C30000000000000000000028000000" \
	"0000000002D00000"

/* clang-format off */
static const struct row rows[] = {
	{"ready", CD, {.op = 0x00}, NULL, 0, 0, 0},
	{"not ready", EMPTY, {.op = 0x00}, NULL, 2, 0x3A, 0},
	{"READ without medium", EMPTY_CD, {.op = 0x28, .blocks = 1}, NULL, 2, 0x3A, 0},
	{"READ beyond the end", FLOPPY, {.op = 0x28, .lba = 2880, .blocks = 1}, NULL, 5, 0x21, 0},
	{"READ across the end", FLOPPY, {.op = 0x28, .lba = 2879, .blocks = 2}, NULL, 5, 0x21, 0},
	{"READ that would wrap", FLOPPY, {.op = 0x28, .lba = UINT32_MAX, .blocks = 2}, NULL, 5, 0x21, 0},
	{"READ of nothing", FLOPPY, {.op = 0x28, .lba = 1}, NULL, 0, 0, 0},
	{"WRITE(6)", FLOPPY, {.op = 0x0A, .blocks = 1}, NULL, 2, 0x3A, 0},
	{"MODE SENSE(6) CD", CD, {.op = 0x1A, .page = 0x3F, ALL}, "00058000", 0, 0, 0},
	{"MODE SENSE(6) floppy", FLOPPY, {.op = 0x1A, .page = 0x3F, ALL}, "00008000", 0, 0, 0},
	{"MODE SENSE(6) another page", FLOPPY, {.op = 0x1A, .page = 1, ALL}, NULL, 5, 0x24, 0},
	{"START", FLOPPY, {.op = 0x1B}, NULL, 0, 0, 0},
	{"PREVENT", CD, {.op = 0x1E}, NULL, 0, 0, 0},
	{"PREVENT without medium", EMPTY, {.op = 0x1E}, NULL, 2, 0x3A, 0},
	{"READ FORMAT CAPACITIES", FLOPPY, {.op = 0x23, ALL}, "0000000800000B4002000200", 0, 0, 0},
	{"READ CAPACITY floppy", FLOPPY, {.op = 0x25}, "00000B3F00000200", 0, 0, 0},
	{"READ CAPACITY CD", CD, {.op = 0x25}, "000003E700000800", 0, 0, 0},
	{"READ CAPACITY empty", EMPTY, {.op = 0x25}, NULL, 2, 0x3A, 0},
	{"TOC 1", CD, {.op = 0x43, .format = 1, ALL}, "000A01010014010000000000", 0, 0, 0},
	{"TOC 0", CD, {.op = 0x43, ALL}, "001201010014010000000000" "0014AA0000000000", 0, 0, 0},
	{"TOC 0 MSF", CD, {.op = 0x43, .msf = true, ALL}, "001201010014010000000200" "0014AA0000003413", 0, 0, 0},
	{"TOC of a floppy", FLOPPY, {.op = 0x43, ALL}, NULL, 5, 0x20, 0},
	{"TOC cut", CD, {.op = 0x43, .allocation = 4}, "00120101", 0, 0, 0},
	{"TOC of nothing", CD, {.op = 0x43}, NULL, 0, 0, 0},
	{"CONFIGURATION", CD, {.op = 0x46, ALL},
	 "0000003C00000008" "0000030400080100" "0001030400000002" "0002030400000000" "0003030429000002"
	 "001001080000080000010000" "001E0300" "01000300" "01050300", 0, 0, 0},
	{"CONFIGURATION from 001E", CD, {.op = 0x46, .feature = 0x1E, ALL},
	 "0000001000000008" "001E0300" "01000300" "01050300", 0, 0, 0},
	{"CONFIGURATION, how much", CD, {.op = 0x46}, "0000003C00000008", 0, 0, 0},
	{"EVENT STATUS", CD, {.op = 0x4A, .polled = true, ALL}, "00028000", 0, 0, 0},
	{"EVENT STATUS empty", EMPTY_CD, {.op = 0x4A, .polled = true, ALL}, "00008000", 0, 0, 0},
	{"EVENT STATUS by interrupt", CD, {.op = 0x4A, ALL}, NULL, 5, 0x26, 1},
	{"cue sheet", CD, {.op = 0x4C}, NULL, 5, 0x20, 0},
	{"DISC INFO", CD, {.op = 0x51, ALL}, NULL, 5, 0x20, 0},
	{"MODE SELECT", CD, {.op = 0x55}, NULL, 5, 0x20, 0},
	{"PERFORMANCE", CD, {.op = 0xAC}, "0000000402000000", 0, 0, 0},
	{"INQUIRY", CD, {.op = 0x12}, NULL, 5, 0x20, 0},
	{"MODE 01 floppy", FLOPPY, {.op = 0x5A, .page = 1, ALL}, "0012248000000000" "010A00010000000002000000", 0, 0, 0},
	{"MODE 01 LS-120", LS120, {.op = 0x5A, .page = 1, ALL}, "0012318000000000" "010A00010000000002000000", 0, 0, 0},
	{"MODE 01 CD", CD, {.op = 0x5A, .page = 1, ALL}, "000E018000000000" "010600FF00000000", 0, 0, 0},
	{"MODE 05 floppy", FLOPPY, {.op = 0x5A, .page = 5, ALL}, "0026248000000000" P05, 0, 0, 0},
	{"MODE 05 LS-120", LS120, {.op = 0x5A, .page = 5, ALL}, "0026318000000000" P05_LS, 0, 0, 0},
	{"MODE 05 CD", CD, {.op = 0x5A, .page = 5, ALL}, NULL, 5, 0x20, 0},
	{"MODE 3F floppy", FLOPPY, {.op = 0x5A, .page = 0x3F, ALL},
	 "005C248000000000" "010A00010000000002000000" "031600A0000000000012020000000000" "0000A0000000"
	 P05 "080A00000000000000000000" "0B06000000112431", 0, 0, 0},
	{"MODE 3F CD", CD, {.op = 0x5A, .page = 0x3F, ALL},
	 "0028018000000000" "010600FF00000000" "2A180000000002000000000000800000" "00000000000000000000", 0, 0, 0},
	{"MODE 1A CD", CD, {.op = 0x5A, .page = 0x1A, ALL}, "0012018000000000" "1A0A00000000000000000000", 0, 0, 0},
	{"MODE 1D CD", CD, {.op = 0x5A, .page = 0x1D, ALL}, "0012018000000000" "1D0A00000000000000000000", 0, 0, 0},
	{"MODE 2A CD", CD, {.op = 0x5A, .page = 0x2A, ALL},
	 "0020018000000000" "2A180000000020000000000000800000" "00000000000000000000", 0, 0, 0},
	{"MODE 2A cut", CD, {.op = 0x5A, .page = 0x2A, .allocation = 8}, "0020018000000000", 0, 0, 0},
	{"MODE, how much", CD, {.op = 0x5A, .page = 0x2A}, "0000003C00000008", 0, 0, 0},
};
/* clang-format on */

static void drives_answer_by_the_table(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct scsi_drive d = drive(r->drive);
		struct scsi_answer a;
		char hex[2 * sizeof(a.data) + 1];

		scsi_answer(&r->c, &d, &a);
		if (r->data == NULL) {
			if (a.kind != SCSI_END || a.sense != r->sense ||
			    a.asc != r->asc || a.ascq != r->ascq)
				fail_msg("%s: kind %d sense %x/%x/%x", r->name, a.kind,
					 a.sense, a.asc, a.ascq);
			continue;
		}
		hex_encode(a.data, a.n, hex);
		if (a.kind != SCSI_DATA || !str_ieqz(str_of(hex), r->data))
			fail_msg("%s: kind %d, %s", r->name, a.kind, hex);
	}
}

static void reads_name_what_to_read(void **state)
{
	struct scsi_drive d = drive(CD);
	struct scsi_answer a;

	scsi_answer(&(struct scsi_cdb){.op = SCSI_READ_10, .lba = 999, .blocks = 1}, &d,
		    &a);
	assert_int_equal(a.kind, SCSI_READ);
	assert_int_equal(a.lba, 999);
	assert_int_equal(a.blocks, 1);
}

static void writes_are_taken_and_refused(void **state)
{
	struct scsi_drive d = drive(FLOPPY);
	struct scsi_answer a;

	scsi_answer(&(struct scsi_cdb){.op = SCSI_WRITE_10, .lba = 1, .blocks = 2}, &d,
		    &a);
	assert_int_equal(a.kind, SCSI_GET);
	assert_int_equal(a.length, 1024);
	assert_int_equal(a.sense, 7);
	assert_int_equal(a.asc, 0x27);
}

static void new_medium_is_reported_once(void **state)
{
	struct scsi_drive d = {.cd = true, .blocks = 1, .changed = true};
	struct scsi_answer a;

	scsi_answer(&(struct scsi_cdb){.op = SCSI_TEST_UNIT_READY}, &d, &a);
	assert_int_equal(a.sense, 6);
	assert_int_equal(a.asc, 0x28);
	scsi_answer(&(struct scsi_cdb){.op = SCSI_TEST_UNIT_READY}, &d, &a);
	assert_int_equal(a.sense, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cdbs_round_trip),
		cmocka_unit_test(toc_format_may_be_in_byte_9),
		cmocka_unit_test(drives_answer_by_the_table),
		cmocka_unit_test(reads_name_what_to_read),
		cmocka_unit_test(writes_are_taken_and_refused),
		cmocka_unit_test(new_medium_is_reported_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
