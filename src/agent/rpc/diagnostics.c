/* SPDX-License-Identifier: Apache-2.0
 * diagnostics: the firmware's logs, and its classes as they are. rpc.md 1.7.
 */
#include <agent/rpc/command.h>

#include <agent/rpc/ciralog.h>
#include <agent/rpc/local.h>
#include <amt/heci/clients.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOG_MS 30000
#define READ_MS 120000

/* ---- files ---- */

/* Only for its owner: logs tell about networks. Replaces what is there at the end. */
static struct err *write_file(const char *path, struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(ERR_INVALID, errno, "cannot write %s", path);
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int why = errno;

			close(fd);
			return err_errno(ERR_UNAVAILABLE, why, "cannot write %s", path);
		}
		bytes = str_sub(bytes, (size_t)n, bytes.n);
	}
	if (close(fd) != 0)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot write %s", path);
	return NULL;
}

static const char *output_name(struct rpc *r, const char *ending)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;
	char stamp[24];

	if (r->o.output != NULL && *r->o.output != '\0')
		return r->o.output;
	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d_%H%M%S", &tm);
	return arena_printf(&r->a, "%s_%s", stamp, ending);
}

struct err *rpc_diagnostics_cira(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);
	_cleanup_(buf_fini) struct buf text = {0};
	const char *path = output_name(r, "ciralog.txt");
	struct amthi_cira_log *log = arena_new(&r->a, struct amthi_cira_log);

	TRY(amthi_get_cira_log(&c, deadline_in(LOG_MS), log));
	if (!log->supported)
		return err_new(
			ERR_NOT_FOUND,
			"CIRA Log feature is not supported in this firmware version");
	rpc_ciralog_text(log, &text);
	TRY(write_file(path, buf_str(&text)));
	rpc_print(r, "CIRA Log successfully retrieved\nOutput file: %s\n", path);
	return NULL;
}

struct err *rpc_diagnostics_csme(struct rpc *r)
{
	const char *path = output_name(r, "csme_flash_log.bin");
	struct str log;

	TRY(hotham_get_log(&r->place, &r->a, deadline_in(LOG_MS), &log));
	TRY(write_file(path, log));
	rpc_print(r,
		  "CSME Flash Log (FLOG) successfully retrieved\nOutput file: %s\nSize: "
		  "%zu "
		  "bytes\n",
		  path, log.n);
	return NULL;
}

/* ---- classes ---- */

static const char *const class_names[] = {
	"AMT_8021XProfile",
	"AMT_AssetTable",
	"AMT_AssetTableService",
	"AMT_AuditLog",
	"AMT_BootCapabilities",
	"AMT_BootSettingData",
	"AMT_CryptographicCapabilities",
	"AMT_EnvironmentDetectionSettingData",
	"AMT_EthernetPortSettings",
	"AMT_EventLogEntry",
	"AMT_GeneralSettings",
	"AMT_Hdr8021Filter",
	"AMT_ManagementPresenceRemoteSAP",
	"AMT_MessageLog",
	"AMT_RedirectionService",
	"AMT_RemoteAccessCapabilities",
	"AMT_RemoteAccessPolicyAppliesToMPS",
	"AMT_RemoteAccessPolicyRule",
	"AMT_SetupAndConfigurationService",
	"AMT_SystemPowerScheme",
	"AMT_TimeSynchronizationService",
	"AMT_UserInitiatedConnectionService",
	"AMT_WiFiPortConfigurationService",
	"CIM_BIOSElement",
	"CIM_BIOSFeature",
	"CIM_Card",
	"CIM_Chassis",
	"CIM_ComputerSystemPackage",
	"CIM_EthernetPort",
	"CIM_KVMRedirectionSAP",
	"CIM_PowerManagementCapabilities",
	"CIM_PowerManagementService",
	"CIM_Processor",
	"CIM_RedirectionService",
	"CIM_SoftwareIdentity",
	"CIM_WiFiEndpoint",
	"CIM_WiFiEndpointCapabilities",
	"CIM_WiFiEndpointSettings",
	"CIM_WiFiPort",
	"CIM_WiFiPortCapabilities",
	"IPS_HTTPProxyAccessPoint",
	"IPS_HostBasedSetupService",
	"IPS_HostBootReason",
	"IPS_HostIPSettings",
	"IPS_IEEE8021xSettings",
	"IPS_IPv6PortSettings",
	"IPS_KVMRedirectionSettingData",
	"IPS_LANEndpoint",
	"IPS_OptInService",
	"IPS_ProvisioningRecordLog",
	"IPS_ScreenSettingData",
	"IPS_SecIOService",
};

