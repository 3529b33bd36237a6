/* SPDX-License-Identifier: Apache-2.0
 * AMT_AuditLog and AMT_MessageLog of a full device. wsman.md B.8; mps.md 3.3, 3.4.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/logs.h>
#include <base/clock.h>
#include <base/cursor.h>

#define PT_INVALID_INDEX 35
#define PT_INVALID_PARAMETER 36
#define PT_NOT_OWNER 17
#define PT_BLOCK_LOCKED 18
#define PT_BLOCK_NOT_LOCKED 19
#define PT_EVENT_LOG_FROZEN 2059
#define PT_CERTIFICATE_NOT_READY 49

#define READ_MAX 10 /* records of one ReadRecords */
#define LOCK_DEFAULT_S 60
#define LOCK_MAX_S 3600
#define LOCK_LOG 0
#define UNLOCK 2
#define ALMOST_FULL_PERCENT 85

enum { NO_RECORD_POINTED = 2, NO_RECORD = 3 };

static struct sim_logs *logs(struct sim_call *c)
{
	return &c->st->subjects.logs;
}

/* What the caller is told is on disk. */
static void reads(struct sim_call *c)
{
	c->changed |= logs(c)->unsaved;
	logs(c)->unsaved = false;
}

static struct str base64(struct arena *a, const void *p, size_t n)
{
	return str_of(base64_encode(a, p, n));
}

/* ---- audit log ---- */

static uint32_t time_of(const struct sim_audit_record *r)
{
	struct audit_record d;

	return audit_record_decode((struct str){(const char *)r->bytes, r->n}, &d)
		       ? d.time_s
		       : 0;
}

static void show_audit(struct sim_call *c, void *copy)
{
	const struct sim_logs *l = logs(c);
	struct amt_audit_log *s = copy;
	size_t used = l->n_audit * 100 / SIM_AUDIT_MAX;
	char iso[CLOCK_ISO_SIZE];

	s->audit_state =
		sim_num(AMT_AUDIT_NO_KEY | (l->audit_off ? AMT_AUDIT_DISABLED : 0) |
			(sim_logs_locked(l) ? AMT_AUDIT_LOCKED : 0) |
			(used >= ALMOST_FULL_PERCENT ? AMT_AUDIT_ALMOST_FULL : 0) |
			(used >= 100 ? AMT_AUDIT_FULL : 0));
	s->enabled_state = s->requested_state = sim_num(l->audit_off ? 3 : 2);
	s->current_number_of_records = sim_num((int64_t)l->n_audit);
	s->percentage_free = sim_num((int64_t)(100 - used));
	if (l->n_audit == 0)
		return;
	clock_iso((int64_t)time_of(&l->audit[l->n_audit - 1]) * 1000, iso);
	memcpy(iso + 19, "Z", 2);
	s->time_of_last_record = str_of(arena_strdup(c->arena, iso));
}

static void read_records(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_audit_log_read_records_in *in = in_;
	struct amt_audit_log_read_records_out *out = out_;
	const struct sim_logs *l = logs(c);
	/* 1 is the oldest; some clients begin with 0. */
	size_t from = in != NULL && in->start_index.v > 0 ? (size_t)in->start_index.v : 1,
	       n;

	if (from > MAX(l->n_audit, 1u)) {
		out->return_value = sim_num(PT_INVALID_INDEX);
		return;
	}
	n = MIN(l->n_audit - (from - 1), (size_t)READ_MAX);
	out->event_records.v = arena_alloc(c->arena, (n + 1) * sizeof(struct str));
	for (size_t i = 0; i < n; i++) {
		const struct sim_audit_record *r = &l->audit[from - 1 + i];
		out->event_records.v[i] = base64(c->arena, r->bytes, r->n);
	}
	out->event_records.n = n;
	out->records_returned = sim_num((int64_t)n);
	out->total_record_count = sim_num((int64_t)l->n_audit);
	out->return_value = sim_num(0);
	reads(c);
}

static void clear_audit(struct sim_call *c, const void *in, void *out_)
{
	struct amt_audit_log_clear_log_out *out = out_;

	if (sim_logs_locked(logs(c))) {
		out->return_value = sim_num(PT_BLOCK_LOCKED);
		return;
	}
	sim_logs_audit_clear(logs(c));
	sim_audit(c, SIM_AUDIT_LOG, 0, NULL, 0);
	out->return_value = sim_num(0);
}

