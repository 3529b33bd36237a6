/* SPDX-License-Identifier: Apache-2.0
 * Which operation leaves which audit record, with its extended data. wsman.md C.2.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/all.h>
#include <base/cursor.h>

/* Extended data of a record. */
struct extra {
	uint8_t bytes[SIM_AUDIT_EXTRA_MAX];
	struct wr w;
	unsigned event; /* may be changed */
};

/* False: no record after all. */
typedef bool extra_fn(struct sim_call *c, const void *out, struct extra *x);

static const void *in(const struct sim_call *c)
{
	return c->rq->object;
}

static void text(struct extra *x, struct str s)
{
	size_t n = MIN(s.n, (size_t)200);

	wr_u8(&x->w, (uint8_t)n);
	wr_bytes(&x->w, s.p, n);
}

/* The record would say what the last one of its kind said. */
static bool is_news(struct sim_call *c, unsigned app, const struct extra *x)
{
	struct str last = sim_logs_audit_last(&c->st->subjects.logs, app, x->event);

	return last.p == NULL ||
	       !str_eq(last, (struct str){(const char *)x->bytes, wr_len(&x->w)});
}

static bool power(struct sim_call *c, const void *out, struct extra *x)
{
	const struct cim_power_management_service_request_power_state_change_in *p =
		in(c);
	static const int8_t events[] = {
		[SIM_ON] = 0 + 1,
		[SIM_SLEEP_DEEP] = 7 + 1,
		[SIM_CYCLE_SOFT] = 2 + 1,
		[SIM_HIBERNATE] = 8 + 1,
		[SIM_OFF_SOFT] = 1 + 1,
		[SIM_CYCLE_HARD] = 2 + 1,
		[SIM_RESET] = 3 + 1,
		[SIM_NMI] = 9 + 1,
		[SIM_OFF_GRACEFUL] = 5 + 1,
		[SIM_OFF_HARD_GRACEFUL] = 5 + 1,
		[SIM_RESET_GRACEFUL] = 6 + 1,
	};
	uint8_t boot[SIM_BOOT_EXTRA_SIZE];
	size_t state = (size_t)p->power_state.v;

	if (state >= ARRAY_LEN(events) || events[state] == 0)
		return false;
	x->event = (unsigned)events[state] - 1;
	if (x->event == 0 || x->event == 2 || x->event == 3 || x->event == 6) {
		sim_boot_extra(c->st, boot);
		wr_bytes(&x->w, boot, sizeof(boot));
	}
	return true;
}

static bool boot_options(struct sim_call *c, const void *out, struct extra *x)
{
	const struct cim_boot_service_set_boot_config_role_in *p = in(c);
	uint8_t boot[SIM_BOOT_EXTRA_SIZE];

	sim_boot_extra(c->st, boot);
	wr_bytes(&x->w, boot, sizeof(boot));
	return p->role.v == 1;
}

/* Method, hash, serials, name: what host-based set-up knows. */
static bool provisioned(struct sim_call *c, const void *out, struct extra *x)
{
	const struct ips_admin_provisioning_record *r =
		sim_store_first(&c->st->store, &ips_admin_provisioning_record_class);
	uint8_t hash[32] = {0};

	if (r != NULL && r->selected_hash_data.n == 64)
		hex_decode(r->selected_hash_data, hash, sizeof(hash));
	wr_u8(&x->w, r != NULL ? 2 : 5);
	wr_u8(&x->w, 2);
	wr_bytes(&x->w, hash, sizeof(hash));
	wr_u8(&x->w, 0);
	wr_u8(&x->w, 0);
	text(x, r != NULL ? r->certificate_cn : STR(""));
	return c->st->mode != IPS_CONTROL_NONE;
}

static bool unprovisioned(struct sim_call *c, const void *out, struct extra *x)
{
	wr_u8(&x->w, c->caller->local ? 3 : 4);
	return true;
}

static uint8_t tls_kind(const struct sim_tls_mode *m)
{
	return !m->enabled ? 0 : m->mutual ? 2 : 1;
}

static bool committed(struct sim_call *c, const void *out, struct extra *x)
{
	struct str last =
		sim_logs_audit_last(&c->st->subjects.logs, SIM_AUDIT_SECURITY, 7);

	wr_u8(&x->w, tls_kind(&c->st->tls_network));
	wr_u8(&x->w, tls_kind(&c->st->tls_local));
	if (last.p == NULL)
		return x->bytes[0] != 0 || x->bytes[1] != 0;
	return is_news(c, SIM_AUDIT_SECURITY, x);
}

