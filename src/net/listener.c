/* SPDX-License-Identifier: Apache-2.0
 * Listening sockets, TCP and unix. A round takes at most ACCEPT_BATCH connections, so
 * that a storm does not keep those already accepted waiting; poll reports the rest again.
 */
#include <net/socket_priv.h>

#include <base/config.h>
#include <base/log.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <rt/timer.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#define ACCEPT_BATCH 64
#define BACKLOG 4096
#define PAUSE_MS 100
#define SAY_EVERY_MS 1000

struct listener {
	uv_poll_t poll;
	int fd; /* -1 = closed */
	uint16_t port;
	bool loopback;
	char name[300];
	listener_accept_fn *fn;
	void *arg;
	struct timer pause;
	int64_t said_ms; /* when it last complained */
};

static void on_poll(uv_poll_t *h, int status, int events);

static void resume(void *arg)
{
	struct listener *l = arg;

	uv_poll_start(&l->poll, UV_READABLE, on_poll);
}

/* Out of descriptors or memory: the connection stays in the kernel's queue for now. */
static void pause_accepting(struct listener *l, int why)
{
	int64_t now = clock_mono_ms();
	char text[64];

	uv_poll_stop(&l->poll);
	timer_arm(&l->pause, now + PAUSE_MS, resume, l);
	if (l->said_ms != 0 && now - l->said_ms < SAY_EVERY_MS)
		return;
	l->said_ms = now;
	log_error(
		"accepting connections pauses; raise the limit of open files (ulimit -n)",
		F_STR("at", l->name), F_STR("why", strerror_r(why, text, sizeof(text))));
}

static bool is_shortage(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct listener *l = container_of(h, struct listener, poll);
	uint64_t since = rt_watch_enter();

	for (int i = 0; i < ACCEPT_BATCH && l->fd >= 0; i++) {
		struct sockaddr_storage sa = {0};
		socklen_t len = sizeof(sa);
		struct net_peer peer;
		int fd = accept4(l->fd, (struct sockaddr *)&sa, &len,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && (errno == EAGAIN || is_shortage(errno))) {
			if (errno != EAGAIN)
				pause_accepting(l, errno);
			break;
		}
		/* ECONNABORTED and the like concern that connection only. */
		if (fd < 0)
			continue;
		if (sa.ss_family != AF_UNIX)
			socket_nodelay(fd);
		net_peer_set(&peer, &sa);
		l->fn(socket_stream(fd), &peer, l->arg);
	}
	rt_watch_leave(since, "listener");
}

static struct err *in_use(const char *at, int err)
{
	if (err == EADDRINUSE)
		return err_new(
			ERR_UNAVAILABLE,
			"cannot listen on %s: another program uses it; stop that one or "
			"choose another address",
			at);
	if (err == EACCES)
		return err_new(
			ERR_UNAVAILABLE,
			"cannot listen on %s: not permitted; choose a port above 1023 "
			"or grant CAP_NET_BIND_SERVICE",
			at);
	return err_errno(ERR_UNAVAILABLE, err, "cannot listen on %s", at);
}

static int open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool stale_unix(const struct sockaddr_un *sun)
{
	int fd = open_socket(AF_UNIX);
	bool stale = fd >= 0 &&
		     connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) != 0 &&
		     errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return stale;
}

static struct err *listen_unix(struct listener *l, const char *at)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = at + 5;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_new(ERR_INVALID, "%s is too long for a socket's path", path);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	l->fd = open_socket(AF_UNIX);
	if (l->fd < 0)
		return in_use(at, errno);
	/* What a killed predecessor left behind. */
	if (stale_unix(&sun))
		unlink(path);
	if (bind(l->fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    listen(l->fd, BACKLOG) != 0)
		return in_use(at, errno);
	snprintf(l->name, sizeof(l->name), "%s", at);
	l->loopback = true;
	return NULL;
}

static int bind_address(const struct addrinfo *ai)
{
	int fd = open_socket(ai->ai_family), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int err = errno;

	close(fd);
	errno = err;
	return -1;
}

static bool is_loopback(const struct sockaddr_storage *sa)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;

	if (sa->ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* As bound. */
static void name_tcp(struct listener *l)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa);
	struct net_peer self;

	getsockname(l->fd, (struct sockaddr *)&sa, &len);
	net_peer_set(&self, &sa);
	l->port = self.port;
	l->loopback = is_loopback(&sa);
	snprintf(l->name, sizeof(l->name), strchr(self.addr, ':') ? "[%s]:%u" : "%s:%u",
		 self.addr, self.port);
}

static struct err *listen_tcp(struct listener *l, const char *at)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM},
			*list;
	char host[256], port[8];

	if (!config_parse_listen(at, host, &l->port))
		return err_new(ERR_INVALID,
			       "%s is no host:port, [IPv6]:port or unix:/path", at);
	snprintf(port, sizeof(port), "%u", l->port);
	int rc = getaddrinfo(host, port, &hints, &list);

	if (rc != 0)
		return err_new(ERR_UNAVAILABLE, "cannot listen on %s: %s", at,
			       gai_strerror(rc));
	int err = 0;

	for (struct addrinfo *ai = list; ai != NULL && l->fd < 0; ai = ai->ai_next) {
		l->fd = bind_address(ai);
		err = errno;
	}
	freeaddrinfo(list);
	if (l->fd < 0)
		return in_use(at, err);
	name_tcp(l);
	return NULL;
}

struct err *listener_open(const char *at, listener_accept_fn *fn, void *arg,
			  struct listener **out)
{
	struct listener *l = xcalloc(1, sizeof(*l));

	*out = NULL;
	l->fd = -1;
	l->fn = fn;
	l->arg = arg;
	struct err *e =
		strncmp(at, "unix:", 5) == 0 ? listen_unix(l, at) : listen_tcp(l, at);

	if (e != NULL) {
		if (l->fd >= 0)
			close(l->fd);
		free(l);
		return e;
	}
	OB_ASSERT(uv_poll_init(rt_uv(), &l->poll, l->fd) == 0);
	uv_poll_start(&l->poll, UV_READABLE, on_poll);
	*out = l;
	return NULL;
}

struct err *listener_adopt(int fd, listener_accept_fn *fn, void *arg,
			   struct listener **out)
{
	struct listener *l = xcalloc(1, sizeof(*l));
	int listening = 0;
	socklen_t len = sizeof(listening);

	*out = NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 ||
	    !listening) {
		close(fd);
		free(l);
		return err_new(ERR_INVALID, "descriptor %d is no listening socket", fd);
	}
	l->fd = fd;
	l->fn = fn;
	l->arg = arg;
	name_tcp(l);
	OB_ASSERT(uv_poll_init(rt_uv(), &l->poll, l->fd) == 0);
	uv_poll_start(&l->poll, UV_READABLE, on_poll);
	*out = l;
	return NULL;
}

uint16_t listener_port(const struct listener *l)
{
	return l->port;
}

const char *listener_name(const struct listener *l)
{
	return l->name;
}

bool listener_is_loopback(const struct listener *l)
{
	return l->loopback;
}

static void on_closed(uv_handle_t *h)
{
	free(container_of(h, struct listener, poll));
}

void listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	timer_disarm(&l->pause);
	uv_close((uv_handle_t *)&l->poll, on_closed);
	close(l->fd);
	l->fd = -1;
	if (strncmp(l->name, "unix:", 5) == 0)
		unlink(l->name + 5);
}
