/* SPDX-License-Identifier: Apache-2.0 */
#include <device/displays.h>

#include <amt/wsman/classes/kvm.h>

static int64_t nth(const struct wsman_nums *n, size_t i, int64_t fallback)
{
	return i < n->n ? n->v[i] : fallback;
}

/* Indexes count from 0 when DefaultScreen does; firmware's captures begin with 1 for the
 * roles, so both are looked at as they come. */
static const char *role_of(const struct ips_screen_setting_data *s, size_t index)
{
	const struct {
		struct wsman_num at;
		const char *name;
	} roles[] = {
		{s->primary_index, "primary"},
		{s->secondary_index, "secondary"},
		{s->tertiary_index, "tertiary"},
		{s->quadrary_index, "quaternary"},
	};

	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (roles[i].at.set && roles[i].at.v == (int64_t)index)
			return roles[i].name;
	return NULL;
}

static struct err *read_displays(struct device_call *c, struct device_displays *out,
				 struct ips_kvm_redirection_setting_data **settings)
{
	struct device_list list;
	void *got;

	*out = (struct device_displays){0};
	TRY(device_list(c, &ips_screen_setting_data_class, &list));
	TRY(device_get_if_any(c, &ips_kvm_redirection_setting_data_class, &got));
	if (list.n == 0 || got == NULL)
		return err_new(ERR_NOT_FOUND, "KVM display settings not found");
	*settings = got;
	const struct ips_screen_setting_data *s = list.v[0];
	out->n = MIN(s->is_active.n, (size_t)DEVICE_DISPLAYS_MAX);
	for (size_t i = 0; i < out->n; i++)
		out->v[i] = (struct device_display){
			.active = nth(&s->is_active, i, 0) != 0,
			.is_default = (*settings)->default_screen.set &&
				      (*settings)->default_screen.v == (int64_t)i,
			.x = nth(&s->upper_left_x, i, -1),
			.y = nth(&s->upper_left_y, i, -1),
			.width = nth(&s->resolution_x, i, 0),
			.height = nth(&s->resolution_y, i, 0),
			.role = role_of(s, i),
		};
	return NULL;
}

struct err *device_displays_read(struct device_call *c, struct device_displays *out)
{
	struct ips_kvm_redirection_setting_data *settings;

	return read_displays(c, out, &settings);
}

struct err *device_display_select(struct device_call *c, size_t index)
{
	struct ips_kvm_redirection_setting_data *settings;
	struct device_displays d;

	TRY(read_displays(c, &d, &settings));
	if (index >= d.n || !d.v[index].active)
		return err_new(ERR_INVALID, "display %zu is not active on the device",
			       index);
	settings->default_screen = device_num((int64_t)index);
	/* Reads back empty: written back it would take VNC's password away. */
	settings->rfb_password = (struct str){0};
	return device_put(c, &ips_kvm_redirection_setting_data_class, NULL, settings,
			  NULL);
}
