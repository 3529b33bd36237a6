/* SPDX-License-Identifier: Apache-2.0
 * Byte classes of the HTTP/1.1 codec, shared by its head and body parsers (RFC 9110
 * section 5.6.2, RFC 9112 sections 2 to 7).
 */
#ifndef NET_HTTP_PRIV_H
#define NET_HTTP_PRIV_H

#include <net/http.h>

#define HTTP_C_TOKEN 1u	 /* tchar: names, methods */
#define HTTP_C_VALUE 2u	 /* field values: HTAB, SP, VCHAR, obs-text */
#define HTTP_C_TARGET 4u /* request targets: VCHAR without '#' */
#define HTTP_C_HOST 8u	 /* host and port: unreserved, sub-delims without ',', "%:[]" */

extern const uint8_t http_class[256];

static inline bool http_is(char c, unsigned cls)
{
	return (http_class[(uint8_t)c] & cls) != 0;
}

#endif
