/* SPDX-License-Identifier: Apache-2.0
 * IDE redirection, as tables. wire-amt.md 4.5.
 *
 *   | op | 0 (status in 0x41) | 0 | attributes | sequence u32 | ... |
 *   0x54  | head 8 | 0 | n u16 | 0 | in 8 | out 8 | sense asc ascq | 0 0 0 | n bytes |
 */
#include <amt/redirection/ider.h>
#include <amt/redirection/layout.h>

_Static_assert(sizeof(struct ider_regs) == 8,
	       "the registers are read and written as bytes");

/* clang-format off */
#define AT(m) offsetof(struct ider_msg, m)
#define REST_OF_HEAD {LAYOUT_SKIP, 1}, {LAYOUT_U8, 0, AT(attributes)}, {LAYOUT_LE32, 0, AT(sequence)}
#define HEAD {LAYOUT_SKIP, 1}, REST_OF_HEAD
#define ANSWER \
	{LAYOUT_SKIP, 1}, {LAYOUT_BYTES, 8, AT(answer.in)}, {LAYOUT_BYTES, 8, AT(answer.out)}, \
	{LAYOUT_U8, 0, AT(answer.sense)}, {LAYOUT_U8, 0, AT(answer.asc)}, \
	{LAYOUT_U8, 0, AT(answer.ascq)}
static const struct layout_field open_fields[] = {
	HEAD, {LAYOUT_LE16, 0, AT(open.rx_timeout_ms)}, {LAYOUT_LE16, 0, AT(open.tx_timeout_ms)},
	{LAYOUT_LE16, 0, AT(open.heartbeat_ms)}, {LAYOUT_LE32, 0, AT(open.version)}, {0}};
static const struct layout_field bare_open_fields[] = {
	{LAYOUT_LE16, 0, AT(open.tx_timeout_ms)}, {LAYOUT_LE16, 0, AT(open.rx_timeout_ms)},
	{LAYOUT_LE16, 0, AT(open.heartbeat_ms)}, {LAYOUT_LE32, 0, AT(open.version)},
	{LAYOUT_SKIP, 7}, {0}};
static const struct layout_field open_reply_fields[] = {
	{LAYOUT_U8, 0, AT(open_reply.status)}, REST_OF_HEAD,
	{LAYOUT_U8, 0, AT(open_reply.major)}, {LAYOUT_U8, 0, AT(open_reply.minor)},
	{LAYOUT_U8, 0, AT(open_reply.fw_major)}, {LAYOUT_U8, 0, AT(open_reply.fw_minor)},
	{LAYOUT_SKIP, 4}, {LAYOUT_LE16, 0, AT(open_reply.read_buffer)},
	{LAYOUT_LE16, 0, AT(open_reply.write_buffer)}, {LAYOUT_SKIP, 1},
	{LAYOUT_U8, 0, AT(open_reply.protocol)}, {LAYOUT_SKIP, 3},
	{LAYOUT_LE32, 0, AT(open_reply.oem)},
	{LAYOUT_LEN8, 0, AT(open_reply.oem_data), UINT8_MAX},
	{LAYOUT_DATA, 0, AT(open_reply.oem_data)}, {0}};
static const struct layout_field bare_fields[] = {HEAD, {0}};
static const struct layout_field reset_fields[] = {HEAD, {LAYOUT_U8, 0, AT(reset_mask)}, {0}};
static const struct layout_field ask_fields[] = {HEAD, {LAYOUT_U8, 0, AT(features.sub)}, {0}};
static const struct layout_field features_fields[] = {
	HEAD, {LAYOUT_U8, 0, AT(features.sub)}, {LAYOUT_LE32, 0, AT(features.value)}, {0}};
static const struct layout_field error_fields[] = {HEAD, {LAYOUT_BYTES, 3, AT(error)}, {0}};
static const struct layout_field command_fields[] = {
	HEAD, {LAYOUT_U8, 0, AT(command.cable_select)}, {LAYOUT_U8, 0, AT(command.feature)},
	{LAYOUT_U8, 0, AT(command.sector_count)}, {LAYOUT_U8, 0, AT(command.sector_number)},
	{LAYOUT_LE16, 0, AT(command.byte_count)}, {LAYOUT_U8, 0, AT(command.drive)},
	{LAYOUT_U8, 0, AT(command.ata)}, {LAYOUT_BYTES, IDER_CDB_SIZE, AT(command.cdb)}, {0}};
static const struct layout_field answer_fields[] = {
	HEAD, {LAYOUT_SKIP, 1}, {LAYOUT_LE16, 0, AT(answer.length)}, ANSWER, {0}};
static const struct layout_field host_data_fields[] = {
	HEAD, {LAYOUT_SKIP, 1}, {LAYOUT_LEN_LE16, 0, AT(host_data), IDER_BUFFER_MAX},
	{LAYOUT_SKIP, 3}, {LAYOUT_DATA, 0, AT(host_data)}, {0}};
static const struct layout_field data_fields[] = {
	HEAD, {LAYOUT_SKIP, 1}, {LAYOUT_LEN_LE16, 0, AT(answer.data), IDER_BUFFER_MAX}, ANSWER,
	{LAYOUT_SKIP, 3}, {LAYOUT_DATA, 0, AT(answer.data)}, {0}};
#undef ANSWER
#undef HEAD
#undef REST_OF_HEAD
#undef AT

