/* SPDX-License-Identifier: Apache-2.0
 * A profile of a Console carried out without RPS: from a file, or fetched. rpc.md 1.12.
 *
 * Where upstream starts itself anew for each step, with passwords in its arguments, the
 * steps are functions here.
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/console.h>
#include <agent/rpc/local_settings.h>
#include <device/admin.h>
#include <device/setup.h>

#define PAUSE_FRESH_MS 3000 /* the firmware settles after an activation */
#define PAUSE_MS 1000
#define TRIES 4
#define AGAIN_MS 3000
#define PASSWORD_SIZE 16

#define C "configuration."

/* ---- sections of a profile as options ---- */

static const char *option(struct rpc *r, const json_t *p, const char *path)
{
	return setting_text(r, p, path);
}

static void take_8021x(struct rpc *r, const json_t *x, const char *name)
{
	struct rpc_ieee8021x *o = &r->o.ieee8021x;

	secret_fini(&o->password);
	secret_fini(&o->private_key);
	*o = (struct rpc_ieee8021x){0};
	if (option(r, x, "username") == NULL)
		return;
	o->profile_name = name;
	o->username = option(r, x, "username");
	o->protocol = option(r, x, "authenticationProtocol");
	o->client_cert = option(r, x, "clientCert");
	o->ca_cert = option(r, x, "caCert");
	setting_secret(x, "password", &o->password);
	setting_secret(x, "privateKey", &o->private_key);
}

/* False: the profile says nothing of it. */
static bool take_wired(struct rpc *r, const json_t *p)
{
	const json_t *w = setting(p, C "network.wired");
	struct rpc_options *o = &r->o;

	o->dhcp = setting_bool(w, "dhcpEnabled");
	o->ip_sync = o->dhcp || setting_bool(w, "ipSyncEnabled") ||
		     setting_bool(w, "sharedStaticIP");
	o->ip_address = option(r, w, "ipAddress");
	o->subnet_mask = option(r, w, "subnetMask");
	o->gateway = option(r, w, "defaultGateway");
	o->primary_dns = option(r, w, "primaryDNS");
	o->secondary_dns = option(r, w, "secondaryDNS");
	/* An address that comes from elsewhere has no use for one of its own. */
	if (o->ip_sync)
		o->ip_address = o->subnet_mask = o->gateway = o->primary_dns =
			o->secondary_dns = NULL;
	take_8021x(r, setting(w, "ieee8021x"), "wired");
	return o->dhcp || o->ip_sync || o->ip_address != NULL || local_8021x_wanted(r);
}

static const char *method(struct rpc *r, const json_t *w, const char *path,
			  const char *const names[][2], size_t n)
{
	const char *name = option(r, w, path);

	for (size_t i = 0; name != NULL && i < n; i++)
		if (str_ieqz(str_of(name), names[i][0]))
			return names[i][1];
	return name;
}

static void take_wifi(struct rpc *r, const json_t *w)
{
	static const char *const auth[][2] = {{"WPAPSK", "4"},
					      {"WPAIEEE8021x", "5"},
					      {"WPA2PSK", "6"},
					      {"WPA2IEEE8021x", "7"}};
	static const char *const encryption[][2] = {{"TKIP", "3"}, {"CCMP", "4"}};
	struct rpc_options *o = &r->o;

	o->wifi_profile_name = option(r, w, "profileName");
	o->ssid = option(r, w, "ssid");
	o->priority = option(r, w, "priority");
	o->authentication = method(r, w, "authenticationMethod", auth, ARRAY_LEN(auth));
	o->encryption =
		method(r, w, "encryptionMethod", encryption, ARRAY_LEN(encryption));
	secret_fini(&o->psk);
	take_8021x(r, setting(w, "ieee8021x"), o->wifi_profile_name);
	if (!local_8021x_wanted(r))
		setting_secret(w, "password", &o->psk);
}

static void take_tls(struct rpc *r, const json_t *p)
{
	const json_t *t = setting(p, C "tls");
	bool mutual = setting_bool(t, "mutualAuthentication"),
	     plain = setting_bool(t, "allowNonTLS");

	if (!setting_bool(t, "enabled"))
		r->o.tls_mode = NULL;
	else if (mutual)
		r->o.tls_mode = plain ? "MutualAndNonTLS" : "Mutual";
	else
		r->o.tls_mode = plain ? "ServerAndNonTLS" : "Server";
}

