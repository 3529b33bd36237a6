/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the head of an exported file. What it asks for stays within bounds.
 */
#include <rps/rps_backup_priv.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rps_backup_kdf k = {0};
	size_t end = 0;

	if (!rps_backup_head((struct str){(const char *)data, size}, &k, &end))
		return 0;
	OB_ASSERT(end > 0 && end <= size);
	OB_ASSERT(k.n * k.r * 128 <= (int64_t)1 << 30);
	return 0;
}
