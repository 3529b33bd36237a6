/* SPDX-License-Identifier: Apache-2.0
 * What socket.c, listener.c and connect.c share.
 */
#ifndef NET_SOCKET_PRIV_H
#define NET_SOCKET_PRIV_H

#include <net/socket.h>
#include <sys/socket.h>

/* Address as text; a v4 address inside v6 is shown as v4. */
void net_peer_set(struct net_peer *p, const struct sockaddr_storage *sa);
/* TCP_NODELAY: answers are written whole, and waiting for more would cost 40 ms. */
void socket_nodelay(int fd);

#endif
