/* SPDX-License-Identifier: Apache-2.0
 * The virtual device's HECI: a unix SOCK_SEQPACKET socket that stands in for the MEI
 * device (amt/heci/heci.h tells the protocol). Several clients at once; LME for one at a
 * time.
 *
 * What the firmware answers comes from struct sim_heci_host, which the device's model
 * fills and keeps. The HECI rules themselves (lengths, unknown commands, which call in
 * which state) are enforced here.
 */
#ifndef SIM_HECI_H
#define SIM_HECI_H

#include <amt/heci/amthi.h>
#include <amt/heci/mkhi.h>
#include <amt/heci/upid.h>
#include <net/stream.h>

struct sim_heci_upid {
	bool supported;
	bool enabled; /* changed by the host: an identifier is read while it is */
	bool os_control;
	bool provisioned;
	uint32_t type; /* enum upid_type */
	uint8_t oem[UPID_ID_SIZE], hardware[UPID_ID_SIZE];
	uint32_t refurbished;
};

/* Pointers and text are borrowed while the server lives; zeros are an AMT fresh from the
 * factory, without hashes or network. */
struct sim_heci_host {
	void *arg;
	/* Before each message: the model brings the fields up to date. May be NULL. */
	void (*refresh)(struct sim_heci_host *h, void *arg);

	/* --- AMTHI: answered from these --- */
	enum amthi_state state;
	enum amthi_mode mode;
	uint8_t uuid[16]; /* SMBIOS order; LME says it too */
	struct str bios;
	const struct amthi_version *versions;
	size_t n_versions;
	const struct amthi_cert_hash *hashes; /* handle = index */
	size_t n_hashes;
	struct str dns_suffix, account_user, account_password;
	struct amthi_fqdn fqdn;
	struct amthi_remote remote;
	const struct amthi_lan *lan[2]; /* wired, wireless; NULL = none */
	/* Every other command, and those that change something (UNPROVISION,
	 * START_CONFIGURATION_HBASED, STOP_CONFIGURATION, SET_DNS_SUFFIX, ...): fills
	 * *response (zeroed; text in the arena) and returns an AMTHI status. NULL: none
	 * is supported. */
	uint32_t (*call)(void *arg, const struct amthi_request *rq, struct arena *a,
			 void *response);

	/* --- watchdog client: whether AMT may be switched, and is on --- */
	bool new_interface; /* ME 16.1 and later: the bits below count */
	bool may_change, enabled;
	bool tls_enforced; /* on local ports: LME forwards LME_TLS, not LME_PLAIN */
	bool tls_too;	   /* TLS on local ports beside plain ones: LME forwards both */
	/* An AMTHI status. NULL: allowed, only enabled changes. */
	uint32_t (*enable)(void *arg, bool on);

	/* --- LME --- */
	/* A channel to a forwarded port was opened: owns the stream and serves it in a
	 * fiber. False: refused (2, connect failed), not owned. */
	bool (*serve)(void *arg, uint16_t port, struct stream *channel);
	/* An LMS (not rpc) has LME now, or has not any more. May be NULL. */
	void (*lms)(void *arg, bool there);
	bool lme_drops; /* fault: the session ends after each channel */
	bool stalls;	/* fault: messages are taken, none is answered */

	/* --- UPID, MKHI, HOTHAM --- */
	struct sim_heci_upid upid;
	struct mkhi_fw_version firmware;
	uint32_t boot_state, image_type, eop_state;
	uint8_t measured_boot;
	const struct mkhi_rule *rules;
	size_t n_rules;
	const struct mkhi_modules *modules; /* of every partition; NULL = none */
	struct str flash_log; /* at most 8192 bytes; p NULL = not supported */
};

struct sim_heci;

/* Listens; the socket is its owner's alone (0600), as the MEI device is root's. host is
 * borrowed. ERR_UNAVAILABLE when another process listens there, ERR_INVALID when the path
 * is too long. */
OB_MUST_CHECK struct err *sim_heci_open(const char *path, struct sim_heci_host *host,
					struct sim_heci **out);
/* The firmware restarts: all connections break (the driver's ENODEV), clients may come
 * again at once. */
void sim_heci_reset(struct sim_heci *s);
size_t sim_heci_connections(const struct sim_heci *s);
/* Tells the LMS that has LME, if one has (amt/heci/lme_alert.h). id: static. */
void sim_heci_alert(struct sim_heci *s, const char *id, unsigned what);
/* Channels that are being served fail with ERR_CLOSED; the model ends them. */
OB_SUSPENDS void sim_heci_free(struct sim_heci *s);

#endif
