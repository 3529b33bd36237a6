/* SPDX-License-Identifier: Apache-2.0
 * amtinfo --sync. A device that the console does not know is registered first.
 */
#include <agent/rpc/sync.h>

#include <agent/rpc/local.h>
#include <agent/rpc/web.h>
#include <agent/rpc/words.h>
#include <base/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CALL_MS 10000
#define TOKEN_MAX 8192

/* ---- what the system is ---- */

static const char *read_value(struct arena *a, const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	char line[512];
	const char *found = "";

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		struct str s = str_trim(str_of(line));

		if (!str_starts(s, str_of(key)))
			continue;
		s = str_sub(s, strcspn(s.p, "=:") + 1, s.n);
		s = str_trim(s);
		if (s.n > 1 && s.p[0] == '"')
			s = str_sub(s, 1, s.n - 1);
		found = str_dup(a, s);
		break;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

static const char *best_address(const struct rpc_info *i)
{
	const struct info_adapter *const adapters[] = {&i->wired, &i->wireless};

	for (size_t k = 0; k < ARRAY_LEN(adapters); k++) {
		const struct info_adapter *a = adapters[k];

		if (a->known && a->os_address[0] != '\0' && a->os_address[0] != 'N' &&
		    strcmp(a->os_address, "0.0.0.0") != 0)
			return a->os_address;
		if (a->known && strcmp(a->address, "0.0.0.0") != 0)
			return a->address;
	}
	return "0.0.0.0";
}

static const char *device_name(struct rpc *r, const struct rpc_info *i)
{
	const char *address = best_address(i);
	char os[OS_ADDRESS_SIZE];

	if (strcmp(address, "0.0.0.0") != 0)
		return address;
	if (os_any_address(os))
		return arena_strdup(&r->a, os);
	return i->hostname != NULL && *i->hostname != '\0' ? i->hostname : "unknown";
}

static void put(json_t *o, const char *key, json_t *take_v)
{
	json_object_set_new(o, key, take_v);
}

static void put_text(json_t *o, const char *key, const char *value)
{
	if (value != NULL && *value != '\0')
		put(o, key, rpc_json_text(str_of(value)));
}

static json_t *hashes_json(const struct rpc_info *i)
{
	json_t *list = json_array();

	for (size_t k = 0; k < i->n_hashes; k++)
		if (i->hashes[k].hash[0] != '\0')
			json_array_append_new(list, json_string(i->hashes[k].hash));
	return list;
}

static void put_system(struct rpc *r, json_t *o)
{
	struct utsname u;
	char address[OS_ADDRESS_SIZE];

	uname(&u);
	put_text(o, "osName", "linux");
	put_text(o, "osVersion", u.release);
	put_text(o, "osDistro", read_value(&r->a, "/etc/os-release", "PRETTY_NAME"));
	put_text(o, "cpuModel", read_value(&r->a, "/proc/cpuinfo", "model name"));
	if (os_any_address(address))
		put_text(o, "osIpAddress", address);
}

static json_t *device_info(struct rpc *r, const struct rpc_info *i, bool heci,
			   const char *now)
{
	json_t *o = json_object();

	put(o, "fwVersion", rpc_json_text(i->version));
	put(o, "fwBuild", rpc_json_text(i->build));
	put(o, "fwSku", rpc_json_text(i->sku));
	put(o, "currentMode",
	    json_string(i->has_mode ? rpc_word_mode(RPC_V3, i->mode) : ""));
	put(o, "features",
	    rpc_json_text(i->features != NULL ? str_trim(str_of(i->features)) : STR("")));
	put(o, "ipAddress", json_string(best_address(i)));
	put_text(o, "lastSynced", now);
	if (i->operational != NULL)
		put(o, "amtEnabledInBIOS",
		    json_boolean(strcmp(i->operational, "enabled") == 0));
	else if (heci)
		put(o, "amtEnabledInBIOS", json_true());
	if (i->wired.known)
		put(o, "dhcpEnabled", json_boolean(i->wired.dhcp));
	if (i->n_hashes > 0)
		put(o, "certHashes", hashes_json(i));
	put(o, "lmsInstalled", json_boolean(heci && rpc_way_is_lms(r)));
	put_system(r, o);
	return o;
}

/* ---- calls ---- */

struct console {
	struct rpc *r;
	const char *url; /* of its devices */
	struct secret token;
};

static struct err *call(struct console *c, const char *method, const char *url,
			json_t *take_body, int *status, struct str *answer)
{
	char *text = json_dumps(take_body, JSON_COMPACT | JSON_PRESERVE_ORDER);
	struct web_call w = {.method = method,
			     .url = url,
			     .content_type = "application/json",
			     .bearer = &c->token,
			     .body = str_of(text)};
	struct err *e = web_call(c->r, &w, deadline_in(CALL_MS));

	secret_wipe(text, strlen(text));
	free(text);
	json_decref(take_body);
	*status = w.status;
	if (answer != NULL)
		*answer = w.answer;
	return e != NULL ? err_wrap(e, "%s", url) : NULL;
}

static bool is_good(int status)
{
	return status >= 200 && status < 300;
}

/* Where upstream looks for tokens, unless --auth-endpoint says. */
static struct err *get_token(struct console *c, const char *url)
{
	const struct rpc_options *o = &c->r->o;
	json_t *body = json_pack("{s:s,s:s}", "username", o->auth_username, "password",
				 o->auth_password.p);
	struct str answer;
	int status;

	TRY(call(c, "POST", url, body, &status, &answer));
	if (status != 200)
		return err_new(ERR_UNAUTHENTICATED, "%s answered HTTP status %d", url,
			       status);
	json_t *j = json_read(answer, 0, NULL);
	static const char *const names[] = {"token", "jwt", "jwtToken"};
	const char *token = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && token == NULL; i++)
		token = json_string_value(json_object_get(j, names[i]));
	if (token != NULL && strlen(token) < TOKEN_MAX)
		secret_set(&c->token, str_of(token));
	json_decref(j);
	return c->token.n > 0 ? NULL
			      : err_new(ERR_UNAUTHENTICATED, "%s gave no token", url);
}

