/* SPDX-License-Identifier: Apache-2.0
 * YAML documents as JSON values: files of people (profiles), read whole. Settings files
 * have a reader of their own (config_load.c), which names their lines.
 */
#ifndef BASE_YAML_JSON_H
#define BASE_YAML_JSON_H

#include <base/err.h>
#include <jansson.h>

#define YAML_JSON_MAX ((size_t)1024 * 1024)
#define YAML_JSON_MAX_NODES 20000

/* One document: mappings, sequences, scalars. Plain scalars are null, booleans (true and
 * false) and whole numbers when they look like it, else text; quoted ones are text. JSON
 * is YAML, so it may be that too. ERR_INVALID with the line: not YAML, anchors or tags, a
 * key twice, nested deeper than JSON_MAX_DEPTH; ERR_TOO_LARGE. */
OB_MUST_CHECK struct err *yaml_json_read(struct str text, json_t **out);

#endif
