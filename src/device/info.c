/* SPDX-License-Identifier: Apache-2.0 */
#include <device/info.h>

#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/system.h>

static json_t *object_json(const struct wsman_class *cls, const void *object)
{
	return wsman_json_object(cls->fields, cls->n_fields, object);
}

struct err *device_version(struct device_call *c, json_t **out)
{
	struct wsman_reply r;
	const struct wsman_class *sacs = &amt_setup_and_configuration_service_class;

	TRY(wsman_enumerate(&c->wsman, &cim_software_identity_class, c->arena,
			    device_call_exchange(c), &r));
	json_t *list = json_array();
	for (size_t i = 0; i < r.n_items; i++)
		if (r.items[i].cls == &cim_software_identity_class)
			json_array_append_new(
				list, object_json(r.items[i].cls, r.items[i].object));
	struct err *e =
		wsman_get(&c->wsman, sacs, NULL, c->arena, device_call_exchange(c), &r);
	if (e != NULL) {
		json_decref(list);
		return e;
	}
	json_t *setup = object_json(sacs, r.object);
	*out = json_pack("{s:{s:o,s:i},s:{s:O,s:{s:o,s:o},s:i}}", "CIM_SoftwareIdentity",
			 "responses", list, "status", 200, sacs->name, "response", setup,
			 "responses", "Header", wsman_json_header(&r), "Body", setup,
			 "status", 200);
	return NULL;
}

struct err *device_general_settings(struct device_call *c, json_t **out)
{
	struct wsman_reply r;
	const struct wsman_class *cls = &amt_general_settings_class;

	TRY(wsman_get(&c->wsman, cls, NULL, c->arena, device_call_exchange(c), &r));
	*out = json_pack("{s:o,s:o}", "Header", wsman_json_header(&r), "Body",
			 object_json(cls, r.object));
	return NULL;
}

struct err *device_amt_major(struct device_call *c, int *major)
{
	struct wsman_reply r;

	*major = 0;
	TRY(wsman_enumerate(&c->wsman, &cim_software_identity_class, c->arena,
			    device_call_exchange(c), &r));
	for (size_t i = 0; i < r.n_items; i++) {
		if (r.items[i].cls != &cim_software_identity_class)
			continue;
		const struct cim_software_identity *s = r.items[i].object;
		struct str version = s->version_string, part;
		uint64_t v;
		if (str_eqz(s->instance_id, "AMT") && str_split(&version, '.', &part) &&
		    str_u64(part, 1000, &v))
			*major = (int)v;
	}
	return NULL;
}
