/* SPDX-License-Identifier: Apache-2.0 */
#include <device/audit_log.h>

#include <amt/wsman/classes/logs.h>
#include <base/encode.h>

#define INVALID_INDEX 35
#define READS_MAX 12 /* a read gives one record at least */

static struct err *read_from(struct device_call *c, size_t start,
			     const struct amt_audit_log_read_records_out **out)
{
	const struct wsman_method *m = &amt_audit_log_read_records_method;
	struct amt_audit_log_read_records_in in = {.start_index =
							   device_num((int64_t)start)};
	int64_t value;
	void *got;

	TRY(device_invoke_value(c, &amt_audit_log_class, m, NULL, &in, &got, &value));
	if (value != 0 && value != INVALID_INDEX)
		return device_refusal(&amt_audit_log_class, m, value);
	*out = got;
	return NULL;
}

static void take(struct device_call *c, struct str base64, struct device_audit *out)
{
	size_t n = 0;
	const uint8_t *p = base64_decode(c->arena, base64, &n);
	struct audit_record *r = &out->v[out->n];

	if (p != NULL && audit_record_decode((struct str){(const char *)p, n}, r))
		out->n++;
}

static void reverse(struct device_audit *l)
{
	for (size_t i = 0; i < l->n / 2; i++) {
		struct audit_record r = l->v[i];
		l->v[i] = l->v[l->n - 1 - i];
		l->v[l->n - 1 - i] = r;
	}
}

/* The first read tells how many there are, and is the answer when all fit into it. */
struct err *device_audit_log_read(struct device_call *c, size_t skip,
				  struct device_audit *out)
{
	const struct amt_audit_log_read_records_out *r;

	*out = (struct device_audit){
		.v = arena_alloc(c->arena, DEVICE_AUDIT_PAGE * sizeof(*out->v))};
	TRY(read_from(c, 1, &r));
	out->total = (size_t)r->total_record_count.v;
	if (skip >= out->total)
		return NULL;
	size_t last = out->total - skip; /* 1 = oldest */
	size_t at = last > DEVICE_AUDIT_PAGE ? last - DEVICE_AUDIT_PAGE + 1 : 1;
	size_t here = 1;
	for (int reads = 0; at <= last && reads < READS_MAX; reads++) {
		if (at != here)
			TRY(read_from(c, at, &r));
		size_t n = MIN(r->event_records.n, last - at + 1);
		for (size_t i = 0; i < n; i++)
			take(c, r->event_records.v[i], out);
		if (n == 0)
			break;
		at += n;
		here = 0;
	}
	reverse(out);
	return NULL;
}
