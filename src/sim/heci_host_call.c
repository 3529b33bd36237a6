/* SPDX-License-Identifier: Apache-2.0
 * AMTHI commands of a full device that its host struct does not answer: questions about
 * network and features, and what changes the device. rpc.md 2.5.
 *
 * Remote (zero touch) configuration is not there: firmware of today has it off.
 */
#include <sim/heci_host.h>

#include <amt/wsman/classes/cira.h>
#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/kvm.h>
#include <amt/wsman/classes/network.h>
#include <amt/wsman/classes/provisioning.h>
#include <amt/wsman/classes/redirection.h>
#include <amt/wsman/classes/setup.h>
#include <base/log.h>

#define FEATURE_REDIRECTION 0
#define FEATURE_WEB 2
#define FEATURE_KVM 4
#define UNPROVISIONED_BY_MEI 2 /* of audit event 16/19 */
#define SETUP_PORT 9971
#define POWER_POLICY "Desktop: ON in S0, ME Wake in S3, S4-5"
#define TLS_BY_PKI 2
#define RESET_BY_OTHERS 1

typedef uint32_t command_fn(struct sim_full *f, const struct amthi_request *rq,
			    struct arena *a, void *out);

static const struct amt_ethernet_port_settings *wired(const struct sim_full *f)
{
	return sim_store_first(&f->state->store, &amt_ethernet_port_settings_class);
}

/* ---- questions ---- */

static bool kvm_on(const struct sim_state *st)
{
	const struct cim_kvm_redirection_sap *s =
		sim_store_first(&st->store, &cim_kvm_redirection_sap_class);

	return s != NULL && s->enabled_state.v != 3;
}

/* Bit 0 IDER, bit 1 SOL. */
static int64_t redirection(const struct sim_state *st)
{
	const struct amt_redirection_service *s =
		sim_store_first(&st->store, &amt_redirection_service_class);

	return s != NULL ? s->enabled_state.v - AMT_REDIRECTION_NONE : 0;
}

static uint32_t security(struct sim_full *f, const struct amthi_request *rq,
			 struct arena *a, void *out)
{
	const struct sim_state *st = f->state;
	const struct amt_ethernet_port_settings *p = wired(f);

	*(struct amthi_security *)out = (struct amthi_security){
		.enterprise_mode = true,
		.tls = st->tls_network.enabled,
		.hardware_crypto = true,
		.provisioning_state = st->provisioning,
		.network_interface = st->mode != IPS_CONTROL_NONE,
		.sol = redirection(st) & 2,
		.ider = redirection(st) & 1,
		.firmware_update = true,
		.link = f->network_up && p != NULL && p->link_is_up.v,
		.kvm = kvm_on(st),
	};
	return AMTHI_SUCCESS;
}

static uint32_t tcpip(struct sim_full *f, const struct amthi_request *rq, struct arena *a,
		      void *out)
{
	const struct amt_ethernet_port_settings *p = wired(f);

	if (p == NULL)
		return AMTHI_NOT_FOUND;
	*(struct amthi_tcpip *)out = (struct amthi_tcpip){
		.dhcp_mode = p->dhcp_enabled.v ? 1 : 2,
		.address = sim_heci_ipv4(p->ip_address),
		.mask = sim_heci_ipv4(p->subnet_mask),
		.gateway = sim_heci_ipv4(p->default_gateway),
		.dns = sim_heci_ipv4(p->primary_dns),
		.dns2 = sim_heci_ipv4(p->secondary_dns),
		.domain = str_of(f->state->network_suffix),
	};
	return AMTHI_SUCCESS;
}

static uint32_t macs(struct sim_full *f, const struct amthi_request *rq, struct arena *a,
		     void *out)
{
	const struct amt_ethernet_port_settings *p = wired(f);
	struct amthi_macs *m = out;

	if (p == NULL)
		return AMTHI_NOT_FOUND;
	sim_heci_mac(p->mac_address, m->amt);
	memcpy(m->host, m->amt, sizeof(m->host));
	return AMTHI_SUCCESS;
}

