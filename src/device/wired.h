/* SPDX-License-Identifier: Apache-2.0
 * IP settings of the device's network ports. wsman.md B.2 (AMT_EthernetPortSettings),
 * rps.md 7.9, 7.10 (1), 7.16; rpc.md 4.7.
 */
#ifndef DEVICE_WIRED_H
#define DEVICE_WIRED_H

#include <amt/wsman/classes/network.h>
#include <device/call.h>

/* Instances by their number (0 wired, 1 wireless). NULL: no such hardware, or its MAC
 * address is absent or zero. */
struct device_ports {
	struct amt_ethernet_port_settings *wired, *wireless;
};
OB_MUST_CHECK OB_SUSPENDS struct err *device_ports_read(struct device_call *c,
							struct device_ports *out);

enum device_ip_mode {
	DEVICE_IP_DHCP,	  /* DHCPEnabled and IpSyncEnabled */
	DEVICE_IP_SHARED, /* static, kept equal to the host's */
	DEVICE_IP_STATIC, /* an address of its own */
};
struct device_ip {
	enum device_ip_mode mode;
	/* DEVICE_IP_STATIC: dotted IPv4. address and mask are required; what is empty of
	 * the rest is left out. */
	struct str address, mask, gateway, primary_dns, secondary_dns;
};
/* Writes the port (as read) and checks that the device took it. *changed false: it was so
 * already, nothing was written (may be NULL). ERR_INVALID: the addresses. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_port_write(
	struct device_call *c, const struct amt_ethernet_port_settings *port,
	const struct device_ip *ip, bool *changed);
/* ConsoleTcpMaxRetransmissions, 5 to 7: RPS writes 7 for wireless ports. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_port_retransmissions(
	struct device_call *c, const struct amt_ethernet_port_settings *port,
	unsigned count);
/* ERR_INVALID that names the field when the addresses do not fit the mode. */
OB_MUST_CHECK struct err *device_ip_check(const struct device_ip *ip);

#endif
