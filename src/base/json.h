/* SPDX-License-Identifier: Apache-2.0
 * JSON from outside, read on a fiber's small stack.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <base/arena.h>
#include <base/err.h>
#include <base/str.h>
#include <jansson.h>

/* jansson recurses per level. */
#define JSON_MAX_DEPTH 32

/* As json_loadb, but NULL too when nested deeper than JSON_MAX_DEPTH. why may be NULL. */
json_t *json_read(struct str text, size_t flags, json_error_t *why);
/* A text of the object into the arena; absent and null: p NULL. ERR_INVALID for another
 * type. */
OB_MUST_CHECK struct err *json_member_text(const json_t *o, const char *key,
					   struct arena *a, struct str *out);
/* Drops a value that holds secrets: its texts are wiped, so nobody else may refer to it.
 * NULL is fine. */
void json_wipe(json_t *take_v);
static inline void json_wipep(json_t **v)
{
	json_wipe(*v);
	*v = NULL;
}

#endif
