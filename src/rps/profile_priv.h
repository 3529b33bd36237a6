/* SPDX-License-Identifier: Apache-2.0
 * What the files about profiles share.
 */
#ifndef RPS_PROFILE_PRIV_H
#define RPS_PROFILE_PRIV_H

#include <rps/rps_api_priv.h>

#define RPS_MAX_WIFI 8	   /* what AMT holds */
#define RPS_MAX_PROXIES 15 /* the same */

/* Adds a failure per rule that does not hold. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_profile_check(struct http_req *req,
							struct rps_check *c, bool update);

#endif
