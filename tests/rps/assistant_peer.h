/* SPDX-License-Identifier: Apache-2.0
 * An Enterprise Assistant for the tests: connects and answers as upstream's does, with a
 * certificate authority of its own instead of Windows's. It reads and writes its messages
 * by itself, not by the server's codec.
 */
#ifndef TESTS_RPS_ASSISTANT_PEER_H
#define TESTS_RPS_ASSISTANT_PEER_H

#include "rps_world.h"

#define PEER_USER "DESK7$"
#define PEER_PASSWORD "P3ap-s3cret&<>"

/* What goes wrong with the nth question (from 1). */
enum peer_fault {
	PEER_FINE,
	PEER_GOES,	  /* closes instead of an answer */
	PEER_SAYS_ERROR,  /* answers what upstream's says to rpc */
	PEER_STALLS,	  /* no answer */
	PEER_TALKS_JUNK,  /* no JSON */
	PEER_LEAVES_OUT,  /* an answer without a response */
	PEER_ISSUES_JUNK, /* certificates and requests that are none */
	PEER_MISTAKES,	  /* a certificate for another key */
	PEER_FAULTS,
};

struct assistant_peer {
	struct world *w;
	enum peer_fault fault;
	unsigned at; /* 0: every question */
	bool without_request_id, without_root;
	X509 *root; /* of its authority: the world's key */
	/* seen */
	unsigned asked;
	char devices[8][40]; /* devname of each question */
	int protocols[8];
	bool connected;
	uint16_t close_code;

	struct ws *ws;
	struct fiber_group fibers;
};

/* Connects; login: the value of x-meshauth, or NULL. ERR as ws_connect. */
struct err *assistant_peer_connect(struct world *w, struct assistant_peer *p,
				   const char *login);
/* The same, as an assistant of that tenant; must succeed. */
void assistant_peer_start(struct world *w, struct assistant_peer *p, const char *tenant);
void assistant_peer_stop(struct assistant_peer *p);
/* x-meshauth of user and password. */
const char *assistant_peer_login(struct world *w, const char *user, const char *password);

#endif
