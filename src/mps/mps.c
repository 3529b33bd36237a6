/* SPDX-License-Identifier: Apache-2.0 */
#include <mps/mps.h>

#include <base/log.h>
#include <device/password.h>
#include <device/relay.h>
#include <iam/iam_audit.h>
#include <iam/iam_http.h>
#include <mps/cira.h>
#include <mps/mps_priv.h>
#include <mps/mps_store.h>
#include <mps/presence.h>
#include <unistd.h>

#define MIGRATE_MS 300000

/* Another tenant's device is answered exactly as one that is not there. */
static struct err *acquire(struct device_host *h, struct http_req *req, const char *guid,
			   struct device **out)
{
	struct mps *m = container_of(h, struct mps, host);
	const struct iam_caller *who = mps_caller(req);
	const char *tenant = NULL;
	struct device *d = m->cira != NULL ? cira_find(m->cira, guid, &tenant) : NULL;

	if (d == NULL || (!who->all_tenants && strcmp(tenant, who->tenant) != 0)) {
		device_unref(d);
		return err_new(ERR_NOT_FOUND, "device %s is not connected", guid);
	}
	struct err *e = cira_credentials(m->cira, d, false, req->until);
	if (e != NULL) {
		device_unref(d);
		return e;
	}
	*out = d;
	return NULL;
}

static struct err *renew(struct device_host *h, struct http_req *req, struct device *d)
{
	struct device_call c;

	device_call_begin(&c, d, req->arena, req->until);
	return device_call_end(&c, device_password_renew(&c, h->secrets));
}

static void tell(struct device_host *h, struct http_req *req, enum event_type type,
		 const char *method, const char *message, const char *guid)
{
	struct mps *m = container_of(h, struct mps, host);
	const struct iam_caller *who = mps_caller(req);

	events_emit(m->events, &(struct event){.source = "mps",
					       .type = type,
					       .methods = {method},
					       .message = message,
					       .guid = guid,
					       .tenant = who != NULL ? who->tenant : ""});
}

struct err *mps_migrate(struct db *d, struct deadline until, int *applied)
{
	int n = 0;

	TRY(iam_audit_migrate(d, until, applied));
	TRY(migrate(d, "mps", mps_migrations, mps_migrations_n, until, &n));
	if (applied != NULL)
		*applied += n;
	return NULL;
}

static struct err *listen_rest(struct mps *m)
{
	const char *at = config_str(m->config, "mps.rest.listen");

	TRY(iam_http_listen(m->iam, m->http, m->config, "mps.rest.listen"));
	log_info("REST is served", F_STR("at", at),
		 F_U64("port", http_server_port(m->http, 0)));
	return NULL;
}

static struct err *start(struct mps *m)
{
	TRY(mps_migrate(m->db, deadline_in(MIGRATE_MS), NULL));
	TRY(cira_start(m, &m->cira));
	const struct relay_config relay = {
		.host = &m->host,
		.iam = m->iam,
		.db = m->db,
		.ping_ms = 1000 * (uint32_t)config_int(m->config, "mps.relay.ping_s"),
	};
	m->host.relay = relay_new(&relay);
	m->http = mps_api_new(m);
	TRY(listen_rest(m));
	m->presence = presence_start(m);
	return NULL;
}

static const char *host_name(char *out, size_t n)
{
	if (gethostname(out, n) != 0)
		snprintf(out, n, "localhost");
	out[n - 1] = '\0';
	return out;
}

struct err *mps_start(const struct config *c, struct db *d, struct secrets *s,
		      struct iam *i, struct events *events, struct mps **out)
{
	struct mps *m = xcalloc(1, sizeof(*m));

	m->host.acquire = acquire;
	m->host.renew = renew;
	m->host.forget = mps_device_forget;
	m->host.tell = tell;
	m->host.secrets = s;
	m->config = c;
	m->db = d;
	m->secrets = s;
	m->iam = i;
	m->events = events;
	m->instance = config_str(c, "mps.instance");
	if (m->instance == NULL)
		m->instance = host_name(m->host_name, sizeof(m->host_name));
	struct err *e = start(m);
	if (e != NULL) {
		mps_stop(m, deadline_in(0));
		return err_wrap(e, "starting MPS");
	}
	*out = m;
	return NULL;
}

void mps_stop(struct mps *m, struct deadline until)
{
	if (m == NULL)
		return;
	m->draining = true;
	int64_t drain_ms = config_int(m->config, "mps.drain_ms");
	if (drain_ms > 0 && m->presence != NULL) {
		cira_drain(m->cira, drain_ms);
		until.at_ms += drain_ms;
	}
	events_end_readers(m->events);
	if (m->http != NULL) {
		http_server_shutdown(m->http, until);
		http_server_free(m->http);
	}
	relay_free(m->host.relay);
	cira_stop(m->cira, until);
	presence_stop(m->presence);
	free(m->root_pem);
	free(m);
}

uint16_t mps_rest_port(const struct mps *m)
{
	return http_server_port(m->http, 0);
}

uint16_t mps_cira_port(const struct mps *m)
{
	return cira_port(m->cira);
}
