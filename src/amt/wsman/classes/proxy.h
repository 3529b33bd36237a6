/* SPDX-License-Identifier: Apache-2.0
 * HTTP proxies on the way to the remote access server. wsman.md B.3.
 */
#ifndef AMT_WSMAN_CLASSES_PROXY_H
#define AMT_WSMAN_CLASSES_PROXY_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define IPS_HTTP_PROXY_ACCESS_POINT(F, T) /* member, wire name, kind, flags */ \
	F(T, access_info, "AccessInfo", STR, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, info_format, "InfoFormat", U16, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, network_dns_suffix, "NetworkDnsSuffix", STR, WSMAN_REQUIRED) \
	F(T, port, "Port", U16, WSMAN_REQUIRED) \
	F(T, priority, "Priority", U32, WSMAN_REQUIRED | WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, type, "Type", U8, WSMAN_REQUIRED | WSMAN_READONLY)

#define IPS_HTTP_PROXY_ACCESS_POINT_METHODS(M) /* name, wire name, in, out */ \
	M(ips_http_proxy_access_point_update_priority, "UpdatePriority", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define IPS_HTTP_PROXY_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, sync_enabled, "SyncEnabled", BOOL, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define IPS_HTTP_PROXY_SERVICE_ADD_PROXY_ACCESS_POINT_IN(F, T) \
	F(T, access_info, "AccessInfo", STR, WSMAN_REQUIRED) \
	F(T, info_format, "InfoFormat", U16, WSMAN_REQUIRED) \
	F(T, port, "Port", U16, WSMAN_REQUIRED) \
	F(T, network_dns_suffix, "NetworkDnsSuffix", STR, WSMAN_REQUIRED)

#define IPS_HTTP_PROXY_SERVICE_ADD_PROXY_ACCESS_POINT_OUT(F, T) \
	F(T, proxy_access_point, "ProxyAccessPoint", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define IPS_HTTP_PROXY_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(ips_http_proxy_service_add_proxy_access_point, \
	  "AddProxyAccessPoint", \
	  IPS_HTTP_PROXY_SERVICE_ADD_PROXY_ACCESS_POINT_IN, \
	  IPS_HTTP_PROXY_SERVICE_ADD_PROXY_ACCESS_POINT_OUT)

#define WSMAN_PROXY_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(ips_http_proxy_access_point, IPS, "IPS_HTTPProxyAccessPoint", \
	  IPS_HTTP_PROXY_ACCESS_POINT, IPS_HTTP_PROXY_ACCESS_POINT_METHODS, DELETE, true) \
	C(ips_http_proxy_service, IPS, "IPS_HTTPProxyService", \
	  IPS_HTTP_PROXY_SERVICE, IPS_HTTP_PROXY_SERVICE_METHODS, READ, true)

WSMAN_PROXY_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