struct err *rpc_diagnostics_wsman_list(struct rpc *r)
{
	for (size_t i = 0; i < ARRAY_LEN(class_names); i++)
		rpc_print(r, "%s\n", class_names[i]);
	return NULL;
}

static bool is_class_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(class_names); i++)
		if (strcmp(class_names[i], name) == 0)
			return true;
	return false;
}

static json_t *instance_json(const struct wsman_class *cls, const void *object)
{
	return wsman_json_object(cls->fields, cls->n_fields, object);
}

/* All instances; those that cannot be enumerated are got. */
static struct err *read_class(struct device_call *c, const char *name, json_t **out)
{
	const struct wsman_class *cls = wsman_class_find(str_of(name));
	struct wsman_reply rs;

	if (cls == NULL)
		return err_new(ERR_NOT_FOUND, "%s is not described in this program",
			       name);
	struct err *e =
		wsman_enumerate(&c->wsman, cls, c->arena, device_call_exchange(c), &rs);

	if (e == NULL) {
		*out = json_array();
		for (size_t i = 0; i < rs.n_items; i++)
			if (rs.items[i].cls != NULL)
				json_array_append_new(*out,
						      instance_json(rs.items[i].cls,
								    rs.items[i].object));
		return NULL;
	}
	if (!err_is(e, ERR_DEVICE))
		return e;
	err_free(e);
	TRY(wsman_get(&c->wsman, cls, NULL, c->arena, device_call_exchange(c), &rs));
	*out = json_pack("[o]", instance_json(cls, rs.object));
	return NULL;
}

static struct err *read_classes(struct rpc *r, struct device_call *c, json_t *results)
{
	for (size_t i = 0; i < r->o.n_classes; i++) {
		const char *name = r->o.classes[i];
		json_t *data = NULL;
		struct err *e = read_class(c, name, &data);

		if (e != NULL && (r->o.n_classes == 1 || !err_is(e, ERR_DEVICE)))
			return err_wrap(e, "failed to retrieve WSMAN class %s", name);
		if (e != NULL) {
			const char *why = err_str(e, &r->a);

			rpc_log(r, LOG_WARN, "failed to retrieve WSMAN class %s: %s",
				name, why);
			data = json_pack("{s:s,s:s,s:o}", "class", name, "status",
					 "fetch_failed", "message",
					 rpc_json_text(str_of(why)));
			err_free(e);
		}
		json_array_append_new(
			results, json_pack("{s:s,s:o}", "class", name, "data", data));
	}
	return NULL;
}

/* ---- forms ---- */

static void add_xml_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '<')
			buf_adds(b, "&lt;");
		else if (*s == '>')
			buf_adds(b, "&gt;");
		else if (*s == '&')
			buf_adds(b, "&amp;");
		else
			buf_addc(b, *s);
}

static void add_scalar(struct buf *b, const json_t *v, bool xml)
{
	char *text =
		json_is_string(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
	const char *shown = text != NULL ? text : json_string_value(v);

	if (xml)
		add_xml_text(b, shown);
	else
		buf_adds(b, shown);
	free(text);
}

static void add_xml(struct buf *b, const char *name, const json_t *v, int depth)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_array(v)) {
		json_array_foreach(v, i, member) add_xml(b, name, member, depth);
		return;
	}
	buf_addf(b, "%*s<%s>", 2 * depth, "", name);
	if (json_is_object(v)) {
		buf_addc(b, '\n');
		json_object_foreach((json_t *)v, key, member)
			add_xml(b, key, member, depth + 1);
		buf_addf(b, "%*s", 2 * depth, "");
	} else {
		add_scalar(b, v, true);
	}
	buf_addf(b, "</%s>\n", name);
}

