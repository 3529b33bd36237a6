/* SPDX-License-Identifier: Apache-2.0
 * Names of values: those of one class, those of all, and none.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/wsman/classes/all.h>
#include <amt/wsman/classes/values.h>

static const struct wsman_field *field(const struct wsman_class *c, const char *name)
{
	for (size_t i = 0; i < c->n_fields; i++)
		if (strcmp(c->fields[i].name, name) == 0)
			return &c->fields[i];
	fail_msg("%s has no %s", c->name, name);
	return NULL;
}

static void names_are_of_the_class_else_of_the_schema(void **state)
{
	static const struct {
		const struct wsman_class *c;
		const char *property;
		int64_t v;
		const char *name; /* NULL = none */
	} rows[] = {
		{&amt_general_settings_class, "PowerSource", 1, "DC"},
		{&amt_general_settings_class, "PowerSource", 2, NULL},
		{&amt_general_settings_class, "DDNSTTL", 0, NULL},
		{&ips_opt_in_service_class, "OptInRequired", IPS_OPT_IN_ALL, "All"},
		{&ips_opt_in_service_class, "OptInRequired", -1, NULL},
		{&cim_boot_service_class, "EnabledState", 2, "Enabled"},
		{&cim_boot_service_class, "EnabledState", CIM_BOOT_SERVICE_OCR,
		 "OCR enabled, RPE disabled"},
		{&cim_wifi_port_class, "EnabledState", CIM_WIFI_OFF, "WiFi disabled"},
		{&cim_kvm_redirection_sap_class, "EnabledState", 3, "Disabled"},
		{&cim_physical_memory_class, "MemoryType", 36, "HBM3"},
		{&cim_associated_power_management_service_class, "PowerState", 8,
		 "OffSoft"},
		{&cim_chassis_class, "OperationalStatus", 19, "Relocating"},
		{&amt_8021x_profile_class, "AuthenticationProtocol", 6, "EAPFAST_TLS"},
		{&ips_ieee8021x_settings_class, "AuthenticationProtocol", 10,
		 "EAP-FAST/TLS"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str s = wsman_value_name(
			rows[i].c, field(rows[i].c, rows[i].property), rows[i].v);

		if (rows[i].name == NULL)
			assert_null(s.p);
		else if (!str_eqz(s, rows[i].name))
			fail_msg("%s %s: " STR_FMT, rows[i].c->name, rows[i].property,
				 STR_ARG(s));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_of_the_class_else_of_the_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
