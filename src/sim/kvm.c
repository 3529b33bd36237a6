/* SPDX-License-Identifier: Apache-2.0
 * KVM of the virtual device: RFB handshake, keys and pointer, cut texts. kvm_update.c
 * sends the pictures. wire-amt.md 4.6.
 */
#include <sim/kvm_priv.h>

#include <stdlib.h>

#define HANDSHAKE_MS 30000

/* ---- handshake ---- */

static struct err *need(struct sim_kvm *k, size_t n, struct deadline until)
{
	struct sim_wire *w = &k->s->wire;

	while (w->in.len < n) {
		if (k->s->end)
			return err_new(ERR_CANCELLED, "the session was ended");
		if (deadline_passed(until))
			return err_new(ERR_TIMEOUT, "the console does not go on");
		TRY(sim_wire_wait(w, until));
	}
	return NULL;
}

static struct err *version(struct sim_kvm *k, struct deadline until)
{
	struct sim_wire *w = &k->s->wire;
	unsigned major, minor;
	const char *why = NULL;

	buf_adds(&w->out, k->s->r->config->rfb_4 ? KVM_VERSION_4_0 : KVM_VERSION_3_8);
	TRY(need(k, KVM_VERSION_SIZE, until));
	if (kvm_decode_version(w->in.p, w->in.len, &major, &minor, &why) < 0)
		return err_new(ERR_INVALID, "%s", why);
	if (major != 3 || minor < 8)
		return err_new(ERR_INVALID, "RFB %u.%u is not spoken", major, minor);
	buf_consume(&w->in, KVM_VERSION_SIZE);
	return NULL;
}

static struct err *security(struct sim_kvm *k, struct deadline until)
{
	struct sim_wire *w = &k->s->wire;

	buf_add(&w->out, (const char[]){1, KVM_SECURITY_NONE}, 2);
	TRY(need(k, 1, until));
	if (w->in.p[0] != KVM_SECURITY_NONE)
		return err_new(ERR_INVALID, "a security type that was not offered");
	buf_consume(&w->in, 1);
	buf_add(&w->out, "\0\0\0\0", 4);
	return NULL;
}

static struct err *init(struct sim_kvm *k, struct deadline until)
{
	struct sim_wire *w = &k->s->wire;

	TRY(need(k, 1, until));
	buf_consume(&w->in, 1); /* shared or not: there is one session */
	struct kvm_server_init m = {.width = sim_view_width(k->view.display),
				    .height = sim_view_height(k->view.display),
				    .format = k->format,
				    .name = STR("Intel(r) AMT KVM")};
	kvm_encode_init(&w->out, &m);
	return NULL;
}

static struct err *handshake(struct sim_kvm *k)
{
	struct deadline until = deadline_in(HANDSHAKE_MS);
	struct sim_wire *w = &k->s->wire;
	const char *why = NULL;

	TRY(need(k, KVM_OPEN_SIZE, until));
	if (kvm_decode_open(w->in.p, w->in.len, KVM_OPEN, &why) < 0)
		return err_new(ERR_INVALID, "%s", why);
	buf_consume(&w->in, KVM_OPEN_SIZE);
	kvm_encode_open(&w->out, KVM_OPEN_REPLY);
	TRY(version(k, until));
	TRY(security(k, until));
	return init(k, until);
}

/* ---- keys ---- */

struct key {
	uint32_t sym;
	const char *typed; /* as a terminal sends it */
};

static const struct key keys[] = {
	{0xFF08, "\x7f"},   {0xFF09, "\t"},	{0xFF0D, "\r"},	    {0xFF1B, "\x1b"},
	{0xFF50, "\x1b[H"}, {0xFF51, "\x1b[D"}, {0xFF52, "\x1b[A"}, {0xFF53, "\x1b[C"},
	{0xFF54, "\x1b[B"}, {0xFF57, "\x1b[F"}, {0xFF8D, "\r"},	    {0xFFFF, "\x7f"},
};

static void press(struct sim_kvm *k, uint32_t sym)
{
	if (sym >= 0x20 && sym <= 0x7E) {
		char c = (char)sym;
		sim_redirection_type(k->s->r, (struct str){&c, 1});
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].sym == sym)
			sim_redirection_type(k->s->r, str_of(keys[i].typed));
}

static void point(struct sim_kvm *k, const struct kvm_client_msg *m)
{
	unsigned right = sim_view_width(k->view.display) - 1u;
	unsigned bottom = sim_view_height(k->view.display) - 1u;

	k->view.x = (uint16_t)MIN(m->pointer.x, right);
	k->view.y = (uint16_t)MIN(m->pointer.y, bottom);
	k->view.buttons = m->pointer.buttons;
}

/* ---- cut texts ---- */

static void send_text(struct sim_kvm *k, struct str text)
{
	kvm_encode_server(&k->s->wire.out,
			  &(struct kvm_server_msg){.op = KVM_SERVER_TEXT, .text = text});
}

static void send_channel(struct sim_kvm *k, struct str payload)
{
	struct buf b = {0};

	kvm_text_channel(&b, payload);
	send_text(k, buf_str(&b));
	buf_fini(&b);
}

