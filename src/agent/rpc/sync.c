/* SPDX-License-Identifier: Apache-2.0
 * amtinfo --sync. A device that the console does not know is registered first.
 */
#include <agent/rpc/sync.h>

#include <agent/rpc/console.h>
#include <agent/rpc/local.h>
#include <agent/rpc/web.h>
#include <agent/rpc/words.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

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

static json_t *record(struct rpc *r, const struct rpc_info *i, json_t *take_info)
{
	return json_pack("{s:s,s:s,s:o}", "guid", i->uuid, "hostname", device_name(r, i),
			 "deviceInfo", take_info);
}

static struct err *tell_console(struct console *c, const struct rpc_info *i, bool heci)
{
	const char *url = c->r->o.url;
	char now[CLOCK_ISO_SIZE];
	int status;

	clock_iso(clock_wall_ms(), now);
	TRY(console_call(c, "PATCH", url,
			 record(c->r, i, device_info(c->r, i, heci, now)), &status,
			 NULL));
	if (status == 404) {
		TRY(console_call(
			c, "POST", url,
			record(c->r, i,
			       json_pack("{s:b,s:s,s:s}", "discovered", 1,
					 "firstDiscovered", now, "lastSynced", now)),
			&status, NULL));
		if (!console_good(status) && status != 409)
			return err_new(
				ERR_UNAVAILABLE,
				"device not found; failed to auto-register device: HTTP "
				"status %d",
				status);
		TRY(console_call(c, "PATCH", url,
				 record(c->r, i, device_info(c->r, i, heci, now)),
				 &status, NULL));
	}
	if (!console_good(status))
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
	struct console c;

	TRY(check(r, i));
	struct err *e = console_open(r, r->o.url, &c);

	if (e == NULL)
		e = tell_console(&c, i, heci);
	console_close(&c);
	return e;
}
