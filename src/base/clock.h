/* SPDX-License-Identifier: Apache-2.0
 * Time. Monotonic milliseconds for deadlines, wall-clock milliseconds since 1970 for
 * records. Tests replace both clocks, so days of keep-alives pass in a second.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <base/util.h>

int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);
/* Tests only: from now on both clocks stand still and move by clock_advance. */
void clock_freeze(int64_t mono_ms, int64_t wall_ms);
void clock_advance(int64_t ms);

/* An instant on the monotonic clock; set at entry of an operation, only ever shortened.
 */
struct deadline {
	int64_t at_ms;
};

#define DEADLINE_NEVER ((struct deadline){INT64_MAX})
struct deadline deadline_in(int64_t ms);
struct deadline deadline_min(struct deadline a, struct deadline b);
/* 0 when passed. */
int64_t deadline_left_ms(struct deadline d);
static inline bool deadline_passed(struct deadline d)
{
	return deadline_left_ms(d) == 0;
}

/* "2026-01-15T06:00:00.123Z" (25 bytes with NUL). */
#define CLOCK_ISO_SIZE 25
void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]);
/* "Thu, 15 Jan 2026 06:00:00 GMT", RFC 9110 section 5.6.7. */
#define CLOCK_HTTP_SIZE 30
void clock_http(int64_t wall_ms, char out[CLOCK_HTTP_SIZE]);
/* ISO 8601 date-time with offset or Z, or date alone; false when it is none. */
bool clock_parse_iso(const char *s, int64_t *wall_ms);

#endif
