/* SPDX-License-Identifier: Apache-2.0
 * JSON from stores.
 */
#include <store/store_json.h>

static bool depth_fine(struct str text)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			if (++depth > STORE_JSON_MAX_DEPTH)
				return false;
		} else if ((c == ']' || c == '}') && depth > 0) {
			depth--;
		}
	}
	return true;
}

json_t *store_json_load(struct str text)
{
	if (text.p == NULL || !depth_fine(text))
		return NULL;
	return json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
}
