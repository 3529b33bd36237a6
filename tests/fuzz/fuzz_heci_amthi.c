/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: AMTHI. First byte: 0 = the rest is a request to firmware, else it answers
 * the command in that row of the table. What decodes must encode, and decode again to the
 * same bytes.
 */
#include <amt/heci/amthi.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void request(const uint8_t *p, size_t n)
{
	struct amthi_request rq, again;
	struct buf once = {0}, twice = {0};
	int status = amthi_decode_request(p, n, &rq);

	if (status > 0) {
		amthi_encode_refusal(&once, rq.command, (uint32_t)status);
		OB_ASSERT(once.len == 16);
	} else if (status == 0) {
		amthi_encode_request(&once, &rq);
		OB_ASSERT(once.len == n);
		OB_ASSERT(amthi_decode_request(once.p, once.len, &again) == 0);
		amthi_encode_request(&twice, &again);
		OB_ASSERT(str_eq(buf_str(&once), buf_str(&twice)));
	}
	buf_fini(&once);
	buf_fini(&twice);
}

static void response(enum amthi_command c, const uint8_t *p, size_t n)
{
	struct arena a = {0};
	void *first = arena_zalloc(&a, amthi_response_size(c));
	void *second = arena_zalloc(&a, amthi_response_size(c));
	struct buf once = {0}, twice = {0};
	uint32_t status, again;
	const char *why = NULL;

	if (amthi_decode_response(p, n, c, &status, first, &why)) {
		amthi_encode_response(&once, c, status, first);
		OB_ASSERT(
			amthi_decode_response(once.p, once.len, c, &again, second, &why));
		OB_ASSERT(again == status);
		amthi_encode_response(&twice, c, again, second);
		OB_ASSERT(str_eq(buf_str(&once), buf_str(&twice)));
	}
	OB_ASSERT(why != NULL);
	buf_fini(&once);
	buf_fini(&twice);
	arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	uint32_t c = data[0] > 0 ? amthi_command_at(data[0] - 1u) : 0;

	if (data[0] == 0)
		request(data + 1, size - 1);
	else if (c != 0)
		response((enum amthi_command)c, data + 1, size - 1);
	return 0;
}
