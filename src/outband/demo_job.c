/* SPDX-License-Identifier: Apache-2.0
 * The demo's steps: a server, profiles, three devices from factory to managed, power, a
 * serial console, and one back to factory.
 */
#include <outband/demo.h>

#include <base/encode.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#define UUID_BASE "d0000000-0000-4000-8000-000000000001"
#define ACTIVATE_MS 120000
#define SYSTEM_PATH "PATH=/usr/bin:/bin"

static char *guid_of(struct demo *d, int i)
{
	return arena_printf(&d->arena, "%.*s%d", UUID_TEXT_SIZE - 2, UUID_BASE, i + 1);
}

static char *text(struct demo *d, const char *fmt, ...) OB_PRINTF(2, 3);
static char *text(struct demo *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *s = arena_vprintf(&d->arena, fmt, ap);
	va_end(ap);
	return s;
}

/* ---- server ---- */

static struct err *await_server(struct demo *d)
{
	struct deadline until = deadline_in(DEMO_STEP_MS);

	for (;;) {
		struct err *e = demo_call(d, "GET", "health", NULL, 200, NULL);

		if (e == NULL)
			return NULL;
		if (!d->server.running || deadline_passed(until))
			return err_wrap(e,
					"the server did not get ready; see %s/server.log",
					d->dir);
		err_free(e);
		TRY(fiber_sleep_ms(20));
	}
}

static struct err *start_server(struct demo *d)
{
	const char *args[] = {
		d->bin,
		"serve",
		"--target",
		"mps,rps",
		"--data-dir",
		text(d, "%s/data", d->dir),
		"--set",
		text(d, "mps.rest.listen=127.0.0.1:%u", d->rest_port),
		"--set",
		text(d, "mps.cira.listen=127.0.0.1:%u", d->cira_port),
		"--set",
		text(d, "rps.rest.listen=127.0.0.1:%u", d->rps_port),
		"--set",
		text(d, "rps.rpc.listen=127.0.0.1:%u", d->rpc_port),
		"--set",
		"rps.assistant.listen=127.0.0.1:0",
		"--set",
		text(d, "rps.mps.url=http://127.0.0.1:%u", d->rest_port),
		"--set",
		"mps.common_name=127.0.0.1",
		"--set",
		"rps.activation_wait_ms=1000", /* real firmware needs the default */
		"--set",
		"log.format=json",
		NULL};
	const char *env[] = {text(d, "OUTBAND_ADMIN_PASSWORD=%s", d->password),
			     SYSTEM_PATH, NULL};

	demo_step(d, "start the server (SQLite, sealed secrets, built-in users)");
	TRY(demo_spawn(d, &d->server, d->bin, args, env, "server.log"));
	TRY(await_server(d));
	demo_held(d, text(d, "MPS at %u, CIRA at %u, RPS at %u and %u", d->rest_port,
			  d->cira_port, d->rps_port, d->rpc_port));
	return NULL;
}

static struct err *sign_in(struct demo *d)
{
	json_t *j;

	demo_step(d, "sign in as admin");
	TRY(demo_call(
		d, "POST", "authorize",
		text(d, "{\"username\":\"admin\",\"password\":\"%s\"}", d->password), 200,
		&j));
	d->token =
		arena_strdup(&d->arena, json_string_value(json_object_get(j, "token")));
	json_decref(j);
	demo_held(d, "got a token");
	return NULL;
}

/* ---- profiles ---- */

static struct err *post(struct demo *d, const char *path, json_t *take_body)
{
	char *body = json_dumps(take_body, JSON_COMPACT);
	struct err *e = demo_call(d, "POST", path, body, 201, NULL);

	free(body);
	json_decref(take_body);
	return e;
}

/* A PEM certificate's inside, on one line. */
static char *unarmoured(struct demo *d, struct str pem)
{
	char *out = arena_alloc(&d->arena, pem.n + 1), *p = out;
	struct str line;

	while (str_split(&pem, '\n', &line)) {
		line = str_trim(line);
		if (line.n == 0 || line.p[0] == '-')
			continue;
		memcpy(p, line.p, line.n);
		p += line.n;
	}
	*p = '\0';
	return out;
}

static struct err *make_cira_config(struct demo *d)
{
	struct str root;

