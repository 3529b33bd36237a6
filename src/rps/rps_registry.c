/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/rps_registry.h>

#include <base/log.h>
#include <rps/rps_jobs.h>
#include <stdlib.h>

#define STORE_MS 20000

/* ---- what the MPS is told ---- */

static json_t *text(struct str s)
{
	json_t *j = json_stringn(s.p != NULL ? s.p : "", s.n);

	return j != NULL ? j : json_string("");
}

json_t *rps_registry_device_info(const struct flow *f)
{
	const struct rpc_payload *p = &f->payload;
	char now[CLOCK_ISO_SIZE];
	json_t *j = json_object();

	clock_iso(clock_wall_ms(), now);
	json_object_set_new(j, "fwVersion", text(p->ver));
	json_object_set_new(j, "fwBuild", text(p->build));
	json_object_set_new(j, "fwSku", text(p->sku));
	json_object_set_new(j, "currentMode", json_sprintf("%d", (int)f->mode));
	json_object_set_new(j, "features", text(p->features));
	json_object_set_new(j, "ipAddress", text(p->ip.address));
	json_object_set_new(j, "lastUpdated", json_string(now));
	return j;
}

static json_t *tags(const struct flow *f)
{
	const char *stored = f->setup.profile.tags;
	json_t *j = stored != NULL ? json_loads(stored, 0, NULL) : NULL;

	return json_is_array(j) ? j : json_array();
}

/* rps.md 7.6 */
static const char *record(struct flow *f, bool outcome)
{
	const struct rpc_payload *p = &f->payload;
	json_t *j = json_object(), *info = rps_registry_device_info(f);
	char now[CLOCK_ISO_SIZE];

	if (outcome) {
		clock_iso(clock_wall_ms(), now);
		json_object_set_new(info, "status", flow_status_parts(f, false));
		if (f->payload.current_mode == IPS_CONTROL_NONE)
			json_object_set_new(info, "activatedAt", json_string(now));
		json_object_set_new(info, "lastProvisionedAt", json_string(now));
	}
	json_object_set_new(j, "guid", json_string(f->guid));
	json_object_set_new(j, "hostname", text(p->hostname));
	if (f->setup.cira != NULL && f->setup.cira->user != NULL)
		json_object_set_new(j, "mpsusername", json_string(f->setup.cira->user));
	json_object_set_new(j, "tags", tags(f));
	json_object_set_new(j, "tenantId", json_string(f->tenant));
	json_object_set_new(j, "dnsSuffix", text(p->fqdn));
	json_object_set_new(j, "deviceInfo", info);
	if (p->friendly_name.p != NULL)
		json_object_set_new(j, "friendlyName", text(p->friendly_name));
	char *dump = json_dumps(j, JSON_COMPACT);
	const char *out = arena_strdup(f->arena, dump);
	free(dump);
	json_decref(j);
	return out;
}

/* ---- questions ---- */

static struct err *ask(struct flow *f, const char *path, long *status)
{
	return rps_mps_call(f->rps, f->tenant, "GET", path, NULL, f->arena, f->until,
			    status, NULL);
}

struct err *rps_registry_check_orphan(struct flow *f)
{
	long status;

	if (f->payload.current_mode != IPS_CONTROL_NONE ||
	    !config_bool(f->rps->config, "rps.prevent_orphaned_devices"))
		return NULL;
	struct err *e = ask(f, arena_printf(f->arena, "devices/%s", f->guid), &status);
	if (e != NULL)
		return err_wrap(e, "The MPS cannot be asked whether it knows device %s",
				f->guid);
	if (status == 404)
		return NULL;
	return err_new(
		ERR_CONFLICT,
		"Device %s already has a record in MPS and cannot be re-provisioned "
		"from pre-provisioning mode. Remove the device (rpc-go deactivation "
		"or the REST API) before re-adding it.",
		f->guid);
}

struct err *rps_registry_check_tenant(struct flow *f)
{
	long status = 0;
	struct err *e = ask(
		f, arena_printf(f->arena, "devices/%s?tenantId=%s", f->guid, f->tenant),
		&status);

