/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/rps_events.h>

#include <base/metrics.h>
#include <rps/rps_api_priv.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_BYTES 256

/* ---- requests ---- */

enum operation { LIST, SHOW, CREATE, EDIT, REMOVE, OPERATIONS };

/* Upstream's methods, and its texts up to the name. */
static const struct tellable {
	const struct rps_noun *noun;
	const char *path;
	struct {
		const char *method, *text;
	} of[OPERATIONS];
} tellables[] = {
	{&rps_ciraconfigs,
	 "/api/v1/admin/ciraconfigs",
	 {{"allCiraConfigs", "Sent configs"},
	  {"getCiraConfig", "Get CIRA config profile : "},
	  {"createCiraConfig", "Created "},
	  {"editCiraConfig", "Updated CIRA config profile : "},
	  {"deleteCiraConfig", "Deleted CIRA config : "}}},
	{&rps_profiles,
	 "/api/v1/admin/profiles",
	 {{"allProfiles", "Sent profiles"},
	  {"getProfile", "Sent Profile : "},
	  {"createProfile", "Created Profile : "},
	  {"editProfile", "Updated Profile : "},
	  {"deleteProfile", "Deleted Profile : "}}},
	{&rps_domains,
	 "/api/v1/admin/domains",
	 {{"getAllDomains", "Sent domains"},
	  {"getDomain", "Sent Domain : "},
	  {"createDomain", "Created Domain : "},
	  {"editDomain", "Domain Updated : "},
	  {"deleteDomain", "Domain Deleted : "}}},
	{&rps_wirelessconfigs,
	 "/api/v1/admin/wirelessconfigs",
	 {{"allWirelessProfiles", "Sent wireless profiles"},
	  {"getWirelessProfiles", "Sent Wireless Profile : "},
	  {"createWirelessProfiles", "Created wireless profile : "},
	  {"editWirelessProfiles", "Updated Wireless Profile : "},
	  {"deleteWirelessProfiles", "Deleted wireless profile : "}}},
	{&rps_ieee8021xconfigs,
	 "/api/v1/admin/ieee8021xconfigs",
	 {{"getAllIEEE8021xConfigs", "Sent all 802.1x configurations"},
	  {"getIeee8021xProfiles", "Sent 802.1x Profile : "},
	  {"createIEEE8021xProfiles", "Created 802.1x profile : "},
	  {"edit8021xProfiles", "Updated8021x Profile : "},
	  {"deleteIEEE8021xProfiles", "Deleted 802.1x profile : "}}},
	{&rps_proxyconfigs,
	 "/api/v1/admin/proxyconfigs",
	 {{"allProxyConfigs", "Sent proxy configs"},
	  {"getProxyProfile", "Sent Profile : "},
	  {"createProxyConfigs", "Created proxy profile: "},
	  {"editProxyConfig", "Updated proxy configuration : "},
	  {"deleteProxyProfile", "Deleted proxy configuration : "}}},
};

static enum operation operation_of(const struct http_req *req)
{
	const char *method = req->route->method;

	if (strcmp(method, "POST") == 0)
		return CREATE;
	if (strcmp(method, "PATCH") == 0)
		return EDIT;
	if (strcmp(method, "DELETE") == 0)
		return REMOVE;
	return req->n_params > 0 ? SHOW : LIST;
}

/* In the path, or in the body: what a handler took from there is its name's text. */
static const char *name_of(struct http_req *req, const struct rps_noun *noun)
{
	const char *name = req->n_params > 0 ? req->params[0].value : NULL;
	json_t *body = NULL;

	if (name == NULL && req->body.n > 0) {
		err_free(http_req_json(req, &body));
		name = rps_text(body, noun->name_key);
	}
	return name != NULL && strlen(name) <= NAME_MAX_BYTES ? name : "";
}

static void tell_request(struct http_req *req, const struct tellable *t, bool ok)
{
	enum operation op = operation_of(req);
	const char *name = name_of(req, t->noun);
	struct event ev = {.source = "rps", .tenant = rps_tenant(req)};

	if (ok) {
		ev.type = EVENT_SUCCESS;
		ev.methods[0] = t->of[op].method;
		ev.message = arena_printf(req->arena, "%s%s", t->of[op].text,
					  op == LIST ? "" : name);
	} else {
		ev.type = EVENT_FAIL;
		ev.methods[0] = t->path;
		ev.message = arena_printf(req->arena, "Failed to %s: %s",
					  req->route->method, name);
	}
	events_emit(rps_of(req)->events, &ev);
}

