/* SPDX-License-Identifier: Apache-2.0
 * A full device at work: its state, its ports (plain and TLS as committed) for web and
 * redirection, its calls home, its faults. One per directory.
 */
#ifndef SIM_FULL_H
#define SIM_FULL_H

#include <amt/heci/amthi.h>
#include <sim/faults.h>
#include <sim/home.h>
#include <sim/redirection.h>

#define SIM_PORT_PLAIN 16992
#define SIM_PORT_TLS 16993
#define SIM_PORT_REDIRECTION 16994
#define SIM_PORT_REDIRECTION_TLS 16995

struct sim_full_config {
	const struct sim_model *model;
	const char *listen;	       /* address for the ports, or NULL: none */
	uint16_t plain_port, tls_port; /* usually SIM_PORT_...; 0 = any free one */
	uint16_t redirection_port, redirection_tls_port; /* the same */
	const char *source; /* local address of calls home, or NULL */
};

struct sim_heci;

/* Secure host-based set-up under way; tls NULL: it is not. */
struct sim_full_setup {
	SSL_CTX *tls;
	uint8_t algorithm; /* of the hash of the only client certificate let in */
	uint8_t client_hash[AMTHI_HASH_SIZE];
};

struct sim_full {
	struct sim_device device;
	struct sim_state *state; /* owned */
	struct sim_faults faults;
	struct sim_full_config config;
	bool network_up;
	bool ending;		      /* nothing is applied any more */
	struct listener *plain, *tls; /* NULL: closed */
	struct listener *redirection_plain, *redirection_tls;
	SSL_CTX *tls_ctx, *tls_local_ctx; /* NULL: no TLS */
	struct fiber_group connections;
	struct sim_full_setup setup;
	struct sim_redirection redirection;
	struct sim_redirection_config redirection_config;
	bool lms;	       /* the host's system has an LMS, while it runs */
	struct sim_heci *heci; /* borrowed; NULL: none */
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
 * local); owns the stream when it returns 0. from: the client's address as text, for the
 * audit log; empty when not known. */
enum apf_open_failure sim_full_connect(struct sim_full *f, uint16_t port, bool local,
				       struct str from, struct stream *s);

/* ---- full_redirection.c ---- */

/* Hooks of the state, and redirection as the state wants it. */
void sim_full_redirection_begin(struct sim_full *f);
void sim_full_redirection_end(struct sim_full *f);
/* The host's memory is gone. No connection may be left. */
void sim_full_redirection_reset(struct sim_full *f);
/* Time passed: the host's power is as the device's. */
void sim_full_redirection_tick(struct sim_full *f);
/* Sessions that the state does not allow any more end. */
void sim_full_redirection_check(struct sim_full *f);
/* ListenerEnabled, of a device that is set up. */
bool sim_full_redirection_open(const struct sim_full *f);

/* ---- full_tls.c ---- */

/* A context for the ports as the state wants it: the certificate it was given, else the
 * platform's own (before set-up the on-die chain). ERR_INVALID: its key is gone. */
OB_MUST_CHECK struct err *sim_full_tls(const struct sim_full *f, bool local,
				       SSL_CTX **out);
/* One that shows the on-die chain. */
OB_MUST_CHECK struct err *sim_full_tls_on_die(const struct sim_full *f, SSL_CTX **out);
/* The client's CN is one of TrustedCN, when there are any. */
bool sim_full_tls_trusted(const struct sim_full *f, const struct stream *s);

/* ---- full_setup.c ---- */

/* From now on the host's port 16993 speaks TLS with the on-die chain, whose leaf's hash
 * is in out, and takes the client certificate announced by start. */
OB_MUST_CHECK struct err *sim_full_setup_begin(struct sim_full *f,
					       const struct amthi_start *start,
					       struct amthi_started *out);
void sim_full_setup_end(struct sim_full *f);

/* ---- full.c ---- */

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
/* amtsim --abilities: the table of classes in docs/virtual-device.md, on standard output;
 * exit status. */
int sim_abilities_main(void);
/* amtsim --state ...: exit status. */
int sim_full_main(int argc, char **argv);

#endif