static void audit_state(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_audit_log_request_state_change_in *in = in_;
	struct amt_audit_log_request_state_change_out *out = out_;
	int64_t state = in != NULL ? in->requested_state.v : 0;

	if (state != 2 && state != 3) {
		out->return_value = sim_num(SIM_POWER_INVALID_PARAMETER);
		return;
	}
	/* The record of switching it off is the last one. */
	if (state == 3 && !logs(c)->audit_off)
		sim_audit(c, SIM_AUDIT_LOG, 2, NULL, 0);
	bool was_off = logs(c)->audit_off;
	logs(c)->audit_off = state == 3;
	if (state == 2 && was_off)
		sim_audit(c, SIM_AUDIT_LOG, 3, NULL, 0);
	c->changed = true;
	out->return_value = sim_num(0);
}

static void audit_lock(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_audit_log_set_audit_lock_in *in = in_;
	struct amt_audit_log_set_audit_lock_out *out = out_;
	struct sim_logs *l = logs(c);
	int64_t seconds = in != NULL && in->lock_timeout_in_seconds.set
				  ? in->lock_timeout_in_seconds.v
				  : LOCK_DEFAULT_S;
	bool mine = in != NULL && in->handle.set && in->handle.v == l->lock;

	if (in == NULL || (in->flag.v != LOCK_LOG && in->flag.v != UNLOCK) ||
	    seconds < 1 || seconds > LOCK_MAX_S) {
		out->return_value = sim_num(PT_INVALID_PARAMETER);
	} else if (in->flag.v == UNLOCK) {
		out->return_value = sim_num(!sim_logs_locked(l) ? PT_BLOCK_NOT_LOCKED
					    : mine		? 0
								: PT_NOT_OWNER);
		if (out->return_value.v == 0)
			l->lock = 0;
	} else if (sim_logs_locked(l) && !mine) {
		out->return_value = sim_num(PT_BLOCK_LOCKED);
	} else {
		if (!mine)
			random_bytes(&l->lock, sizeof(l->lock));
		l->lock |= 1;
		l->lock_until_ms = clock_mono_ms() + seconds * 1000;
		out->handle = sim_num(l->lock);
		out->return_value = sim_num(0);
	}
}

/* There is no signing key. */
static void export_signature(struct sim_call *c, const void *in, void *out_)
{
	struct amt_audit_log_export_audit_log_signature_out *out = out_;

	out->return_value = sim_num(PT_CERTIFICATE_NOT_READY);
}

/* ---- event log ---- */

static void show_events(struct sim_call *c, void *copy)
{
	struct amt_message_log *s = copy;

	s->current_number_of_records = sim_num((int64_t)logs(c)->n_events);
	s->percentage_near_full =
		sim_num((int64_t)(logs(c)->n_events * 100 / SIM_EVENTS_MAX));
	s->is_frozen = sim_num(logs(c)->frozen);
}

/* Position 1 is the newest. */
static const uint8_t *event_at(const struct sim_logs *l, uint64_t position)
{
	return position >= 1 && position <= l->n_events
		       ? l->events[l->n_events - position]
		       : NULL;
}

static struct str identifier(struct sim_call *c, uint64_t position)
{
	return str_of(arena_printf(c->arena, "%llu", (unsigned long long)position));
}

static void first_record(struct sim_call *c, const void *in, void *out_)
{
	struct amt_message_log_position_to_first_record_out *out = out_;

	out->iteration_identifier = STR("1");
	out->return_value = sim_num(logs(c)->n_events > 0 ? 0 : NO_RECORD_POINTED);
}

static void get_records(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_message_log_get_records_in *in = in_;
	struct amt_message_log_get_records_out *out = out_;
	const struct sim_logs *l = logs(c);
	uint64_t at;
	size_t max, n = 0;

	if (in == NULL || !str_u64(in->iteration_identifier, UINT32_MAX, &at) ||
	    at == 0 || in->max_read_records.v < 1 ||
	    in->max_read_records.v > SIM_EVENTS_MAX) {
		out->return_value = sim_num(NO_RECORD_POINTED);
		return;
	}
	if (event_at(l, at) == NULL) {
		out->iteration_identifier = identifier(c, at);
		out->no_more_records = sim_num(1);
		out->return_value =
			sim_num(l->n_events == 0 ? NO_RECORD : NO_RECORD_POINTED);
		return;
	}
	max = (size_t)in->max_read_records.v;
	out->record_array.v = arena_alloc(c->arena, max * sizeof(struct str));
	for (const uint8_t *r; n < max && (r = event_at(l, at)) != NULL; at++)
		out->record_array.v[n++] = base64(c->arena, r, EVENT_RECORD_SIZE);
	out->record_array.n = n;
	out->iteration_identifier = identifier(c, at);
	out->no_more_records = sim_num(event_at(l, at) == NULL);
	out->return_value = sim_num(0);
	reads(c);
}

