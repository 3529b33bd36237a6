/* SPDX-License-Identifier: Apache-2.0
 * Wi-Fi: synchronization with the host, profiles. 802.1x of both kinds of port. rpc.md
 * 1.6, 4.7.
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/local_settings.h>
#include <ctype.h>
#include <device/certificates.h>
#include <device/keys.h>
#include <device/wifi.h>
#include <device/wired.h>

/* ---- 802.1x ---- */

bool local_8021x_wanted(const struct rpc *r)
{
	return r->o.ieee8021x.profile_name != NULL;
}

static struct err *missing(struct rpc *r, const char *what)
{
	return rpc_exit_error(r, RPC_EXIT_IEEE8021X_MISSING, "802.1x needs %s", what);
}

static struct err *tls_credentials(struct rpc *r, struct device_call *c,
				   struct device_8021x *out)
{
	struct rpc_ieee8021x *x = &r->o.ieee8021x;
	struct str cert;

	if (x->client_cert == NULL)
		return missing(r, "a client certificate");
	if (x->private_key.n == 0)
		TRY(rpc_ask_secret(r, "802.1x Private Key", &x->private_key));
	TRY(local_certificate(r, x->client_cert, "the 802.1x client certificate", &cert));
	TRY(device_key_add(c, &x->private_key, NULL));
	return device_certificate_add(c, cert, &out->client_certificate);
}

struct err *local_8021x(struct rpc *r, struct device_call *c, struct device_8021x *out)
{
	struct rpc_ieee8021x *x = &r->o.ieee8021x;
	uint64_t protocol = 0;
	struct str root;

	if (x->profile_name == NULL)
		return missing(r, "a profile");
	if (x->username == NULL && !local_assistant_wanted(r))
		return missing(r, "a user name");
	if (x->protocol != NULL && !str_u64(str_of(x->protocol), 10, &protocol))
		return missing(r, "an authentication protocol: 0 or 2");
	if (protocol != DEVICE_8021X_TLS && protocol != DEVICE_8021X_PEAP_MSCHAPV2)
		return missing(r, "an authentication protocol: 0 (EAP-TLS) or 2 "
				  "(PEAPv0/EAP-MSCHAPv2)");
	*out = (struct device_8021x){
		.name = str_of(x->profile_name),
		.protocol = (enum device_8021x_protocol)protocol,
		.username = str_of(x->username),
		.available_in_s0 = true,
	};
	if (local_assistant_wanted(r)) {
		TRY(local_assistant_check(r));
		return local_assistant_8021x(r, c, out);
	}
	if (protocol == DEVICE_8021X_TLS) {
		TRY(tls_credentials(r, c, out));
	} else {
		if (x->password.n == 0)
			TRY(rpc_ask_secret(r, "802.1x Password", &x->password));
		out->password = &x->password;
	}
	if (x->ca_cert == NULL)
		return missing(r, "the root certificate of its server");
	TRY(local_certificate(r, x->ca_cert, "the 802.1x root certificate", &root));
	return device_certificate_add_root(c, root, &out->ca_certificate);
}

/* ---- is there any ---- */

static struct err *has_wifi(struct rpc *r, struct device_call *c, const char *skipped,
			    bool *has)
{
	struct device_ports ports;

	TRY(device_ports_read(c, &ports));
	*has = ports.wireless != NULL;
	if (!*has)
		rpc_log(r, LOG_WARN, "Device does not have WiFi hardware; skipping %s",
			skipped);
	return NULL;
}

/* ---- synchronization ---- */

struct err *local_wifi_sync(struct rpc *r, struct device_call *c, const void *arg)
{
	/* v2's enablewifiport has no flags: both on. */
	bool flags = r->form == RPC_V3 || arg != NULL;
	struct device_wifi_sync want = {
		.local = flags ? r->o.os_wifi_sync : true,
		.uefi = flags ? r->o.uefi_wifi_sync : true,
	};
	bool has;

	TRY(has_wifi(r, c, "WiFi sync configuration", &has));
	if (!has)
		return NULL;
	rpc_log(r, LOG_INFO, "Setting WiFi sync with OS: %s",
		want.local ? "ENABLED" : "DISABLED");
	rpc_log(r, LOG_INFO, "Setting UEFI WiFi profile share: %s",
		want.uefi ? "ENABLED (if supported)" : "DISABLED");
	TRY(device_wifi_sync_set(c, &want, NULL));
	TRY(device_wifi_port_set(c, CIM_WIFI_S0_SX_AC));
	rpc_log(r, LOG_INFO, "Successfully applied WiFi synchronization settings.");
	return NULL;
}

struct err *rpc_configure_wifi_sync(struct rpc *r)
{
	return local_configure(r, RPC_EXIT_WIFI_CONFIGURATION, local_wifi_sync);
}

/* ---- profiles ---- */

struct err *local_wireless_purge(struct rpc *r, struct device_call *c, const void *arg)
{
	struct device_list list;
	bool has;

	TRY(has_wifi(r, c, "wireless profile configuration", &has));
	if (!has)
		return NULL;
	TRY(device_wifi_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct cim_wifi_endpoint_settings *p = list.v[i];
		rpc_log(r, LOG_INFO, "deleting wifiSetting: " STR_FMT,
			STR_ARG(p->instance_id));
		TRY(device_wifi_delete(c, p->instance_id));
		rpc_log(r, LOG_INFO, "successfully deleted wifiSetting: " STR_FMT,
			STR_ARG(p->instance_id));
	}
	return device_certificate_prune(c, NULL, NULL);
}

static struct err *wrong_profile(struct rpc *r, const char *why)
{
	return rpc_exit_error(r, RPC_EXIT_WIFI_PROFILE_NAME, "%s", why);
}