static void send_command(struct sim_kvm *k, enum kvm_command command, struct str value)
{
	struct buf b = {0};

	kvm_text_command(&b, command, value);
	send_text(k, buf_str(&b));
	buf_fini(&b);
}

/* The application on the host says back what it hears. */
static void on_channel(struct sim_kvm *k, struct str payload)
{
	if (payload.n == 0) {
		k->channel_unacked = false;
		return;
	}
	send_channel(k, (struct str){NULL, 0});
	if (k->channel_unacked)
		return;
	send_channel(k, payload);
	k->channel_unacked = true;
}

static void on_command(struct sim_kvm *k, struct str text)
{
	uint8_t value = text.n > 1 ? (uint8_t)text.p[1] : 0;
	enum kvm_command command = (enum kvm_command)text.p[0];

	switch (command) {
	case KVM_GET_DECIMATION:
		send_command(k, command,
			     (struct str){(const char[]){(char)k->decimation, 0}, 2});
		break;
	case KVM_PUT_DECIMATION:
		k->decimation = value;
		send_command(k, command, (struct str){(const char *)&value, 1});
		break;
	case KVM_GET_COMPRESSION:
		send_command(k, command, (struct str){(const char[]){k->zlib}, 1});
		break;
	case KVM_PUT_COMPRESSION:
		/* Both forms in one session would confuse the consoles' inflaters. */
		if (!k->wrapped)
			k->zlib = value != 0;
		send_command(k, command, (struct str){(const char *)&value, 1});
		break;
	}
}

static void on_text(struct sim_kvm *k, struct str text)
{
	struct str rest;

	switch (kvm_text_kind(text, &rest)) {
	case KVM_TEXT_CHANNEL:
		on_channel(k, rest);
		break;
	case KVM_TEXT_COMMAND:
		on_command(k, rest);
		break;
	case KVM_TEXT_PLAIN:
		break; /* firmware has no clipboard */
	}
}

/* ---- messages ---- */

static struct err *set_format(struct sim_kvm *k, const struct kvm_format *f)
{
	if (!kvm_format_supported(f))
		return err_new(ERR_INVALID, "pixels of %u bits are not supported",
			       f->bits);
	k->format = *f;
	k->all = true;
	return NULL;
}

static void set_encodings(struct sim_kvm *k, const struct kvm_client_msg *m)
{
	bool channel = false;

	k->zrle = k->resizes = false;
	for (unsigned i = 0; i < m->encodings.n; i++) {
		k->zrle |= m->encodings.v[i] == KVM_ZRLE;
		k->resizes |= m->encodings.v[i] == KVM_DESKTOP_SIZE;
		channel |= m->encodings.v[i] == KVM_DATA_CHANNEL;
	}
	if (channel)
		send_channel(k, (struct str){NULL, 0}); /* supported */
}

static struct err *handle(struct sim_kvm *k, const struct kvm_client_msg *m)
{
	switch (m->op) {
	case KVM_SET_FORMAT:
		return set_format(k, &m->format);
	case KVM_SET_ENCODINGS:
		set_encodings(k, m);
		break;
	case KVM_REQUEST:
		k->wanted = true;
		k->incremental = m->request.incremental;
		k->region = (struct sim_kvm_region){m->request.x, m->request.y,
						    m->request.width, m->request.height};
		break;
	case KVM_KEY:
		if (m->key.down)
			press(k, m->key.sym);
		break;
	case KVM_POINTER:
		point(k, m);
		break;
	case KVM_CLIENT_TEXT:
		on_text(k, m->text);
		break;
	}
	return NULL;
}

static struct err *take_messages(struct sim_kvm *k)
{
	struct sim_wire *w = &k->s->wire;
	const char *why = NULL;
	struct kvm_client_msg m;

	/* Texts are answered: not faster than the console takes the answers. */
	while (w->in.len > 0 && w->out.len < SIM_WIRE_OUT_HIGH) {
		ssize_t n = kvm_decode_client(w->in.p, w->in.len, &m, &why);
		if (n < 0)
			return err_new(ERR_INVALID, "%s", why);
		if (n == 0)
			return NULL;
		TRY(handle(k, &m));
		buf_consume(&w->in, (size_t)n);
	}
	return NULL;
}

static struct err *run(struct sim_kvm *k)
{
	TRY(handshake(k));
	for (;;) {
		TRY(take_messages(k));
		if (k->s->end)
			return sim_wire_flush(&k->s->wire, 0);
		if (k->wanted && k->s->wire.out.len < SIM_WIRE_OUT_HIGH)
			TRY(sim_kvm_update(k));
		TRY(sim_wire_wait(&k->s->wire, sim_redirection_due(k->s->r)));
	}
}

struct err *sim_kvm_run(struct sim_session *s)
{
	struct sim_kvm *k = xcalloc(1, sizeof(*k));

	*k = (struct sim_kvm){.s = s,
			      .format = kvm_rgb565,
			      .all = true,
			      .decimation = 2,
			      .zlib = s->r->config->zlib,
			      .view = {.display = s->r->display},
			      .deflater = kvm_deflater_new()};
	struct err *e = run(k);
	kvm_deflater_free(k->deflater);
	buf_fini(&k->tile_bytes);
	buf_fini(&k->data);
	free(k);
	return e;
}
