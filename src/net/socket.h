/* SPDX-License-Identifier: Apache-2.0
 * TCP and unix sockets as streams, and listeners. Non-blocking, close-on-exec,
 * TCP_NODELAY.
 */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <net/stream.h>

struct listener;

struct net_peer {
	char addr[64]; /* "127.0.0.1", "::1", "unix" */
	uint16_t port;
};

/* Owns the accepted stream. Called on the loop. */
typedef void listener_accept_fn(struct stream *s, const struct net_peer *peer, void *arg);

/* at: "host:port", "[v6]:port" (port 0 = any free one) or "unix:/path". ERR_UNAVAILABLE
 * names the address and what to do when it is in use. When descriptors run out accepting
 * pauses for 100 ms and says so once, instead of spinning. */
OB_MUST_CHECK struct err *listener_open(const char *at, listener_accept_fn *fn, void *arg,
					struct listener **out);
/* A TCP socket that listens already, as systemd hands it over; owned in any case. It must
 * be non-blocking. ERR_INVALID when it is none. */
OB_MUST_CHECK struct err *listener_adopt(int fd, listener_accept_fn *fn, void *arg,
					 struct listener **out);
uint16_t listener_port(const struct listener *l);
/* "127.0.0.1:3000" as bound. */
const char *listener_name(const struct listener *l);
bool listener_is_loopback(const struct listener *l);
void listener_free(struct listener *l);

/* Resolves (off the loop) and connects. bind_addr: source address or NULL.
 * ERR_UNAVAILABLE. */
OB_MUST_CHECK OB_SUSPENDS struct err *socket_connect(const char *host, uint16_t port,
						     const char *bind_addr,
						     struct deadline until,
						     struct stream **out);
OB_MUST_CHECK OB_SUSPENDS struct err *socket_connect_unix(const char *path,
							  struct deadline until,
							  struct stream **out);
/* Wraps a connected non-blocking descriptor; owns it. For events: no fiber needed. */
struct stream *socket_stream(int fd);
/* The same for a character device that can be polled (MEI). */
struct stream *socket_stream_device(int fd);
/* The descriptor, or -1 when s is no socket. */
int socket_fd(const struct stream *s);

#endif
