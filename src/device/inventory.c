/* SPDX-License-Identifier: Apache-2.0 */
#include <device/inventory.h>

#include <amt/wsman/classes/inventory.h>
#include <amt/wsman/classes/system.h>

/* How upstream shows a class. */
enum form {
	ONE,	/* {"response":..,"responses":[{"Header":..,"Body":{"<class>":..}}]} */
	LIST,	/* {"responses":[item, ...]} */
	NESTED, /* {"responses":[item or [item, ...]]}: what many share is a list in it */
};

struct row {
	const struct wsman_class *cls;
	enum form form;
	const struct wsman_class *only; /* of derived classes, as upstream; NULL = all */
};

static json_t *object_json(const struct wsman_class *cls, const void *object)
{
	return wsman_json_object(cls->fields, cls->n_fields, object);
}

static json_t *one_json(const struct wsman_class *cls, const struct wsman_reply *r)
{
	json_t *o = r->is_fault ? json_object() : object_json(cls, r->object);

	if (r->is_fault)
		return json_pack("{s:o,s:[],s:i}", "response", o, "responses", "status",
				 400);
	return json_pack("{s:O,s:[{s:o,s:{s:o}}],s:i}", "response", o, "responses",
			 "Header", wsman_json_header(r), "Body", cls->name, o, "status",
			 200);
}

/* Items may be of derived classes; they are shown as what they are. */
static json_t *list_json(const struct row *row, const struct wsman_reply *r)
{
	json_t *items = json_array();

	for (size_t i = 0; i < r->n_items; i++) {
		const struct wsman_class *cls = r->items[i].cls;
		if (cls != NULL && (row->only == NULL || cls == row->only))
			json_array_append_new(items,
					      object_json(cls, r->items[i].object));
	}
	if (row->form == NESTED && json_array_size(items) > 1)
		items = json_pack("[o]", items);
	return json_pack("{s:o,s:i}", "responses", items, "status", 200);
}

/* A class the firmware lacks is not the machine's fault; being denied is told. */
static bool is_missing(const struct device_call *c, const struct wsman_fault *f)
{
	return wsman_fault_is(f, "DestinationUnreachable") ||
	       wsman_fault_is(f, "ActionNotSupported");
}

static struct err *read_one(struct device_call *c, const struct wsman_class *cls,
			    json_t **out)
{
	const struct wsman_call call = {.op = WSMAN_GET, .cls = cls};
	struct wsman_reply r;

	TRY(wsman_exchange(&c->wsman, &call, c->arena, device_call_exchange(c), &r));
	if (r.is_fault && !is_missing(c, &r.fault))
		return err_new(ERR_DEVICE, "%s: " STR_FMT, cls->name,
			       STR_ARG(r.fault.reason));
	*out = one_json(cls, &r);
	return NULL;
}

static struct err *read_list(struct device_call *c, const struct row *row, json_t **out)
{
	struct wsman_reply r;
	struct err *e = wsman_enumerate(&c->wsman, row->cls, c->arena,
					device_call_exchange(c), &r);

	if (e == NULL) {
		*out = list_json(row, &r);
		return NULL;
	}
	if (!err_is(e, ERR_DEVICE) || !r.is_fault || !is_missing(c, &r.fault))
		return e;
	err_free(e);
	*out = json_pack("{s:[],s:i}", "responses", "status", 400);
	return NULL;
}

static struct err *read_rows(struct device_call *c, const struct row *rows, size_t n,
			     json_t *all)
{
	for (size_t i = 0; i < n; i++) {
		json_t *j;
		TRY(rows[i].form == ONE ? read_one(c, rows[i].cls, &j)
					: read_list(c, &rows[i], &j));
		json_object_set_new(all, rows[i].cls->name, j);
	}
	return NULL;
}

static struct err *read_all(struct device_call *c, const struct row *rows, size_t n,
			    json_t **out)
{
	json_t *all = json_object();
	struct err *e = read_rows(c, rows, n, all);

	if (e != NULL)
		json_decref(all);
	else
		*out = all;
	return e;
}

struct err *device_hardware(struct device_call *c, json_t **out)
{
	static const struct row rows[] = {
		{&cim_computer_system_package_class, ONE},
		{&cim_system_packaging_class, NESTED},
		{&cim_chassis_class, ONE},
		{&cim_chip_class, NESTED},
		{&cim_card_class, ONE},
		{&cim_bios_element_class, ONE},
		{&cim_processor_class, NESTED},
		{&cim_physical_memory_class, LIST},
		{&cim_media_access_device_class, LIST},
		{&cim_physical_package_class, NESTED, &cim_card_class},
	};

	return read_all(c, rows, ARRAY_LEN(rows), out);
}

struct err *device_disks(struct device_call *c, json_t **out)
{
	static const struct row rows[] = {
		{&cim_media_access_device_class, NESTED},
		{&cim_physical_package_class, NESTED, &cim_card_class},
	};

	return read_all(c, rows, ARRAY_LEN(rows), out);
}
