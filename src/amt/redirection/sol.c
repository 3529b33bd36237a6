/* SPDX-License-Identifier: Apache-2.0
 * Serial over LAN, as tables. wire-amt.md 4.4.
 *
 *   | op | 3 reserved (status in 0x21) | sequence u32 | ... |
 */
#include <amt/redirection/layout.h>
#include <amt/redirection/sol.h>

/* clang-format off */
#define AT(m) offsetof(struct sol_msg, m)
#define HEAD {LAYOUT_SKIP, 3}, {LAYOUT_LE32, 0, AT(sequence)}
#define PARAMS(m) \
	{LAYOUT_LE16, 0, AT(m.max_tx)}, {LAYOUT_LE16, 0, AT(m.tx_timeout_ms)}, \
	{LAYOUT_LE16, 0, AT(m.tx_overflow_ms)}, {LAYOUT_LE16, 0, AT(m.rx_timeout_ms)}, \
	{LAYOUT_LE16, 0, AT(m.rx_flush_ms)}, {LAYOUT_LE16, 0, AT(m.heartbeat_ms)}
static const struct layout_field start_fields[] = {HEAD, PARAMS(start), {LAYOUT_SKIP, 4}, {0}};
static const struct layout_field start_reply_fields[] = {
	{LAYOUT_U8, 0, AT(start_reply.status)}, {LAYOUT_SKIP, 2}, {LAYOUT_LE32, 0, AT(sequence)},
	PARAMS(start_reply.params), {LAYOUT_SKIP, 3}, {0}};
static const struct layout_field bare_fields[] = {HEAD, {0}};
static const struct layout_field control_fields[] = {
	HEAD, {LAYOUT_BYTES, 6, AT(control_to_host)}, {0}};
static const struct layout_field data_fields[] = {
	HEAD, {LAYOUT_LEN_LE16, 0, AT(data), SOL_DATA_MAX}, {LAYOUT_DATA, 0, AT(data)}, {0}};
static const struct layout_field controls_fields[] = {
	HEAD, {LAYOUT_U8, 0, AT(controls.control)}, {LAYOUT_U8, 0, AT(controls.status)}, {0}};
#undef PARAMS
#undef HEAD
#undef AT

static const struct layout_field *const layouts[] = {
	[SOL_START - SOL_START] = start_fields,
	[SOL_START_REPLY - SOL_START] = start_reply_fields,
	[SOL_END - SOL_START] = bare_fields,
	[SOL_END_REPLY - SOL_START] = bare_fields,
	[SOL_PING - SOL_START] = bare_fields,
	[SOL_PONG - SOL_START] = bare_fields,
	[SOL_CONTROL_TO_HOST - SOL_START] = control_fields,
	[SOL_DATA_TO_HOST - SOL_START] = data_fields,
	[SOL_CONTROLS_FROM_HOST - SOL_START] = controls_fields,
	[SOL_DATA_FROM_HOST - SOL_START] = data_fields,
	[SOL_HEARTBEAT - SOL_START] = bare_fields,
};
/* clang-format on */

static const struct layout_field *fields_of(unsigned op)
{
	return op >= SOL_START && op - SOL_START < ARRAY_LEN(layouts)
		       ? layouts[op - SOL_START]
		       : NULL;
}

ssize_t sol_decode(const void *p, size_t n, struct sol_msg *m, const char **why)
{
	struct rd r = rd_init(p, n);

	if (n == 0)
		return 0;
	memset(m, 0, sizeof(*m));
	m->op = (enum sol_op)rd_u8(&r);
	const struct layout_field *f = fields_of(m->op);
	if (f == NULL) {
		*why = "unknown SOL message";
		return -1;
	}
	layout_read(&r, f, m);
	return layout_result(&r, n, "oversized SOL message", why);
}

void sol_encode(struct buf *out, const struct sol_msg *m)
{
	const struct layout_field *f = fields_of(m->op);

	OB_ASSERT(f != NULL);
	buf_addc(out, (char)m->op);
	layout_write(out, f, m);
}
