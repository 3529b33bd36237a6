/* SPDX-License-Identifier: Apache-2.0
 * Connecting: names are resolved on libuv's threads, addresses tried in the resolver's
 * order, each with its share of the time that is left.
 */
#include <net/socket_priv.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* A resolver call cannot be stopped once it runs: it outlives a fiber that gave up. */
struct resolve {
	uv_getaddrinfo_t req;
	struct waitq done_q;
	bool done, abandoned;
	int rc;
	struct addrinfo *list;
};

static void on_resolved(uv_getaddrinfo_t *req, int rc, struct addrinfo *list)
{
	struct resolve *r = container_of(req, struct resolve, req);

	if (r->abandoned) {
		uv_freeaddrinfo(list);
		free(r);
		return;
	}
	r->done = true;
	r->rc = rc;
	r->list = list;
	waitq_wake_all(&r->done_q);
}

static struct err *resolve(const char *host, uint16_t port, struct deadline until,
			   struct addrinfo **out)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct resolve *r = xcalloc(1, sizeof(*r));
	struct err *e = NULL;
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	waitq_init(&r->done_q);
	int rc = uv_getaddrinfo(rt_uv(), &r->req, on_resolved, host, service, &hints);

	if (rc != 0) {
		free(r);
		return err_new(ERR_UNAVAILABLE, "cannot look up %s: %s", host,
			       uv_strerror(rc));
	}
	while (!r->done && e == NULL)
		e = waitq_wait(&r->done_q, until);
	if (!r->done) {
		r->abandoned = true;
		uv_cancel((uv_req_t *)&r->req);
		return err_wrap(e, "cannot look up %s", host);
	}
	err_free(e);
	rc = r->rc;
	*out = r->list;
	free(r);
	if (rc != 0)
		return err_new(ERR_UNAVAILABLE, "cannot look up %s: %s", host,
			       uv_strerror(rc));
	return NULL;
}

static struct err *bind_source(int fd, int family, const char *addr)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr *sa =
		family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	void *dst = family == AF_INET ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr;
	int on = 1;

	if (inet_pton(family, addr, dst) != 1)
		return err_new(ERR_INVALID, "%s is no source address for this peer",
			       addr);
	/* The port is chosen at connect, so that it is unique per peer only. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, sa, family == AF_INET ? sizeof(v4) : sizeof(v6)) != 0)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot use source address %s",
				 addr);
	return NULL;
}

/* Owns fd. */
static struct err *connect_fd(int fd, const struct sockaddr *sa, socklen_t len,
			      struct deadline until, struct stream **out)
{
	_cleanup_(stream_freep) struct stream *s = socket_stream(fd);
	int err = connect(fd, sa, len) == 0 ? 0 : errno;

	while (err == EINPROGRESS) {
		struct sockaddr_storage peer;
		socklen_t n = sizeof(err), peer_n = sizeof(peer);

		stream_watch(s, STREAM_WRITABLE);
		TRY(waitq_wait(&s->writers, until));
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n) != 0)
			err = errno;
		else if (err == 0 &&
			 getpeername(fd, (struct sockaddr *)&peer, &peer_n) != 0)
			err = EINPROGRESS; /* a spurious wake-up */
	}
	if (err != 0) {
		char text[64];

		return err_new(ERR_UNAVAILABLE, "%s",
			       strerror_r(err, text, sizeof(text)));
	}
	*out = s;
	s = NULL;
	return NULL;
}

static struct err *connect_one(const struct addrinfo *ai, const char *bind_addr,
			       struct deadline until, struct stream **out)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_errno(ERR_UNAVAILABLE, errno, "no socket");
	if (bind_addr != NULL) {
		struct err *e = bind_source(fd, ai->ai_family, bind_addr);

		if (e != NULL) {
			close(fd);
			return e;
		}
	}
	socket_nodelay(fd);
	return connect_fd(fd, ai->ai_addr, ai->ai_addrlen, until, out);
}

static struct err *connect_list(const struct addrinfo *list, const char *bind_addr,
				struct deadline until, struct stream **out)
{
	struct err *e = NULL;
	int64_t left = 0;

	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
		left++;
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next, left--) {
		struct deadline share = until;

		if (until.at_ms != INT64_MAX)
			share = deadline_in(deadline_left_ms(until) / left);
		err_free(e);
		e = connect_one(ai, bind_addr, share, out);
		if (e == NULL || e->kind == ERR_CANCELLED)
			break;
	}
	return e;
}

/* True and one address when host is a number, which needs no resolver. */
static bool numeric(const char *host, uint16_t port, struct sockaddr_storage *sa,
		    struct addrinfo *ai)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)sa;

	*ai = (struct addrinfo){.ai_addr = (struct sockaddr *)sa};
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_port = htons(port);
		ai->ai_addrlen = sizeof(*v4);
		sa->ss_family = AF_INET;
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_port = htons(port);
		ai->ai_addrlen = sizeof(*v6);
		sa->ss_family = AF_INET6;
	} else {
		return false;
	}
	ai->ai_family = sa->ss_family;
	return true;
}

struct err *socket_connect(const char *host, uint16_t port, const char *bind_addr,
			   struct deadline until, struct stream **out)
{
	struct sockaddr_storage sa = {0};
	struct addrinfo one, *list = NULL;
	struct err *e;

	*out = NULL;
	if (!numeric(host, port, &sa, &one))
		TRY(resolve(host, port, until, &list));
	e = connect_list(list != NULL ? list : &one, bind_addr, until, out);
	if (list != NULL)
		uv_freeaddrinfo(list);
	if (e != NULL)
		return err_wrap(e, "cannot connect to %s port %u", host, port);
	return NULL;
}

struct err *socket_connect_unix(const char *path, struct deadline until,
				struct stream **out)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	*out = NULL;
	if (strlen(path) >= sizeof(sun.sun_path))
		return err_new(ERR_INVALID, "%s is too long for a socket's path", path);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_errno(ERR_UNAVAILABLE, errno, "no socket");
	struct err *e = connect_fd(fd, (struct sockaddr *)&sun, sizeof(sun), until, out);

	return e != NULL ? err_wrap(e, "cannot connect to %s", path) : NULL;
}
