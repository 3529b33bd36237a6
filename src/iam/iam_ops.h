/* SPDX-License-Identifier: Apache-2.0
 * For whoever operates a component, the same in each: figures for Prometheus, liveness,
 * the log's level, the stream of events.
 */
#ifndef IAM_IAM_OPS_H
#define IAM_IAM_OPS_H

#include <iam/iam.h>
#include <net/events.h>
#include <net/http_server.h>

/* GET /metrics (IAM_METRICS): of the whole process, so only for a caller of the default
 * tenant, or for everybody where these are open. GET /livez (IAM_OPEN): this process
 * turns its loop. GET, PUT /api/v1/log/level (IAM_ADMIN): {"level":"debug"}; the whole
 * process's, so only a caller of the default tenant may change it. */
extern const struct http_route iam_ops_routes[];
extern const size_t iam_ops_routes_n;

/* The listener of metrics.listen, with /metrics and /livez alone; *out NULL when that is
 * not set. The caller shuts it down and frees it. http_server_listen's errors. */
OB_MUST_CHECK struct err *iam_ops_listen(const struct config *c,
					 struct http_server **out);

/* Answers with the events that the tenant may see (NULL: all), until the caller's token
 * ends or is revoked, or ?seconds= later. e NULL: ERR_UNAVAILABLE. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_events_show(struct iam *i, struct events *e,
						      const char *tenant,
						      struct http_req *req,
						      struct http_res *res);

#endif
