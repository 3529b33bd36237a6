/* SPDX-License-Identifier: Apache-2.0
 * A profile with all that it names, for a flow; the domain for a DNS name.
 */
#include <rps/rps_store_priv.h>

#include <base/encode.h>
#include <base/json.h>

static size_t col(const struct rps_row *w, const char *key)
{
	for (size_t k = 0; k < w->noun->n_columns; k++)
		if (w->noun->columns[k].key != NULL &&
		    strcmp(w->noun->columns[k].key, key) == 0)
			return rps_col(k);
	OB_ASSERT(!"no such column");
	return 0;
}

static const char *text(const struct rps_row *w, const char *key)
{
	return db_text(w->r, w->i, col(w, key));
}

static int number(const struct rps_row *w, const char *key)
{
	return (int)db_int(w->r, w->i, col(w, key));
}

static enum rps_tristate flag(const struct rps_row *w, const char *key)
{
	if (text(w, key) == NULL)
		return RPS_UNSET;
	return db_bool(w->r, w->i, col(w, key)) ? RPS_YES : RPS_NO;
}

static struct rps_link *links(const struct rps_row *w, const char *key,
			      const char *name_key, struct arena *a, size_t *n)
{
	json_auto_t *v = json_read(str_of(text(w, key)), 0, NULL);
	struct rps_link *out = arena_alloc(a, json_array_size(v) * sizeof(*out));

	*n = json_array_size(v);
	for (size_t i = 0; i < *n; i++) {
		const json_t *e = json_array_get(v, i);
		out[i].name =
			arena_strdup(a, json_string_value(json_object_get(e, name_key)));
		out[i].priority = (int)json_integer_value(json_object_get(e, "priority"));
	}
	return out;
}

static struct rps_profile profile_of(const struct rps_row *w, struct arena *a)
{
	struct rps_profile p = {
		.name = rps_row_name(w),
		.activation = text(w, "activation"),
		.random_amt = flag(w, "generateRandomPassword") == RPS_YES,
		.random_mebx = flag(w, "generateRandomMEBxPassword") == RPS_YES,
		.cira_name = text(w, "ciraConfigName"),
		.ieee8021x_name = text(w, "ieee8021xProfileName"),
		.tags = text(w, "tags"),
		.dhcp = flag(w, "dhcpEnabled"),
		.ip_sync = flag(w, "ipSyncEnabled"),
		.local_wifi_sync = flag(w, "localWifiSyncEnabled"),
		.uefi_wifi_sync = flag(w, "uefiWifiSyncEnabled"),
		.ider = flag(w, "iderEnabled"),
		.kvm = flag(w, "kvmEnabled"),
		.sol = flag(w, "solEnabled"),
		.tls_mode = number(w, "tlsMode"),
		.tls_authority = text(w, "tlsSigningAuthority"),
		.user_consent = text(w, "userConsent"),
		.version = rps_row_version(w),
	};

	p.wifi = links(w, "wifiConfigs", "profileName", a, &p.n_wifi);
	p.proxies = links(w, "proxyConfigs", "name", a, &p.n_proxies);
	return p;
}

static struct rps_ciraconfig cira_of(const struct rps_row *w)
{
	return (struct rps_ciraconfig){
		.name = rps_row_name(w),
		.mps_address = text(w, "mpsServerAddress"),
		.user = text(w, "username"),
		.common_name = text(w, "commonName"),
		.address_format = number(w, "serverAddressFormat"),
		.auth_method = number(w, "authMethod"),
		.mps_port = number(w, "mpsPort"),
		.root_certificate = text(w, "mpsRootCertificate"),
		.proxy_details = text(w, "proxyDetails"),
		.version = rps_row_version(w),
	};
}

static struct rps_ieee8021x ieee8021x_of(const struct rps_row *w)
{
	return (struct rps_ieee8021x){
		.name = rps_row_name(w),
		.protocol = number(w, "authenticationProtocol"),
		.pxe_timeout = number(w, "pxeTimeout"),
		.wired = flag(w, "wiredInterface") == RPS_YES,
		.version = rps_row_version(w),
	};
}

static struct rps_wireless wireless_of(const struct rps_row *w)
{
	return (struct rps_wireless){
		.name = rps_row_name(w),
		.ssid = text(w, "ssid"),
		.authentication = number(w, "authenticationMethod"),
		.encryption = number(w, "encryptionMethod"),
		.psk_value = number(w, "pskValue"),
		.link_policy = text(w, "linkPolicy"),
		.ieee8021x_name = text(w, "ieee8021xProfileName"),
		.version = rps_row_version(w),
	};
}

static struct rps_proxy proxy_of(const struct rps_row *w)
{
	return (struct rps_proxy){
		.name = rps_row_name(w),
		.address = text(w, "address"),
		.dns_suffix = text(w, "networkDnsSuffix"),
		.info_format = number(w, "infoFormat"),
		.port = number(w, "port"),
	};
}

