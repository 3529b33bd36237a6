/* SPDX-License-Identifier: Apache-2.0
 * What the operating system knows of this machine.
 */
#ifndef AGENT_RPC_OS_H
#define AGENT_RPC_OS_H

#include <base/encode.h>
#include <base/err.h>
#include <rt/fiber.h>

#define OS_ADDRESS_SIZE 16 /* "255.255.255.255" */

/* Host name, and DNS suffix as upstream finds it: of the name, else of what its address
 * resolves to; a name without dots is its own suffix. In the arena. */
OB_MUST_CHECK struct err *os_hostname(struct arena *a, const char **out);
OB_MUST_CHECK OB_SUSPENDS struct err *os_dns_suffix(struct arena *a, const char **out);

/* IPv4 address and mask (may be NULL) of the adapter with this MAC that is up. False:
 * there is none. */
bool os_adapter_address(const uint8_t mac[6], char address[OS_ADDRESS_SIZE],
			char mask[OS_ADDRESS_SIZE]);
/* The first adapter's that is up and no loopback. */
bool os_any_address(char address[OS_ADDRESS_SIZE]);
/* System UUID of SMBIOS, in AMT's form; only root may read it. */
OB_MUST_CHECK struct err *os_smbios_uuid(char out[UUID_TEXT_SIZE]);

#endif
