/* SPDX-License-Identifier: Apache-2.0
 * HECI of this machine: Linux's MEI character device. rpc.md 2.1.
 */
#ifndef AMT_HECI_MEI_H
#define AMT_HECI_MEI_H

#include <amt/heci/transport.h>

/* path NULL: the first there is of /dev/mei0, /dev/mei, /dev/mei1 to 3. Errors of
 * connecting say what to do: ERR_UNAVAILABLE without a device or driver, ERR_FORBIDDEN
 * without permission. */
struct heci_place heci_mei(const char *path);

#endif
