/* SPDX-License-Identifier: Apache-2.0
 * A full device's state as JSON and back, with every value checked: what is read was
 * written by us, or by somebody who edits his device, or is damaged.
 */
#include <sim/state_priv.h>

#include <amt/wsman/classes/accounts.h>
#include <amt/wsman/classes/setup.h>

#define FORMAT "amtsim-state"
#define VERSION 1

/* ---- writing ---- */

static void set_hex(json_t *j, const char *name, const void *p, size_t n)
{
	char hex[2 * 64 + 1];

	OB_ASSERT(n <= 64);
	hex_encode(p, n, hex);
	json_object_set_new(j, name, json_string(hex));
	secret_wipe(hex, sizeof(hex));
}

static json_t *accounts_json(const struct sim_state *st)
{
	json_t *list = json_array();

	for (size_t i = 0; i < SIM_MAX_ACCOUNTS; i++) {
		const struct sim_account *a = &st->accounts[i];
		if (a->handle == 0)
			continue;
		json_t *j = json_pack("{sI ss ss sI sI sb}", "handle",
				      (json_int_t)a->handle, "user", a->user, "sid",
				      a->sid, "access", (json_int_t)a->access, "realms",
				      (json_int_t)a->realms, "enabled", a->enabled);
		set_hex(j, "ha1", a->ha1, sizeof(a->ha1));
		json_array_append_new(list, j);
	}
	return list;
}

static size_t digest_size(int algorithm)
{
	return algorithm == 1 ? 20 : algorithm == 2 ? 32 : 48;
}

static json_t *hashes_json(const struct sim_state *st)
{
	json_t *list = json_array();

	for (size_t i = 0; i < st->n_hashes; i++) {
		const struct sim_trusted_hash *h = &st->hashes[i];
		json_t *j = json_pack("{ss sI sb sb}", "name", h->name, "algorithm",
				      (json_int_t)h->algorithm, "active", h->active,
				      "default", h->is_default);
		set_hex(j, "digest", h->digest, digest_size(h->algorithm));
		json_array_append_new(list, j);
	}
	return list;
}

static json_t *keys_json(const struct sim_state *st)
{
	json_t *list = json_array();
	struct arena a = {0};

	for (size_t i = 0; i < SIM_MAX_KEYS; i++)
		if (st->keys[i].id[0] != '\0')
			json_array_append_new(
				list, json_pack("{ss ss}", "id", st->keys[i].id, "der",
						base64_encode(&a, st->keys[i].der.p,
							      st->keys[i].der.n)));
	arena_fini(&a);
	return list;
}

static json_t *tls_json(const struct sim_tls_mode *m)
{
	return json_pack("{sb sb sb}", "enabled", m->enabled, "accept_plain",
			 m->accept_plain, "mutual", m->mutual);
}

static json_t *instances_json(const struct sim_store *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(
			list,
			json_pack("{ss so}", "class", s->v[i].cls->name, "properties",
				  sim_object_json(s->v[i].cls, s->v[i].object)));
	return list;
}

json_t *sim_state_json(const struct sim_state *st)
{
	char uuid[UUID_TEXT_SIZE];
	json_t *j;

	uuid_text_from_smbios(st->uuid, uuid);
	j = json_pack("{ss sI ss ss sI sI sb ss ss sI sb so so ss so so so so}", "format",
		      FORMAT, "version", (json_int_t)VERSION, "uuid", uuid, "realm",
		      st->realm, "provisioning_state", (json_int_t)st->provisioning,
		      "control_mode", (json_int_t)st->mode, "client_mode_disabled",
		      st->client_mode_disabled, "dns_suffix", st->dns_suffix,
		      "network_suffix", st->network_suffix, "clock_offset_s",
		      (json_int_t)st->clock_offset_s, "clock_set", st->clock_set,
		      "tls_network", tls_json(&st->tls_network), "tls_local",
		      tls_json(&st->tls_local), "tls_certificate", st->tls_certificate,
		      "accounts", accounts_json(st), "trusted_hashes", hashes_json(st),
		      "keys", keys_json(st), "instances", instances_json(&st->store));
	OB_ASSERT(j != NULL);
	json_object_set_new(j, "admin_user", json_string(st->admin_user));
	json_object_set_new(j, "tls_enforced", json_boolean(st->tls_enforced));
	json_object_set_new(j, "on_die", sim_on_die_json(&st->on_die));
	json_object_set_new(j, "subjects", sim_subjects_json(&st->subjects));
	if (st->admin_set)
		set_hex(j, "admin_ha1", st->admin_ha1, sizeof(st->admin_ha1));
	if (st->mebx_set)
		set_hex(j, "mebx", st->mebx, sizeof(st->mebx));
	return j;
}

