/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: messages of IDE redirection, of either side; commands go to drives.
 */
#include <amt/redirection/ider.h>
#include <amt/redirection/scsi.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void command(const uint8_t cdb[SCSI_CDB_SIZE])
{
	struct scsi_drive drives[] = {{.blocks = 2880},
				      {.blocks = 5000},
				      {.cd = true, .blocks = 70},
				      {.cd = true, .blocks = 1, .changed = true},
				      {0},
				      {.cd = true}};
	struct scsi_cdb c, again;
	struct scsi_answer a;
	uint8_t back[SCSI_CDB_SIZE];

	scsi_decode(cdb, &c);
	scsi_encode(&c, back);
	scsi_decode(back, &again);
	OB_ASSERT(c.op == again.op && c.lba == again.lba && c.blocks == again.blocks &&
		  c.allocation == again.allocation && c.page == again.page &&
		  c.feature == again.feature);
	for (size_t i = 0; i < ARRAY_LEN(drives); i++) {
		scsi_answer(&c, &drives[i], &a);
		OB_ASSERT(a.n <= sizeof(a.data) && (a.kind != SCSI_DATA || a.n > 0));
		OB_ASSERT(a.kind != SCSI_READ ||
			  (uint64_t)a.lba + a.blocks <= drives[i].blocks);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = {0}, twice = {0};
	struct ider_msg m, again;
	const char *why = NULL;

	while (size > 0) {
		ssize_t used = ider_decode(data, size, &m, &why);
		OB_ASSERT(used <= (ssize_t)size && (used >= 0 || why != NULL));
		if (used <= 0)
			break;
		buf_clear(&once);
		buf_clear(&twice);
		ider_encode(&once, &m);
		OB_ASSERT(ider_decode(once.p, once.len, &again, &why) ==
			  (ssize_t)once.len);
		ider_encode(&twice, &again);
		OB_ASSERT(str_eq(buf_str(&once), buf_str(&twice)));
		if (m.op == IDER_COMMAND)
			command(m.command.cdb);
		data += used;
		size -= (size_t)used;
	}
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