static uint32_t tls_mode(struct sim_full *f, const struct amthi_request *rq,
			 struct arena *a, void *out)
{
	((struct amthi_value *)out)->value = TLS_BY_PKI;
	return AMTHI_SUCCESS;
}

/* A value or flag of 0: the seed is there, no zero touch, no EHBC. */
static uint32_t nothing(struct sim_full *f, const struct amthi_request *rq,
			struct arena *a, void *out)
{
	return AMTHI_SUCCESS;
}

static uint32_t suffix_list(struct sim_full *f, const struct amthi_request *rq,
			    struct arena *a, void *out)
{
	((struct amthi_text *)out)->text = str_of(f->state->network_suffix);
	return AMTHI_SUCCESS;
}

static uint32_t power_policy(struct sim_full *f, const struct amthi_request *rq,
			     struct arena *a, void *out)
{
	((struct amthi_text *)out)->text = STR(POWER_POLICY);
	return AMTHI_SUCCESS;
}

static uint32_t features(struct sim_full *f, const struct amthi_request *rq,
			 struct arena *a, void *out)
{
	struct amthi_features *x = out;

	x->feature = rq->value;
	x->n = 1;
	switch (rq->value) {
	case FEATURE_REDIRECTION:
		x->n = 3;
		x->states[0] = redirection(f->state) & 1;
		x->states[1] = redirection(f->state) >> 1 & 1;
		x->states[2] = f->redirection_plain != NULL || f->redirection_tls != NULL;
		return AMTHI_SUCCESS;
	case FEATURE_WEB:
		return AMTHI_SUCCESS;
	case FEATURE_KVM:
		x->states[0] = kvm_on(f->state);
		return AMTHI_SUCCESS;
	default: /* system defence and EAC left the firmware */
		return AMTHI_INVALID_PARAMETER;
	}
}

static uint32_t reset_reason(struct sim_full *f, const struct amthi_request *rq,
			     struct arena *a, void *out)
{
	struct amthi_reset_reason *r = out;

	r->reason = RESET_BY_OTHERS;
	if (f->state->subjects.last_boot.number > 0) {
		r->reason = 0;
		r->remote_control_time = (uint32_t)f->state->subjects.last_boot.at_s;
	}
	return AMTHI_SUCCESS;
}

static uint32_t user_interfaces(struct sim_full *f, const struct amthi_request *rq,
				struct arena *a, void *out)
{
	const struct amt_user_initiated_connection_service *s = sim_store_first(
		&f->state->store, &amt_user_initiated_connection_service_class);

	if (s != NULL && s->enabled_state.v >= 32768)
		((struct amthi_value *)out)->value =
			(uint32_t)(s->enabled_state.v - 32768);
	return AMTHI_SUCCESS;
}

static uint32_t config_server(struct sim_full *f, const struct amthi_request *rq,
			      struct arena *a, void *out)
{
	((struct amthi_config_server *)out)->port = SETUP_PORT;
	return AMTHI_SUCCESS;
}

static uint32_t setup_audit(struct sim_full *f, const struct amthi_request *rq,
			    struct arena *a, void *out)
{
	const struct ips_admin_provisioning_record *r =
		sim_store_first(&f->state->store, &ips_admin_provisioning_record_class);
	struct amthi_setup_audit *x = out;

	if (r == NULL || r->selected_hash_data.n / 2 > sizeof(x->hash) ||
	    !hex_decode(r->selected_hash_data, x->hash, r->selected_hash_data.n / 2))
		return AMTHI_NOT_FOUND;
	x->tls_mode = TLS_BY_PKI;
	x->host_initiated = true;
	x->hash_algorithm = (uint32_t)r->selected_hash_type.v;
	x->oem_default = r->hash_is_oem_default.v;
	x->server_fqdn = r->certificate_cn;
	return AMTHI_SUCCESS;
}

static uint32_t redirection_state(struct sim_full *f, const struct amthi_request *rq,
				  struct arena *a, void *out)
{
	const struct sim_redirection *r = &f->redirection;

