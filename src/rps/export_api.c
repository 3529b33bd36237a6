/* SPDX-License-Identifier: Apache-2.0
 * A profile as the encrypted file that `rpc activate --profile` reads on a device without
 * a server (rps.md 2.4). It holds every secret of the profile, so it takes the permission
 * to read secrets. What it says is the profile's own; upstream has constants for
 * redirection and user consent, and a placeholder for the pass-phrase.
 */
#include <rps/rps_api_priv.h>

#include <base/aead.h>
#include <base/encode.h>
#include <base/json.h>

#define RAW_KEY 24 /* base64 of it are the 32 bytes that the clients use as the key */

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static json_t *secret_json(const struct secret *s)
{
	return json_stringn(or_empty(s->p), s->n);
}

static json_t *ieee8021x_json(const struct rps_ieee8021x *x)
{
	if (x == NULL)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:b}", "profileName", x->name,
			 "username", "", "password", "", "authenticationProtocol",
			 x->protocol, "pxeTimeout", x->pxe_timeout, "wiredInterface",
			 x->wired);
}

static json_t *wifi_json(const struct rps_setup *s)
{
	json_t *v = json_array();

	for (size_t i = 0; i < s->n_wifi; i++) {
		const struct rps_setup_wifi *w = &s->wifi[i];

		json_array_append_new(
			v, json_pack("{s:s, s:s, s:i, s:i, s:i, s:o, s:s}", "profileName",
				     w->config.name, "ssid", or_empty(w->config.ssid),
				     "priority", w->priority, "authenticationMethod",
				     w->config.authentication, "encryptionMethod",
				     w->config.encryption, "pskPassphrase",
				     secret_json(&w->psk), "ieee8021xProfileName",
				     or_empty(w->config.ieee8021x_name)));
	}
	return v;
}

static json_t *network_json(const struct rps_setup *s)
{
	bool dhcp = s->profile.dhcp != RPS_NO;
	json_t *wired = json_pack("{s:b, s:b, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:o}",
				  "dhcpEnabled", dhcp, "ipSyncEnabled",
				  s->profile.ip_sync == RPS_YES, "sharedStaticIP", !dhcp,
				  "ipAddress", "", "subnetMask", "", "defaultGateway", "",
				  "primaryDNS", "", "secondaryDNS", "", "authentication",
				  "", "ieee8021x", ieee8021x_json(s->wired));
	json_t *wireless =
		json_pack("{s:b, s:b, s:o}", "wifiSyncEnabled",
			  s->profile.local_wifi_sync == RPS_YES, "uefiWifiSyncEnabled",
			  s->profile.uefi_wifi_sync == RPS_YES, "profiles", wifi_json(s));

	return json_pack("{s:o, s:o}", "wired", wired, "wireless", wireless);
}

static json_t *redirection_json(const struct rps_profile *p)
{
	bool kvm = p->kvm == RPS_YES, sol = p->sol == RPS_YES, ider = p->ider == RPS_YES;

	return json_pack("{s:b, s:{s:b, s:b, s:b}, s:s}", "enabled", kvm || sol || ider,
			 "services", "kvm", kvm, "sol", sol, "ider", ider, "userConsent",
			 p->user_consent != NULL ? p->user_consent : "None");
}

struct domain_secrets {
	struct secret pfx, password;
};