/* ---- reading: the first thing that is wrong stays as the reason ---- */

struct reader {
	const json_t *j;
	struct err *e;
	const char *where;
};

static void wrong(struct reader *r, const char *name, const char *what)
{
	if (r->e == NULL)
		r->e = err_new(ERR_INVALID, "%s%s%s %s", r->where, *r->where ? "." : "",
			       name, what);
}

static void get_text(struct reader *r, const char *name, char *out, size_t size)
{
	const json_t *v = json_object_get(r->j, name);

	if (!json_is_string(v) || json_string_length(v) >= size ||
	    strlen(json_string_value(v)) != json_string_length(v))
		wrong(r, name, "is missing or no text of a fitting length");
	else
		memcpy(out, json_string_value(v), json_string_length(v) + 1);
}

static int64_t get_int(struct reader *r, const char *name, int64_t min, int64_t max)
{
	const json_t *v = json_object_get(r->j, name);

	if (json_is_integer(v) && json_integer_value(v) >= min &&
	    json_integer_value(v) <= max)
		return json_integer_value(v);
	wrong(r, name, "is missing or out of range");
	return min;
}

static bool get_bool(struct reader *r, const char *name)
{
	const json_t *v = json_object_get(r->j, name);

	if (!json_is_boolean(v))
		wrong(r, name, "is neither true nor false");
	return json_is_true(v);
}

static void get_hex(struct reader *r, const char *name, uint8_t *out, size_t n)
{
	const char *v = json_string_value(json_object_get(r->j, name));

	if (v == NULL || !hex_decode(str_of(v), out, n))
		wrong(r, name, "is missing or not hexadecimal of the right length");
}

static const json_t *get_list(struct reader *r, const char *name, size_t max)
{
	const json_t *v = json_object_get(r->j, name);

	if (!json_is_array(v) || json_array_size(v) > max) {
		wrong(r, name, "is no list, or too long");
		return NULL;
	}
	return v;
}

static void get_tls(struct reader *r, const char *name, struct sim_tls_mode *out)
{
	struct reader in = {.j = json_object_get(r->j, name), .where = name};

	*out = (struct sim_tls_mode){get_bool(&in, "enabled"),
				     get_bool(&in, "accept_plain"),
				     get_bool(&in, "mutual")};
	if (r->e == NULL)
		r->e = in.e;
	else
		err_free(in.e);
}

static void get_accounts(struct reader *r, struct sim_state *st)
{
	const json_t *list = get_list(r, "accounts", SIM_MAX_ACCOUNTS), *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		struct sim_account a = {0};
		struct reader in = {.j = v, .where = "accounts", .e = r->e};
		uint32_t handle = (uint32_t)get_int(&in, "handle", 1, UINT32_MAX);
		if (sim_state_account(st, handle) != NULL)
			wrong(&in, "handle", "is there twice");
		a.handle = handle;
		get_text(&in, "user", a.user, sizeof(a.user));
		get_text(&in, "sid", a.sid, sizeof(a.sid));
		get_hex(&in, "ha1", a.ha1, sizeof(a.ha1));
		a.access =
			(uint8_t)get_int(&in, "access", AMT_ACCESS_LOCAL, AMT_ACCESS_ANY);
		a.realms = (uint32_t)get_int(&in, "realms", 0, UINT32_MAX);
		a.enabled = get_bool(&in, "enabled");
		st->accounts[i] = a;
		r->e = in.e;
	}
}

static void get_hashes(struct reader *r, struct sim_state *st)
{
	const json_t *list = get_list(r, "trusted_hashes", SIM_MAX_HASHES), *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		struct sim_trusted_hash *h = &st->hashes[st->n_hashes++];
		struct reader in = {.j = v, .where = "trusted_hashes", .e = r->e};
		get_text(&in, "name", h->name, sizeof(h->name));
		h->algorithm = (uint8_t)get_int(&in, "algorithm", 1, 3);
		get_hex(&in, "digest", h->digest, digest_size(h->algorithm));
		h->active = get_bool(&in, "active");
		h->is_default = get_bool(&in, "default");
		r->e = in.e;
	}
}