/* "SelfSigned", or the assistant signs. */
static void take_assistant(struct rpc *r, const json_t *p)
{
	const char *authority = option(r, p, C "tls.signingAuthority");

	if (authority == NULL || strcasecmp(authority, "SelfSigned") == 0)
		return;
	r->o.ea_address = option(r, p, C "enterpriseAssistant.url");
	r->o.ea_username = option(r, p, C "enterpriseAssistant.username");
	setting_secret(p, C "enterpriseAssistant.password", &r->o.ea_password);
}

static void take_features(struct rpc *r, const json_t *p)
{
	const json_t *s = setting(p, C "redirection.services");
	const char *consent = option(r, p, C "redirection.userConsent");

	r->o.kvm = setting_bool(s, "kvm");
	r->o.sol = setting_bool(s, "sol");
	r->o.ider = setting_bool(s, "ider");
	r->o.disable_all = !r->o.kvm && !r->o.sol && !r->o.ider;
	if (consent == NULL)
		return;
	char *lower = arena_strdup(&r->a, consent);
	for (char *c = lower; *c != '\0'; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
	r->o.user_consent = lower;
}

static bool take_cira(struct rpc *r, const json_t *p)
{
	const json_t *cira = setting(p, C "amtSpecific.cira"), *item;
	struct buf domains = {0};
	size_t i;

	r->o.mps_address = option(r, cira, "mpsAddress");
	if (r->o.mps_address == NULL)
		return false;
	r->o.mps_cert = option(r, cira, "mpsCert");
	setting_secret(cira, "mpsPassword", &r->o.mps_password);
	r->o.generate_random_password = setting_bool(cira, "generateRandomPassword");
	json_array_foreach(setting(cira, "environmentDetection"), i, item)
	{
		if (json_is_string(item))
			buf_addf(&domains, "%s%s", domains.len > 0 ? "," : "",
				 json_string_value(item));
	}
	if (domains.len > 0)
		r->o.env_detection = arena_strdup(&r->a, domains.p);
	buf_fini(&domains);
	return true;
}

static void take_activation(struct rpc *r, const json_t *p)
{
	const json_t *s = setting(p, C "amtSpecific");

	setting_secret(s, "provisioningCert", &r->o.provisioning_cert);
	setting_secret(s, "provisioningCertPwd", &r->o.provisioning_cert_password);
	setting_secret(s, "mebxPassword", &r->o.mebx_password);
}

static bool mode_is(struct rpc *r, const json_t *p, const char *name)
{
	const char *mode = option(r, p, C "amtSpecific.controlMode");

	return mode != NULL && strcasecmp(mode, name) == 0;
}

void local_profile_options(struct rpc *r, const json_t *p)
{
	if (!r->o.acm && !r->o.ccm) {
		r->o.acm = mode_is(r, p, "acmactivate");
		r->o.ccm = mode_is(r, p, "ccmactivate");
	}
	take_activation(r, p);
	take_assistant(r, p);
	setting_secret(p, C "amtSpecific.adminPassword", &r->o.password);
	take_wired(r, p);
	take_tls(r, p);
	take_features(r, p);
	take_cira(r, p);
}

/* ---- steps ---- */

struct run {
	struct rpc *r;
	const json_t *profile;
	bool fresh; /* activated just now */
};

static bool passing(const struct err *e)
{
	return err_is(e, ERR_CLOSED) || err_is(e, ERR_TIMEOUT) ||
	       err_is(e, ERR_UNAVAILABLE);
}

/* Firmware that was just set up loses connections for a while. */
static struct err *step(struct run *run, enum rpc_exit code, local_fn *fn,
			const void *arg)
{
	struct rpc *r = run->r;

	for (int tries = 1;; tries++) {
		struct err *e = local_talk(r, RPC_AS_ADMIN, fn, arg);
		if (e == NULL || r->code != RPC_EXIT_OK)
			return e;
		if (!run->fresh || tries == TRIES || !passing(e))
			return rpc_exit_wrap(r, e,
					     e->kind == ERR_UNAUTHENTICATED
						     ? RPC_EXIT_AMT_AUTHENTICATION
						     : code);
		rpc_log_err(r, LOG_WARN, e);
		err_free(e);
		rpc_way_drop(r);
		TRY(fiber_sleep_ms(AGAIN_MS));
	}
}

static struct err *control_mode(struct rpc *r, const json_t *p)
{
	r->o.acm = mode_is(r, p, "acmactivate");
	r->o.ccm = mode_is(r, p, "ccmactivate");
	if (r->o.acm || r->o.ccm)
		return NULL;
	return rpc_exit_error(r, RPC_EXIT_CONFIGURATION,
			      "the profile's configuration.amtSpecific.controlMode is "
			      "neither acmactivate nor ccmactivate");
}

/* The password that the device will have. A made one is shown to nobody else: it must be
 * asked for when no server keeps it. */
static struct err *admin_password(struct rpc *r, const json_t *p, struct secret *out)
{
	setting_secret(p, C "amtSpecific.adminPassword", out);
	if (out->n > 0)
		return NULL;
	if (setting_bool(p, C "amtSpecific.generateRandomPassword") &&
	    local_console_used(r)) {
		local_random_password(out, PASSWORD_SIZE);
		return NULL;
	}
	if (r->o.password.n > 0) {
		secret_set(out, (struct str){r->o.password.p, r->o.password.n});
		return NULL;
	}
	return rpc_ask_secret(r, "AMT Password", out);
}

static struct err *look(struct rpc *r, struct device_call *c, const void *arg)
{
	struct device_setup now;

	return device_setup_read(c, &now);
}

/* What --password said, or asked for, in place of the profile's. */
static struct err *current_password(struct rpc *r, const struct secret *given)
{
	secret_fini(&r->o.password);
	if (given->n == 0)
		return rpc_ask_secret(r,
				      "Current AMT Password (to rotate to new profile "
				      "password)",
				      &r->o.password);
	secret_set(&r->o.password, (struct str){given->p, given->n});
	return NULL;
}

/* A device that is set up already has the profile's password, or gets it. */
static struct err *align_password(struct run *run, const struct secret *wanted)
{
	struct rpc *r = run->r;
	struct str text = {wanted->p, wanted->n};
	_cleanup_(secret_fini) struct secret given = r->o.password;

	r->o.password = (struct secret){0};
	secret_set(&r->o.password, text);
	struct err *e = local_talk(r, RPC_AS_ADMIN, look, NULL);
	if (!err_is(e, ERR_UNAUTHENTICATED))
		return e == NULL ? NULL : rpc_exit_wrap(r, e, RPC_EXIT_AMT_CONNECTION);
	err_free(e);
	TRY(current_password(r, &given));
	secret_fini(&r->o.new_password);
	secret_set(&r->o.new_password, text);
	TRY(step(run, RPC_EXIT_AMT_PASSWORD, local_amt_password, NULL));
	secret_fini(&r->o.password);
	secret_set(&r->o.password, text);
	return NULL;
}

static struct err *activate(struct run *run)
{
	struct rpc *r = run->r;
	bool up = r->mode == AMTHI_CLIENT_CONTROL && r->o.acm;

	if (r->mode != AMTHI_NOT_ACTIVATED && !up) {
		if (r->mode == AMTHI_ADMIN_CONTROL && r->o.ccm)
			return rpc_exit_error(r, RPC_EXIT_UNABLE_TO_ACTIVATE,
					      "the device is in admin control mode; the "
					      "profile wants client control mode");
		return NULL;
	}
	take_activation(r, run->profile);
	run->fresh = true;
	TRY(local_enable(r));
	struct err *e = r->o.ccm ? local_activate_client(r) : local_activate_admin(r);
	if (e != NULL && r->code == RPC_EXIT_OK)
		e = rpc_exit_wrap(r, e, RPC_EXIT_ACTIVATION);
	TRY(e);
	rpc_log(r, LOG_INFO, "Status: Device activated in %s Control Mode",
		r->o.ccm ? "Client" : "Admin");
	rpc_way_drop(r);
	return rpc_read_mode(r);
}

static struct err *wireless(struct run *run)
{
	struct rpc *r = run->r;
	const json_t *w = setting(run->profile, C "network.wireless"), *one;
	size_t i;

	/* Without the section there is nothing to be in step with. */
	r->o.os_wifi_sync = setting_bool(w, "wifiSyncEnabled");
	r->o.uefi_wifi_sync = setting_bool(w, "uefiWiFiSyncEnabled");
	TRY(step(run, RPC_EXIT_WIFI_CONFIGURATION, local_wifi_sync, w));
	TRY(step(run, RPC_EXIT_WIFI_CONFIGURATION, local_wireless_purge, NULL));
	json_array_foreach(setting(w, "profiles"), i, one)
	{
		take_wifi(r, one);
		TRY(step(run, RPC_EXIT_WIFI_CONFIGURATION, local_wireless_add, NULL));
	}
	return NULL;
}

static struct err *proxies(struct run *run)
{
	struct rpc *r = run->r;
	const json_t *one;
	size_t i;

	r->o.list = r->o.delete = false;
	json_array_foreach(setting(run->profile, C "network.proxy"), i, one)
	{
		r->o.address = option(r, one, "address");
		r->o.port = option(r, one, "port");
		r->o.network_dns_suffix = option(r, one, "networkDnsSuffix");
		TRY(step(run, RPC_EXIT_NETWORK_CONFIGURATION, local_proxy, NULL));
	}
	return NULL;
}

/* In upstream's order (rpc.md 1.12). */
static struct err *steps(struct run *run)
{
	struct rpc *r = run->r;
	const json_t *p = run->profile;

	TRY(activate(run));
	TRY(fiber_sleep_ms(run->fresh ? PAUSE_FRESH_MS : PAUSE_MS));
	if (r->mode == AMTHI_ADMIN_CONTROL && r->o.mebx_password.n > 0)
		TRY(step(run, RPC_EXIT_MEBX_PASSWORD, local_mebx, NULL));
	take_features(r, p);
	TRY(step(run, RPC_EXIT_FEATURES_CONFIGURATION, local_amt_features, NULL));
	if (take_wired(r, p))
		TRY(step(run, RPC_EXIT_WIRED_CONFIGURATION, local_wired, NULL));
	TRY(wireless(run));
	take_tls(r, p);
	take_assistant(r, p);
	if (r->o.tls_mode != NULL)
		TRY(step(run, RPC_EXIT_TLS_CONFIGURATION, local_tls, NULL));
	if (take_cira(r, p)) {
		struct err *e = step(run, RPC_EXIT_CIRA_CONFIGURATION, local_cira, NULL);
		if (e != NULL)
			local_console_no_cira(r);
		TRY(e);
	}
	return proxies(run);
}

static struct err *carry_out(struct rpc *r, const json_t *profile)
{
	struct run run = {.r = r, .profile = profile};
	_cleanup_(secret_fini) struct secret wanted = {0};

	TRY(control_mode(r, profile));
	TRY(admin_password(r, profile, &wanted));
	if (r->mode == AMTHI_NOT_ACTIVATED) {
		secret_fini(&r->o.password);
		secret_set(&r->o.password, (struct str){wanted.p, wanted.n});
	} else {
		TRY(align_password(&run, &wanted));
	}
	if (take_cira(r, profile) && r->o.mps_password.n == 0) {
		if (r->o.generate_random_password)
			local_random_password(&r->o.mps_password, 12);
		else
			TRY(rpc_ask_secret(r, "MPS Password", &r->o.mps_password));
	}
	if (setting_bool(profile, C "amtSpecific.generateRandomMEBXPassword") &&
	    r->o.mebx_password.n == 0 && local_console_used(r))
		local_random_password(&r->o.mebx_password, PASSWORD_SIZE);
	/* Who keeps the passwords gets them before the device does. */
	TRY(local_console_add(r, profile));
	TRY(steps(&run));
	local_console_sync(r);
	rpc_log(r, LOG_INFO, "Profile fullflow completed successfully");
	return NULL;
}

struct err *rpc_local_profile(struct rpc *r)
{
	_cleanup_(secret_fini) struct secret text = {0};
	_cleanup_(json_wipep) json_t *profile = NULL;
	struct err *e = r->o.url != NULL ? local_console_profile(r, &text)
					 : settings_file(r->o.profile, &text);

	if (e == NULL)
		e = settings_profile((struct str){text.p, text.n}, &r->o.key, &profile);
	if (e != NULL)
		return r->code != RPC_EXIT_OK
			       ? e
			       : rpc_exit_wrap(r, e, RPC_EXIT_READING_CONFIGURATION);
	return carry_out(r, profile);
}
