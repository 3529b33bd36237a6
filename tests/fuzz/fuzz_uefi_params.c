/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: UefiBootParametersArray as a client puts it. First byte: bit 0 platform
 * erase, bit 1 the rest is the text itself, else the bytes in it; second byte: how many
 * entries it claims.
 */
#include <amt/uefi_boot.h>
#include <base/encode.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uefi_boot boot;
	struct uefi_erase erase;
	struct arena a = {0};
	struct str text;
	struct err *e;

	if (size < 2)
		return 0;
	if (data[0] & 2)
		text = (struct str){(const char *)data + 2, size - 2};
	else
		text = str_of(base64_encode(&a, data + 2, size - 2));
	/* What was read is written the same way. */
	struct str again;
	uint32_t count;
	if (data[0] & 1) {
		e = uefi_erase_decode(&a, text, data[1], &erase);
		if (e == NULL)
			e = uefi_erase_encode(&a, &erase, &again, &count);
	} else {
		e = uefi_boot_decode(&a, text, data[1], &boot);
		if (e == NULL) {
			OB_ASSERT(boot.user.p != NULL || boot.password.p == NULL);
			e = uefi_boot_encode(&a, &boot, &again, &count);
		}
	}
	OB_ASSERT(e != NULL || count == data[1]);
	err_free(e);
	arena_fini(&a);
	return 0;
}
