/* SPDX-License-Identifier: Apache-2.0
 * APF codec: one table of layouts that both the decoder and the encoder walk.
 * wire-amt.md 1.2, 1.4.
 *
 * A row lists the fields behind the opcode. What a table cannot say, a tail that depends
 * on an earlier field, is in the two functions of that message: 50 (password only with
 * that method), 51 (two lengths in the field), 80 (data by request name), 81 (port only
 * after tcpip-forward).
 */
#include <amt/apf/apf.h>
#include <base/util.h>

enum kind {
	K_END,
	K_U32,
	K_STR,	   /* u32 length, at most APF_STRING_MAX bytes */
	K_DATA,	   /* u32 length, at most APF_DATA_MAX bytes */
	K_UUID,	   /* 16 bytes */
	K_CONST32, /* reserved: .arg times 0x01010101 is written, anything is read */
	K_ZEROS,   /* .arg bytes: zeros are written, anything is read */
};

struct field {
	uint8_t kind;
	uint8_t arg;
	uint16_t offset;
};

/* clang-format off */
#define U32(m) {K_U32, 0, offsetof(struct apf_msg, m)}
#define STRING(m) {K_STR, 0, offsetof(struct apf_msg, m)}
#define DATA(m) {K_DATA, 0, offsetof(struct apf_msg, m)}
#define UUID(m) {K_UUID, 0, offsetof(struct apf_msg, m)}
#define CONST32(byte) {K_CONST32, byte, 0}
#define ZEROS(n) {K_ZEROS, n, 0}
#define FIELDS(...) ((const struct field[]){__VA_ARGS__ {K_END, 0, 0}})

struct layout {
	const char *name;
	const struct field *fields;
};

static const struct layout layouts[256] = {
	[APF_DISCONNECT] = {"DISCONNECT", FIELDS(U32(disconnect.reason), ZEROS(2),)},
	[APF_SERVICE_REQUEST] = {"SERVICE_REQUEST", FIELDS(STRING(service.name),)},
	[APF_SERVICE_ACCEPT] = {"SERVICE_ACCEPT", FIELDS(STRING(service.name),)},
	[APF_USERAUTH_REQUEST] = {"USERAUTH_REQUEST", FIELDS(
		STRING(auth.user), STRING(auth.service), STRING(auth.method),)},
	[APF_USERAUTH_FAILURE] = {"USERAUTH_FAILURE", FIELDS()},
	[APF_USERAUTH_SUCCESS] = {"USERAUTH_SUCCESS", FIELDS()},
	[APF_GLOBAL_REQUEST] = {"GLOBAL_REQUEST", FIELDS(STRING(global.request),)},
	[APF_REQUEST_SUCCESS] = {"REQUEST_SUCCESS", FIELDS()},
	[APF_REQUEST_FAILURE] = {"REQUEST_FAILURE", FIELDS()},
	[APF_CHANNEL_OPEN] = {"CHANNEL_OPEN", FIELDS(
		STRING(open.type), U32(open.sender), U32(open.window), CONST32(0xFF),
		STRING(open.connected), U32(open.connected_port),
		STRING(open.originator), U32(open.originator_port),)},
	[APF_CHANNEL_OPEN_CONFIRMATION] = {"CHANNEL_OPEN_CONFIRMATION", FIELDS(
		U32(confirm.recipient), U32(confirm.sender), U32(confirm.window), CONST32(0xFF),)},
	[APF_CHANNEL_OPEN_FAILURE] = {"CHANNEL_OPEN_FAILURE", FIELDS(
		U32(open_failure.recipient), U32(open_failure.reason), CONST32(0), CONST32(0),)},
	[APF_CHANNEL_WINDOW_ADJUST] = {"CHANNEL_WINDOW_ADJUST", FIELDS(
		U32(adjust.recipient), U32(adjust.bytes),)},
	[APF_CHANNEL_DATA] = {"CHANNEL_DATA", FIELDS(U32(data.recipient), DATA(data.bytes),)},
	[APF_CHANNEL_CLOSE] = {"CHANNEL_CLOSE", FIELDS(U32(close.recipient),)},
	[APF_PROTOCOLVERSION] = {"PROTOCOLVERSION", FIELDS(
		U32(version.major), U32(version.minor), U32(version.trigger), UUID(version.uuid),
		ZEROS(64),)},
	[APF_KEEPALIVE_REQUEST] = {"KEEPALIVE_REQUEST", FIELDS(U32(keepalive.cookie),)},
	[APF_KEEPALIVE_REPLY] = {"KEEPALIVE_REPLY", FIELDS(U32(keepalive.cookie),)},
	[APF_KEEPALIVE_OPTIONS_REQUEST] = {"KEEPALIVE_OPTIONS_REQUEST", FIELDS(
		U32(keepalive_options.interval_s), U32(keepalive_options.timeout_s),)},
	[APF_KEEPALIVE_OPTIONS_REPLY] = {"KEEPALIVE_OPTIONS_REPLY", FIELDS(
		U32(keepalive_options.interval_s), U32(keepalive_options.timeout_s),)},
};
/* clang-format on */

