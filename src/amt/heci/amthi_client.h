/* SPDX-License-Identifier: Apache-2.0
 * The host's questions to AMTHI: one function per command. Each opens the client, asks
 * and closes it, as rpc does: AMTHI must not be held while LMS may want it.
 *
 * Errors: those of heci_connect and heci_ask; ERR_DEVICE when the answer is malformed or
 * its status is not 0, which is in c->status then. Text in results lives in the arena.
 */
#ifndef AMT_HECI_AMTHI_CLIENT_H
#define AMT_HECI_AMTHI_CLIENT_H

#include <amt/heci/amthi.h>
#include <amt/heci/transport.h>
#include <base/secret.h>

/* All borrowed. */
struct amthi_client {
	const struct heci_place *place;
	struct arena *a;
	uint32_t status; /* of the last answer: an AMTHI status */
};

/* Any command. response: the command's struct, NULL when it has none. */
OB_MUST_CHECK OB_SUSPENDS struct err *amthi_call(struct amthi_client *c,
						 const struct amthi_request *rq,
						 struct deadline until, void *response);
/* A command without arguments. */
OB_MUST_CHECK OB_SUSPENDS struct err *amthi_get(struct amthi_client *c,
						enum amthi_command command,
						struct deadline until, void *response);
/* The account's password goes into no arena; the caller has it wiped. */
OB_MUST_CHECK OB_SUSPENDS struct err *amthi_get_local_system_account(
	struct amthi_client *c, struct deadline until, struct secret *user,
	struct secret *password);

/* clang-format off */
#define AMTHI_GET(name, cmd, type)                                                 \
	OB_MUST_CHECK static inline struct err *name(struct amthi_client *c,           \
						     struct deadline until, type *out) \
	{                                                                              \
		return amthi_get(c, cmd, until, out);                              \
	}
#define AMTHI_DO(name, cmd)                                              \
	OB_MUST_CHECK static inline struct err *name(struct amthi_client *c, \
						     struct deadline until)  \
	{                                                                    \
		return amthi_get(c, cmd, until, NULL);                   \
	}
#define AMTHI_ASK(name, cmd, type)                                                   \
	OB_MUST_CHECK static inline struct err *name(struct amthi_client *c, uint32_t value, \
						     struct deadline until, type *out)   \
	{                                                                                \
		struct amthi_request rq = {.command = cmd, .value = value};          \
		return amthi_call(c, &rq, until, out);                                   \
	}
/* ERR_INVALID when the text is too long. */
#define AMTHI_SET_TEXT(name, cmd)                                                      \
	OB_MUST_CHECK static inline struct err *name(struct amthi_client *c, struct str text, \
						     struct deadline until)                \
	{                                                                                  \
		struct amthi_request rq = {.command = cmd, .text = text};              \
		return amthi_call(c, &rq, until, NULL);                                    \
	}

AMTHI_GET(amthi_get_code_versions, AMTHI_GET_CODE_VERSIONS, struct amthi_code_versions)
AMTHI_GET(amthi_get_provisioning_state, AMTHI_GET_PROVISIONING_STATE, struct amthi_value)
AMTHI_GET(amthi_get_provisioning_mode, AMTHI_GET_PROVISIONING_MODE, struct amthi_provisioning_mode)
AMTHI_GET(amthi_get_provisioning_tls_mode, AMTHI_GET_PROVISIONING_TLS_MODE, struct amthi_value)
AMTHI_GET(amthi_get_control_mode, AMTHI_GET_CONTROL_MODE, struct amthi_value)
AMTHI_GET(amthi_get_uuid, AMTHI_GET_UUID, struct amthi_uuid)
AMTHI_GET(amthi_get_dns_suffix, AMTHI_GET_PKI_FQDN_SUFFIX, struct amthi_text)
AMTHI_GET(amthi_get_dns_suffix_list, AMTHI_GET_DNS_SUFFIX_LIST, struct amthi_text)
AMTHI_GET(amthi_get_fqdn, AMTHI_GET_FQDN, struct amthi_fqdn)
AMTHI_GET(amthi_enumerate_hash_handles, AMTHI_ENUMERATE_HASH_HANDLES, struct amthi_hash_handles)
AMTHI_ASK(amthi_get_cert_hash_entry, AMTHI_GET_CERT_HASH_ENTRY, struct amthi_cert_hash)
AMTHI_GET(amthi_get_remote_access_connection_status, AMTHI_GET_REMOTE_ACCESS_CONNECTION_STATUS,
	  struct amthi_remote)
AMTHI_ASK(amthi_get_lan_interface_settings, AMTHI_GET_LAN_INTERFACE_SETTINGS, struct amthi_lan)
AMTHI_ASK(amthi_get_ipv6_lan_interface_status, AMTHI_GET_IPV6_LAN_INTERFACE_STATUS,
	  struct amthi_ipv6)
