/* SPDX-License-Identifier: Apache-2.0
 * AMTHI codec: headers around the payloads that the table lays out.
 */
#include <amt/heci/amthi_table.h>

/* Above every message of the table: the CIRA log is the longest, 2781 + 16 bytes, but
 * for 50 versions (2269) and text. */
#define MESSAGE_ROOM 4096

static const struct amthi_row *row_find(uint32_t command)
{
	for (size_t i = 0; i < amthi_rows_n; i++)
		if (amthi_rows[i].command == command)
			return &amthi_rows[i];
	return NULL;
}

static const struct amthi_row *row_of(enum amthi_command c)
{
	const struct amthi_row *row = row_find(c);

	OB_ASSERT(row != NULL);
	return row;
}

const char *amthi_command_name(uint32_t command)
{
	const struct amthi_row *row = row_find(command);

	return row != NULL ? row->name : NULL;
}

uint32_t amthi_command_at(size_t i)
{
	return i < amthi_rows_n ? amthi_rows[i].command : 0;
}

size_t amthi_response_size(enum amthi_command c)
{
	return row_of(c)->response_size;
}

const char *amthi_status_name(uint32_t status)
{
	switch ((enum amthi_status)status) {
	case AMTHI_SUCCESS:
		return "AMT_STATUS_SUCCESS";
	case AMTHI_INTERNAL_ERROR:
		return "AMT_STATUS_INTERNAL_ERROR";
	case AMTHI_NOT_READY:
		return "AMT_STATUS_NOT_READY";
	case AMTHI_INVALID_AMT_MODE:
		return "AMT_STATUS_INVALID_AMT_MODE";
	case AMTHI_INVALID_MESSAGE_LENGTH:
		return "AMT_STATUS_INVALID_MESSAGE_LENGTH";
	case AMTHI_NOT_PERMITTED:
		return "AMT_STATUS_NOT_PERMITTED";
	case AMTHI_MAX_LIMIT_REACHED:
		return "AMT_STATUS_MAX_LIMIT_REACHED";
	case AMTHI_INVALID_PARAMETER:
		return "AMT_STATUS_INVALID_PARAMETER";
	case AMTHI_RNG_GENERATION_IN_PROGRESS:
		return "AMT_STATUS_RNG_GENERATION_IN_PROGRESS";
	case AMTHI_RNG_NOT_READY:
		return "AMT_STATUS_RNG_NOT_READY";
	case AMTHI_CERTIFICATE_NOT_READY:
		return "AMT_STATUS_CERTIFICATE_NOT_READY";
	case AMTHI_INVALID_HANDLE:
		return "AMT_STATUS_INVALID_HANDLE";
	case AMTHI_NOT_FOUND:
		return "AMT_STATUS_NOT_FOUND";
	case AMTHI_INVALID_COMMAND:
		break;
	}
	return "AMT_STATUS_UNKNOWN";
}

/* ---- writing ---- */

static void put_header(struct wr *w, uint32_t command, uint32_t length)
{
	wr_bytes(w, "\x01\x01\0\0", 4);
	wr_le32(w, command);
	wr_le32(w, length);
}

/* The header is written last, when the payload's length is known. */
static void finish(struct buf *out, struct wr *w, uint32_t command)
{
	struct wr head = wr_init(w->start, AMTHI_HEADER_SIZE);

	OB_ASSERT(w->ok);
	put_header(&head, command, (uint32_t)wr_len(w) - AMTHI_HEADER_SIZE);
	out->len += wr_len(w);
}

static struct wr start(struct buf *out)
{
	struct wr w = wr_init(buf_reserve(out, MESSAGE_ROOM), MESSAGE_ROOM);

	put_header(&w, 0, 0);
	return w;
}

void amthi_encode_request(struct buf *out, const struct amthi_request *rq)
{
	struct wr w = start(out);

	heci_fields_encode(&w, row_of(rq->command)->request, rq);
	finish(out, &w, rq->command);
}

void amthi_encode_response(struct buf *out, enum amthi_command c, uint32_t status,
			   const void *response)
{
	struct wr w = start(out);

	wr_le32(&w, status);
	if (status == AMTHI_SUCCESS)
		heci_fields_encode(&w, row_of(c)->response, response);
	finish(out, &w, c | AMTHI_RESPONSE);
}

void amthi_encode_refusal(struct buf *out, uint32_t command, uint32_t status)
{
	struct wr w = start(out);

	wr_le32(&w, status);
	finish(out, &w, command | AMTHI_RESPONSE);
}

/* ---- reading ---- */

int amthi_decode_request(const void *p, size_t n, struct amthi_request *rq)
{
	struct rd r = rd_init(p, n);

	*rq = (struct amthi_request){0};
	rd_le32(&r); /* version: firmware of every version speaks 1.1 */
	uint32_t command = rd_le32(&r);
	uint32_t length = rd_le32(&r);
	if (r.st != RD_OK || command & AMTHI_RESPONSE)
		return -1;
	const struct amthi_row *row = row_find(command);
	rq->command = (enum amthi_command)command;
	if (row == NULL)
		return AMTHI_INVALID_COMMAND;
	if (length != rd_left(&r))
		return AMTHI_INVALID_MESSAGE_LENGTH;
	heci_fields_decode(&r, row->request, rq);
	return r.st == RD_OK && rd_left(&r) == 0 ? AMTHI_SUCCESS
						 : AMTHI_INVALID_MESSAGE_LENGTH;
}

bool amthi_decode_response(const void *p, size_t n, enum amthi_command c,
			   uint32_t *status, void *response, const char **why)
{
	const struct amthi_row *row = row_of(c);
	struct rd r = rd_init(p, n);

	rd_le32(&r);
	uint32_t command = rd_le32(&r);
	uint32_t length = rd_le32(&r);
	*why = "the answer is cut";
	if (r.st != RD_OK || length < 4 || length > rd_left(&r))
		return false;
	if (command != (c | AMTHI_RESPONSE)) {
		*why = "the answer is another command's";
		return false;
	}
	r.end = r.p + length;
	*status = rd_le32(&r);
	if (*status != AMTHI_SUCCESS)
		return true;
	heci_fields_decode(&r, row->response, response);
	if (r.st == RD_BAD)
		*why = "the answer is malformed";
	return r.st == RD_OK;
}
