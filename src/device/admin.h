/* SPDX-License-Identifier: Apache-2.0
 * The administrator's account. wsman.md B.5, rps.md 7.5 (4), 7.16.
 */
#ifndef DEVICE_ADMIN_H
#define DEVICE_ADMIN_H

#include <device/call.h>

/* SetAdminAclEntryEx with HA1 of admin over the device's realm (device_setup_realm). From
 * now on the call's device has the new password. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_admin_password(
	struct device_call *c, struct str realm, const struct secret *password);

#endif