void rps_event_request(struct http_req *req, int status)
{
	/* 401 and 403: nobody of the tenant asked. */
	if (status == 401 || status == 403)
		return;
	for (size_t i = 0; i < ARRAY_LEN(tellables); i++)
		if (req->route->data == tellables[i].noun)
			tell_request(req, &tellables[i], status < 400);
}

/* ---- flows ---- */

enum mode { UNKNOWN, CCM, ACM, MODES }; /* unknown: refused before the profile was read */

struct rps_counts {
	struct metrics_source source;
	uint64_t started[RPC_MAINTENANCE + 1];
	uint64_t ended[RPC_MAINTENANCE + 1][2]; /* failed, succeeded */
	uint64_t activations[MODES][2];
};

static const char *const commands[] = {
	[RPC_ACTIVATE] = "activate",
	[RPC_DEACTIVATE] = "deactivate",
	[RPC_MAINTENANCE] = "maintenance",
};

void rps_event_flow_began(struct flow *f)
{
	f->rps->counts->started[f->command.action]++;
}

static const char *success_text(const struct flow *f)
{
	if (f->activated)
		return f->mode == IPS_CONTROL_ADMIN
			       ? "Device activated in admin control mode"
			       : "Device activated in client control mode";
	return f->status != NULL ? f->status : "";
}

void rps_event_flow_ended(struct flow *f, const struct err *e)
{
	static const char *const methods[] = {
		[RPC_ACTIVATE] = "Activator",
		[RPC_DEACTIVATE] = "Deactivator",
		[RPC_MAINTENANCE] = "Maintenance",
	};
	enum rpc_action action = f->command.action;
	struct rps_counts *n = f->rps->counts;
	bool ok = e == NULL;

	n->ended[action][ok]++;
	if (action == RPC_ACTIVATE)
		n->activations[!f->begun ? UNKNOWN : f->acm ? ACM : CCM][ok]++;
	events_emit(f->rps->events,
		    &(struct event){
			    .source = "rps",
			    .type = ok ? EVENT_SUCCESS : EVENT_FAIL,
			    .methods = {methods[action], ok ? "execute" : NULL},
			    .message = ok ? success_text(f) : flow_failure_text(f, e),
			    .guid = f->guid,
			    .tenant = f->tenant,
		    });
}

/* ---- figures ---- */

static void tell_outcomes(struct metrics_out *o, const char *name, const char *help,
			  const char *key, const char *value, const uint64_t n[2])
{
	static const char *const outcomes[] = {"failed", "succeeded"};
	char labels[96];

	for (size_t i = 0; i < 2; i++) {
		snprintf(labels, sizeof(labels), "%s=\"%s\",outcome=\"%s\"", key, value,
			 outcomes[i]);
		metrics_put(o, METRIC_COUNTER, name, help, labels, (double)n[i]);
	}
}

static void tell(struct metrics_out *o, void *arg)
{
	static const char *const modes[] = {
		[UNKNOWN] = "unknown", [CCM] = "ccm", [ACM] = "acm"};
	const struct rps *r = arg;
	const struct rps_counts *n = r->counts;
	char labels[64];
	size_t running = 0;

	list_for_each (pos, &r->flows)
		running++;
	metrics_put(o, METRIC_GAUGE, "outband_rps_flows",
		    "Devices that are being provisioned.", NULL, (double)running);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		snprintf(labels, sizeof(labels), "command=\"%s\"", commands[i]);
		metrics_put(o, METRIC_COUNTER, "outband_rps_flows_started_total",
			    "Commands of provisioning clients.", labels,
			    (double)n->started[i]);
		tell_outcomes(o, "outband_rps_flows_total",
			      "Commands of provisioning clients that ended.", "command",
			      commands[i], n->ended[i]);
	}
	for (size_t i = 0; i < MODES; i++)
		tell_outcomes(o, "outband_rps_activations_total",
			      "Activations that ended, by the profile's control mode; "
			      "unknown: refused before.",
			      "mode", modes[i], n->activations[i]);
}

void rps_counts_start(struct rps *r)
{
	r->counts = xcalloc(1, sizeof(*r->counts));
	r->counts->source = (struct metrics_source){.fn = tell, .arg = r};
	metrics_source_add(&r->counts->source);
}

void rps_counts_stop(struct rps *r)
{
	if (r->counts == NULL)
		return;
	metrics_source_del(&r->counts->source);
	free(r->counts);
	r->counts = NULL;
}
