/* SPDX-License-Identifier: Apache-2.0
 * Checks of a request's fields that depend on each other, as upstream's chains of checks
 * do: each adds its failure and the next one runs all the same.
 */
#ifndef RPS_RPS_CHECK_H
#define RPS_RPS_CHECK_H

#include <net/validate.h>

struct rps_check {
	struct v_errors errors;
	json_t *fields;	      /* the body or the query */
	const char *location; /* "body", "query" */
};

struct rps_field {
	struct rps_check *c;
	const char *name;
	const json_t *v; /* NULL = absent */
	bool secret;	 /* its value is never shown again */
};

struct rps_field rps_field(struct rps_check *c, const char *name);
struct rps_field rps_field_secret(struct rps_check *c, const char *name);
static inline bool rps_field_null(const struct rps_field *f)
{
	return f->v == NULL || json_is_null(f->v);
}
bool rps_field_is(const struct rps_field *f, const char *text);
void rps_fail(const struct rps_field *f, const char *fmt, ...) OB_PRINTF(2, 3);

/* A text, if it is there at all. */
void rps_string(const struct rps_field *f);
/* Not the empty text. */
void rps_filled(const struct rps_field *f, const char *msg);
/* One or more of letters, digits and these. */
void rps_made_of(const struct rps_field *f, const char *others, const char *msg);
void rps_length(const struct rps_field *f, size_t min, size_t max, const char *msg);
void rps_int(const struct rps_field *f, int64_t min, int64_t max, const char *msg);
/* choices: '|' separated */
void rps_one_of(const struct rps_field *f, const char *choices, const char *msg);
void rps_boolean(const struct rps_field *f, const char *msg);
void rps_array(const struct rps_field *f);

/* Address formats, as upstream's patterns see them. */
bool rps_is_ipv4(const char *s);
bool rps_is_fqdn(const char *s); /* lower case, top-level domain of letters */

#endif
