/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: alerts of firmware to the host. What decodes has an id of the right form,
 * and is the same when it is said again.
 */
#include <amt/heci/lme_alert.h>

#include <base/util.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = {(const char *)data, size};
	struct lme_alert a, again;
	struct arena arena = {0};
	struct buf out = {0};
	struct err *e = lme_alert_decode(body, &arena, &a);

	if (e == NULL) {
		OB_ASSERT(strlen(a.id) == 8 && a.what < 100);
		lme_alert_encode(&out, &a, size, 0);
		ptrdiff_t at = str_find(buf_str(&out), STR("<?xml"));
		OB_ASSERT(at > 0);
		e = lme_alert_decode(str_sub(buf_str(&out), (size_t)at, out.len), &arena,
				     &again);
		OB_ASSERT(e == NULL && memcmp(&a, &again, sizeof(a)) == 0);
	}
	err_free(e);
	buf_fini(&out);
	arena_fini(&arena);
	return 0;
}
