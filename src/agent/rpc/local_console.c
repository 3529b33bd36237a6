/* SPDX-License-Identifier: Apache-2.0
 * A Console's part in local flows: the profile from it, the device's record in it.
 * rpc.md 1.11.
 */
#include <agent/rpc/console.h>

#include <agent/rpc/amtinfo.h>
#include <agent/rpc/local_priv.h>
#include <agent/rpc/local_settings.h>
#include <agent/rpc/sync.h>
#include <agent/rpc/web.h>
#include <base/encode.h>

bool local_console_used(const struct rpc *r)
{
	struct str url = str_of(r->o.url);

	return str_istarts(url, STR("http://")) || str_istarts(url, STR("https://"));
}

/* --devices-endpoint, whole or a path; else below the console's own address. */
static struct err *devices_url(struct rpc *r, const char **out)
{
	const char *path = r->o.devices_endpoint;
	struct web_url u;

	if (path != NULL && strstr(path, "://") != NULL) {
		*out = path;
		return NULL;
	}
	TRY(web_url_parse(&r->a, r->o.url, &u));
	*out = arena_printf(&r->a, "%s://%s%s", u.scheme, u.authority,
			    path != NULL ? path : "/api/v1/devices");
	return NULL;
}

/* ---- profile ---- */

static struct err *get_profile(struct rpc *r, struct console *c, struct secret *out)
{
	struct str answer = {0};
	int status;

	TRY(console_call(c, "GET", r->o.url, NULL, &status, &answer));
	if (status != 200)
		return err_new(status == 401 ? ERR_UNAUTHENTICATED : ERR_UNAVAILABLE,
			       "the console answered HTTP status %d for the profile",
			       status);
	secret_set(out, answer);
	secret_wipe((char *)(uintptr_t)answer.p, answer.n);
	return NULL;
}

struct err *local_console_profile(struct rpc *r, struct secret *out)
{
	struct console c;
	struct err *e = console_open(r, r->o.url, &c);

	if (e == NULL)
		e = get_profile(r, &c, out);
	console_close(&c);
	return e;
}

/* ---- the device's record ---- */

static void put_secret(json_t *o, const char *key, const struct secret *s)
{
	if (s->n > 0)
		json_object_set_new(o, key, json_stringn(s->p, s->n));
}

static json_t *tags_of(const json_t *profile)
{
	json_t *tags = setting(profile, "tags");

	return json_is_array(tags) ? json_deep_copy(tags) : json_array();
}

static json_t *record(struct rpc *r, const char *guid, const json_t *profile)
{
	bool cira = r->o.mps_address != NULL,
	     tls = setting_bool(profile, "configuration.tls.enabled");
	char address[OS_ADDRESS_SIZE] = "";
	json_t *o = json_object();

	if (!os_any_address(address))
		snprintf(address, sizeof(address), "0.0.0.0");
	json_object_set_new(o, "guid", json_string(guid));
	json_object_set_new(o, "hostname", json_string(address));
	if (r->o.name != NULL)
		json_object_set_new(o, "friendlyName", rpc_json_text(str_of(r->o.name)));
	json_object_set_new(o, "tags", tags_of(profile));
	json_object_set_new(o, "mpsusername", json_string(cira ? "admin" : ""));
	json_object_set_new(o, "username", json_string("admin"));
	put_secret(o, "password", &r->o.password);
	put_secret(o, "mebxpassword", &r->o.mebx_password);
	if (cira)
		put_secret(o, "mpspassword", &r->o.mps_password);
	json_object_set_new(o, "useTLS", json_boolean(tls));
	json_object_set_new(o, "allowSelfSigned", json_boolean(tls));
	return o;
}

static struct err *add(struct rpc *r, struct console *c, const json_t *profile)
{
	const char *guid, *url;
	int status;

	TRY(devices_url(r, &url));
	TRY(local_guid(r, &guid));
	TRY(console_call(c, "POST", url, record(r, guid, profile), &status, NULL));
	if (status == 409)
		TRY(console_call(c, "PATCH", url, record(r, guid, profile), &status,
				 NULL));
	if (!console_good(status))
		return err_new(ERR_UNAVAILABLE,
			       "failed to add device to console: HTTP status %d", status);
	return NULL;
}

struct err *local_console_add(struct rpc *r, const json_t *profile)
{
	struct console c;

	if (!local_console_used(r))
		return NULL;
	struct err *e = console_open(r, r->o.url, &c);
	if (e == NULL)
		e = add(r, &c, profile);
	console_close(&c);
	return e;
}

/* ---- afterwards ---- */

static void warn(struct rpc *r, struct err *take_e, const char *what)
{
	if (take_e == NULL)
		return;
	rpc_log(r, LOG_WARN, "%s", what);
	rpc_log_err(r, LOG_WARN, take_e);
	err_free(take_e);
}

/* amtinfo --sync tells the console at --url. */
static struct err *sync_info(struct rpc *r)
{
	struct rpc_info info = {.show = (1u << SHOW_ALL) - 1};
	const char *profile_url = r->o.url, *url;

	TRY(devices_url(r, &url));
	TRY(rpc_info_read(r, true, &info));
	r->o.url = url;
	struct err *e = rpc_sync_info(r, &info, true);
	r->o.url = profile_url;
	return e;
}

void local_console_sync(struct rpc *r)
{
	if (local_console_used(r))
		warn(r, sync_info(r), "Post-activation deviceInfo sync failed");
}

static struct err *change(struct rpc *r, struct console *c, const char *method,
			  const char *path, json_t *take_body)
{
	const char *url;
	int status = 0;
	struct err *e = devices_url(r, &url);

	if (e != NULL) {
		json_decref(take_body);
		return e;
	}
	TRY(console_call(c, method, arena_printf(&r->a, "%s%s", url, path), take_body,
			 &status, NULL));
	if (!console_good(status) && status != 404)
		return err_new(ERR_UNAVAILABLE, "the console answered HTTP status %d",
			       status);
	return NULL;
}

static struct err *no_cira(struct rpc *r)
{
	const char *guid;
	struct console c;

	TRY(local_guid(r, &guid));
	struct err *e = console_open(r, r->o.url, &c);
	if (e == NULL)
		e = change(r, &c, "PATCH", "",
			   json_pack("{s:s,s:s}", "guid", guid, "mpspassword", ""));
	console_close(&c);
	return e;
}

void local_console_no_cira(struct rpc *r)
{
	if (local_console_used(r))
		warn(r, no_cira(r), "failed to clear MPS password");
}

struct err *local_console_remove(struct rpc *r)
{
	const char *guid;
	struct console c;

	if (!local_console_used(r))
		return NULL;
	TRY(local_guid(r, &guid));
	struct err *e = console_open(r, r->o.url, &c);
	if (e == NULL)
		e = change(r, &c, "DELETE", arena_printf(&r->a, "/%s", guid), NULL);
	console_close(&c);
	return e == NULL ? NULL
			 : err_wrap(e, "device deactivated but failed to delete from "
				       "console");
}
