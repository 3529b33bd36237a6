/* SPDX-License-Identifier: Apache-2.0 */
#include <mps/presence.h>

#include <base/log.h>
#include <mps/cira.h>
#include <mps/mps_store.h>

#define FLUSH_MS 50  /* connects and disconnects show this soon */
#define SEEN_MS 5000 /* keep-alives may wait longer */
#define BATCH 512
#define LATE_MS 500 /* a connect written later may be no news any more */
#define BEAT_MS 5000
#define DEAD_MS 20000 /* silence of an instance after which its devices are nobody's */
#define WRITE_MS 30000
#define RETRY_MS 1000

/* The newest that is known of one device and not yet written. */
struct entry {
	struct list link;
	struct entry *hash_next;
	char guid[UUID_TEXT_SIZE];
	struct mps_presence v;
	int64_t since_ms; /* monotonic: of the connect */
};

struct presence {
	struct mps *mps;
	struct list pending; /* in order of first change */
	struct entry **buckets;
	size_t n_buckets, n;
	bool urgent, stopping;
	struct waitq wake;
	struct fiber_group group;
};

static struct entry **slot(struct presence *p, const char *guid)
{
	struct entry **at = &p->buckets[str_hash(guid) & (p->n_buckets - 1)];

	while (*at != NULL && strcmp((*at)->guid, guid) != 0)
		at = &(*at)->hash_next;
	return at;
}

static void grow(struct presence *p)
{
	p->n_buckets *= 2;
	free(p->buckets);
	p->buckets = xcalloc(p->n_buckets, sizeof(*p->buckets));
	list_for_each (l, &p->pending) {
		struct entry *e = list_entry(l, struct entry, link);
		e->hash_next = NULL;
		*slot(p, e->guid) = e;
	}
}

static struct entry *entry_of(struct presence *p, const char *guid)
{
	if (p->n >= p->n_buckets)
		grow(p);
	struct entry **at = slot(p, guid);
	if (*at == NULL) {
		struct entry *e = xcalloc(1, sizeof(*e));
		snprintf(e->guid, sizeof(e->guid), "%s", guid);
		e->v.guid = e->guid;
		list_add_tail(&p->pending, &e->link);
		*at = e;
		p->n++;
	}
	return *at;
}

void presence_connected(struct presence *p, const char *guid)
{
	struct entry *e = entry_of(p, guid);

	e->v.what = MPS_CONNECTED | MPS_SEEN;
	e->v.connected_at = e->v.seen_at = clock_wall_ms();
	e->since_ms = clock_mono_ms();
	p->urgent = true;
	waitq_wake_all(&p->wake);
}

void presence_again(struct presence *p, const char *guid, int64_t connected_at)
{
	struct entry *e = entry_of(p, guid);

	if (e->v.what & (MPS_CONNECTED | MPS_DISCONNECTED))
		return; /* newer, and under way */
	e->v.what |= MPS_CONNECTED | MPS_LATE;
	e->v.connected_at = connected_at;
	p->urgent = true;
	waitq_wake_all(&p->wake);
}

void presence_seen(struct presence *p, const char *guid)
{
	struct entry *e = entry_of(p, guid);

	e->v.what |= MPS_SEEN;
	e->v.seen_at = clock_wall_ms();
	if (p->n == 1)
		waitq_wake_all(&p->wake);
}

void presence_disconnected(struct presence *p, const char *guid)
{
	struct entry *e = entry_of(p, guid);

	e->v.what = MPS_DISCONNECTED;
	e->v.disconnected_at = clock_wall_ms();
	p->urgent = true;
	waitq_wake_all(&p->wake);
}

/* Takes up to BATCH entries off; the caller frees them. */
static size_t take(struct presence *p, struct entry **out)
{
	size_t n = 0;

	while (n < BATCH && !list_empty(&p->pending)) {
		struct entry *e = list_entry(p->pending.next, struct entry, link);
		struct entry **at = slot(p, e->guid);
		*at = e->hash_next;
		list_del(&e->link);
		p->n--;
		out[n++] = e;
	}
	return n;
}

/* Not written: back on the list, unless something newer came meanwhile. */
static void put_back(struct presence *p, struct entry *e)
{
	struct entry **at = slot(p, e->guid);

	e->v.what |= MPS_LATE;

	if (*at != NULL) {
		if (((*at)->v.what & (MPS_CONNECTED | MPS_DISCONNECTED)) == 0) {
			e->v.what |= (*at)->v.what;
			e->v.seen_at = (*at)->v.seen_at;
			(*at)->v = e->v;
			(*at)->v.guid = (*at)->guid;
		}
		free(e);
		return;
	}
	e->hash_next = NULL;
	*at = e;
	list_add_tail(&p->pending, &e->link);
	p->n++;
}

