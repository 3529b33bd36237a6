/* SPDX-License-Identifier: Apache-2.0
 * HECI of a virtual device: a unix SOCK_SEQPACKET socket in place of the MEI device. Only
 * in builds with virtual_heci, never in packages: whoever may name such a socket decides
 * what "the firmware" answers.
 */
#ifndef AMT_HECI_VIRTUAL_H
#define AMT_HECI_VIRTUAL_H

#include <amt/heci/transport.h>

/* path must outlive the place. */
struct heci_place heci_virtual(const char *path);

#endif
