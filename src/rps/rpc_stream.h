/* SPDX-License-Identifier: Apache-2.0
 * The bytes between us and a device's web server, as they travel in an RPC session's
 * messages: a stream for amt_http or TLS on one side, what the session sends and received
 * on the other.
 *
 * Plain, the client makes a connection per message: one answer, then the end. In a
 * tunnel both directions flow until the device's side is reset.
 */
#ifndef RPS_RPC_STREAM_H
#define RPS_RPC_STREAM_H

#include <net/stream.h>

struct rpc_stream;

/* *slot points to it until the stream is freed; work is woken when there is something to
 * send. */
struct stream *rpc_stream_new(struct rpc_stream **slot, struct waitq *work, bool tunnel);

/* Written and not yet sent; borrowed until rpc_stream_sent, which empties it. */
struct str rpc_stream_unsent(const struct rpc_stream *r);
void rpc_stream_sent(struct rpc_stream *r);
/* A request was sent whose answer did not come. */
bool rpc_stream_waits(const struct rpc_stream *r);

void rpc_stream_received(struct rpc_stream *r, struct str bytes);
/* End of stream. */
void rpc_stream_ended(struct rpc_stream *r);
/* From now on it fails, with that text. */
void rpc_stream_lost(struct rpc_stream *r, const char *why);

#endif
