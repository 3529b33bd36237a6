/* SPDX-License-Identifier: Apache-2.0
 * AMT_SetupAndConfigurationService of a full device: end of set-up, MEBx password,
 * commit. wsman.md B.1, D.4.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/all.h>

#define PT_NOT_PERMITTED 16
#define PT_INVALID_PARAMETER 36
#define PT_INVALID_PASSWORD 2054
#define PT_DATA_MISSING 2057

static size_t service(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	const struct sim_state *st = d->state;
	struct amt_setup_and_configuration_service *s =
		arena_new(a, struct amt_setup_and_configuration_service);

	*s = (struct amt_setup_and_configuration_service){
		.configuration_server_fqdn = STR(""),
		.creation_class_name = STR("AMT_SetupAndConfigurationService"),
		.element_name = STR("Intel(r) AMT Setup and Configuration Service"),
		.enabled_state = sim_num(5),
		.name = STR("Intel(r) AMT Setup and Configuration Service"),
		.password_model = sim_num(1),
		.provisioning_mode =
			sim_num(st->mode == IPS_CONTROL_CLIENT ? AMT_PROVISIONED_CLIENT
							       : AMT_PROVISIONED_ADMIN),
		.provisioning_server_otp =
			STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
		.provisioning_state = sim_num(st->provisioning),
		.requested_state = sim_num(12),
		.system_creation_class_name = STR("CIM_ComputerSystem"),
		.system_name = STR("Intel(r) AMT"),
		.zero_touch_configuration_enabled = sim_num(1),
	};
	if (st->dns_suffix[0] != '\0')
		s->trusted_dns_suffix = str_of(st->dns_suffix);
	if (st->network_suffix[0] != '\0')
		s->dhcp_dns_suffix = str_of(st->network_suffix);
	out[0] = (struct wsman_item){&amt_setup_and_configuration_service_class, s};
	return 1;
}

/* ---- CommitChanges ---- */

static const struct amt_tls_setting_data *tls(const struct sim_state *st, size_t nth)
{
	return sim_store_nth(&st->store, &amt_tls_setting_data_class, nth);
}

static bool has_trusted_root(const struct sim_state *st)
{
	const struct amt_public_key_certificate *c;

	for (size_t i = 0;
	     (c = sim_store_nth(&st->store, &amt_public_key_certificate_class, i)); i++)
		if (c->trusted_root_certficate.v)
			return true;
	return false;
}

static bool has_host_name(const struct sim_state *st)
{
	const struct amt_general_settings *g =
		sim_store_first(&st->store, &amt_general_settings_class);
	const struct amt_ethernet_port_settings *p =
		sim_store_first(&st->store, &amt_ethernet_port_settings_class);

	return p == NULL || !p->dhcp_enabled.v || (g != NULL && g->host_name.n > 0);
}

/* What the settings of the ports need is there (wsman.md B.1 notes). */
static bool committable(const struct sim_state *st)
{
	const struct amt_tls_credential_context *context =
		sim_store_first(&st->store, &amt_tls_credential_context_class);

	for (size_t i = 0; i < 2; i++) {
		const struct amt_tls_setting_data *s = tls(st, i);
		if (s == NULL || !s->enabled.v)
			continue;
		if (context == NULL && !st->tls_enforced)
			return false;
		if (s->mutual_authentication.v &&
		    (!has_trusted_root(st) || !st->clock_set))
			return false;
	}
	return has_host_name(st) &&
	       !(st->provisioning == AMT_PROVISIONING_IN && !st->mebx_set);
}

static struct sim_tls_mode mode_of(const struct amt_tls_setting_data *s)
{
	if (s == NULL)
		return (struct sim_tls_mode){0};
	return (struct sim_tls_mode){.enabled = s->enabled.v,
				     .accept_plain = s->accept_non_secure_connections.v,
				     .mutual = s->mutual_authentication.v};
}

static void apply_tls(struct sim_state *st)
{
	const struct amt_tls_credential_context *context =
		sim_store_first(&st->store, &amt_tls_credential_context_class);

	st->tls_network = mode_of(tls(st, 0));
	st->tls_local = mode_of(tls(st, 1));
	st->tls_certificate[0] = '\0';
	for (size_t i = 0; context != NULL && i < context->element_in_context.n; i++)
		if (str_eqz(context->element_in_context.selectors[i].name, "InstanceID"))
			snprintf(st->tls_certificate, sizeof(st->tls_certificate),
				 STR_FMT,
				 STR_ARG(context->element_in_context.selectors[i].value));
}

static bool same_mode(const struct sim_tls_mode *a, const struct sim_tls_mode *b)
{
	return a->enabled == b->enabled && a->accept_plain == b->accept_plain &&
	       a->mutual == b->mutual;
}

static void commit(struct sim_call *c, const void *in, void *out_)
{
	struct amt_setup_and_configuration_service_commit_changes_out *out = out_;
	struct sim_state *st = c->st;
	struct sim_tls_mode network = st->tls_network, local = st->tls_local;
	char certificate[SIM_HANDLE_SIZE];

	if (st->mode == IPS_CONTROL_NONE && st->provisioning != AMT_PROVISIONING_IN) {
		out->return_value = sim_num(PT_NOT_PERMITTED);
		return;
	}
	if (!committable(st)) {
		out->return_value = sim_num(PT_DATA_MISSING);
		return;
	}
	memcpy(certificate, st->tls_certificate, sizeof(certificate));
	apply_tls(st);
	if (st->provisioning == AMT_PROVISIONING_IN)
		sim_state_provision(st, IPS_CONTROL_ADMIN, st->admin_ha1);
	if (!same_mode(&network, &st->tls_network) ||
	    !same_mode(&local, &st->tls_local) ||
	    strcmp(certificate, st->tls_certificate) != 0)
		c->after |= SIM_AFTER_RESTART;
	c->changed = true;
	out->return_value = sim_num(0);
}

