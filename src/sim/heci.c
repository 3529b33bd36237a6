/* SPDX-License-Identifier: Apache-2.0
 * The virtual HECI's socket: listening, connecting to a client by its GUID, messages; and
 * LME, whose channels go to the ports' servers. wire-amt.md 2, 6.3.
 */
#include <sim/heci_priv.h>

#include <amt/heci/heci.h>
#include <amt/heci/lme_alert.h>
#include <amt/heci/lme_session.h>
#include <base/log.h>
#include <net/socket.h>
#include <rt/timer.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64
#define MAX_CONNECTIONS 64
#define HELLO_MS 5000 /* to name a client */
#define PAUSE_MS 100  /* out of descriptors */
#define ALERT_MS 10000

struct sim_heci {
	uv_poll_t poll;
	int fd;
	char path[108];
	struct sim_heci_host *host;
	struct list connections;
	size_t n_connections;
	struct timer pause;
	struct fiber_group alerts;
	uint64_t n_alerts;
};

struct connection {
	struct list link;
	struct sim_heci *s;
	struct heci_link *messages;	  /* until LME owns it */
	const struct heci_client *client; /* NULL before it was named */
	struct lme_session *lme;
	struct timer hello;
};

static sim_heci_fn *const answers[HECI_CLIENTS] = {
	[HECI_AMTHI] = sim_heci_amthi, [HECI_WATCHDOG] = sim_heci_watchdog,
	[HECI_UPID] = sim_heci_upid,   [HECI_HOTHAM] = sim_heci_hotham,
	[HECI_MKHI] = sim_heci_mkhi,
};

/* ---- connections ---- */

static void tell_lms(const struct connection *c, bool there)
{
	struct sim_heci_host *h = c->s->host;

	if (h->lms != NULL && c->lme != NULL &&
	    lme_session_trigger(c->lme) == LME_TRIGGER)
		h->lms(h->arg, there);
}

static void connection_free(struct connection *c)
{
	list_del(&c->link);
	c->s->n_connections--;
	timer_disarm(&c->hello);
	tell_lms(c, false);
	lme_session_free(c->lme);
	heci_link_free(c->messages);
	free(c);
}

static void gone(struct connection *c, const char *why)
{
	log_debug("HECI client gone",
		  F_STR("client", c->client != NULL ? c->client->name : "none"),
		  F_STR("why", why));
	connection_free(c);
}

static void on_hello_late(void *arg)
{
	gone(arg, "named no client in time");
}

static void refresh(struct sim_heci_host *h)
{
	if (h->refresh != NULL)
		h->refresh(h, h->arg);
}

/* ---- LME ---- */

static enum apf_open_failure on_open(struct lme_session *session, uint16_t port,
				     struct stream *channel, void *arg)
{
	struct sim_heci_host *h = ((struct connection *)arg)->s->host;

	if (h->serve == NULL || !h->serve(h->arg, port, channel))
		return APF_OPEN_CONNECT_FAILED;
	log_debug("LME channel", F_U64("port", port));
	return 0;
}

static void on_lme_ready(struct lme_session *session, void *arg)
{
	tell_lms(arg, true);
}

static void on_lme_closed(struct lme_session *session, const char *why, void *arg)
{
	gone(arg, why);
}

static const struct lme_handler lme_handler = {
	.ready = on_lme_ready,
	.open = on_open,
	.closed = on_lme_closed,
};

static void start_lme(struct connection *c)
{
	const struct sim_heci_host *h = c->s->host;
	struct lme_config cfg = {
		.device = true,
		.max_message = c->client->max_message,
		.ports = h->tls_enforced ? LME_TLS : LME_PLAIN,
		.also = h->tls_too ? LME_TLS : (struct lme_ports){0},
		.drop_after_close = h->lme_drops,
	};
	struct heci_link *l = c->messages;

	memcpy(cfg.uuid, h->uuid, sizeof(cfg.uuid));
	c->messages = NULL;
	c->lme = lme_session_new(l, &cfg, &lme_handler, c);
}

/* ---- alerts ---- */

struct alert {
	struct sim_heci *s;
	struct lme_alert what;
};

