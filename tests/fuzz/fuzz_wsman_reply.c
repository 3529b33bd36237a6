/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: replies as the client decodes them. The first byte ('0' on) chooses the
 * call they answer; what decodes is printed as JSON.
 */
#include <amt/wsman/classes/boot.h>
#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/power.h>
#include <amt/wsman/classes/setup.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* clang-format off */
static const struct wsman_call calls[] = {
	{.op = WSMAN_GET, .cls = &amt_general_settings_class},
	{.op = WSMAN_GET, .cls = &cim_associated_power_management_service_class},
	{.op = WSMAN_PUT, .cls = &amt_boot_setting_data_class},
	{.op = WSMAN_ENUMERATE, .cls = &cim_service_available_to_element_class},
	{.op = WSMAN_PULL, .cls = &cim_service_available_to_element_class},
	{.op = WSMAN_INVOKE, .cls = &cim_power_management_service_class,
	 .method = &cim_power_management_service_request_power_state_change_method},
	{.op = WSMAN_INVOKE, .cls = &amt_setup_and_configuration_service_class,
	 .method = &amt_setup_and_configuration_service_get_unprovision_blocking_components_method},
	{.op = WSMAN_CREATE, .cls = &cim_boot_source_setting_class},
	{.op = WSMAN_DELETE, .cls = &cim_boot_source_setting_class},
};
/* clang-format on */

static void print(const struct wsman_field *f, size_t n, const void *object)
{
	json_t *j = wsman_json_object(f, n, object);
	char *text = json_dumps(j, JSON_COMPACT);

	OB_ASSERT(text != NULL);
	free(text);
	json_decref(j);
}

static void use(const struct wsman_call *call, const struct wsman_reply *r)
{
	json_t *header = wsman_json_header(r);

	OB_ASSERT(json_object_size(header) <= 5);
	json_decref(header);
	if (r->object != NULL && call->op == WSMAN_INVOKE)
		print(call->method->out, call->method->n_out, r->object);
	else if (r->object != NULL)
		print(call->cls->fields, call->cls->n_fields, r->object);
	for (size_t i = 0; i < r->n_items; i++)
		if (r->items[i].cls != NULL)
			print(r->items[i].cls->fields, r->items[i].cls->n_fields,
			      r->items[i].object);
	if (r->is_fault)
		wsman_fault_is(&r->fault, "AccessDenied");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct wsman_reply r;
	const struct wsman_call *call;
	struct err *e;

	if (size == 0)
		return 0;
	call = &calls[(uint8_t)(data[0] - '0') % ARRAY_LEN(calls)];
	e = wsman_decode_reply((struct str){(const char *)data + 1, size - 1}, call, &a,
			       &r);
	if (e == NULL)
		use(call, &r);
	else
		OB_ASSERT(e->kind == ERR_DEVICE);
	err_free(e);
	arena_fini(&a);
	return 0;
}
