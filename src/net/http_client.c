/* SPDX-License-Identifier: Apache-2.0
 * HTTP client for services: libcurl's multi interface driven by the loop, one uv_poll per
 * socket and one uv_timer. A fetch lives on its fiber's stack; the fiber sleeps until
 * curl reports the transfer done, its deadline passes or it is cancelled, and then takes
 * the easy handle out.
 *
 * libuv handles outlive what they serve until the loop let go of them, so each is an
 * allocation of its own that its close callback frees.
 */
#include <net/http_client.h>

#include <base/secret.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_RESPONSE (4u << 20)
#define MAX_IDLE_CONNECTIONS 16L
/* For callers with DEADLINE_NEVER: curl takes a long. */
#define LONGEST_FETCH_MS 600000

struct http_client {
	CURLM *multi;
	uv_timer_t *timer;
	struct http_client_config conf;
	char *ca_file;
	unsigned under_way;
};

/* One socket curl wants watched. */
struct watched {
	uv_poll_t poll;
	struct http_client *client;
	curl_socket_t fd;
};

struct transfer {
	struct http_fetch *f;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	size_t max_body;
	bool too_large, done;
	CURLcode result;
	struct waitq wait;
	char why[CURL_ERROR_SIZE];
};

static void handle_closed(uv_handle_t *h)
{
	free(h->data);
}

static void finished_collect(struct http_client *c)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
		struct transfer *t = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		t->result = m->data.result;
		t->done = true;
		waitq_wake_all(&t->wait);
	}
}

static void socket_ready(uv_poll_t *p, int status, int events)
{
	struct watched *w = container_of(p, struct watched, poll);
	struct http_client *c = w->client;
	int flags = 0, running;

	if (status < 0)
		flags |= CURL_CSELECT_ERR;
	if (events & (UV_READABLE | UV_DISCONNECT))
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	/* This may release w. */
	curl_multi_socket_action(c->multi, w->fd, flags, &running);
	finished_collect(c);
}

static void timer_due(uv_timer_t *t)
{
	struct http_client **self = t->data;
	int running;

	curl_multi_socket_action((*self)->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finished_collect(*self);
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct http_client *c = arg;

	if (ms < 0) {
		uv_timer_stop(c->timer);
		return 0;
	}
	/* Never early: curl would find nothing due and would not ask again. */
	uv_update_time(rt_uv());
	uv_timer_start(c->timer, timer_due, ms > 0 ? (uint64_t)ms + 1 : 0, 0);
	return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_client *c = arg;
	struct watched *w = socket_arg;
	int events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (w != NULL) {
			curl_multi_assign(c->multi, fd, NULL);
			uv_poll_stop(&w->poll);
			uv_close((uv_handle_t *)&w->poll, handle_closed);
		}
		return 0;
	}
	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		w->client = c;
		w->fd = fd;
		if (uv_poll_init_socket(rt_uv(), &w->poll, fd) != 0) {
			free(w);
			return -1;
		}
		w->poll.data = w;
		curl_multi_assign(c->multi, fd, w);
	}
	if (what != CURL_POLL_OUT)
		events |= UV_READABLE;
	if (what != CURL_POLL_IN)
		events |= UV_WRITABLE;
	return uv_poll_start(&w->poll, events, socket_ready) == 0 ? 0 : -1;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	n *= size;
	if (n > t->max_body - t->body.len) {
		t->too_large = true;
		return 0;
	}
	buf_add(&t->body, p, n);
	return n;
}

struct http_client *http_client_new(const struct http_client_config *conf)
{
	struct http_client *c = xcalloc(1, sizeof(*c));
	struct {
		uv_timer_t timer;
		struct http_client *client;
	} *timer = xcalloc(1, sizeof(*timer));

	OB_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	c->conf = *conf;
	c->conf.ca_file = c->ca_file = conf->ca_file ? xstrdup(conf->ca_file) : NULL;
	if (c->conf.max_response == 0)
		c->conf.max_response = DEFAULT_MAX_RESPONSE;
	uv_timer_init(rt_uv(), &timer->timer);
	timer->client = c;
	c->timer = &timer->timer;
	c->timer->data = &timer->client;
	c->multi = curl_multi_init();
	OB_ASSERT(c->multi != NULL);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, MAX_IDLE_CONNECTIONS);
	return c;
}

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

void http_client_free(struct http_client *c)
{
	if (c == NULL)
		return;
	OB_ASSERT(c->under_way == 0);
	curl_multi_cleanup(c->multi);
	uv_timer_stop(c->timer);
	uv_close((uv_handle_t *)c->timer, timer_closed);
	free(c->ca_file);
	free(c);
	curl_global_cleanup();
}

/* scheme://host:port/path for messages: never user info or query, which may hold secrets.
 * Also tells whether the host is this machine. */
