/* SPDX-License-Identifier: Apache-2.0
 * Settings of the MPS; upstream's names where they mean the same (mps.md 8.1).
 */
#include <mps/mps.h>

/* clang-format off */
const struct config_setting mps_settings[] = {
	{.key = "mps.cira.listen", .type = CONFIG_LISTEN, .def = "0.0.0.0:4433",
	 .env = "MPS_PORT", .help = "Where devices call home (TLS)."},
	{.key = "mps.rest.listen", .type = CONFIG_LISTEN, .def = "127.0.0.1:3000",
	 .env = "MPS_WEB_PORT",
	 .help = "REST and WebSocket listener (plain HTTP; a gateway adds TLS)."},
	{.key = "mps.common_name", .type = CONFIG_STRING, .def = "localhost", .env = "MPS_COMMON_NAME",
	 .help = "Name or address by which devices reach this server: the CN of the CIRA certificate."},
	{.key = "mps.country", .type = CONFIG_STRING, .def = "US", .env = "MPS_COUNTRY",
	 .help = "C of the CIRA certificate's subject."},
	{.key = "mps.organization", .type = CONFIG_STRING, .env = "MPS_ORGANIZATION",
	 .help = "O of the CIRA certificate's subject."},
	{.key = "mps.instance", .type = CONFIG_STRING, .env = "MPS_INSTANCE_NAME",
	 .help = "This instance's name in devices.mpsinstance: its own among those that share a database, and one that a router can resolve; unset = the host's name."},
	{.key = "mps.cira.tls_min_version", .type = CONFIG_ENUM, .def = "TLSv1.2",
	 .choices = "TLSv1|TLSv1.1|TLSv1.2|TLSv1.3",
	 .help = "Oldest TLS version accepted from devices; AMT 11 and older need TLSv1 or TLSv1.1."},
	{.key = "mps.cira.tls_ciphers", .type = CONFIG_STRING,
	 .help = "OpenSSL cipher list for TLS 1.2 and older; unset = a list fit for the oldest version."},
	{.key = "mps.cira.cert_key_size", .type = CONFIG_ENUM, .def = "2048", .choices = "2048|3072",
	 .help = "RSA bits of a newly made CIRA server certificate."},
	{.key = "mps.cira.window_size", .type = CONFIG_INT, .def = "81920", .min = 32768,
	 .max = 1048576, .unit = "bytes", .env = "MPS_CIRA_WINDOW_SIZE",
	 .help = "Receive window of each APF channel."},
	{.key = "mps.cira.last_seen", .type = CONFIG_BOOL, .def = "true", .env = "MPS_CIRA_LAST_SEEN",
	 .help = "Record the time of each device's last keep-alive (lastSeen)."},
	{.key = "mps.cira.handshake_ms", .type = CONFIG_INT, .def = "20000", .min = 100,
	 .max = 600000, .unit = "ms", .help = "Time for TLS and APF login of a device."},
	{.key = "mps.cira.max_handshakes", .type = CONFIG_INT, .def = "8192", .min = 16,
	 .max = 1000000, .help = "Connections that may be logging in at once; beyond, the oldest silent one is dropped."},
	{.key = "mps.cira.keepalive_s", .type = CONFIG_INT, .def = "30", .min = 5, .max = 3600,
	 .unit = "s", .help = "Keep-alive interval that devices are asked for."},
	{.key = "mps.cira.silence_ms", .type = CONFIG_INT, .def = "100000", .min = 1000,
	 .max = 3600000, .unit = "ms",
	 .help = "Silence after which a link is probed (some firmware sends only every 90 s)."},
	{.key = "mps.cira.probe_ms", .type = CONFIG_INT, .def = "5000", .min = 100, .max = 600000,
	 .unit = "ms", .help = "Time for the answer to a probe; then the link counts as dead."},
	{.key = "mps.limiter.concurrent", .type = CONFIG_INT, .def = "3", .min = 0, .max = 1000,
	 .help = "Exchanges under way per device (0 = no limit of any kind, for measurements)."},
	{.key = "mps.limiter.burst", .type = CONFIG_INT, .def = "12", .min = 1, .max = 1000,
	 .help = "Exchanges a rested device takes at once."},
	{.key = "mps.limiter.per_second", .type = CONFIG_INT, .def = "4", .min = 1, .max = 1000,
	 .unit = "1/s", .help = "Exchanges per second in the long run, per device."},
};
/* clang-format on */
const size_t mps_settings_n = ARRAY_LEN(mps_settings);
