/* SPDX-License-Identifier: Apache-2.0
 * General, port, environment and time settings of a full device. wsman.md B.2.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/network.h>
#include <amt/wsman/classes/time.h>

#define PT_INVALID_PARAMETER 36
#define MAX_HOST_NAME 63
#define MAX_DOMAIN_NAME 191
#define MAX_DETECTION_STRINGS 5
#define MAX_DETECTION_STRING 190
#define YEAR_2004 1072915200

static bool in_range(struct wsman_num n, int64_t min, int64_t max, bool or_zero)
{
	return !n.set || (n.v >= min && n.v <= max) || (or_zero && n.v == 0);
}

static void check_general(struct sim_call *c, enum wsman_op op, void *object,
			  const void *was)
{
	const struct amt_general_settings *s = object;

	if (s->host_name.n > MAX_HOST_NAME || s->domain_name.n > MAX_DOMAIN_NAME ||
	    !in_range(s->idle_wake_timeout, 1, 65535, false) ||
	    !in_range(s->ddns_periodic_update_interval, 20, 65535, true) ||
	    !in_range(s->presence_notification_interval, 15, 65535, true))
		c->fault = WSMAN_INVALID_REPRESENTATION;
}

static void show_general(struct sim_call *c, void *copy)
{
	struct amt_general_settings *s = copy;

	s->digest_realm = str_of(c->st->realm);
}

static bool is_ipv4(struct str s)
{
	unsigned parts = 0;
	struct str part;
	uint64_t n;

	while (s.p != NULL && str_split(&s, '.', &part)) {
		if (!str_u64(part, 255, &n))
			return false;
		parts++;
	}
	return parts == 4;
}

static bool is_ipv4_or_none(struct str s)
{
	return s.n == 0 || is_ipv4(s);
}

/* DHCP, own address, or the host's: one of three (wsman.md B.2 notes). */
static bool addresses_fit(const struct amt_ethernet_port_settings *s,
			  const struct amt_ethernet_port_settings *body)
{
	bool any = body->ip_address.n > 0 || body->subnet_mask.n > 0 ||
		   body->default_gateway.n > 0 || body->primary_dns.n > 0 ||
		   body->secondary_dns.n > 0;

	if (s->dhcp_enabled.v)
		return !s->shared_static_ip.v && !any;
	if (s->ip_sync_enabled.v)
		return s->shared_static_ip.v && !any;
	return !s->shared_static_ip.v && is_ipv4(s->ip_address) &&
	       is_ipv4(s->subnet_mask) && is_ipv4_or_none(s->default_gateway) &&
	       is_ipv4_or_none(s->primary_dns) && is_ipv4_or_none(s->secondary_dns);
}

/* What the network, or the host, gives to the port. */
static void take_lease(const struct sim_state *st, struct amt_ethernet_port_settings *s)
{
	const struct ips_host_ip_settings *host =
		sim_store_first(&st->store, &ips_host_ip_settings_class);

	if (host == NULL)
		return;
	sim_text_set(&s->ip_address, host->ip_address);
	sim_text_set(&s->subnet_mask, host->subnet_mask);
	sim_text_set(&s->default_gateway, host->default_gateway);
	sim_text_set(&s->primary_dns, host->primary_dns);
	sim_text_set(&s->secondary_dns, host->secondary_dns);
}

static void check_port(struct sim_call *c, enum wsman_op op, void *object,
		       const void *was_)
{
	const struct amt_ethernet_port_settings *was = was_;
	struct amt_ethernet_port_settings *s = object;

	if (!addresses_fit(s, c->rq->object) ||
	    !in_range(s->console_tcp_max_retransmissions, 5, 7, false)) {
		c->fault = WSMAN_INVALID_REPRESENTATION;
		return;
	}
	/* The lease stays, or comes anew. */
	if (s->dhcp_enabled.v && was->dhcp_enabled.v && s->ip_address.n == 0) {
		sim_text_set(&s->ip_address, was->ip_address);
		sim_text_set(&s->subnet_mask, was->subnet_mask);
		sim_text_set(&s->default_gateway, was->default_gateway);
		sim_text_set(&s->primary_dns, was->primary_dns);
		sim_text_set(&s->secondary_dns, was->secondary_dns);
	} else if ((s->dhcp_enabled.v || s->ip_sync_enabled.v) && s->link_is_up.v) {
		take_lease(c->st, s);
	}
}

