/* SPDX-License-Identifier: Apache-2.0
 * outband demo: a server with embedded defaults and three virtual devices, as processes
 * of their own on loopback; the main job is shown step by step through the public REST
 * API.
 */
#include <outband/app.h>

#include <base/json.h>
#include <base/encode.h>
#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <net/socket.h>
#include <rt/fiber.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICES 3
#define UUID_BASE "d0000000-0000-4000-8000-000000000001"
#define STEP_MS 60000
#define CALL_MS 30000

struct child {
	uv_process_t handle;
	bool running;
	int64_t status;
	struct waitq ended;
};

struct demo {
	bool once, json, tty, stopping;
	char dir[64];
	char bin[4096], sim[4096]; /* paths of the programs */
	char password[24], device_password[24];
	uint16_t rest_port, cira_port;
	char *token;
	struct child server, amtsim, import;
	struct http_client *http;
	struct arena arena;
	struct waitq stop;
	int exit_code, steps;
	const char *step_text;
	int64_t step_since;
};

/* ---- steps ---- */

static void step(struct demo *d, const char *text)
{
	d->step_since = clock_mono_ms();
	d->step_text = text;
	d->steps++;
	if (!d->json)
		printf("%2d. %-58s ", d->steps, text);
	fflush(stdout);
}