static json_t *document(const struct rps *r, const struct rps_setup *s,
			const struct domain_secrets *d)
{
	const struct rps_profile *p = &s->profile;
	bool mutual = p->tls_mode == 3 || p->tls_mode == 4;
	json_t *amt = json_pack("{s:s, s:o, s:o, s:o, s:o}", "controlMode", p->activation,
				"adminPassword", secret_json(&s->amt_password),
				"provisioningCert", secret_json(&d->pfx),
				"provisioningCertPwd", secret_json(&d->password),
				"mebxPassword", secret_json(&s->mebx_password));
	json_t *config = json_pack(
		"{s:{s:b, s:i, s:b}, s:o, s:{s:b, s:b, s:[], s:b}, s:o, s:{s:[]},"
		" s:{s:s, s:s, s:s}, s:o, s:{s:s}, s:{s:s}, s:{s:s}}",
		"generalSettings", "sharedFQDN", 0, "networkInterfaceEnabled", 0,
		"pingResponseEnabled", 0, "network", network_json(s), "tls",
		"mutualAuthentication", mutual, "enabled", p->tls_mode != 0, "trustedCN",
		"allowNonTLS", p->tls_mode == 2 || p->tls_mode == 4, "redirection",
		redirection_json(p), "userAccounts", "userAccounts",
		"enterpriseAssistant", "url",
		config_str(r->config, "rps.enterprise_assistant_url"), "username", "",
		"password", "", "amtSpecific", amt, "bmcSpecific", "adminPassword", "",
		"dashSpecific", "adminPassword", "", "redfishSpecific", "adminPassword",
		"");

	return json_pack("{s:i, s:s, s:o}", "id", 0, "name", p->name, "configuration",
			 config);
}

/* JSON is YAML. */
static void answer(struct http_req *req, struct http_res *res, const char *name,
		   const json_t *doc)
{
	struct buf plain = {0}, sealed = {0};
	uint8_t raw[RAW_KEY], nonce[AEAD_NONCE_SIZE];
	size_t n = json_dumpb(doc, NULL, 0, JSON_INDENT(2));

	random_bytes(raw, sizeof(raw));
	const char *key = base64_encode(req->arena, raw, sizeof(raw));
	json_dumpb(doc, buf_reserve(&plain, n), n, JSON_INDENT(2));
	plain.len = n;
	buf_reserve(&sealed, n + AEAD_NONCE_SIZE + AEAD_TAG_SIZE);
	sealed.len = AEAD_NONCE_SIZE;
	aead_seal((const uint8_t *)key, STR(""), nonce, buf_str(&plain), &sealed);
	memcpy(sealed.p, nonce, AEAD_NONCE_SIZE);
	buf_fini_wipe(&plain);
	http_res_header(res, "Cache-Control", "no-store");
	http_res_json(res, 200,
		      json_pack("{s:s, s:s, s:s}", "filename",
				arena_printf(req->arena, "%s.yaml", name), "content",
				base64_encode(req->arena, sealed.p, sealed.len), "key",
				key));
	buf_fini(&sealed);
}

/* As upstream: no domain of that name, no certificate. */
static struct err *read_domain(struct http_req *req, const struct rps_setup *s,
			       struct domain_secrets *d)
{
	const char *name = http_req_query(req, "domainName");
	struct rps_row row;
	json_t *secret;

	if (name == NULL || !rps_profile_is_acm(&s->profile))
		return NULL;
	TRY(rps_row_get(rps_of(req)->store, &rps_domains, rps_tenant(req), name,
			req->arena, req->until, &row));
	TRY(rps_secret_read(rps_of(req)->store, &row, req->arena, req->until, &secret));
	rps_secret_text(secret, "CERT", &d->pfx);
	rps_secret_text(secret, "CERT_PASSWORD", &d->password);
	json_wipe(secret);
	return NULL;
}

struct err *rps_profile_export(struct http_req *req, struct http_res *res)
{
	struct rps_setup s;
	struct domain_secrets d = {0};
	struct err *e = rps_setup_read(rps_of(req)->store, rps_tenant(req),
				       http_param(req, "profileName"), req->arena,
				       req->until, &s);

	if (e == NULL)
		e = read_domain(req, &s, &d);
	if (e == NULL)
		e = rps_audit_secret(req, NULL, s.profile.name);
	if (e == NULL) {
		json_auto_t *doc = document(rps_of(req), &s, &d);
		answer(req, res, s.profile.name, doc);
	}
	secret_fini(&d.pfx);
	secret_fini(&d.password);
	rps_setup_fini(&s);
	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	rps_answer(res, 404, "Not Found", e->msg);
	err_free(e);
	return NULL;
}
