/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/rpc/assistant.h>

#include <base/json.h>
#include <stdlib.h>

#define FLAGS 2 /* an operation */
#define SYSTEM "win11"
#define ICON 1

static const struct {
	const char *name, *subaction;
} steps[] = {
	[ASSISTANT_PROFILE] = {"profile", "802.1x-ProFile-Request"},
	[ASSISTANT_KEY_PAIR] = {"keypair", "802.1x-KeyPair-Response"},
	[ASSISTANT_CSR] = {"csr", "802.1x-CSR-Response"},
};

const char *assistant_step_name(enum assistant_step s)
{
	return steps[s].name;
}

/* ---- requests ---- */

static void put(json_t *j, const char *key, struct str s)
{
	json_t *v = json_stringn(s.p != NULL ? s.p : "", s.n);

	json_object_set_new(j, key, v != NULL ? v : json_string(""));
}

static void put_step(json_t *j, const struct assistant_request *q, bool frame)
{
	if (frame && q->step == ASSISTANT_PROFILE) {
		json_object_set_new(j, "cert", json_null());
		json_object_set_new(j, "certid", json_null());
	}
	/* A body has all fields, as upstream's rpc sends them. */
	if (!frame || q->step == ASSISTANT_KEY_PAIR) {
		put(j, "DERKey", q->der_key);
		put(j, "keyInstanceId", q->key_id);
	}
	if (!frame || q->step == ASSISTANT_CSR)
		put(j, "signedcsr", q->signed_request);
}

void assistant_request_encode(struct buf *out, const struct assistant_request *q,
			      bool frame)
{
	json_t *j = json_object();

	if (frame) {
		json_object_set_new(j, "action", json_string("satellite"));
		json_object_set_new(j, "subaction",
				    json_string(steps[q->step].subaction));
		json_object_set_new(j, "satelliteFlags", json_integer(FLAGS));
	}
	put(j, "nodeid", q->node_id);
	put(j, "domain", STR(""));
	put(j, "reqid", q->request_id);
	json_object_set_new(j, "authProtocol", json_integer(q->protocol));
	json_object_set_new(j, "osname", json_string(SYSTEM));
	put(j, "devname", q->device_name);
	json_object_set_new(j, "icon", json_integer(ICON));
	put(j, "ver", STR(""));
	put_step(j, q, frame);
	char *text = json_dumps(j, JSON_COMPACT);
	buf_adds(out, text);
	free(text);
	json_decref(j);
}

/* ---- answers ---- */

static struct err *read_response(const json_t *r, struct arena *a,
				 struct assistant_answer *out)
{
	if (r == NULL || json_is_null(r))
		return NULL;
	if (!json_is_object(r))
		return err_new(ERR_INVALID, "response in the message is no object");
	TRY(json_member_text(r, "csr", a, &out->csr));
	TRY(json_member_text(r, "certificate", a, &out->certificate));
	TRY(json_member_text(r, "rootcert", a, &out->root));
	TRY(json_member_text(r, "username", a, &out->username));
	const json_t *password = json_object_get(r, "password");
	if (password == NULL || json_is_null(password))
		return NULL;
	if (!json_is_string(password))
		return err_new(ERR_INVALID, "password in the message is no text");
	secret_set(&out->password, (struct str){json_string_value(password),
						json_string_length(password)});
	return NULL;
}

/* In the message itself, as upstream's has it, or in its response. */
static struct err *read_error(const json_t *j, struct arena *a,
			      struct assistant_answer *out)
{
	struct str status = {0}, details = {0};

	if (!json_is_object(j))
		return NULL;
	TRY(json_member_text(j, "status", a, &status));
	if (!str_ieqz(status, "Error"))
		return NULL;
	TRY(json_member_text(j, "details", a, &details));
	out->error = details.n > 0 ? details.p : "(it does not say what)";
	return NULL;
}

static struct err *read_message(const json_t *j, struct arena *a,
				struct assistant_answer *out)
{
	if (!json_is_object(j))
		return err_new(ERR_INVALID, "the message is no JSON object");
	TRY(json_member_text(j, "nodeid", a, &out->node_id));
	TRY(json_member_text(j, "reqid", a, &out->request_id));
	TRY(read_error(j, a, out));
	const json_t *response = json_object_get(j, "response");
	if (out->error == NULL)
		TRY(read_error(response, a, out));
	return read_response(response, a, out);
}

struct err *assistant_answer_decode(struct str text, struct arena *a,
				    struct assistant_answer *out)
{
	json_t *j = json_read(text, 0, NULL);

	*out = (struct assistant_answer){0};
	if (j == NULL)
		return err_new(ERR_INVALID, "the message is not JSON");
	struct err *e = read_message(j, a, out);
	json_wipe(j);
	return e;
}

void assistant_answer_fini(struct assistant_answer *x)
{
	secret_fini(&x->password);
}
