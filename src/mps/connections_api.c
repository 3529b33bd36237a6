/* SPDX-License-Identifier: Apache-2.0
 * What concerns a device's live connection to this instance (mps.md 2).
 */
#include <mps/mps_api_priv.h>

#include <mps/cira.h>

/* A reference to the caller's connected device; NULL when there is none, or it is another
 * tenant's. */
static struct device *connected(struct http_req *req, const char *guid,
				const char **tenant)
{
	struct mps *m = mps_of(req);
	const struct iam_caller *who = mps_caller(req);
	struct device *d = m->cira != NULL ? cira_find(m->cira, guid, tenant) : NULL;

	if (d != NULL && !who->all_tenants && strcmp(*tenant, who->tenant) != 0) {
		device_unref(d);
		return NULL;
	}
	return d;
}

struct err *mps_redirect_status(struct http_req *req, struct http_res *res)
{
	const char *guid, *tenant, *selected;

	if (v_guid_refused(req, res, &guid))
		return NULL;
	struct device *d = connected(req, guid, &tenant);
	bool mine = mps_tenant_select(req, http_req_query(req, "tenantId"), &selected);
	if (d == NULL || !mine)
		mps_answer_not_connected(res, guid);
	else if (selected != MPS_ANY_TENANT && strcmp(selected, tenant) != 0)
		res->status = 204;
	else
		buf_addf(&res->body,
			 "{\"isKVMConnected\":%s,\"isSOLConnected\":%s,"
			 "\"isIDERConnected\":%s}",
			 d->kvm_busy ? "true" : "false", d->sol_busy ? "true" : "false",
			 d->ider_busy ? "true" : "false");
	device_unref(d);
	return NULL;
}

static void answer_done(struct http_res *res, const char *what, const char *guid)
{
	buf_addf(&res->body, "{\"success\":200,\"description\":\"%s : %s\"}", what, guid);
}

struct err *mps_device_disconnect(struct http_req *req, struct http_res *res)
{
	const char *guid, *tenant;

	if (v_guid_refused(req, res, &guid))
		return NULL;
	struct device *d = connected(req, guid, &tenant);
	if (d != NULL && cira_disconnect(mps_of(req)->cira, guid))
		answer_done(res, "Device CIRA connection disconnected", guid);
	else
		mps_answer_not_connected(res, guid);
	device_unref(d);
	return NULL;
}

struct err *mps_device_refresh(struct http_req *req, struct http_res *res)
{
	const char *guid, *tenant;

	if (v_guid_refused(req, res, &guid))
		return NULL;
	struct device *d = connected(req, guid, &tenant);
	struct err *e =
		d != NULL ? cira_refresh(mps_of(req)->cira, guid, req->until)
			  : err_new(ERR_NOT_FOUND, "device %s is not connected", guid);
	device_unref(d);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		res->status = 404;
		return NULL;
	}
	if (e != NULL)
		return err_wrap(e, "Exception during Device Refresh");
	answer_done(res, "Device info refreshed", guid);
	return NULL;
}
