/* SPDX-License-Identifier: Apache-2.0
 * Who is connected where, in the database: connectionStatus, mpsInstance, lastConnected,
 * lastSeen, lastDisconnected. Written in batches by one fiber, so that a thousand
 * keep-alives cost one transaction; the newest state of a device wins. Ownership is
 * cleared only by its owner (the UPDATE's WHERE names this instance), so a late time-out
 * here cannot wipe what another instance wrote. A connect that could not be written at
 * once does not take the row from a newer connection elsewhere. Instances that share a
 * database say every 5 s that they live; what one owned that was silent for 20 s is
 * cleared by the others.
 */
#ifndef MPS_PRESENCE_H
#define MPS_PRESENCE_H

#include <mps/mps_priv.h>

/* Clears what a former run of this instance left behind, before anything else is written.
 * The listeners must be held already. */
struct presence *presence_start(struct mps *m);
/* Writes what is pending and gives up this instance's ownership. */
OB_SUSPENDS void presence_stop(struct presence *p);

void presence_connected(struct presence *p, const char *guid);
/* A device that has been connected since then: unless it has a newer owner. */
void presence_again(struct presence *p, const char *guid, int64_t connected_at);
void presence_seen(struct presence *p, const char *guid);
void presence_disconnected(struct presence *p, const char *guid);

#endif
