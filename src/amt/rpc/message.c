/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/rpc/message.h>

#include <base/encode.h>
#include <base/json.h>

/* ---- envelope ---- */

enum payload_form { PAYLOAD_BASE64, PAYLOAD_TEXT, PAYLOAD_NONE };

static const struct {
	const char *name;
	enum payload_form form;
	const char *status;
} methods[] = {
	[RPC_COMMAND] = {NULL, PAYLOAD_BASE64, "ok"},
	[RPC_RESPONSE] = {"response", PAYLOAD_BASE64, "ok"},
	[RPC_TLS_DATA] = {"tls_data", PAYLOAD_BASE64, "ok"},
	[RPC_CONNECTION_RESET] = {"connection_reset", PAYLOAD_BASE64, "ok"},
	[RPC_PORT_SWITCH_ACK] = {"port_switch_ack", PAYLOAD_BASE64, "ok"},
	[RPC_HEARTBEAT_RESPONSE] = {"heartbeat_response", PAYLOAD_NONE, "success"},
	[RPC_WSMAN] = {"wsman", PAYLOAD_BASE64, "ok"},
	[RPC_PORT_SWITCH] = {"port_switch", PAYLOAD_TEXT, "ok"},
	[RPC_PROGRESS] = {"progress", PAYLOAD_NONE, "ok"},
	[RPC_HEARTBEAT_REQUEST] = {"heartbeat_request", PAYLOAD_NONE, "ok"},
	[RPC_SUCCESS] = {"success", PAYLOAD_NONE, "success"},
	[RPC_ERROR] = {"error", PAYLOAD_NONE, "failed"},
};

static enum rpc_method method_of(struct str text)
{
	for (size_t i = RPC_COMMAND + 1; i < ARRAY_LEN(methods); i++)
		if (str_eqz(text, methods[i].name))
			return (enum rpc_method)i;
	return RPC_COMMAND;
}

static struct err *payload_decode(struct rpc_message *m, struct arena *a)
{
	if (m->payload.p == NULL || methods[m->method].form != PAYLOAD_BASE64)
		return NULL;
	struct str coded = m->payload;
	uint8_t *bytes = base64_decode(a, coded, &m->payload.n);

	if (bytes == NULL)
		return err_new(ERR_INVALID, "the message's payload is not base64");
	m->payload.p = (char *)bytes;
	return NULL;
}

static struct err *members_decode(const json_t *j, struct arena *a,
				  struct rpc_message *out)
{
	struct str method;

	if (!json_is_object(j))
		return err_new(ERR_INVALID, "the message is no JSON object");
	TRY(json_member_text(j, "method", a, &method));
	if (method.n == 0)
		return err_new(ERR_INVALID, "the message has no method");
	out->method = method_of(method);
	if (out->method == RPC_COMMAND)
		out->command = method;
	TRY(json_member_text(j, "appVersion", a, &out->app_version));
	TRY(json_member_text(j, "protocolVersion", a, &out->protocol_version));
	TRY(json_member_text(j, "status", a, &out->status));
	TRY(json_member_text(j, "message", a, &out->message));
	TRY(json_member_text(j, "tenantId", a, &out->tenant));
	return json_member_text(j, "payload", a, &out->payload);
}

/* In JSON, what stands for itself: ASCII without a backslash. */
static bool is_literal(struct str s)
{
	bool literal = true;

	for (size_t i = 0; i < s.n; i++)
		literal &= s.p[i] >= ' ' && s.p[i] < 0x7f && s.p[i] != '\\';
	return literal;
}

/* Nearly all of a message is base64, which a JSON parser looks at digit by digit. What is
 * left of the text without it; *payload: it, in text, or nothing. Its key cannot be found
 * within a string: quotes have a backslash there. */
static struct str cut_payload(struct str text, struct arena *a, struct str *payload)
{
	static const struct str key = STR("\"payload\":\"");
	ptrdiff_t at = str_find(text, key);

