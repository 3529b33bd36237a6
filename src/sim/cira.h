/* SPDX-License-Identifier: Apache-2.0
 * The virtual device's way home: connect, TLS, APF login, keep-alive, channels to its web
 * server; reconnects by itself with growing pauses. wire-amt.md 1, 6.1.
 */
#ifndef SIM_CIRA_H
#define SIM_CIRA_H

#include <amt/apf/session.h>
#include <net/tls.h>
#include <sim/device.h>

struct sim_cira_config {
	const char *host;
	const char *name; /* that the server's certificate must have as CN; NULL: host */
	uint16_t port;
	const char *source; /* local address or NULL */
	SSL_CTX *tls;	    /* checks chain and CN as AMT does */
	struct secret user, password;
	struct apf_config apf;
	uint32_t retry_min_ms, retry_max_ms;
	/* A channel to a port of the device: as apf_handler.open. NULL: 16992 alone. */
	enum apf_open_failure (*open)(void *arg, uint16_t port, struct stream *channel);
	/* Logged in, or lost again. May be NULL. */
	void (*link)(void *arg, bool up);
	void *arg;
};

struct sim_cira_counts {
	uint64_t connecting, connected, logins, refused, failed, lost;
};

struct sim_cira;

/* config and counts must outlive it; d too. */
struct sim_cira *sim_cira_new(struct sim_device *d, const struct sim_cira_config *c,
			      struct sim_cira_counts *counts, struct fiber_group *fibers);
/* Connects as soon as the loop runs. */
void sim_cira_start(struct sim_cira *s);
/* Closes for good; join the fiber group, then free. */
void sim_cira_stop(struct sim_cira *s);
void sim_cira_free(struct sim_cira *s);

#endif
