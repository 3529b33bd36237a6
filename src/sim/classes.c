/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/classes.h>

struct subject {
	const struct sim_class *rows;
	const size_t *n;
};

static const struct subject light[] = {
	{sim_power_classes, &sim_power_classes_n},
	{sim_boot_classes, &sim_boot_classes_n},
	{sim_system_classes, &sim_system_classes_n},
};

/* Looked at first: some classes are made for light devices and stored by full ones. */
static const struct subject full[] = {
	{sim_setup_classes, &sim_setup_classes_n},
	{sim_host_setup_classes, &sim_host_setup_classes_n},
	{sim_account_classes, &sim_account_classes_n},
	{sim_certificate_classes, &sim_certificate_classes_n},
	{sim_tls_classes, &sim_tls_classes_n},
	{sim_remote_access_classes, &sim_remote_access_classes_n},
	{sim_network_classes, &sim_network_classes_n},
	{sim_log_classes, &sim_log_classes_n},
	{sim_alarm_classes, &sim_alarm_classes_n},
	{sim_consent_classes, &sim_consent_classes_n},
	{sim_redirection_classes, &sim_redirection_classes_n},
	{sim_boot_option_classes, &sim_boot_option_classes_n},
	{sim_proxy_classes, &sim_proxy_classes_n},
	{sim_wifi_classes, &sim_wifi_classes_n},
	{sim_ieee8021x_classes, &sim_ieee8021x_classes_n},
};

/* Nothing special about it. */
static const struct sim_class plain;

static const struct sim_class *find_in(const struct subject *s, size_t n,
				       const struct wsman_class *c)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < *s[i].n; k++)
			if (s[i].rows[k].cls == c)
				return &s[i].rows[k];
	return NULL;
}

const struct sim_class *sim_class_find(const struct sim_device *d,
				       const struct wsman_class *c)
{
	const struct sim_class *row = NULL;

	if (d->state != NULL)
		row = find_in(full, ARRAY_LEN(full), c);
	if (row == NULL)
		row = find_in(light, ARRAY_LEN(light), c);
	if (row == NULL && d->state != NULL)
		row = &plain;
	return row;
}
