/* SPDX-License-Identifier: Apache-2.0
 * UefiBootParametersArray of AMT_BootSettingData: what one-click recovery (HTTPS, PBA,
 * WinRE boot) and remote platform erase take with them. wsman.md C.4, mps.md 3.1.
 *
 * One table per kind both encodes and decodes. On the wire: base64 of entries, each
 * vendor 0x8086, type, length, value, all little-endian; the property beside it holds
 * their number.
 */
#ifndef AMT_UEFI_BOOT_H
#define AMT_UEFI_BOOT_H

#include <base/arena.h>
#include <base/err.h>
#include <base/str.h>

struct uefi_number {
	bool set;
	uint32_t v;
};

/* Absent: p NULL, set false. Hashes and optional data are bytes. */
struct uefi_boot {
	struct str url; /* HTTPS boot; at most 300 */
	struct str
		path; /* EFI device path of a file, at most 300; its length goes along */
	struct str image_sha256, image_sha384, image_sha512;
	struct str optional_data;      /* at most 50 */
	struct uefi_number sync_roots; /* 1: BIOS takes the trusted roots of AMT */
	struct str server_name;	       /* at most 256 */
	struct uefi_number name_check; /* 1 full name, 2 domain suffix, 3 other */
	struct str server_sha256, server_sha384, server_sha512;
	struct uefi_number timeout_s;
	struct str user, password;	/* of HTTPS; 16 each */
	struct uefi_number path_length; /* filled in by both directions */
};

struct uefi_erase {
	struct uefi_number mask; /* bits of AMT_BootCapabilities.PlatformErase */
	struct str psid, ssd_password, oem;
};

/* *base64 lives with the arena and holds secrets if p does. ERR_INVALID names the field
 * that firmware would not take. */
OB_MUST_CHECK struct err *uefi_boot_encode(struct arena *a, const struct uefi_boot *p,
					   struct str *base64, uint32_t *count);
OB_MUST_CHECK struct err *uefi_erase_encode(struct arena *a, const struct uefi_erase *p,
					    struct str *base64, uint32_t *count);

/* Strict, as firmware: known types once each, in their bounds, exactly count of them.
 * Texts in the arena. ERR_INVALID says which entry is wrong. */
OB_MUST_CHECK struct err *uefi_boot_decode(struct arena *a, struct str base64,
					   uint32_t count, struct uefi_boot *out);
OB_MUST_CHECK struct err *uefi_erase_decode(struct arena *a, struct str base64,
					    uint32_t count, struct uefi_erase *out);

#endif
