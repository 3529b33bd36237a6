/* SPDX-License-Identifier: Apache-2.0
 * What the files of the virtual HECI share.
 */
#ifndef SIM_HECI_PRIV_H
#define SIM_HECI_PRIV_H

#include <sim/heci.h>

/* One message in, at most one out (appended): nothing when firmware would not answer. */
typedef void sim_heci_fn(struct sim_heci_host *h, struct str message, struct buf *out);
sim_heci_fn sim_heci_amthi, sim_heci_watchdog, sim_heci_upid, sim_heci_mkhi,
	sim_heci_hotham;

#endif
