/* SPDX-License-Identifier: Apache-2.0
 * Calling home (CIRA): where to, when, and from which networks not. wsman.md B.3, rps.md
 * 7.7 (6, 7, 14), 7.14; rpc.md 4.7.
 */
#ifndef DEVICE_REMOTE_ACCESS_H
#define DEVICE_REMOTE_ACCESS_H

#include <amt/wsman/classes/cira.h>
#include <base/secret.h>
#include <device/call.h>

#define DEVICE_MPS_ADDRESS_MAX 256
#define DEVICE_MPS_CREDENTIAL_MAX 64
#define DEVICE_DETECTION_MAX 5		/* strings */
#define DEVICE_DETECTION_STRING_MAX 190 /* characters of one */

struct device_mps {
	struct str address; /* name or IPv4 or IPv6 address */
	uint16_t port;
	struct str username;
	const struct secret *password;
	/* Common name of the server's certificate; empty: firmware compares the address.
	 */
	struct str common_name;
	unsigned interval_s;  /* between tries; 0: 25 */
	unsigned user_life_s; /* of a user's request; 0: 300 */
};

/* ERR_INVALID that names the field. */
OB_MUST_CHECK struct err *device_mps_check(const struct device_mps *m);
enum amt_info_format device_address_format(struct str address);

/* AddMpServer; *name: of the new AMT_ManagementPresenceRemoteSAP. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_mps_add(struct device_call *c,
						     const struct device_mps *m,
						     struct str *name);
/* Rules "Periodic" and "User Initiated" for that server, then MpsType 2 (both), order 0
 * for each, as rps.md 7.14 (6-8). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_mps_policies(struct device_call *c,
							  const struct device_mps *m,
							  struct str name);
/* AMT_UserInitiatedConnectionService: BIOS and OS may ask for a connection. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_mps_user_initiated(
	struct device_call *c, enum amt_user_initiated state);
/* AMT_EnvironmentDetectionSettingData: the device calls home unless it finds itself in
 * one of these domains. n 0: the list is emptied (the device is never outside). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_detection_set(struct device_call *c,
							   const struct str *domains,
							   size_t n);
/* A domain that no network has: "<random uuid>.com", so the device always calls. */
struct str device_detection_nowhere(struct arena *a);

/* All of it: root certificate (base64 DER), server, policies, user-initiated, detection.
 * What an earlier one left must be gone: device_mps_remove. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_mps_configure(struct device_call *c,
							   const struct device_mps *m,
							   struct str root,
							   const struct str *domains,
							   size_t n);
/* Policies, then servers. *removed: servers (may be NULL). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_mps_remove(struct device_call *c,
							size_t *removed);

#endif