struct reading {
	struct rps_store *s;
	const char *tenant;
	struct arena *a;
	struct deadline until;
	struct rps_setup *out;
};

static struct err *part(struct reading *r, const struct rps_noun *noun, const char *name,
			struct rps_row *out)
{
	struct err *e = rps_row_get(r->s, noun, r->tenant, name, r->a, r->until, out);

	if (e != NULL)
		return err_wrap(e, "what profile %s names", r->out->profile.name);
	return NULL;
}

static struct err *read_ieee8021x(struct reading *r, const char *name,
				  const struct rps_ieee8021x **out)
{
	struct rps_row row;
	struct rps_ieee8021x *x = arena_new(r->a, struct rps_ieee8021x);

	TRY(part(r, &rps_ieee8021xconfigs, name, &row));
	*x = ieee8021x_of(&row);
	*out = x;
	return NULL;
}

static struct err *read_passwords(struct reading *r, const struct rps_row *row)
{
	struct rps_setup *out = r->out;
	bool acm = rps_profile_is_acm(&out->profile);
	bool need_mebx = acm && !out->profile.random_mebx;
	bool need_amt = !out->profile.random_amt;
	json_t *secret;

	if (!need_amt && !need_mebx)
		return NULL;
	TRY(rps_secret_read(r->s, row, r->a, r->until, &secret));
	bool ok_amt =
		!need_amt || rps_secret_text(secret, "AMT_PASSWORD", &out->amt_password);
	bool ok_mebx = !need_mebx ||
		       rps_secret_text(secret, "MEBX_PASSWORD", &out->mebx_password);
	json_wipe(secret);
	if (!ok_amt || !ok_mebx)
		return err_new(ERR_NOT_FOUND, "the %s password of profile %s is missing",
			       ok_amt ? "MEBx" : "AMT", out->profile.name);
	return NULL;
}

static struct err *read_cira(struct reading *r)
{
	struct rps_ciraconfig *c = arena_new(r->a, struct rps_ciraconfig);
	struct rps_row row;
	json_t *secret;

	TRY(part(r, &rps_ciraconfigs, r->out->profile.cira_name, &row));
	*c = cira_of(&row);
	r->out->cira = c;
	struct err *e = rps_secret_read(r->s, &row, r->a, r->until, &secret);
	if (err_is(e, ERR_NOT_FOUND)) { /* generated per device */
		err_free(e);
		return NULL;
	}
	TRY(e);
	rps_secret_text(secret, "MPS_PASSWORD", &r->out->mps_password);
	json_wipe(secret);
	return NULL;
}

static struct err *read_one_wifi(struct reading *r, const struct rps_link *l,
				 struct rps_setup_wifi *w)
{
	struct rps_row row;
	json_t *secret;

	TRY(part(r, &rps_wirelessconfigs, l->name, &row));
	w->config = wireless_of(&row);
	w->priority = l->priority;
	if (w->config.ieee8021x_name != NULL)
		return read_ieee8021x(r, w->config.ieee8021x_name, &w->ieee8021x);
	TRY(rps_secret_read(r->s, &row, r->a, r->until, &secret));
	bool ok = rps_secret_text(secret, "PSK_PASSPHRASE", &w->psk);
	json_wipe(secret);
	return ok ? NULL
		  : err_new(ERR_NOT_FOUND,
			    "the passphrase of wireless profile %s is missing", l->name);
}

static struct err *read_wifi(struct reading *r)
{
	struct rps_setup *out = r->out;
	size_t n = out->profile.n_wifi;

	out->wifi = arena_zalloc(r->a, n * sizeof(*out->wifi));
	for (size_t i = 0; i < n; i++) {
		out->n_wifi = i + 1; /* its secret is wiped even if it fails */
		TRY(read_one_wifi(r, &out->profile.wifi[i], &out->wifi[i]));
	}
	return NULL;
}

static struct err *read_proxies(struct reading *r)
{
	struct rps_setup *out = r->out;
	struct rps_row row;

	out->n_proxies = out->profile.n_proxies;
	out->proxies = arena_alloc(r->a, out->n_proxies * sizeof(*out->proxies));
	for (size_t i = 0; i < out->n_proxies; i++) {
		TRY(part(r, &rps_proxyconfigs, out->profile.proxies[i].name, &row));
		out->proxies[i] = proxy_of(&row);
	}
	return NULL;
}

static bool der_of(const json_t *cert, struct arena *a, struct str *out)
{
	const char *b64 = json_string_value(json_object_get(cert, "certbin"));
	size_t n;

	if (b64 == NULL)
		return false;
	out->p = (const char *)base64_decode(a, str_of(b64), &n);
	out->n = n;
	return out->p != NULL;
}

static struct err *read_tls(struct reading *r, const struct rps_row *row)
{
	struct rps_setup_tls *t = &r->out->tls;
	json_t *secret;

