/* SPDX-License-Identifier: Apache-2.0
 * What of a device's remote control is switched on: redirection, KVM, user consent,
 * one-click recovery, platform erase. mps.md 3.5, console-ui.md 1.8, wsman.md B.6, B.7.
 * (<features.h> is the C library's.)
 */
#ifndef DEVICE_AMT_FEATURES_H
#define DEVICE_AMT_FEATURES_H

#include <device/call.h>

#include <amt/wsman/classes/consent.h>

struct device_features {
	bool listener; /* the redirection ports are open */
	bool sol, ider, kvm;
	bool kvm_available;		       /* the firmware has KVM */
	int64_t opt_in_required;	       /* enum ips_opt_in_required */
	int64_t opt_in_state;		       /* enum ips_opt_in_state */
	bool opt_in_fixed;		       /* the policy cannot be changed */
	bool ocr;			       /* one-click recovery is on */
	bool https_boot, winre_boot, pba_boot; /* what recovery offers */
	bool rpe, rpe_supported; /* remote platform erase is on; firmware has it */
};

/* 5 reads and the list of boot sources; a firmware without KVM or boot service says so
 * in the result. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_features_get(struct device_call *c,
							  struct device_features *out);

enum device_switch { DEVICE_KEEP, DEVICE_OFF, DEVICE_ON };

struct device_features_change {
	bool sol, ider, kvm;
	int64_t opt_in_required; /* enum ips_opt_in_required */
	enum device_switch ocr, rpe;
};

/* Changes what differs: consent, redirection with its listener (on with any of the
 * three), KVM, boot service. ERR_CONFLICT when the device keeps what it has: KVM it does
 * not have, a consent policy that its control mode fixes. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_features_set(
	struct device_call *c, const struct device_features_change *change);

/* State of CIM_BootService: recovery and erase on or off; KEEP leaves one. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_boot_service_set(struct device_call *c,
							      enum device_switch ocr,
							      enum device_switch rpe);

/* "none", "kvm", "all"; NULL for another value. And back; false when it is none. */
const char *device_consent_name(int64_t opt_in_required);
bool device_consent_from_name(const char *name, int64_t *opt_in_required);

#endif
