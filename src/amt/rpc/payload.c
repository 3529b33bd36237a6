/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/rpc/payload.h>

#include <base/json.h>
#include <stdlib.h>

enum kind { TEXT, FLAG };

struct member {
	const char *name;
	enum kind kind;
	bool optional; /* not sent when it says nothing */
	size_t offset;
};

#define M(name, kind, optional, field)                                    \
	{                                                                 \
		name, kind, optional, offsetof(struct rpc_payload, field) \
	}

static const struct member top[] = {
	M("ver", TEXT, false, ver),
	M("build", TEXT, false, build),
	M("sku", TEXT, false, sku),
	M("features", TEXT, false, features),
	M("username", TEXT, false, username),
	M("hostname", TEXT, false, hostname),
	M("fqdn", TEXT, false, fqdn),
	M("client", TEXT, false, client),
	M("friendlyName", TEXT, true, friendly_name),
	M("tlsEnforced", FLAG, true, tls_enforced),
	M("tlsTunnel", FLAG, true, tls_tunnel),
	M("lmsInstalled", FLAG, true, lms_installed),
	M("progressSupported", FLAG, true, progress),
};

static const struct member ip_members[] = {
	M("dhcp", FLAG, false, ip.dhcp),
	M("static", FLAG, false, ip.is_static),
	M("ipsync", FLAG, false, ip.ipsync),
	M("ipAddress", TEXT, false, ip.address),
	M("netmask", TEXT, false, ip.netmask),
	M("gateway", TEXT, false, ip.gateway),
	M("primaryDns", TEXT, false, ip.primary_dns),
	M("secondaryDns", TEXT, false, ip.secondary_dns),
};

static const struct member host_members[] = {
	M("dnsSuffixOS", TEXT, false, os_suffix),
	M("hostname", TEXT, false, os_hostname),
};

#undef M

/* ---- decoding ---- */

static struct str text_of(const json_t *v, struct arena *a)
{
	size_t n = json_string_length(v);

	return (struct str){arena_strndup(a, json_string_value(v), n), n};
}

static struct err *members_get(const json_t *j, const struct member *rows, size_t n,
			       struct arena *a, struct rpc_payload *out)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_object_get(j, rows[i].name);
		void *to = (char *)out + rows[i].offset;

		if (v == NULL || json_is_null(v))
			continue;
		if (rows[i].kind == FLAG && json_is_boolean(v))
			*(bool *)to = json_is_true(v);
		else if (rows[i].kind == TEXT && json_is_string(v))
			*(struct str *)to = text_of(v, a);
		else
			return err_new(
				ERR_INVALID, "Invalid payload from client: %s is no %s",
				rows[i].name, rows[i].kind == FLAG ? "boolean" : "text");
	}
	return NULL;
}

/* Text, or 16 numbers in SMBIOS order. */
static struct err *uuid_get(const json_t *v, struct rpc_payload *out)
{
	uint8_t raw[16];

	if (json_is_array(v) && json_array_size(v) == sizeof(raw)) {
		for (size_t i = 0; i < sizeof(raw); i++) {
			json_int_t byte = json_integer_value(json_array_get(v, i));
			if (!json_is_integer(json_array_get(v, i)) || byte < 0 ||
			    byte > 255)
				return err_new(ERR_INVALID, "uuid not valid length");
			raw[i] = (uint8_t)byte;
		}
		uuid_text_from_smbios(raw, out->uuid);
		return NULL;
	}
	struct str text = {json_string_value(v), json_string_length(v)};

	if (text.n == 0)
		return err_new(ERR_INVALID, "Missing uuid from payload");
	if (!uuid_smbios_from_text(text, raw))
		return err_new(ERR_INVALID, "uuid not valid length");
	uuid_text_from_smbios(raw, out->uuid);
	return NULL;
}

static struct err *hashes_get(const json_t *v, struct arena *a, struct rpc_payload *out)
{
	if (v == NULL || json_is_null(v))
		return NULL;
	if (!json_is_array(v))
		return err_new(ERR_INVALID,
			       "Invalid payload from client: certHashes is no array");
	for (size_t i = 0; i < json_array_size(v) && out->n_hashes < RPC_MAX_HASHES;
	     i++) {
		const json_t *h = json_array_get(v, i);
		if (!json_is_string(h))
			return err_new(ERR_INVALID, "Invalid payload from client: a hash "
						    "in certHashes is no text");
		out->cert_hashes[out->n_hashes++] = text_of(h, a);
	}
	return NULL;
}