static struct lme_session *session_of_lms(struct sim_heci *s)
{
	list_for_each (at, &s->connections) {
		struct connection *c = list_entry(at, struct connection, link);
		if (c->lme != NULL && lme_session_ready(c->lme) &&
		    lme_session_trigger(c->lme) == LME_TRIGGER)
			return c->lme;
	}
	return NULL;
}

/* The host says nothing to it: it closes. */
static struct err *tell(struct sim_heci *s, const struct lme_alert *a)
{
	struct lme_session *lms = session_of_lms(s);
	struct deadline until = deadline_in(ALERT_MS);
	_cleanup_(buf_fini) struct buf b = {0};
	struct stream *channel;
	char byte;
	size_t n;

	if (lms == NULL)
		return NULL;
	TRY(lme_alert_open(lms, until, &channel));
	lme_alert_encode(&b, a, ++s->n_alerts, clock_wall_ms());
	struct err *e = stream_write(channel, b.p, b.len, until);

	if (e == NULL)
		e = stream_read(channel, &byte, 1, until, &n);
	stream_free(channel);
	return e;
}

static void alert_run(void *arg)
{
	struct alert a = *(struct alert *)arg;

	free(arg);
	struct err *e = tell(a.s, &a.what);

	if (e != NULL)
		log_info("the host was not told", F_STR("alert", a.what.id), F_ERR(e));
	err_free(e);
}

void sim_heci_alert(struct sim_heci *s, const char *id, unsigned what)
{
	struct alert *a;

	if (session_of_lms(s) == NULL)
		return;
	a = xcalloc(1, sizeof(*a));
	a->s = s;
	a->what.what = (uint8_t)what;
	snprintf(a->what.id, sizeof(a->what.id), "%s", id);
	fiber_spawn(&s->alerts, "sim-alert", alert_run, a);
}

/* ---- connecting to a client ---- */

static struct connection *holder_of(struct sim_heci *s, const struct heci_client *client)
{
	list_for_each (at, &s->connections) {
		struct connection *c = list_entry(at, struct connection, link);
		if (c->client == client)
			return c;
	}
	return NULL;
}

/* Whether a client that takes one connection is held; a holder that closed just now has
 * let go, although the loop does not know yet. */
static bool is_held(struct sim_heci *s, const struct heci_client *client)
{
	struct connection *holder = client->single ? holder_of(s, client) : NULL;

	if (holder == NULL)
		return false;
	if (holder->lme != NULL)
		lme_session_poll(holder->lme);
	return holder_of(s, client) != NULL;
}

static void say_connected(struct connection *c, struct heci_connected answer)
{
	struct buf b = {0};

	heci_encode_connected(&b, &answer);
	heci_link_send(c->messages, buf_str(&b));
	buf_fini(&b);
}

static void on_message(struct heci_link *l, struct str bytes, void *arg);
static void on_closed(struct heci_link *l, const char *why, void *arg);

static const struct heci_link_handler handler = {
	.message = on_message,
	.closed = on_closed,
};

static void on_hello(struct connection *c, struct str bytes)
{
	const struct heci_client *client = NULL;

	if (bytes.n == HECI_GUID_SIZE)
		client = heci_client_find((const uint8_t *)bytes.p);
	refresh(c->s->host);
	if (client == NULL || is_held(c->s, client)) {
		say_connected(
			c, (struct heci_connected){
				   .refused = client == NULL ? HECI_ENOTTY : HECI_EBUSY});
		gone(c, client == NULL ? "no such client" : "the client is held");
		return;
	}
	timer_disarm(&c->hello);
	c->client = client;
	say_connected(c,
		      (struct heci_connected){0, client->max_message, client->protocol});
	log_debug("HECI client connected", F_STR("client", client->name));
	if (heci_client_id(client) == HECI_LME)
		start_lme(c);
	else
		heci_link_handle(c->messages, client->max_message, &handler, c);
}

static void on_message(struct heci_link *l, struct str bytes, void *arg)
{
	struct connection *c = arg;
	struct buf out = {0};

	if (c->client == NULL) {
		on_hello(c, bytes);
		return;
	}
	refresh(c->s->host);
	if (c->s->host->stalls)
		return;
	answers[heci_client_id(c->client)](c->s->host, bytes, &out);
	if (out.len > 0)
		heci_link_send(l, buf_str(&out));
	buf_fini(&out);
}

