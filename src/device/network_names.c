/* SPDX-License-Identifier: Apache-2.0 */
#include <device/network_names.h>

#include <base/str.h>

/* clang-format off */
const struct network_name network_link_policies[] = {
	{1, "S0 AC"}, {14, "Sx AC"}, {16, "S0 DC"}, {224, "Sx DC"}, {0, NULL},
};
const struct network_name network_link_owners[] = {
	{1, "Management Engine"}, {2, "Host"}, {0, NULL},
};
const struct network_name network_link_protections[] = {
	{0, "Override"}, {1, "None"}, {2, "Passive"}, {3, "High"}, {0, NULL},
};
const struct network_name network_connections[] = {
	{0, "Integrated LAN NIC"}, {1, "Discrete LAN NIC"}, {2, "LAN via Thunderbolt Dock"},
	{3, "Wireless LAN"}, {0, NULL},
};
const struct network_name network_media[] = {{0, "SMBUS"}, {1, "PCIe"}, {0, NULL}};
const struct network_name network_wired_8021x[] = {
	{2, "EnabledWithCertificates"}, {3, "Disabled"}, {6, "EnabledWithoutCertificates"},
	{0, NULL},
};
const struct network_name network_wifi_auths[] = {
	{1, "Other"}, {2, "OpenSystem"}, {3, "SharedKey"}, {4, "WPAPSK"}, {5, "WPAIEEE8021x"},
	{6, "WPA2PSK"}, {7, "WPA2IEEE8021x"}, {32768, "WPA3SAE"}, {32769, "WPA3OWE"},
	{0, NULL},
};
const struct network_name network_wifi_encryptions[] = {
	{1, "Other"}, {2, "WEP"}, {3, "TKIP"}, {4, "CCMP"}, {5, "None"}, {0, NULL},
};
const struct network_name network_bss_types[] = {
	{0, "Unknown"}, {2, "Independent"}, {3, "Infrastructure"}, {0, NULL},
};
const struct network_name network_wifi_states[] = {
	{3, "WifiDisabled"}, {32768, "WifiEnabledS0"}, {32769, "WifiEnabledS0SxAC"}, {0, NULL},
};
/* clang-format on */

const char *network_name(const struct network_name *names, int64_t value,
			 const char *fallback)
{
	for (; names->name != NULL; names++)
		if (names->value == value)
			return names->name;
	return fallback;
}

bool network_value(const struct network_name *names, const char *name, int64_t *value)
{
	for (; name != NULL && names->name != NULL; names++)
		if (str_ieqz(str_of(name), names->name)) {
			*value = names->value;
			return true;
		}
	return false;
}
