/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/logs.h>

#include <base/clock.h>
#include <base/cursor.h>
#include <base/encode.h>

void sim_logs_fini(struct sim_logs *l)
{
	for (size_t i = 0; i < l->n_audit; i++)
		free(l->audit[i].bytes);
	free(l->audit);
	free(l->events);
	*l = (struct sim_logs){0};
}

/* ---- audit log ---- */

/* Logged even when the log is off (SDK "Event Groups and Event IDs"). */
static bool super_critical(unsigned app, unsigned event)
{
	switch (app) {
	case SIM_AUDIT_SECURITY:
		return event == 1 || event == 19;
	case SIM_AUDIT_REMOTE_CONTROL:
		return event == 4;
	case SIM_AUDIT_REDIRECTION:
		return event == 0 || event == 4 || event == 8;
	default:
		return false;
	}
}

static unsigned be16_at(const struct sim_audit_record *r, size_t at)
{
	struct rd in = rd_init(r->bytes + at, 2);

	return rd_be16(&in);
}

bool sim_logs_locked(const struct sim_logs *l)
{
	return l->lock != 0 && clock_mono_ms() < l->lock_until_ms;
}

static void drop_first(struct sim_logs *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(l->audit[i].bytes);
	memmove(l->audit, l->audit + n, (l->n_audit - n) * sizeof(*l->audit));
	l->n_audit -= n;
}

static void audit_add(struct sim_logs *l, const void *bytes, size_t n)
{
	if (l->n_audit == SIM_AUDIT_MAX)
		drop_first(l, 1);
	if (l->audit == NULL)
		l->audit = xcalloc(SIM_AUDIT_MAX, sizeof(*l->audit));
	struct sim_audit_record *r = &l->audit[l->n_audit++];
	r->n = (uint16_t)n;
	r->bytes = xmalloc(n);
	memcpy(r->bytes, bytes, n);
}

bool sim_logs_audit(struct sim_logs *l, const struct sim_actor *who, int64_t now_s,
		    unsigned app, unsigned event, const void *extra, size_t n)
{
	uint8_t bytes[SIM_AUDIT_RECORD_MAX];
	struct audit_record r = {
		.app = (uint16_t)app,
		.event = (uint16_t)event,
		.initiator = (uint8_t)who->kind,
		.user = str_sub(who->user, 0, MIN(who->user.n, SIM_AUDIT_USER_MAX)),
		.time_s = (uint32_t)now_s,
		.address = str_sub(who->address, 0,
				   MIN(who->address.n, SIM_AUDIT_ADDRESS_MAX)),
		.extra = {extra, n},
	};

	if ((sim_logs_locked(l) && !(app == SIM_AUDIT_SECURITY && event == 19)) ||
	    (l->audit_off && !super_critical(app, event)))
		return false;
	r.location = r.address.n == 0		    ? AUDIT_NOWHERE
		     : str_chr(r.address, ':') >= 0 ? AUDIT_IPV6
						    : AUDIT_IPV4;
	OB_ASSERT(n <= SIM_AUDIT_EXTRA_MAX);
	size_t size = audit_record_encode(&r, bytes, sizeof(bytes));
	OB_ASSERT(size > 0);
	audit_add(l, bytes, size);
	l->unsaved = true;
	return true;
}

void sim_logs_audit_clear(struct sim_logs *l)
{
	struct sim_audit_record kept[SIM_AUDIT_KEPT];
	size_t n = 0;

	for (size_t i = l->n_audit; i-- > 0 && n < SIM_AUDIT_KEPT;) {
		struct sim_audit_record *r = &l->audit[i];
		if (!super_critical(be16_at(r, 0), be16_at(r, 2)))
			continue;
		kept[n++] = *r;
		r->bytes = NULL;
	}
	drop_first(l, l->n_audit);
	for (size_t i = n; i-- > 0;)
		l->audit[l->n_audit++] = kept[i];
	l->unsaved = true;
}

static struct str extra_of(const struct sim_audit_record *r)
{
	struct audit_record d;

	return audit_record_decode((struct str){(const char *)r->bytes, r->n}, &d)
		       ? d.extra
		       : (struct str){0};
}

