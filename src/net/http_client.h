/* SPDX-License-Identifier: Apache-2.0
 * HTTP client for services (Vault, OIDC issuers): libcurl multi on the loop.
 */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include <net/stream.h>

struct http_client;

struct http_client_config {
	const char *ca_file; /* NULL = system */
	bool insecure;
	size_t max_response; /* bytes; 0 = 4 MiB */
};

struct http_client *http_client_new(const struct http_client_config *c);
/* No fetch may be under way. */
void http_client_free(struct http_client *c);

struct http_fetch {
	const char *method, *url;
	const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
	struct str body;
	bool redact; /* URL and headers stay out of logs and errors */
	/* result */
	long status;
	struct str response; /* in the arena */
	char *content_type;
};

/* ERR_UNAVAILABLE (could not connect, name, TLS, answer too long or cut short),
 * ERR_TIMEOUT, ERR_CANCELLED, ERR_INVALID (no http or https URL, a line break in a
 * header). Any HTTP status is success here; redirects are not followed. */
OB_MUST_CHECK OB_SUSPENDS struct err *http_fetch(struct http_client *c,
						 struct http_fetch *f, struct arena *a,
						 struct deadline until);

#endif
