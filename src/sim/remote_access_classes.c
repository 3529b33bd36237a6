/* SPDX-License-Identifier: Apache-2.0
 * Servers to call home to, and when: MPS entries, policies, credentials of a full device.
 * wsman.md B.3. What follows from them is decided in home.c.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/cira.h>

enum {
	PT_SUCCESS = 0,
	PT_MAX_LIMIT_REACHED = 23,
	PT_INVALID_PARAMETER = 36,
	PT_DUPLICATE = 2058,
};

#define MAX_SERVERS 6
#define MAX_POLICIES 3
#define MAX_SERVERS_OF_POLICY 2
#define MAX_ACCESS_INFO 256
#define MAX_CREDENTIAL 64
#define SERVER "Intel(r) AMT:Management Presence Server"
#define CREDENTIAL "Intel(r) AMT:MPS Username Password"
#define SYSTEM_CLASS STR("CIM_ComputerSystem")
#define SYSTEM STR("Intel(r) AMT")

static const char *const triggers[] = {"User Initiated", "Alert", "Periodic"};

static void show_service(struct sim_call *c, void *copy)
{
	struct amt_remote_access_service *s = copy;

	s->is_remote_tunnel_connected = sim_num(c->st->tunnel_connected);
}

/* Clients without a common name send "undefined" or nothing (wire-amt.md 1.1). */
static bool no_cn(struct str cn)
{
	return cn.n == 0 || str_eqz(cn, "undefined");
}

/* ---- servers ---- */

static bool server_good(const struct amt_remote_access_service_add_mp_server_in *in)
{
	if (in == NULL || in->access_info.n == 0 || in->access_info.n > MAX_ACCESS_INFO ||
	    in->port.v < 1 || in->port.v > 65535)
		return false;
	if (in->info_format.v != AMT_INFO_IPV4 && in->info_format.v != AMT_INFO_IPV6 &&
	    in->info_format.v != AMT_INFO_FQDN)
		return false;
	if (in->auth_method.v == AMT_MPS_AUTH_MUTUAL)
		return in->certificate.resource_uri.p != NULL;
	return in->auth_method.v == AMT_MPS_AUTH_PASSWORD && in->username.n > 0 &&
	       in->username.n <= MAX_CREDENTIAL && in->password.n > 0 &&
	       in->password.n <= MAX_CREDENTIAL;
}

static bool server_known(const struct sim_store *s,
			 const struct amt_remote_access_service_add_mp_server_in *in)
{
	const struct amt_management_presence_remote_sap *o;

	for (size_t i = 0;
	     (o = sim_store_nth(s, &amt_management_presence_remote_sap_class, i)); i++)
		if (str_ieq(o->access_info, in->access_info) && o->port.v == in->port.v)
			return true;
	return false;
}

static void add_credential(struct sim_store *s, unsigned number,
			   const struct amt_remote_access_service_add_mp_server_in *in,
			   struct arena *a)
{
	struct amt_mps_username_password *o =
		sim_object_new(&amt_mps_username_password_class);

	sim_text_set(&o->instance_id, str_of(arena_printf(a, CREDENTIAL " %u", number)));
	sim_text_set(&o->remote_id, in->username);
	sim_text_set(&o->secret, in->password);
	sim_store_add(s, &amt_mps_username_password_class, o);
}

static int64_t add_server_to(struct sim_call *c,
			     const struct amt_remote_access_service_add_mp_server_in *in,
			     struct wsman_epr *epr)
{
	const struct wsman_class *cls = &amt_management_presence_remote_sap_class;
	struct sim_store *s = &c->st->store;
	unsigned number;