struct str sim_logs_audit_last(const struct sim_logs *l, unsigned app, unsigned event)
{
	for (size_t i = l->n_audit; i-- > 0;)
		if (be16_at(&l->audit[i], 0) == app && be16_at(&l->audit[i], 2) == event)
			return extra_of(&l->audit[i]);
	return (struct str){0};
}

/* ---- event log ---- */

static void event_add(struct sim_logs *l, const uint8_t record[EVENT_RECORD_SIZE])
{
	if (l->events == NULL)
		l->events = xcalloc(SIM_EVENTS_MAX, sizeof(*l->events));
	if (l->n_events == SIM_EVENTS_MAX)
		memmove(l->events, l->events + 1, --l->n_events * sizeof(*l->events));
	memcpy(l->events[l->n_events++], record, EVENT_RECORD_SIZE);
}

void sim_logs_event(struct sim_logs *l, int64_t now_s, const struct sim_event *e)
{
	uint8_t record[EVENT_RECORD_SIZE];
	struct event_record r = {.time_s = (uint32_t)now_s,
				 .device_address = 0xff,
				 .sensor = e->sensor,
				 .type = 0x6f, /* sensor specific */
				 .offset = e->offset,
				 .source = 0x68,
				 .severity = e->severity,
				 .sensor_number = 0xff,
				 .entity = e->entity};

	if (l->frozen)
		return;
	memcpy(r.data, e->data, sizeof(r.data));
	event_record_encode(&r, record);
	event_add(l, record);
	l->unsaved = true;
}

void sim_logs_events_clear(struct sim_logs *l)
{
	l->n_events = 0;
	l->unsaved = true;
}

/* ---- in the state file ---- */

json_t *sim_logs_json(const struct sim_logs *l)
{
	json_t *audit = json_array(), *events = json_array();
	struct arena a = {0};

	for (size_t i = 0; i < l->n_audit; i++)
		json_array_append_new(
			audit,
			json_string(base64_encode(&a, l->audit[i].bytes, l->audit[i].n)));
	for (size_t i = 0; i < l->n_events; i++)
		json_array_append_new(
			events,
			json_string(base64_encode(&a, l->events[i], EVENT_RECORD_SIZE)));
	arena_fini(&a);
	return json_pack("{so sb so sb}", "audit", audit, "audit_off", l->audit_off,
			 "events", events, "events_frozen", l->frozen);
}

/* A record that our own writer could have made. */
static bool audit_record_good(const uint8_t *p, size_t n)
{
	struct audit_record r;

	return p != NULL && n <= SIM_AUDIT_RECORD_MAX &&
	       audit_record_decode((struct str){(const char *)p, n}, &r);
}

static struct err *read_lists(struct sim_logs *l, const json_t *j, struct arena *a)
{
	const json_t *audit = json_object_get(j, "audit"), *v;
	const json_t *events = json_object_get(j, "events");
	size_t i;

	if (!json_is_array(audit) || json_array_size(audit) > SIM_AUDIT_MAX ||
	    !json_is_array(events) || json_array_size(events) > SIM_EVENTS_MAX)
		return err_new(ERR_INVALID,
			       "logs: audit or events is no list, or too long");
	json_array_foreach(audit, i, v)
	{
		size_t n = 0;
		const char *text = json_string_value(v);
		const uint8_t *p =
			text != NULL ? base64_decode(a, str_of(text), &n) : NULL;
		if (!audit_record_good(p, n))
			return err_new(ERR_INVALID, "logs: audit record %zu is none", i);
		audit_add(l, p, n);
	}
	json_array_foreach(events, i, v)
	{
		size_t n = 0;
		const char *text = json_string_value(v);
		const uint8_t *p =
			text != NULL ? base64_decode(a, str_of(text), &n) : NULL;
		if (p == NULL || n != EVENT_RECORD_SIZE)
			return err_new(ERR_INVALID, "logs: event record %zu is none", i);
		event_add(l, p);
	}
	return NULL;
}

struct err *sim_logs_from_json(struct sim_logs *l, const json_t *j)
{
	struct arena a = {0};
	struct err *e;

	if (j == NULL)
		return NULL;
	e = read_lists(l, j, &a);
	arena_fini(&a);
	l->audit_off = json_is_true(json_object_get(j, "audit_off"));
	l->frozen = json_is_true(json_object_get(j, "events_frozen"));
	return e;
}