static void decode_field(struct rd *r, const struct field *f, struct apf_msg *m)
{
	void *at = (char *)m + f->offset;
	const uint8_t *p;

	switch ((enum kind)f->kind) {
	case K_U32:
		*(uint32_t *)at = rd_be32(r);
		break;
	case K_STR:
		*(struct str *)at = rd_lv32(r, APF_STRING_MAX);
		break;
	case K_DATA:
		*(struct str *)at = rd_lv32(r, APF_DATA_MAX);
		break;
	case K_UUID:
		p = rd_bytes(r, 16);
		if (p != NULL)
			memcpy(at, p, 16);
		break;
	case K_CONST32:
		rd_be32(r);
		break;
	case K_ZEROS:
		rd_bytes(r, f->arg);
		break;
	case K_END:
		break;
	}
}

static void encode_str(struct wr *w, struct str s, uint32_t max)
{
	OB_ASSERT(s.n <= max);
	wr_lv32(w, s);
}

static void encode_field(struct wr *w, const struct field *f, const struct apf_msg *m)
{
	static const uint8_t zeros[64];
	const void *at = (const char *)m + f->offset;

	switch ((enum kind)f->kind) {
	case K_U32:
		wr_be32(w, *(const uint32_t *)at);
		break;
	case K_STR:
		encode_str(w, *(const struct str *)at, APF_STRING_MAX);
		break;
	case K_DATA:
		encode_str(w, *(const struct str *)at, APF_DATA_MAX);
		break;
	case K_UUID:
		wr_bytes(w, at, 16);
		break;
	case K_CONST32:
		wr_be32(w, f->arg * 0x01010101u);
		break;
	case K_ZEROS:
		wr_bytes(w, zeros, f->arg);
		break;
	case K_END:
		break;
	}
}

static bool is_forward(struct str request)
{
	return str_eqz(request, "tcpip-forward") ||
	       str_eqz(request, "cancel-tcpip-forward");
}

static void decode_auth(struct rd *r, struct apf_msg *m)
{
	m->auth.has_password = r->st == RD_OK && str_eqz(m->auth.method, "password");
	if (!m->auth.has_password)
		return;
	if (rd_u8(r) != 0)
		r->st = RD_BAD; /* "change the password" of RFC 4252; AMT has none */
	m->auth.password = rd_lv32(r, APF_STRING_MAX);
}

/* APF_USERAUTH_FAILURE: 14 bytes by RFC 4252 (u8 partial success), 15 from MPS (u16). No
 * message starts with 0, so a 0 behind the 14 bytes can only be the longer form's last
 * byte. */
