/* SPDX-License-Identifier: Apache-2.0
 * Management Presence Server: devices call home over CIRA, operators use REST. All that
 * main sees.
 */
#ifndef MPS_MPS_H
#define MPS_MPS_H

#include <base/config.h>
#include <iam/iam.h>
#include <net/events.h>

struct mps;

extern const struct config_setting mps_settings[];
extern const size_t mps_settings_n;

/* Migrates the schema, makes or loads certificates, listens; then clears this instance's
 * stale ownership. */
OB_MUST_CHECK OB_SUSPENDS struct err *mps_start(const struct config *c, struct db *d,
						struct secrets *s, struct iam *i,
						struct events *events, struct mps **out);
/* Stops listeners, finishes requests until the deadline, disconnects devices, clears
 * ownership. */
OB_SUSPENDS void mps_stop(struct mps *m, struct deadline until);

uint16_t mps_rest_port(const struct mps *m);
uint16_t mps_cira_port(const struct mps *m);
/* `outband migrate` without starting anything. */
OB_MUST_CHECK OB_SUSPENDS struct err *mps_migrate(struct db *d, struct deadline until,
						  int *applied);

#endif