	if (!server_good(in))
		return PT_INVALID_PARAMETER;
	if (server_known(s, in))
		return PT_DUPLICATE;
	if (sim_store_count(s, cls) >= MAX_SERVERS)
		return PT_MAX_LIMIT_REACHED;
	number = sim_store_free_number(s, cls, "Name", SERVER);
	struct amt_management_presence_remote_sap *o = sim_object_new(cls);
	sim_text_set(&o->access_info, in->access_info);
	sim_text_set(&o->cn, no_cn(in->cn) ? in->access_info : in->cn);
	sim_text_set(&o->creation_class_name, str_of(cls->name));
	sim_text_set(&o->element_name, STR(SERVER));
	o->info_format = in->info_format;
	sim_text_set(&o->name, str_of(arena_printf(c->arena, SERVER " %u", number)));
	o->port = in->port;
	sim_text_set(&o->system_creation_class_name, SYSTEM_CLASS);
	sim_text_set(&o->system_name, SYSTEM);
	sim_store_add(s, cls, o);
	if (in->auth_method.v == AMT_MPS_AUTH_PASSWORD)
		add_credential(s, number, in, c->arena);
	*epr = sim_epr_to(c->arena, cls, o);
	c->changed = true;
	return PT_SUCCESS;
}

static void add_server(struct sim_call *c, const void *in, void *out_)
{
	struct amt_remote_access_service_add_mp_server_out *out = out_;

	out->return_value = sim_num(add_server_to(c, in, &out->mp_server));
}

/* A server that a policy refers to stays; its credentials go with it. */
static void check_server(struct sim_call *c, enum wsman_op op, void *object,
			 const void *was)
{
	const struct amt_management_presence_remote_sap *o = object;
	struct sim_store *s = &c->st->store;
	struct wsman_epr me =
		sim_epr_to(c->arena, &amt_management_presence_remote_sap_class, o);
	const struct amt_remote_access_policy_applies_to_mps *p;

	for (size_t i = 0;
	     (p = sim_store_nth(s, &amt_remote_access_policy_applies_to_mps_class, i));
	     i++)
		if (sim_epr_matches(&me, &p->managed_element))
			c->fault = WSMAN_ACCESS_DENIED;
	if (c->fault != SIM_NO_FAULT)
		return;
	const char *number = strrchr(o->name.p, ' ');
	void *credential =
		sim_store_by_text(s, &amt_mps_username_password_class, "InstanceID",
				  str_of(arena_printf(c->arena, CREDENTIAL "%s",
						      number != NULL ? number : "")));
	if (credential != NULL)
		sim_store_remove(s, credential);
}

/* ---- policies ---- */

static bool extended_good(struct sim_call *c, int64_t trigger, struct str text)
{
	size_t n;
	uint8_t *raw = text.p != NULL ? base64_decode(c->arena, text, &n) : NULL;

	if (trigger != AMT_TRIGGER_PERIODIC)
		return true;
	if (raw == NULL || (n != 8 && n != 12))
		return false;
	/* Interval: 0, seconds. Daily: 1, hour, minute. */
	if (n == 8)
		return raw[3] == 0;
	return raw[3] == 1 && raw[7] < 24 && raw[11] < 60;
}

static void apply_policy(struct sim_call *c, struct wsman_epr policy, const void *server,
			 size_t order)
{
	struct amt_remote_access_policy_applies_to_mps p = {
		.managed_element = sim_epr_to(
			c->arena, &amt_management_presence_remote_sap_class, server),
		.mps_type = sim_num(AMT_MPS_EXTERNAL),
		.order_of_access = sim_num((int64_t)order),
		.policy_set = policy,
	};

	sim_store_add(
		&c->st->store, &amt_remote_access_policy_applies_to_mps_class,
		sim_object_copy(&amt_remote_access_policy_applies_to_mps_class, &p));
}

static int64_t add_policy_of(
	struct sim_call *c,
	const struct amt_remote_access_service_add_remote_access_policy_rule_in *in,
	struct wsman_epr *epr)
{
	const struct wsman_class *cls = &amt_remote_access_policy_rule_class;
	struct sim_store *s = &c->st->store;
	const void *servers[MAX_SERVERS_OF_POLICY];

