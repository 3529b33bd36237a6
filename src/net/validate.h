/* SPDX-License-Identifier: Apache-2.0
 * Validation of request fields, with the error objects that upstream's clients know
 * (mps.md 0.2):
 *
 *   {"errors":[{"type":"field","value":..,"msg":..,"path":..,"location":..}]}
 *
 * One entry per failed rule, in the order of the table; "value" is left out when the
 * field is absent. Rules on text look at each element of an array by itself, as
 * upstream's do: an empty array passes them.
 */
#ifndef NET_VALIDATE_H
#define NET_VALIDATE_H

#include <net/http_server.h>

#define V_MAX_STEPS 4

enum v_check {
	V_END,
	V_UUID,	  /* 8-4-4-4-12 hex digits, any version */
	V_FILLED, /* not the empty text */
	V_LENGTH, /* at most max characters */
	V_FQDN,	  /* top-level domain not needed, one trailing dot allowed */
	V_ISO8601,
	V_INT,	 /* decimal, not below 0 */
	V_RANGE, /* decimal, min to max */
	V_ALNUM, /* letters and digits of ASCII, at least one */
	V_IPV4,
	V_URL, /* http, https, ftp or no scheme; the host is an address or has a dot */
	V_NUMERIC,
	V_BOOLEAN, /* true, false, 1, 0 */
	V_ONE_OF,
	/* on the value as a whole */
	V_STRING,
	V_ARRAY,
	V_OBJECT,
	V_TRUTH, /* true or false; V_BOOLEAN takes text and numbers too */
};

enum v_flags {
	V_BAIL = 1,	 /* after a failure up to here the rest of the steps is skipped */
	V_IF_FILLED = 2, /* this step and the rest only for a value other than "" */
	V_SECRET = 4,	 /* the value is not shown again in the entry */
};

struct v_step {
	enum v_check check;
	unsigned flags;
	const char *msg;     /* NULL = "Invalid value" */
	unsigned min, max;   /* V_RANGE; V_LENGTH */
	const char *choices; /* V_ONE_OF, '|' separated */
};

struct v_rule {
	/* "tags"; "tags.*" = each element; "boot.url" = of an object, whose absence
	 * passes */
	const char *field;
	enum { V_REQUIRED, V_OPTIONAL, V_NULLABLE } presence;
	struct v_step steps[V_MAX_STEPS];
};

struct v_errors {
	struct buf json;
	size_t n;
};

/* location: "body", "query", "params". fields: an object, or anything else for "all
 * absent". */
void v_fields(struct v_errors *e, const struct v_rule *rules, size_t n,
	      const char *location, const json_t *fields);
/* For rules that a table cannot say: one more failure. value NULL: absent, or not to be
 * shown again. */
void v_fail(struct v_errors *e, const char *location, const char *path,
	    const json_t *value, const char *msg);
/* What upstream's checks of text see of a value, be it none: borrowed from v or tmp. */
struct str v_value_text(const json_t *v, char tmp[32]);
/* Answers 400 when anything failed, and ends e. */
bool v_answer(struct v_errors *e, struct http_res *res);

/* The path parameter guid, which must be one. */
void v_guid(struct v_errors *e, const json_t *guid);
/* Where that is the only rule; true when it was answered with 400. */
bool v_guid_refused(const struct http_req *req, struct http_res *res, const char **guid);

/* All query parameters as an object; a repeated one is an array. New reference. */
json_t *v_query(struct http_req *req);
/* Of that object: the text (the first of a repeated one), or NULL. */
const char *v_text(const json_t *fields, const char *name);

/* "text" with quotes, appended; what is no UTF-8 becomes U+FFFD. */
void v_json_text(struct buf *b, const char *s);

#endif