static void get_keys(struct reader *r, struct sim_state *st)
{
	const json_t *list = get_list(r, "keys", SIM_MAX_KEYS), *v;
	struct arena a = {0};
	size_t i;

	json_array_foreach(list, i, v)
	{
		struct sim_key *k = &st->keys[i];
		struct reader in = {.j = v, .where = "keys", .e = r->e};
		const char *text = json_string_value(json_object_get(v, "der"));
		size_t n = 0;
		uint8_t *der = text != NULL ? base64_decode(&a, str_of(text), &n) : NULL;
		get_text(&in, "id", k->id, sizeof(k->id));
		if (der != NULL)
			secret_set(&k->der, (struct str){(char *)der, n});
		EVP_PKEY *key = der != NULL ? sim_key_open(k) : NULL;
		if (key == NULL)
			wrong(&in, "der", "is no private key");
		EVP_PKEY_free(key);
		if (der != NULL)
			secret_wipe(der, n);
		r->e = in.e;
	}
	arena_fini(&a);
}

static void get_instances(struct reader *r, struct sim_state *st)
{
	const json_t *list = get_list(r, "instances", 4096), *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		const char *name = json_string_value(json_object_get(v, "class"));
		const struct wsman_class *c = name != NULL && r->e == NULL
						      ? wsman_class_find(str_of(name))
						      : NULL;
		void *object;
		if (c == NULL) {
			wrong(r, "instances", "holds one of an unknown class");
			return;
		}
		r->e = sim_object_from_json(c, json_object_get(v, "properties"), &object);
		if (r->e != NULL)
			return;
		bool twice = sim_store_twin(&st->store, c, object) != NULL;
		sim_store_add(&st->store, c, object);
		if (twice)
			wrong(r, name, "has two instances with the same keys");
	}
}

/* Mode and provisioning state say the same (wsman.md D.1). */
static void check_setup(struct reader *r, const struct sim_state *st)
{
	bool set_up = st->mode != IPS_CONTROL_NONE;

	if (set_up && (st->provisioning == AMT_PROVISIONING_PRE || !st->admin_set))
		wrong(r, "control_mode",
		      "needs a provisioning state and an admin password");
	if (st->provisioning == AMT_PROVISIONING_POST && !set_up)
		wrong(r, "provisioning_state", "does not go with the control mode");
}

struct err *sim_state_from_json(struct sim_state *st, const json_t *j)
{
	struct reader r = {.j = j, .where = ""};
	char format[32] = "", uuid[UUID_TEXT_SIZE] = "";

	get_text(&r, "format", format, sizeof(format));
	if (r.e == NULL && strcmp(format, FORMAT) != 0)
		wrong(&r, "format", "is not \"" FORMAT "\"");
	get_int(&r, "version", VERSION, VERSION);
	get_text(&r, "uuid", uuid, sizeof(uuid));
	if (r.e == NULL && !uuid_smbios_from_text(str_of(uuid), st->uuid))
		wrong(&r, "uuid", "is no UUID");
	get_text(&r, "realm", st->realm, sizeof(st->realm));
	st->provisioning =
		(uint8_t)get_int(&r, "provisioning_state", 0, AMT_PROVISIONING_POST);
	st->mode = (uint8_t)get_int(&r, "control_mode", 0, IPS_CONTROL_ADMIN);
	st->client_mode_disabled = get_bool(&r, "client_mode_disabled");
	get_text(&r, "dns_suffix", st->dns_suffix, sizeof(st->dns_suffix));
	get_text(&r, "network_suffix", st->network_suffix, sizeof(st->network_suffix));
	st->clock_offset_s = get_int(&r, "clock_offset_s", -(1LL << 33), 1LL << 33);
	st->clock_set = get_bool(&r, "clock_set");
	if (json_object_get(j, "tls_enforced") != NULL)
		st->tls_enforced = get_bool(&r, "tls_enforced");
	get_tls(&r, "tls_network", &st->tls_network);
	get_tls(&r, "tls_local", &st->tls_local);
	get_text(&r, "tls_certificate", st->tls_certificate, sizeof(st->tls_certificate));
	get_text(&r, "admin_user", st->admin_user, sizeof(st->admin_user));
	st->admin_set = json_object_get(j, "admin_ha1") != NULL;
	if (st->admin_set)
		get_hex(&r, "admin_ha1", st->admin_ha1, sizeof(st->admin_ha1));
	st->mebx_set = json_object_get(j, "mebx") != NULL;
	if (st->mebx_set)
		get_hex(&r, "mebx", st->mebx, sizeof(st->mebx));
	get_accounts(&r, st);
	get_hashes(&r, st);
	get_keys(&r, st);
	get_instances(&r, st);
	check_setup(&r, st);
	/* Written before devices had these two. */
	if (r.e == NULL && json_object_get(j, "on_die") == NULL)
		sim_on_die_init(&st->on_die);
	else if (r.e == NULL)
		r.e = sim_on_die_from_json(&st->on_die, json_object_get(j, "on_die"));
	if (r.e == NULL)
		r.e = sim_subjects_from_json(&st->subjects,
					     json_object_get(j, "subjects"));
	return r.e;
}