static struct err *authenticate(struct console *c)
{
	static const char *const paths[] = {"/api/v1/authorize",
					    "/mps/login/api/v1/authorize"};
	const struct rpc_options *o = &c->r->o;
	struct web_url u;
	struct err *e = NULL;

	if (o->auth_token.n > 0) {
		secret_set(&c->token, (struct str){o->auth_token.p, o->auth_token.n});
		return NULL;
	}
	if (o->auth_username == NULL || o->auth_password.n == 0)
		return NULL;
	TRY(web_url_parse(&c->r->a, c->url, &u));
	const char *base = arena_printf(&c->r->a, "%s://%s", u.scheme, u.authority);

	if (o->auth_endpoint != NULL)
		return get_token(c, strstr(o->auth_endpoint, "://") != NULL
					    ? o->auth_endpoint
					    : arena_printf(&c->r->a, "%s%s", base,
							   o->auth_endpoint));
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		err_free(e);
		e = get_token(c, arena_printf(&c->r->a, "%s%s", base, paths[i]));
		if (e == NULL)
			return NULL;
	}
	return e;
}

static json_t *record(struct rpc *r, const struct rpc_info *i, json_t *take_info)
{
	return json_pack("{s:s,s:s,s:o}", "guid", i->uuid, "hostname", device_name(r, i),
			 "deviceInfo", take_info);
}

static struct err *tell_console(struct console *c, const struct rpc_info *i, bool heci)
{
	char now[CLOCK_ISO_SIZE];
	int status;

	clock_iso(clock_wall_ms(), now);
	TRY(call(c, "PATCH", c->url, record(c->r, i, device_info(c->r, i, heci, now)),
		 &status, NULL));
	if (status == 404) {
		TRY(call(c, "POST", c->url,
			 record(c->r, i,
				json_pack("{s:b,s:s,s:s}", "discovered", 1,
					  "firstDiscovered", now, "lastSynced", now)),
			 &status, NULL));
		if (!is_good(status) && status != 409)
			return err_new(
				ERR_UNAVAILABLE,
				"device not found; failed to auto-register device: HTTP "
				"status %d",
				status);
		TRY(call(c, "PATCH", c->url,
			 record(c->r, i, device_info(c->r, i, heci, now)), &status,
			 NULL));
	}
	if (!is_good(status))
		return err_new(ERR_UNAVAILABLE, "sync failed with status %d", status);
	return NULL;
}

static struct err *check(struct rpc *r, const struct rpc_info *i)
{
	struct web_url u;

	if (r->o.url == NULL)
		return err_new(ERR_INVALID, "--url is required when --sync is specified");
	TRY(web_url_parse(&r->a, r->o.url, &u));
	if (strncmp(u.scheme, "http", 4) != 0)
		return err_new(ERR_INVALID, "--url takes an http:// or https:// address");
	if (i->uuid[0] == '\0')
		return err_new(ERR_UNAVAILABLE,
			       "cannot sync: the device's UUID is not known");
	return NULL;
}

struct err *rpc_sync_info(struct rpc *r, const struct rpc_info *i, bool heci)
{
	struct console c = {.r = r, .url = r->o.url};

	TRY(check(r, i));
	struct err *e = authenticate(&c);

	if (e == NULL)
		e = tell_console(&c, i, heci);
	secret_fini(&c.token);
	return e;
}
