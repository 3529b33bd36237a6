/* SPDX-License-Identifier: Apache-2.0 */
#include <device/power.h>

#include <amt/wsman/classes/boot.h>
#include <amt/wsman/classes/power.h>
#include <amt/wsman/classes/system.h>
#include <base/log.h>
#include <device/boot.h>
#include <device/info.h>

#define STATE_ON 2

/* A firmware without the class, or without the property, answers a fault: unknown then.
 */
static struct err *os_state(struct device_call *c, enum device_os_state *os)
{
	struct wsman_reply r;
	struct wsman_call get = {.op = WSMAN_GET,
				 .cls = &ips_power_management_service_class};

	*os = DEVICE_OS_UNKNOWN;
	TRY(wsman_exchange(&c->wsman, &get, c->arena, device_call_exchange(c), &r));
	if (r.is_fault || r.object == NULL)
		return NULL;
	const struct ips_power_management_service *s = r.object;
	if (s->os_power_saving_state.set)
		*os = (enum device_os_state)s->os_power_saving_state.v;
	return NULL;
}

struct err *device_power_state(struct device_call *c, int64_t *state,
			       enum device_os_state *os)
{
	struct wsman_reply r;

	*state = 0;
	TRY(os_state(c, os));
	TRY(wsman_enumerate(&c->wsman, &cim_service_available_to_element_class, c->arena,
			    device_call_exchange(c), &r));
	for (size_t i = 0; i < r.n_items; i++) {
		if (r.items[i].cls != &cim_associated_power_management_service_class)
			continue;
		const struct cim_associated_power_management_service *s =
			r.items[i].object;
		if (s->power_state.set)
			*state = s->power_state.v;
	}
	return NULL;
}

static struct wsman_epr managed_system(struct wsman_selector sel[2])
{
	sel[0] = (struct wsman_selector){STR("CreationClassName"),
					 STR("CIM_ComputerSystem"), NULL};
	sel[1] = (struct wsman_selector){STR("Name"), STR("ManagedSystem"), NULL};
	return (struct wsman_epr){.resource_uri = str_of(cim_computer_system_class.uri),
				  .n = 2,
				  .selectors = sel};
}

static struct err *request_os(struct device_call *c, enum device_os_state target,
			      int64_t *value)
{
	struct wsman_selector sel[2];
	struct ips_power_management_service_request_os_power_saving_state_change_in in = {
		.os_power_saving_state = {true, target},
		.managed_element = managed_system(sel),
	};
	struct wsman_reply r;

	TRY(wsman_invoke(
		&c->wsman, &ips_power_management_service_class,
		&ips_power_management_service_request_os_power_saving_state_change_method,
		NULL, &in, c->arena, device_call_exchange(c), &r));
	*value = r.return_value.set ? r.return_value.v : -1;
	return NULL;
}

/* An operating system in power saving does not see a power-on. Not being able to wake it
 * does not stop the power-on. */
static struct err *wake_os(struct device_call *c)
{
	enum device_os_state os;
	int64_t value;

	TRY(os_state(c, &os));
	if (os != DEVICE_OS_SAVING)
		return NULL;
	struct err *e = request_os(c, DEVICE_OS_FULL, &value);
	if (!err_is(e, ERR_DEVICE))
		return e;
	log_debug("operating system not woken", F_STR("guid", c->device->guid), F_ERR(e));
	err_free(e);
	return NULL;
}

struct err *device_power_send(struct device_call *c, int state, struct wsman_reply *reply)
{
	struct wsman_selector sel[2];
	struct cim_power_management_service_request_power_state_change_in in = {
		.power_state = device_num(state),
		.managed_element = managed_system(sel),
	};

	if (state == STATE_ON)
		TRY(wake_os(c));
	return wsman_invoke(
		&c->wsman, &cim_power_management_service_class,
		&cim_power_management_service_request_power_state_change_method, NULL,
		&in, c->arena, device_call_exchange(c), reply);
}

struct err *device_power_request(struct device_call *c, int state,
				 struct wsman_reply *reply)
{
	TRY(device_boot_clear(c));
	return device_power_send(c, state, reply);
}

/* mps.md 10.2 */
static const char *os_status(int64_t value)
{
	switch (value) {
	case 0:
		return "COMPLETED_WITH_NO_ERROR";
	case 1:
		return "NOT_SUPPORTED";
	case 2:
		return "UNKNOWN_OR_UNSPECIFIED_ERROR";
	case 3:
		return "CANNOT_COMPLETE_WITHIN_TIMEOUT_PERIOD";
	case 4:
		return "FAILED";
	case 5:
		return "INVALID_PARAMETER";
	case 6:
		return "IN_USE";
	case 4096:
		return "METHOD_PARAMETERS_CHECKED_JOB_STARTED";
	case 4097:
		return "INVALID_STATE_TRANSITION";
	case 4098:
		return "USE_OF_TIMEOUT_PARAMETER_NOT_SUPPORTED";
	case 4099:
		return "BUSY";
	default:
		return "UNKNOWN_ERROR";
	}
}

struct err *device_os_request(struct device_call *c, enum device_os_state target,
			      int64_t *value, const char **text)
{
	enum device_os_state os;

	TRY(os_state(c, &os));
	if (os == DEVICE_OS_UNKNOWN) {
		*value = 1;
		*text = "OS_POWER_STATE_UNKNOWN";
		return NULL;
	}
	if (os == DEVICE_OS_UNSUPPORTED) {
		*value = 2;
		*text = "OS_POWER_STATE_UNSUPPORTED";
		return NULL;
	}
	*value = 0;
	if (os != target)
		TRY(request_os(c, target, value));
	*text = os_status(*value);
	return NULL;
}

static bool is_true(struct wsman_num v)
{
	return v.set && v.v != 0;
}

struct err *device_power_capabilities(struct device_call *c, json_t **out)
{
	int major;
	struct wsman_reply r;

	TRY(device_amt_major(c, &major));
	TRY(wsman_get(&c->wsman, &amt_boot_capabilities_class, NULL, c->arena,
		      device_call_exchange(c), &r));
	const struct amt_boot_capabilities *b = r.object;
	const struct {
		bool has;
		const char *label;
		int code;
	} rows[] = {
		{true, "Power up", 2},
		{true, "Power cycle", 5},
		{true, "Power down", 8},
		{true, "Reset", 10},
		{major > 9, "Soft-off", 12},
		{major > 9, "Soft-reset", 14},
		{major > 9, "Sleep", 4},
		{major > 9, "Hibernate", 7},
		{is_true(b->bios_setup), "Power up to BIOS", 100},
		{is_true(b->bios_setup), "Reset to BIOS", 101},
		{is_true(b->secure_erase), "Reset to Secure Erase", 104},
		{true, "Reset to IDE-R Floppy", 200},
		{true, "Power on to IDE-R Floppy", 201},
		{true, "Reset to IDE-R CDROM", 202},
		{true, "Power on to IDE-R CDROM", 203},
		{is_true(b->force_diagnostic_boot), "Power on to diagnostic", 300},
		{is_true(b->force_diagnostic_boot), "Reset to diagnostic", 301},
		{true, "Reset to PXE", 400},
		{true, "Power on to PXE", 401},
	};
	*out = json_object();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].has)
			json_object_set_new(*out, rows[i].label,
					    json_integer(rows[i].code));
	return NULL;
}
