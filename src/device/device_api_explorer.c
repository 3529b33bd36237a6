/* SPDX-License-Identifier: Apache-2.0
 * Routes of the explorer. console-ui.md 1.9.
 */
#include <device/device_api_priv.h>

#include <device/explorer.h>

/* Needs no device. */
static struct err *names(struct http_req *req, struct http_res *res)
{
	const struct wsman_class *cls;
	json_t *out = json_array();
	char name[80];

	for (size_t i = 0; (cls = device_explorer_class(i)) != NULL; i++) {
		device_explorer_name(cls, name);
		json_array_append_new(out, json_string(name));
	}
	http_res_json(res, 200, out);
	return NULL;
}

static bool class_missing(struct http_req *req, struct http_res *res, const json_t *body)
{
	const char *name = http_param(req, "call");

	if (device_explorer_find(name) != NULL)
		return false;
	device_answer_error(res, 404,
			    arena_printf(req->arena, "There is no class \"%s\"", name),
			    "GET /api/v1/amt/explorer lists what there is");
	return true;
}

static struct err *explore(struct device_call *c, struct http_req *req,
			   struct http_res *res)
{
	struct device_exploration x;

	TRY(device_explore(c, device_explorer_find(http_param(req, "call")), &x));
	http_res_json(res, 200,
		      json_pack("{s:s,s:o}", "xmlInput", x.request, "xmlOutput",
				device_json_text(str_of(x.reply))));
	return NULL;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/explorer", names, IAM_DEVICE_READ},
	{"GET", "/api/v1/amt/explorer/{guid}/{call}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(explore, "Exception during Explorer request",
			     .check = class_missing)},
};
/* clang-format on */
DEVICE_ROUTES(device_explorer_routes, rows);