	*payload = (struct str){0};
	if (at < 0)
		return text;
	struct str rest = str_sub(text, (size_t)at + key.n, text.n);
	ptrdiff_t end = str_chr(rest, '"');
	if (end <= 0 || !is_literal(str_sub(rest, 0, (size_t)end)))
		return text;
	*payload = str_sub(rest, 0, (size_t)end);
	size_t head = (size_t)at + key.n, tail = rest.n - (size_t)end;
	char *left = arena_alloc(a, head + tail);
	memcpy(left, text.p, head);
	memcpy(left + head, rest.p + end, tail);
	return (struct str){left, head + tail};
}

struct err *rpc_message_decode(struct str text, struct arena *a, struct rpc_message *out)
{
	json_error_t why;
	struct str payload;
	json_t *j = json_read(cut_payload(text, a, &payload), 0, &why);

	*out = (struct rpc_message){0};
	if (j == NULL)
		return err_new(ERR_INVALID, "the message is not JSON");
	struct err *e = members_decode(j, a, out);
	json_decref(j);
	TRY(e);
	if (payload.n > 0 && out->payload.p != NULL && out->payload.n == 0)
		out->payload = payload;
	return payload_decode(out, a);
}

static json_t *json_of(struct str s)
{
	json_t *j = json_stringn(s.p != NULL ? s.p : "", s.n);

	return j != NULL ? j : json_string("(no UTF-8)");
}

static json_t *payload_json(const struct rpc_message *m)
{
	if (m->payload.p == NULL || methods[m->method].form == PAYLOAD_NONE)
		return json_null();
	if (methods[m->method].form == PAYLOAD_TEXT)
		return json_of(m->payload);
	return json_string("");
}

/* In the place that payload_json left for it. */
static void add_payload(struct buf *out, struct str json, const struct rpc_message *m)
{
	static const struct str place = STR("\"payload\":\"\"");
	ptrdiff_t at = str_find(json, place);
	struct arena a = {0};

	if (at < 0 || m->payload.p == NULL || methods[m->method].form != PAYLOAD_BASE64) {
		buf_addstr(out, json);
		return;
	}
	size_t head = (size_t)at + place.n - 1;
	char *coded = base64_encode(&a, m->payload.p, m->payload.n);
	buf_addstr(out, str_sub(json, 0, head));
	buf_adds(out, coded);
	buf_addstr(out, str_sub(json, head, json.n));
	/* It may be a password on its way. */
	secret_wipe(coded, strlen(coded));
	arena_fini(&a);
}

static json_t *or_text(struct str s, const char *otherwise)
{
	return s.p != NULL ? json_of(s) : json_string(otherwise);
}

void rpc_message_encode(struct buf *out, const struct rpc_message *m)
{
	const char *name = methods[m->method].name;
	json_t *j = json_object();

	json_object_set_new(j, "method",
			    name != NULL ? json_string(name) : json_of(m->command));
	json_object_set_new(j, "apiKey", json_string(m->from_client ? "key" : "xxxxx"));
	json_object_set_new(j, "appVersion", or_text(m->app_version, OUTBAND_VERSION));
	json_object_set_new(j, "protocolVersion", json_string(RPC_PROTOCOL_VERSION));
	json_object_set_new(j, "status", or_text(m->status, methods[m->method].status));
	json_object_set_new(j, "message", or_text(m->message, "ok"));
	if (m->from_client)
		json_object_set_new(j, "fqdn", json_string(""));
	json_object_set_new(j, "payload", payload_json(m));
	json_object_set_new(j, "tenantId", json_of(m->tenant));
	char *text = json_dumps(j, JSON_COMPACT);
	add_payload(out, str_of(text), m);
	secret_wipe(text, strlen(text));
	free(text);
	json_decref(j);
}

/* ---- version ---- */

struct err *rpc_version_check(struct str version)
{
	static const char *const names[] = {"major", "minor", "revision"};
	uint64_t part[3] = {0};
	struct str rest = version, text;
	size_t n = 0;

