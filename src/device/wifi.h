/* SPDX-License-Identifier: Apache-2.0
 * Wi-Fi: port, profiles, and how they are kept in step with the host's. wsman.md B.9,
 * rps.md 7.7 (4), 7.10; rpc.md 4.7.
 */
#ifndef DEVICE_WIFI_H
#define DEVICE_WIFI_H

#include <amt/wsman/classes/wifi.h>
#include <device/ieee8021x.h>

#define DEVICE_WIFI_SSID_MAX 32
#define DEVICE_WIFI_PASSPHRASE_MIN 8
#define DEVICE_WIFI_PASSPHRASE_MAX 63

struct device_wifi {
	struct str name, ssid;
	unsigned priority; /* 1-255, one of its own */
	enum cim_wifi_auth auth;
	enum cim_wifi_encryption encryption;
	const struct secret *passphrase;      /* of PSK methods, else NULL */
	const struct device_8021x *ieee8021x; /* of 802.1X methods, else NULL */
};

/* Port on in S0 and Sx/AC (32769), or another state. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_port_set(struct device_call *c,
							   enum cim_wifi_port_state s);
/* Profiles of the administrator: those with an InstanceID and a priority. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_list(struct device_call *c,
						       struct device_list *out);
/* AddWiFiSettings. ERR_INVALID before it is sent: names what does not fit. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_add(struct device_call *c,
						      const struct device_wifi *w);
/* UpdateWiFiSettings of the profile of that name. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_update(struct device_call *c,
							 const struct device_wifi *w);
/* By InstanceID; one that is not there is no error. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_delete(struct device_call *c,
							 struct str instance_id);
/* All of device_wifi_list. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_clear(struct device_call *c,
							size_t *deleted);

struct device_wifi_sync {
	bool local; /* profiles of the host's user: unrestricted (3), or none (0) */
	bool uefi;  /* shared with UEFI; only where boot capabilities say it can */
};
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_sync_read(struct device_call *c,
							    struct device_wifi_sync *out);
/* Writes what differs; *changed may be NULL. Firmware without UEFI sharing ignores that
 * part. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_sync_set(
	struct device_call *c, const struct device_wifi_sync *want, bool *changed);
OB_MUST_CHECK struct err *device_wifi_check(const struct device_wifi *w);

#endif