	((struct amthi_value *)out)->value =
		(sim_redirection_active(r, REDIR_SOL) ? 1u : 0) |
		(sim_redirection_active(r, REDIR_IDER) ? 2u : 0) |
		(sim_redirection_active(r, REDIR_KVM) ? 4u : 0);
	return AMTHI_SUCCESS;
}

static uint32_t cira_log(struct sim_full *f, const struct amthi_request *rq,
			 struct arena *a, void *out)
{
	struct amthi_cira_log *l = out;

	l->supported = true;
	l->tunnel_open = f->state->tunnel_connected;
	l->state = f->state->tunnel_connected ? 2 : 0;
	return AMTHI_SUCCESS;
}

static uint32_t amt_state(struct sim_full *f, const struct amthi_request *rq,
			  struct arena *a, void *out)
{
	struct amthi_amt_state *s = out;

	memcpy(s->id, rq->state_id, sizeof(s->id));
	s->link = f->network_up;
	s->crypto_fuse = s->flash_protection = 1;
	return AMTHI_SUCCESS;
}

static uint32_t ipv6(struct sim_full *f, const struct amthi_request *rq, struct arena *a,
		     void *out)
{
	return rq->value < 2 ? AMTHI_SUCCESS : AMTHI_INVALID_PARAMETER;
}

/* ---- changes ---- */

/* On disk before the host hears of it. */
static uint32_t save(struct sim_full *f, unsigned after)
{
	struct err *e = sim_state_save(f->state);

	if (e != NULL) {
		log_error("the device's state cannot be saved", F_ERR(e));
		err_free(e);
		err_free(sim_state_reload(f->state));
		return AMTHI_INTERNAL_ERROR;
	}
	sim_full_changed(f, SIM_AFTER_CHANGE | after);
	return AMTHI_SUCCESS;
}

static uint32_t unprovision(struct sim_full *f, const struct amthi_request *rq,
			    struct arena *a, void *out)
{
	struct sim_actor host = {.kind = SIM_BY_LOCAL};
	uint8_t by = UNPROVISIONED_BY_MEI;

	sim_logs_audit(&f->state->subjects.logs, &host, sim_state_now(f->state),
		       SIM_AUDIT_SECURITY, 19, &by, 1);
	sim_state_unprovision(f->state, false);
	return save(f, SIM_AFTER_RESTART | SIM_AFTER_HANG_UP);
}

static uint32_t start_hbased(struct sim_full *f, const struct amthi_request *rq,
			     struct arena *a, void *out)
{
	struct err *e;

	if (f->state->mode != IPS_CONTROL_NONE)
		return AMTHI_INVALID_AMT_MODE;
	e = sim_full_setup_begin(f, &rq->start, out);
	if (e != NULL) {
		log_error("secure set-up cannot begin", F_ERR(e));
		err_free(e);
		return AMTHI_INTERNAL_ERROR;
	}
	f->state->provisioning = AMT_PROVISIONING_IN;
	return save(f, 0);
}

static uint32_t stop(struct sim_full *f, const struct amthi_request *rq, struct arena *a,
		     void *out)
{
	if (f->state->provisioning != AMT_PROVISIONING_IN)
		return AMTHI_INVALID_AMT_MODE;
	sim_full_setup_end(f);
	sim_state_unprovision(f->state, false);
	return save(f, SIM_AFTER_RESTART);
}

static uint32_t start_remote(struct sim_full *f, const struct amthi_request *rq,
			     struct arena *a, void *out)
{
	return f->state->provisioning == AMT_PROVISIONING_PRE ? AMTHI_NOT_PERMITTED
							      : AMTHI_INVALID_AMT_MODE;
}

static uint32_t set_suffix(struct sim_full *f, const struct amthi_request *rq,
			   struct arena *a, void *out)
{
	struct sim_state *st = f->state;

	if (st->provisioning != AMT_PROVISIONING_PRE)
		return AMTHI_INVALID_AMT_MODE;
	if (!sim_domain_valid(rq->text))
		return AMTHI_INVALID_PARAMETER;
	snprintf(st->dns_suffix, sizeof(st->dns_suffix), STR_FMT, STR_ARG(rq->text));
	return save(f, 0);
}