	if (version.n == 0)
		return NULL;
	while (str_split(&rest, '.', &text)) {
		if (n == 3)
			return err_new(
				ERR_INVALID,
				"protocol version NOT supported: " STR_FMT
				": invalid version string length",
				STR_ARG(str_sub(version, 0, MIN(version.n, (size_t)32))));
		if (!str_u64(text, UINT32_MAX, &part[n]))
			return err_new(
				ERR_INVALID,
				"protocol version NOT supported: failed to parse %s",
				names[n]);
		n++;
	}
	/* The server's is 4.0.0: same major, an older minor, or none newer. */
	if (part[0] != 4 || part[1] > 0 || part[2] > 0)
		return err_new(ERR_INVALID, "protocol version NOT supported: " STR_FMT,
			       STR_ARG(version));
	return NULL;
}

/* ---- the command line ---- */

static const char *const task_names[] = {
	[RPC_SYNC_TIME] = "synctime",
	[RPC_SYNC_IP] = "syncip",
	[RPC_CHANGE_PASSWORD] = "changepassword",
	[RPC_SYNC_HOSTNAME] = "synchostname",
	[RPC_SYNC_DEVICE_INFO] = "syncdeviceinfo",
};

const char *rpc_task_name(enum rpc_task t)
{
	return task_names[t];
}

static bool next_word(struct str *line, struct str *word)
{
	*line = str_trim(*line);
	return line->n > 0 && str_split(line, ' ', word);
}

/* What stands before the next word with a dash: a password may hold blanks. */
static struct str take_value(struct str *line)
{
	size_t n = 0;

	while (n < line->n && !(line->p[n] == '-' && (n == 0 || line->p[n - 1] == ' ')))
		n++;
	struct str value = str_trim(str_sub(*line, 0, n));

	*line = str_sub(*line, n, line->n);
	return value;
}

static bool is_task(struct rpc_command *c, struct str flag, struct str *line)
{
	for (size_t i = 1; i < ARRAY_LEN(task_names); i++) {
		if (!str_eqz(flag, task_names[i]))
			continue;
		if (c->task == RPC_TASK_NONE || (enum rpc_task)i < c->task)
			c->task = (enum rpc_task)i;
		struct str value = take_value(line);
		if (i == RPC_CHANGE_PASSWORD && value.n > 0)
			secret_set(&c->task_arg, value);
		return true;
	}
	return false;
}

static void take_flag(struct rpc_command *c, struct str word, struct str *line)
{
	struct str flag = word, value;

	while (flag.n > 0 && flag.p[0] == '-')
		flag = str_sub(flag, 1, flag.n);
	if (is_task(c, flag, line))
		return;
	if (str_eqz(flag, "f") || str_eqz(flag, "force")) {
		c->force = true;
		return;
	}
	value = take_value(line);
	if (str_eqz(flag, "profile"))
		c->profile = value;
	/* "-password" is sent for maintenance; upstream reads it as clustered letters, so
	 * the payload's password counts. */
	else if ((str_eqz(word, "--password") || str_eqz(word, "-p")) && value.n > 0)
		secret_set(&c->password, value);
}

static struct err *action_of(struct str word, enum rpc_action *out)
{
	static const char *const names[] = {"activate", "deactivate", "maintenance"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eqz(word, names[i])) {
			*out = (enum rpc_action)i;
			return NULL;
		}
	return err_new(ERR_INVALID, "Not a supported method received from AMT device");
}

struct err *rpc_command_parse(struct str line, struct rpc_command *out)
{
	struct str word = {0};

	*out = (struct rpc_command){0};
	next_word(&line, &word);
	/* The oldest form: "-t activate". */
	if (str_eqz(word, "-t") || str_eqz(word, "--method"))
		next_word(&line, &word);
	TRY(action_of(word, &out->action));
	while (next_word(&line, &word))
		if (word.p[0] == '-')
			take_flag(out, word, &line);
	return NULL;
}

void rpc_command_fini(struct rpc_command *c)
{
	secret_fini(&c->password);
	secret_fini(&c->task_arg);
}