static struct err *required(const struct rpc_payload *p)
{
	const struct {
		const char *name;
		struct str value;
	} rows[] = {{"client", p->client}, {"ver", p->ver}, {"build", p->build}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].value.n == 0)
			return err_new(ERR_INVALID,
				       "Invalid payload from client: %s is missing",
				       rows[i].name);
	return NULL;
}

static struct err *decode(const json_t *j, struct arena *a, struct rpc_payload *out)
{
	const json_t *ip = json_object_get(j, "ipConfiguration"),
		     *host = json_object_get(j, "hostnameInfo"),
		     *mode = json_object_get(j, "currentMode"),
		     *password = json_object_get(j, "password");

	if (!json_is_object(j))
		return err_new(ERR_INVALID, "Invalid payload from client");
	TRY(members_get(j, top, ARRAY_LEN(top), a, out));
	TRY(required(out));
	TRY(uuid_get(json_object_get(j, "uuid"), out));
	TRY(hashes_get(json_object_get(j, "certHashes"), a, out));
	out->current_mode = json_is_integer(mode) ? json_integer_value(mode) : -1;
	if (json_is_string(password))
		secret_set(&out->password, (struct str){json_string_value(password),
							json_string_length(password)});
	out->has_ip = json_is_object(ip);
	TRY(members_get(ip, ip_members, ARRAY_LEN(ip_members), a, out));
	out->has_hostname_info = json_is_object(host);
	return members_get(host, host_members, ARRAY_LEN(host_members), a, out);
}

struct err *rpc_payload_decode(struct str text, struct arena *a, struct rpc_payload *out)
{
	json_error_t why;
	json_t *j = json_read(text, 0, &why);

	*out = (struct rpc_payload){0};
	if (j == NULL)
		return err_new(ERR_INVALID,
			       "Failed to parse client message payload. It is not JSON");
	struct err *e = decode(j, a, out);
	json_decref(j);
	if (e != NULL)
		rpc_payload_fini(out);
	return e;
}

/* ---- encoding ---- */

static json_t *json_text(struct str s)
{
	json_t *j = json_stringn(s.p != NULL ? s.p : "", s.n);

	return j != NULL ? j : json_string("");
}

static void members_put(json_t *j, const struct member *rows, size_t n,
			const struct rpc_payload *p)
{
	for (size_t i = 0; i < n; i++) {
		const void *from = (const char *)p + rows[i].offset;

		if (rows[i].kind == FLAG && (!rows[i].optional || *(const bool *)from))
			json_object_set_new(j, rows[i].name,
					    json_boolean(*(const bool *)from));
		if (rows[i].kind == TEXT &&
		    (!rows[i].optional || ((const struct str *)from)->p != NULL))
			json_object_set_new(j, rows[i].name,
					    json_text(*(const struct str *)from));
	}
}

void rpc_payload_encode(struct buf *out, const struct rpc_payload *p)
{
	json_t *j = json_object(), *ip = json_object(), *host = json_object(),
	       *hashes = p->n_hashes > 0 ? json_array() : json_null();

	members_put(j, top, ARRAY_LEN(top), p);
	members_put(ip, ip_members, ARRAY_LEN(ip_members), p);
	members_put(host, host_members, ARRAY_LEN(host_members), p);
	json_object_set_new(j, "uuid", json_string(p->uuid));
	json_object_set_new(j, "password",
			    json_text((struct str){p->password.p, p->password.n}));
	json_object_set_new(j, "currentMode", json_integer(p->current_mode));
	for (size_t i = 0; i < p->n_hashes; i++)
		json_array_append_new(hashes, json_text(p->cert_hashes[i]));
	json_object_set_new(j, "certHashes", hashes);
	json_object_set_new(j, "ipConfiguration", ip);
	json_object_set_new(j, "hostnameInfo", host);
	char *text = json_dumps(j, JSON_COMPACT);
	buf_adds(out, text);
	secret_wipe(text, strlen(text));
	free(text);
	json_decref(j);
}

void rpc_payload_fini(struct rpc_payload *p)
{
	secret_fini(&p->password);
}

int rpc_payload_major(const struct rpc_payload *p)
{
	struct str rest = p->ver, part;
	uint64_t n;

	return str_split(&rest, '.', &part) && str_u64(part, 1000, &n) ? (int)n : 0;
}
