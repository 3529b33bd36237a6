/* SPDX-License-Identifier: Apache-2.0
 * Routes of what a device says of itself. mps.md 3.2.
 */
#include <device/device_api_priv.h>

#include <device/info.h>
#include <device/inventory.h>

static struct err *version(struct device_call *c, struct http_req *req,
			   struct http_res *res)
{
	json_t *out;

	TRY(device_version(c, &out));
	http_res_json(res, 200, out);
	return NULL;
}

static struct err *general_settings(struct device_call *c, struct http_req *req,
				    struct http_res *res)
{
	json_t *out;

	TRY(device_general_settings(c, &out));
	http_res_json(res, 200, out);
	return NULL;
}

static struct err *hardware(struct device_call *c, struct http_req *req,
			    struct http_res *res)
{
	json_t *out;

	TRY(device_hardware(c, &out));
	http_res_json(res, 200, out);
	return NULL;
}

static struct err *disks(struct device_call *c, struct http_req *req,
			 struct http_res *res)
{
	json_t *out;

	TRY(device_disks(c, &out));
	http_res_json(res, 200, out);
	return NULL;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/version/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(version, "Exception during AMT Version request")},
	{"GET", "/api/v1/amt/generalSettings/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(general_settings, "Exception during AMT General Settings request")},
	{"GET", "/api/v1/amt/hardwareInfo/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(hardware, "Exception during AMT Hardware Information request")},
	{"GET", "/api/v1/amt/diskInfo/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(disks, "Exception during Disk Information request")},
};
/* clang-format on */
DEVICE_ROUTES(device_info_routes, rows);
