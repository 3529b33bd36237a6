/* SPDX-License-Identifier: Apache-2.0
 * What a BIOS does with redirected drives: looks for media, reads the boot sector of a
 * floppy or the El Torito boot image of a CD, and "runs" it: its texts go to the screen.
 * Only commands that consoles answer (no INQUIRY). wire-amt.md 4.5, 6.4.
 */
#include <sim/ider_priv.h>

#include <base/cursor.h>

#define READY_TRIES 3
#define BOOT_BLOCKS_MAX 16u /* of a CD's boot image: 32 KiB */
#define TEXTS_MAX 12
#define TEXT_MIN 4
#define TEXT_MAX 72

static bool is_cd(enum ider_device device)
{
	return device == IDER_CD;
}

static uint32_t *blocks_of(struct sim_ider *o, enum ider_device device)
{
	return &o->t.s->r->drives[is_cd(device)];
}

/* *blocks = 0: no medium. */
static struct err *measure(struct sim_ider *o, enum ider_device device)
{
	static const struct scsi_cdb ready = {.op = SCSI_TEST_UNIT_READY};
	static const struct scsi_cdb capacity = {.op = SCSI_READ_CAPACITY};
	uint32_t *blocks = blocks_of(o, device);

	*blocks = 0;
	/* A new medium is reported once. */
	for (int i = 0; i < READY_TRIES; i++) {
		TRY(sim_ider_command(o, device, &ready, 0));
		if (o->sense == 0)
			break;
	}
	if (o->sense != 0)
		return NULL;
	TRY(sim_ider_command(o, device, &capacity, 8));
	struct rd r = rd_init(o->data.p, o->data.len);
	uint32_t last = rd_be32(&r), size = rd_be32(&r);
	/* The browser clients report a missing medium as success, without data. */
	if (o->sense == 0 && r.st == RD_OK &&
	    size == (is_cd(device) ? SCSI_CD_BLOCK : SCSI_FLOPPY_BLOCK) &&
	    last < UINT32_MAX)
		*blocks = last + 1;
	return NULL;
}

struct err *sim_ider_probe(struct sim_ider *o)
{
	TRY(measure(o, IDER_FLOPPY));
	return measure(o, IDER_CD);
}

/* *why stays NULL when all the blocks are in o->data. */
static struct err *read_blocks(struct sim_ider *o, enum ider_device device, uint32_t lba,
			       uint32_t blocks, const char **why)
{
	const struct scsi_cdb c = {.op = SCSI_READ_10, .lba = lba, .blocks = blocks};
	size_t n = blocks * (is_cd(device) ? SCSI_CD_BLOCK : SCSI_FLOPPY_BLOCK);

	TRY(sim_ider_command(o, device, &c, n));
	if (o->sense != 0 || o->data.len != n)
		*why = "a block cannot be read";
	return NULL;
}

static bool printable(char c)
{
	return c >= 0x20 && c <= 0x7E;
}

/* Runs of printable characters, as one sees them in a boot sector. */
static void show_texts(struct sim_host *h, struct str bytes)
{
	unsigned shown = 0;
	size_t start = 0;

	for (size_t i = 0; i <= bytes.n && shown < TEXTS_MAX; i++) {
		if (i < bytes.n && printable(bytes.p[i]) && i - start < TEXT_MAX)
			continue;
		if (i - start >= TEXT_MIN) {
			sim_host_drive_text(h, str_sub(bytes, start, i));
			shown++;
		}
		start = i < bytes.n && printable(bytes.p[i]) ? i : i + 1;
	}
}

/* A host that restarted meanwhile is another one: nothing is to be shown. */
static struct sim_host *reader(struct sim_ider *o)
{
	struct sim_redirection *r = o->t.s->r;

	if (!r->powered || o->boots != r->boots || r->host->state != SIM_HOST_READS_DRIVE)
		return NULL;
	return r->host;
}

static void run_bytes(struct sim_ider *o)
{
	struct sim_host *h = reader(o);

	if (h == NULL)
		return;
	show_texts(h, buf_str(&o->data));
	sim_host_drive_runs(h);
	waitq_wake_all(&o->t.s->r->news);
}

/* ---- floppy ---- */

