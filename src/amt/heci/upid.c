/* SPDX-License-Identifier: Apache-2.0
 * UPID codec.
 */
#include <amt/heci/upid.h>
#include <amt/heci/fields.h>

#define HEADER_SIZE 4
#define MESSAGE_ROOM 128
#define ID_SIZE (4 + 2 * UPID_ID_SIZE)

/* clang-format off */
#define T struct upid_msg
static const struct heci_field nothing[] = {HF_END};
static const struct heci_field byte[] = {HF_U8(T, byte), HF_END};
static const struct heci_field counter[] = {HF_U32(T, counter), HF_END};
static const struct heci_field id[] = {
	HF_MAYBE(T, has_id), HF_U32(T, type), HF_BYTES(T, oem), HF_BYTES(T, hardware), HF_END};
static const struct heci_field oem_id[] = {HF_U32(T, type), HF_BYTES(T, oem), HF_END};
#undef T

static const struct {
	const struct heci_field *request, *response;
} rows[UPID_COMMANDS] = {
	[UPID_SUPPORT_GET] = {nothing, byte},
	[UPID_STATE_GET] = {nothing, byte},
	[UPID_STATE_SET] = {byte, nothing},
	[UPID_OS_CONTROL_GET] = {nothing, byte},
	[UPID_OS_CONTROL_SET] = {byte, nothing},
	[UPID_PLATFORM_ID_GET] = {nothing, id},
	[UPID_REFURBISH_COUNTER_GET] = {nothing, counter},
	[UPID_OEM_ID_UPDATE] = {oem_id, nothing},
};
/* clang-format on */

static void encode(struct buf *out, const struct upid_msg *m, bool response)
{
	struct wr w = wr_init(buf_reserve(out, MESSAGE_ROOM), MESSAGE_ROOM);
	bool known = (uint32_t)m->command < UPID_COMMANDS;

	wr_u8(&w, 0);
	wr_u8(&w, (uint8_t)m->command);
	wr_le16(&w, 0);
	if (response)
		wr_le32(&w, m->status);
	if (!response || (m->status == UPID_SUCCESS && known)) {
		OB_ASSERT(known);
		heci_fields_encode(&w,
				   response ? rows[m->command].response
					    : rows[m->command].request,
				   m);
	}
	OB_ASSERT(w.ok);
	struct wr length = wr_init(w.start + 2, 2);
	wr_le16(&length, (uint16_t)(wr_len(&w) - HEADER_SIZE));
	out->len += wr_len(&w);
}

void upid_encode_request(struct buf *out, const struct upid_msg *m)
{
	encode(out, m, false);
}

void upid_encode_response(struct buf *out, const struct upid_msg *m)
{
	encode(out, m, true);
}

int upid_decode_request(const void *p, size_t n, struct upid_msg *m)
{
	struct rd r = rd_init(p, n);

	*m = (struct upid_msg){0};
	uint8_t feature = rd_u8(&r);
	uint8_t command = rd_u8(&r);
	uint16_t length = rd_le16(&r);
	if (r.st != RD_OK)
		return -1;
	m->command = (enum upid_command)command;
	if (feature != 0 || command >= UPID_COMMANDS)
		return UPID_NOT_SUPPORTED;
	if (length != rd_left(&r))
		return UPID_BAD_INPUT;
	heci_fields_decode(&r, rows[command].request, m);
	return r.st == RD_OK && rd_left(&r) == 0 ? UPID_SUCCESS : UPID_BAD_INPUT;
}

bool upid_decode_response(const void *p, size_t n, enum upid_command c,
			  struct upid_msg *m, const char **why)
{
	struct rd r = rd_init(p, n);

	*m = (struct upid_msg){.command = c};
	uint8_t feature = rd_u8(&r);
	uint8_t command = rd_u8(&r);
	uint16_t length = rd_le16(&r);
	*why = "the answer is cut";
	if (r.st != RD_OK || length > rd_left(&r))
		return false;
	r.end = r.p + length;
	m->status = rd_le32(&r);
	if (r.st != RD_OK)
		return false;
	if (feature != 0 || command != c) {
		*why = "the answer is another command's";
		return false;
	}
	/* An identifier that is not all there was never provisioned. */
	if (c == UPID_PLATFORM_ID_GET && rd_left(&r) < ID_SIZE)
		return true;
	if (m->status == UPID_SUCCESS)
		heci_fields_decode(&r, rows[c].response, m);
	return r.st == RD_OK;
}

const char *upid_status_text(uint32_t status)
{
	static const char *const texts[] = {
		[UPID_SUCCESS] = "success",
		[UPID_NOT_SUPPORTED] = "not supported on this platform",
		[UPID_BAD_INPUT] = "invalid input parameter",
		[UPID_INTERNAL] = "internal error",
		[UPID_AFTER_EOP] = "not allowed after the end of POST",
		[UPID_AFTER_MANUFACTURING] = "not allowed after the manufacturing lock",
		[UPID_COUNTERS_EXCEEDED] = "maximum of counters exceeded",
		[UPID_INVALID_STATE] = "invalid state",
		[UPID_AFTER_CBD] = "not allowed after core BIOS done",
	};

	if (status < ARRAY_LEN(texts) && texts[status] != NULL)
		return texts[status];
	return "unknown status";
}
