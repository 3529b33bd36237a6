/* SPDX-License-Identifier: Apache-2.0
 * Structured log. A line is built on the heap and written at once, so lines of threads
 * never mix and no lock is held. Whatever peers sent is escaped: a line stays one line,
 * and JSON stays valid.
 */
#include <base/log.h>
#include <base/clock.h>

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warn", "info", "debug", "trace"};

static atomic_int cur_level = LOG_INFO;
static atomic_int init_level = LOG_INFO;
static atomic_int cur_format = LOG_AUTO;
static atomic_bool cur_colour;

void log_init(enum log_level level, enum log_format format)
{
	bool tty = isatty(STDERR_FILENO) == 1;

	if (format == LOG_AUTO)
		format = tty ? LOG_HUMAN : LOG_JSON;
	atomic_store(&cur_colour, tty && getenv("NO_COLOR") == NULL);
	atomic_store(&cur_format, (int)format);
	atomic_store(&init_level, (int)level);
	log_set_level(level);
}

void log_reset_level(void)
{
	log_set_level((enum log_level)atomic_load(&init_level));
}

enum log_level log_level(void)
{
	return (enum log_level)atomic_load(&cur_level);
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

void log_set_level(enum log_level level)
{
	atomic_store(&cur_level, (int)level);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&cur_level, memory_order_relaxed);
}

bool log_level_parse(const char *name, enum log_level *out)
{
	/* The last four are upstream's. */
	static const struct {
		const char *name;
		enum log_level level;
	} known[] = {
		{"error", LOG_ERROR}, {"warn", LOG_WARN},     {"info", LOG_INFO},
		{"debug", LOG_DEBUG}, {"trace", LOG_TRACE},   {"warning", LOG_WARN},
		{"http", LOG_DEBUG},  {"verbose", LOG_DEBUG}, {"silly", LOG_TRACE},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (str_ieqz(str_of(name), known[i].name)) {
			*out = known[i].level;
			return true;
		}
	}
	return false;
}

/* Length of the UTF-8 sequence at s[i] (RFC 3629: no overlong forms, no surrogates), 0 if
 * none. */
static size_t utf8_len(struct str s, size_t i)
{
	uint8_t c = (uint8_t)s.p[i], lo = 0x80, hi = 0xbf;
	size_t n;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (c == 0xe0)
		lo = 0xa0;
	else if (c == 0xed)
		hi = 0x9f;
	else if (c == 0xf0)
		lo = 0x90;
	else if (c == 0xf4)
		hi = 0x8f;
	if (n > s.n - i || (uint8_t)s.p[i + 1] < lo || (uint8_t)s.p[i + 1] > hi)
		return 0;
	for (size_t k = 2; k < n; k++)
		if (((uint8_t)s.p[i + k] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* JSON string content; what is no UTF-8 shows as the character of its byte's value. C1
 * controls are escaped too: terminals obey them. */
static void add_escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		uint8_t c = (uint8_t)s.p[i];
		size_t n = utf8_len(s, i);
		bool c1 = n == 2 && c == 0xc2 && (uint8_t)s.p[i + 1] < 0xa0;

		if (c == '"' || c == '\\') {
			buf_addc(b, '\\');
			buf_addc(b, (char)c);
		} else if (c == '\n') {
			buf_adds(b, "\\n");
		} else if (c == '\r') {
			buf_adds(b, "\\r");
		} else if (c == '\t') {
			buf_adds(b, "\\t");
		} else if (c < 0x20 || c == 0x7f || n == 0) {
			buf_addf(b, "\\u%04x", c);
		} else if (c1) {
			buf_addf(b, "\\u%04x", (uint8_t)s.p[i + 1]);
		} else {
			buf_add(b, s.p + i, n);
		}
		i += n > 0 ? n : 1;
	}
}

static void add_quoted(struct buf *b, struct str s)
{
	buf_addc(b, '"');
	add_escaped(b, s);
	buf_addc(b, '"');
}

/* For people: quotes only where they are needed. */
static void add_plain(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=') {
			add_quoted(b, s);
			return;
		}
	}
	if (s.n == 0)
		buf_adds(b, "\"\"");
	else
		buf_addstr(b, s);
}

static void add_value(struct buf *b, const struct log_field *f, bool json)
{
	struct buf chain = {0};
	struct str s = {NULL, 0};

	switch (f->type) {
	case LOG_F_I64:
		buf_addf(b, "%" PRId64, f->i);
		return;
	case LOG_F_U64:
		buf_addf(b, "%" PRIu64, f->u);
		return;
	case LOG_F_BOOL:
		buf_adds(b, f->b ? "true" : "false");
		return;
	case LOG_F_STR:
		s = str_of(f->s);
		break;
	case LOG_F_SLICE:
		s = f->slice;
		break;
	case LOG_F_ERR:
		err_text(f->e, &chain);
		s = buf_str(&chain);
		break;
	}
	if (s.p == NULL)
		buf_adds(b, json ? "null" : "-");
	else if (json)
		add_quoted(b, s);
	else
		add_plain(b, s);
	buf_fini(&chain);
}

static void add_json(struct buf *b, const char *time, enum log_level level,
		     const char *msg, const struct log_field *f, size_t n)
{
	buf_addf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", time,
		 level_names[level]);
	add_quoted(b, str_of(msg));
	for (size_t i = 0; i < n; i++) {
		buf_addc(b, ',');
		add_quoted(b, str_of(f[i].key));
		buf_addc(b, ':');
		add_value(b, &f[i], true);
		if (f[i].type == LOG_F_ERR && f[i].e != NULL)
			buf_addf(b, ",\"kind\":\"%s\"", err_kind_name(f[i].e->kind));
	}
	buf_adds(b, "}\n");
}

static void add_human(struct buf *b, const char *time, enum log_level level,
		      const char *msg, const struct log_field *f, size_t n)
{
	static const char *const colours[] = {"\033[31m", "\033[33m", "\033[32m",
					      "\033[36m", "\033[35m"};
	bool colour = atomic_load(&cur_colour);
	const char *dim = colour ? "\033[2m" : "", *off = colour ? "\033[0m" : "";

	buf_addf(b, "%s%s%s %s%-5s%s ", dim, time, off, colour ? colours[level] : "",
		 level_names[level], off);
	buf_adds(b, msg);
	for (size_t i = 0; i < n; i++) {
		buf_addf(b, " %s%s=%s", dim, f[i].key, off);
		add_value(b, &f[i], false);
	}
	buf_addc(b, '\n');
}

void log_emit(enum log_level level, const char *msg, const struct log_field *f, size_t n)
{
	int saved = errno;
	struct buf b = {0};
	char time[CLOCK_ISO_SIZE];

	if (atomic_load(&cur_format) == LOG_AUTO)
		log_init((enum log_level)atomic_load(&cur_level), LOG_AUTO);
	clock_iso(clock_wall_ms(), time);
	if (atomic_load(&cur_format) == LOG_JSON)
		add_json(&b, time, level, msg, f, n);
	else
		add_human(&b, time, level, msg, f, n);
	/* What stderr does not take is lost: there is nobody to tell. */
	while (write(STDERR_FILENO, b.p, b.len) < 0 && errno == EINTR)
		;
	buf_fini(&b);
	errno = saved;
}
