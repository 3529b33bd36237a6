/* SPDX-License-Identifier: Apache-2.0
 * For tests of the REST API in one process: a real server, database (in memory), secret
 * store and iam; no device is connected. Requests are tables.
 */
#ifndef MPS_MPS_API_TEST_H
#define MPS_MPS_API_TEST_H

#include <store/store_test.h>

#include <mps/mps_api_priv.h>
#include <net/http_client.h>

#define D0 "143e4567-e89b-12d3-a456-426614174000"
#define D1 "d12428be-9fa1-4226-9784-54b2038beab6"
#define NOWHERE "143e4567-e89b-12d3-a456-426614174002"
#define BAD_GUID "143e4567-e89b-12d3-a456-426614174"
#define DEVICES "/api/v1/devices"
#define LOGIN "/api/v1/authorize"

/* clang-format off */
/* Upstream's answers. */
#define FIELD(value, msg, path, location) \
	"{\"errors\":[{\"type\":\"field\",\"value\":" value ",\"msg\":\"" msg \
	"\",\"path\":\"" path "\",\"location\":\"" location "\"}]}"
#define NOT_CONNECTED(guid) \
	"{\"error\":\"Device not found/connected. Please connect again using CIRA.\"," \
	"\"errorDescription\":\"guid : " guid "\"}"
/* A device's row, as a single read shows it. */
#define FULL(guid, host, tags, friendly, user, suffix, info) \
	"{\"guid\":\"" guid "\",\"hostname\":" host ",\"tags\":" tags \
	",\"mpsInstance\":null,\"connectionStatus\":false,\"mpsusername\":" user \
	",\"tenantId\":\"\",\"friendlyName\":" friendly ",\"dnsSuffix\":" suffix \
	",\"lastConnected\":null,\"lastSeen\":null,\"lastDisconnected\":null,\"deviceInfo\":" info "}"
/* clang-format on */

struct world {
	const char *const *settings;
	void (*body)(struct world *w);
	char dir[64];
	struct config *config;
	struct mps mps;
	struct http_client *client;
	struct arena a;
	const char *token; /* of the requests; NULL = none */
	const char *project;
};

struct request {
	const char *method, *path, *body;
	int status;
	/* NULL = not looked at; "~text" = holds the text; else the whole body */
	const char *answer;
};

/* Settings of authentication, NULL at the end. */
extern const char *const mode_none[], *const builtin[];

/* body runs in a fiber while the server with these settings does. */
void with_world(const char *const *settings, void (*body)(struct world *w));
struct http_fetch fetch(struct world *w, const char *method, const char *path,
			const char *body);
void run_table(struct world *w, const struct request *r, size_t n);

#endif