static void set_link_preference(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_ethernet_port_settings_set_link_preference_in *in = in_;
	struct amt_ethernet_port_settings_set_link_preference_out *out = out_;
	struct amt_ethernet_port_settings *s = sim_store_find(
		&c->st->store, &amt_ethernet_port_settings_class, &c->rq->selectors);
	int64_t owner = in != NULL ? in->link_preference.v : 0;

	if (owner != AMT_LINK_ME && owner != AMT_LINK_HOST) {
		out->return_value = sim_num(PT_INVALID_PARAMETER);
		return;
	}
	s->link_preference = s->link_control = sim_num(owner);
	c->changed = true;
	out->return_value = sim_num(0);
}

/* The level as the factory set it; overridden until it is restored. */
static void protect_link(struct sim_call *c, int64_t level)
{
	struct amt_ethernet_port_settings *s = sim_store_find(
		&c->st->store, &amt_ethernet_port_settings_class, &c->rq->selectors);

	s->wlan_link_protection_level = sim_num(level);
	c->changed = true;
}

static void cancel_protection(struct sim_call *c, const void *in, void *out_)
{
	struct amt_ethernet_port_settings_cancel_link_protection_out *out = out_;

	protect_link(c, 0);
	out->return_value = sim_num(0);
}

static void restore_protection(struct sim_call *c, const void *in, void *out_)
{
	struct amt_ethernet_port_settings_restore_link_protection_out *out = out_;

	protect_link(c, 1);
	out->return_value = sim_num(0);
}

static void check_environment(struct sim_call *c, enum wsman_op op, void *object,
			      const void *was)
{
	const struct amt_environment_detection_setting_data *s = object;
	bool good = s->detection_strings.n <= MAX_DETECTION_STRINGS &&
		    s->detection_algorithm.v <= 1;

	for (size_t i = 0; i < s->detection_strings.n; i++)
		good &= s->detection_strings.v[i].n <= MAX_DETECTION_STRING;
	if (!good)
		c->fault = WSMAN_INVALID_REPRESENTATION;
}

/* ---- time ---- */

static struct amt_time_synchronization_service *service(struct sim_call *c)
{
	return sim_store_first(&c->st->store, &amt_time_synchronization_service_class);
}

static void get_time(struct sim_call *c, const void *in, void *out_)
{
	struct amt_time_synchronization_service_get_low_accuracy_time_synch_out *out =
		out_;

	out->ta0 = sim_num(sim_state_now(c->st));
	out->return_value = sim_num(0);
}

static void set_time(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_time_synchronization_service_set_high_accuracy_time_synch_in
		*in = in_;
	struct amt_time_synchronization_service_set_high_accuracy_time_synch_out *out =
		out_;

	if (in == NULL || !in->ta0.set || !in->tm1.set || !in->tm2.set ||
	    in->tm1.v < YEAR_2004 || in->tm2.v < YEAR_2004) {
		out->return_value = sim_num(PT_INVALID_PARAMETER);
		return;
	}
	c->st->clock_offset_s += in->tm2.v - sim_state_now(c->st);
	c->st->clock_set = true;
	service(c)->time_source = sim_num(1);
	c->changed = true;
	out->return_value = sim_num(0);
}

static void enable_local_sync(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_time_synchronization_service_enable_local_time_sync_in *in = in_;
	struct amt_time_synchronization_service_enable_local_time_sync_out *out = out_;

	if (in == NULL || !in->enable.set) {
		out->return_value = sim_num(PT_INVALID_PARAMETER);
		return;
	}
	service(c)->local_time_sync_enabled = sim_num(in->enable.v ? 1 : 2);
	c->changed = true;
	out->return_value = sim_num(0);
}

static const struct sim_method port_methods[] = {
	{&amt_ethernet_port_settings_set_link_preference_method, set_link_preference},
	{&amt_ethernet_port_settings_cancel_link_protection_method, cancel_protection},
	{&amt_ethernet_port_settings_restore_link_protection_method, restore_protection},
};
static const struct sim_method time_methods[] = {
	{&amt_time_synchronization_service_get_low_accuracy_time_synch_method, get_time},
	{&amt_time_synchronization_service_set_high_accuracy_time_synch_method, set_time},
	{&amt_time_synchronization_service_enable_local_time_sync_method,
	 enable_local_sync},
};

const struct sim_class sim_network_classes[] = {
	{.cls = &amt_general_settings_class,
	 .check = check_general,
	 .show = show_general},
	{.cls = &amt_ethernet_port_settings_class,
	 .methods = port_methods,
	 .n_methods = ARRAY_LEN(port_methods),
	 .check = check_port},
	{.cls = &amt_environment_detection_setting_data_class,
	 .check = check_environment},
	{.cls = &amt_time_synchronization_service_class,
	 .methods = time_methods,
	 .n_methods = ARRAY_LEN(time_methods)},
};
const size_t sim_network_classes_n = ARRAY_LEN(sim_network_classes);