/* ---- the end of set-up ---- */

static int64_t end(struct sim_call *c, bool partial)
{
	if (c->st->mode == IPS_CONTROL_NONE &&
	    c->st->provisioning == AMT_PROVISIONING_PRE)
		return PT_NOT_PERMITTED;
	sim_state_unprovision(c->st, partial);
	c->changed = true;
	c->after |= SIM_AFTER_RESTART;
	return 0;
}

static void unprovision(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_setup_and_configuration_service_unprovision_in *in = in_;
	struct amt_setup_and_configuration_service_unprovision_out *out = out_;
	int64_t mode =
		in != NULL && in->provisioning_mode.set ? in->provisioning_mode.v : 1;

	out->return_value =
		sim_num(mode == 0 || mode == 1 ? end(c, false) : PT_INVALID_PARAMETER);
}

static void partial_unprovision(struct sim_call *c, const void *in, void *out_)
{
	struct amt_setup_and_configuration_service_partial_unprovision_out *out = out_;

	out->return_value = sim_num(end(c, true));
}

static void extend(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_setup_and_configuration_service_extend_provisioning_period_in
		*in = in_;
	struct amt_setup_and_configuration_service_extend_provisioning_period_out *out =
		out_;
	bool good = in != NULL && in->duration.set && in->duration.v > 0 &&
		    in->duration.v <= 24;

	if (c->st->mode != IPS_CONTROL_NONE)
		out->return_value = sim_num(PT_NOT_PERMITTED);
	else
		out->return_value = sim_num(good ? 0 : PT_INVALID_PARAMETER);
}

static void set_mebx(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_setup_and_configuration_service_set_mebx_password_in *in = in_;
	struct amt_setup_and_configuration_service_set_mebx_password_out *out = out_;

	if (c->st->mode == IPS_CONTROL_CLIENT) {
		out->return_value = sim_num(PT_NOT_PERMITTED);
	} else if (in == NULL || !sim_password_strong(in->password)) {
		out->return_value = sim_num(PT_INVALID_PASSWORD);
	} else {
		sim_state_set_mebx(c->st, in->password);
		c->changed = true;
		out->return_value = sim_num(0);
	}
}

static void get_uuid(struct sim_call *c, const void *in, void *out_)
{
	struct amt_setup_and_configuration_service_get_uuid_out *out = out_;

	out->uuid = str_of(base64_encode(c->arena, c->st->uuid, sizeof(c->st->uuid)));
	out->return_value = sim_num(0);
}

/* From AMT 12 on no component blocks. */
static void blocking(struct sim_call *c, const void *in, void *out_)
{
	struct amt_setup_and_configuration_service_get_unprovision_blocking_components_out
		*out = out_;

	out->return_value = sim_num(0);
}

static const struct sim_method methods[] = {
	{&amt_setup_and_configuration_service_commit_changes_method, commit},
	{&amt_setup_and_configuration_service_unprovision_method, unprovision},
	{&amt_setup_and_configuration_service_partial_unprovision_method,
	 partial_unprovision},
	{&amt_setup_and_configuration_service_extend_provisioning_period_method, extend},
	{&amt_setup_and_configuration_service_set_mebx_password_method, set_mebx},
	{&amt_setup_and_configuration_service_get_uuid_method, get_uuid},
	{&amt_setup_and_configuration_service_get_unprovision_blocking_components_method,
	 blocking},
};

static size_t hashes(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	const struct sim_state *st = d->state;
	size_t n = MIN(st->n_hashes, (size_t)SIM_MAX_INSTANCES);

	for (size_t i = 0; i < n; i++) {
		const struct sim_trusted_hash *h = &st->hashes[i];
		size_t size = h->algorithm == 1 ? 20 : h->algorithm == 2 ? 32 : 48;
		struct amt_provisioning_certificate_hash *s =
			arena_new(a, struct amt_provisioning_certificate_hash);
		s->description = str_of(h->name);
		s->element_name = STR("Intel(r) AMT Provisioning Certificate Hash");
		s->enabled = sim_num(h->active);
		s->hash_data = str_of(base64_encode(a, h->digest, size));
		s->hash_type = sim_num(h->algorithm);
		s->instance_id = str_of(arena_printf(
			a, "Intel(r) AMT Provisioning Certificate Hash %zu", i));
		s->is_default = sim_num(h->is_default);
		out[i] = (struct wsman_item){&amt_provisioning_certificate_hash_class, s};
	}
	return n;
}

const struct sim_class sim_setup_classes[] = {
	{&amt_setup_and_configuration_service_class, service, NULL, methods,
	 ARRAY_LEN(methods)},
	{&amt_provisioning_certificate_hash_class, hashes, NULL, NULL, 0},
};
const size_t sim_setup_classes_n = ARRAY_LEN(sim_setup_classes);
