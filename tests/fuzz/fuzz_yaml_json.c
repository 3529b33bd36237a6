/* SPDX-License-Identifier: Apache-2.0
 * Profiles and settings of rpc: YAML of people.
 */
#include <base/yaml_json.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *v;
	struct err *e = yaml_json_read((struct str){(const char *)data, size}, &v);

	OB_ASSERT((e == NULL) == (v != NULL));
	if (v != NULL) {
		/* What was read can be written. */
		char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		OB_ASSERT(text != NULL);
		free(text);
	}
	json_decref(v);
	err_free(e);
	return 0;
}
