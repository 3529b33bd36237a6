/* SPDX-License-Identifier: Apache-2.0
 * The class descriptions, expanded from the rows in classes/, and the look-up in them.
 */
#include <amt/wsman/classes/boot.h>
#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/power.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/system.h>

/* clang-format off */
#define FAMILY_AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define FAMILY_IPS "http://intel.com/wbem/wscim/1/ips-schema/1/"
#define FAMILY_CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"

#define ROW_FIELD_(wire, kind, array, flags, offset) { wire, kind, (array) | (flags), offset },
#define ROW_FIELD_SPLIT(...) ROW_FIELD_(__VA_ARGS__)
#define ROW_FIELD(T, member, wire, kind, flags) \
	ROW_FIELD_SPLIT(wire, WSMAN_KIND_##kind, flags, offsetof(T, member))

#define DEFINE_METHOD(ident, wire, IN, OUT) \
	static const struct wsman_field ident##_in_fields[] = { IN(ROW_FIELD, struct ident##_in) }; \
	static const struct wsman_field ident##_out_fields[] = { OUT(ROW_FIELD, struct ident##_out) }; \
	const struct wsman_method ident##_method = { \
		.name = wire, \
		.in = ident##_in_fields, \
		.n_in = ARRAY_LEN(ident##_in_fields), \
		.in_size = sizeof(struct ident##_in), \
		.out = ident##_out_fields, \
		.n_out = ARRAY_LEN(ident##_out_fields), \
		.out_size = sizeof(struct ident##_out), \
	};
#define METHOD_POINTER(ident, wire, IN, OUT) &ident##_method,

#define DEFINE_CLASS(ident, family, wire, ROWS, METHODS, is_dated) \
	static const struct wsman_field ident##_fields[] = { ROWS(ROW_FIELD, struct ident) }; \
	METHODS(DEFINE_METHOD) \
	static const struct wsman_method *const ident##_methods[] = { METHODS(METHOD_POINTER) }; \
	const struct wsman_class ident##_class = { \
		.name = wire, \
		.uri = FAMILY_##family wire, \
		.fields = ident##_fields, \
		.n_fields = ARRAY_LEN(ident##_fields), \
		.size = sizeof(struct ident), \
		.methods = ident##_methods, \
		.n_methods = ARRAY_LEN(ident##_methods), \
		.dated = is_dated, \
	};

WSMAN_BOOT_CLASSES(DEFINE_CLASS)
WSMAN_GENERAL_CLASSES(DEFINE_CLASS)
WSMAN_POWER_CLASSES(DEFINE_CLASS)
WSMAN_SETUP_CLASSES(DEFINE_CLASS)
WSMAN_SYSTEM_CLASSES(DEFINE_CLASS)

/* Sorted by wire name. */
static const struct wsman_class *const by_name[] = {
	&amt_boot_capabilities_class,
	&amt_boot_setting_data_class,
	&amt_general_settings_class,
	&amt_setup_and_configuration_service_class,
	&cim_associated_power_management_service_class,
	&cim_boot_config_setting_class,
	&cim_boot_service_class,
	&cim_boot_source_setting_class,
	&cim_computer_system_class,
	&cim_power_management_service_class,
	&cim_service_available_to_element_class,
	&cim_software_identity_class,
	&ips_power_management_service_class,
};
/* clang-format on */

static int compare(struct str a, const char *b)
{
	size_t n = strlen(b);
	int d = memcmp(a.p, b, MIN(a.n, n));

	return d != 0 ? d : (a.n > n) - (a.n < n);
}

const struct wsman_class *wsman_class_find(struct str name_or_uri)
{
	const char *slash =
		name_or_uri.n > 0 ? memrchr(name_or_uri.p, '/', name_or_uri.n) : NULL;
	struct str name = name_or_uri;
	size_t lo = 0, hi = ARRAY_LEN(by_name);

	if (slash != NULL)
		name = str_sub(name, (size_t)(slash + 1 - name.p), name.n);
	if (name.n == 0)
		return NULL;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = compare(name, by_name[mid]->name);

		if (d == 0) {
			bool same =
				slash == NULL || str_eqz(name_or_uri, by_name[mid]->uri);

			return same ? by_name[mid] : NULL;
		}
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct wsman_method *wsman_method_find(const struct wsman_class *c, struct str name)
{
	for (size_t i = 0; i < c->n_methods; i++)
		if (str_eqz(name, c->methods[i]->name))
			return c->methods[i];
	return NULL;
}
