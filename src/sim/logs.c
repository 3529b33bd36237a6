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

/*  0      2       4       5                  p       p+4    p+5     p+6
 *  | app  | event | type  | length, user (0) | time  | kind | n     | address | n |
 * extended data |
 */
bool sim_logs_audit(struct sim_logs *l, const struct sim_actor *who, int64_t now_s,
		    unsigned app, unsigned event, const void *extra, size_t n)
{
	uint8_t record[SIM_AUDIT_RECORD_MAX];
	struct wr w = wr_init(record, sizeof(record));
	size_t user = MIN(who->user.n, (size_t)SIM_AUDIT_USER_MAX);
	size_t address = MIN(who->address.n, (size_t)SIM_AUDIT_ADDRESS_MAX);
	bool v6 = address > 0 && str_chr(who->address, ':') >= 0;

	if ((sim_logs_locked(l) && !(app == SIM_AUDIT_SECURITY && event == 19)) ||
	    (l->audit_off && !super_critical(app, event)))
		return false;
	wr_be16(&w, (uint16_t)app);
	wr_be16(&w, (uint16_t)event);
	wr_u8(&w, (uint8_t)who->kind);
	if (who->kind == SIM_BY_USER) {
		wr_u8(&w, (uint8_t)user);
		wr_bytes(&w, who->user.p, user);
	}
	wr_be32(&w, (uint32_t)now_s);
	wr_u8(&w, address == 0 ? 2 : v6);
	wr_u8(&w, (uint8_t)address);
	wr_bytes(&w, who->address.p, address);
	wr_u8(&w, (uint8_t)n);
	wr_bytes(&w, extra, n);
	OB_ASSERT(w.ok && n <= SIM_AUDIT_EXTRA_MAX);
	audit_add(l, record, wr_len(&w));
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

/* Past initiator, time and address. */
static struct str extra_of(const struct sim_audit_record *r)
{
	struct rd in = rd_init(r->bytes, r->n);
	const uint8_t *p;
	size_t n;

	rd_be32(&in);
	if (rd_u8(&in) == SIM_BY_USER)
		rd_bytes(&in, rd_u8(&in));
	rd_be32(&in);
	rd_u8(&in);
	rd_bytes(&in, rd_u8(&in));
	n = rd_u8(&in);
	p = rd_bytes(&in, n);
	return (struct str){(const char *)p, p != NULL ? n : 0};
}

struct str sim_logs_audit_last(const struct sim_logs *l, unsigned app, unsigned event)
{
	for (size_t i = l->n_audit; i-- > 0;)
		if (be16_at(&l->audit[i], 0) == app && be16_at(&l->audit[i], 2) == event)
			return extra_of(&l->audit[i]);
	return (struct str){0};
}

/* ---- event log ---- */

static void event_add(struct sim_logs *l, const uint8_t record[SIM_EVENT_SIZE])
{
	if (l->events == NULL)
		l->events = xcalloc(SIM_EVENTS_MAX, sizeof(*l->events));
	if (l->n_events == SIM_EVENTS_MAX)
		memmove(l->events, l->events + 1, --l->n_events * sizeof(*l->events));
	memcpy(l->events[l->n_events++], record, SIM_EVENT_SIZE);
}

void sim_logs_event(struct sim_logs *l, int64_t now_s, const struct sim_event *e)
{
	uint8_t record[SIM_EVENT_SIZE];
	struct wr w = wr_init(record, sizeof(record));

	if (l->frozen)
		return;
	wr_le32(&w, (uint32_t)now_s);
	wr_u8(&w, 0xff); /* device address */
	wr_u8(&w, e->sensor);
	wr_u8(&w, 0x6f); /* sensor specific */
	wr_u8(&w, e->offset);
	wr_u8(&w, 0x68); /* source */
	wr_u8(&w, e->severity);
	wr_u8(&w, 0xff); /* sensor number */
	wr_u8(&w, e->entity);
	wr_u8(&w, 0);
	wr_bytes(&w, e->data, sizeof(e->data));
	OB_ASSERT(w.ok && wr_len(&w) == sizeof(record));
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
		json_array_append_new(events, json_string(base64_encode(&a, l->events[i],
									SIM_EVENT_SIZE)));
	arena_fini(&a);
	return json_pack("{so sb so sb}", "audit", audit, "audit_off", l->audit_off,
			 "events", events, "events_frozen", l->frozen);
}

/* A record that our own writer could have made. */
static bool audit_record_good(const uint8_t *p, size_t n)
{
	struct sim_audit_record r = {(uint16_t)n, (uint8_t *)p};
	struct str extra;

	if (p == NULL || n < 13 || n > SIM_AUDIT_RECORD_MAX)
		return false;
	extra = extra_of(&r);
	return extra.p != NULL && (const uint8_t *)extra.p + extra.n == p + n;
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
		if (p == NULL || n != SIM_EVENT_SIZE)
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
