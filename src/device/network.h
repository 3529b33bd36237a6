/* SPDX-License-Identifier: Apache-2.0
 * The device's network as it is: ports, Wi-Fi and who owns the wireless link.
 * mps.md 3.10, wsman.md B.2, B.9. What sets ports and profiles up: wired.h, wifi.h.
 */
#ifndef DEVICE_NETWORK_H
#define DEVICE_NETWORK_H

#include <device/ieee8021x.h>
#include <device/wifi.h>
#include <device/wired.h>

#define DEVICE_WIFI_PROFILES_MAX 8

struct device_network {
	struct device_ports ports;
	struct ips_ieee8021x_settings *wired_8021x; /* NULL: firmware has none */
	/* The rest only with a wireless port. */
	struct device_list profiles;  /* cim_wifi_endpoint_settings; not the user's own */
	struct device_list ieee8021x; /* cim_ieee8021x_settings */
	struct amt_wifi_port_configuration_service *wifi; /* NULL: none */
};
/* wireless false: the wired part alone. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_network_read(struct device_call *c,
							  bool wireless,
							  struct device_network *out);

/* State of the Wi-Fi port (enum cim_wifi_port_state); 0: there is no port. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_port_read(struct device_call *c,
							    int64_t *state);
/* Whether BIOS can share Wi-Fi profiles. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_wifi_uefi_can_share(struct device_call *c,
								 bool *can);
/* The 802.1X settings of a profile, by their name; NULL: none. */
const struct cim_ieee8021x_settings *device_wifi_8021x_of(
	const struct device_list *settings, struct str profile);

/* The wireless link goes to the firmware or back to the host, for that many seconds (0:
 * for good). ERR_NOT_FOUND: no wireless port. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_link_prefer(struct device_call *c,
							 enum amt_link_owner owner,
							 uint32_t timeout_s);

#endif
