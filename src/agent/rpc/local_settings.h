/* SPDX-License-Identifier: Apache-2.0
 * Files with settings of the local flows: v2's -config, -configJson and -secrets, the
 * profiles of Consoles (YAML, JSON, encrypted). rpc.md 1.8, 1.11, 1.12.
 *
 * They hold passwords: text and values are wiped when they are released.
 */
#ifndef AGENT_RPC_LOCAL_SETTINGS_H
#define AGENT_RPC_LOCAL_SETTINGS_H

#include <agent/rpc/rpc.h>
#include <base/json.h>

#define SETTINGS_MAX_FILE ((size_t)1024 * 1024)

/* The file's bytes. ERR_INVALID with the reason; NUL bytes and all. */
OB_MUST_CHECK struct err *settings_file(const char *path, struct secret *out);
/* YAML or JSON; a mapping at the top. New reference, to be released by json_wipe. */
OB_MUST_CHECK struct err *settings_parse(struct str text, json_t **out);
/* base64 of nonce (12 bytes), AES-GCM ciphertext and tag (16), under the key's own bytes:
 * 16, 24 or 32 of them. */
OB_MUST_CHECK struct err *settings_decrypt(struct str text, const struct secret *key,
					   struct secret *out);
/* Any form of a profile: YAML, JSON, an envelope {filename, content, key}, or ciphertext.
 * key may be unset: an envelope has its own. */
OB_MUST_CHECK struct err *settings_profile(struct str text, const struct secret *key,
					   json_t **out);
/* By names with dots between; case does not matter, as in Go. NULL: not there. */
json_t *setting(const json_t *o, const char *path);
/* Text, or a number as text, in the arena; NULL when absent or empty. */
const char *setting_text(struct rpc *r, const json_t *o, const char *path);
bool setting_bool(const json_t *o, const char *path);
/* Sets out unless it is set, or nothing is there. */
void setting_secret(const json_t *o, const char *path, struct secret *out);

#endif
