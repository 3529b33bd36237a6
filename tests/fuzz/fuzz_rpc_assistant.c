/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: answers of an Enterprise Assistant. What names a device and its key is
 * asked about again.
 */
#include <amt/rpc/assistant.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct arena a = {0};
	struct buf b = {0};
	struct assistant_answer x, again;
	struct err *e = assistant_answer_decode(text, &a, &x);

	if (e == NULL) {
		struct assistant_request q = {.step = (enum assistant_step)(size % 3),
					      .node_id = x.node_id,
					      .request_id = x.request_id,
					      .device_name = x.username,
					      .der_key = x.csr,
					      .signed_request = x.certificate};
		assistant_request_encode(&b, &q, size % 2 == 0);
		OB_ASSERT(assistant_answer_decode(buf_str(&b), &a, &again) == NULL);
		OB_ASSERT(str_eq(again.node_id, x.node_id));
		assistant_answer_fini(&again);
	}
	err_free(e);
	assistant_answer_fini(&x);
	buf_fini(&b);
	arena_fini(&a);
	return 0;
}
