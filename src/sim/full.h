/* SPDX-License-Identifier: Apache-2.0
 * A full device at work: its state, its ports (plain and TLS as committed), its calls
 * home, its faults. One per directory.
 */
#ifndef SIM_FULL_H
#define SIM_FULL_H

#include <sim/faults.h>
#include <sim/home.h>

#define SIM_PORT_PLAIN 16992
#define SIM_PORT_TLS 16993

struct sim_full_config {
	const struct sim_model *model;
	const char *listen;	       /* address for the ports, or NULL: none */
	uint16_t plain_port, tls_port; /* usually SIM_PORT_...; 0 = any free one */
	const char *source;	       /* local address of calls home, or NULL */
};

struct sim_full {
	struct sim_device device;
	struct sim_state *state; /* owned */
	struct sim_faults faults;
	struct sim_full_config config;
	bool network_up;
	struct listener *plain, *tls; /* NULL: closed */
	SSL_CTX *tls_ctx;	      /* NULL: no TLS */
	struct fiber_group connections;
	struct sim_home *home;
	struct timer apply, tick;
	unsigned after; /* what apply has to do */
};

/* Owns take_state. Opens the ports that the state asks for, and calls home. config's
 * texts must outlive it. */
OB_MUST_CHECK struct err *sim_full_new(const struct sim_full_config *c,
				       struct sim_state *take_state,
				       struct sim_full **out);
OB_SUSPENDS void sim_full_free(struct sim_full *f);

/* Serves a connection to one of the device's ports (from a tunnel, or from the host when
 * local); owns the stream when it returns 0. */
enum apf_open_failure sim_full_connect(struct sim_full *f, uint16_t port, bool local,
				       struct stream *s);

/* Power is lost and back: connections drop, memory is gone, the state is read from disk.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_full_unplug(struct sim_full *f);
void sim_full_network(struct sim_full *f, bool up);
/* The state was changed from outside a request: look at it. */
void sim_full_changed(struct sim_full *f, unsigned after);

/* One command of the control socket, blank-separated words; its answer (new reference):
 * {"ok":true,...} or {"ok":false,"error":"..."}. */
OB_SUSPENDS json_t *sim_control(struct sim_full *f, struct str line);

struct sim_control_socket;
OB_MUST_CHECK struct err *sim_control_open(struct sim_full *f, const char *path,
					   struct sim_control_socket **out);
OB_SUSPENDS void sim_control_close(struct sim_control_socket *c);

/* The client: sends words, prints the answer; exit status. Blocks. */
int sim_ctl_main(int argc, char **argv);
/* amtsim --state ...: exit status. */
int sim_full_main(int argc, char **argv);

#endif
