/* SPDX-License-Identifier: Apache-2.0
 * v2's files of settings: what they say goes into the options where the command line says
 * nothing. rpc.md 1.8.
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/local_settings.h>
#include <base/encode.h>

/* ---- which file ---- */

static struct err *reading_failed(struct rpc *r, struct err *take_e, const char *what)
{
	_cleanup_(buf_fini) struct buf b = {0};

	err_text(take_e, &b);
	err_free(take_e);
	return rpc_exit_error(r, RPC_EXIT_READING_CONFIGURATION, "%s: %s", what, b.p);
}

static bool is_pfx(const char *path)
{
	return str_ends(str_of(path), STR(".pfx"));
}

/* A provisioning certificate alone. */
static struct err *take_pfx(struct rpc *r)
{
	_cleanup_(secret_fini) struct secret file = {0};
	struct err *e = settings_file(r->o.config, &file);

	if (e != NULL)
		return reading_failed(r, e, "-config");
	char *text = base64_encode(&r->a, file.p, file.n);
	secret_set(&r->o.provisioning_cert, str_of(text));
	secret_wipe(text, strlen(text));
	return NULL;
}

static struct err *read_file(struct rpc *r, const char *path, const char *what,
			     json_t **out)
{
	_cleanup_(secret_fini) struct secret file = {0};
	struct err *e = settings_file(path, &file);

	if (e == NULL)
		e = settings_parse((struct str){file.p, file.n}, out);
	return e == NULL ? NULL : reading_failed(r, e, what);
}

struct err *local_config_read(struct rpc *r, json_t **out)
{
	*out = NULL;
	if (r->form != RPC_V2)
		return NULL;
	if (r->o.config_v2 != NULL) {
		_cleanup_(secret_fini) struct secret file = {0};
		struct err *e = settings_file(r->o.config_v2, &file);
		if (e == NULL)
			e = settings_profile((struct str){file.p, file.n}, &r->o.key,
					     out);
		return e == NULL ? NULL : reading_failed(r, e, "-configv2");
	}
	if (r->o.config_json != NULL) {
		struct err *e = settings_parse(str_of(r->o.config_json), out);
		return e == NULL ? NULL : reading_failed(r, e, "-configJson");
	}
	if (r->o.config == NULL)
		return NULL;
	return is_pfx(r->o.config) ? take_pfx(r)
				   : read_file(r, r->o.config, "-config", out);
}

/* ---- what it says ---- */

static void text_unless(struct rpc *r, const json_t *o, const char *path,
			const char **out, const char *flag)
{
	const char *s = setting_text(r, o, path);

	if (s != NULL && !rpc_given(r, flag))
		*out = s;
}

static json_t *named(const json_t *list, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
	{
		const char *n = json_string_value(setting(item, "profileName"));
		if (n != NULL && name != NULL && strcmp(n, name) == 0)
			return item;
	}
	return NULL;
}

/* Secrets may be in a file of their own, by the profile's name. */
static struct err *take_secrets(struct rpc *r, const char *profile,
				struct secret *passphrase)
{
	_cleanup_(json_wipep) json_t *file = NULL;

	if (r->o.secrets == NULL)
		return NULL;
	TRY(read_file(r, r->o.secrets, "-secrets", &file));
	const json_t *one = named(setting(file, "secrets"), profile);
	if (passphrase != NULL)
		setting_secret(one, "pskPassphrase", passphrase);
	setting_secret(one, "password", &r->o.ieee8021x.password);
	setting_secret(one, "privateKey", &r->o.ieee8021x.private_key);
	return NULL;
}

static struct err *take_8021x(struct rpc *r, const json_t *config, const char *name)
{
	struct rpc_ieee8021x *x = &r->o.ieee8021x;
	const json_t *p = named(setting(config, "ieee8021xConfigs"), name);