static bool user_added(struct sim_call *c, const void *out, struct extra *x)
{
	const struct amt_authorization_service_add_user_acl_entry_ex_in *p = in(c);

	wr_u8(&x->w, 0);
	text(x, p->digest_username);
	return true;
}

static bool user_removed(struct sim_call *c, const void *out, struct extra *x)
{
	wr_u8(&x->w, 0);
	text(x, STR(""));
	return true;
}

static bool admin_changed(struct sim_call *c, const void *out, struct extra *x)
{
	const struct amt_authorization_service_set_admin_acl_entry_ex_in *p = in(c);

	wr_u8(&x->w, 3);
	wr_u8(&x->w, 0);
	text(x, p->username);
	return true;
}

static bool user_enabled(struct sim_call *c, const void *out, struct extra *x)
{
	const struct amt_authorization_service_set_acl_enabled_state_in *p = in(c);
	const struct sim_account *a = sim_state_account(c->st, (uint32_t)p->handle.v);

	wr_u8(&x->w, p->enabled.v != 0);
	wr_u8(&x->w, 0);
	text(x, str_of(a != NULL ? a->user : ""));
	return true;
}

static bool time_set(struct sim_call *c, const void *out, struct extra *x)
{
	wr_be32(&x->w, (uint32_t)sim_state_now(c->st));
	return true;
}

static uint32_t ipv4(struct str s)
{
	uint32_t v = 0;
	struct str part;
	uint64_t n;

	while (s.p != NULL && str_split(&s, '.', &part))
		v = v << 8 | (str_u64(part, 255, &n) ? (uint32_t)n : 0);
	return v;
}

static bool port_set(struct sim_call *c, const void *out, struct extra *x)
{
	const struct amt_ethernet_port_settings *s = out;

	wr_be32(&x->w, str_ends(s->instance_id, STR("1")));
	wr_u8(&x->w, s->dhcp_enabled.v != 0);
	wr_be32(&x->w, ipv4(s->ip_address));
	wr_be32(&x->w, ipv4(s->subnet_mask));
	wr_be32(&x->w, ipv4(s->default_gateway));
	wr_be32(&x->w, ipv4(s->primary_dns));
	wr_be32(&x->w, ipv4(s->secondary_dns));
	return true;
}

static bool host_name(struct sim_call *c, const void *out, struct extra *x)
{
	text(x, ((const struct amt_general_settings *)out)->host_name);
	return is_news(c, SIM_AUDIT_NETWORK, x);
}

static bool domain_name(struct sim_call *c, const void *out, struct extra *x)
{
	const struct amt_general_settings *s = out;

	text(x, s->domain_name);
	return s->domain_name.n > 0 && is_news(c, SIM_AUDIT_NETWORK, x);
}

static bool link_preference(struct sim_call *c, const void *out, struct extra *x)
{
	const struct amt_ethernet_port_settings_set_link_preference_in *p = in(c);

	wr_be32(&x->w, (uint32_t)p->timeout.v);
	wr_be32(&x->w, (uint32_t)p->link_preference.v);
	return true;
}