static struct err *boot_floppy(struct sim_ider *o, const char **why)
{
	TRY(read_blocks(o, IDER_FLOPPY, 0, 1, why));
	if (*why != NULL)
		return NULL;
	if (memcmp(o->data.p + 510, "\x55\xAA", 2) != 0) {
		*why = "it has no boot sector";
		return NULL;
	}
	run_bytes(o);
	return NULL;
}

/* ---- CD, El Torito ---- */

/* What a BIOS asks before it reads; answers do not matter. */
static struct err *ask_around(struct sim_ider *o)
{
	static const struct scsi_cdb cdbs[] = {
		{.op = SCSI_PREVENT_ALLOW},
		{.op = SCSI_GET_EVENT_STATUS, .polled = true, .allocation = 8},
		{.op = SCSI_GET_CONFIGURATION, .allocation = 64},
		{.op = SCSI_READ_TOC, .allocation = 12},
		{.op = SCSI_MODE_SENSE_10, .page = 0x3F, .allocation = 128},
	};

	for (size_t i = 0; i < ARRAY_LEN(cdbs); i++)
		TRY(sim_ider_command(o, IDER_CD, &cdbs[i], 256));
	return NULL;
}

/* Where the boot catalog is; 0 = nowhere. */
static uint32_t catalog_block(struct str record)
{
	static const struct str id = STR("\0CD001\1EL TORITO SPECIFICATION\0");
	struct rd r = rd_init(record.p, record.n);

	if (!str_starts(record, id))
		return 0;
	rd_bytes(&r, 0x47);
	return rd_le32(&r);
}

/* The initial entry; false when the catalog does not boot. */
static bool initial_entry(struct str catalog, uint32_t *block, uint32_t *blocks)
{
	struct rd r = rd_init(catalog.p, 32);
	uint16_t sum = 0;

	for (int i = 0; i < 16; i++)
		sum = (uint16_t)(sum + rd_le16(&r));
	if (sum != 0 || catalog.p[0] != 1 || memcmp(catalog.p + 30, "\x55\xAA", 2) != 0 ||
	    (uint8_t)catalog.p[32] != 0x88)
		return false;
	r = rd_init(catalog.p + 38, 6);
	uint32_t sectors = rd_le16(&r);
	*block = rd_le32(&r);
	*blocks = (sectors * SCSI_FLOPPY_BLOCK + SCSI_CD_BLOCK - 1) / SCSI_CD_BLOCK;
	*blocks = MIN(MAX(*blocks, 1), BOOT_BLOCKS_MAX);
	return true;
}

static struct err *boot_cd(struct sim_ider *o, const char **why)
{
	uint32_t block, blocks;

	TRY(ask_around(o));
	TRY(read_blocks(o, IDER_CD, 17, 1, why));
	if (*why != NULL)
		return NULL;
	uint32_t catalog = catalog_block(buf_str(&o->data));
	if (catalog == 0) {
		*why = "it has no boot record";
		return NULL;
	}
	TRY(read_blocks(o, IDER_CD, catalog, 1, why));
	if (*why != NULL)
		return NULL;
	if (!initial_entry(buf_str(&o->data), &block, &blocks)) {
		*why = "its boot catalog is not valid";
		return NULL;
	}
	TRY(read_blocks(o, IDER_CD, block, blocks, why));
	if (*why == NULL)
		run_bytes(o);
	return NULL;
}

struct err *sim_ider_boot(struct sim_ider *o)
{
	struct sim_redirection *r = o->t.s->r;
	struct sim_host *h = sim_redirection_host(r);
	enum ider_device device = h->from == SIM_BOOT_IDER_CD ? IDER_CD : IDER_FLOPPY;
	const char *why = NULL;

	h->state = SIM_HOST_READS_DRIVE;
	h->due_ms = 0;
	TRY(measure(o, device));
	if (*blocks_of(o, device) == 0)
		why = "there is no medium";
	else if (device == IDER_CD)
		TRY(boot_cd(o, &why));
	else
		TRY(boot_floppy(o, &why));
	h = reader(o);
	if (why != NULL && h != NULL) {
		sim_host_drive_failed(h, why, clock_mono_ms());
		waitq_wake_all(&r->news);
	}
	return NULL;
}
