/* SPDX-License-Identifier: Apache-2.0
 * Creating, changing and deleting devices (mps.md 2).
 *
 * Where upstream takes anything from the caller, this does not: connectionStatus,
 * mpsInstance and the three times are what the server saw; tenantId selects among what
 * the caller may see (mps_tenant_select) and is never changed.
 */
#include <mps/mps_api_priv.h>

#include <mps/cira.h>

static bool body_refused(const json_t *body, struct http_res *res)
{
	static const char bad_tags[] = "tags should be an array of strings";
	/* clang-format off */
	static const struct v_rule rules[] = {
		{"guid", V_REQUIRED, {{V_UUID}, {V_STRING}}},
		{"friendlyName", V_NULLABLE, {{V_STRING}, {V_LENGTH, .max = 256}}},
		{"hostname", V_NULLABLE,
		 {{V_STRING},
		  {V_LENGTH, .max = 255, .msg = "Hostname must be less than 256 characters"}}},
		{"dnsSuffix", V_NULLABLE,
		 {{V_STRING, V_BAIL},
		  {V_LENGTH, V_BAIL, .max = 255,
		   .msg = "dnsSuffix must be less than 256 characters"},
		  {V_FQDN, V_IF_FILLED, .msg = "dnsSuffix must be a valid DNS suffix"}}},
		{"mpsusername", V_NULLABLE, {{V_STRING}}},
		{"connect", V_NULLABLE, {{V_ISO8601}}},
		{"disconnect", V_NULLABLE, {{V_ISO8601}}},
		{"tags", V_OPTIONAL, {{V_ARRAY, .msg = bad_tags}}},
		{"tags.*", V_OPTIONAL, {{V_STRING, .msg = bad_tags}}},
		{"deviceInfo", V_NULLABLE,
		 {{V_OBJECT, .msg = "deviceInfo should be an object if provided"}}},
		{"tenantId", V_NULLABLE, {{V_STRING}, {V_LENGTH, .max = 36}}},
	};
	/* clang-format on */
	struct v_errors errors = {0};

	v_fields(&errors, rules, ARRAY_LEN(rules), "body", body);
	return v_answer(&errors, res);
}

/* An absent key keeps what is there, null clears it. */
static void merge_text(const char **field, const json_t *body, const char *key)
{
	const json_t *v = json_object_get(body, key);

	if (v != NULL)
		*field = json_string_value(v);
}

static void merge_json(const char **field, const json_t *body, const char *key,
		       struct arena *a)
{
	const json_t *v = json_object_get(body, key);

	if (v == NULL)
		return;
	*field = NULL;
	if (json_is_null(v))
		return;
	size_t n = json_dumpb(v, NULL, 0, JSON_COMPACT);
	char *text = arena_alloc(a, n + 1);
	json_dumpb(v, text, n, JSON_COMPACT);
	text[n] = '\0';
	*field = text;
}

static struct err *merge(struct mps_device *row, bool exists, struct arena *a, void *arg)
{
	const json_t *body = arg;

	merge_text(&row->hostname, body, "hostname");
	merge_text(&row->friendly_name, body, "friendlyName");
	merge_text(&row->dns_suffix, body, "dnsSuffix");
	merge_text(&row->mps_username, body, "mpsusername");
	merge_json(&row->tags, body, "tags", a);
	merge_json(&row->device_info, body, "deviceInfo", a);
	return NULL;
}

static struct err *write_device(struct http_req *req, struct http_res *res, bool create)
{
	struct mps_device row;
	const char *tenant;
	json_t *body;
	bool created;

	if (mps_body_refused(req, res, &body) || body_refused(body, res))
		return NULL;
	const char *guid = json_string_value(json_object_get(body, "guid"));
	req->device = guid;
	if (!mps_tenant_select(req, v_text(body, "tenantId"), &tenant))
		return err_new(ERR_FORBIDDEN, "tenantId is not the caller's tenant");
	struct err *e = mps_device_upsert(mps_of(req)->db, guid, tenant, create, merge,
					  body, req->arena, req->until, &row, &created);
	if (err_is(e, ERR_CONFLICT))
		mps_answer_message(
			res, 400, "Unique key violation",
			arena_printf(req->arena, "Device ID: %s already exists", guid));
	else if (err_is(e, ERR_NOT_FOUND))
		mps_answer_no_device(res, guid);
	else if (e != NULL) /* whose text may name the database's address */
		return err_wrap(e, "the device was not written");
	if (e != NULL) {
		err_free(e);
		return NULL;
	}
	res->status = created ? 201 : 200;
	mps_device_json(&res->body, &row, true);
	return NULL;
}

struct err *mps_device_create(struct http_req *req, struct http_res *res)
{
	return write_device(req, res, true);
}

struct err *mps_device_update(struct http_req *req, struct http_res *res)
{
	return write_device(req, res, false);
}

/* The secret goes first: when it cannot be deleted the record is still there, and the
 * request can be repeated until both are gone. The other way round (upstream's) a failure
 * leaves passwords behind that nothing names any more. */
static struct err *remove_device(struct http_req *req, const char *guid,
				 const char *tenant, bool secret_too)
{
	struct mps *m = mps_of(req);
	struct mps_device d;

	TRY(mps_device_get(m->db, guid, tenant, req->arena, req->until, &d));
	if (secret_too)
		TRY(secrets_delete(m->secrets,
				   arena_printf(req->arena, "devices/%s", d.guid),
				   req->until));
	TRY(mps_device_delete(m->db, d.guid, d.tenant, req->until));
	/* A link without a record would keep its tenant even when another one adds the
	 * device. */
	if (m->cira != NULL)
		cira_disconnect(m->cira, d.guid);
	return NULL;
}

struct err *mps_device_forget(struct device_host *h, struct http_req *req,
			      const char *guid)
{
	return remove_device(req, guid, mps_tenant(req), true);
}

struct err *mps_device_remove(struct http_req *req, struct http_res *res)
{
	static const struct v_rule rule = {
		"isSecretToBeDeleted", V_OPTIONAL, {{V_BOOLEAN}}};
	const char *guid = http_param(req, "guid"), *tenant;
	json_auto_t *query = v_query(req);
	json_auto_t *value = json_string(guid);
	struct v_errors errors = {0};

	v_guid(&errors, value);
	v_fields(&errors, &rule, 1, "query", query);
	if (v_answer(&errors, res))
		return NULL;
	const char *flag = v_text(query, "isSecretToBeDeleted");
	bool secret_too = flag != NULL && strcmp(flag, "true") == 0;
	struct err *e = mps_tenant_select(req, v_text(query, "tenantId"), &tenant)
				? remove_device(req, guid, tenant, secret_too)
				: err_new(ERR_NOT_FOUND, "another tenant was named");
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		mps_answer_no_device(res, guid);
		return NULL;
	}
	TRY(e);
	res->status = 204;
	return NULL;
}
