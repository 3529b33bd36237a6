/* SPDX-License-Identifier: Apache-2.0
 * HECI of a full device: what its host asks is answered from the device's state, LME
 * channels go to its own web server. rpc.md 2.
 */
#ifndef SIM_HECI_HOST_H
#define SIM_HECI_HOST_H

#include <sim/full.h>
#include <sim/heci.h>

struct sim_heci_host_side;

/* f is borrowed; close before it is freed. Errors as sim_heci_open. */
OB_MUST_CHECK struct err *sim_heci_host_open(struct sim_full *f, const char *path,
					     struct sim_heci_host_side **out);
/* NULL is fine. */
OB_SUSPENDS void sim_heci_host_close(struct sim_heci_host_side *s);

/* sim_heci_host.call of a full device: arg is its struct sim_full. */
uint32_t sim_heci_host_call(void *arg, const struct amthi_request *rq, struct arena *a,
			    void *response);
/* "192.0.2.24": most significant byte first; 0 when it is none. */
uint32_t sim_heci_ipv4(struct str text);
/* "02-00-5e-10-00-01"; zeros when it is none. */
void sim_heci_mac(struct str text, uint8_t out[6]);

#endif
