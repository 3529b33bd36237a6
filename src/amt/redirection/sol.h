/* SPDX-License-Identifier: Apache-2.0
 * Serial over LAN: messages of a session after its authentication. Codec over bytes, both
 * directions, no I/O. wire-amt.md 4.4.
 *
 * A session may also be ended by REDIR_END (session.h) at any time; whoever reads looks
 * for that opcode first.
 */
#ifndef AMT_REDIRECTION_SOL_H
#define AMT_REDIRECTION_SOL_H

#include <base/buf.h>
#include <sys/types.h>

enum sol_op {
	SOL_START = 0x20,
	SOL_START_REPLY = 0x21,
	SOL_END = 0x22,
	SOL_END_REPLY = 0x23,
	SOL_PING = 0x24,
	SOL_PONG = 0x25,
	SOL_CONTROL_TO_HOST = 0x27,
	SOL_DATA_TO_HOST = 0x28,
	SOL_CONTROLS_FROM_HOST = 0x29,
	SOL_DATA_FROM_HOST = 0x2A,
	SOL_HEARTBEAT = 0x2B,
};

enum sol_control { SOL_RTS = 1, SOL_DTR = 2, SOL_BREAK = 4 };
enum sol_status {
	SOL_TX_OVERFLOW = 1,
	SOL_LOOPBACK = 2,
	SOL_POWERED = 4,
	SOL_RX_FLUSH_TIMEOUT = 8,
	SOL_TEST_MODE = 16,
};

#define SOL_DATA_MAX 65535u /* one message's data; as much as its length can say */

struct sol_params {
	uint16_t max_tx; /* bytes the device collects for one message */
	uint16_t tx_timeout_ms, tx_overflow_ms, rx_timeout_ms, rx_flush_ms;
	uint16_t heartbeat_ms; /* 0 = none */
};

/* Slices point into the decoded bytes. */
struct sol_msg {
	enum sol_op op;
	uint32_t sequence; /* sender's own counter; nobody checks it */
	union {
		struct sol_params start;
		struct {
			uint8_t status; /* 0 = started */
			struct sol_params params;
		} start_reply;
		uint8_t control_to_host[6];
		struct str data; /* either direction */
		struct {
			uint8_t control, status;
		} controls;
	};
};

/* Bytes consumed (> 0), 0 = incomplete, -1 = no message of SOL (why gets static text). */
ssize_t sol_decode(const void *p, size_t n, struct sol_msg *m, const char **why);
/* Appends. */
void sol_encode(struct buf *out, const struct sol_msg *m);

#endif
