/* SPDX-License-Identifier: Apache-2.0 */
#include <device/remote_access.h>

#include <amt/wsman/classes/network.h>
#include <arpa/inet.h>
#include <device/certificates.h>

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})
#define INTERVAL_S 25
#define USER_LIFE_S 300

static const struct wsman_class
	*const service = &amt_remote_access_service_class,
	       *const sap = &amt_management_presence_remote_sap_class,
	       *const rule = &amt_remote_access_policy_rule_class,
	       *const applies = &amt_remote_access_policy_applies_to_mps_class;

/* ---- what firmware takes ---- */

enum amt_info_format device_address_format(struct str address)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t raw[16];

	if (address.n >= sizeof(text))
		return AMT_INFO_FQDN;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	if (inet_pton(AF_INET, text, raw) == 1)
		return AMT_INFO_IPV4;
	return inet_pton(AF_INET6, text, raw) == 1 ? AMT_INFO_IPV6 : AMT_INFO_FQDN;
}

struct err *device_mps_check(const struct device_mps *m)
{
	if (m->address.n == 0 || m->address.n > DEVICE_MPS_ADDRESS_MAX)
		return err_new(ERR_INVALID, "an MPS address has 1 to %d characters",
			       DEVICE_MPS_ADDRESS_MAX);
	if (m->port == 0)
		return err_new(ERR_INVALID, "an MPS port is 1 to 65535");
	if (m->username.n == 0 || m->username.n > DEVICE_MPS_CREDENTIAL_MAX)
		return err_new(ERR_INVALID, "an MPS user name has 1 to %d characters",
			       DEVICE_MPS_CREDENTIAL_MAX);
	if (m->password == NULL || m->password->n == 0 ||
	    m->password->n > DEVICE_MPS_CREDENTIAL_MAX)
		return err_new(ERR_INVALID, "an MPS password has 1 to %d characters",
			       DEVICE_MPS_CREDENTIAL_MAX);
	return NULL;
}

/* ---- server ---- */

struct err *device_mps_add(struct device_call *c, const struct device_mps *m,
			   struct str *name)
{
	struct amt_remote_access_service_add_mp_server_in in = {
		.access_info = m->address,
		.info_format = NUM(device_address_format(m->address)),
		.port = NUM(m->port),
		.auth_method = NUM(AMT_MPS_AUTH_PASSWORD),
		.username = m->username,
	};
	void *object;

	TRY(device_mps_check(m));
	in.password = (struct str){m->password->p, m->password->n};
	if (m->common_name.n > 0)
		in.cn = m->common_name;
	TRY(device_invoke(c, service, &amt_remote_access_service_add_mp_server_method,
			  NULL, &in, &object));
	const struct amt_remote_access_service_add_mp_server_out *out = object;
	*name = device_epr_key(&out->mp_server, "Name");
	return name->n > 0 ? NULL
			   : err_new(ERR_DEVICE,
				     "the device took the MPS without giving it a name");
}

/* ---- policies ---- */

/* Interval: two big-endian numbers, 0 and seconds. */
static struct str every(struct arena *a, unsigned seconds)
{
	const uint8_t raw[8] = {0,
				0,
				0,
				0,
				(uint8_t)(seconds >> 24),
				(uint8_t)(seconds >> 16),
				(uint8_t)(seconds >> 8),
				(uint8_t)seconds};

	return str_of(base64_encode(a, raw, sizeof(raw)));
}

static struct err *add_rule(struct device_call *c, enum amt_trigger trigger,
			    unsigned life_s, struct str extended, struct str server)
{
	struct wsman_epr mps = device_epr(c->arena, sap, "Name", server);
	struct amt_remote_access_service_add_remote_access_policy_rule_in in = {
		.trigger = NUM(trigger),
		.tunnel_life_time = NUM(life_s),
		.extended_data = extended,
		.mp_server = {1, &mps},
	};

	return device_invoke(
		c, service,
		&amt_remote_access_service_add_remote_access_policy_rule_method, NULL,
		&in, NULL);
}

