/* SPDX-License-Identifier: Apache-2.0
 * amtsim --abilities: the classes of firmware and what a full device does of each, as the
 * table of docs/virtual-device.md. Read from the descriptions, the rows and a device in
 * memory; what these cannot tell is noted here.
 */
#include <sim/classes.h>
#include <sim/full.h>

#include <amt/wsman/classes/all.h>
#include <stdio.h>

#define CLASS_POINTER(ident, ...) &ident##_class,
static const struct wsman_class *const classes[] = {WSMAN_ALL_CLASSES(CLASS_POINTER)};

/* Instances come with a method of another class. */
static const struct {
	const struct wsman_class *cls, *by;
	const struct wsman_method *method;
} made[] = {
	{&amt_8021x_credential_context_class, &amt_wifi_port_configuration_service_class,
	 &amt_wifi_port_configuration_service_add_wifi_settings_method},
	{&amt_management_presence_remote_sap_class, &amt_remote_access_service_class,
	 &amt_remote_access_service_add_mp_server_method},
	{&amt_mps_username_password_class, &amt_remote_access_service_class,
	 &amt_remote_access_service_add_mp_server_method},
	{&amt_public_key_certificate_class, &amt_public_key_management_service_class,
	 &amt_public_key_management_service_add_certificate_method},
	{&amt_public_private_key_pair_class, &amt_public_key_management_service_class,
	 &amt_public_key_management_service_add_key_method},
	{&amt_remote_access_policy_applies_to_mps_class, &amt_remote_access_service_class,
	 &amt_remote_access_service_add_remote_access_policy_rule_method},
	{&amt_remote_access_policy_rule_class, &amt_remote_access_service_class,
	 &amt_remote_access_service_add_remote_access_policy_rule_method},
	{&cim_concrete_dependency_class, &amt_public_key_management_service_class,
	 &amt_public_key_management_service_add_certificate_method},
	{&cim_ieee8021x_settings_class, &amt_wifi_port_configuration_service_class,
	 &amt_wifi_port_configuration_service_add_wifi_settings_method},
	{&cim_wifi_endpoint_settings_class, &amt_wifi_port_configuration_service_class,
	 &amt_wifi_port_configuration_service_add_wifi_settings_method},
	{&ips_8021x_credential_context_class, &ips_ieee8021x_settings_class,
	 &ips_ieee8021x_settings_set_certificates_method},
	{&ips_alarm_clock_occurrence_class, &amt_alarm_clock_service_class,
	 &amt_alarm_clock_service_add_alarm_method},
	{&ips_client_provisioning_record_class, &ips_host_based_setup_service_class,
	 &ips_host_based_setup_service_setup_method},
	{&ips_http_proxy_access_point_class, &ips_http_proxy_service_class,
	 &ips_http_proxy_service_add_proxy_access_point_method},
};

/* What is less than in firmware though every operation is answered. */
static const struct {
	const struct wsman_class *cls;
	const char *what;
} notes[] = {
	{&amt_audit_log_class, "there is no key to sign the log with"},
};

struct device {
	struct sim_model model;
	struct sim_device d;
	struct arena a;
};

static const char *note_of(const struct wsman_class *cls)
{
	for (size_t i = 0; i < ARRAY_LEN(notes); i++)
		if (notes[i].cls == cls)
			return notes[i].what;
	return NULL;
}

static bool answers(const struct sim_class *row, const struct wsman_method *m)
{
	for (size_t i = 0; i < row->n_methods; i++)
		if (row->methods[i].method == m)
			return true;
	return false;
}

/* The method that makes instances, when it is answered. */
static const char *maker_of(const struct device *v, const struct wsman_class *cls)
{
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		if (made[i].cls == cls &&
		    answers(sim_class_find(&v->d, made[i].by), made[i].method))
			return made[i].method->name;
	return NULL;
}

static bool has_instances(struct device *v, const struct sim_class *row,
			  const struct wsman_class *cls)
{
	struct wsman_item items[SIM_MAX_INSTANCES], *stored;
	struct sim_call c = {.d = &v->d, .st = v->d.state, .arena = &v->a};

	if (row->instances != NULL)
		return row->instances(&v->d, &v->a, items) > 0;
	return sim_stored_list(&c, row, cls, &stored) > 0 ||
	       cls->ops & 1u << WSMAN_CREATE;
}

/* Names of the methods that are answered, or are not; false: none. */
static bool methods(const struct sim_class *row, const struct wsman_class *cls, bool want,
		    struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < cls->n_methods; i++)
		if (answers(row, cls->methods[i]) == want)
			buf_addf(out, "%s%s", n++ > 0 ? ", " : "", cls->methods[i]->name);
	return n > 0;
}

static void operations(const struct sim_class *row, const struct wsman_class *cls,
		       struct buf *out)
{
	static const struct {
		enum wsman_op op;
		const char *name;
	} all[] = {
		{WSMAN_GET, "Get"},	  {WSMAN_ENUMERATE, "Enumerate"},
		{WSMAN_PUT, "Put"},	  {WSMAN_CREATE, "Create"},
		{WSMAN_DELETE, "Delete"},
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		bool has = cls->ops & 1u << all[i].op;
		if (row->instances != NULL && all[i].op != WSMAN_GET &&
		    all[i].op != WSMAN_ENUMERATE)
			has = all[i].op == WSMAN_PUT && row->put != NULL;
		if (has)
			buf_addf(out, "%s%s", i > 0 ? ", " : "", all[i].name);
	}
	if (cls->n_methods > 0 && row->n_methods > 0)
		buf_adds(out, ", ");
	methods(row, cls, true, out);
}

static void line(struct device *v, const struct wsman_class *cls)
{
	const struct sim_class *row = sim_class_find(&v->d, cls);
	_cleanup_(buf_fini) struct buf missing = {0};
	_cleanup_(buf_fini) struct buf can = {0};

	const char *maker = maker_of(v, cls), *note = note_of(cls);

	if (maker == NULL && !has_instances(v, row, cls)) {
		printf("| %s | no | |\n", cls->name);
		return;
	}
	bool less = methods(row, cls, false, &missing);
	operations(row, cls, &can);
	if (maker != NULL)
		buf_addf(&can, "; made by %s", maker);
	if (note == NULL && !less)
		printf("| %s | supported | %s |\n", cls->name, can.p);
	else
		printf("| %s | partly: %s%s%s%s | %s |\n", cls->name,
		       note != NULL ? note : "", note != NULL && less ? "; " : "",
		       less ? "not " : "", less ? missing.p : "", can.p);
}

int sim_abilities_main(void)
{
	/* With a trusted root, so that there is an AMT_ProvisioningCertificateHash. */
	static const char *const trust[] = {
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
	struct sim_birth b = {.trust = trust,
			      .n_trust = 1,
			      .mode = IPS_CONTROL_ADMIN,
			      .password = STR("P@ssw0rd")};
	struct device v = {.model = {.version = "16.1.25", .build = "1932"}};
	struct sim_state *st;
	struct err *e = sim_state_new(&b, &st);

	if (e != NULL) {
		err_free(e);
		return 1;
	}
	sim_device_init(&v.d, &v.model, b.uuid);
	v.d.state = st;
	puts("| Class | | Operations and methods |\n|---|---|---|");
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		line(&v, classes[i]);
	sim_state_free(st);
	arena_fini(&v.a);
	return 0;
}
