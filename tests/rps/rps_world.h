/* SPDX-License-Identifier: Apache-2.0
 * For the tests of provisioning: RPS and MPS with real stores, virtual devices, and a
 * client that speaks the protocol of Remote Provisioning Clients, all in this process.
 */
#ifndef TESTS_RPS_RPS_WORLD_H
#define TESTS_RPS_RPS_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../device/pki.h"
#include <amt/rpc/message.h>
#include <amt/rpc/payload.h>
#include <amt/wsman/classes/all.h>
#include <mps/mps.h>
#include <rps/rps.h>
#include <rps/rps_store.h>
#include <sim/classes.h>
#include <sim/full.h>

#define SOON deadline_in(60000)
#define AMT_PASSWORD "St@tic-P4ss"
#define MEBX_PASSWORD "M3Bx!Secret"
#define MPS_USER "device1"
#define MPS_PASSWORD "Mp5-Secret!"

struct world {
	char dir[64];
	struct config *config;
	struct db *db;
	struct secrets *secrets;
	struct http_client *http;
	struct iam *iam;
	struct mps *mps;
	struct rps *rps;
	struct rps_store *store; /* looks at what rps wrote */
	struct pki pki;
	struct arena a;
	const char *token;
	uint16_t rpc_port;  /* where clients connect */
	const char *suffix; /* DNS suffix of devices */
};

/* settings: "key=value", NULL-terminated, or NULL. */
void world_start(struct world *w, const char *const *settings);
void world_stop(struct world *w);
/* Devices and clients alone: the server is somebody's, at that port of 127.0.0.1, with a
 * certificate for the suffix of the root with that SHA-256. */
void world_of(struct world *w, uint16_t rpc_port, const char *suffix, const char *trust);

/* An answer of the REST servers, in the world's arena. */
struct answer {
	long status;
	const char *text;
};
struct answer rps_call(struct world *w, const char *method, const char *path,
		       const char *body);
struct answer mps_call(struct world *w, const char *method, const char *path,
		       const char *body);

/* POST /api/v1/admin/<what>; must succeed. */
void world_create(struct world *w, const char *what, const char *body);
/* Profiles "ccm", "acm" (static passwords, CIRA), "ccm-random", "acm-random"; a domain
 * for corp.example.com; what they need. */
void world_profiles(struct world *w);

/* A profile with static passwords and what more says: JSON members, "dhcpEnabled" among
 * them. */
void world_profile(struct world *w, const char *name, bool acm, const char *more);

/* ---- a device ---- */

struct machine {
	struct sim_model model;
	struct sim_full *full;
	char guid[UUID_TEXT_SIZE];
};

void machine_start(struct world *w, struct machine *m, uint16_t number);
/* The same, set up by somebody else already when mode is not 0. */
void machine_start_in(struct world *w, struct machine *m, uint16_t number, int mode,
		      const char *password);
/* Fresh from the factory, of a platform without plain ports. */
void machine_start_tls(struct world *w, struct machine *m, uint16_t number);
void machine_stop(struct machine *m);
/* Instances that it stores. */
size_t machine_count(const struct machine *m, const struct wsman_class *cls);
/* Mode, secrets, record and MPS tell one story: it has been activated. */
void machine_check_activated(struct world *w, const struct machine *m, int mode);
/* Its admin's password is that one. */
bool machine_has_password(const struct machine *m, const struct secret *p);

/* ---- its client ---- */

/* What goes wrong with the nth request for AMT (from 1). */
enum fault {
	NO_FAULT,
	CLIENT_DIES_BEFORE, /* the request does not reach the device */
	CLIENT_DIES_AFTER,  /* it does, its answer does not come back */
	DEVICE_FAILS,	    /* answers 500 instead */
	DEVICE_STALLS,	    /* takes it, and never answers; later ones are fine */
	DEVICE_LOSES_POWER, /* takes it, then loses power; is back at once */
	FAULTS,
};

struct run {
	const char *command;  /* "activate --profile ccm" */
	const char *password; /* what its user gives, or NULL */
	const char *token;    /* of the WebSocket, or NULL */
	enum fault fault;
	unsigned at;
	unsigned leaves_after; /* its client goes when that many were answered */
	bool tls_tunnel, progress, no_lms;
	bool no_heart;	  /* answers no heartbeats */
	bool resets_late; /* the end of a TLS connection crosses the next one's hello */
	/* result */
	unsigned heartbeats;
	bool ended, success; /* a final message came */
	const char *message; /* its text; "" */
	unsigned requests;
	int64_t answered_ms;	  /* when the last plain answer was sent */
	int64_t rest_ms;	  /* the shortest time from one to the next request */
	struct buf progress_text; /* lines */
	struct buf seen;	  /* class and method of each request, lines */
};

/* Connects, sends the command, relays until the end. */
void client_run(struct world *w, struct machine *m, struct run *r);
/* The final message's JSON member, or "". */
const char *status_of(struct world *w, const struct run *r, const char *key);
/* The command succeeds, with that status. */
void succeeds(struct world *w, struct machine *m, struct run *r, const char *status);
void does(struct world *w, struct machine *m, const char *command, const char *password,
	  const char *status);
/* It does not, and the final message holds part. */
void refused(struct world *w, struct machine *m, const char *command,
	     const char *password, const char *part);
void run_end(struct run *r);
/* Number of the request that was the nth of that method; there must be one. */
unsigned request_of(const struct run *r, const char *method, unsigned nth);

void ok(struct err *e);

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

#endif
