/* SPDX-License-Identifier: Apache-2.0
 * The CIRA server: TLS listener, device login, the map of connected devices. wire-amt.md
 * 1, mps.md 4.
 */
#ifndef MPS_CIRA_H
#define MPS_CIRA_H

#include <mps/mps_priv.h>

OB_MUST_CHECK OB_SUSPENDS struct err *cira_start(struct mps *m, struct cira **out);
/* Takes no new devices, and lets those there are go evenly over that time, while
 * everything else goes on. */
OB_SUSPENDS void cira_drain(struct cira *c, int64_t ms);
/* Closes all links and waits for their fibers. */
OB_SUSPENDS void cira_stop(struct cira *c, struct deadline until);
uint16_t cira_port(const struct cira *c);

/* Connected to this instance and authenticated: a reference, or NULL. guid in any case.
 * tenant gets the device's tenant, borrowed while referenced; may be NULL. */
struct device *cira_find(struct cira *c, const char *guid, const char **tenant);
/* Makes sure that the device's AMT credentials are known: read on first use, so idle
 * devices keep no secret in memory; fresh reads them anew. */
OB_MUST_CHECK OB_SUSPENDS struct err *cira_credentials(struct cira *c, struct device *d,
						       bool fresh, struct deadline until);
/* Tells presence of every device that is connected here, once more. */
void cira_say_again(struct cira *c);
/* Drops the link; false when not connected. */
bool cira_disconnect(struct cira *c, const char *guid);
/* Reads the AMT credentials anew for a live link. ERR_NOT_FOUND when not connected. */
OB_MUST_CHECK OB_SUSPENDS struct err *cira_refresh(struct cira *c, const char *guid,
						   struct deadline until);

#endif
