/* SPDX-License-Identifier: Apache-2.0
 * What the RPS tells subscribers and Prometheus: requests that read or changed a profile
 * or a part of one, and what became of devices. rps.md 9.2.
 */
#ifndef RPS_RPS_EVENTS_H
#define RPS_RPS_EVENTS_H

#include <rps/flow.h>

/* Makes r->counts, and answers for them. */
void rps_counts_start(struct rps *r);
void rps_counts_stop(struct rps *r);

/* From the REST's after hook. Answers to validation and permissions are the caller's own
 * business: no event. */
void rps_event_request(struct http_req *req, int status);
/* A flow begins that names a device. */
void rps_event_flow_began(struct flow *f);
/* It ended; e NULL: well. The event's text is what the client is told. */
void rps_event_flow_ended(struct flow *f, const struct err *e);

#endif