AMTHI_GET(amthi_get_tcpip_parameters, AMTHI_GET_TCPIP_PARAMETERS, struct amthi_tcpip)
AMTHI_GET(amthi_get_security_parameters, AMTHI_GET_SECURITY_PARAMETERS, struct amthi_security)
AMTHI_GET(amthi_get_mac_addresses, AMTHI_GET_MAC_ADDRESSES, struct amthi_macs)
AMTHI_GET(amthi_get_rng_seed_status, AMTHI_GET_RNG_SEED_STATUS, struct amthi_value)
AMTHI_GET(amthi_get_zero_touch_enabled, AMTHI_GET_ZERO_TOUCH_ENABLED, struct amthi_flag)
AMTHI_GET(amthi_get_current_power_policy, AMTHI_GET_CURRENT_POWER_POLICY, struct amthi_text)
AMTHI_ASK(amthi_get_features_state, AMTHI_GET_FEATURES_STATE, struct amthi_features)
AMTHI_GET(amthi_get_last_host_reset_reason, AMTHI_GET_LAST_HOST_RESET_REASON,
	  struct amthi_reset_reason)
AMTHI_GET(amthi_get_user_initiated_enabled_interfaces,
	  AMTHI_GET_USER_INITIATED_ENABLED_INTERFACES, struct amthi_value)
AMTHI_GET(amthi_get_config_server_data, AMTHI_GET_CONFIG_SERVER_DATA, struct amthi_config_server)
AMTHI_GET(amthi_get_me_setup_audit_record, AMTHI_GET_ME_SETUP_AUDIT_RECORD,
	  struct amthi_setup_audit)
AMTHI_GET(amthi_get_redirection_state, AMTHI_GET_REDIRECTION_STATE, struct amthi_value)
AMTHI_GET(amthi_get_ehbc_state, AMTHI_GET_EHBC_STATE, struct amthi_flag)
AMTHI_GET(amthi_get_cira_log, AMTHI_GET_CIRA_LOG, struct amthi_cira_log)
AMTHI_DO(amthi_open_user_initiated_connection, AMTHI_OPEN_USER_INITIATED_CONNECTION)
AMTHI_DO(amthi_close_user_initiated_connection, AMTHI_CLOSE_USER_INITIATED_CONNECTION)
AMTHI_DO(amthi_generate_rng_seed, AMTHI_GENERATE_RNG_SEED)
AMTHI_DO(amthi_start_configuration, AMTHI_START_CONFIGURATION)
AMTHI_DO(amthi_stop_configuration, AMTHI_STOP_CONFIGURATION)
AMTHI_SET_TEXT(amthi_set_dns_suffix, AMTHI_SET_DNS_SUFFIX)
AMTHI_SET_TEXT(amthi_set_host_fqdn, AMTHI_SET_HOST_FQDN)
AMTHI_SET_TEXT(amthi_set_provisioning_server_otp, AMTHI_SET_PROVISIONING_SERVER_OTP)

#undef AMTHI_GET
#undef AMTHI_DO
#undef AMTHI_ASK
#undef AMTHI_SET_TEXT
/* clang-format on */

/* mode 0; out->has_state false: firmware answered with the status alone, as it does. */
OB_MUST_CHECK static inline struct err *amthi_unprovision(struct amthi_client *c,
							  uint32_t mode,
							  struct deadline until,
							  struct amthi_unprovisioned *out)
{
	struct amthi_request rq = {.command = AMTHI_UNPROVISION, .value = mode};

	return amthi_call(c, &rq, until, out);
}

OB_MUST_CHECK static inline struct err *amthi_start_configuration_hbased(
	struct amthi_client *c, const struct amthi_start *start, struct deadline until,
	struct amthi_started *out)
{
	struct amthi_request rq = {.command = AMTHI_START_CONFIGURATION_HBASED,
				   .start = *start};

	return amthi_call(c, &rq, until, out);
}

OB_MUST_CHECK static inline struct err *amthi_set_enterprise_access(
	struct amthi_client *c, const struct amthi_enterprise *e, struct deadline until)
{
	struct amthi_request rq = {.command = AMTHI_SET_ENTERPRISE_ACCESS,
				   .enterprise = *e};

	return amthi_call(c, &rq, until, NULL);
}

OB_MUST_CHECK static inline struct err *amthi_get_amt_state(struct amthi_client *c,
							    const uint8_t id[16],
							    struct deadline until,
							    struct amthi_amt_state *out)
{
	struct amthi_request rq = {.command = AMTHI_GET_AMT_STATE};

	memcpy(rq.state_id, id, 16);
	return amthi_call(c, &rq, until, out);
}

#endif