	TRY(rps_secret_read_in(r->s, row, "TLS", r->a, r->until, &secret));
	const json_t *root = json_object_get(secret, "ROOT_CERTIFICATE");
	const json_t *leaf = json_object_get(secret, "ISSUED_CERTIFICATE");
	bool ok = der_of(root, r->a, &t->root_der) && der_of(leaf, r->a, &t->leaf_der) &&
		  rps_secret_text(root, "privateKeyBin", &t->root_key) &&
		  rps_secret_text(leaf, "privateKeyBin", &t->leaf_key);
	json_wipe(secret);
	if (!ok)
		return err_new(ERR_NOT_FOUND,
			       "the TLS certificates of profile %s are "
			       "incomplete",
			       r->out->profile.name);
	r->out->has_tls = true;
	return NULL;
}

static struct err *read_all(struct reading *r, const char *name)
{
	struct rps_setup *out = r->out;
	struct rps_row row;

	TRY(rps_row_get(r->s, &rps_profiles, r->tenant, name, r->a, r->until, &row));
	out->profile = profile_of(&row, r->a);
	const struct rps_profile *p = &out->profile;
	TRY(read_passwords(r, &row));
	if (p->cira_name != NULL)
		TRY(read_cira(r));
	if (p->ieee8021x_name != NULL)
		TRY(read_ieee8021x(r, p->ieee8021x_name, &out->wired));
	TRY(read_wifi(r));
	TRY(read_proxies(r));
	if (p->tls_mode != 0 && p->tls_authority != NULL &&
	    strcmp(p->tls_authority, "SelfSigned") == 0)
		TRY(read_tls(r, &row));
	return NULL;
}

struct err *rps_setup_read(struct rps_store *s, const char *tenant, const char *name,
			   struct arena *a, struct deadline until, struct rps_setup *out)
{
	struct reading r = {s, tenant, a, until, out};

	*out = (struct rps_setup){0};
	struct err *e = read_all(&r, name);
	if (e != NULL)
		rps_setup_fini(out);
	return e;
}

void rps_setup_fini(struct rps_setup *s)
{
	secret_fini(&s->amt_password);
	secret_fini(&s->mebx_password);
	secret_fini(&s->mps_password);
	secret_fini(&s->tls.root_key);
	secret_fini(&s->tls.leaf_key);
	for (size_t i = 0; i < s->n_wifi; i++)
		secret_fini(&s->wifi[i].psk);
}

/* ---- domains ---- */

static const struct db_stmt suffix_stmt = {
	"rps.domain.suffix",
	"SELECT name FROM domains WHERE domain_suffix = :suffix AND tenant_id = :tenant",
	NULL};

/* NULL when no domain has this suffix. */
static struct err *domain_named(struct rps_store *s, const char *tenant,
				const char *suffix, struct arena *a,
				struct deadline until, const char **name)
{
	struct db_param p[] = {P_TEXT("suffix", suffix), P_TEXT("tenant", tenant)};
	struct db_rows *r;

	TRY(db_query(s->db, &suffix_stmt, p, ARRAY_LEN(p), a, until, &r));
	*name = r->n > 0 ? db_text(r, 0, 0) : NULL;
	return NULL;
}

static struct err *read_domain(struct rps_store *s, const char *tenant, const char *name,
			       struct arena *a, struct deadline until,
			       struct rps_domain *out, struct secret *pfx,
			       struct secret *password)
{
	struct rps_row row;
	json_t *secret;

	TRY(rps_row_get(s, &rps_domains, tenant, name, a, until, &row));
	*out = (struct rps_domain){
		.name = rps_row_name(&row),
		.suffix = text(&row, "domainSuffix"),
		.storage_format = text(&row, "provisioningCertStorageFormat"),
		.expires = db_time(row.r, row.i, col(&row, "expirationDate")),
		.version = rps_row_version(&row),
	};
	TRY(rps_secret_read(s, &row, a, until, &secret));
	bool ok = rps_secret_text(secret, "CERT", pfx);
	if (!rps_secret_text(secret, "CERT_PASSWORD", password))
		secret_set(password, STR(""));
	json_wipe(secret);
	return ok ? NULL
		  : err_new(ERR_NOT_FOUND,
			    "the provisioning certificate of domain %s is missing", name);
}

struct err *rps_domain_match(struct rps_store *s, const char *tenant, const char *fqdn,
			     struct arena *a, struct deadline until,
			     struct rps_domain *out, struct secret *pfx,
			     struct secret *password)
{
	const char *name = NULL;

	for (const char *suffix = fqdn; strchr(suffix, '.') != NULL;
	     suffix = strchr(suffix, '.') + 1) {
		TRY(domain_named(s, tenant, suffix, a, until, &name));
		if (name != NULL)
			return read_domain(s, tenant, name, a, until, out, pfx, password);
	}
	return err_new(ERR_NOT_FOUND, "no domain is registered for %s", fqdn);
}
