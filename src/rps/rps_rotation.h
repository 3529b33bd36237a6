/* SPDX-License-Identifier: Apache-2.0
 * Generated AMT passwords that are too old are replaced (rps.rotation.interval_h). A
 * device is reached by the MPS, whenever it is connected, so the MPS does it
 * (device/password.h): over its REST API, as everything between the two. Which devices
 * are due is in our records. An instance claims a few of them at a time for a while;
 * those that are not done by then, since this process died or the device was not there,
 * are due again.
 */
#ifndef RPS_RPS_ROTATION_H
#define RPS_RPS_ROTATION_H

#include <rps/rps_priv.h>

struct rps_rotation;

/* *out NULL: the setting says never. ERR_INVALID: it cannot work with the other settings.
 * r must outlive it. */
OB_MUST_CHECK struct err *rps_rotation_start(struct rps *r, struct rps_rotation **out);
/* Ends those under way where they are. NULL is fine. */
OB_SUSPENDS void rps_rotation_stop(struct rps_rotation *t);

#endif
