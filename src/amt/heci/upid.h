/* SPDX-License-Identifier: Apache-2.0
 * UPID: the platform's unique identifier. rpc.md 2.8.
 *
 *   0         1         2       4
 *   | feature | command | bytes | payload                    request, little-endian
 *   | feature | command | bytes | u32 status | payload       response
 */
#ifndef AMT_HECI_UPID_H
#define AMT_HECI_UPID_H

#include <base/buf.h>
#include <base/cursor.h>

#define UPID_ID_SIZE 32

enum upid_command {
	UPID_SUPPORT_GET = 0,		/* -> byte: 1 identifier, 2 attestation */
	UPID_STATE_GET = 1,		/* -> byte: enabled */
	UPID_STATE_SET = 2,		/* byte -> nothing */
	UPID_OS_CONTROL_GET = 3,	/* -> byte: enabled */
	UPID_OS_CONTROL_SET = 4,	/* byte -> nothing */
	UPID_PLATFORM_ID_GET = 5,	/* -> id, missing when none was provisioned */
	UPID_REFURBISH_COUNTER_GET = 6, /* -> counter */
	UPID_OEM_ID_UPDATE = 7,		/* id: type, OEM identifier -> nothing */
	UPID_COMMANDS,
};

enum upid_status {
	UPID_SUCCESS = 0,
	UPID_NOT_SUPPORTED = 1,
	UPID_BAD_INPUT = 2,
	UPID_INTERNAL = 3,
	UPID_AFTER_EOP = 4,
	UPID_AFTER_MANUFACTURING = 5,
	UPID_COUNTERS_EXCEEDED = 6,
	UPID_INVALID_STATE = 7,
	UPID_AFTER_CBD = 9,
};

enum upid_type { UPID_NOT_SET, UPID_BINARY, UPID_PRINTABLE };

/* One struct for both directions: the command says which member counts. */
struct upid_msg {
	enum upid_command command;
	uint32_t status; /* response */
	uint8_t byte;
	uint32_t counter;
	bool has_id;
	uint32_t type;
	uint8_t oem[UPID_ID_SIZE], hardware[UPID_ID_SIZE];
};

/* Append. */
void upid_encode_request(struct buf *out, const struct upid_msg *m);
/* Header and status alone when status is not 0. */
void upid_encode_response(struct buf *out, const struct upid_msg *m);
/* UPID_SUCCESS; otherwise the status to refuse it with, m->command as sent; -1 without a
 * header. */
int upid_decode_request(const void *p, size_t n, struct upid_msg *m);
/* What answered c. False: cut, or another command's; *why gets static text. */
bool upid_decode_response(const void *p, size_t n, enum upid_command c,
			  struct upid_msg *m, const char **why);
/* "not supported on this platform" */
const char *upid_status_text(uint32_t status);

#endif
