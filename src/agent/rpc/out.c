/* SPDX-License-Identifier: Apache-2.0
 * What rpc writes: text, JSON, log records in the form that scripts look for (rpc.md 1.9,
 * 1.14).
 */
#include <agent/rpc/rpc.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void sink_write(struct rpc_sink *s, struct str text)
{
	if (s->fd < 0) {
		buf_addstr(&s->to, text);
		return;
	}
	while (text.n > 0 && s->failed == 0) {
		ssize_t n = write(s->fd, text.p, text.n);

		if (n < 0 && errno == EAGAIN) {
			/* Others may have made the terminal or pipe so. */
			poll(&(struct pollfd){.fd = s->fd, .events = POLLOUT}, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			s->failed = errno;
			return;
		}
		text = str_sub(text, (size_t)n, text.n);
	}
}

void rpc_write(struct rpc *r, struct str text)
{
	sink_write(&r->out, text);
}

struct err *rpc_written(const struct rpc *r)
{
	int why = r->out.failed;

	return why == 0 || why == EPIPE
		       ? NULL
		       : err_errno(ERR_UNAVAILABLE, why, "cannot write standard output");
}

void rpc_print(struct rpc *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rpc_write(r, str_of(arena_vprintf(&r->a, fmt, ap)));
	va_end(ap);
}

/* As encoding/json does by default: text stays safe inside HTML. */
static void add_escaped(struct buf *out, const char *json)
{
	for (; *json != '\0'; json++)
		if (*json == '<' || *json == '>' || *json == '&')
			buf_addf(out, "\\u%04x", *json);
		else
			buf_addc(out, *json);
}

void rpc_print_json(struct rpc *r, json_t *v)
{
	_cleanup_(buf_fini) struct buf b = {0};
	char *text =
		json_dumps(v, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);

	OB_ASSERT(text != NULL);
	add_escaped(&b, text);
	buf_addc(&b, '\n');
	rpc_write(r, buf_str(&b));
	free(text);
	json_decref(v);
}

json_t *rpc_json_text(struct str s)
{
	json_t *v = json_stringn(s.p != NULL ? s.p : "", s.n);
	_cleanup_(buf_fini) struct buf b = {0};

	if (v != NULL)
		return v;
	/* No UTF-8: firmware's bytes are shown as far as they are ASCII. */
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x80)
			buf_addc(&b, s.p[i]);
		else
			buf_adds(&b, "\xef\xbf\xbd");
	return json_stringn(b.p, b.len);
}

void rpc_json_put(json_t *object, struct str key, json_t *v)
{
	json_t *name = rpc_json_text(key);

	json_object_set_new(object, json_string_value(name), v);
	json_decref(name);
}

/* ---- log ---- */

static const char *level_name(enum log_level level)
{
	static const char *const names[] = {"error", "warning", "info", "debug", "trace"};

	return names[level];
}

static void rfc3339(char out[32])
{
	time_t t = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;
	char zone[8];

	localtime_r(&t, &tm);
	size_t n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);

	strftime(zone, sizeof(zone), "%z", &tm);
	if (strcmp(zone, "+0000") == 0)
		snprintf(out + n, 32 - n, "Z");
	else
		snprintf(out + n, 32 - n, "%.3s:%.2s", zone, zone + 3);
}

static bool is_bare(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || strchr("-._/@^+", c) != NULL) ||
		    c == '\0')
			return false;
	}
	return true;
}

/* As Go's %q. */
static void add_quoted(struct buf *b, struct str s)
{
	buf_addc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c == '\n')
			buf_adds(b, "\\n");
		else if (c == '\t')
			buf_adds(b, "\\t");
		else if (c == '\r')
			buf_adds(b, "\\r");
		else if ((unsigned char)c < 0x20 || c == 0x7f)
			buf_addf(b, "\\x%02x", (unsigned char)c);
		else
			buf_addc(b, c);
	}
	buf_addc(b, '"');
}

static void text_record(struct buf *b, enum log_level level, struct str msg)
{
	char when[32];

	rfc3339(when);
	buf_addf(b, "time=\"%s\" level=%s msg=", when, level_name(level));
	if (is_bare(msg))
		buf_addstr(b, msg);
	else
		add_quoted(b, msg);
	buf_addc(b, '\n');
}

static void json_record(struct buf *b, enum log_level level, struct str msg)
{
	char when[32];

	rfc3339(when);
	json_t *v = json_pack("{s:s,s:o,s:s}", "level", level_name(level), "msg",
			      rpc_json_text(msg), "time", when);
	char *text = json_dumps(v, JSON_PRESERVE_ORDER | JSON_COMPACT);

	OB_ASSERT(text != NULL);
	buf_adds(b, text);
	buf_addc(b, '\n');
	free(text);
	json_decref(v);
}

static void record(struct rpc *r, enum log_level level, struct str msg)
{
	_cleanup_(buf_fini) struct buf b = {0};

	if (level > r->log_level)
		return;
	if (r->o.json)
		json_record(&b, level, msg);
	else
		text_record(&b, level, msg);
	sink_write(&r->err, buf_str(&b));
}

void rpc_log(struct rpc *r, enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(r, level, str_of(arena_vprintf(&r->a, fmt, ap)));
	va_end(ap);
}

void rpc_log_err(struct rpc *r, enum log_level level, const struct err *e)
{
	_cleanup_(buf_fini) struct buf b = {0};

	err_text(e, &b);
	record(r, level, buf_str(&b));
}

void rpc_complain(struct rpc *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sink_write(&r->err, str_of(arena_vprintf(&r->a, fmt, ap)));
	va_end(ap);
}

/* ---- errors ---- */

struct err *rpc_exit_error(struct rpc *r, enum rpc_exit code, const char *fmt, ...)
{
	const char *details = NULL;
	va_list ap;

	if (fmt != NULL) {
		va_start(ap, fmt);
		details = arena_vprintf(&r->a, fmt, ap);
		va_end(ap);
	}
	if (r->code == RPC_EXIT_OK) {
		r->code = code;
		r->details = details;
	}
	return err_new(rpc_exit_kind(code), "%s",
		       details != NULL ? details : rpc_exit_text(code));
}

struct err *rpc_exit_wrap(struct rpc *r, struct err *cause, enum rpc_exit code)
{
	/* Being told to stop is no failure of what was under way. */
	if (err_is(cause, ERR_CANCELLED))
		return cause;
	rpc_log_err(r, LOG_ERROR, cause);
	err_free(cause);
	return rpc_exit_error(r, code, NULL);
}
