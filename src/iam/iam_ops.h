/* SPDX-License-Identifier: Apache-2.0
 * Handlers for whoever operates a component, the same in each: figures for Prometheus,
 * liveness, the log's level. They know nothing of the component; its table of routes
 * names them.
 */
#ifndef IAM_IAM_OPS_H
#define IAM_IAM_OPS_H

#include <iam/iam.h>
#include <net/http_server.h>

/* GET /metrics (IAM_METRICS): of the whole process, so only for a caller of the default
 * tenant, or for everybody where these are open. */
http_handler_fn iam_metrics_show;
/* GET /livez (IAM_OPEN): this process turns its loop. */
http_handler_fn iam_live_show;
/* GET, PUT /api/v1/log/level (IAM_ADMIN): {"level":"debug"}. The level is the whole
 * process's, so only a caller of the default tenant may change it. */
http_handler_fn iam_log_level_show, iam_log_level_set;

#endif
