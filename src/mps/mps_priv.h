/* SPDX-License-Identifier: Apache-2.0
 * What the files of this folder share.
 */
#ifndef MPS_MPS_PRIV_H
#define MPS_MPS_PRIV_H

#include <device/device_api.h>
#include <mps/mps.h>

struct cira;
struct presence;

struct mps {
	struct device_host host; /* http_server_config.app points here */
	const struct config *config;
	struct db *db;
	struct secrets *secrets;
	struct iam *iam;
	struct events *events; /* NULL = nobody is told */
	struct http_server *http;
	struct cira *cira;
	struct presence *presence;
	bool draining;	      /* a stop is under way: not ready any more */
	const char *instance; /* written to devices.mpsinstance */
	char host_name[256];
	char *root_pem; /* what GET /ciracert answers */
};

static inline struct mps *mps_of(struct http_req *req)
{
	return container_of((struct device_host *)req->app, struct mps, host);
}
static inline const struct iam_caller *mps_caller(const struct http_req *req)
{
	return req->caller;
}

/* devices_api.c: device_host.forget */
OB_MUST_CHECK OB_SUSPENDS struct err *mps_device_forget(struct device_host *h,
							struct http_req *req,
							const char *guid);
/* mps_api.c: every route but those of src/device, the before hook (authentication,
 * permissions), the error bodies of mps.md 0.2. */
struct http_server *mps_api_new(struct mps *m);

#endif