/* Put is addressed by both references. */
static struct err *apply_both(struct device_call *c,
			      struct amt_remote_access_policy_applies_to_mps *p)
{
	struct wsman_selector keys[2] = {
		{.name = STR("ManagedElement"), .epr = &p->managed_element},
		{.name = STR("PolicySet"), .epr = &p->policy_set},
	};
	struct wsman_epr by = {.n = 2, .selectors = keys};

	p->order_of_access = NUM(0);
	p->mps_type = NUM(AMT_MPS_BOTH);
	return device_put(c, applies, &by, p, NULL);
}

struct err *device_mps_policies(struct device_call *c, const struct device_mps *m,
				struct str name)
{
	unsigned interval_s = m->interval_s > 0 ? m->interval_s : INTERVAL_S;
	unsigned life_s = m->user_life_s > 0 ? m->user_life_s : USER_LIFE_S;
	struct device_list list;

	TRY(add_rule(c, AMT_TRIGGER_PERIODIC, 0, every(c->arena, interval_s), name));
	TRY(add_rule(c, AMT_TRIGGER_USER, life_s, STR(""), name));
	TRY(device_list(c, applies, &list));
	for (size_t i = 0; i < list.n; i++)
		TRY(apply_both(c, list.v[i]));
	return NULL;
}

struct err *device_mps_user_initiated(struct device_call *c,
				      enum amt_user_initiated state)
{
	struct amt_user_initiated_connection_service_request_state_change_in in = {
		.requested_state = NUM(state)};

	return device_invoke(
		c, &amt_user_initiated_connection_service_class,
		&amt_user_initiated_connection_service_request_state_change_method, NULL,
		&in, NULL);
}

/* ---- environment detection ---- */

struct str device_detection_nowhere(struct arena *a)
{
	char uuid[UUID_TEXT_SIZE];

	uuid_random(uuid);
	return str_of(arena_printf(a, "%s.com", uuid));
}

struct err *device_detection_set(struct device_call *c, const struct str *domains,
				 size_t n)
{
	const struct wsman_class *cls = &amt_environment_detection_setting_data_class;
	void *object;

	if (n > DEVICE_DETECTION_MAX)
		return err_new(ERR_INVALID,
			       "a device knows at most %d domains of its home networks",
			       DEVICE_DETECTION_MAX);
	for (size_t i = 0; i < n; i++)
		if (domains[i].n == 0 || domains[i].n > DEVICE_DETECTION_STRING_MAX)
			return err_new(ERR_INVALID,
				       "a domain of environment detection has 1 to %d "
				       "characters",
				       DEVICE_DETECTION_STRING_MAX);
	TRY(device_get(c, cls, &object));
	struct amt_environment_detection_setting_data *s = object;
	if (n == 0 && s->detection_strings.n == 0)
		return NULL;
	s->detection_strings = (struct wsman_strs){n, (struct str *)domains};
	struct wsman_epr by = device_epr(c->arena, cls, "InstanceID", s->instance_id);
	return device_put(c, cls, &by, s, NULL);
}

/* ---- all of it ---- */

struct err *device_mps_configure(struct device_call *c, const struct device_mps *m,
				 struct str root, const struct str *domains, size_t n)
{
	struct str root_id, name;

	TRY(device_mps_check(m));
	TRY(device_certificate_add_root(c, root, &root_id));
	TRY(device_mps_add(c, m, &name));
	TRY(device_mps_policies(c, m, name));
	TRY(device_mps_user_initiated(c, AMT_USER_INITIATED_BOTH));
	return device_detection_set(c, domains, n);
}

/* A server that a policy names stays: policies first. */
struct err *device_mps_remove(struct device_call *c, size_t *removed)
{
	static const char *const names[] = {"User Initiated", "Alert", "Periodic"};
	struct device_list list;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct wsman_epr by =
			device_epr(c->arena, rule, "PolicyRuleName", str_of(names[i]));
		TRY(device_delete(c, rule, &by));
	}
	TRY(device_list(c, sap, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_management_presence_remote_sap *s = list.v[i];
		struct wsman_epr by = device_epr(c->arena, sap, "Name", s->name);
		TRY(device_delete(c, sap, &by));
	}
	if (removed != NULL)
		*removed = list.n;
	return NULL;
}
