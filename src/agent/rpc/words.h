/* SPDX-License-Identifier: Apache-2.0
 * The words that rpc has for the firmware's numbers. Scripts compare them: they are
 * upstream's, by form. rpc.md 1.2.
 */
#ifndef AGENT_RPC_WORDS_H
#define AGENT_RPC_WORDS_H

#include <agent/rpc/options.h>

const char *rpc_word_mode(enum rpc_form form, uint32_t mode);
const char *rpc_word_state(uint32_t provisioning_state);
const char *rpc_word_network(enum rpc_form form, uint32_t network_status);
const char *rpc_word_remote(uint32_t remote_status);
const char *rpc_word_trigger(uint32_t trigger);
/* *size: bytes of the hash; 0 for what this form does not know ("UNKNOWN"). */
const char *rpc_word_hash(enum rpc_form form, uint8_t algorithm, size_t *size);
/* "AMT Pro Corporate " with its trailing blank, as v2's text has it. In the arena. */
const char *rpc_word_features(struct arena *a, struct str version, struct str sku);
/* -1 when the version is none. */
int rpc_major_version(struct str version);
/* Of a proxy's address: "IPv4", "IPv6", "FQDN", "Unknown". */
const char *rpc_word_info_format(int64_t info_format);
/* "Binary (1)" */
const char *rpc_word_upid_type(struct arena *a, uint32_t type);

#endif
