/* SPDX-License-Identifier: Apache-2.0
 * AMT Port Forwarding (APF) messages: codec over bytes, no I/O. wire-amt.md 1.2, 1.4.
 * All integers big-endian; a message starts with its opcode and delimits itself.
 */
#ifndef AMT_APF_APF_H
#define AMT_APF_APF_H

#include <base/buf.h>
#include <base/cursor.h>
#include <sys/types.h>

enum apf_op {
	APF_DISCONNECT = 1,
	APF_SERVICE_REQUEST = 5,
	APF_SERVICE_ACCEPT = 6,
	APF_USERAUTH_REQUEST = 50,
	APF_USERAUTH_FAILURE = 51,
	APF_USERAUTH_SUCCESS = 52,
	APF_GLOBAL_REQUEST = 80,
	APF_REQUEST_SUCCESS = 81,
	APF_REQUEST_FAILURE = 82,
	APF_CHANNEL_OPEN = 90,
	APF_CHANNEL_OPEN_CONFIRMATION = 91,
	APF_CHANNEL_OPEN_FAILURE = 92,
	APF_CHANNEL_WINDOW_ADJUST = 93,
	APF_CHANNEL_DATA = 94,
	APF_CHANNEL_CLOSE = 97,
	APF_PROTOCOLVERSION = 192,
	APF_KEEPALIVE_REQUEST = 208,
	APF_KEEPALIVE_REPLY = 209,
	APF_KEEPALIVE_OPTIONS_REQUEST = 210,
	APF_KEEPALIVE_OPTIONS_REPLY = 211,
};

#define APF_STRING_MAX 2048u  /* any string; larger closes */
#define APF_DATA_MAX 1048576u /* CHANNEL_DATA payload; larger closes */
#define APF_UDP_MAX 32768u    /* datagram in udp-send-to; larger closes */

#define APF_SERVICE_AUTH "auth@amt.intel.com"
#define APF_SERVICE_PFWD "pfwd@amt.intel.com"

enum apf_disconnect {
	APF_BY_PROTOCOL_ERROR = 2,
	APF_BY_SERVICE_NOT_AVAILABLE = 7,
	APF_BY_VERSION = 8,
	APF_BY_CONNECTION_LOST = 10,
	APF_BY_APPLICATION = 11,
	APF_BY_TOO_MANY = 12,
	APF_BY_INVALID_CREDENTIALS = 15,
	APF_BY_TIMEOUT = 16,
	APF_BY_UNAVAILABLE = 18,
};

enum apf_open_failure {
	APF_OPEN_PROHIBITED = 1,
	APF_OPEN_CONNECT_FAILED = 2,
	APF_OPEN_UNKNOWN_TYPE = 3,
	APF_OPEN_RESOURCE_SHORTAGE = 4,
};

/* Slices point into the decoded bytes. */
struct apf_msg {
	enum apf_op op;
	union {
		struct {
			uint32_t reason;
		} disconnect;
		struct {
			struct str name;
		} service; /* request, accept */
		struct {
			struct str user, service, method;
			bool has_password;
			struct str password;
		} auth;
		struct {
			struct str request; /* "tcpip-forward", ... */
			bool want_reply;
			struct str addr; /* tcpip-forward, cancel-tcpip-forward */
			uint32_t port;
			struct str udp_addr, udp_origin, udp_data; /* udp-send-to */
			uint32_t udp_port, udp_origin_port;
		} global;
		struct {
			bool has_port; /* reply to tcpip-forward */
			uint32_t port;
		} success;
		struct {
			struct str type;
			uint32_t sender, window, connected_port, originator_port;
			struct str connected, originator;
		} open;
		struct {
			uint32_t recipient, sender, window;
		} confirm;
		struct {
			uint32_t recipient, reason;
		} open_failure;
		struct {
			uint32_t recipient, bytes;
		} adjust;
		struct {
			uint32_t recipient;
			struct str bytes;
		} data;
		struct {
			uint32_t recipient;
		} close;
		struct {
			uint32_t major, minor, trigger;
			uint8_t uuid[16]; /* SMBIOS order */
		} version;
		struct {
			uint32_t cookie;
		} keepalive;
		struct {
			uint32_t interval_s, timeout_s;
		} keepalive_options;
	};
};

/* Bytes consumed (> 0), 0 = incomplete, -1 = malformed, unknown opcode or over a limit
 * (why gets static text). Limits are met before the bytes they limit are waited for.
 * success_has_port: whether an 81 carries a port (the caller knows what it asked for). A
 * 51 of 15 bytes (MPS) is taken whole when its last byte is there already. */
ssize_t apf_decode(const void *p, size_t n, bool success_has_port, struct apf_msg *m,
		   const char **why);
/* The 9 bytes before the payload of a CHANNEL_DATA, for who does not want to wait for all
 * of it. Results as apf_decode. */
ssize_t apf_decode_data_head(const void *p, size_t n, uint32_t *recipient,
			     uint32_t *length, const char **why);
/* Appends. CHANNEL_DATA and udp-send-to above their limits assert, as any string does. */
void apf_encode(struct buf *out, const struct apf_msg *m);
/* "CHANNEL_OPEN"; NULL for an opcode that does not exist. */
const char *apf_op_name(enum apf_op op);
/* Static text for a disconnect reason and for a channel open failure. */
const char *apf_disconnect_text(uint32_t reason);
const char *apf_open_failure_text(uint32_t reason);

#endif