	if (name == NULL)
		return NULL;
	if (p == NULL)
		return rpc_exit_error(r, RPC_EXIT_IEEE8021X_MISSING,
				      "there is no ieee8021xConfigs entry named %s",
				      name);
	x->profile_name = name;
	x->username = setting_text(r, p, "username");
	x->protocol = setting_text(r, p, "authenticationProtocol");
	x->client_cert = setting_text(r, p, "clientCert");
	x->ca_cert = setting_text(r, p, "caCert");
	setting_secret(p, "password", &x->password);
	setting_secret(p, "privateKey", &x->private_key);
	return take_secrets(r, name, NULL);
}

static struct err *take_wired(struct rpc *r, const json_t *config)
{
	const json_t *w = setting(config, "wiredConfig");

	if (w == NULL)
		return NULL;
	r->o.dhcp |= setting_bool(w, "dhcp");
	r->o.static_ip_mode |= setting_bool(w, "static");
	r->o.ip_sync |= setting_bool(w, "ipsync");
	text_unless(r, w, "ipaddress", &r->o.ip_address, "ipaddress");
	text_unless(r, w, "subnetmask", &r->o.subnet_mask, "subnetmask");
	text_unless(r, w, "gateway", &r->o.gateway, "gateway");
	text_unless(r, w, "primarydns", &r->o.primary_dns, "primarydns");
	text_unless(r, w, "secondarydns", &r->o.secondary_dns, "secondarydns");
	return take_8021x(r, config, setting_text(r, w, "ieee8021xProfileName"));
}

static void take_activation(struct rpc *r, const json_t *config)
{
	const json_t *acm = setting(config, "acmactivate"),
		     *ccm = setting(config, "ccmactivate");

	setting_secret(acm, "provisioningCert", &r->o.provisioning_cert);
	setting_secret(acm, "provisioningCertPwd", &r->o.provisioning_cert_password);
	if (r->o.acm)
		setting_secret(acm, "amtPassword", &r->o.password);
	if (r->o.ccm)
		setting_secret(ccm, "amtPassword", &r->o.password);
	setting_secret(config, "password", &r->o.password);
}

struct err *local_config_wifi(struct rpc *r, const json_t *config, const json_t *wifi)
{
	struct rpc_options *o = &r->o;

	secret_fini(&o->psk);
	secret_fini(&o->ieee8021x.password);
	secret_fini(&o->ieee8021x.private_key);
	o->ieee8021x = (struct rpc_ieee8021x){0};
	o->wifi_profile_name = setting_text(r, wifi, "profileName");
	o->ssid = setting_text(r, wifi, "ssid");
	o->priority = setting_text(r, wifi, "priority");
	o->authentication = setting_text(r, wifi, "authenticationMethod");
	o->encryption = setting_text(r, wifi, "encryptionMethod");
	setting_secret(wifi, "pskPassphrase", &o->psk);
	TRY(take_secrets(r, o->wifi_profile_name, &o->psk));
	return take_8021x(r, config, setting_text(r, wifi, "ieee8021xProfileName"));
}

struct err *local_config_apply(struct rpc *r)
{
	_cleanup_(json_wipep) json_t *config = NULL;

	TRY(local_config_read(r, &config));
	if (config == NULL)
		return NULL;
	if (setting(config, "configuration") != NULL) {
		local_profile_options(r, config);
		return NULL;
	}
	take_activation(r, config);
	text_unless(r, config, "enterpriseAssistant.eaAddress", &r->o.ea_address,
		    "eaAddress");
	text_unless(r, config, "enterpriseAssistant.eaUsername", &r->o.ea_username,
		    "eaUsername");
	setting_secret(config, "enterpriseAssistant.eaPassword", &r->o.ea_password);
	text_unless(r, config, "tlsConfig.mode", &r->o.tls_mode, "mode");
	text_unless(r, config, "tlsConfig.delay", &r->o.tls_delay, "delay");
	return take_wired(r, config);
}
