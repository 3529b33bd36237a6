/* SPDX-License-Identifier: Apache-2.0
 * What RPS does with one device that a Remote Provisioning Client connects to it: one
 * flow per session, in the session's fiber, from the client's command to the final
 * message. rps.md 5.6, 7, 8.
 *
 * What must agree afterwards - device, secret store, database, MPS - is changed in this
 * order: secret ahead, device, secret settled, database and MPS. So a flow may end
 * anywhere (client, device, or this process gone) and no device has a password that the
 * secret store does not hold; the next run finds what is there and goes on from it.
 *
 * Errors: the outermost message is what the client is told (upstream's text where it has
 * one), causes say why.
 */
#ifndef RPS_FLOW_H
#define RPS_FLOW_H

#include <amt/rpc/payload.h>
#include <amt/wsman/classes/setup.h>
#include <device/odca.h>
#include <device/password.h>
#include <device/setup.h>
#include <rps/rpc_session.h>
#include <rps/rps_priv.h>

/* The parts of a configuration, as the final message lists them. */
enum flow_part {
	FLOW_ACTIVATION,
	FLOW_WIRED,
	FLOW_WIRELESS,
	FLOW_TLS,
	FLOW_PROXIES,
	FLOW_CIRA,
	FLOW_PARTS,
};

enum flow_result { FLOW_NOT_PART, FLOW_SUCCESS, FLOW_FAILURE };

struct flow_outcome {
	enum flow_result result;
	const char *mode;    /* "ACM", "CCM", "LocalProfileSync" or NULL */
	const char *details; /* in the arena */
};

struct flow {
	struct list link; /* in rps->flows, once running */
	bool running;
	bool named; /* the command was read: device and action are known */
	struct rps *rps;
	struct rpc_session *rpc;
	struct arena *arena;
	const char *tenant;
	struct rpc_command command;
	struct rpc_payload payload;
	const char *guid;
	struct deadline until;
	bool begun; /* errors are told as status from now on */

	struct device device;
	struct device_call call;
	bool calling;

	struct rps_setup setup; /* the profile */
	bool acm;
	struct activation_cert cert;
	struct device_secrets stored; /* when the flow began */
	bool know_password;	      /* the client may use what is stored */
	struct secret amt, mebx;      /* what the device gets */
	struct secret login;	      /* admin's, as found */
	struct str realm;
	enum ips_control_mode mode; /* now */
	bool activated;		    /* by this run */
	struct odca odca;	    /* of a tunnel to a device fresh from the factory */
	const char *tls_root_pem;   /* who signed the device's TLS certificate, or NULL */

	/* the final message; NULL = left out */
	const char *status, *network, *cira, *tls;
	struct flow_outcome parts[FLOW_PARTS];
};

/* Who is at the other end. */
struct flow_client {
	const char *who; /* the token's user; NULL: a client without token */
	const char *tenant;
	bool may_name_tenant; /* in its first message */
	const char *peer;     /* address */
};

/* The whole of it: reads the command, does it, sends the final message, and notes it in
 * the audit records. */
OB_SUSPENDS void flow_run(struct rps *r, struct rpc_session *s,
			  const struct flow_client *client);

/* ---- flow.c ---- */

/* Exchanges with the device begin: as the host's own account or as admin. */
void flow_login(struct flow *f, const char *user, const struct secret *password);
/* A line for clients that show progress. */
void flow_progress(struct flow *f, const char *fmt, ...) OB_PRINTF(2, 3);
/* Repeats a step that may be done twice, as long as the device does not answer. */
typedef OB_SUSPENDS struct err *flow_step_fn(struct flow *f);
OB_MUST_CHECK OB_SUSPENDS struct err *flow_repeat(struct flow *f, flow_step_fn *step);
/* Outcome of a part: details are e's text, or ok when e is NULL. Frees e. Returns
 * ERR_CLOSED when nothing more can be done because the client is gone. */
OB_MUST_CHECK struct err *flow_note(struct flow *f, enum flow_part part, const char *ok,
				    struct err *take_e);
/* A text's beginning " " joined; either may be NULL. */
const char *flow_join(struct flow *f, const char *a, const char *b);
/* The same error with that text alone; frees e. */
OB_NEW_ERR struct err *flow_error_say(struct err *take_e, const char *text);
/* What a client may read of an error: the outermost message, and the causes that are not
 * about our own parts. */
const char *flow_error_text(struct flow *f, const struct err *e);
/* The same for the error a flow ends with: our own mistakes are the log's business. */
const char *flow_failure_text(struct flow *f, const struct err *e);

/* ---- flow_status.c: the final message (rps.md 8) ---- */

/* JSON text, in the arena. */
const char *flow_status_text(struct flow *f);
/* The components alone, for the MPS's record; new reference. */
json_t *flow_status_parts(const struct flow *f, bool with_not_part);

/* ---- flow_check.c: may this be done? (rps.md 5.6) ---- */

OB_MUST_CHECK OB_SUSPENDS struct err *flow_check(struct flow *f);
/* The domain's certificate for the device's suffix, opened and compared with what the
 * device trusts. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_certificate(struct flow *f);

/* ---- flow_secret.c: passwords ---- */

/* f->amt and f->mebx for this device: the profile's, or generated. */
void flow_password_choose(struct flow *f);
/* Before a device fresh from the factory gets f->amt. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_secret_ahead(struct flow *f);
/* The device has it (true), or surely does not. Also when the client is gone. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_secret_settle(struct flow *f, bool keep);
/* SetMEBxPassword with f->mebx, stored ahead and settled; repeated as a step is. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_secret_mebx(struct flow *f);
/* Of an activated device: logs in with the password that it has, of those that are known;
 * settles what an earlier run left open. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_secret_login(struct flow *f);
/* After that: f->amt becomes admin's password (device_password_change). */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_secret_change(struct flow *f);

/* ---- one file each ---- */

OB_MUST_CHECK OB_SUSPENDS struct err *flow_activate(struct flow *f);
OB_MUST_CHECK OB_SUSPENDS struct err *flow_deactivate(struct flow *f);
OB_MUST_CHECK OB_SUSPENDS struct err *flow_maintain(struct flow *f);
/* Parts of an activation; each notes its outcome. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_clear(struct flow *f);
OB_MUST_CHECK OB_SUSPENDS struct err *flow_network(struct flow *f);
OB_MUST_CHECK OB_SUSPENDS struct err *flow_features(struct flow *f);
OB_MUST_CHECK OB_SUSPENDS struct err *flow_tls(struct flow *f);
OB_MUST_CHECK OB_SUSPENDS struct err *flow_cira(struct flow *f);
/* flow_tunnel.c: TLS between us and the device's local port (rps.md 6.5, 7.4). */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_tunnel_begin(struct flow *f);
/* After TLS was set up in the device: to port 16993 from now on, checked against the
 * root that signed its certificate. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_tunnel_switch(struct flow *f);

#endif
