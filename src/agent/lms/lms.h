/* SPDX-License-Identifier: Apache-2.0
 * Local Manageability Service: programs of this machine reach AMT on loopback, ports
 * 16992 to 16995, through LME. rpc.md 7.
 *
 *   main.c     options, systemd, life
 *   lms.c      listeners and clients
 *   pipe.c     bytes between one client and its channel
 *   alerts.c   what firmware tells, and its graceful power requests
 *   systemd.c  inherited sockets, readiness
 *
 * The firmware has 8 channels for all: more clients wait, each a while, before they are
 * turned away. Firmware that drops LME, as it does now and then, costs the clients of
 * that moment; the next one makes it again.
 */
#ifndef AGENT_LMS_LMS_H
#define AGENT_LMS_LMS_H

#include <amt/heci/transport.h>
#include <net/socket.h>

#define LMS_FIRST_PORT 16992
#define LMS_PORTS 4
#define LMS_MAX_CLIENTS 64

struct lms_config {
	struct heci_place place;
	const char *const *addresses; /* to listen on */
	size_t n_addresses;
	uint16_t port; /* of 16992; the others follow */
	/* Sockets that were handed over (port 16992 + i of their own number); -1 ends. */
	const int *inherited;
	/* Program that is called with poweroff, reboot, suspend or hibernate when the
	 * administrator asks for it; empty: none. */
	const char *power_command;
};

struct lms;

/* Ready when it returns: AMT answered on LME and ports are open. Errors say why not. */
OB_MUST_CHECK OB_SUSPENDS struct err *lms_start(const struct lms_config *c,
						struct lms **out);
size_t lms_clients(const struct lms *l);
/* Clients under way are cut. */
OB_SUSPENDS void lms_stop(struct lms *l);

/* ---- pipe.c ---- */

/* Moves bytes both ways until AMT closes, or both are silent for long. Owns neither. */
OB_SUSPENDS void lms_pipe(struct stream *client, struct stream *channel);

/* ---- alerts.c ---- */

/* Takes one notice of the firmware in, and does what it asks for. */
OB_SUSPENDS void lms_alert(struct stream *take_s, const char *power_command);

/* ---- systemd.c ---- */

#define LMS_MAX_INHERITED 16

/* Descriptors that systemd hands over (LISTEN_FDS); how many. fds: LMS_MAX_INHERITED + 1,
 * ended by -1. */
size_t lms_inherited(int *fds);
/* "READY=1", "STATUS=..."; nothing without systemd. */
void lms_notify(const char *state);

#endif