static struct err *flush(struct presence *p)
{
	while (!list_empty(&p->pending)) {
		struct entry *batch[BATCH];
		struct mps_presence v[BATCH];
		size_t n = take(p, batch);

		for (size_t i = 0; i < n; i++) {
			v[i] = batch[i]->v;
			if (clock_mono_ms() - batch[i]->since_ms > LATE_MS)
				v[i].what |= MPS_LATE;
		}
		struct err *e = mps_presence_write(p->mps->db, p->mps->instance, v, n,
						   deadline_in(WRITE_MS));
		for (size_t i = 0; i < n; i++) {
			if (e != NULL)
				put_back(p, batch[i]);
			else
				free(batch[i]);
		}
		if (e != NULL)
			return e;
	}
	return NULL;
}

/* Rows that a former run of this instance left as connected. Only now, when this process
 * holds the listeners: a second server started by mistake must not clear a running one's
 * rows. */
static void clear_stale(struct presence *p)
{
	bool failing = false;

	while (!fiber_cancelled() && !p->stopping) {
		struct err *e = mps_presence_clear(p->mps->db, p->mps->instance,
						   deadline_in(WRITE_MS));
		if (e == NULL)
			return;
		if (!failing)
			log_warn("stale ownership not cleared, will be tried again",
				 F_ERR(e));
		failing = true;
		err_free(e);
		err_free(fiber_sleep_ms(RETRY_MS));
	}
}

static void writer(void *arg)
{
	struct presence *p = arg;
	bool failing = false;

	clear_stale(p);
	while (!p->stopping) {
		/* Let a batch gather; a connect cuts the wait short. */
		struct deadline until =
			list_empty(&p->pending) ? DEADLINE_NEVER : deadline_in(SEEN_MS);
		while (!p->stopping && !p->urgent && !deadline_passed(until)) {
			err_free(waitq_wait(&p->wake, until));
			if (fiber_cancelled())
				return;
			if (until.at_ms == INT64_MAX && !list_empty(&p->pending))
				until = deadline_in(SEEN_MS);
		}
		if (p->urgent && !p->stopping)
			err_free(fiber_sleep_ms(FLUSH_MS));
		p->urgent = false;
		struct err *e = flush(p);
		if (e != NULL) {
			if (!failing)
				log_warn("device status not written, will be tried again",
					 F_ERR(e));
			failing = true;
			err_free(e);
			if (p->stopping)
				return;
			err_free(fiber_sleep_ms(RETRY_MS));
			p->urgent = true;
		} else if (failing) {
			log_info("device status is written again");
			failing = false;
		}
		if (fiber_cancelled())
			return;
	}
}

/* A database that others share must not show devices at an instance that died. */
static void beat(void *arg)
{
	struct presence *p = arg;
	bool first = true;

	while (!p->stopping && !fiber_cancelled()) {
		bool lost = false;
		int64_t dead = 0;
		struct err *e = mps_instance_beat(p->mps->db, p->mps->instance, DEAD_MS,
						  deadline_in(BEAT_MS), &lost, &dead);
		if (e == NULL && dead > 0)
			log_warn("instances were silent for too long; their devices "
				 "count as disconnected until they connect again",
				 F_I64("instances", dead), F_I64("silent_ms", DEAD_MS));
		if (e == NULL && lost && !first) {
			log_warn("this instance was taken for dead; it says again which "
				 "devices it has");
			cira_say_again(p->mps->cira);
		}
		if (e != NULL)
			log_debug("sign of life not written", F_ERR(e));
		first = first && e != NULL;
		err_free(e);
		struct deadline until = deadline_in(BEAT_MS);
		while (!p->stopping && !deadline_passed(until) && !fiber_cancelled())
			err_free(waitq_wait(&p->wake, until));
	}
}

struct presence *presence_start(struct mps *m)
{
	struct presence *p = xcalloc(1, sizeof(*p));

	p->mps = m;
	list_init(&p->pending);
	p->n_buckets = 1024;
	p->buckets = xcalloc(p->n_buckets, sizeof(*p->buckets));
	waitq_init(&p->wake);
	fiber_group_init(&p->group);
	fiber_spawn(&p->group, "presence", writer, p);
	if (db_dialect(m->db) == DB_POSTGRES)
		fiber_spawn(&p->group, "presence beat", beat, p);
	return p;
}

void presence_stop(struct presence *p)
{
	if (p == NULL)
		return;
	p->stopping = true;
	waitq_wake_all(&p->wake);
	fiber_group_join(&p->group, false);
	struct err *e =
		mps_presence_clear(p->mps->db, p->mps->instance, deadline_in(WRITE_MS));
	if (e == NULL)
		e = mps_instance_end(p->mps->db, p->mps->instance, deadline_in(WRITE_MS));
	if (e != NULL)
		log_warn("ownership not cleared at stop", F_ERR(e));
	err_free(e);
	list_for_each_safe (l, &p->pending)
		free(list_entry(l, struct entry, link));
	free(p->buckets);
	free(p);
}
