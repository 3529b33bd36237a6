/* SPDX-License-Identifier: Apache-2.0
 * Borrowed text slice. Not NUL-terminated; p may be NULL when n is 0.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <base/arena.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_of(const char *s)
{
	return (struct str){s, s ? strlen(s) : 0};
}

bool str_eq(struct str a, struct str b);
/* FNV-1a, for tables whose keys nobody chooses to collide. */
uint32_t str_hash(const char *text);
bool str_eqz(struct str a, const char *b);
/* ASCII case-insensitive. */
bool str_ieq(struct str a, struct str b);
bool str_ieqz(struct str a, const char *b);
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Index of the first byte / substring, or -1. */
ptrdiff_t str_chr(struct str s, char c);
ptrdiff_t str_find(struct str s, struct str needle);
/* Without leading and trailing blanks (space, tab, CR, LF). */
struct str str_trim(struct str s);
struct str str_sub(struct str s, size_t from, size_t to);
/* The first max bytes at most, without a part of a UTF-8 character at the end. */
struct str str_cut(struct str s, size_t max);
/* Takes the part before sep off *s (all of it when there is none); false when *s was used
 * up (p == NULL). "a,,b" gives "a", "", "b". */
bool str_split(struct str *s, char sep, struct str *part);
char *str_dup(struct arena *a, struct str s);
/* Whole text, decimal, no sign, no blanks; false when not a number or above max. */
bool str_u64(struct str s, uint64_t max, uint64_t *out);
bool str_i64(struct str s, int64_t min, int64_t max, int64_t *out);
/* Whole text, hexadecimal digits only. */
bool str_hex64(struct str s, uint64_t max, uint64_t *out);

#endif
