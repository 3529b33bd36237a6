/* SPDX-License-Identifier: Apache-2.0
 * outband demo: a server with embedded defaults and three virtual devices that leave the
 * factory, as processes of their own on loopback; rpc activates them, and the main job is
 * shown step by step through the public REST APIs.
 */
#include <outband/demo.h>

#include <base/encode.h>
#include <errno.h>
#include <ftw.h>
#include <net/socket.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Beside this program when installed, in a sibling folder in a build tree. */
static struct err *find_program(struct demo *d, const char *dir, const char *folder,
				const char *name, char out[4096])
{
	snprintf(out, 4096, "%s/%s", dir, name);
	if (access(out, X_OK) != 0)
		snprintf(out, 4096, "%s/../%s/%s", dir, folder, name);
	if (access(out, X_OK) != 0)
		return err_new(ERR_NOT_FOUND, "%s is not beside %s; build or install it",
			       name, d->bin);
	return NULL;
}

static struct err *find_programs(struct demo *d)
{
	ssize_t n = readlink("/proc/self/exe", d->bin, sizeof(d->bin) - 1);
	char dir[4000];

	if (n <= 0)
		return err_errno(ERR_INTERNAL, errno, "cannot find this program's path");
	d->bin[n] = '\0';
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(d->bin, '/') - d->bin), d->bin);
	TRY(find_program(d, dir, "sim", "amtsim", d->sim));
	return find_program(d, dir, "agent", "rpc", d->rpc);
}

/* With what AMT wants of one: both cases, a digit, a special character. */
static void random_password(char out[24])
{
	uint8_t r[8];

	random_bytes(r, sizeof(r));
	strcpy(out, "Demo1!");
	hex_encode(r, sizeof(r), out + 6);
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
	random_password(d->pfx_password);
	d->rest_port = !d->once && port_is_free(3000) ? 3000 : free_port();
	d->cira_port = !d->once && port_is_free(4433) ? 4433 : free_port();
	d->rps_port = !d->once && port_is_free(8081) ? 8081 : free_port();
	d->rpc_port = !d->once && port_is_free(8080) ? 8080 : free_port();
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
		demo_say(json_pack("{s:s,s:s,s:s}", "url", url, "username", "admin",
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
		demo_say(json_pack("{s:i,s:s,s:s}", "step", d->steps, "error", b.p,
				   "logs", d->dir));
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
		e = demo_job(d);
	if (e == NULL && !d->once)
		serve_on(d);
	if (e != NULL) {
		say_failure(d, e);
		d->exit_code = 1;
	}
	demo_stop(&d->tool);
	for (int i = 0; i < DEMO_DEVICES; i++)
		demo_stop(&d->sims[i]);
	demo_stop(&d->server);
	if (e == NULL) {
		nftw(d->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
		if (d->once && d->json)
			demo_say(json_pack("{s:i}", "held", d->steps));
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
	if (app.configured) {
		fprintf(stderr,
			"outband demo: --config, --data-dir and --set are not for "
			"the demo, which makes all it needs in a folder of its "
			"own; outband serve takes them\n");
		return 2;
	}
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