	demo_step(d, "RPS: how devices shall call home");
	TRY(demo_get_text(d, "ciracert", &root));
	TRY(post(d, "admin/ciraconfigs",
		 json_pack("{s:s,s:s,s:i,s:s,s:s,s:i,s:i,s:s,s:s}", "configName", "home",
			   "mpsServerAddress", "127.0.0.1", "mpsPort", d->cira_port,
			   "username", "admin", "commonName", "127.0.0.1",
			   "serverAddressFormat", 3, "authMethod", 2,
			   "mpsRootCertificate", unarmoured(d, root), "proxyDetails",
			   "")));
	demo_held(d, text(d, "127.0.0.1:%u", d->cira_port));
	return NULL;
}

static json_t *profile(struct demo *d, const char *name, bool admin)
{
	json_t *j = json_pack(
		"{s:s,s:s,s:b,s:s,s:b,s:s,s:b,s:[s],s:s,s:b,s:b,s:b}", "profileName",
		name, "activation", admin ? "acmactivate" : "ccmactivate",
		"generateRandomPassword", 0, "amtPassword", d->device_password,
		"generateRandomMEBxPassword", 0, "ciraConfigName", "home", "dhcpEnabled",
		1, "tags", "demo", "userConsent", admin ? "None" : "All", "iderEnabled",
		1, "kvmEnabled", 1, "solEnabled", 1);

	if (admin)
		json_object_set_new(j, "mebxPassword", json_string(d->device_password));
	return j;
}

static struct err *make_profiles(struct demo *d)
{
	demo_step(d, "RPS: profiles for admin and for client control mode");
	TRY(post(d, "admin/profiles", profile(d, "admin-mode", true)));
	TRY(post(d, "admin/profiles", profile(d, "client-mode", false)));
	demo_held(d, "admin-mode, client-mode");
	return NULL;
}

static struct err *make_domain(struct demo *d)
{
	demo_step(d, "RPS: domain with its provisioning certificate");
	TRY(demo_cert_make(d));
	TRY(post(d, "admin/domains",
		 json_pack("{s:s,s:s,s:s,s:s,s:s}", "profileName", "demo", "domainSuffix",
			   DEMO_SUFFIX, "provisioningCertStorageFormat", "string",
			   "provisioningCertPassword", d->pfx_password,
			   "provisioningCert", d->cert.pfx)));
	demo_held(d, DEMO_SUFFIX);
	return NULL;
}

/* ---- devices ---- */

static char *heci_of(struct demo *d, int i)
{
	return text(d, "%s/kiosk-%d.mei", d->dir, i + 1);
}

static struct err *await_file(struct demo *d, struct demo_child *c, const char *path)
{
	struct deadline until = deadline_in(DEMO_STEP_MS);

	while (access(path, F_OK) != 0) {
		if (!c->running || deadline_passed(until))
			return err_new(ERR_UNAVAILABLE,
				       "a virtual device did not start; see %s", d->dir);
		TRY(fiber_sleep_ms(20));
	}
	return NULL;
}

static struct err *start_devices(struct demo *d)
{
	demo_step(d, "start three virtual AMT devices as they leave the factory");
	for (int i = 0; i < DEMO_DEVICES; i++) {
		const char *heci = heci_of(d, i);
		const char *args[] = {d->sim,
				      "--state",
				      "factory",
				      "--dir",
				      text(d, "%s/kiosk-%d", d->dir, i + 1),
				      "--heci",
				      heci,
				      "--uuid",
				      guid_of(d, i),
				      "--dns-suffix",
				      DEMO_SUFFIX,
				      "--trust-hash",
				      d->cert.root_sha256,
				      NULL};
		const char *env[] = {SYSTEM_PATH, NULL};

		TRY(demo_spawn(d, &d->sims[i], d->sim, args, env,
			       text(d, "kiosk-%d.log", i + 1)));
		TRY(await_file(d, &d->sims[i], heci));
	}
	demo_held(d, "kiosk-1, kiosk-2, kiosk-3");
	return NULL;
}

/* Runs rpc on the device's host; its output is in a file of its own. */
static struct err *rpc(struct demo *d, int i, const char **args, const char *what)
{
	const char *log = text(d, "kiosk-%d-%s.log", i + 1, what);
	const char *env[] = {text(d, "OUTBAND_HECI=%s", heci_of(d, i)),
			     text(d, "AMT_PASSWORD=%s", d->device_password),
			     "RPC_STRICT=true", SYSTEM_PATH, NULL};

	TRY(demo_spawn(d, &d->tool, d->rpc, args, env, log));
	TRY(demo_wait(&d->tool, deadline_in(ACTIVATE_MS)));
	if (d->tool.status != 0)
		return err_new(ERR_DEVICE, "rpc ended with %lld; see %s/%s",
			       (long long)d->tool.status, d->dir, log);
	return NULL;
}