static void say(json_t *take_json)
{
	json_dumpf(take_json, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(take_json);
}

static void held(struct demo *d, const char *result)
{
	int ms = (int)(clock_mono_ms() - d->step_since);

	if (d->json) {
		say(json_pack("{s:i,s:s,s:s,s:i}", "step", d->steps, "what", d->step_text,
			      "result", result, "ms", ms));
		return;
	}
	printf("%s %s (%d ms)\n", d->tty ? "\033[32mok\033[0m" : "ok", result, ms);
	fflush(stdout);
}

/* ---- children ---- */

static void on_exit_child(uv_process_t *h, int64_t status, int sig)
{
	struct child *c = h->data;

	c->running = false;
	c->status = sig != 0 ? 128 + sig : status;
	uv_close((uv_handle_t *)h, NULL);
	waitq_wake_all(&c->ended);
}

static struct err *spawn(struct demo *d, struct child *c, const char *file,
			 const char **args, const char **env, const char *in,
			 const char *log)
{
	char path[128];
	int in_fd = open(in ? in : "/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(path, sizeof(path), "%s/%s", d->dir, log);
	int log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	uv_stdio_container_t io[3] = {
		{.flags = UV_INHERIT_FD, .data.fd = in_fd},
		{.flags = UV_INHERIT_FD, .data.fd = log_fd},
		{.flags = UV_INHERIT_FD, .data.fd = log_fd},
	};
	uv_process_options_t o = {.file = file,
				  .args = (char **)args,
				  .env = (char **)env,
				  .stdio = io,
				  .stdio_count = 3,
				  .exit_cb = on_exit_child};
	waitq_init(&c->ended);
	c->handle.data = c;
	int rc = uv_spawn(rt_uv(), &c->handle, &o);
	close(in_fd);
	close(log_fd);
	if (rc != 0)
		return err_new(ERR_UNAVAILABLE, "cannot start %s: %s", file,
			       uv_strerror(rc));
	c->running = true;
	return NULL;
}

static struct err *child_wait(struct child *c, struct deadline until)
{
	while (c->running)
		TRY(waitq_wait(&c->ended, until));
	return NULL;
}

static void child_stop(struct child *c)
{
	if (!c->running)
		return;
	uv_process_kill(&c->handle, SIGTERM);
	struct err *e = child_wait(c, deadline_in(15000));
	if (e != NULL && c->running) {
		uv_process_kill(&c->handle, SIGKILL);
		err_free(child_wait(c, deadline_in(5000)));
	}
	err_free(e);
}

/* ---- REST ---- */

static struct err *call(struct demo *d, const char *method, const char *path,
			const char *body, long expect, json_t **out)
{
	char url[256], auth[2048];
	const char *headers[] = {"Content-Type: application/json", auth, NULL};
	struct http_fetch f = {.method = method,
			       .url = url,
			       .headers = headers,
			       .body = str_of(body),
			       .redact = true};

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/api/v1/%s", d->rest_port, path);
	snprintf(auth, sizeof(auth), "Authorization: Bearer %s",
		 d->token ? d->token : "-");
	TRY(http_fetch(d->http, &f, &d->arena, deadline_in(CALL_MS)));
	if (f.status != expect)
		return err_new(ERR_INTERNAL, "%s %s answered %ld: " STR_FMT, method, path,
			       f.status, STR_ARG(f.response));
	if (out != NULL) {
		*out = json_read(f.response, 0, NULL);
		if (*out == NULL)
			return err_new(ERR_INTERNAL, "%s %s answered no JSON", method,
				       path);
	}
	return NULL;
}

static char *guid_of(struct demo *d, int i)
{
	return arena_printf(&d->arena, "%.*s%d", UUID_TEXT_SIZE - 2, UUID_BASE, i + 1);
}

/* Asks again until want is answered. */
static struct err *await_number(struct demo *d, const char *path, const char *key,
				int64_t want)
{
	struct deadline until = deadline_in(STEP_MS);

	for (;;) {
		json_t *j;
		TRY(call(d, "GET", path, NULL, 200, &j));
		int64_t v = json_integer_value(json_object_get(j, key));
		json_decref(j);
		if (v == want)
			return NULL;
		if (deadline_passed(until))
			return err_new(ERR_TIMEOUT, "%s: %s stayed %lld instead of %lld",
				       path, key, (long long)v, (long long)want);
		TRY(fiber_sleep_ms(100));
	}
}

/* ---- the steps ---- */

static struct err *start_server(struct demo *d)
{
	char rest[64], cira[64], data[128], admin[64], path[128];
	const char *args[] = {
		d->bin, "serve", "--data-dir",	    data,	"--set", rest, "--set",
		cira,	"--set", "log.format=json", "--target", "mps",	 NULL};
	const char *env[] = {admin, "PATH=/usr/bin:/bin", NULL};
	struct deadline until = deadline_in(STEP_MS);

	step(d, "start the server (SQLite, sealed secrets, built-in users)");
	snprintf(rest, sizeof(rest), "mps.rest.listen=127.0.0.1:%u", d->rest_port);
	snprintf(cira, sizeof(cira), "mps.cira.listen=127.0.0.1:%u", d->cira_port);
	snprintf(data, sizeof(data), "%s/data", d->dir);
	snprintf(admin, sizeof(admin), "OUTBAND_ADMIN_PASSWORD=%s", d->password);
	TRY(spawn(d, &d->server, d->bin, args, env, NULL, "server.log"));
	snprintf(path, sizeof(path), "health");
	for (;;) {
		struct err *e = call(d, "GET", path, NULL, 200, NULL);
		if (e == NULL)
			break;
		bool last = !d->server.running || deadline_passed(until);
		if (last)
			return err_wrap(e,
					"the server did not get ready; see %s/server.log",
					d->dir);
		err_free(e);
		TRY(fiber_sleep_ms(20));
	}
	held(d, arena_printf(&d->arena, "REST on 127.0.0.1:%u, CIRA on 127.0.0.1:%u",
			     d->rest_port, d->cira_port));
	return NULL;
}

static struct err *sign_in(struct demo *d)
{
	json_t *j;
	char body[128];

	step(d, "sign in as admin");
	snprintf(body, sizeof(body), "{\"username\":\"admin\",\"password\":\"%s\"}",
		 d->password);
	TRY(call(d, "POST", "authorize", body, 200, &j));
	d->token =
		arena_strdup(&d->arena, json_string_value(json_object_get(j, "token")));
	json_decref(j);
	held(d, "got a token");
	return NULL;
}

/* Activation comes with RPS and rpc; here the devices are registered as they would leave
 * them. */
static struct err *import_devices(struct demo *d)
{
	char path[128], data[128];
	const char *args[] = {d->bin, "device", "import", "-", "--data-dir", data, NULL};
	const char *env[] = {"PATH=/usr/bin:/bin", NULL};

	step(d, "register three devices and their secrets while it runs");
	snprintf(path, sizeof(path), "%s/devices.jsonl", d->dir);
	snprintf(data, sizeof(data), "%s/data", d->dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (int i = 0; i < DEVICES; i++)
		dprintf(fd,
			"{\"guid\":\"%s\",\"hostname\":\"kiosk-%d\",\"tags\":[\"demo\"],"
			"\"mpsusername\":\"admin\","
			"\"mpsPassword\":\"%s\",\"amtPassword\":\"%s\"}\n",
			guid_of(d, i), i + 1, d->device_password, d->device_password);
	close(fd);
	TRY(spawn(d, &d->import, d->bin, args, env, path, "import.log"));
	struct err *e = child_wait(&d->import, deadline_in(STEP_MS));
	unlink(path);
	TRY(e);
	if (d->import.status != 0)
		return err_new(ERR_INTERNAL, "import ended with %lld; see %s/import.log",
			       (long long)d->import.status, d->dir);
	held(d, "kiosk-1, kiosk-2, kiosk-3");
	return NULL;
}

static struct err *start_devices(struct demo *d)
{
	char cira[64], path[128], env1[64], env2[64];
	struct http_fetch f = {.method = "GET"};
	char url[128], auth[2048];
	const char *headers[] = {auth, NULL};

	step(d, "start three virtual AMT devices that call home over CIRA");
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/api/v1/ciracert", d->rest_port);
	snprintf(auth, sizeof(auth), "Authorization: Bearer %s", d->token);
	f.url = url;
	f.headers = headers;
	TRY(http_fetch(d->http, &f, &d->arena, deadline_in(CALL_MS)));
	snprintf(path, sizeof(path), "%s/root.pem", d->dir);
	FILE *file = fopen(path, "we");
	if (file == NULL)
		return err_errno(ERR_INTERNAL, errno, "cannot write %s", path);
	fwrite(f.response.p, 1, f.response.n, file);
	fclose(file);
	snprintf(cira, sizeof(cira), "localhost:%u", d->cira_port);
	snprintf(env1, sizeof(env1), "AMTSIM_CIRA_PASSWORD=%s", d->device_password);
	snprintf(env2, sizeof(env2), "AMTSIM_PASSWORD=%s", d->device_password);
	const char *args[] = {d->sim,	 "--cira",	cira,	 "--cira-ca",
			      path,	 "--cira-user", "admin", "--uuid",
			      UUID_BASE, "--count",	"3",	 NULL};
	const char *env[] = {env1, env2, "PATH=/usr/bin:/bin", NULL};
	TRY(spawn(d, &d->amtsim, d->sim, args, env, NULL, "amtsim.log"));
	TRY(await_number(d, "devices/stats", "connectedCount", DEVICES));
	held(d, "3 of 3 connected");
	return NULL;
}

static struct err *show_devices(struct demo *d)
{
	for (int i = 0; i < DEVICES; i++) {
		json_t *j;
		const char *version = "?";
		step(d,
		     arena_printf(&d->arena, "kiosk-%d: firmware version and power state",
				  i + 1));
		TRY(call(d, "GET",
			 arena_printf(&d->arena, "amt/version/%s", guid_of(d, i)), NULL,
			 200, &j));
		json_t *list = json_object_get(json_object_get(j, "CIM_SoftwareIdentity"),
					       "responses"),
		       *v;
		size_t k;
		json_array_foreach(list, k, v)
		{
			const char *id =
				json_string_value(json_object_get(v, "InstanceID"));
			if (id != NULL && strcmp(id, "AMT") == 0)
				version = json_string_value(
					json_object_get(v, "VersionString"));
		}
		version = arena_strdup(&d->arena, version);
		json_decref(j);
		TRY(call(d, "GET",
			 arena_printf(&d->arena, "amt/power/state/%s", guid_of(d, i)),
			 NULL, 200, &j));
		int64_t state = json_integer_value(json_object_get(j, "powerstate"));
		json_decref(j);
		held(d, arena_printf(&d->arena, "AMT %s, power state %lld%s", version,
				     (long long)state, state == 2 ? " (on)" : ""));
	}
	return NULL;
}

static struct err *power(struct demo *d, const char *text, int action, int want)
{
	json_t *j;
	char body[32];
	const char *guid = guid_of(d, 0);

	step(d, text);
	snprintf(body, sizeof(body), "{\"action\":%d}", action);
	TRY(call(d, "POST", arena_printf(&d->arena, "amt/power/action/%s", guid), body,
		 200, &j));
	json_t *b = json_object_get(j, "Body");
	const char *status = json_string_value(json_object_get(b, "ReturnValueStr"));
	bool ok = status != NULL && strcmp(status, "SUCCESS") == 0;
	struct err *e = ok ? NULL
			   : err_new(ERR_DEVICE, "the device answered %s",
				     status ? status : "nothing");
	json_decref(j);
	TRY(e);
	TRY(await_number(d, arena_printf(&d->arena, "amt/power/state/%s", guid),
			 "powerstate", want));
	held(d, arena_printf(&d->arena, "power state is now %d", want));
	return NULL;
}

static struct err *run_steps(struct demo *d)
{
	TRY(start_server(d));
	TRY(sign_in(d));
	TRY(import_devices(d));
	TRY(start_devices(d));
	TRY(show_devices(d));
	TRY(power(d, "kiosk-1: power off, wait until it is off", 8, 8));
	TRY(power(d, "kiosk-1: power on, wait until it is on", 2, 2));
	return NULL;
}

/* ---- set-up ---- */

static bool port_is_free(uint16_t port)
{
	char at[32];
	struct listener *l;

	snprintf(at, sizeof(at), "127.0.0.1:%u", port);
	struct err *e = listener_open(at, NULL, NULL, &l);
	if (e != NULL) {
		err_free(e);
		return false;
	}
	listener_free(l);
	return true;
}

static uint16_t free_port(void)
{
	struct listener *l;
	struct err *e = listener_open("127.0.0.1:0", NULL, NULL, &l);
	uint16_t port = 0;

	if (e == NULL) {
		port = listener_port(l);
		listener_free(l);
	}
	err_free(e);
	return port;
}

/* Beside this program when installed, in the sibling folder in a build tree. */
static struct err *find_programs(struct demo *d)
{
	ssize_t n = readlink("/proc/self/exe", d->bin, sizeof(d->bin) - 1);
	if (n <= 0)
		return err_errno(ERR_INTERNAL, errno, "cannot find this program's path");
	d->bin[n] = '\0';
	char dir[4000];
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(d->bin, '/') - d->bin), d->bin);
	snprintf(d->sim, sizeof(d->sim), "%s/amtsim", dir);
	if (access(d->sim, X_OK) != 0)
		snprintf(d->sim, sizeof(d->sim), "%s/../sim/amtsim", dir);
	if (access(d->sim, X_OK) != 0)
		return err_new(ERR_NOT_FOUND,
			       "amtsim is not beside %s; build or install it", d->bin);
	return NULL;
}

static void random_password(char out[24])
{
	uint8_t r[8];

	random_bytes(r, sizeof(r));
	strcpy(out, "Demo-");
	hex_encode(r, sizeof(r), out + 5);
}

static int remove_entry(const char *path, const struct stat *st, int flag,
			struct FTW *ftw)
{
	return remove(path);
}

static struct err *set_up(struct demo *d)
{
	TRY(find_programs(d));
	snprintf(d->dir, sizeof(d->dir), "/tmp/outband-demo-XXXXXX");
	if (mkdtemp(d->dir) == NULL)
		return err_errno(ERR_INTERNAL, errno, "cannot make %s", d->dir);
	random_password(d->password);
	random_password(d->device_password);
	d->rest_port = !d->once && port_is_free(3000) ? 3000 : free_port();
	d->cira_port = !d->once && port_is_free(4433) ? 4433 : free_port();
	d->http = http_client_new(&(struct http_client_config){0});
	return NULL;
}

static void on_stop(int signum, void *arg)
{
	struct demo *d = arg;

	d->stopping = true;
	waitq_wake_all(&d->stop);
}

static void say_where(struct demo *d)
{
	const char *url =
		arena_printf(&d->arena, "http://127.0.0.1:%u/api/v1", d->rest_port);

	if (d->json)
		say(json_pack("{s:s,s:s,s:s}", "url", url, "username", "admin",
			      "password", d->password));
	else
		printf("\nREST API  %s   user admin   password %s\n"
		       "Ctrl-C stops server and devices.\n",
		       url, d->password);
	fflush(stdout);
}

static void serve_on(struct demo *d)
{
	say_where(d);
	while (!d->stopping && d->server.running)
		err_free(waitq_wait(&d->stop, deadline_in(1000)));
}

static void say_failure(struct demo *d, const struct err *e)
{
	struct buf b = {0};

	err_text(e, &b);
	if (d->json)
		say(json_pack("{s:i,s:s,s:s}", "step", d->steps, "error", b.p, "logs",
			      d->dir));
	else
		printf("%s\n\n%s\nLogs are kept in %s\n",
		       d->tty ? "\033[31mfailed\033[0m" : "failed", b.p, d->dir);
	buf_fini(&b);
}

static void demo_main(void *arg)
{
	struct demo *d = arg;
	struct err *e = set_up(d);

	if (e == NULL)
		e = run_steps(d);
	if (e == NULL && !d->once)
		serve_on(d);
	if (e != NULL) {
		say_failure(d, e);
		d->exit_code = 1;
	}
	child_stop(&d->import);
	child_stop(&d->amtsim);
	child_stop(&d->server);
	if (e == NULL) {
		nftw(d->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
		if (d->once && d->json)
			say(json_pack("{s:i}", "held", d->steps));
		else if (d->once)
			printf("\nAll %d steps held.\n", d->steps);
	}
	err_free(e);
	if (d->http != NULL)
		http_client_free(d->http);
	arena_fini(&d->arena);
	rt_stop();
}

int cmd_demo(int argc, char **argv)
{
	struct demo d = {.tty = isatty(STDOUT_FILENO)};
	struct app app;
	const char *once = NULL;
	const struct app_option options[] = {
		{"once", NULL, "stop after the steps; exit 0 only if all of them held",
		 NULL, &once},
	};

	if (!app_init(&app, argc, argv, "Usage: outband demo [OPTIONS]\n", options,
		      ARRAY_LEN(options), 0)) {
		app_fini(&app);
		return app.exit_code;
	}
	d.json = app.json;
	app_fini(&app);
	d.once = once != NULL;
	rt_init();
	waitq_init(&d.stop);
	rt_on_signal(SIGINT, on_stop, &d);
	rt_on_signal(SIGTERM, on_stop, &d);
	fiber_spawn(NULL, "demo", demo_main, &d);
	rt_run();
	rt_fini();
	return d.exit_code;
}
