/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/state.h>

#include <amt/wsman/classes/certificates.h>
#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/provisioning.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/tls.h>
#include <base/clock.h>
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sim/faults.h>
#include <sim/state_priv.h>

/* ---- birth and end ---- */

static void realm_of(const uint8_t uuid[16], char out[SIM_REALM_SIZE])
{
	struct sim_device d = {0};

	memcpy(d.uuid, uuid, 16);
	sim_device_realm(&d, out);
}

static bool hash_from(struct str hex, struct sim_trusted_hash *h)
{
	h->algorithm = hex.n == 64 ? 2 : 3;
	return (hex.n == 64 || hex.n == 96) && hex_decode(hex, h->digest, hex.n / 2);
}

static struct err *add_hashes(struct sim_state *st, const struct sim_birth *b)
{
	if (b->n_trust > SIM_MAX_HASHES)
		return err_new(ERR_INVALID, "more than %d trusted hashes",
			       SIM_MAX_HASHES);
	for (size_t i = 0; i < b->n_trust; i++) {
		struct sim_trusted_hash *h = &st->hashes[i];
		if (!hash_from(str_of(b->trust[i]), h))
			return err_new(ERR_INVALID,
				       "trusted hash %s is no SHA-256 (64 hexadecimal "
				       "digits) or "
				       "SHA-384 (96)",
				       b->trust[i]);
		snprintf(h->name, sizeof(h->name), "Trusted root %zu", i);
		h->active = h->is_default = true;
	}
	st->n_hashes = b->n_trust;
	return NULL;
}

/* Host name as on a label: amt- and the last 6 digits of the UUID. */
static void name_host(struct sim_state *st)
{
	struct amt_general_settings *g =
		sim_store_first(&st->store, &amt_general_settings_class);
	char name[16] = "amt-";

	hex_encode(st->uuid + 13, 3, name + 4);
	if (g != NULL)
		sim_text_set(&g->host_name, str_of(name));
}

/* A platform without plain ports comes with TLS on, and it cannot be turned off. */
static void enforce_tls(struct sim_state *st)
{
	struct amt_tls_setting_data *s;

	if (!st->tls_enforced)
		return;
	for (size_t i = 0;
	     (s = sim_store_nth(&st->store, &amt_tls_setting_data_class, i)); i++) {
		s->enabled.v = true;
		s->accept_non_secure_connections.v = false;
		s->non_secure_connections_supported.v = false;
	}
	st->tls_network = st->tls_local = (struct sim_tls_mode){.enabled = true};
}

void sim_state_volatile(struct sim_state *st)
{
	uint8_t raw[12];
	char text[25];

	sim_state_chain_drop(st);
	random_bytes(st->nonce, sizeof(st->nonce));
	random_bytes(raw, sizeof(raw));
	hex_encode(raw, sizeof(raw), text);
	secret_set(&st->local_password, str_of(text));
	secret_wipe(text, sizeof(text));
}

struct sim_state *sim_state_blank(void)
{
	struct sim_state *st = xcalloc(1, sizeof(*st));

	st->lock_fd = -1;
	return st;
}

static struct err *fill(struct sim_state *st, const struct sim_birth *b)
{
	uint8_t ha1[16];

	memcpy(st->uuid, b->uuid, sizeof(st->uuid));
	realm_of(st->uuid, st->realm);
	snprintf(st->admin_user, sizeof(st->admin_user), "admin");
	if (b->dns_suffix != NULL && !sim_domain_valid(str_of(b->dns_suffix)))
		return err_new(ERR_INVALID,
			       "the DNS suffix takes letters, digits, hyphens and dots, "
			       "%d at most",
			       SIM_SUFFIX_SIZE - 1);
	if (b->dns_suffix != NULL) {
		snprintf(st->dns_suffix, sizeof(st->dns_suffix), "%s", b->dns_suffix);
		snprintf(st->network_suffix, sizeof(st->network_suffix), "%s",
			 b->dns_suffix);
	}
	TRY(add_hashes(st, b));
	TRY(sim_factory_fill(&st->store));
	sim_on_die_init(&st->on_die);
	st->tls_enforced = b->tls;
	enforce_tls(st);
	name_host(st);
	sim_inventory_personalize(st);
	sim_state_volatile(st);
	if (b->mode == IPS_CONTROL_NONE)
		return NULL;
	sim_ha1(st, STR("admin"), b->password, ha1);
	sim_state_provision(st, b->mode, ha1);
	return NULL;
}

struct err *sim_state_new(const struct sim_birth *b, struct sim_state **out)
{
	struct sim_state *st = sim_state_blank();
	struct err *e = fill(st, b);

	if (e != NULL) {
		sim_state_free(st);
		return e;
	}
	*out = st;
	return NULL;
}