static struct err *activate(struct demo *d, int i, const char *profile_name)
{
	const char *args[] = {
		d->rpc,	     "activate",
		"--url",     text(d, "ws://127.0.0.1:%u/activate", d->rpc_port),
		"--profile", profile_name,
		"--name",    text(d, "kiosk-%d", i + 1),
		NULL};

	demo_step(d, text(d, "kiosk-%d: rpc activate --profile %s", i + 1, profile_name));
	TRY(rpc(d, i, args, "activate"));
	demo_held(d, "activated");
	return NULL;
}

static struct err *call_home(struct demo *d)
{
	demo_step(d, "the devices call home over CIRA");
	TRY(demo_await(d, "devices/stats", "connectedCount", DEMO_DEVICES));
	demo_held(d, "3 of 3 connected");
	return NULL;
}

/* ---- operating ---- */

static const char *amt_version(struct demo *d, const json_t *reply)
{
	const json_t *list = json_object_get(
		json_object_get(reply, "CIM_SoftwareIdentity"), "responses");
	json_t *v;
	size_t k;

	json_array_foreach(list, k, v)
	{
		const char *id = json_string_value(json_object_get(v, "InstanceID"));
		const char *version =
			json_string_value(json_object_get(v, "VersionString"));

		if (id != NULL && strcmp(id, "AMT") == 0 && version != NULL)
			return arena_strdup(&d->arena, version);
	}
	return "?";
}

static struct err *show_device(struct demo *d, int i)
{
	json_t *j;

	demo_step(d, text(d, "kiosk-%d: firmware version and power state", i + 1));
	TRY(demo_call(d, "GET", text(d, "amt/version/%s", guid_of(d, i)), NULL, 200, &j));
	const char *version = amt_version(d, j);

	json_decref(j);
	TRY(demo_call(d, "GET", text(d, "amt/power/state/%s", guid_of(d, i)), NULL, 200,
		      &j));
	long long state = json_integer_value(json_object_get(j, "powerstate"));

	json_decref(j);
	demo_held(d, text(d, "AMT %s, power state %lld%s", version, state,
			  state == 2 ? " (on)" : ""));
	return NULL;
}

static struct err *power(struct demo *d, const char *what, int action, int want)
{
	const char *guid = guid_of(d, 0);
	json_t *j;

	demo_step(d, what);
	TRY(demo_call(d, "POST", text(d, "amt/power/action/%s", guid),
		      text(d, "{\"action\":%d}", action), 200, &j));
	const char *status = json_string_value(
		json_object_get(json_object_get(j, "Body"), "ReturnValueStr"));
	struct err *e = status != NULL && strcmp(status, "SUCCESS") == 0
				? NULL
				: err_new(ERR_DEVICE, "the device answered %s",
					  status ? status : "nothing");

	json_decref(j);
	TRY(e);
	TRY(demo_await(d, text(d, "amt/power/state/%s", guid), "powerstate", want));
	demo_held(d, text(d, "power state is now %d", want));
	return NULL;
}

static struct err *show_sol(struct demo *d)
{
	char *said;

	demo_step(d, "kiosk-1: log in over SOL, through the relay");
	TRY(demo_sol(d, guid_of(d, 0), &said));
	demo_held(d, said);
	return NULL;
}

static struct err *deactivate_last(struct demo *d)
{
	int last = DEMO_DEVICES - 1;
	const char *args[] = {d->rpc, "deactivate", "--url",
			      text(d, "ws://127.0.0.1:%u/activate", d->rpc_port), NULL};

	demo_step(d, text(d, "kiosk-%d: rpc deactivate", last + 1));
	TRY(rpc(d, last, args, "deactivate"));
	TRY(demo_await(d, "devices/stats", "connectedCount", last));
	demo_held(d, "back to factory; the others stay");
	return NULL;
}

struct err *demo_job(struct demo *d)
{
	TRY(start_server(d));
	TRY(sign_in(d));
	TRY(make_cira_config(d));
	TRY(make_profiles(d));
	TRY(make_domain(d));
	TRY(start_devices(d));
	TRY(activate(d, 0, "admin-mode"));
	TRY(activate(d, 1, "admin-mode"));
	TRY(activate(d, 2, "client-mode"));
	TRY(call_home(d));
	for (int i = 0; i < DEMO_DEVICES; i++)
		TRY(show_device(d, i));
	TRY(power(d, "kiosk-1: power off, wait until it is off", 8, 8));
	TRY(power(d, "kiosk-1: power on, wait until it is on", 2, 2));
	TRY(show_sol(d));
	return deactivate_last(d);
}
