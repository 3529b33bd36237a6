/* SPDX-License-Identifier: Apache-2.0
 * What the files of the CIRA server share: cira.c (listener and links), cira_login.c
 * (device authentication), cira_map.c (who is connected).
 */
#ifndef MPS_CIRA_PRIV_H
#define MPS_CIRA_PRIV_H

#include <amt/apf/session.h>
#include <base/metrics.h>
#include <mps/cira.h>
#include <net/tls.h>

/* One TCP connection on the CIRA port, from accept to the end of its session. References:
 * one by the link's own life (until its session closed), one by each call under way. */
struct link {
	struct device device;
	struct cira *cira;
	struct list pending;	/* in cira->pending until logged in */
	struct link *hash_next; /* in cira->buckets while logged in */
	bool logged_in, login_running;
	bool let_go;	  /* the server drains */
	bool replaced;	  /* by a newer link of the same device */
	uint8_t uuid[16]; /* SMBIOS order; key of the map */
	char *tenant;
	int64_t connected_at; /* wall clock; of the login */
	struct tls_handshake *handshake;
	struct apf_session *session;
	struct net_peer peer;
};

struct cira {
	struct mps *mps;
	struct listener *listener;
	SSL_CTX *tls;
	struct apf_config apf;
	struct limiter_config limits;
	struct list pending; /* oldest first */
	/* Of mps.cira.names; texts are the configuration's. */
	struct {
		const char *name;
		SSL_CTX *tls;
	} * names;
	size_t n_names;
	size_t n_pending, max_pending, handshake_ms;
	uint32_t exchange_ms;
	struct link **buckets;
	size_t n_buckets, n_connected, n_links;
	bool last_seen, stopping;
	struct fiber_group logins;
	struct waitq drained; /* n_links became 0 */
	int64_t log_second;
	unsigned logged;
	struct metrics_source metrics;
	uint64_t n_accepted, n_logins, n_refused, n_ended; /* since the start */
};

/* cira_map.c */
void cira_map_init(struct cira *c);
void cira_map_fini(struct cira *c);
/* The place where the link of that UUID is or would be put: *slot is NULL when not
 * connected. */
struct link **cira_map_slot(struct cira *c, const uint8_t uuid[16]);
void cira_map_add(struct cira *c, struct link *l);
/* No harm when it is not in the map. */
void cira_map_remove(struct cira *c, struct link *l);
struct link *cira_map_find(struct cira *c, const char *guid);

/* cira_tls.c: c->tls and c->names, also what GET /ciracert answers. */
OB_MUST_CHECK OB_SUSPENDS struct err *cira_tls_make(struct cira *c);
void cira_tls_free(struct cira *c);

/* cira_login.c: the session's callback for USERAUTH_REQUEST; answers it from a fiber. */
void cira_on_auth(struct apf_session *s, struct str user, struct str password,
		  void *link);

/* cira.c */
/* Peer mistakes are the peer's: an info line, but never a flood of them. */
bool cira_may_log(struct cira *c);
void cira_pending_remove(struct link *l);
void cira_tell(const struct link *l, enum event_type type, const char *method,
	       const char *message);

#endif
