/* SPDX-License-Identifier: Apache-2.0
 * Enterprise Assistant: asks a Microsoft CA and the directory for certificates and
 * credentials of devices. rpc.md 4.7 (tls via EA).
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/local_settings.h>
#include <agent/rpc/web.h>
#include <base/json.h>
#include <device/certificates.h>
#include <device/tls.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define CALL_MS 60000 /* an authority may have to be asked */

struct assistant {
	struct rpc *r;
	const char *guid;
	struct secret token;
	int protocol;	     /* authProtocol */
	struct str key, der; /* of the pair under way */
	json_t *answer;	     /* "response" of the last call, owned */
};

bool local_assistant_wanted(const struct rpc *r)
{
	return r->o.ea_address != NULL || r->o.ea_username != NULL ||
	       r->o.ea_password.n > 0;
}

struct err *local_assistant_check(struct rpc *r)
{
	const char *missing = r->o.ea_address == NULL	 ? "address"
			      : r->o.ea_username == NULL ? "username"
			      : r->o.ea_password.n == 0	 ? "password"
							 : NULL;
	struct web_url u;

	if (missing != NULL)
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "EA %s is required when using Enterprise Assistant",
				      missing);
	struct err *e = web_url_parse(&r->a, r->o.ea_address, &u);
	return e == NULL ? NULL : rpc_exit_wrap(r, e, RPC_EXIT_COMMAND_LINE);
}

/* ---- calls ---- */

static struct err *post(struct assistant *a, const char *path, json_t *take_body,
			json_t **out)
{
	char *text = json_dumps(take_body, JSON_COMPACT | JSON_PRESERVE_ORDER);
	struct web_call w = {.method = "POST",
			     .url = arena_printf(&a->r->a, "%s%s/%s", a->r->o.ea_address,
						 path, a->guid),
			     .content_type = "application/json",
			     .bearer = &a->token,
			     .body = str_of(text)};
	struct err *e = web_call(a->r, &w, deadline_in(CALL_MS));

	secret_wipe(text, strlen(text));
	free(text);
	settings_free(take_body);
	if (e != NULL)
		return err_wrap(e, "Enterprise Assistant");
	if (w.status != 200)
		return err_new(ERR_UNAVAILABLE,
			       "Enterprise Assistant answered HTTP status %d to %s",
			       w.status, path);
	*out = json_read(w.answer, 0, NULL);
	secret_wipe((char *)(uintptr_t)w.answer.p, w.answer.n);
	return *out != NULL
		       ? NULL
		       : err_new(ERR_UNAVAILABLE,
				 "Enterprise Assistant answered no JSON to %s", path);
}

static struct err *login(struct assistant *a)
{
	json_t *answer;
	struct rpc_options *o = &a->r->o;

	TRY(local_guid(a->r, &a->guid));
	TRY(post(a, "/api/authenticate",
		 json_pack("{s:s,s:s%}", "username", o->ea_username, "password",
			   o->ea_password.p, o->ea_password.n),
		 &answer));
	setting_secret(answer, "jwtToken", &a->token);
	settings_free(answer);
	return a->token.n > 0 ? NULL
			      : err_new(ERR_UNAUTHENTICATED,
					"Enterprise Assistant gave no token");
}

static json_t *text(struct str s)
{
	return json_stringn(s.p != NULL ? s.p : "", s.n);
}

/* One of the three: profile, keypair, csr. Its answer is kept. */
static struct err *configure(struct assistant *a, const char *path, struct str csr)
{
	char name[HOST_NAME_MAX + 1] = "";
	json_t *answer;

	gethostname(name, sizeof(name) - 1);
	TRY(post(a, path,
		 json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:i,s:s,s:o,s:o,s:o}", "nodeid",
			   a->guid, "domain", "", "reqid", "", "authProtocol",
			   a->protocol, "osname", "win11", "devname", name, "icon", 1,
			   "ver", "", "signedcsr", text(csr), "DERKey", text(a->der),
			   "keyInstanceId", text(a->key)),
		 &answer));
	settings_free(a->answer);
	a->answer = json_incref(setting(answer, "response"));
	json_decref(answer);
	return a->answer != NULL ? NULL
				 : err_new(ERR_UNAVAILABLE,
					   "Enterprise Assistant answered without a "
					   "response to %s",
					   path);
}

static struct err *answered(struct assistant *a, const char *field, struct str *out)
{
	const char *s = setting_text(a->r, a->answer, field);

	*out = str_of(s);
	return s != NULL ? NULL
			 : err_new(ERR_UNAVAILABLE,
				   "Enterprise Assistant answered without %s", field);
}

/* ---- the signer of a certificate ---- */

static struct err *request(void *arg, struct device_call *c, struct str key_id,
			   struct str der_key, struct str *null_signed)
{
	struct assistant *a = arg;

	a->key = key_id;
	a->der = der_key;
	TRY(configure(a, "/api/configure/keypair", STR("")));
	return answered(a, "csr", null_signed);
}

static struct err *issue(void *arg, struct device_call *c, struct str signed_request,
			 struct str *certificate)
{
	struct assistant *a = arg;
	struct str as_sent;

	TRY(configure(a, "/api/configure/csr", signed_request));
	TRY(answered(a, "certificate", &as_sent));
	return local_certificate(a->r, as_sent.p, "the assistant's certificate",
				 certificate);
}

static void end(struct assistant *a)
{
	secret_fini(&a->token);
	settings_free(a->answer);
}

struct err *local_assistant_tls(struct rpc *r, struct device_call *c)
{
	struct assistant a = {.r = r};
	const struct device_tls_signer signer = {&a, request, issue};

	rpc_log(r, LOG_INFO, "configuring TLS with Microsoft EA");
	struct err *e = login(&a);
	if (e == NULL)
		e = configure(&a, "/api/configure/profile", STR(""));
	if (e == NULL)
		e = device_tls_signed_by(c, &signer);
	end(&a);
	return e;
}

/* ---- 802.1x ---- */

static struct err *credentials(struct assistant *a, struct device_call *c,
			       struct device_8021x *out)
{
	const struct device_tls_signer signer = {a, request, issue};
	struct rpc_ieee8021x *x = &a->r->o.ieee8021x;
	struct str root, as_sent;

	TRY(configure(a, "/api/configure/profile", STR("")));
	if (out->protocol == DEVICE_8021X_PEAP_MSCHAPV2) {
		secret_fini(&x->password);
		setting_secret(a->answer, "password", &x->password);
		out->password = &x->password;
	} else {
		TRY(device_tls_signed_certificate(c, &signer, &out->client_certificate));
	}
	TRY(answered(a, "username", &out->username));
	TRY(answered(a, "rootcert", &as_sent));
	TRY(local_certificate(a->r, as_sent.p, "the assistant's root certificate",
			      &root));
	return device_certificate_add_root(c, root, &out->ca_certificate);
}

struct err *local_assistant_8021x(struct rpc *r, struct device_call *c,
				  struct device_8021x *out)
{
	struct assistant a = {.r = r, .protocol = (int)out->protocol};
	struct err *e = login(&a);

	if (e == NULL)
		e = credentials(&a, c, out);
	end(&a);
	return e;
}
