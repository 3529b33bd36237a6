/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: UefiBootParametersArray as a client puts it. First byte: bit 0 platform
 * erase, bit 1 the rest is the text itself, else the bytes in it; second byte: how many
 * entries it claims.
 */
#include <base/encode.h>
#include <sim/subjects.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_uefi_params out;
	struct arena a = {0};
	struct str text;
	struct err *e;

	if (size < 2)
		return 0;
	if (data[0] & 2)
		text = (struct str){(const char *)data + 2, size - 2};
	else
		text = str_of(base64_encode(&a, data + 2, size - 2));
	e = sim_uefi_params_parse(text, data[1], data[0] & 1, &out);
	if (e == NULL) {
		OB_ASSERT(strlen(out.url) < sizeof(out.url));
		OB_ASSERT(strlen(out.path) < sizeof(out.path));
		OB_ASSERT(out.has_user || !out.has_password);
		OB_ASSERT(data[0] & 1 || out.erase_mask == 0);
	}
	err_free(e);
	arena_fini(&a);
	return 0;
}
