/* SPDX-License-Identifier: Apache-2.0
 * General settings, as far as set-up writes them: names, and whether the device is on the
 * network. wsman.md B.2, rps.md 7.8 (1), 7.16.
 */
#ifndef DEVICE_GENERAL_H
#define DEVICE_GENERAL_H

#include <amt/wsman/classes/general.h>
#include <device/call.h>

#define DEVICE_HOST_NAME_MAX 63
#define DEVICE_DOMAIN_NAME_MAX 191

OB_MUST_CHECK OB_SUSPENDS struct err *device_general_read(
	struct device_call *c, struct amt_general_settings **out);
/* The whole instance, as read and changed. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_general_write(
	struct device_call *c, const struct amt_general_settings *s);
/* SharedFQDN, AMTNetworkEnabled and RmcpPingResponseEnabled on; *changed: they were not
 * (may be NULL). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_general_network_on(struct device_call *c,
								bool *changed);
/* domain.p NULL: stays as it is. *changed false: the device had them already, nothing was
 * written. ERR_INVALID: empty or too long. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_host_name_set(struct device_call *c,
							   struct str host,
							   struct str domain,
							   bool *changed);

#endif