static const struct {
	const struct wsman_class *cls;
	enum wsman_op op;
	const struct wsman_method *method;
	uint8_t app, event;
	extra_fn *extra; /* NULL: none */
} rows[] = {
	{&cim_power_management_service_class, WSMAN_INVOKE,
	 &cim_power_management_service_request_power_state_change_method, 17, 0, power},
	{&cim_boot_service_class, WSMAN_INVOKE,
	 &cim_boot_service_set_boot_config_role_method, 17, 4, boot_options},
	{&ips_host_based_setup_service_class, WSMAN_INVOKE,
	 &ips_host_based_setup_service_setup_method, 16, 1, provisioned},
	{&ips_host_based_setup_service_class, WSMAN_INVOKE,
	 &ips_host_based_setup_service_admin_setup_method, 16, 1, provisioned},
	{&ips_host_based_setup_service_class, WSMAN_INVOKE,
	 &ips_host_based_setup_service_upgrade_client_to_admin_method, 16, 18, NULL},
	{&amt_setup_and_configuration_service_class, WSMAN_INVOKE,
	 &amt_setup_and_configuration_service_commit_changes_method, 16, 7, committed},
	{&amt_setup_and_configuration_service_class, WSMAN_INVOKE,
	 &amt_setup_and_configuration_service_unprovision_method, 16, 19, unprovisioned},
	{&amt_setup_and_configuration_service_class, WSMAN_INVOKE,
	 &amt_setup_and_configuration_service_partial_unprovision_method, 16, 19,
	 unprovisioned},
	{&amt_authorization_service_class, WSMAN_INVOKE,
	 &amt_authorization_service_add_user_acl_entry_ex_method, 16, 2, user_added},
	{&amt_authorization_service_class, WSMAN_INVOKE,
	 &amt_authorization_service_remove_user_acl_entry_method, 16, 4, user_removed},
	{&amt_authorization_service_class, WSMAN_INVOKE,
	 &amt_authorization_service_set_admin_acl_entry_ex_method, 16, 3, admin_changed},
	{&amt_authorization_service_class, WSMAN_INVOKE,
	 &amt_authorization_service_set_acl_enabled_state_method, 16, 6, user_enabled},
	{&amt_tls_credential_context_class, WSMAN_CREATE, NULL, 16, 8, NULL},
	{&amt_tls_credential_context_class, WSMAN_PUT, NULL, 16, 8, NULL},
	{&amt_tls_credential_context_class, WSMAN_DELETE, NULL, 16, 9, NULL},
	{&amt_public_key_management_service_class, WSMAN_INVOKE,
	 &amt_public_key_management_service_add_trusted_root_certificate_method, 16, 10,
	 NULL},
	{&amt_public_key_certificate_class, WSMAN_DELETE, NULL, 16, 11, NULL},
	{&amt_time_synchronization_service_class, WSMAN_INVOKE,
	 &amt_time_synchronization_service_set_high_accuracy_time_synch_method, 21, 0,
	 time_set},
	{&amt_ethernet_port_settings_class, WSMAN_PUT, NULL, 22, 0, port_set},
	{&amt_general_settings_class, WSMAN_PUT, NULL, 22, 1, host_name},
	{&amt_general_settings_class, WSMAN_PUT, NULL, 22, 2, domain_name},
	{&amt_ethernet_port_settings_class, WSMAN_INVOKE,
	 &amt_ethernet_port_settings_set_link_preference_method, 27, 4, link_preference},
};

struct sim_actor sim_audit_actor(const struct sim_call *c)
{
	struct sim_actor who = {.kind = SIM_BY_USER,
				.user = c->caller->user,
				.address = c->caller->address};

	if (who.user.n == 0)
		who.user = str_of(c->caller->system ? SIM_LOCAL_USER : c->st->admin_user);
	if (who.address.n == 0 && c->caller->local)
		who.address = STR("127.0.0.1");
	return who;
}

void sim_audit(struct sim_call *c, unsigned app, unsigned event, const void *extra,
	       size_t n)
{
	struct sim_actor who;

	if (c->st == NULL)
		return;
	who = sim_audit_actor(c);
	if (sim_logs_audit(&c->st->subjects.logs, &who, sim_state_now(c->st), app, event,
			   extra, n))
		c->changed = true;
}

/* ReturnValue is a method's last result. */
static bool succeeded(const struct sim_call *c, const void *out)
{
	const struct wsman_method *m = c->rq->method;
	const struct wsman_field *f;

	if (c->rq->op != WSMAN_INVOKE)
		return c->rq->op == WSMAN_DELETE || out != NULL;
	if (m == NULL || out == NULL || m->n_out == 0 ||
	    (m->n_in > 0 && c->rq->object == NULL))
		return false;
	f = &m->out[m->n_out - 1];
	return ((const struct wsman_num *)((const char *)out + f->offset))->v == 0;
}

void sim_audit_operation(struct sim_call *c, const void *out)
{
	struct extra x;

	if (c->st == NULL || !succeeded(c, out))
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].cls != c->rq->cls || rows[i].op != c->rq->op ||
		    (rows[i].op == WSMAN_INVOKE && rows[i].method != c->rq->method))
			continue;
		x.w = wr_init(x.bytes, sizeof(x.bytes));
		x.event = rows[i].event;
		if (rows[i].extra == NULL || rows[i].extra(c, out, &x))
			sim_audit(c, rows[i].app, x.event, x.bytes, wr_len(&x.w));
	}
}
