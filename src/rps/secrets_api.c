/* SPDX-License-Identifier: Apache-2.0
 * Reading a device's passwords back: a permission of its own, the caller's tenant, and an
 * audit record before they are given.
 */
#include <rps/rps_api_priv.h>

#include <rps/rps_jobs.h>

static struct err *is_callers(struct http_req *req, const char *guid)
{
	struct rps_device d;
	bool theirs;
	struct err *e = rps_device_get(rps_of(req)->store, NULL, guid, req->arena,
				       req->until, &d);

	if (e == NULL) {
		theirs = strcmp(d.tenant, rps_tenant(req)) == 0;
	} else if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		TRY(rps_mps_has(rps_of(req), rps_tenant(req), guid, req->arena,
				req->until, &theirs));
	} else {
		return e;
	}
	return theirs ? NULL
		      : err_new(ERR_NOT_FOUND, "device %s was not activated here", guid);
}

static void set(json_t *v, const char *key, const struct secret *s)
{
	json_object_set_new(v, key,
			    s->p != NULL ? json_stringn(s->p, s->n) : json_null());
}

struct err *rps_device_credentials(struct http_req *req, struct http_res *res)
{
	struct device_secrets v;
	const char *guid;

	if (v_guid_refused(req, res, &guid))
		return NULL;
	TRY(rps_audit_secret(req, guid, "passwords of the device"));
	struct err *e = is_callers(req, guid);
	if (e == NULL)
		e = device_secrets_get(rps_of(req)->secrets, guid, req->arena, req->until,
				       &v);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		rps_answer(res, 404, "Not Found",
			   arena_printf(req->arena, "Device ID %s not found", guid));
		return NULL;
	}
	TRY(e);
	json_t *body = json_pack("{s:s}", "guid", guid);
	set(body, "amtPassword", &v.amt_password);
	set(body, "mebxPassword", &v.mebx_password);
	set(body, "mpsPassword", &v.mps_password);
	device_secrets_fini(&v);
	http_res_header(res, "Cache-Control", "no-store");
	http_res_json(res, 200, body);
	return NULL;
}
