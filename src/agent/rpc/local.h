/* SPDX-License-Identifier: Apache-2.0
 * Conversations with the firmware of this machine, and the flows that need no server
 * (rpc.md 4). Transport: LMS on loopback when it is there, else LME in this process
 * (rpc.md 3.1); TLS where the firmware takes nothing else.
 */
#ifndef AGENT_RPC_LOCAL_H
#define AGENT_RPC_LOCAL_H

#include <agent/rpc/rpc.h>
#include <device/device.h>

/* Who talks to the firmware. */
enum rpc_account {
	RPC_AS_ADMIN, /* admin with rpc_options.password */
	RPC_AS_HOST,  /* the local system account, that HECI tells */
};

/* A conversation on the firmware's web server. End it with rpc_call_end in any case.
 * Errors: 139 (LMS), 71 (AMTConnectionFailed), those of HECI. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_call_begin(struct rpc *r, enum rpc_account as,
						     struct deadline until,
						     struct device_call *c);
/* Returns e. */
struct err *rpc_call_end(struct rpc *r, struct device_call *c, struct err *e);

/* A byte stream to a port of the firmware (16992, 16993): an amt_open_fn, arg is the
 * struct rpc. No TLS. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_way_stream(void *arg, uint16_t port,
						     struct deadline until,
						     struct stream **out);
/* Connections that are kept are closed: the firmware restarts its ports, or another
 * account or certificate is used from now on. */
void rpc_way_drop(struct rpc *r);
/* What the firmware's certificate is compared with before set-up (rpc.md 4.5), to be
 * filled; lives as long as the run. */
struct odca;
struct odca *rpc_way_odca(struct rpc *r);
/* Client certificate of TLS connections from now on; NULL: none. cert_pem is borrowed.
 * Drops what is open. */
void rpc_way_client(struct rpc *r, const char *cert_pem, const struct secret *key_pem);
/* LMS answers on loopback. */
OB_SUSPENDS bool rpc_way_is_lms(struct rpc *r);
/* At the end of the run. */
void rpc_way_free(struct rpc *r);

/* ---- flows: local_*.c ---- */

OB_MUST_CHECK OB_SUSPENDS struct err *rpc_local_activate(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_local_deactivate(struct rpc *r);
/* HECI StopConfiguration. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_local_stop_config(struct rpc *r);
/* Profile over http(s), or a file (rpc.md 1.11, 1.12). */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_local_profile(struct rpc *r);

/* configure: the device is activated (but for operational state), the password asked
 * for. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_amt_password(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_mebx(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_amt_features(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_enable_amt(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_disable_amt(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_cira(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_sync_clock(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_hostname(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_wifi_sync(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_wireless(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_wired(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_tls(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_configure_proxy(struct rpc *r);

#endif