/* With a shared FQDN AMT is called as its host. */
static uint32_t set_fqdn(struct sim_full *f, const struct amthi_request *rq,
			 struct arena *a, void *out)
{
	struct amt_general_settings *g =
		sim_store_first(&f->state->store, &amt_general_settings_class);
	struct str domain = rq->text, host;

	if (g == NULL || !g->shared_fqdn.v)
		return AMTHI_SUCCESS;
	if (!sim_domain_valid(rq->text) || !str_split(&domain, '.', &host) ||
	    host.n == 0 || host.n > 63)
		return AMTHI_INVALID_PARAMETER;
	sim_text_set(&g->host_name, host);
	sim_text_set(&g->domain_name, domain);
	return save(f, 0);
}

static uint32_t call_home(struct sim_full *f, const struct amthi_request *rq,
			  struct arena *a, void *out)
{
	if (f->state->mode == IPS_CONTROL_NONE)
		return AMTHI_INVALID_AMT_MODE;
	sim_full_changed(f, SIM_AFTER_CALL);
	return AMTHI_SUCCESS;
}

static uint32_t hang_up(struct sim_full *f, const struct amthi_request *rq,
			struct arena *a, void *out)
{
	if (!f->state->tunnel_connected)
		return AMTHI_NOT_FOUND;
	sim_full_changed(f, SIM_AFTER_HANG_UP);
	return AMTHI_SUCCESS;
}

static const struct {
	enum amthi_command command;
	command_fn *fn;
} commands[] = {
	{AMTHI_GET_TCPIP_PARAMETERS, tcpip},
	{AMTHI_UNPROVISION, unprovision},
	{AMTHI_GET_SECURITY_PARAMETERS, security},
	{AMTHI_GET_MAC_ADDRESSES, macs},
	{AMTHI_GENERATE_RNG_SEED, nothing},
	{AMTHI_START_CONFIGURATION, start_remote},
	{AMTHI_SET_PROVISIONING_SERVER_OTP, start_remote},
	{AMTHI_GET_PROVISIONING_TLS_MODE, tls_mode},
	{AMTHI_GET_RNG_SEED_STATUS, nothing},
	{AMTHI_SET_DNS_SUFFIX, set_suffix},
	{AMTHI_GET_ZERO_TOUCH_ENABLED, nothing},
	{AMTHI_GET_DNS_SUFFIX_LIST, suffix_list},
	{AMTHI_SET_ENTERPRISE_ACCESS, nothing},
	{AMTHI_OPEN_USER_INITIATED_CONNECTION, call_home},
	{AMTHI_CLOSE_USER_INITIATED_CONNECTION, hang_up},
	{AMTHI_GET_CURRENT_POWER_POLICY, power_policy},
	{AMTHI_GET_FEATURES_STATE, features},
	{AMTHI_GET_LAST_HOST_RESET_REASON, reset_reason},
	{AMTHI_GET_USER_INITIATED_ENABLED_INTERFACES, user_interfaces},
	{AMTHI_GET_CONFIG_SERVER_DATA, config_server},
	{AMTHI_GET_ME_SETUP_AUDIT_RECORD, setup_audit},
	{AMTHI_GET_IPV6_LAN_INTERFACE_STATUS, ipv6},
	{AMTHI_GET_REDIRECTION_STATE, redirection_state},
	{AMTHI_SET_HOST_FQDN, set_fqdn},
	{AMTHI_STOP_CONFIGURATION, stop},
	{AMTHI_GET_EHBC_STATE, nothing},
	{AMTHI_START_CONFIGURATION_HBASED, start_hbased},
	{AMTHI_GET_CIRA_LOG, cira_log},
	{AMTHI_GET_AMT_STATE, amt_state},
};

uint32_t sim_heci_host_call(void *arg, const struct amthi_request *rq, struct arena *a,
			    void *response)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (commands[i].command == rq->command)
			return commands[i].fn(arg, rq, a, response);
	return AMTHI_INVALID_COMMAND;
}
