/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the login between a browser and a device. First byte: answer (1), the kind
 * is known (2), which kind (4, 8). Then what the sides say, in pieces:
 *   | side u8 | length u16 | bytes |   big-endian; side: 1 = the device
 */
#include <base/cursor.h>
#include <device/interceptor.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UNREAD_MAX (REDIR_AUTH_MAX + 64u)

static struct err *ha1(void *arg, struct str realm, bool fresh, char out[33])
{
	digest_ha1(STR("admin"), realm, STR("P@ssw0rd"), out);
	return NULL;
}

/* What goes to the device before the login is done: whole messages of a client, whose
 * digests are ours. */
static void check_up(const struct interceptor *i, struct str out)
{
	struct redir_msg m;
	struct digest_response r;
	const char *why;

	while (out.n > 0) {
		ssize_t n = redir_decode(out.p, out.n, &m, &why);
		OB_ASSERT(n > 0);
		OB_ASSERT(m.op == REDIR_START || m.op == REDIR_END || m.op == REDIR_AUTH);
		out = str_sub(out, (size_t)n, out.n);
		if (!i->c.answer || m.op != REDIR_AUTH ||
		    (m.auth.type != REDIR_BY_DIGEST &&
		     m.auth.type != REDIR_BY_DIGEST_2069))
			continue;
		OB_ASSERT(redir_response_decode(m.auth.type, m.auth.data, &r));
		OB_ASSERT(str_eqz(r.user, "admin"));
	}
}

static struct err *feed(struct interceptor *i, bool device, struct str in,
			struct buf *out)
{
	bool direct = i->direct;
	size_t kept = device ? 0 : i->up.len;
	struct err *e =
		device ? interceptor_device(i, in, out) : interceptor_client(i, in, out);

	if (direct)
		OB_ASSERT(e == NULL &&
			  str_eq(str_sub(buf_str(out), kept, out->len), in) &&
			  (device || interceptor_passes(i)));
	else if (!device)
		check_up(i, buf_str(out));
	OB_ASSERT(e != NULL || (i->up.len < UNREAD_MAX && i->down.len < UNREAD_MAX));
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	uint8_t how = rd_u8(&r);
	const struct interceptor_config c = {
		.answer = how & 1,
		.kind_known = how & 2,
		.kind = (enum redir_kind)((how >> 2) % REDIR_KINDS),
		.user = "admin",
		.ha1 = ha1};
	struct interceptor i;
	struct buf out = {0};
	struct err *e = NULL;

	interceptor_init(&i, &c);
	while (e == NULL && rd_left(&r) > 3) {
		bool device = rd_u8(&r) & 1;
		size_t n = rd_be16(&r);
		n = MIN(n, rd_left(&r));
		buf_clear(&out);
		e = feed(&i, device, (struct str){(const char *)rd_bytes(&r, n), n},
			 &out);
	}
	err_free(e);
	interceptor_fini(&i);
	buf_fini(&out);
	return 0;
}
