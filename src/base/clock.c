/* SPDX-License-Identifier: Apache-2.0
 * Clocks and the two date formats. Own calendar arithmetic: timegm and strptime depend on
 * the environment and accept too much.
 */
#include <base/clock.h>
#include <base/str.h>

#include <stdatomic.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)
/* 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what four digits can show. */
#define ISO_MIN_MS INT64_C(-62167219200000)
#define ISO_MAX_MS INT64_C(253402300799999)

static atomic_bool frozen;
static _Atomic int64_t frozen_mono, frozen_wall;

static int64_t now_ms(clockid_t id)
{
	struct timespec ts;

	OB_ASSERT(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_ms(void)
{
	return atomic_load(&frozen) ? atomic_load(&frozen_mono) : now_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return atomic_load(&frozen) ? atomic_load(&frozen_wall) : now_ms(CLOCK_REALTIME);
}

void clock_freeze(int64_t mono_ms, int64_t wall_ms)
{
	atomic_store(&frozen_mono, mono_ms);
	atomic_store(&frozen_wall, wall_ms);
	atomic_store(&frozen, true);
}

void clock_advance(int64_t ms)
{
	OB_ASSERT(atomic_load(&frozen) && ms >= 0);
	atomic_fetch_add(&frozen_mono, ms);
	atomic_fetch_add(&frozen_wall, ms);
}

struct deadline deadline_in(int64_t ms)
{
	int64_t now = clock_mono_ms();

	return (struct deadline){ms > INT64_MAX - now ? INT64_MAX : now + MAX(ms, 0)};
}

struct deadline deadline_min(struct deadline a, struct deadline b)
{
	return a.at_ms <= b.at_ms ? a : b;
}

int64_t deadline_left_ms(struct deadline d)
{
	int64_t now;

	if (d.at_ms == INT64_MAX)
		return INT64_MAX;
	now = clock_mono_ms();
	return d.at_ms > now ? d.at_ms - now : 0;
}

/* Proleptic Gregorian calendar; a year starts in March here, so the leap day is its last.
 */
static int64_t days_from_date(int y, int m, int d)
{
	int64_t yy = m <= 2 ? y - 1 : y;
	int64_t era = (yy >= 0 ? yy : yy - 399) / 400;
	int64_t yoe = yy - era * 400;
	int64_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct parts {
	int year, month, day, weekday, hour, min, sec, ms;
};

static struct parts parts_of(int64_t wall_ms)
{
	int64_t t = MIN(MAX(wall_ms, ISO_MIN_MS), ISO_MAX_MS) - ISO_MIN_MS;
	int64_t days = t / DAY_MS + days_from_date(0, 1, 1), z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	struct parts p;

	t %= DAY_MS;
	p.day = (int)(doy - (153 * mp + 2) / 5 + 1);
	p.month = (int)(mp < 10 ? mp + 3 : mp - 9);
	p.year = (int)(yoe + era * 400 + (p.month <= 2));
	p.weekday = (int)(((days + 4) % 7 + 7) % 7);
	p.hour = (int)(t / 3600000);
	p.min = (int)(t / 60000 % 60);
	p.sec = (int)(t / 1000 % 60);
	p.ms = (int)(t % 1000);
	return p;
}

static char *put(char *o, int v, int digits, char after)
{
	for (int i = digits - 1; i >= 0; i--, v /= 10)
		o[i] = (char)('0' + v % 10);
	o[digits] = after;
	return o + digits + 1;
}

void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE])
{
	struct parts p = parts_of(wall_ms);
	char *o = out;

	o = put(o, p.year, 4, '-');
	o = put(o, p.month, 2, '-');
	o = put(o, p.day, 2, 'T');
	o = put(o, p.hour, 2, ':');
	o = put(o, p.min, 2, ':');
	o = put(o, p.sec, 2, '.');
	o = put(o, p.ms, 3, 'Z');
	*o = '\0';
}

void clock_http(int64_t wall_ms, char out[CLOCK_HTTP_SIZE])
{
	struct parts p = parts_of(wall_ms);
	char *o = out;

	memcpy(o, &"SunMonTueWedThuFriSat"[p.weekday * 3], 3);
	memcpy(o + 3, ", ", 2);
	o = put(o + 5, p.day, 2, ' ');
	memcpy(o, &"JanFebMarAprMayJunJulAugSepOctNovDec"[(p.month - 1) * 3], 3);
	o[3] = ' ';
	o = put(o + 4, p.year, 4, ' ');
	o = put(o, p.hour, 2, ':');
	o = put(o, p.min, 2, ':');
	o = put(o, p.sec, 2, ' ');
	memcpy(o, "GMT", 4);
}

/* Exactly n digits; *s moves behind them. */
static bool take_num(const char **s, int n, int min, int max, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return v >= min && v <= max;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool take_date(const char **s, int64_t *days)
{
	static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30,
					     31, 31, 30, 31, 30, 31};
	int y, m, d;
	bool leap;

	if (!take_num(s, 4, 0, 9999, &y) || !take_char(s, '-') ||
	    !take_num(s, 2, 1, 12, &m) || !take_char(s, '-') ||
	    !take_num(s, 2, 1, 31, &d))
		return false;
	leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (d > month_days[m - 1] + (m == 2 && leap))
		return false;
	*days = days_from_date(y, m, d);
	return true;
}

static bool take_time(const char **s, int64_t *ms)
{
	int h, m, sec = 0, frac = 0;

	if (!take_num(s, 2, 0, 23, &h) || !take_char(s, ':') ||
	    !take_num(s, 2, 0, 59, &m))
		return false;
	if (take_char(s, ':')) {
		if (!take_num(s, 2, 0, 60, &sec)) /* 60: a leap second */
			return false;
		if (take_char(s, '.')) {
			int n = 0;

			for (; **s >= '0' && **s <= '9'; (*s)++, n++)
				if (n < 3)
					frac = frac * 10 + (**s - '0');
			if (n == 0)
				return false;
			for (; n < 3; n++)
				frac *= 10;
		}
	}
	*ms = ((int64_t)h * 3600 + m * 60 + sec) * 1000 + frac;
	return true;
}

static bool take_offset(const char **s, int64_t *ms)
{
	int h, m, sign;

	*ms = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	if (take_char(s, '+'))
		sign = 1;
	else if (take_char(s, '-'))
		sign = -1;
	else
		return false;
	if (!take_num(s, 2, 0, 23, &h))
		return false;
	(void)take_char(s, ':');
	if (!take_num(s, 2, 0, 59, &m))
		return false;
	*ms = sign * ((int64_t)h * 3600 + m * 60) * 1000;
	return true;
}

bool clock_parse_iso(const char *s, int64_t *wall_ms)
{
	int64_t days, time = 0, offset = 0;

	if (!take_date(&s, &days))
		return false;
	if (*s != '\0') {
		if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' '))
			return false;
		if (!take_time(&s, &time) || !take_offset(&s, &offset))
			return false;
	}
	if (*s != '\0')
		return false;
	*wall_ms = days * DAY_MS + time - offset;
	return true;
}
