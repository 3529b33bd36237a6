/* SPDX-License-Identifier: Apache-2.0
 * What uses which credential. wsman.md B.4, B.9.
 */
#ifndef AMT_WSMAN_CLASSES_CREDENTIALS_H
#define AMT_WSMAN_CLASSES_CREDENTIALS_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define CIM_CREDENTIAL_CONTEXT(F, T) /* member, wire name, kind, flags */ \
	F(T, element_in_context, "ElementInContext", EPR, WSMAN_KEY) \
	F(T, element_providing_context, "ElementProvidingContext", EPR, WSMAN_KEY) \
	F(T, usage, "Usage", U16, 0)

#define WSMAN_CREDENTIALS_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_8021x_credential_context, AMT, "AMT_8021xCredentialContext", \
	  WSMAN_CREDENTIAL_CONTEXT, WSMAN_NO_METHODS, READ, false) \
	C(amt_eac_credential_context, AMT, "AMT_EACCredentialContext", \
	  WSMAN_CREDENTIAL_CONTEXT, WSMAN_NO_METHODS, READ, false) \
	C(cim_concrete_dependency, CIM, "CIM_ConcreteDependency", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false) \
	C(cim_credential_context, CIM, "CIM_CredentialContext", \
	  CIM_CREDENTIAL_CONTEXT, WSMAN_NO_METHODS, READ, false) \
	C(ips_8021x_credential_context, IPS, "IPS_8021xCredentialContext", \
	  WSMAN_CREDENTIAL_CONTEXT, WSMAN_NO_METHODS, READ, false)

WSMAN_CREDENTIALS_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
