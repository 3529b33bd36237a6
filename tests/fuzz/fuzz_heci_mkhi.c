/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the small HECI clients. First byte: 0 to 15 MKHI (0 = request, else the
 * answer to the command in that row), 16 to 31 UPID (the same), 32 watchdog, 33 HOTHAM,
 * 34 LME, 35 the answer to connecting. What decodes must encode, and decode again to the
 * same bytes.
 */
#include <amt/heci/heci.h>
#include <amt/heci/hotham.h>
#include <amt/heci/lme.h>
#include <amt/heci/mkhi.h>
#include <amt/heci/upid.h>
#include <amt/heci/watchdog.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mkhi_request(const uint8_t *p, size_t n, struct buf *b)
{
	struct mkhi_request rq, again;
	int result = mkhi_decode_request(p, n, &rq);

	if (result > 0) {
		mkhi_encode_refusal(b, rq.command, (uint8_t)result);
	} else if (result == 0) {
		mkhi_encode_request(b, &rq);
		OB_ASSERT(mkhi_decode_request(b->p, b->len, &again) == 0);
		OB_ASSERT(again.command == rq.command && again.value == rq.value);
	}
}

static void mkhi_response(enum mkhi_command c, const uint8_t *p, size_t n, struct buf *b)
{
	struct mkhi_modules first = {0}, second = {0}; /* the greatest */
	struct buf twice = {0};
	uint8_t result, again;
	const char *why;

	OB_ASSERT(mkhi_response_size(c) <= sizeof(first));
	if (!mkhi_decode_response(p, n, c, &result, &first, &why))
		return;
	mkhi_encode_response(b, c, result, &first);
	OB_ASSERT(mkhi_decode_response(b->p, b->len, c, &again, &second, &why));
	mkhi_encode_response(&twice, c, again, &second);
	OB_ASSERT(str_eq(buf_str(b), buf_str(&twice)));
	buf_fini(&twice);
}

static void upid(uint8_t selector, const uint8_t *p, size_t n, struct buf *b)
{
	struct upid_msg m, again;
	const char *why;

	if (selector == 0) {
		int status = upid_decode_request(p, n, &m);
		if (status != 0) {
			m.status = (uint32_t)status;
			upid_encode_response(b, &m);
			return;
		}
		upid_encode_request(b, &m);
		OB_ASSERT(upid_decode_request(b->p, b->len, &again) == 0);
		return;
	}
	enum upid_command c = (enum upid_command)(selector - 1);
	if (c >= UPID_COMMANDS || !upid_decode_response(p, n, c, &m, &why))
		return;
	upid_encode_response(b, &m);
	OB_ASSERT(upid_decode_response(b->p, b->len, c, &again, &why));
	OB_ASSERT(m.status == again.status && m.byte == again.byte &&
		  m.type == again.type);
}

static void watchdog(const uint8_t *p, size_t n, struct buf *b)
{
	struct watchdog_request rq;
	struct watchdog_response r;

	if (watchdog_decode_request(p, n, &rq)) {
		watchdog_encode_request(b, &rq);
		OB_ASSERT(str_eq(buf_str(b), (struct str){(const char *)p, n}));
	}
	for (uint32_t c = WATCHDOG_IS_CHANGE_ENABLED; c <= WATCHDOG_SET_OPERATIONAL_STATE;
	     c++)
		if (watchdog_decode_response(p, n, (enum watchdog_command)c, &r))
			watchdog_encode_response(b, (enum watchdog_command)c, &r);
}

static void hotham(const uint8_t *p, size_t n, struct buf *b)
{
	enum hotham_command c;
	struct hotham_response r;

	if (hotham_decode_request(p, n, &c))
		hotham_encode_request(b, c);
	for (uint32_t i = HOTHAM_LOG_SIZE; i <= HOTHAM_LOG; i++)
		if (hotham_decode_response(p, n, (enum hotham_command)i, &r))
			hotham_encode_response(b, (enum hotham_command)i, &r);
}

static void lme(const uint8_t *p, size_t n, struct buf *b)
{
	struct apf_msg m;
	const char *why = NULL;
	enum lme_decoded what = lme_decode(p, n, &m, &why);

	OB_ASSERT(what != LME_MALFORMED || why != NULL);
	if (what == LME_MESSAGE)
		apf_encode(b, &m);
}

static void connected(const uint8_t *p, size_t n, struct buf *b)
{
	struct heci_connected c;

	if (!heci_decode_connected(p, n, &c))
		return;
	OB_ASSERT(c.refused != 0 || c.max_message <= HECI_MESSAGE_MAX);
	heci_encode_connected(b, &c);
	OB_ASSERT(b->len == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = {0};

	if (size == 0)
		return 0;
	uint8_t what = data[0];
	const uint8_t *p = data + 1;
	uint32_t c = what > 0 && what < 16 ? mkhi_command_at(what - 1u) : 0;
	size--;
	if (what == 0)
		mkhi_request(p, size, &b);
	else if (c != 0)
		mkhi_response((enum mkhi_command)c, p, size, &b);
	else if (what >= 16 && what < 32)
		upid(what - 16, p, size, &b);
	else if (what == 32)
		watchdog(p, size, &b);
	else if (what == 33)
		hotham(p, size, &b);
	else if (what == 34)
		lme(p, size, &b);
	else if (what == 35)
		connected(p, size, &b);
	buf_fini(&b);
	return 0;
}