static void on_closed(struct heci_link *l, const char *why, void *arg)
{
	gone(arg, why);
}

static void accepted(struct sim_heci *s, int fd)
{
	if (s->n_connections == MAX_CONNECTIONS) {
		log_info("a HECI client was turned away: too many");
		close(fd);
		return;
	}
	struct connection *c = xcalloc(1, sizeof(*c));

	c->s = s;
	c->messages = heci_link_new(socket_stream(fd),
				    HECI_CONNECTED_SIZE + HECI_GUID_SIZE, &handler, c);
	timer_arm(&c->hello, clock_mono_ms() + HELLO_MS, on_hello_late, c);
	list_add_tail(&s->connections, &c->link);
	s->n_connections++;
}

/* ---- listening ---- */

static void on_poll(uv_poll_t *h, int status, int events);

static void resume(void *arg)
{
	struct sim_heci *s = arg;

	uv_poll_start(&s->poll, UV_READABLE, on_poll);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct sim_heci *s = container_of(h, struct sim_heci, poll);
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		accepted(s, fd);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		   errno == ENOMEM) {
		log_warn("HECI clients wait; raise the limit of open files (ulimit -n)");
		uv_poll_stop(&s->poll);
		timer_arm(&s->pause, clock_mono_ms() + PAUSE_MS, resume, s);
	}
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* What a killed predecessor left behind. */
static void remove_stale(const struct sockaddr_un *sun)
{
	int fd = open_socket();

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) != 0 &&
	    errno == ECONNREFUSED)
		unlink(sun->sun_path);
	close(fd);
}

static struct err *listen_at(struct sim_heci *s, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_new(ERR_INVALID, "%s is too long for a socket's path", path);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	remove_stale(&sun);
	s->fd = open_socket();
	/* The mode of the descriptor becomes the file's. */
	if (s->fd >= 0 && fchmod(s->fd, S_IRUSR | S_IWUSR) == 0 &&
	    bind(s->fd, (struct sockaddr *)&sun, sizeof(sun)) == 0) {
		snprintf(s->path, sizeof(s->path), "%s", path);
		if (listen(s->fd, BACKLOG) == 0)
			return NULL;
	}
	if (errno == EADDRINUSE)
		return err_new(
			ERR_UNAVAILABLE,
			"cannot listen for HECI at %s: another virtual device uses it; "
			"choose another path",
			path);
	return err_errno(ERR_UNAVAILABLE, errno, "cannot listen for HECI at %s", path);
}

struct err *sim_heci_open(const char *path, struct sim_heci_host *host,
			  struct sim_heci **out)
{
	struct sim_heci *s = xcalloc(1, sizeof(*s));

	*out = NULL;
	s->fd = -1;
	s->host = host;
	list_init(&s->connections);
	fiber_group_init(&s->alerts);
	struct err *e = listen_at(s, path);

	if (e != NULL) {
		if (s->fd >= 0)
			close(s->fd);
		if (s->path[0] != '\0')
			unlink(s->path);
		free(s);
		return e;
	}
	OB_ASSERT(uv_poll_init(rt_uv(), &s->poll, s->fd) == 0);
	uv_poll_start(&s->poll, UV_READABLE, on_poll);
	*out = s;
	return NULL;
}

size_t sim_heci_connections(const struct sim_heci *s)
{
	return s->n_connections;
}

void sim_heci_reset(struct sim_heci *s)
{
	while (!list_empty(&s->connections))
		connection_free(list_entry(s->connections.next, struct connection, link));
}

static void on_poll_closed(uv_handle_t *h)
{
	free(container_of(h, struct sim_heci, poll));
}

void sim_heci_free(struct sim_heci *s)
{
	if (s == NULL)
		return;
	sim_heci_reset(s);
	fiber_group_join(&s->alerts, true);
	timer_disarm(&s->pause);
	uv_close((uv_handle_t *)&s->poll, on_poll_closed);
	close(s->fd);
	unlink(s->path);
}