static void xml_form(struct buf *b, const json_t *results)
{
	json_t *one;
	size_t i;

	buf_adds(b, "<WSMANClasses>\n");
	json_array_foreach(results, i, one)
	{
		add_xml(b, json_string_value(json_object_get(one, "class")),
			json_object_get(one, "data"), 1);
	}
	buf_adds(b, "</WSMANClasses>\n");
}

static void table_form(struct buf *b, const json_t *results)
{
	json_t *one, *instance, *v;
	const char *key;
	size_t i, k;

	json_array_foreach(results, i, one)
	{
		const char *name = json_string_value(json_object_get(one, "class"));
		const json_t *data = json_object_get(one, "data");

		if (json_array_size(data) == 0)
			buf_addf(b, "%sNo instances found for class: %s\n",
				 i > 0 ? "\n" : "", name);
		json_array_foreach(data, k, instance)
		{
			buf_addf(b, "%sClass: %s\n%-40s Value\n", b->len > 0 ? "\n" : "",
				 name, "Name");
			json_object_foreach(instance, key, v)
			{
				buf_addf(b, "%-40s ", key);
				add_scalar(b, v, false);
				buf_addc(b, '\n');
			}
		}
	}
}

static struct err *write_results(struct rpc *r, json_t *results)
{
	_cleanup_(buf_fini) struct buf b = {0};
	bool to_file = strcmp(r->o.output, "stdout") != 0;

	if (strcmp(r->o.format, "xml") == 0) {
		xml_form(&b, results);
	} else if (strcmp(r->o.format, "table") == 0) {
		table_form(&b, results);
	} else if (!to_file) {
		rpc_print_json(r, json_incref(results));
		return NULL;
	} else {
		char *text = json_dumps(results, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

		buf_adds(&b, text);
		buf_addc(&b, '\n');
		free(text);
	}
	if (!to_file) {
		rpc_write(r, buf_str(&b));
		return NULL;
	}
	TRY(write_file(r->o.output, buf_str(&b)));
	rpc_print(r, "WSMAN class data written to %s\n", r->o.output);
	return NULL;
}

static struct err *check_classes(struct rpc *r)
{
	struct rpc_options *o = &r->o;

	if (strcmp(o->format, "json") != 0 && strcmp(o->format, "xml") != 0 &&
	    strcmp(o->format, "table") != 0)
		return err_new(ERR_INVALID, "--format is json, xml or table, not %s",
			       o->format);
	if (o->all && o->n_classes > 0)
		return err_new(ERR_INVALID, "--all cannot be used with --class");
	if (!o->all && o->n_classes == 0)
		return err_new(ERR_INVALID, "specify --all or at least one --class");
	for (size_t i = 0; i < o->n_classes; i++)
		if (!is_class_name(o->classes[i]))
			return err_new(
				ERR_INVALID,
				"unsupported WSMAN class: %s; see rpc diagnostics wsman "
				"list",
				o->classes[i]);
	for (size_t i = 0; o->all && i < ARRAY_LEN(class_names); i++)
		o->classes[o->n_classes++] = class_names[i];
	return NULL;
}

struct err *rpc_diagnostics_wsman_get(struct rpc *r)
{
	struct device_call c;

	TRY(check_classes(r));
	struct err *e =
		rpc_call_begin(r, r->o.password.n > 0 ? RPC_AS_ADMIN : RPC_AS_HOST,
			       deadline_in(READ_MS), &c);
	json_t *results = json_array();

	if (e == NULL)
		e = read_classes(r, &c, results);
	if (e != NULL && c.device->http.denied)
		e = rpc_exit_wrap(r, e, RPC_EXIT_AMT_AUTHENTICATION);
	e = rpc_call_end(r, &c, e);
	if (e == NULL)
		e = write_results(r, results);
	json_decref(results);
	return e;
}