static const struct layout_field *const layouts[] = {
	[IDER_OPEN - IDER_OPEN] = open_fields,
	[IDER_OPEN_REPLY - IDER_OPEN] = open_reply_fields,
	[IDER_CLOSE - IDER_OPEN] = bare_fields,
	[IDER_CLOSE_REPLY - IDER_OPEN] = bare_fields,
	[IDER_PING - IDER_OPEN] = bare_fields,
	[IDER_PONG - IDER_OPEN] = bare_fields,
	[IDER_RESET_OCCURRED - IDER_OPEN] = reset_fields,
	[IDER_RESET_RESPONSE - IDER_OPEN] = bare_fields,
	[IDER_FEATURES - IDER_OPEN] = features_fields,
	[IDER_FEATURES_REPLY - IDER_OPEN] = features_fields,
	[IDER_ERROR - IDER_OPEN] = error_fields,
	[IDER_HEARTBEAT - IDER_OPEN] = bare_fields,
	[IDER_COMMAND - IDER_OPEN] = command_fields,
	[IDER_COMMAND_END - IDER_OPEN] = answer_fields,
	[IDER_GET_DATA - IDER_OPEN] = answer_fields,
	[IDER_HOST_DATA - IDER_OPEN] = host_data_fields,
	[IDER_DATA - IDER_OPEN] = data_fields,
};
/* clang-format on */

static bool asks_only(uint8_t sub)
{
	return sub == IDER_GET_SUPPORTED || sub == IDER_GET_STATE;
}

static const struct layout_field *fields_of(unsigned op)
{
	return op >= IDER_OPEN && op - IDER_OPEN < ARRAY_LEN(layouts)
		       ? layouts[op - IDER_OPEN]
		       : NULL;
}

static void read_open(struct rd *r, struct ider_msg *m)
{
	/* A proper head has zeroes in both. */
	bool bare = rd_left(r) >= 2 && (r->p[0] != 0 || r->p[1] != 0);

	layout_read(r, bare ? bare_open_fields : open_fields, m);
}

static void read_features(struct rd *r, struct ider_msg *m)
{
	struct rd ahead = *r;

	layout_read(&ahead, ask_fields, m);
	if (ahead.st == RD_OK && asks_only(m->features.sub))
		*r = ahead;
	else
		layout_read(r, features_fields, m);
}

ssize_t ider_decode(const void *p, size_t n, struct ider_msg *m, const char **why)
{
	struct rd r = rd_init(p, n);

	if (n == 0)
		return 0;
	memset(m, 0, sizeof(*m));
	m->op = (enum ider_op)rd_u8(&r);
	const struct layout_field *f = fields_of(m->op);
	if (f == NULL) {
		*why = "unknown IDE-R message";
		return -1;
	}
	if (m->op == IDER_OPEN)
		read_open(&r, m);
	else if (m->op == IDER_FEATURES)
		read_features(&r, m);
	else
		layout_read(&r, f, m);
	if (m->op == IDER_OPEN_REPLY && (m->open_reply.read_buffer > IDER_BUFFER_MAX ||
					 m->open_reply.write_buffer > IDER_BUFFER_MAX))
		r.st = RD_BAD;
	return layout_result(&r, n, "oversized IDE-R message", why);
}

void ider_encode(struct buf *out, const struct ider_msg *m)
{
	const struct layout_field *f = fields_of(m->op);

	OB_ASSERT(f != NULL);
	if (m->op == IDER_FEATURES && asks_only(m->features.sub))
		f = ask_fields;
	buf_addc(out, (char)m->op);
	layout_write(out, f, m);
}

struct ider_msg ider_end(uint8_t device, uint8_t sense, uint8_t asc, uint8_t ascq)
{
	struct ider_msg m = {.op = IDER_COMMAND_END, .attributes = IDER_COMPLETED};

	m.answer.sense = sense;
	m.answer.asc = asc;
	m.answer.ascq = ascq;
	m.answer.out = (struct ider_regs){.mask = sense == 0 ? 0xC5 : 0x87,
					  .error = (uint8_t)(sense << 4),
					  .reason = 3,
					  .drive = device,
					  .status = sense == 0 ? 0x50 : 0x51};
	return m;
}

/* The registers while bytes are to be moved. */
static struct ider_regs moving(uint8_t mask, uint8_t reason, size_t count, uint8_t device)
{
	return (struct ider_regs){.mask = mask,
				  .reason = reason,
				  .count_low = (uint8_t)count,
				  .count_high = (uint8_t)(count >> 8),
				  .drive = device,
				  .status = 0x58};
}

struct ider_msg ider_get_data(uint8_t device, uint16_t length)
{
	struct ider_msg m = {.op = IDER_GET_DATA};

	m.answer.length = length;
	m.answer.in = moving(0xB5, 0, length, device);
	return m;
}

struct ider_msg ider_data(uint8_t device, bool dma, bool completed, struct str data)
{
	struct ider_msg m = {.op = IDER_DATA};

	m.attributes = (dma ? IDER_DMA : 0) | (completed ? IDER_COMPLETED : 0);
	m.answer.data = data;
	m.answer.in = moving(dma ? 0xB4 : 0xB5, 2, dma ? 0 : data.n, device);
	if (completed)
		m.answer.out = (struct ider_regs){
			.mask = 0x85, .reason = 3, .drive = device, .status = 0x50};
	return m;
}