	if (e != NULL)
		log_warn("the MPS cannot be asked whose a device is",
			 F_STR("guid", f->guid), F_ERR(e));
	err_free(e);
	/* Upstream's MPS says 204 for another tenant's, ours does not tell it apart from
	 * none. */
	if (status != 204)
		return NULL;
	return err_new(ERR_FORBIDDEN,
		       "Device belongs to another tenant. Please unprovision "
		       "and re-activate device.");
}

/* ---- changes ---- */

static struct err *put_record(struct flow *f)
{
	int64_t now = clock_wall_ms();
	const struct rps_device d = {
		.guid = f->guid,
		.tenant = f->tenant,
		.profile = f->setup.profile.name,
		.activated_at = now,
		.password_set_at = now,
		.password_generated = f->setup.amt_password.n == 0,
	};
	bool told;

	struct err *e = rps_device_put(f->rps->store, &d, deadline_in(STORE_MS));
	if (e != NULL)
		return err_wrap(e, "Failed to save the device's record");
	e = rps_jobs_put(f->rps->jobs, f->guid, f->tenant, "POST", record(f, false),
			 &told);
	return e == NULL ? NULL : err_wrap(e, "Failed to save device to mps");
}

static struct err *delete_record(struct flow *f, bool *told)
{
	struct err *e =
		device_secrets_delete(f->rps->secrets, f->guid, deadline_in(STORE_MS));

	if (e != NULL)
		return err_wrap(e, "Failed to remove device from secret provider");
	e = rps_device_delete(f->rps->store, f->guid, deadline_in(STORE_MS));
	if (e != NULL && e->kind != ERR_NOT_FOUND)
		return err_wrap(e, "Failed to remove the device's record");
	err_free(e);
	return rps_jobs_put(f->rps->jobs, f->guid, f->tenant, "DELETE", NULL, told);
}

struct err *rps_registry_activated(struct flow *f)
{
	fiber_shield(1);
	struct err *e = put_record(f);
	fiber_shield(-1);
	return e;
}

void rps_registry_outcome(struct flow *f)
{
	bool told;

	fiber_shield(1);
	struct err *e = rps_jobs_put(f->rps->jobs, f->guid, f->tenant, "POST",
				     record(f, true), &told);
	fiber_shield(-1);
	if (e != NULL)
		log_warn("a device's outcome was not recorded", F_STR("guid", f->guid),
			 F_ERR(e));
	err_free(e);
}

struct err *rps_registry_deactivated(struct flow *f, bool *mps_told)
{
	bool told = false;

	fiber_shield(1);
	struct err *e = delete_record(f, &told);
	fiber_shield(-1);
	if (mps_told != NULL)
		*mps_told = told;
	return e;
}

static struct err *answered(long status, struct str answer)
{
	if (status >= 200 && status < 300)
		return NULL;
	return err_new(status == 404 ? ERR_NOT_FOUND : ERR_UNAVAILABLE,
		       "the MPS answered %ld: " STR_FMT, status,
		       STR_ARG(str_sub(answer, 0, MIN(answer.n, (size_t)200))));
}

struct err *rps_registry_patch(struct flow *f, json_t *take_body)
{
	json_object_set_new(take_body, "guid", json_string(f->guid));
	char *body = json_dumps(take_body, JSON_COMPACT);
	struct str answer = {0};
	long status = 0;
	struct err *e = rps_mps_call(f->rps, f->tenant, "PATCH", "devices", body,
				     f->arena, f->until, &status, &answer);

	free(body);
	json_decref(take_body);
	return e != NULL ? e : answered(status, answer);
}

struct err *rps_registry_password_set(struct flow *f, bool generated)
{
	struct str answer = {0};
	long status = 0;
	struct err *e = rps_device_password_set(f->rps->store, f->guid, generated,
						deadline_in(STORE_MS));

	if (e != NULL)
		return err_wrap(e, "at SAVE_TO_SECRET_PROVIDER");
	e = rps_mps_call(f->rps, f->tenant, "DELETE",
			 arena_printf(f->arena, "devices/refresh/%s", f->guid), NULL,
			 f->arena, f->until, &status, &answer);
	if (e == NULL && status != 404)
		e = answered(status, answer);
	return e == NULL ? NULL : err_wrap(e, "at REFRESH_MPS");
}