void sim_state_clear(struct sim_state *st)
{
	struct sim_state kept = *st;

	sim_state_chain_drop(st);
	sim_store_fini(&st->store);
	sim_on_die_fini(&st->on_die);
	sim_subjects_clear(&st->subjects);
	for (size_t i = 0; i < SIM_MAX_KEYS; i++)
		secret_fini(&st->keys[i].der);
	secret_fini(&st->local_password);
	secret_wipe(st, sizeof(*st));
	*st = (struct sim_state){.dir = kept.dir,
				 .lock_fd = kept.lock_fd,
				 .subjects = {.hooks = kept.subjects.hooks},
				 .faults = kept.faults,
				 .notify = kept.notify,
				 .notify_arg = kept.notify_arg};
	secret_wipe(&kept, sizeof(kept));
}

void sim_state_take(struct sim_state *st, struct sim_state *from)
{
	struct sim_state kept, blank;

	sim_state_clear(st);
	kept = *st;
	*st = *from;
	st->dir = kept.dir;
	st->lock_fd = kept.lock_fd;
	st->subjects.hooks = kept.subjects.hooks;
	st->faults = kept.faults;
	st->notify = kept.notify;
	st->notify_arg = kept.notify_arg;
	blank = (struct sim_state){.dir = from->dir, .lock_fd = from->lock_fd};
	secret_wipe(from, sizeof(*from));
	*from = blank;
}

void sim_state_free(struct sim_state *st)
{
	if (st == NULL)
		return;
	sim_state_clear(st);
	sim_state_unlock(st);
	free(st->dir);
	free(st);
}

int64_t sim_state_now(const struct sim_state *st)
{
	int64_t skew = st->faults != NULL ? st->faults->clock_skew_s : 0;

	return clock_wall_ms() / 1000 + st->clock_offset_s + skew;
}

/* ---- set-up ---- */

void sim_state_chain_drop(struct sim_state *st)
{
	for (size_t i = 0; i < st->n_chain; i++)
		X509_free(st->chain[i]);
	st->n_chain = 0;
	st->chain_complete = false;
}

static void stamp(const struct sim_state *st, struct str *out)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(sim_state_now(st) * 1000, iso);
	/* Without the fraction, as firmware writes it. */
	memcpy(iso + 19, "Z", 2);
	sim_text_set(out, str_of(iso));
}

static void record_client(struct sim_state *st)
{
	struct ips_client_provisioning_record *r =
		sim_object_new(&ips_client_provisioning_record_class);

	sim_text_set(&r->element_name, STR("Intel(r) AMT: Client Provisioning Record"));
	sim_text_set(&r->instance_id, STR("Intel(r) AMT: Provisioning Record 1"));
	stamp(st, &r->creation_time_stamp);
	sim_store_add(&st->store, &ips_client_provisioning_record_class, r);
}

static void record_admin(struct sim_state *st)
{
	struct ips_admin_provisioning_record *r =
		sim_object_new(&ips_admin_provisioning_record_class);
	uint8_t md[32];
	char cn[256] = "", hex[65];

	sim_text_set(&r->element_name, STR("Intel(r) AMT: Admin Provisioning Record"));
	sim_text_set(&r->instance_id, STR("Intel(r) AMT: Provisioning Record 1"));
	stamp(st, &r->creation_time_stamp);
	if (st->n_chain > 0) {
		X509 *root = st->chain[st->n_chain - 1];
		X509_NAME_get_text_by_NID(X509_get_subject_name(st->chain[0]),
					  NID_commonName, cn, sizeof(cn));
		X509_digest(root, EVP_sha256(), md, NULL);
		hex_encode(md, sizeof(md), hex);
		sim_text_set(&r->certificate_cn, str_of(cn));
		sim_text_set(&r->selected_hash_data, str_of(hex));
		r->selected_hash_type = (struct wsman_num){true, 2};
	}
	sim_store_add(&st->store, &ips_admin_provisioning_record_class, r);
}

static void records_drop(struct sim_state *st)
{
	sim_store_remove_class(&st->store, &ips_client_provisioning_record_class);
	sim_store_remove_class(&st->store, &ips_admin_provisioning_record_class);
}

void sim_state_provision(struct sim_state *st, int mode, const uint8_t ha1[16])
{
	st->mode = (uint8_t)mode;
	st->provisioning = AMT_PROVISIONING_POST;
	st->admin_set = true;
	if (ha1 != st->admin_ha1)
		memcpy(st->admin_ha1, ha1, sizeof(st->admin_ha1));
	records_drop(st);
	if (mode == IPS_CONTROL_ADMIN)
		record_admin(st);
	else
		record_client(st);
	sim_state_chain_drop(st);
	random_bytes(st->nonce, sizeof(st->nonce));
}