	if (in == NULL || !in->trigger.set || in->trigger.v < 0 ||
	    in->trigger.v >= (int64_t)ARRAY_LEN(triggers) || in->mp_server.n < 1 ||
	    in->mp_server.n > MAX_SERVERS_OF_POLICY ||
	    !extended_good(c, in->trigger.v, in->extended_data))
		return PT_INVALID_PARAMETER;
	for (size_t i = 0; i < in->mp_server.n; i++) {
		servers[i] = sim_store_find(s, &amt_management_presence_remote_sap_class,
					    &in->mp_server.v[i]);
		if (servers[i] == NULL)
			return PT_INVALID_PARAMETER;
	}
	struct str name = str_of(triggers[in->trigger.v]);
	if (sim_store_by_text(s, cls, "PolicyRuleName", name) != NULL)
		return PT_DUPLICATE;
	struct amt_remote_access_policy_rule *o = sim_object_new(cls);
	sim_text_set(&o->creation_class_name, str_of(cls->name));
	/* So spelled on the wire. */
	sim_text_set(&o->element_name, STR("Inte(r) AMT:Remote Access Policy"));
	sim_text_set(&o->extended_data, in->extended_data);
	sim_text_set(&o->policy_rule_name, name);
	sim_text_set(&o->system_creation_class_name, SYSTEM_CLASS);
	sim_text_set(&o->system_name, SYSTEM);
	o->trigger = in->trigger;
	o->tunnel_life_time = in->tunnel_life_time;
	sim_store_add(s, cls, o);
	*epr = sim_epr_to(c->arena, cls, o);
	for (size_t i = 0; i < in->mp_server.n; i++)
		apply_policy(c, *epr, servers[i], i);
	c->changed = true;
	return PT_SUCCESS;
}

static void add_policy(struct sim_call *c, const void *in, void *out_)
{
	struct amt_remote_access_service_add_remote_access_policy_rule_out *out = out_;

	out->return_value = sim_num(add_policy_of(c, in, &out->policy_rule));
}

static void check_policy(struct sim_call *c, enum wsman_op op, void *object,
			 const void *was)
{
	const struct wsman_class *cls = &amt_remote_access_policy_applies_to_mps_class;
	struct wsman_epr me =
		sim_epr_to(c->arena, &amt_remote_access_policy_rule_class, object);
	const struct amt_remote_access_policy_applies_to_mps *p;

	for (size_t i = sim_store_count(&c->st->store, cls); i-- > 0;) {
		p = sim_store_nth(&c->st->store, cls, i);
		if (sim_epr_matches(&me, &p->policy_set))
			sim_store_remove(&c->st->store, p);
	}
}

static void close_tunnel(struct sim_call *c, const void *in, void *out_)
{
	struct amt_remote_access_service_close_remote_access_connection_out *out = out_;

	c->after |= SIM_AFTER_HANG_UP;
	out->return_value = sim_num(PT_SUCCESS);
}

static void user_state(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_user_initiated_connection_service_request_state_change_in *in =
		in_;
	struct amt_user_initiated_connection_service_request_state_change_out *out = out_;
	struct amt_user_initiated_connection_service *s = sim_store_first(
		&c->st->store, &amt_user_initiated_connection_service_class);
	int64_t state = in != NULL ? in->requested_state.v : 0;

	/* CIM's invalid parameter */
	if (s == NULL || state < AMT_USER_INITIATED_NONE ||
	    state > AMT_USER_INITIATED_BOTH) {
		out->return_value = sim_num(5);
		return;
	}
	c->changed = s->enabled_state.v != state;
	s->enabled_state = sim_num(state);
	out->return_value = sim_num(0);
}

static const struct sim_method service_methods[] = {
	{&amt_remote_access_service_add_mp_server_method, add_server},
	{&amt_remote_access_service_add_remote_access_policy_rule_method, add_policy},
	{&amt_remote_access_service_close_remote_access_connection_method, close_tunnel},
};
static const struct sim_method user_methods[] = {
	{&amt_user_initiated_connection_service_request_state_change_method, user_state},
};

const struct sim_class sim_remote_access_classes[] = {
	{.cls = &amt_remote_access_service_class,
	 .methods = service_methods,
	 .n_methods = ARRAY_LEN(service_methods),
	 .show = show_service},
	{.cls = &amt_management_presence_remote_sap_class, .check = check_server},
	{.cls = &amt_remote_access_policy_rule_class, .check = check_policy},
	{.cls = &amt_remote_access_policy_applies_to_mps_class,
	 .put_answers_nothing = true},
	{.cls = &amt_mps_username_password_class, .put_answers_nothing = true},
	{.cls = &amt_user_initiated_connection_service_class,
	 .methods = user_methods,
	 .n_methods = ARRAY_LEN(user_methods)},
};
const size_t sim_remote_access_classes_n = ARRAY_LEN(sim_remote_access_classes);
