/* SPDX-License-Identifier: Apache-2.0
 * Redirection: what starts, authenticates and ends a session, before SOL, IDE-R or KVM
 * talk. Codec over bytes, both directions, no I/O. wire-amt.md 4.1-4.2.
 *
 * Order: START and its reply, AUTH of type query and the list of types, AUTH with user
 * and URI alone and the challenge (status 1), AUTH with the digest and status 0. All
 * integers are little-endian, as in SOL and IDE-R.
 */
#ifndef AMT_REDIRECTION_SESSION_H
#define AMT_REDIRECTION_SESSION_H

#include <amt/digest.h>
#include <base/buf.h>
#include <sys/types.h>

enum redir_op {
	REDIR_START = 0x10,
	REDIR_START_REPLY = 0x11,
	REDIR_END = 0x12,
	REDIR_AUTH = 0x13,
	REDIR_AUTH_REPLY = 0x14,
};

enum redir_kind { REDIR_SOL, REDIR_IDER, REDIR_KVM, REDIR_KINDS };

enum redir_start_status {
	REDIR_STARTED = 0,
	REDIR_TYPE_UNKNOWN = 1,
	REDIR_BUSY = 2,
	REDIR_UNSUPPORTED = 3,
	REDIR_FAILED = 0xFF, /* also: user consent is missing */
};

enum redir_auth_status {
	REDIR_AUTH_OK = 0,
	REDIR_AUTH_FAILED = 1,
	REDIR_AUTH_UNSUPPORTED = 2
};

enum redir_auth_type {
	REDIR_BY_QUERY = 0,
	REDIR_BY_PASSWORD = 1,
	REDIR_BY_KERBEROS = 2,
	REDIR_BY_DIGEST_2069 = 3,
	REDIR_BY_DIGEST = 4,
};

#define REDIR_AUTH_MAX 2048u /* data of 0x13 and 0x14: eight texts of up to 255 bytes */
#define REDIR_URI "/RedirectionService"
#define REDIR_METHOD "POST"

/* Slices point into the decoded bytes. */
struct redir_msg {
	enum redir_op op;
	uint8_t status; /* of replies */
	union {
		struct {
			uint8_t version; /* 1 for KVM, else 0 */
			char type[4];	 /* redir_kind_type */
		} start;
		struct {
			uint8_t major, minor, fw_major, fw_minor;
			uint32_t oem;
			struct str oem_data;
		} start_reply;
		struct {
			uint8_t type; /* enum redir_auth_type */
			struct str data;
		} auth; /* request and reply */
	};
};

/* Bytes consumed (> 0), 0 = incomplete, -1 = malformed, unknown or over a limit (why gets
 * static text). Limits are met before the bytes they limit are waited for. */
ssize_t redir_decode(const void *p, size_t n, struct redir_msg *m, const char **why);
/* Appends. */
void redir_encode(struct buf *out, const struct redir_msg *m);
/* The whole 0x10 of a kind. */
void redir_encode_start(struct buf *out, enum redir_kind kind);

/* "SOL ", "IDER", "KVMR". */
const char *redir_kind_type(enum redir_kind kind);
bool redir_kind_from(const char type[4], enum redir_kind *out);
/* Static text for a status of 0x11. */
const char *redir_start_text(uint8_t status);

/* What the data of 0x13 and 0x14 holds; false when malformed. type: one of the two
 * digests. Slices are borrowed from data. A response without realm asks for a challenge.
 */
bool redir_password_decode(struct str data, struct str *user, struct str *password);
bool redir_response_decode(uint8_t type, struct str data, struct digest_response *r);
bool redir_challenge_decode(uint8_t type, struct str data, struct digest_challenge *c);

/* Whole messages, appended. Texts above 255 bytes assert. */
void redir_encode_query(struct buf *out);
void redir_encode_password(struct buf *out, struct str user, struct str password);
void redir_encode_response(struct buf *out, uint8_t type,
			   const struct digest_response *r);
void redir_encode_challenge(struct buf *out, uint8_t type,
			    const struct digest_challenge *c);

/* The client's 0x13: user and URI alone to ask for a challenge; the answer to one. */
void redir_encode_blank(struct buf *out, uint8_t type, struct str user);
void redir_encode_answer(struct buf *out, uint8_t type, const struct digest_challenge *c,
			 struct str user, const char ha1[33], struct str cnonce,
			 uint32_t nc);

#endif
