/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: messages of serial over LAN, of either side. What decodes must encode, and
 * decode again to the same bytes.
 */
#include <amt/redirection/sol.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = {0}, twice = {0};
	struct sol_msg m, again;
	const char *why = NULL;

	while (size > 0) {
		ssize_t used = sol_decode(data, size, &m, &why);
		OB_ASSERT(used <= (ssize_t)size && (used >= 0 || why != NULL));
		if (used <= 0)
			break;
		buf_clear(&once);
		buf_clear(&twice);
		sol_encode(&once, &m);
		OB_ASSERT(sol_decode(once.p, once.len, &again, &why) ==
			  (ssize_t)once.len);
		sol_encode(&twice, &again);
		OB_ASSERT(str_eq(buf_str(&once), buf_str(&twice)));
		data += used;
		size -= (size_t)used;
	}
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
