/* SPDX-License-Identifier: Apache-2.0
 * Request validation with upstream's error bodies: one entry per failed rule,
 * 400 {"errors":[{"type":"field","value":...,"msg":...,"path":...,"location":...}]} (mps.md 0.2).
 * The predicates see values as upstream's library does: converted to text first.
 */
#ifndef NET_VALIDATE_H
#define NET_VALIDATE_H

#include <net/http_server.h>

struct validation {
	struct arena *arena;
	json_t *errors;	/* array; NULL while there is none */
};

/* value NULL = undefined: left out of the entry. Does not take value. */
void validation_add(struct validation *v, json_t *value, const char *msg, const char *path,
		    const char *location);
/* True when anything failed: res is the 400 then, and the errors are released. */
bool validation_answer(struct validation *v, struct http_res *res);

/* A number, or text that is one. */
bool validate_is_numeric(json_t *value);
bool validate_is_in(json_t *value, const int *list, size_t n);
/* After validate_is_numeric. */
int64_t validate_number(json_t *value);

#endif
