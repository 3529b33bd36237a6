/* SPDX-License-Identifier: Apache-2.0
 * Settings of authentication. Upstream names are MPS's (mps.md 8.1).
 */
#include <iam/iam.h>

const struct config_setting iam_settings[] = {
	{.key = "auth.mode",
	 .type = CONFIG_ENUM,
	 .def = "builtin",
	 .choices = "builtin|oidc|none",
	 .help = "Who may call: users of our own, an OpenID Connect issuer's, or anybody "
		 "(loopback only)."},
	{.key = "auth.admin.user",
	 .def = "admin",
	 .env = "MPS_WEB_ADMIN_USER",
	 .help = "Name of the built-in administrator."},
	{.key = "auth.admin.password",
	 .secret = true,
	 .env = "MPS_WEB_ADMIN_PASSWORD,OUTBAND_ADMIN_PASSWORD",
	 .help = "Password of the built-in administrator; when set it replaces the "
		 "stored one at each start, when unset one is generated at the first "
		 "start."},
	{.key = "auth.jwt.issuer",
	 .def = "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc",
	 .env = "MPS_JWT_ISSUER",
	 .help = "The iss claim of our own tokens."},
	{.key = "auth.jwt.secret",
	 .secret = true,
	 .env = "MPS_JWT_SECRET",
	 .help = "Key that signs login tokens, at least 16 bytes; when unset one is made "
		 "and kept in the secret store."},
	{.key = "auth.jwt.expiration_min",
	 .type = CONFIG_INT,
	 .def = "1440",
	 .min = 1,
	 .max = 525600,
	 .unit = "minutes",
	 .env = "MPS_JWT_EXPIRATION",
	 .help = "Life of a login token."},
	{.key = "auth.redirection.expiration_min",
	 .type = CONFIG_INT,
	 .def = "5",
	 .min = 1,
	 .max = 1440,
	 .unit = "minutes",
	 .env = "MPS_REDIRECTION_EXPIRATION_TIME",
	 .help = "Life of a redirection token."},
	{.key = "auth.oidc.issuer",
	 .help = "Issuer of the tokens (auth.mode oidc), as in their iss claim; its "
		 "/.well-known/openid-configuration names the keys."},
	{.key = "auth.oidc.audience",
	 .type = CONFIG_LIST,
	 .help = "Accepted aud claims; unset accepts every token of the issuer, whomever "
		 "it was made for."},
	{.key = "auth.oidc.jwks_url",
	 .help = "Where the issuer's keys are, instead of asking its discovery "
		 "document."},
	{.key = "auth.oidc.ca_file",
	 .help = "PEM file of the authorities that the issuer's TLS certificate is "
		 "checked with; unset = the system's."},
	{.key = "auth.oidc.clock_skew_s",
	 .type = CONFIG_INT,
	 .def = "60",
	 .min = 0,
	 .max = 600,
	 .unit = "s",
	 .help = "How far the issuer's clock may differ from ours."},
	{.key = "auth.oidc.roles_claim",
	 .def = "realm_access.roles",
	 .help = "Where the roles are in a token; dots lead into nested objects."},
	{.key = "auth.oidc.tenant_claim",
	 .help = "Where the tenant, or the list of tenants, is in a token. Roles named "
		 "<project UUID>_<role> name their tenant themselves."},
	{.key = "auth.roles",
	 .type = CONFIG_LIST,
	 .help = "Further roles as role=permission+permission, of: device-read, "
		 "device-write, power, redirect, secret-read, profile-read, "
		 "profile-write, metrics, assist, admin, all. Built in: admin, operator, "
		 "viewer, im-rw, im-r, monitor, assistant (an Enterprise Assistant)."},
	{.key = "auth.metrics_open",
	 .type = CONFIG_BOOL,
	 .def = "false",
	 .help = "Answer GET /metrics without a token; otherwise it takes one of the "
		 "default tenant whose role has the permission metrics. With tenants "
		 "from an issuer nobody is of that one: use metrics.listen."},
	{.key = "metrics.listen",
	 .type = CONFIG_LISTEN,
	 .help = "A further listener, for /metrics and /livez alone and without tokens: "
		 "an address that only the monitoring reaches, such as "
		 "127.0.0.1:9464; unset = none."},
	{.key = "audit.retention_days",
	 .type = CONFIG_INT,
	 .def = "0",
	 .min = 0,
	 .max = 36500,
	 .unit = "days",
	 .help = "How long audit records are kept; 0 = for ever."},
	{.key = "auth.tenancy",
	 .type = CONFIG_BOOL,
	 .def = "false",
	 .help = "Separate tenants by the tokens' tenants; off means one tenant for "
		 "everybody."},
};

const size_t iam_settings_n = ARRAY_LEN(iam_settings);
