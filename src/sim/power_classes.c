/* SPDX-License-Identifier: Apache-2.0
 * Power classes of the virtual firmware. wsman.md B.7.
 */
#include <sim/classes.h>

#include <amt/heci/lme_alert.h>
#include <amt/wsman/classes/power.h>
#include <amt/wsman/classes/system.h>
#include <base/clock.h>

#define SERVICE_NAME "Intel(r) AMT Power Management Service"

static size_t service(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	struct cim_power_management_service *s =
		arena_new(a, struct cim_power_management_service);

	*s = (struct cim_power_management_service){
		.creation_class_name = STR("CIM_PowerManagementService"),
		.element_name = STR(SERVICE_NAME),
		.enabled_state = sim_num(5),
		.name = STR(SERVICE_NAME),
		.requested_state = sim_num(12),
		.system_creation_class_name = STR("CIM_ComputerSystem"),
		.system_name = STR("Intel(r) AMT"),
	};
	out[0] = (struct wsman_item){&cim_power_management_service_class, s};
	return 1;
}

/* What can be asked of the host depends on what runs there. */
static void look_at_host(struct sim_device *d)
{
	const struct sim_hooks *h = d->state != NULL ? &d->state->subjects.hooks : NULL;

	if (h != NULL && h->agent != NULL)
		d->power.agentless = !h->agent(h->arg);
}

static void tell_host(struct sim_device *d, int requested)
{
	const struct sim_hooks *h = d->state != NULL ? &d->state->subjects.hooks : NULL;

	if (h == NULL || !sim_power_is_graceful(requested))
		return;
	if (h->going_down != NULL)
		h->going_down(h->arg);
	sim_subjects_alert(&d->state->subjects, LME_ALERT_POWER,
			   requested == SIM_RESET_GRACEFUL ? LME_POWER_REBOOT
							   : LME_POWER_SHUTDOWN);
}

static void request_state(struct sim_call *c, const void *in_, void *out_)
{
	struct sim_device *d = c->d;
	const struct cim_power_management_service_request_power_state_change_in *in = in_;
	struct cim_power_management_service_request_power_state_change_out *out = out_;
	int requested = in != NULL && in->power_state.set ? (int)in->power_state.v : 0;

	/* Firmware takes no other time than now (wsman.md B, notation). */
	if (in != NULL && (in->time.p != NULL || in->timeout_period.p != NULL)) {
		out->return_value = sim_num(4098);
		return;
	}
	look_at_host(d);
	out->return_value = sim_num(sim_power_request(
		&d->power, requested, clock_mono_ms(), d->model->step_ms));
	if (out->return_value.v == SIM_POWER_OK)
		tell_host(d, requested);
}

static size_t os_service(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	struct ips_power_management_service *s =
		arena_new(a, struct ips_power_management_service);

	*s = (struct ips_power_management_service){
		.creation_class_name = STR("IPS_PowerManagementService"),
		.element_name = STR(SERVICE_NAME),
		.enabled_state = sim_num(5),
		.name = STR(SERVICE_NAME),
		.os_power_saving_state =
			sim_num(d->power.state == SIM_ON ? d->os_saving : 0),
		.requested_state = sim_num(12),
		.system_creation_class_name = STR("CIM_ComputerSystem"),
		.system_name = STR("Intel(r) AMT"),
	};
	out[0] = (struct wsman_item){&ips_power_management_service_class, s};
	return 1;
}

static void request_os(struct sim_call *c, const void *in_, void *out_)
{
	struct sim_device *d = c->d;
	const struct ips_power_management_service_request_os_power_saving_state_change_in
		*in = in_;
	struct ips_power_management_service_request_os_power_saving_state_change_out
		*out = out_;
	int64_t wanted = in != NULL && in->os_power_saving_state.set
				 ? in->os_power_saving_state.v
				 : 0;

	if (wanted != 2 && wanted != 3) {
		out->return_value = sim_num(SIM_POWER_INVALID_PARAMETER);
	} else if (d->power.state != SIM_ON) {
		out->return_value = sim_num(SIM_POWER_INVALID_TRANSITION);
	} else {
		d->os_saving = (uint8_t)wanted;
		out->return_value = sim_num(0);
	}
}

static struct wsman_epr epr(struct arena *a, const struct wsman_class *c, size_t n,
			    const struct wsman_selector *selectors)
{
	return (struct wsman_epr){
		.resource_uri = str_of(c->uri),
		.n = n,
		.selectors = arena_memdup(a, selectors, n * sizeof(*selectors)),
	};
}

static size_t associated(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	static const struct wsman_selector provided[] = {
		{STR("CreationClassName"), STR("CIM_PowerManagementService"), NULL},
		{STR("Name"), STR(SERVICE_NAME), NULL},
		{STR("SystemCreationClassName"), STR("CIM_ComputerSystem"), NULL},
		{STR("SystemName"), STR("Intel(r) AMT"), NULL},
	};
	static const struct wsman_selector user[] = {
		{STR("CreationClassName"), STR("CIM_ComputerSystem"), NULL},
		{STR("Name"), STR("ManagedSystem"), NULL},
	};
	struct cim_associated_power_management_service *s =
		arena_new(a, struct cim_associated_power_management_service);
	int64_t available[8];
	look_at_host(d);
	unsigned n = sim_power_available(&d->power, available);

	*s = (struct cim_associated_power_management_service){
		.available_requested_power_states = {n, arena_memdup(
								a, available,
								n * sizeof(*available))},
		.power_state = sim_num(d->power.state),
		.service_provided = epr(a, &cim_power_management_service_class,
					ARRAY_LEN(provided), provided),
		.user_of_service =
			epr(a, &cim_computer_system_class, ARRAY_LEN(user), user),
	};
	out[0] = (struct wsman_item){&cim_associated_power_management_service_class, s};
	return 1;
}

static const struct sim_method service_methods[] = {
	{&cim_power_management_service_request_power_state_change_method, request_state},
};
static const struct sim_method os_methods[] = {
	{&ips_power_management_service_request_os_power_saving_state_change_method,
	 request_os},
};

const struct sim_class sim_power_classes[] = {
	{&cim_power_management_service_class, service, NULL, service_methods, 1},
	{&ips_power_management_service_class, os_service, NULL, os_methods, 1},
	{&cim_associated_power_management_service_class, associated, NULL, NULL, 0},
	{&cim_service_available_to_element_class, associated, NULL, NULL, 0},
};
const size_t sim_power_classes_n = ARRAY_LEN(sim_power_classes);
