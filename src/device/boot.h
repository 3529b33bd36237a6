/* SPDX-License-Identifier: Apache-2.0
 * How a device starts next. wsman.md B.7, C.4; mps.md 3.1.
 */
#ifndef DEVICE_BOOT_H
#define DEVICE_BOOT_H

#include <device/call.h>

/* InstanceIDs of boot sources; the last is the beginning of ten. */
#define DEVICE_BOOT_HTTPS "Intel(r) AMT: Force OCR UEFI HTTPS Boot"
#define DEVICE_BOOT_OPTION "Intel(r) AMT: Force OCR UEFI Boot Option"

#endif
