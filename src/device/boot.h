/* SPDX-License-Identifier: Apache-2.0
 * How a device starts next: boot options for one boot, then the power change that makes
 * it happen. wsman.md B.7, C.4, C.5, D.5; mps.md 3.1; console-ui.md 1.8 (remote erase).
 *
 * Every step's answer is looked at. When one is refused nothing is powered, and what was
 * written before is taken back, so that the machine does not start elsewhere later.
 */
#ifndef DEVICE_BOOT_H
#define DEVICE_BOOT_H

#include <amt/uefi_boot.h>
#include <amt/wsman/classes/boot.h>
#include <device/call.h>

/* InstanceIDs of boot sources; the last is the beginning of ten. */
#define DEVICE_BOOT_PXE "Intel(r) AMT: Force PXE Boot"
#define DEVICE_BOOT_DIAGNOSTIC "Intel(r) AMT: Force Diagnostic Boot"
#define DEVICE_BOOT_HTTPS "Intel(r) AMT: Force OCR UEFI HTTPS Boot"
#define DEVICE_BOOT_OPTION "Intel(r) AMT: Force OCR UEFI Boot Option"

enum device_boot_way {
	DEVICE_BOOT_TO_SETUP, /* the BIOS's own pages */
	DEVICE_BOOT_TO_SECURE_ERASE,
	DEVICE_BOOT_TO_HTTPS, /* these three: one-click recovery */
	DEVICE_BOOT_TO_PBA,
	DEVICE_BOOT_TO_WINRE,
	DEVICE_BOOT_TO_IDER_FLOPPY,
	DEVICE_BOOT_TO_IDER_CD,
	DEVICE_BOOT_TO_DIAGNOSTIC,
	DEVICE_BOOT_TO_PXE,
};

struct device_boot {
	enum device_boot_way way;
	int power; /* 2 on, 10 reset */
	bool use_sol;
	/* Recovery: url (HTTPS), path (PBA, WinRE: BootString of a boot source; p NULL:
	 * the first that fits), hashes, credentials. */
	struct uefi_boot uefi;
	struct uefi_number enforce_secure_boot; /* recovery */
	struct str erase_password; /* secure erase: of the drive, or p NULL */
};

/* *reply: the answer to the power change, whose return_value says whether it was taken.
 * ERR_INVALID: what the boot needs is not given. ERR_NOT_FOUND: no such boot source.
 * ERR_CONFLICT: recovery is switched off; secure boot cannot be left out in client
 * control mode. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_boot(struct device_call *c,
						  const struct device_boot *b,
						  struct wsman_reply *reply);
/* cim_boot_source_setting */
OB_MUST_CHECK OB_SUSPENDS struct err *device_boot_sources(struct device_call *c,
							  struct device_list *out);

/* Options of an earlier request would make the next boot go elsewhere: written back as
 * none, if any was set. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_boot_clear(struct device_call *c);

/* ---- remote platform erase ---- */

/* Bits of AMT_BootCapabilities.PlatformErase */
#define DEVICE_ERASE_SUPPORTED 0x1u
#define DEVICE_ERASE_SSDS 0x4u
#define DEVICE_ERASE_TPM 0x40u
#define DEVICE_ERASE_BIOS 0x4000000u

struct device_erase {
	bool ssds, tpm, bios;	 /* drives' contents, TPM, BIOS to its golden state */
	bool csme;		 /* AMT goes back to factory state */
	struct str ssd_password; /* p NULL: none */
};
/* What this device can erase. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_erase_read(struct device_call *c,
							struct device_erase *out);
/* Erases with the next boot, and makes the device boot. ERR_INVALID: nothing asked for,
 * or what the device cannot. ERR_CONFLICT: the platform does not let it be switched on.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *device_erase(struct device_call *c,
						   const struct device_erase *e,
						   struct wsman_reply *reply);

#endif