static struct err *url_check(const struct http_fetch *f, struct arena *a,
			     const char **label, bool *loopback)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL;
	bool ok = u != NULL && curl_url_set(u, CURLUPART_URL, f->url, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
		  (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	if (ok) {
		bool has_port = curl_url_get(u, CURLUPART_PORT, &port, 0) == CURLUE_OK;

		*label = f->redact ? "the service"
				   : arena_printf(a, "%s://%s%s%s%s", scheme, host,
						  has_port ? ":" : "",
						  has_port ? port : "", path);
		*loopback = strcmp(host, "localhost") == 0 ||
			    strcmp(host, "[::1]") == 0 || strncmp(host, "127.", 4) == 0;
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(path);
	curl_url_cleanup(u);
	if (ok)
		return NULL;
	return f->redact ? err_new(ERR_INVALID,
				   "the configured URL is no http or https URL")
			 : err_new(ERR_INVALID, "\"%s\" is no http or https URL", f->url);
}

static struct err *headers_add(struct transfer *t)
{
	bool has_type = false;

	for (const char *const *h = t->f->headers; h != NULL && *h != NULL; h++) {
		if (strpbrk(*h, "\r\n") != NULL)
			return err_new(ERR_INVALID,
				       "a request header holds a line break");
		has_type = has_type || str_istarts(str_of(*h), STR("content-type:"));
		t->headers = curl_slist_append(t->headers, *h);
	}
	/* Not what curl adds by itself: a wait for 100 Continue, and a form's type. */
	t->headers = curl_slist_append(t->headers, "Expect:");
	if (!has_type)
		t->headers = curl_slist_append(t->headers, "Content-Type:");
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	return NULL;
}

static void method_set(struct transfer *t)
{
	const struct http_fetch *f = t->f;
	const char *m = f->method;
	bool wants_body = strcmp(m, "POST") == 0 || strcmp(m, "PUT") == 0 ||
			  strcmp(m, "PATCH") == 0;

	if (strcmp(m, "HEAD") == 0) {
		curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (f->body.n > 0 || wants_body) {
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)f->body.n);
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS,
				 f->body.n > 0 ? f->body.p : "");
	}
	curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, m);
}

static void policy_set(const struct http_client *c, struct transfer *t, bool loopback)
{
	CURL *e = t->easy;

#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A cancelled fetch must not wait on the loop for its thread that resolves the
	 * name. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "outband/" OUTBAND_VERSION);
	curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->max_body);
	/* A proxy from the environment is the site's wish, but not for this machine. */
	if (loopback)
		curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, c->conf.insecure ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, c->conf.insecure ? 0L : 2L);
	if (c->ca_file != NULL) {
		curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file);
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	}
}

static struct err *transfer_err(const struct transfer *t, const char *label)
{
	const char *why =
		!t->f->redact && t->why[0] ? t->why : curl_easy_strerror(t->result);

	if (t->too_large || t->result == CURLE_FILESIZE_EXCEEDED)
		return err_new(ERR_UNAVAILABLE, "%s answered with more than %zu bytes",
			       label, t->max_body);
	if (t->result == CURLE_OPERATION_TIMEDOUT)
		return err_new(ERR_TIMEOUT, "%s did not answer in time", label);
	return err_new(ERR_UNAVAILABLE, "%s cannot be reached: %s", label, why);
}

static struct err *transfer_run(struct http_client *c, struct transfer *t,
				const char *label, struct deadline until)
{
	struct err *e = NULL;

	if (curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
		return err_new(ERR_INTERNAL, "curl refused a transfer");
	c->under_way++;
	while (!t->done && e == NULL)
		e = waitq_wait(&t->wait, until);
	curl_multi_remove_handle(c->multi, t->easy);
	c->under_way--;
	if (t->done) {
		err_free(e);
		return t->result == CURLE_OK ? NULL : transfer_err(t, label);
	}
	return err_is(e, ERR_TIMEOUT) ? err_wrap(e, "%s did not answer in time", label)
				      : e;
}

static void transfer_result(struct transfer *t, struct arena *a)
{
	struct http_fetch *f = t->f;
	char *type = NULL;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &f->status);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	f->content_type = type != NULL ? arena_strdup(a, type) : NULL;
	f->response = (struct str){str_dup(a, buf_str(&t->body)), t->body.len};
}

static void transfer_fini(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	for (struct curl_slist *h = t->headers; h != NULL; h = h->next)
		secret_wipe(h->data, strlen(h->data));
	curl_slist_free_all(t->headers);
	buf_fini_wipe(&t->body);
}

struct err *http_fetch(struct http_client *c, struct http_fetch *f, struct arena *a,
		       struct deadline until)
{
	_cleanup_(transfer_fini) struct transfer t = {.f = f,
						      .max_body = c->conf.max_response};
	int64_t left_ms = deadline_left_ms(until);
	const char *label;
	bool loopback;

	TRY(url_check(f, a, &label, &loopback));
	if (left_ms == 0)
		return err_new(ERR_TIMEOUT, "no time left to ask %s", label);
	waitq_init(&t.wait);
	t.easy = curl_easy_init();
	OB_ASSERT(t.easy != NULL);
	curl_easy_setopt(t.easy, CURLOPT_URL, f->url);
	curl_easy_setopt(t.easy, CURLOPT_PRIVATE, &t);
	curl_easy_setopt(t.easy, CURLOPT_ERRORBUFFER, t.why);
	curl_easy_setopt(t.easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(t.easy, CURLOPT_WRITEDATA, &t);
	curl_easy_setopt(t.easy, CURLOPT_TIMEOUT_MS,
			 (long)MIN(left_ms, LONGEST_FETCH_MS));
	policy_set(c, &t, loopback);
	method_set(&t);
	TRY(headers_add(&t));
	TRY(transfer_run(c, &t, label, until));
	transfer_result(&t, a);
	return NULL;
}