static void get_record(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_message_log_get_record_in *in = in_;
	struct amt_message_log_get_record_out *out = out_;
	const uint8_t *r;
	uint64_t at;

	if (in == NULL || !str_u64(in->iteration_identifier, UINT32_MAX, &at) ||
	    (r = event_at(logs(c), at)) == NULL) {
		out->return_value =
			sim_num(logs(c)->n_events == 0 ? NO_RECORD : NO_RECORD_POINTED);
		return;
	}
	out->record_data.v = arena_alloc(c->arena, EVENT_RECORD_SIZE * sizeof(int64_t));
	out->record_data.n = EVENT_RECORD_SIZE;
	for (size_t i = 0; i < EVENT_RECORD_SIZE; i++)
		out->record_data.v[i] = r[i];
	out->record_number = sim_num((int64_t)at);
	out->iteration_identifier = identifier(c, in->position_to_next.v ? at + 1 : at);
	out->return_value = sim_num(0);
	reads(c);
}

static void position_at(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_message_log_position_at_record_in *in = in_;
	struct amt_message_log_position_at_record_out *out = out_;
	uint64_t base = 0;
	int64_t at;

	if (in == NULL ||
	    (!in->move_absolute.v &&
	     !str_u64(in->iteration_identifier, UINT32_MAX, &base)) ||
	    in->record_number.v > SIM_EVENTS_MAX ||
	    in->record_number.v < -SIM_EVENTS_MAX) {
		out->return_value = sim_num(NO_RECORD_POINTED);
		return;
	}
	at = (int64_t)base + in->record_number.v;
	if (at < 1 || event_at(logs(c), (uint64_t)at) == NULL) {
		out->return_value = sim_num(NO_RECORD_POINTED);
		return;
	}
	out->iteration_identifier = identifier(c, (uint64_t)at);
	out->record_number = sim_num(at);
	out->return_value = sim_num(0);
}

static void clear_events(struct sim_call *c, const void *in, void *out_)
{
	struct amt_message_log_clear_log_out *out = out_;

	if (logs(c)->frozen) {
		out->return_value = sim_num(PT_EVENT_LOG_FROZEN);
		return;
	}
	sim_logs_events_clear(logs(c));
	sim_audit(c, SIM_AUDIT_EVENTS, 2, NULL, 0);
	c->changed = true;
	out->return_value = sim_num(0);
}

static void freeze(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_message_log_freeze_log_in *in = in_;
	struct amt_message_log_freeze_log_out *out = out_;
	bool on = in != NULL && in->freeze.v;

	if (in == NULL || !in->freeze.set) {
		out->return_value = sim_num(PT_INVALID_PARAMETER);
		return;
	}
	logs(c)->frozen = on;
	sim_audit(c, SIM_AUDIT_EVENTS, 3, (uint8_t[]){on}, 1);
	c->changed = true;
	out->return_value = sim_num(0);
}

static const struct sim_method audit_methods[] = {
	{&amt_audit_log_read_records_method, read_records},
	{&amt_audit_log_clear_log_method, clear_audit},
	{&amt_audit_log_request_state_change_method, audit_state},
	{&amt_audit_log_set_audit_lock_method, audit_lock},
	{&amt_audit_log_export_audit_log_signature_method, export_signature},
};
static const struct sim_method event_methods[] = {
	{&amt_message_log_position_to_first_record_method, first_record},
	{&amt_message_log_get_records_method, get_records},
	{&amt_message_log_get_record_method, get_record},
	{&amt_message_log_position_at_record_method, position_at},
	{&amt_message_log_clear_log_method, clear_events},
	{&amt_message_log_freeze_log_method, freeze},
};

const struct sim_class sim_log_classes[] = {
	{.cls = &amt_audit_log_class,
	 .methods = audit_methods,
	 .n_methods = ARRAY_LEN(audit_methods),
	 .show = show_audit},
	{.cls = &amt_message_log_class,
	 .methods = event_methods,
	 .n_methods = ARRAY_LEN(event_methods),
	 .show = show_events},
};
const size_t sim_log_classes_n = ARRAY_LEN(sim_log_classes);
