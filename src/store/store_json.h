/* SPDX-License-Identifier: Apache-2.0
 * JSON from stores, read on a fiber's small stack.
 */
#ifndef STORE_STORE_JSON_H
#define STORE_STORE_JSON_H

#include <base/str.h>
#include <jansson.h>

#define STORE_JSON_MAX_DEPTH 32

/* Any value; NULL when malformed or nested deeper (jansson recurses per level). */
json_t *store_json_load(struct str text);

#endif
