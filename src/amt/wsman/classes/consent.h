/* SPDX-License-Identifier: Apache-2.0
 * User consent. wsman.md B.6, D.5.
 */
#ifndef AMT_WSMAN_CLASSES_CONSENT_H
#define AMT_WSMAN_CLASSES_CONSENT_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
enum ips_opt_in_required {
	IPS_OPT_IN_NONE = 0, IPS_OPT_IN_KVM = 1, IPS_OPT_IN_ALL = 4294967295,
};
enum ips_opt_in_state {
	IPS_OPT_IN_NOT_STARTED, IPS_OPT_IN_REQUESTED, IPS_OPT_IN_DISPLAYED, IPS_OPT_IN_RECEIVED,
	IPS_OPT_IN_IN_SESSION,
};

#define IPS_OPT_IN_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, can_modify_opt_in_policy, "CanModifyOptInPolicy", U8, WSMAN_READONLY) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, opt_in_code_timeout, "OptInCodeTimeout", U32, 0) \
	F(T, opt_in_display_timeout, "OptInDisplayTimeout", U16, 0) \
	F(T, opt_in_required, "OptInRequired", U32, 0) \
	F(T, opt_in_state, "OptInState", U8, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define IPS_OPT_IN_SERVICE_SEND_OPT_IN_CODE_IN(F, T) \
	F(T, opt_in_code, "OptInCode", U32, 0)

#define IPS_OPT_IN_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(ips_opt_in_service_start_opt_in, "StartOptIn", WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(ips_opt_in_service_cancel_opt_in, "CancelOptIn", WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(ips_opt_in_service_send_opt_in_code, "SendOptInCode", \
	  IPS_OPT_IN_SERVICE_SEND_OPT_IN_CODE_IN, WSMAN_RETURN)

#define WSMAN_CONSENT_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(ips_opt_in_service, IPS, "IPS_OptInService", \
	  IPS_OPT_IN_SERVICE, IPS_OPT_IN_SERVICE_METHODS, PUT, true)

WSMAN_CONSENT_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
