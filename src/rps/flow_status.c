/* SPDX-License-Identifier: Apache-2.0
 * The final message's JSON: four lines that every client prints, and the components that
 * newer ones show as a table.
 */
#include <rps/flow.h>

#include <stdlib.h>

static const struct {
	const char *key, *name;
} rows[FLOW_PARTS] = {
	[FLOW_ACTIVATION] = {"Activation", "Activation"},
	[FLOW_WIRED] = {"WiredNetwork", "Wired network"},
	[FLOW_WIRELESS] = {"WirelessNetwork", "Wireless network"},
	[FLOW_TLS] = {"TLS", "TLS"},
	[FLOW_PROXIES] = {"CIRAProxy", "CIRA proxy"},
	[FLOW_CIRA] = {"CIRAConnection", "CIRA connection"},
};

static json_t *text_json(const char *s)
{
	json_t *j = json_string(s);

	return j != NULL ? j : json_string("(no UTF-8)");
}

/* Sentence case, no full stop. */
static json_t *details_json(const char *s)
{
	size_t n = strlen(s);

	while (n > 0 && s[n - 1] == '.')
		n--;
	json_t *j = json_stringn(s, n);
	return j != NULL ? j : json_string("(no UTF-8)");
}

static json_t *part_json(const struct flow *f, size_t i)
{
	static const char *const results[] = {"NotApplicable", "Success", "Failure"};
	const struct flow_outcome *o = &f->parts[i];
	json_t *j = json_object();

	json_object_set_new(j, "Result", json_string(results[o->result]));
	if (o->mode != NULL)
		json_object_set_new(j, "Mode", json_string(o->mode));
	if (o->result == FLOW_NOT_PART)
		json_object_set_new(
			j, "Details",
			json_sprintf("%s not part of this configuration", rows[i].name));
	else
		json_object_set_new(j, "Details",
				    details_json(o->details != NULL ? o->details : ""));
	return j;
}

json_t *flow_status_parts(const struct flow *f, bool with_not_part)
{
	json_t *j = json_object();

	for (size_t i = 0; i < FLOW_PARTS; i++)
		if (with_not_part || f->parts[i].result != FLOW_NOT_PART)
			json_object_set_new(j, rows[i].key, part_json(f, i));
	return j;
}

const char *flow_status_text(struct flow *f)
{
	const struct {
		const char *key, *value;
	} flat[] = {{"Status", f->status},
		    {"Network", f->network},
		    {"CIRAConnection", f->cira},
		    {"TLSConfiguration", f->tls}};
	json_t *j = json_object();

	for (size_t i = 0; i < ARRAY_LEN(flat); i++)
		if (flat[i].value != NULL)
			json_object_set_new(j, flat[i].key, text_json(flat[i].value));
	if (f->command.action == RPC_ACTIVATE &&
	    config_bool(f->rps->config, "rps.rpc.components"))
		json_object_set_new(j, "Components", flow_status_parts(f, true));
	char *text = json_dumps(j, JSON_COMPACT);
	const char *out = arena_strdup(f->arena, text);
	free(text);
	json_decref(j);
	return out;
}
