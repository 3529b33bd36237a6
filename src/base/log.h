/* SPDX-License-Identifier: Apache-2.0
 * Structured log on stderr: constant message, variable fields. Coloured lines for people
 * when stderr is a terminal, one JSON object per line otherwise (or as log_init is told).
 *
 * Levels: error = an operator must act; warn = degraded; info = life cycle; debug = per
 * request; trace = bytes. Thread-safe. A line is written with one write(2).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <base/err.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };
enum log_format { LOG_AUTO, LOG_HUMAN, LOG_JSON };

struct log_field {
	const char *key;
	enum { LOG_F_STR, LOG_F_SLICE, LOG_F_I64, LOG_F_U64, LOG_F_BOOL, LOG_F_ERR } type;
	union {
		const char *s;
		struct str slice;
		int64_t i;
		uint64_t u;
		bool b;
		const struct err *e;
	};
};

#define F_STR(k, v) ((struct log_field){.key = (k), .type = LOG_F_STR, .s = (v)})
#define F_SLICE(k, v) ((struct log_field){.key = (k), .type = LOG_F_SLICE, .slice = (v)})
#define F_I64(k, v) ((struct log_field){.key = (k), .type = LOG_F_I64, .i = (v)})
#define F_U64(k, v) ((struct log_field){.key = (k), .type = LOG_F_U64, .u = (v)})
#define F_BOOL(k, v) ((struct log_field){.key = (k), .type = LOG_F_BOOL, .b = (v)})
/* The error's chain; does not take it. */
#define F_ERR(v) ((struct log_field){.key = "error", .type = LOG_F_ERR, .e = (v)})

void log_init(enum log_level level, enum log_format format);
void log_set_level(enum log_level level);
enum log_level log_level(void);
/* Back to what log_init was told. */
void log_reset_level(void);
const char *log_level_name(enum log_level level);
bool log_enabled(enum log_level level);
bool log_level_parse(const char *name, enum log_level *out);
void log_emit(enum log_level level, const char *msg, const struct log_field *f, size_t n);

#define log_at(level, msg, ...)                                                  \
	do {                                                                     \
		if (log_enabled(level)) {                                        \
			const struct log_field log_f_[] = {{.key = NULL},        \
							   ##__VA_ARGS__};       \
			log_emit(level, msg, log_f_ + 1, ARRAY_LEN(log_f_) - 1); \
		}                                                                \
	} while (0)

#define log_error(msg, ...) log_at(LOG_ERROR, msg, ##__VA_ARGS__)
#define log_warn(msg, ...) log_at(LOG_WARN, msg, ##__VA_ARGS__)
#define log_info(msg, ...) log_at(LOG_INFO, msg, ##__VA_ARGS__)
#define log_debug(msg, ...) log_at(LOG_DEBUG, msg, ##__VA_ARGS__)
#define log_trace(msg, ...) log_at(LOG_TRACE, msg, ##__VA_ARGS__)

#endif