static struct err *check_name(struct rpc *r, const char *name)
{
	if (name == NULL)
		return wrong_profile(r, "profile name is required");
	for (const char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p))
			return rpc_exit_error(r, RPC_EXIT_WIFI_PROFILE_NAME,
					      "invalid wifi profile name: %s (only "
					      "alphanumeric allowed)",
					      name);
	return NULL;
}

static struct err *number(struct rpc *r, const char *text, const char *preset,
			  const char *what, uint64_t *out)
{
	if (str_u64(str_of(text != NULL ? text : preset), 65535, out))
		return NULL;
	return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE, "invalid %s: %s", what, text);
}

/* The options as a profile; what needs the device comes later. */
static struct err *profile(struct rpc *r, struct device_wifi *w)
{
	struct rpc_options *o = &r->o;
	uint64_t priority, auth, encryption;

	TRY(check_name(r, o->wifi_profile_name));
	if (o->ssid == NULL)
		return wrong_profile(r, "SSID is required");
	TRY(number(r, o->priority, "1", "priority", &priority));
	TRY(number(r, o->authentication, "6", "authentication method", &auth));
	TRY(number(r, o->encryption, "4", "encryption method", &encryption));
	if (auth != CIM_WIFI_AUTH_WPA_PSK && auth != CIM_WIFI_AUTH_WPA2_PSK &&
	    auth != CIM_WIFI_AUTH_WPA_8021X && auth != CIM_WIFI_AUTH_WPA2_8021X)
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "unsupported authentication method: %u",
				      (unsigned)auth);
	if (encryption != CIM_WIFI_TKIP && encryption != CIM_WIFI_CCMP)
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "unsupported encryption method: %u",
				      (unsigned)encryption);
	bool psk = auth == CIM_WIFI_AUTH_WPA_PSK || auth == CIM_WIFI_AUTH_WPA2_PSK;
	if (psk && local_8021x_wanted(r))
		return wrong_profile(r, "IEEE 802.1x profile name should not be "
					"specified for PSK authentication");
	if (!psk && o->psk.n > 0)
		return wrong_profile(r, "PSK passphrase should not be specified for "
					"IEEE 802.1x authentication");
	if (psk && o->psk.n == 0)
		TRY(rpc_ask_secret(r, "PSK Passphrase", &o->psk));
	*w = (struct device_wifi){
		.name = str_of(o->wifi_profile_name),
		.ssid = str_of(o->ssid),
		.priority = (unsigned)priority,
		.auth = (enum cim_wifi_auth)auth,
		.encryption = (enum cim_wifi_encryption)encryption,
		.passphrase = psk ? &o->psk : NULL,
	};
	return NULL;
}

struct err *local_wireless_add(struct rpc *r, struct device_call *c, const void *arg)
{
	struct device_8021x x;
	struct device_wifi w;
	bool has;

	TRY(has_wifi(r, c, "wireless profile configuration", &has));
	if (!has)
		return NULL;
	TRY(profile(r, &w));
	rpc_log(r, LOG_INFO, "configuring wifi profile: " STR_FMT, STR_ARG(w.name));
	if (w.passphrase == NULL) {
		TRY(local_8021x(r, c, &x));
		w.ieee8021x = &x;
	}
	TRY(device_wifi_add(c, &w));
	rpc_log(r, LOG_INFO, "successfully configured: " STR_FMT, STR_ARG(w.name));
	return NULL;
}

/* What was there goes first: rpc's profile is the only one then (rpc.md 4.7). It is
 * checked before. */
static struct err *replace(struct rpc *r, struct device_call *c, const void *arg)
{
	struct device_wifi w;

	if (!r->o.purge)
		TRY(profile(r, &w));
	else
		rpc_log(r, LOG_INFO, "purging all AMT wireless profiles");
	TRY(local_wireless_purge(r, c, NULL));
	if (!r->o.purge)
		return local_wireless_add(r, c, NULL);
	rpc_log(r, LOG_INFO, "successfully purged all AMT wireless profiles");
	return NULL;
}

/* All profiles of a settings file (v2). One that fails does not stop the others. */
static struct err *replace_all(struct rpc *r, struct device_call *c, const void *config)
{
	const json_t *one;
	size_t i, n = 0, failed = 0;

	TRY(local_wireless_purge(r, c, NULL));
	json_array_foreach(setting(config, "wifiConfigs"), i, one)
	{
		struct err *e = local_config_wifi(r, config, one);
		if (e == NULL)
			e = local_wireless_add(r, c, NULL);
		n++;
		if (err_is(e, ERR_CANCELLED) || err_is(e, ERR_CLOSED))
			return e;
		if (e == NULL)
			continue;
		rpc_log_err(r, LOG_ERROR, e);
		err_free(e);
		r->code = RPC_EXIT_OK;
		failed++;
	}
	if (failed == 0)
		return NULL;
	return rpc_exit_error(
		r, failed == n ? RPC_EXIT_WIFI_CONFIGURATION : RPC_EXIT_WIFI_WARNINGS,
		"%zu of %zu profiles were not added", failed, n);
}

struct err *rpc_configure_wireless(struct rpc *r)
{
	_cleanup_(json_wipep) json_t *config = NULL;
	struct err *e;

	TRY(local_config_read(r, &config));
	if (setting(config, "wifiConfigs") == NULL)
		return local_configure(r, RPC_EXIT_WIFI_CONFIGURATION, replace);
	e = local_talk(r, RPC_AS_ADMIN, replace_all, config);
	if (e == NULL || r->code != RPC_EXIT_OK)
		return e;
	return rpc_exit_wrap(r, e,
			     e->kind == ERR_UNAUTHENTICATED
				     ? RPC_EXIT_AMT_AUTHENTICATION
				     : RPC_EXIT_WIFI_CONFIGURATION);
}
