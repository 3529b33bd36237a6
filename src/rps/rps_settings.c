/* SPDX-License-Identifier: Apache-2.0
 * Settings of the RPS; upstream's names where they mean the same (rps.md 9.1).
 */
#include <rps/rps.h>

/* clang-format off */
const struct config_setting rps_settings[] = {
	{.key = "rps.rest.listen", .type = CONFIG_LISTEN, .def = "127.0.0.1:8081",
	 .env = "RPS_WEB_PORT,RPSWEBPORT",
	 .help = "REST listener of the RPS (plain HTTP; a gateway adds TLS)."},
	{.key = "rps.db.url", .type = CONFIG_STRING, .secret = true,
	 .env = "RPS_CONNECTION_STRING",
	 .help = "Database of the RPS, as db.url; unset = the one that db.url names."},
	{.key = "rps.enterprise_assistant_url", .type = CONFIG_STRING,
	 .def = "http://localhost:8000", .env = "RPS_ENTERPRISE_ASSISTANT_URL",
	 .help = "Enterprise Assistant that exported profiles name."},
};
/* clang-format on */
const size_t rps_settings_n = ARRAY_LEN(rps_settings);
