/* SPDX-License-Identifier: Apache-2.0
 * A connected descriptor as a stream.
 *
 * The uv_poll is started on first use and stopped lazily: each change costs system calls,
 * and most who stop watching for data watch again soon. So it may report what nobody
 * watches (once; then it is narrowed), never the other way round. try_read and try_write
 * touch only the descriptor and the error text: TLS handshakes call them on a worker
 * thread while the loop keeps off.
 */
#include <net/socket_priv.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct socket {
	struct stream s;
	int fd;
	bool device;	/* fd is no socket */
	bool polled;	/* poll was initialised */
	unsigned armed; /* what poll reports; more than s.watching at times */
	uv_poll_t poll;
};

static void on_poll(uv_poll_t *h, int status, int events);

static ssize_t failed(struct stream *s)
{
	char text[64];

	snprintf(s->error, sizeof(s->error), "%s", strerror_r(errno, text, sizeof(text)));
	return STREAM_FAILED;
}

static ssize_t socket_try_read(struct stream *s, void *p, size_t n)
{
	struct socket *k = container_of(s, struct socket, s);
	ssize_t r;

	do
		r = k->device ? read(k->fd, p, n) : recv(k->fd, p, n, 0);
	while (r < 0 && errno == EINTR);
	if (r >= 0)
		return r;
	return errno == EAGAIN ? STREAM_AGAIN : failed(s);
}

static ssize_t socket_try_write(struct stream *s, const void *p, size_t n)
{
	struct socket *k = container_of(s, struct socket, s);
	ssize_t r;

	do
		r = k->device ? write(k->fd, p, n) : send(k->fd, p, n, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r > 0)
		return r;
	return r == 0 || errno == EAGAIN ? STREAM_AGAIN : failed(s);
}

static void arm(struct socket *k, unsigned events)
{
	if (!k->polled) {
		OB_ASSERT(uv_poll_init(rt_uv(), &k->poll, k->fd) == 0);
		k->polled = true;
	}
	k->armed = events;
	if (events == 0)
		uv_poll_stop(&k->poll);
	else
		uv_poll_start(&k->poll,
			      (events & STREAM_READABLE ? UV_READABLE : 0) |
				      (events & STREAM_WRITABLE ? UV_WRITABLE : 0),
			      on_poll);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct socket *k = container_of(h, struct socket, poll);
	unsigned fire = 0;
	uint64_t since = rt_watch_enter();

	if (status < 0) {
		/* libuv stopped the poll; the error itself shows at the next read or
		 * write. */
		fire = STREAM_READABLE | STREAM_WRITABLE;
		arm(k, k->s.watching);
	} else {
		if (events & UV_READABLE)
			fire |= STREAM_READABLE;
		if (events & UV_WRITABLE)
			fire |= STREAM_WRITABLE;
		if (fire & ~k->s.watching)
			arm(k, k->s.watching);
	}
	stream_fire(&k->s, fire);
	rt_watch_leave(since, "socket");
}

static void socket_watch(struct stream *s)
{
	struct socket *k = container_of(s, struct socket, s);

	if (s->watching & ~k->armed)
		arm(k, k->armed | s->watching);
}

static void socket_shutdown(struct stream *s)
{
	struct socket *k = container_of(s, struct socket, s);

	if (!k->device)
		shutdown(k->fd, SHUT_WR);
}

static void on_closed(uv_handle_t *h)
{
	free(container_of(h, struct socket, poll));
}

static void socket_free(struct stream *s)
{
	struct socket *k = container_of(s, struct socket, s);

	if (k->polled)
		uv_close((uv_handle_t *)&k->poll, on_closed);
	close(k->fd);
	if (!k->polled)
		free(k);
}

static const struct stream_ops socket_ops = {
	.name = "socket",
	.try_read = socket_try_read,
	.try_write = socket_try_write,
	.watch = socket_watch,
	.shutdown = socket_shutdown,
	.free = socket_free,
};

struct stream *socket_stream(int fd)
{
	struct socket *k = xcalloc(1, sizeof(*k));

	stream_init(&k->s, &socket_ops);
	k->fd = fd;
	return &k->s;
}

struct stream *socket_stream_device(int fd)
{
	struct stream *s = socket_stream(fd);

	container_of(s, struct socket, s)->device = true;
	return s;
}

int socket_fd(const struct stream *s)
{
	return s->ops == &socket_ops ? container_of(s, struct socket, s)->fd : -1;
}

void socket_nodelay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void net_peer_set(struct net_peer *p, const struct sockaddr_storage *sa)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;

	*p = (struct net_peer){.addr = "unix"};
	if (sa->ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, p->addr, sizeof(p->addr));
		p->port = ntohs(v4->sin_port);
	} else if (sa->ss_family == AF_INET6) {
		if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
			inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], p->addr,
				  sizeof(p->addr));
		else
			inet_ntop(AF_INET6, &v6->sin6_addr, p->addr, sizeof(p->addr));
		p->port = ntohs(v6->sin6_port);
	}
}
