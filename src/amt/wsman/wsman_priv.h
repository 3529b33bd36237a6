/* SPDX-License-Identifier: Apache-2.0
 * Shared by the WS-Management codecs: namespaces and action URIs (wsman.md A.3, A.4,
 * A.6).
 */
#ifndef AMT_WSMAN_WSMAN_PRIV_H
#define AMT_WSMAN_WSMAN_PRIV_H

#include <amt/wsman/wsman.h>

#define NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define NS_ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define NS_TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define NS_EVENTING "http://schemas.xmlsoap.org/ws/2004/08/eventing"
#define NS_TRUST "http://schemas.xmlsoap.org/ws/2005/02/trust"
#define NS_SECEXT                                 \
	"http://docs.oasis-open.org/wss/2004/01/" \
	"oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define NS_CIMBINDING "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
#define NS_COMMON "http://schemas.dmtf.org/wbem/wscim/1/common"
#define NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define NS_XSD "http://www.w3.org/2001/XMLSchema"

#define ADDRESS_ANONYMOUS NS_ADDRESSING "/role/anonymous"
#define ACTION_FAULT "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
#define FAULT_DETAIL "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"

/* Action of an operation other than WSMAN_INVOKE. */
const char *wsman_action(enum wsman_op op);

static inline bool wsman_epr_absent(const struct wsman_epr *e)
{
	return e->resource_uri.p == NULL && e->address.p == NULL;
}

/* A property's place in an instance. */
static inline const void *wsman_member(const struct wsman_field *f, const void *object)
{
	return (const char *)object + f->offset;
}

/* Datetime or Interval. */
static inline const char *wsman_datetime_element(struct str text)
{
	return text.n > 0 && (text.p[0] == 'P' || text.p[0] == '-') ? "Interval"
								    : "Datetime";
}

#endif