static void decode_auth_failure(struct rd *r)
{
	rd_lv32(r, APF_STRING_MAX);
	rd_u8(r);
	if (r->st == RD_OK && rd_left(r) > 0 && r->p[0] == 0)
		rd_u8(r);
}

static void decode_global(struct rd *r, struct apf_msg *m)
{
	struct str request = m->global.request;

	if (r->st != RD_OK)
		return;
	if (is_forward(request)) {
		m->global.want_reply = rd_u8(r) != 0;
		m->global.addr = rd_lv32(r, APF_STRING_MAX);
		m->global.port = rd_be32(r);
	} else if (str_eqz(request, "udp-send-to@amt.intel.com")) {
		m->global.want_reply = rd_u8(r) != 0;
		m->global.udp_addr = rd_lv32(r, APF_STRING_MAX);
		m->global.udp_port = rd_be32(r);
		m->global.udp_origin = rd_lv32(r, APF_STRING_MAX);
		m->global.udp_origin_port = rd_be32(r);
		m->global.udp_data = rd_lv32(r, APF_UDP_MAX);
	} else {
		r->st = RD_BAD; /* its length cannot be known */
	}
}

static void decode_tail(struct rd *r, bool success_has_port, struct apf_msg *m)
{
	switch (m->op) {
	case APF_USERAUTH_REQUEST:
		decode_auth(r, m);
		break;
	case APF_USERAUTH_FAILURE:
		decode_auth_failure(r);
		break;
	case APF_GLOBAL_REQUEST:
		decode_global(r, m);
		break;
	case APF_REQUEST_SUCCESS:
		m->success.has_port = success_has_port;
		if (success_has_port)
			m->success.port = rd_be32(r);
		break;
	default:
		break;
	}
}

ssize_t apf_decode(const void *p, size_t n, bool success_has_port, struct apf_msg *m,
		   const char **why)
{
	struct rd r = rd_init(p, n);

	if (n == 0)
		return 0;
	memset(m, 0, sizeof(*m));
	m->op = (enum apf_op)rd_u8(&r);
	const struct field *f = layouts[m->op].fields;
	if (f == NULL) {
		*why = "unknown APF opcode";
		return -1;
	}
	for (; f->kind != K_END; f++)
		decode_field(&r, f, m);
	decode_tail(&r, success_has_port, m);
	if (r.st == RD_BAD) {
		*why = m->op == APF_GLOBAL_REQUEST
			       ? "unknown or malformed APF global request"
			       : "malformed or oversized APF message";
		return -1;
	}
	return r.st == RD_SHORT ? 0 : (ssize_t)(n - rd_left(&r));
}

ssize_t apf_decode_data_head(const void *p, size_t n, uint32_t *recipient,
			     uint32_t *length, const char **why)
{
	struct rd r = rd_init(p, n);
	uint8_t op = rd_u8(&r);

	*recipient = rd_be32(&r);
	*length = rd_be32(&r);
	if (r.st != RD_OK)
		return 0;
	OB_ASSERT(op == APF_CHANNEL_DATA);
	if (*length > APF_DATA_MAX) {
		*why = "oversized APF CHANNEL_DATA";
		return -1;
	}
	return (ssize_t)(n - rd_left(&r));
}

static void encode_global(struct wr *w, const struct apf_msg *m)
{
	wr_u8(w, m->global.want_reply);
	if (is_forward(m->global.request)) {
		encode_str(w, m->global.addr, APF_STRING_MAX);
		wr_be32(w, m->global.port);
		return;
	}
	OB_ASSERT(str_eqz(m->global.request, "udp-send-to@amt.intel.com"));
	encode_str(w, m->global.udp_addr, APF_STRING_MAX);
	wr_be32(w, m->global.udp_port);
	encode_str(w, m->global.udp_origin, APF_STRING_MAX);
	wr_be32(w, m->global.udp_origin_port);
	encode_str(w, m->global.udp_data, APF_UDP_MAX);
}

