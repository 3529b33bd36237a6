/* SPDX-License-Identifier: Apache-2.0
 * RPS's last word: what is shown, and what the exit code makes of it. rpc.md 5.4, 1.9.
 *
 * The four flat lines are always shown, since agents look for "CIRA: Configured"; what
 * newer servers say of each component comes after them.
 */
#include <agent/rpc/remote.h>

#include <base/json.h>

static const struct {
	const char *key, *label;
	enum rpc_exit failed;
} components[] = {
	{"Activation", "Activation", RPC_EXIT_ACTIVATION},
	{"WiredNetwork", "Wired Network", RPC_EXIT_NETWORK_CONFIGURATION},
	{"WirelessNetwork", "Wireless Network", RPC_EXIT_WIFI_CONFIGURATION},
	{"TLS", "TLS", RPC_EXIT_TLS_CONFIGURATION},
	{"CIRAProxy", "CIRA Proxy", RPC_EXIT_CIRA_CONFIGURATION},
	{"CIRAConnection", "CIRA Connection", RPC_EXIT_CIRA_CONFIGURATION},
};

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static bool is_shown(const json_t *c)
{
	return json_is_object(c) && strcmp(text_of(c, "Result"), "NotApplicable") != 0;
}

static void show_component(struct rpc *r, const char *label, const json_t *c, int width)
{
	const char *details = text_of(c, "Details"), *mode = text_of(c, "Mode");
	char name[32];

	snprintf(name, sizeof(name), "%s:", label);
	rpc_log(r, strcmp(text_of(c, "Result"), "Failure") == 0 ? LOG_ERROR : LOG_INFO,
		"  %-*s%s%s%s%s%s%s", width + 1, name, *details || *mode ? " " : "",
		details, *details && *mode ? " " : "", *mode ? "[" : "", mode,
		*mode ? "]" : "");
}

/* The first component that failed, or 0. */
static enum rpc_exit show_components(struct rpc *r, const json_t *all)
{
	enum rpc_exit failed = RPC_EXIT_OK;
	int width = 0;

	if (!json_is_object(all))
		return RPC_EXIT_OK;
	rpc_log(r, LOG_INFO, "Provisioning and Configuration Result : ");
	for (size_t i = 0; i < ARRAY_LEN(components); i++)
		if (is_shown(json_object_get(all, components[i].key)))
			width = MAX(width, (int)strlen(components[i].label));
	for (size_t i = 0; i < ARRAY_LEN(components); i++) {
		const json_t *c = json_object_get(all, components[i].key);

		if (!is_shown(c))
			continue;
		show_component(r, components[i].label, c, width);
		if (failed == RPC_EXIT_OK && strcmp(text_of(c, "Result"), "Failure") == 0)
			failed = components[i].failed;
	}
	return failed;
}

static struct err *show_success(struct rpc *r, const struct rpc_message *m,
				const json_t *j)
{
	static const char *const lines[][2] = {{"Status", "Status"},
					       {"Network", "Network"},
					       {"CIRA", "CIRAConnection"},
					       {"TLS", "TLSConfiguration"}};

	if (!json_is_object(j)) {
		rpc_log(r, LOG_INFO, STR_FMT, STR_ARG(m->message));
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		rpc_log(r, LOG_INFO, "%s: %s", lines[i][0], text_of(j, lines[i][1]));
	enum rpc_exit failed = show_components(r, json_object_get(j, "Components"));

	return failed != RPC_EXIT_OK && r->o.strict ? rpc_exit_error(r, failed, NULL)
						    : NULL;
}

static struct err *show_error(struct rpc *r, const struct remote_task *t,
			      const struct rpc_message *m, const json_t *j)
{
	struct str text = json_is_object(j) ? str_of(text_of(j, "Status")) : m->message;
	bool password = str_find(text, STR("Unable to authenticate with AMT")) >= 0 ||
			str_find(text, STR("AMT password DOES NOT match")) >= 0;

	rpc_log(r, LOG_ERROR, STR_FMT, STR_ARG(text));
	if (r->o.strict)
		return rpc_exit_error(
			r, password ? RPC_EXIT_AMT_AUTHENTICATION : t->failed, NULL);
	/* v2 has always ended with 0 here; scripts read the text. */
	return r->form == RPC_V2 ? NULL : rpc_exit_error(r, RPC_EXIT_GENERIC, NULL);
}

struct err *remote_show_result(struct rpc *r, const struct remote_task *t,
			       const struct rpc_message *m)
{
	json_t *j = json_read(m->message, 0, NULL);
	struct err *e =
		m->method == RPC_SUCCESS ? show_success(r, m, j) : show_error(r, t, m, j);

	json_decref(j);
	return e;
}
