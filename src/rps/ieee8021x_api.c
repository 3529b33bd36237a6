/* SPDX-License-Identifier: Apache-2.0
 * IEEE 802.1x configurations (rps.md 2.7).
 */
#include <rps/rps_api_priv.h>

#define DEFAULT_PXE_TIMEOUT 120
#define MAX_PXE_TIMEOUT 86400

static const char *const keys[] = {"authenticationProtocol", "pxeTimeout",
				   "wiredInterface", NULL};

static bool truthy(const json_t *v)
{
	if (json_is_string(v))
		return json_string_length(v) > 0;
	return json_is_true(v) || (json_is_number(v) && json_number_value(v) != 0);
}

static void check_protocol(struct rps_check *c)
{
	struct rps_field f = rps_field(c, "authenticationProtocol");
	bool wired = truthy(json_object_get(c->fields, "wiredInterface"));
	int64_t v = json_is_integer(f.v) ? json_integer_value(f.v) : -1;

	rps_filled(&f, "Authentication protocol is required");
	if (wired && v != 0 && v != 2 && v != 3 && v != 5 && v != 10)
		rps_fail(&f, "Authentication protocol must be one of 0:EAP-TLS, "
			     "3:PEAPv1/EAP-GTC, 5:EAP-FAST/GTC, 10:EAP-FAST/TLS, "
			     "2:PEAPv0/EAP-MSCHAPv2");
	if (!wired && v != 0 && v != 2)
		rps_fail(&f, "Authentication protocol must be one of 0:EAP-TLS, "
			     "2:PEAPv0/EAP-MSCHAPv2");
}

static void check_pxe_timeout(struct rps_check *c)
{
	struct rps_field f = rps_field(c, "pxeTimeout");
	struct rps_field wired = rps_field(c, "wiredInterface");
	double v = json_number_value(f.v);
	char tmp[32];

	if (!str_ieqz(v_value_text(wired.v, tmp), "true"))
		return;
	rps_filled(&f, "PXE Timeout is required");
	if (!json_is_number(f.v))
		rps_fail(&f, "PXE Timeout must be number");
	else if (v < 0 || v > MAX_PXE_TIMEOUT)
		rps_fail(&f, "PXE Timeout value should be 0 - 86400");
}

static struct err *check(struct http_req *req, struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "profileName");

	rps_filled(&f, "802.1x profile name is required");
	rps_made_of(&f, "", "802.1x profile name should be alphanumeric");
	rps_length(&f, 0, 32, "802.1x profile name maximum length is 32");
	f = rps_field(c, "wiredInterface");
	rps_filled(&f, "Wired interface flag is required");
	if (!rps_field_null(&f))
		rps_boolean(&f, "Wired interface flag must be a boolean");
	check_protocol(c);
	check_pxe_timeout(c);
	f = rps_field(c, "version");
	if (update)
		rps_filled(&f, "Version is required to patch/update a record.");
	return NULL;
}

struct err *rps_ieee8021x_create(struct http_req *req, struct http_res *res)
{
	json_auto_t *body = NULL;
	bool answered;

	TRY(rps_begin_create(req, res, check, &body, &answered));
	if (answered)
		return NULL;
	if (!json_is_number(json_object_get(body, "pxeTimeout")))
		json_object_set_new(body, "pxeTimeout",
				    json_integer(DEFAULT_PXE_TIMEOUT));
	struct rps_change change = rps_change_of(req, body);
	return rps_finish_create(req, res, &change);
}

struct err *rps_ieee8021x_update(struct http_req *req, struct http_res *res)
{
	_cleanup_(rps_updating_fini) struct rps_updating u = {0};
	bool answered;

	TRY(rps_begin_update(req, res, check, &u, &answered));
	if (answered)
		return NULL;
	rps_merge(u.values, u.body, keys);
	struct rps_change change = rps_change_of(req, u.values);
	return rps_finish_update(req, res, &change, &u.old);
}

struct err *rps_ieee8021x_look(struct http_req *req, const char *name, bool *exists,
			       bool *wired)
{
	struct rps_row row;
	struct err *e = rps_row_get(rps_of(req)->store, &rps_ieee8021xconfigs,
				    rps_tenant(req), name, req->arena, req->until, &row);

	*exists = e == NULL;
	*wired = false;
	if (e == NULL) {
		json_auto_t *v = rps_row_values(&row, req->arena);
		*wired = json_is_true(json_object_get(v, "wiredInterface"));
	}
	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	err_free(e);
	return NULL;
}