static void encode_tail(struct wr *w, const struct apf_msg *m)
{
	switch (m->op) {
	case APF_USERAUTH_REQUEST:
		if (!str_eqz(m->auth.method, "password"))
			break;
		wr_u8(w, 0);
		encode_str(w, m->auth.password, APF_STRING_MAX);
		break;
	case APF_USERAUTH_FAILURE:
		wr_lv32(w, STR("password"));
		wr_u8(w, 0);
		break;
	case APF_GLOBAL_REQUEST:
		encode_global(w, m);
		break;
	case APF_REQUEST_SUCCESS:
		if (m->success.has_port)
			wr_be32(w, m->success.port);
		break;
	default:
		break;
	}
}

/* At least the encoded size, so that one reservation holds the message. */
static size_t size_bound(const struct apf_msg *m)
{
	switch (m->op) {
	case APF_SERVICE_REQUEST:
	case APF_SERVICE_ACCEPT:
		return 5 + m->service.name.n;
	case APF_USERAUTH_REQUEST:
		return 18 + m->auth.user.n + m->auth.service.n + m->auth.method.n +
		       m->auth.password.n;
	case APF_GLOBAL_REQUEST:
		return 26 + m->global.request.n + m->global.addr.n +
		       m->global.udp_addr.n + m->global.udp_origin.n +
		       m->global.udp_data.n;
	case APF_CHANNEL_OPEN:
		return 33 + m->open.type.n + m->open.connected.n + m->open.originator.n;
	case APF_CHANNEL_DATA:
		return 9 + m->data.bytes.n;
	default:
		return 93; /* PROTOCOLVERSION, the longest of fixed length */
	}
}

void apf_encode(struct buf *out, const struct apf_msg *m)
{
	const struct field *f = layouts[(uint8_t)m->op].fields;
	size_t room = size_bound(m);
	struct wr w = wr_init(buf_reserve(out, room), room);

	OB_ASSERT(f != NULL);
	wr_u8(&w, (uint8_t)m->op);
	for (; f->kind != K_END; f++)
		encode_field(&w, f, m);
	encode_tail(&w, m);
	OB_ASSERT(w.ok);
	out->len += wr_len(&w);
}

const char *apf_op_name(enum apf_op op)
{
	return layouts[(uint8_t)op].name;
}

const char *apf_disconnect_text(uint32_t reason)
{
	static const char *const texts[] = {
		[1] = "the peer disconnected: host not allowed",
		[2] = "the peer disconnected: protocol error",
		[3] = "the peer disconnected: key exchange failed",
		[5] = "the peer disconnected: MAC error",
		[6] = "the peer disconnected: compression error",
		[7] = "the peer disconnected: service not available",
		[8] = "the peer disconnected: protocol version not supported",
		[9] = "the peer disconnected: host key not verifiable",
		[10] = "the peer disconnected: connection lost",
		[11] = "the peer disconnected: by application",
		[12] = "the peer disconnected: too many connections",
		[13] = "the peer disconnected: authentication cancelled by user",
		[14] = "the peer disconnected: no more authentication methods",
		[15] = "the peer disconnected: invalid credentials",
		[16] = "the peer disconnected: connection timed out",
		[17] = "the peer disconnected: by policy",
		[18] = "the peer disconnected: temporarily unavailable",
	};

	if (reason < ARRAY_LEN(texts) && texts[reason] != NULL)
		return texts[reason];
	return "the peer disconnected";
}

const char *apf_open_failure_text(uint32_t reason)
{
	static const char *const texts[] = {
		[APF_OPEN_PROHIBITED] = "administratively prohibited",
		[APF_OPEN_CONNECT_FAILED] = "connect failed",
		[APF_OPEN_UNKNOWN_TYPE] = "unknown channel type",
		[APF_OPEN_RESOURCE_SHORTAGE] = "resource shortage",
	};

	if (reason < ARRAY_LEN(texts) && texts[reason] != NULL)
		return texts[reason];
	return "unknown reason";
}
