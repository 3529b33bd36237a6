/* SPDX-License-Identifier: Apache-2.0
 * Tools of the demo.
 */
#include <outband/demo.h>

#include <base/json.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define CALL_MS 30000

/* ---- steps ---- */

void demo_step(struct demo *d, const char *text)
{
	d->step_since = clock_mono_ms();
	d->step_text = text;
	d->steps++;
	if (!d->json)
		printf("%2d. %-58s ", d->steps, text);
	fflush(stdout);
}

void demo_say(json_t *take_json)
{
	json_dumpf(take_json, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(take_json);
}

void demo_held(struct demo *d, const char *result)
{
	int ms = (int)(clock_mono_ms() - d->step_since);

	if (d->json) {
		demo_say(json_pack("{s:i,s:s,s:s,s:i}", "step", d->steps, "what",
				   d->step_text, "result", result, "ms", ms));
		return;
	}
	printf("%s %s (%d ms)\n", d->tty ? "\033[32mok\033[0m" : "ok", result, ms);
	fflush(stdout);
}

/* ---- children ---- */

/* Only now may the handle be used for another one. */
static void on_closed(uv_handle_t *h)
{
	struct demo_child *c = h->data;

	c->running = false;
	waitq_wake_all(&c->ended);
}

static void on_exit_child(uv_process_t *h, int64_t status, int sig)
{
	struct demo_child *c = h->data;

	c->status = sig != 0 ? 128 + sig : status;
	uv_close((uv_handle_t *)h, on_closed);
}

struct err *demo_spawn(struct demo *d, struct demo_child *c, const char *file,
		       const char **args, const char **env, const char *log)
{
	char path[128];
	int in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

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

struct err *demo_wait(struct demo_child *c, struct deadline until)
{
	while (c->running)
		TRY(waitq_wait(&c->ended, until));
	return NULL;
}

void demo_stop(struct demo_child *c)
{
	if (!c->running)
		return;
	uv_process_kill(&c->handle, SIGTERM);
	struct err *e = demo_wait(c, deadline_in(15000));
	if (e != NULL && c->running) {
		uv_process_kill(&c->handle, SIGKILL);
		err_free(demo_wait(c, deadline_in(5000)));
	}
	err_free(e);
}

/* ---- REST ---- */

static struct err *fetch(struct demo *d, const char *method, const char *path,
			 const char *body, struct http_fetch *f)
{
	bool rps = strncmp(path, "admin/", 6) == 0;
	const char *url = arena_printf(&d->arena, "http://127.0.0.1:%u/api/v1/%s",
				       rps ? d->rps_port : d->rest_port, path);
	const char *auth = arena_printf(&d->arena, "Authorization: Bearer %s",
					d->token ? d->token : "-");
	const char *headers[] = {"Content-Type: application/json", auth, NULL};

	*f = (struct http_fetch){.method = method,
				 .url = url,
				 .headers = headers,
				 .body = str_of(body),
				 .redact = true};
	return http_fetch(d->http, f, &d->arena, deadline_in(CALL_MS));
}

struct err *demo_call(struct demo *d, const char *method, const char *path,
		      const char *body, long expect, json_t **out)
{
	struct http_fetch f;

	TRY(fetch(d, method, path, body, &f));
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

struct err *demo_get_text(struct demo *d, const char *path, struct str *out)
{
	struct http_fetch f;

	TRY(fetch(d, "GET", path, NULL, &f));
	if (f.status != 200)
		return err_new(ERR_INTERNAL, "GET %s answered %ld", path, f.status);
	*out = f.response;
	return NULL;
}

/* Asks again until want is answered. */
struct err *demo_await(struct demo *d, const char *path, const char *key, int64_t want)
{
	struct deadline until = deadline_in(DEMO_STEP_MS);

	for (;;) {
		json_t *j;
		TRY(demo_call(d, "GET", path, NULL, 200, &j));
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
