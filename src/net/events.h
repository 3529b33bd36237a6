/* SPDX-License-Identifier: Apache-2.0
 * What a component tells the world: devices come and go, commands succeed or fail. One
 * stream per process: to an MQTT broker, when there is one (mps.md 7, rps.md 9.2), and
 * to readers over HTTP as server-sent events.
 *
 * Emitting never waits and never fails. The newest EVENTS_KEPT events are kept, so a
 * reader that was away a moment, or is slow, goes on where it was; one that was away
 * longer is told so. A reader costs its place in the stream, not a queue.
 */
#ifndef NET_EVENTS_H
#define NET_EVENTS_H

#include <base/config.h>
#include <net/http_server.h>

#define EVENTS_KEPT 2048

struct events;

/* mqtt.* */
extern const struct config_setting events_settings[];
extern const size_t events_settings_n;

/* c must outlive the result. ERR_INVALID: the broker's address is none. */
OB_MUST_CHECK struct err *events_start(const struct config *c, struct events **out);
/* Ends the readers' answers: before their server's shutdown, which waits for them. */
void events_end_readers(struct events *e);
/* Gives the broker until the deadline to take what is spooled. NULL is fine. */
OB_SUSPENDS void events_stop(struct events *e, struct deadline until);

enum event_type { EVENT_REQUEST, EVENT_SUCCESS, EVENT_FAIL };

struct event {
	const char *source; /* "mps", "rps": the topic is <source>/events */
	enum event_type type;
	const char *methods[2]; /* what was done; the second may be NULL */
	const char *message;	/* for people; no secrets */
	const char *guid;	/* NULL = of no device */
	const char *tenant;	/* NULL = "" */
};
/* Copies everything. e NULL: nothing happens (tests). */
void events_emit(struct events *e, const struct event *ev);

/* The next event behind *cursor that this tenant may see (NULL: all tenants'), waited for
 * until the deadline (ERR_TIMEOUT). *cursor 0: from now on. json is borrowed until the
 * next suspension. *lost: events behind *cursor are not kept any more. ERR_CLOSED: the
 * stream ended. */
struct event_view {
	uint64_t id;
	const char *json;
};
OB_MUST_CHECK OB_SUSPENDS struct err *events_next(struct events *e, uint64_t *cursor,
						  const char *tenant,
						  struct deadline until,
						  struct event_view *out, bool *lost);

/* Answers a request with the stream, until the client goes, events_end_readers, the wall
 * clock passes until_ms (its token ends), or go_on says no, which is asked before each
 * event and every 15 s: text/event-stream, an id and the MQTT
 * payload per event; "event: lost" after a gap; Last-Event-ID goes on behind that one. */
OB_MUST_CHECK OB_SUSPENDS struct err *events_serve(struct events *e, const char *tenant,
						   int64_t until_ms,
						   bool (*go_on)(void *arg), void *arg,
						   struct http_req *req,
						   struct http_res *res);

#endif
