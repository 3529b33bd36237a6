/* SPDX-License-Identifier: Apache-2.0
 * Routes of KVM displays. mps.md 3.9.
 */
#include <device/device_api_priv.h>

#include <device/displays.h>

static struct err *show(struct device_call *c, struct http_req *req, struct http_res *res)
{
	struct device_displays d;

	TRY(device_displays_read(c, &d));
	json_t *list = json_array();
	for (size_t i = 0; i < d.n; i++) {
		const struct device_display *s = &d.v[i];
		json_t *j = json_pack("{s:i,s:b,s:I,s:I,s:I,s:I,s:b}", "displayIndex",
				      (int)i, "isActive", s->active, "upperLeftX",
				      (json_int_t)s->x, "upperLeftY", (json_int_t)s->y,
				      "resolutionX", (json_int_t)s->width, "resolutionY",
				      (json_int_t)s->height, "isDefault", s->is_default);
		if (s->role != NULL)
			json_object_set_new(j, "role", json_string(s->role));
		json_array_append_new(list, j);
	}
	http_res_json(res, 200, json_pack("{s:o}", "displays", list));
	return NULL;
}

static const struct v_rule select_rules[] = {
	{"displayIndex",
	 V_REQUIRED,
	 {{V_RANGE, .min = 0, .max = DEVICE_DISPLAYS_MAX - 1}}},
};

static struct err *choose(struct device_call *c, struct http_req *req,
			  struct http_res *res)
{
	TRY(device_display_select(
		c, (size_t)device_number(device_body(req), "displayIndex")));
	return show(c, req, res);
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/kvm/displays/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(show, "Exception during get KVM display setting data")},
	{"PUT", "/api/v1/amt/kvm/displays/{guid}", device_run, IAM_REDIRECT,
	 .data = DEVICE_WORK(choose, "Exception during set KVM display setting data",
			     DEVICE_BODY(select_rules))},
};
/* clang-format on */
DEVICE_ROUTES(device_display_routes, rows);
