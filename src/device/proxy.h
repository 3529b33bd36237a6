/* SPDX-License-Identifier: Apache-2.0
 * HTTP proxies through which a device may call home. wsman.md B.3, rps.md 7.7 (5), 7.11.
 */
#ifndef DEVICE_PROXY_H
#define DEVICE_PROXY_H

#include <amt/wsman/classes/proxy.h>
#include <device/call.h>

#define DEVICE_PROXY_ADDRESS_MAX 256
#define DEVICE_PROXY_SUFFIX_MAX 192

struct device_proxy {
	struct str address; /* name or IP address */
	uint16_t port;
	struct str suffix; /* NetworkDnsSuffix */
};

OB_MUST_CHECK struct err *device_proxy_check(const struct device_proxy *p);
/* ERR_CONFLICT: it is there already (2058). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_proxy_add(struct device_call *c,
						       const struct device_proxy *p);
/* ips_http_proxy_access_point */
OB_MUST_CHECK OB_SUSPENDS struct err *device_proxy_list(struct device_call *c,
							struct device_list *out);
/* By Name. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_proxy_delete(struct device_call *c,
							  struct str name);
/* All; *deleted may be NULL. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_proxy_clear(struct device_call *c,
							 size_t *deleted);

#endif
