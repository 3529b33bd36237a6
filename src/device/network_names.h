/* SPDX-License-Identifier: Apache-2.0
 * Names of network values as the REST API has them. mps.md 10.5.
 */
#ifndef DEVICE_NETWORK_NAMES_H
#define DEVICE_NETWORK_NAMES_H

#include <base/util.h>

struct network_name {
	int64_t value;
	const char *name;
};

/* Each ends with a NULL name. */
extern const struct network_name network_link_policies[], network_link_owners[],
	network_link_protections[], network_connections[], network_media[],
	network_wired_8021x[], network_wifi_auths[], network_wifi_encryptions[],
	network_bss_types[], network_wifi_states[];

/* fallback when the value has none. */
const char *network_name(const struct network_name *names, int64_t value,
			 const char *fallback);
/* Whatever its case; false when it is no name (NULL is none). */
bool network_value(const struct network_name *names, const char *name, int64_t *value);

#endif
