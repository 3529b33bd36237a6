/* SPDX-License-Identifier: Apache-2.0
 * Serial over LAN, storage redirection and the sessions in use. wsman.md B.6.
 */
#ifndef AMT_WSMAN_CLASSES_REDIRECTION_H
#define AMT_WSMAN_CLASSES_REDIRECTION_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
/* RequestedState and EnabledState of AMT_RedirectionService: bit 0 IDER, bit 1 SOL */
enum amt_redirection_state {
	AMT_REDIRECTION_NONE = 32768, AMT_REDIRECTION_IDER, AMT_REDIRECTION_SOL,
	AMT_REDIRECTION_BOTH,
};

#define AMT_REDIRECTION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, access_log, "AccessLog", STRS, WSMAN_READONLY) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, listener_enabled, "ListenerEnabled", BOOL, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_REDIRECTION_SERVICE_TERMINATE_SESSION_IN(F, T) \
	F(T, session_type, "SessionType", U32, 0)

#define AMT_REDIRECTION_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_redirection_service_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN) \
	M(amt_redirection_service_terminate_session, "TerminateSession", \
	  AMT_REDIRECTION_SERVICE_TERMINATE_SESSION_IN, WSMAN_RETURN)

#define CIM_REDIRECTION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, access_log, "AccessLog", STRS, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, max_current_enabled_saps, "MaxCurrentEnabledSAPs", U16, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, other_redirection_service_type, "OtherRedirectionServiceType", STR, 0) \
	F(T, redirection_service_type, "RedirectionServiceType", U16S, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, sharing_mode, "SharingMode", U16, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_REDIRECTION_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(cim_redirection_service_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define WSMAN_REDIRECTION_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_redirection_service, AMT, "AMT_RedirectionService", \
	  AMT_REDIRECTION_SERVICE, AMT_REDIRECTION_SERVICE_METHODS, PUT, true) \
	C(cim_redirection_service, CIM, "CIM_RedirectionService", \
	  CIM_REDIRECTION_SERVICE, CIM_REDIRECTION_SERVICE_METHODS, READ, true) \
	C(ips_ider_session_using_port, IPS, "IPS_IderSessionUsingPort", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false) \
	C(ips_kvm_session_using_port, IPS, "IPS_KvmSessionUsingPort", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false) \
	C(ips_ras_session_using_port, IPS, "IPS_RasSessionUsingPort", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false) \
	C(ips_session_using_port, IPS, "IPS_SessionUsingPort", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false) \
	C(ips_sol_session_using_port, IPS, "IPS_SolSessionUsingPort", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false)

WSMAN_REDIRECTION_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