/* Custom hashes go, built-in ones stay. */
static void hashes_reset(struct sim_state *st)
{
	size_t n = 0;

	for (size_t i = 0; i < st->n_hashes; i++)
		if (st->hashes[i].is_default)
			st->hashes[n++] = st->hashes[i];
	st->n_hashes = n;
}

static void network_names(struct sim_state *st, struct amt_general_settings *was)
{
	struct amt_general_settings *g =
		sim_store_first(&st->store, &amt_general_settings_class);

	if (g == NULL || was == NULL)
		return;
	sim_text_set(&g->host_name, was->host_name);
	sim_text_set(&g->domain_name, was->domain_name);
}

void sim_state_unprovision(struct sim_state *st, bool partial)
{
	const struct amt_general_settings *g =
		sim_store_first(&st->store, &amt_general_settings_class);
	struct amt_general_settings *was =
		g != NULL && partial ? sim_object_copy(&amt_general_settings_class, g)
				     : NULL;
	struct err *e;

	st->mode = IPS_CONTROL_NONE;
	st->provisioning = AMT_PROVISIONING_PRE;
	st->client_mode_disabled = false;
	if (!partial) {
		st->admin_set = false;
		snprintf(st->admin_user, sizeof(st->admin_user), "admin");
		secret_wipe(st->admin_ha1, sizeof(st->admin_ha1));
	}
	secret_wipe(st->accounts, sizeof(st->accounts));
	for (size_t i = 0; i < SIM_MAX_KEYS; i++) {
		secret_fini(&st->keys[i].der);
		st->keys[i] = (struct sim_key){0};
	}
	st->tls_network = st->tls_local = (struct sim_tls_mode){0};
	st->tls_certificate[0] = '\0';
	hashes_reset(st);
	sim_store_fini(&st->store);
	/* The template was good when the device was made. */
	e = sim_factory_fill(&st->store);
	OB_ASSERT(e == NULL);
	enforce_tls(st);
	name_host(st);
	sim_inventory_personalize(st);
	sim_subjects_unprovision(st);
	network_names(st, was);
	sim_object_free(&amt_general_settings_class, was);
	sim_state_chain_drop(st);
	random_bytes(st->nonce, sizeof(st->nonce));
}

bool sim_password_strong(struct str password)
{
	bool lower = false, upper = false, digit = false, special = false;

	for (size_t i = 0; i < password.n; i++) {
		char c = password.p[i];
		if (c < ' ' || c > '~' || strchr("\":,", c) != NULL)
			return false;
		if (c >= 'a' && c <= 'z')
			lower = true;
		else if (c >= 'A' && c <= 'Z')
			upper = true;
		else if (c >= '0' && c <= '9')
			digit = true;
		else
			special = true;
	}
	return password.n >= 8 && password.n <= 32 && lower && upper && digit && special;
}

bool sim_domain_valid(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (c == '\0' || c > '~' || (!isalnum(c) && strchr("-_.", c) == NULL))
			return false;
	}
	return name.n < SIM_SUFFIX_SIZE;
}

static void mebx_hash(const struct sim_state *st, struct str password, uint8_t out[32])
{
	uint8_t text[16 + 32] = {0};

	memcpy(text, st->uuid, 16);
	memcpy(text + 16, password.p, MIN(password.n, 32u));
	SHA256(text, sizeof(text), out);
	secret_wipe(text, sizeof(text));
}

void sim_state_set_mebx(struct sim_state *st, struct str password)
{
	mebx_hash(st, password, st->mebx);
	st->mebx_set = true;
}

bool sim_state_mebx_is(const struct sim_state *st, struct str password)
{
	uint8_t md[32];

	mebx_hash(st, password, md);
	return st->mebx_set && password.n <= 32 &&
	       CRYPTO_memcmp(md, st->mebx, sizeof(md)) == 0;
}

/* ---- accounts ---- */

void sim_ha1(const struct sim_state *st, struct str user, struct str password,
	     uint8_t out[16])
{
	char hex[33];

	digest_ha1(user, str_of(st->realm), password, hex);
	OB_ASSERT(hex_decode(str_of(hex), out, 16));
	secret_wipe(hex, sizeof(hex));
}

struct sim_account *sim_state_account(struct sim_state *st, uint32_t handle)
{
	for (size_t i = 0; i < SIM_MAX_ACCOUNTS && handle != 0; i++)
		if (st->accounts[i].handle == handle)
			return &st->accounts[i];
	return NULL;
}

struct sim_account *sim_state_account_named(struct sim_state *st, struct str user)
{
	for (size_t i = 0; i < SIM_MAX_ACCOUNTS; i++)
		if (st->accounts[i].handle != 0 && user.n > 0 &&
		    str_eqz(user, st->accounts[i].user))
			return &st->accounts[i];
	return NULL;
}
