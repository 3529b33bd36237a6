/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/rps.h>

#include <base/log.h>
#include <iam/iam_audit.h>
#include <rps/assistant_server.h>
#include <rps/rpc_server.h>
#include <rps/rps_api_priv.h>
#include <rps/rps_events.h>
#include <rps/rps_jobs.h>
#include <rps/rps_rotation.h>
#include <stdlib.h>

#define MIGRATE_MS 300000
#define TIDY_MS 60000

struct err *rps_migrate(struct db *d, struct deadline until, int *applied)
{
	int audit = 0, own = 0, jobs = 0;

	TRY(iam_audit_migrate(d, until, &audit));
	TRY(migrate(d, "rps", rps_migrations, rps_migrations_n, until, &own));
	TRY(rps_jobs_migrate(d, until, &jobs));
	if (applied != NULL)
		*applied = audit + own + jobs;
	return NULL;
}

static struct err *listen_rest(struct rps *r)
{
	const char *at = config_str(r->config, "rps.rest.listen");

	TRY(iam_http_listen(r->iam, r->rest, r->config, "rps.rest.listen"));
	log_info("REST of the RPS is served", F_STR("at", at),
		 F_U64("port", http_server_port(r->rest, 0)));
	return NULL;
}

/* What could not be tidied up now does no harm, so an unreachable store is no reason not
 * to start. */
static void tidy(struct rps *r)
{
	struct err *e = rps_adopt(r->store, deadline_in(TIDY_MS));

	if (e != NULL)
		log_warn("clear secrets stay in the database for now", F_ERR(e));
	err_free(e);
	e = rps_secret_sweep(r->store, deadline_in(TIDY_MS));
	if (e != NULL)
		log_warn("secrets of deleted records stay for now", F_ERR(e));
	err_free(e);
}

static struct err *mps_url_read(struct rps *r)
{
	struct str url = str_of(config_str(r->config, "rps.mps.url"));

	if (!str_istarts(url, STR("http://")) && !str_istarts(url, STR("https://")))
		return err_new(ERR_INVALID,
			       "rps.mps.url must begin with http:// or https://");
	while (str_ends(url, STR("/")))
		url.n--;
	r->mps_url = xstrndup(url.p, url.n);
	return NULL;
}

static struct err *start(struct rps *r)
{
	TRY(mps_url_read(r));
	TRY(rps_migrate(r->db, deadline_in(MIGRATE_MS), NULL));
	tidy(r);
	r->jobs = rps_jobs_start(r);
	TRY(rps_rotation_start(r, &r->rotation));
	r->rest = rps_api_new(r);
	TRY(listen_rest(r));
	TRY(assistant_server_start(r, &r->assistants));
	return rpc_server_start(r, &r->rpc);
}

struct err *rps_start(const struct config *c, struct db *d, struct secrets *s,
		      struct iam *i, struct http_client *http, struct events *events,
		      struct rps **out)
{
	struct rps *r = xcalloc(1, sizeof(*r));

	r->config = c;
	r->db = d;
	r->secrets = s;
	r->iam = i;
	r->client = http;
	r->events = events;
	list_init(&r->flows);
	waitq_init(&r->flow_ended);
	r->store = rps_store_new(d, s);
	rps_counts_start(r);
	struct err *e = start(r);
	if (e != NULL) {
		rps_stop(r, deadline_in(0));
		return err_wrap(e, "starting RPS");
	}
	*out = r;
	return NULL;
}

void rps_stop(struct rps *r, struct deadline until)
{
	if (r == NULL)
		return;
	r->stopping = true;
	rpc_server_stop(r->rpc, until);
	rps_rotation_stop(r->rotation);
	assistant_server_stop(r->assistants, until);
	rps_jobs_stop(r->jobs);
	events_end_readers(r->events);
	if (r->rest != NULL) {
		http_server_shutdown(r->rest, until);
		http_server_free(r->rest);
	}
	rps_counts_stop(r);
	rps_store_free(r->store);
	free(r->mps_url);
	free(r);
}

uint16_t rps_rest_port(const struct rps *r)
{
	return http_server_port(r->rest, 0);
}

uint16_t rps_rpc_port(const struct rps *r)
{
	return rpc_server_port(r->rpc);
}

uint16_t rps_assistant_port(const struct rps *r)
{
	return assistant_server_port(r->assistants);
}
