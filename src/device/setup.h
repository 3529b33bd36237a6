/* SPDX-License-Identifier: Apache-2.0
 * Set-up of a device through its host: control modes, their change and their end.
 * wsman.md B.1, D.1-D.4; rps.md 7.2-7.5, 7.15; rpc.md 4.2, 4.3, 4.6.
 *
 * A change of control mode may close the connection before it is answered. Then the mode
 * is read again, with the credentials that are good after the change, for up to
 * DEVICE_SETTLE_EXCHANGES times the time for an exchange (30 s); the change has failed
 * only if it is not what was wanted. After a change the call's device has the new
 * credentials (admin and the password); who comes as the host's own account ("$$OsAdmin")
 * sets them again.
 */
#ifndef DEVICE_SETUP_H
#define DEVICE_SETUP_H

#include <amt/wsman/classes/setup.h>
#include <device/activation_cert.h>
#include <device/call.h>

/* The network stack restarts within seconds (wsman.md A.6). */
#define DEVICE_SETTLE_EXCHANGES 3
#define DEVICE_ADMIN "admin"

/* IPS_HostBasedSetupService.Get */
struct device_setup {
	enum ips_control_mode mode;
	bool client_allowed, admin_allowed; /* AllowedControlModes */
	enum ips_cert_chain chain;
	struct str nonce; /* ConfigurationNonce, raw bytes */
};
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_read(struct device_call *c,
							struct device_setup *out);
/* AMT_SetupAndConfigurationService.Get: provisioning state; mode as clients read it
 * through CIRA (ProvisioningMode 1 admin, 4 client; none while not provisioned). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_state(
	struct device_call *c, enum amt_provisioning_state *state,
	enum ips_control_mode *mode);
/* AMT_GeneralSettings.DigestRealm, complete ("Digest:" and 32 hex digits): what HA1 is
 * computed over. Anything else is an ERR_DEVICE. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_realm(struct device_call *c,
							 struct str *realm);

/* Client control mode: Setup. password: of admin, from now on. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_client(struct device_call *c,
							  struct str realm,
							  const struct secret *password);
/* Sends the certificates leaf first (AddNextCertInChain). The error names the one that
 * was refused. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_chain(
	struct device_call *c, const struct activation_cert *cert);
/* Admin control mode: nonce, chain, signature (on a worker), AdminSetup. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_admin(
	struct device_call *c, struct str realm, const struct secret *password,
	const struct activation_cert *cert);
/* Client to admin control mode, as admin: nonce, chain, signature, UpgradeClientToAdmin.
 * The password stays. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_upgrade(
	struct device_call *c, const struct activation_cert *cert);

/* SetMEBxPassword, admin control mode only. ERR_INVALID before it is sent when firmware
 * would not take it: 8 to 32 characters, upper and lower case, a digit, another. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_mebx(struct device_call *c,
							const struct secret *password);
/* CommitChanges: settings of ports and TLS take effect, connections drop. A connection
 * that closes instead of an answer counts as success: who needs to know reads again.
 * c->return_value 2057: key, certificate, clock, host name or MEBx password is missing.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_commit(struct device_call *c);

/* Unprovision(1), PartialUnprovision: the connection may drop with the answer or instead
 * of it. Partial keeps admin's account, host and domain name. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_unprovision(struct device_call *c);
OB_MUST_CHECK OB_SUSPENDS struct err *device_unprovision_partial(struct device_call *c);

/* Waits until the device answers again after a restart of its network stack, and gives
 * its mode; as long. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_setup_wait(struct device_call *c,
							enum ips_control_mode *mode);

#endif
