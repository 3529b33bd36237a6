/* SPDX-License-Identifier: Apache-2.0
 * Remote Provisioning Server: profiles and their parts over REST, devices are activated
 * with them over a WebSocket. All that main sees.
 */
#ifndef RPS_RPS_H
#define RPS_RPS_H

#include <base/config.h>
#include <iam/iam.h>
#include <net/events.h>

struct rps;

extern const struct config_setting rps_settings[];
extern const size_t rps_settings_n;

/* Migrates the schema, moves clear secrets of an adopted database into the secret store,
 * finishes what a crash left behind, listens. c, d, s, i, http and
 * events must outlive the
 * result.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_start(const struct config *c, struct db *d,
						struct secrets *s, struct iam *i,
						struct http_client *http,
						struct events *events, struct rps **out);
/* Stops listeners, finishes requests until the deadline. NULL is fine. */
OB_SUSPENDS void rps_stop(struct rps *r, struct deadline until);

uint16_t rps_rest_port(const struct rps *r);
uint16_t rps_rpc_port(const struct rps *r);
uint16_t rps_assistant_port(const struct rps *r);
/* `outband migrate` without starting anything. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_migrate(struct db *d, struct deadline until,
						  int *applied);

#endif
