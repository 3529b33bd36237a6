/* SPDX-License-Identifier: Apache-2.0
 * When and where a full device calls home: follows its policies, servers, trusted roots
 * and where it is. wsman.md B.3, B.2 (environment detection).
 */
#ifndef SIM_HOME_H
#define SIM_HOME_H

#include <sim/cira.h>
#include <sim/state.h>

struct sim_home_target {
	char host[257], name[257];
	uint16_t port;
	uint8_t trigger;     /* enum amt_trigger */
	uint32_t lifetime_s; /* of the tunnel; 0 = no end */
	uint32_t interval_s; /* of a periodic policy */
	struct secret user, password;
	char *roots_pem;
};

/* What the state asks for now; called: somebody at the device asks for help. False:
 * nothing. Fill and end with sim_home_target_fini in any case. */
bool sim_home_target(const struct sim_state *st, bool called,
		     struct sim_home_target *out);
void sim_home_target_fini(struct sim_home_target *t);
/* Is the device outside of its enterprise, by environment detection? */
bool sim_home_outside(const struct sim_state *st);

struct sim_home_config {
	const char *source; /* local address or NULL */
	enum apf_open_failure (*open)(void *arg, uint16_t port, struct stream *channel);
	void *arg;
};

struct sim_home;

/* Runs a fiber that looks at the state when woken. d must be a full device and outlive
 * it. */
struct sim_home *sim_home_new(struct sim_device *d, const struct sim_home_config *c);
/* The state or the network changed. */
void sim_home_wake(struct sim_home *h);
void sim_home_network(struct sim_home *h, bool up);
/* Network down, and waits until the tunnel is closed. */
OB_SUSPENDS void sim_home_drop(struct sim_home *h);
void sim_home_call(struct sim_home *h);
/* Closes the tunnel; a periodic policy opens it again later. */
void sim_home_hang_up(struct sim_home *h);
OB_SUSPENDS void sim_home_free(struct sim_home *h);

#endif
