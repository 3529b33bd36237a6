/* SPDX-License-Identifier: Apache-2.0
 * The demo's serial console: through the relay, as a browser opens it, to the host's
 * login.
 */
#include <outband/demo.h>

#include <amt/redirection/session.h>
#include <amt/redirection/sol.h>
#include <base/json.h>
#include <net/socket.h>
#include <net/ws.h>

#define SOL_MS 60000

struct console {
	struct demo *d;
	struct ws *ws;
	struct buf in;	 /* incomplete messages of the device */
	struct buf text; /* what the host wrote, without what moves the cursor */
	bool escape;	 /* within a sequence of it */
	struct deadline until;
};

/* ---- messages ---- */

static struct err *more(struct console *c)
{
	struct ws_message m;
	struct err *e = ws_recv(c->ws, c->until, &m);

	if (e != NULL)
		return err_wrap(e, "the console ended (close code %u)",
				ws_close_code(c->ws));
	buf_addstr(&c->in, m.data);
	return NULL;
}

static struct err *tell(struct console *c, struct buf *take_out)
{
	struct err *e = ws_send(c->ws, true, buf_str(take_out), c->until);

	buf_fini(take_out);
	return e;
}

/* The next message of start and login: its opcode and status. */
static struct err *reply(struct console *c, enum redir_op want, uint8_t *status)
{
	struct redir_msg m;
	const char *why = NULL;
	ssize_t n;

	while ((n = redir_decode(c->in.p, c->in.len, &m, &why)) == 0)
		TRY(more(c));
	if (n < 0 || m.op != want)
		return err_new(ERR_DEVICE, "the device broke the protocol: %s",
			       n < 0 ? why : "another message");
	*status = m.status;
	buf_consume(&c->in, (size_t)n);
	return NULL;
}

/* The relay puts the digest in: no password is here. */
static struct err *log_in(struct console *c)
{
	struct buf out = {0};
	uint8_t status;

	redir_encode_start(&out, REDIR_SOL);
	TRY(tell(c, &out));
	TRY(reply(c, REDIR_START_REPLY, &status));
	if (status != REDIR_STARTED)
		return err_new(ERR_DEVICE, "the device starts no session: %s",
			       redir_start_text(status));
	/* Once for the challenge, once for the answer. */
	for (int i = 0; i < 2 && (i == 0 || status != REDIR_AUTH_OK); i++) {
		redir_encode_blank(&out, REDIR_BY_DIGEST, STR(""));
		TRY(tell(c, &out));
		TRY(reply(c, REDIR_AUTH_REPLY, &status));
	}
	return status == REDIR_AUTH_OK
		       ? NULL
		       : err_new(ERR_DEVICE, "the device refused the relay's login");
}

/* ---- text ---- */

/* Escape sequences end with a letter; lines end with a newline. */
static void show(struct console *c, struct str data)
{
	for (size_t i = 0; i < data.n; i++) {
		char ch = data.p[i];

		if (c->escape)
			c->escape =
				!((ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z'));
		else if (ch == '\033')
			c->escape = true;
		else if (ch == '\n' || (ch >= ' ' && ch <= '~'))
			buf_addc(&c->text, ch);
	}
}

static struct err *take_messages(struct console *c, bool *started)
{
	struct sol_msg m;
	const char *why = NULL;
	ssize_t n;

	while ((n = sol_decode(c->in.p, c->in.len, &m, &why)) > 0) {
		if (m.op == SOL_DATA_FROM_HOST)
			show(c, m.data);
		if (m.op == SOL_START_REPLY && m.start_reply.status != 0)
			return err_new(ERR_DEVICE, "the device refused serial over LAN");
		*started = *started || m.op == SOL_START_REPLY;
		buf_consume(&c->in, (size_t)n);
	}
	return n == 0 ? NULL : err_new(ERR_DEVICE, "no message of SOL: %s", why);
}

static struct err *start_sol(struct console *c)
{
	struct buf out = {0};
	bool started = false;

	sol_encode(&out, &(struct sol_msg){.op = SOL_START,
					   .start = {10000, 100, 0, 10000, 100, 0}});
	TRY(tell(c, &out));
	while (!started) {
		TRY(take_messages(c, &started));
		if (!started)
			TRY(more(c));
	}
	return NULL;
}

/* Waits for the text; the line it stands on, to its end so far, is appended to said. What
 * came up to there is done with. */
static struct err *expect(struct console *c, struct str want, struct buf *said)
{
	ptrdiff_t at;
	bool started = true;

	while ((at = str_find(buf_str(&c->text), want)) < 0) {
		TRY(more(c));
		TRY(take_messages(c, &started));
	}
	size_t begin = (size_t)at, end = (size_t)at + want.n;

	while (begin > 0 && c->text.p[begin - 1] != '\n')
		begin--;
	struct str line = str_trim((struct str){c->text.p + begin, end - begin});

	buf_addf(said, "%s" STR_FMT, said->len > 0 ? " | " : "", STR_ARG(line));
	buf_consume(&c->text, end);
	return NULL;
}

static struct err *type(struct console *c, const char *text)
{
	struct buf out = {0};

	sol_encode(&out, &(struct sol_msg){.op = SOL_DATA_TO_HOST, .data = str_of(text)});
	return tell(c, &out);
}

static struct err *talk(struct console *c, struct buf *said)
{
	static const struct {
		struct str want;
		const char *answer, *shown;
	} steps[] = {
		{STR("login:"), "root\r", " root"},
		{STR("Password:"), "x\r", " *"},
		{STR("$"), "uname\r", " uname"},
		{STR("outband Linux"), NULL, ""},
	};

	TRY(log_in(c));
	TRY(start_sol(c));
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		TRY(expect(c, steps[i].want, said));
		buf_adds(said, steps[i].shown);
		if (steps[i].answer != NULL)
			TRY(type(c, steps[i].answer));
	}
	return NULL;
}

/* ---- the way there ---- */

static struct err *connect_relay(struct console *c, const char *guid)
{
	struct ws_config wc = {.max_message = 1 << 20};
	struct demo *d = c->d;
	struct stream *tcp;
	json_t *j;

	TRY(demo_call(d, "GET",
		      arena_printf(&d->arena, "authorize/redirection/%s?mode=sol", guid),
		      NULL, 200, &j));
	wc.protocol =
		arena_strdup(&d->arena, json_string_value(json_object_get(j, "token")));
	json_decref(j);
	const char *target =
		arena_printf(&d->arena,
			     "/relay/webrelay.ashx?p=2&host=%s&port=16994&tls=0&"
			     "tls1only=0&mode=sol&frames=binary",
			     guid);

	TRY(socket_connect("127.0.0.1", d->rest_port, NULL, c->until, &tcp));
	return ws_connect(tcp, "127.0.0.1", target, NULL, &wc, c->until, &c->ws);
}

struct err *demo_sol(struct demo *d, const char *guid, char **said)
{
	struct console c = {.d = d, .until = deadline_in(SOL_MS)};
	struct buf text = {0};
	struct err *e = connect_relay(&c, guid);

	if (e == NULL) {
		e = talk(&c, &text);
		ws_close(c.ws, 1000, "");
		ws_free(c.ws);
	}
	if (e == NULL)
		*said = arena_printf(&d->arena, STR_FMT, STR_ARG(buf_str(&text)));
	buf_fini(&c.in);
	buf_fini(&c.text);
	buf_fini(&text);
	return e;
}
