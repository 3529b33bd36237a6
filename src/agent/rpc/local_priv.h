/* SPDX-License-Identifier: Apache-2.0
 * What the local flows share. rpc.md 4.
 */
#ifndef AGENT_RPC_LOCAL_PRIV_H
#define AGENT_RPC_LOCAL_PRIV_H

#include <agent/rpc/local.h>
#include <agent/rpc/parse.h>
#include <device/ieee8021x.h>

/* Longest conversation: firmware may make a key meanwhile. */
#define LOCAL_CALL_MS 180000

/* One step of a flow, in a conversation that the caller began. arg: what the flow hands
 * to it; unused by the steps of configure. */
typedef OB_SUSPENDS struct err *local_fn(struct rpc *r, struct device_call *c,
					 const void *arg);

/* fn in a conversation of its own. The error is as it came, but ERR_UNAUTHENTICATED when
 * the firmware refused the account. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_talk(struct rpc *r, enum rpc_account as,
						 local_fn *fn, const void *arg);
/* The same as admin, and an error ends the run: with the code that fn chose, else 100
 * when the password was wrong, else code. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_configure(struct rpc *r, enum rpc_exit code,
						      local_fn *fn);

/* The device's UUID, or --uuid. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_guid(struct rpc *r, const char **out);
/* base64 DER of a certificate option that may be PEM or a path to neither; the error
 * names what. */
OB_MUST_CHECK struct err *local_certificate(struct rpc *r, const char *text,
					    const char *what, struct str *out);
/* 16 characters, one of each kind at least (rpc.md 1.12). */
void local_random_password(struct secret *out, size_t n);

/* ---- steps of configure; each as the profile says, too ---- */

local_fn local_amt_password;
local_fn local_mebx;
local_fn local_amt_features;
local_fn local_cira;
local_fn local_sync_clock;
local_fn local_hostname;
local_fn local_wifi_sync;
local_fn local_wireless_purge;
/* Adds the one profile of the options. */
local_fn local_wireless_add;
local_fn local_wired;
local_fn local_tls;
local_fn local_proxy;

/* Key and certificates of the 802.1x options into the device; out refers to them. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_8021x(struct rpc *r, struct device_call *c,
						  struct device_8021x *out);
/* 802.1x was asked for. */
bool local_8021x_wanted(const struct rpc *r);

/* ---- Enterprise Assistant (local_assistant.c) ---- */

bool local_assistant_wanted(const struct rpc *r);
/* Address, user and password: all of them, or the run ends with 28. */
OB_MUST_CHECK struct err *local_assistant_check(struct rpc *r);
/* A certificate for TLS of the device, signed by the assistant's authority. mutual: the
 * device is to trust that authority. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_assistant_tls(struct rpc *r,
							  struct device_call *c,
							  bool mutual);
/* What a 802.1x profile needs from it; out->protocol is set. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_assistant_8021x(struct rpc *r,
							    struct device_call *c,
							    struct device_8021x *out);

/* ---- activation's parts ---- */

/* Before anything else: AMT is switched on. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_enable(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *local_activate_client(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *local_activate_admin(struct rpc *r);

struct activation_cert;
/* Admin control mode where the firmware takes TLS alone (local_secure.c). */
OB_MUST_CHECK OB_SUSPENDS struct err *local_activate_secure(
	struct rpc *r, const struct activation_cert *cert);

/* ---- settings files (local_config.c) ---- */

/* v2's -config, -configJson, -configv2 into the options, where they are not given. */
OB_MUST_CHECK struct err *local_config_apply(struct rpc *r);
/* The file itself; NULL when none was given. For json_wipe. */
OB_MUST_CHECK struct err *local_config_read(struct rpc *r, json_t **out);
/* One of its wifiConfigs into the options, with its secrets. */
OB_MUST_CHECK struct err *local_config_wifi(struct rpc *r, const json_t *config,
					    const json_t *wifi);
/* Sections of a Console's profile into the options (local_profile.c). */
void local_profile_options(struct rpc *r, const json_t *profile);

#endif
