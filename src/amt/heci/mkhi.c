/* SPDX-License-Identifier: Apache-2.0
 * MKHI codec: one row per command.
 */
#include <amt/heci/mkhi.h>
#include <amt/heci/fields.h>

#define IS_RESPONSE 0x80u
#define MESSAGE_ROOM 2048 /* 20 modules of 88 bytes are the longest */

struct row {
	uint32_t command;
	const char *name;
	const struct heci_field *request, *response;
	size_t response_size;
};

/* clang-format off */
#define T struct mkhi_module
static const struct heci_field module[] = {
	HF_CHARS(T, name, 12), HF_U16(T, major), HF_U16(T, minor), HF_U16(T, hotfix),
	HF_U16(T, build), HF_U32(T, vendor), HF_PAD(64), HF_END};
#undef T

#define T struct mkhi_fw_version
static const struct heci_field fw_version[] = {
	HF_U16(T, minor), HF_U16(T, major), HF_U16(T, build), HF_U16(T, hotfix),
	HF_U16(T, nft_minor), HF_U16(T, nft_major), HF_U16(T, nft_build), HF_U16(T, nft_hotfix),
	HF_END};
#undef T

#define NONE HF_ROWS()
#define NUMBER HF_ROWS(HF_U32(struct mkhi_request, value),)
#define VALUE HF_ROWS(HF_U32(struct mkhi_value, value),)
#define ROW(command, name, request, type, response) \
	{command, name, request, response, sizeof(struct type)}

static const struct row rows[] = {
	ROW(MKHI_GET_RULE, "GetRule", NUMBER, mkhi_rule, HF_ROWS(
		HF_U32(struct mkhi_rule, rule), HF_CONST8(4), HF_U32(struct mkhi_rule, value),)),
	ROW(MKHI_GET_FW_VERSION, "GetFWVersion", NONE, mkhi_fw_version, fw_version),
	ROW(MKHI_GET_BOOT_STATE, "GetBootState", NONE, mkhi_boot_state, HF_ROWS(
		HF_U32(struct mkhi_boot_state, state), HF_PAD(4),)),
	ROW(MKHI_GET_IMAGE_TYPE, "GetImageType", NONE, mkhi_value, VALUE),
	ROW(MKHI_GET_IMAGE_FW_VERSION, "GetImageFWVersion", NUMBER, mkhi_modules, HF_ROWS(
		HF_LIST(struct mkhi_modules, modules, n, module),)),
	ROW(MKHI_GET_EOP_STATE, "GetEOPState", NONE, mkhi_value, VALUE),
	ROW(MKHI_GET_MEASURED_BOOT_STATE, "GetMeasuredBootState", NONE, mkhi_measured_boot,
		HF_ROWS(HF_U8(struct mkhi_measured_boot, state),)),
};
/* clang-format on */

static const struct row *row_find(uint32_t command)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].command == command)
			return &rows[i];
	return NULL;
}

static const struct row *row_of(enum mkhi_command c)
{
	const struct row *row = row_find(c);

	OB_ASSERT(row != NULL);
	return row;
}

const char *mkhi_command_name(uint32_t command)
{
	const struct row *row = row_find(command);

	return row != NULL ? row->name : NULL;
}

uint32_t mkhi_command_at(size_t i)
{
	return i < ARRAY_LEN(rows) ? rows[i].command : 0;
}

size_t mkhi_response_size(enum mkhi_command c)
{
	return row_of(c)->response_size;
}

static struct wr start(struct buf *out, uint32_t command, uint8_t flag, uint8_t result)
{
	struct wr w = wr_init(buf_reserve(out, MESSAGE_ROOM), MESSAGE_ROOM);

	wr_u8(&w, (uint8_t)(command >> 8));
	wr_u8(&w, (uint8_t)((command & 0x7F) | flag));
	wr_u8(&w, 0);
	wr_u8(&w, result);
	return w;
}

static void finish(struct buf *out, const struct wr *w)
{
	OB_ASSERT(w->ok);
	out->len += wr_len(w);
}

void mkhi_encode_request(struct buf *out, const struct mkhi_request *rq)
{
	struct wr w = start(out, rq->command, 0, 0);

	heci_fields_encode(&w, row_of(rq->command)->request, rq);
	finish(out, &w);
}

void mkhi_encode_response(struct buf *out, enum mkhi_command c, uint8_t result,
			  const void *response)
{
	struct wr w = start(out, c, IS_RESPONSE, result);

	if (result == MKHI_SUCCESS)
		heci_fields_encode(&w, row_of(c)->response, response);
	finish(out, &w);
}

void mkhi_encode_refusal(struct buf *out, uint32_t command, uint8_t result)
{
	struct wr w = start(out, command, IS_RESPONSE, result);

	finish(out, &w);
}

int mkhi_decode_request(const void *p, size_t n, struct mkhi_request *rq)
{
	struct rd r = rd_init(p, n);

	*rq = (struct mkhi_request){0};
	uint8_t group = rd_u8(&r), command = rd_u8(&r);
	rd_le16(&r);
	if (r.st != RD_OK || command & IS_RESPONSE)
		return -1;
	rq->command = (enum mkhi_command)(group << 8 | command);
	const struct row *row = row_find(rq->command);
	if (row == NULL)
		return MKHI_INVALID_COMMAND;
	heci_fields_decode(&r, row->request, rq);
	return r.st == RD_OK && rd_left(&r) == 0 ? MKHI_SUCCESS : MKHI_SIZE_ERROR;
}

bool mkhi_decode_response(const void *p, size_t n, enum mkhi_command c, uint8_t *result,
			  void *response, const char **why)
{
	struct rd r = rd_init(p, n);
	uint8_t group = rd_u8(&r), command = rd_u8(&r);

	rd_u8(&r);
	*result = rd_u8(&r);
	*why = "the answer is cut";
	if (r.st != RD_OK)
		return false;
	if ((uint32_t)(group << 8 | command) != (c | IS_RESPONSE)) {
		*why = "the answer is another command's";
		return false;
	}
	if (*result != MKHI_SUCCESS)
		return true;
	heci_fields_decode(&r, row_of(c)->response, response);
	if (r.st == RD_BAD)
		*why = "the answer is malformed";
	return r.st == RD_OK;
}
