/* SPDX-License-Identifier: Apache-2.0
 * IPS_HostBasedSetupService of a full device: client and admin control mode from the
 * host, with the certificate chain really checked. wsman.md B.1, D.3.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/all.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

/* ReturnValue of Setup, AdminSetup and UpgradeClientToAdmin ... */
enum {
	SETUP_OK = 0,
	SETUP_INVALID_STATE = 2,
	SETUP_INVALID_PARAMETER = 3,
	SETUP_METHOD_DISABLED = 4,
	SETUP_AUTHENTICATION_FAILED = 5,
};
/* ... and of AddNextCertInChain: another order. */
enum {
	CHAIN_OK = 0,
	CHAIN_INVALID_PARAMETER = 1,
	CHAIN_INVALID_STATE = 3,
	CHAIN_VERIFICATION_FAILED = 4,
	CHAIN_TOO_LONG = 5,
};

#define PASSWORD_HTTP_DIGEST 2
#define SIGNING_RSA_SHA256 2
#define NONCE_SIZE 20
#define MAX_CERT 4100
#define EKU_AMT_ACTIVATION "2.16.840.1.113741.1.2.3"

static size_t service(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	static const int64_t both[] = {IPS_CONTROL_ADMIN, IPS_CONTROL_CLIENT};
	const struct sim_state *st = d->state;
	struct ips_host_based_setup_service *s =
		arena_new(a, struct ips_host_based_setup_service);
	int chain = st->chain_complete ? IPS_CERT_CHAIN_COMPLETE
		    : st->n_chain > 0  ? IPS_CERT_CHAIN_IN_PROGRESS
				       : IPS_CERT_CHAIN_NONE;

	*s = (struct ips_host_based_setup_service){
		.allowed_control_modes = {st->client_mode_disabled ? 1 : 2,
					  (int64_t *)both},
		.cert_chain_status = sim_num(chain),
		.configuration_nonce =
			str_of(base64_encode(a, st->nonce, sizeof(st->nonce))),
		.creation_class_name = STR("IPS_HostBasedSetupService"),
		.current_control_mode = sim_num(st->mode),
		.element_name = STR("Intel(r) AMT Host Based Setup Service"),
		.name = STR("Intel(r) AMT Host Based Setup Service"),
		.system_creation_class_name = STR("CIM_ComputerSystem"),
		.system_name = STR("Intel(r) AMT"),
	};
	out[0] = (struct wsman_item){&ips_host_based_setup_service_class, s};
	return 1;
}

/* ---- the chain ---- */

static bool leaf_is_for_activation(const X509 *leaf)
{
	EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
	bool server = false, activation = false;
	char oid[80];

	for (int i = 0; eku != NULL && i < sk_ASN1_OBJECT_num(eku); i++) {
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(eku, i), 1);
		activation |= strcmp(oid, EKU_AMT_ACTIVATION) == 0;
		server |= OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, i)) == NID_server_auth;
	}
	EXTENDED_KEY_USAGE_free(eku);
	return server && activation;
}

/* "*.corp.example.com" and "rps.corp.example.com" are of the suffix "corp.example.com".
 */
static bool leaf_is_of_suffix(const X509 *leaf, struct str suffix)
{
	char cn[256];
	int n = X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, cn,
					  sizeof(cn));
	struct str name = {cn, n > 0 ? (size_t)n : 0};
	struct str host = str_starts(name, STR("*.")) ? str_sub(name, 2, name.n) : name;

	if (!sim_domain_valid(host) || suffix.n == 0 || name.n < suffix.n)
		return false;
	if (!str_ieq(str_sub(name, name.n - suffix.n, name.n), suffix))
		return false;
	return name.n == suffix.n || name.p[name.n - suffix.n - 1] == '.';
}

static bool in_its_time(const struct sim_state *st, const X509 *cert)
{
	time_t now = (time_t)sim_state_now(st);

	return X509_cmp_time(X509_get0_notBefore(cert), &now) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(cert), &now) > 0;
}

static bool root_is_trusted(const struct sim_state *st, const X509 *root)
{
	for (size_t i = 0; i < st->n_hashes; i++) {
		const struct sim_trusted_hash *h = &st->hashes[i];
		const EVP_MD *md = h->algorithm == 1   ? EVP_sha1()
				   : h->algorithm == 2 ? EVP_sha256()
						       : EVP_sha384();
		uint8_t digest[EVP_MAX_MD_SIZE];
		unsigned n;
		if (h->active && X509_digest(root, md, digest, &n) == 1 &&
		    memcmp(digest, h->digest, n) == 0)
			return true;
	}
	return false;
}

/* The new certificate issued the one before it, and may. */
static bool follows(const struct sim_state *st, X509 *cert)
{
	X509 *issued = st->chain[st->n_chain - 1];

	return X509_check_ca(cert) != 0 &&
	       X509_NAME_cmp(X509_get_issuer_name(issued), X509_get_subject_name(cert)) ==
		       0 &&
	       X509_verify(issued, X509_get0_pubkey(cert)) == 1;
}

static bool acceptable(const struct sim_state *st, X509 *cert, bool leaf, bool root)
{
	struct str suffix =
		str_of(st->dns_suffix[0] != '\0' ? st->dns_suffix : st->network_suffix);

	if (!in_its_time(st, cert))
		return false;
	if (leaf && (!leaf_is_for_activation(cert) || !leaf_is_of_suffix(cert, suffix)))
		return false;
	if (!leaf && !follows(st, cert))
		return false;
	return !root || (X509_verify(cert, X509_get0_pubkey(cert)) == 1 &&
			 root_is_trusted(st, cert));
}

static X509 *certificate_of(struct arena *a, struct str text)
{
	size_t n;
	const unsigned char *der = base64_decode(a, text, &n), *p = der;
	X509 *cert = der != NULL && n <= MAX_CERT ? d2i_X509(NULL, &p, (long)n) : NULL;

	if (cert != NULL && p != der + n) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

static int64_t next_cert(
	struct sim_call *c,
	const struct ips_host_based_setup_service_add_next_cert_in_chain_in *in)
{
	struct sim_state *st = c->st;
	bool leaf = in != NULL && in->is_leaf_certificate.v,
	     root = in != NULL && in->is_root_certificate.v;

	if (st->mode == IPS_CONTROL_ADMIN)
		return CHAIN_INVALID_STATE;
	if (leaf)
		sim_state_chain_drop(st);
	else if (st->n_chain == 0 || st->chain_complete)
		return CHAIN_INVALID_STATE;
	if (st->n_chain == SIM_MAX_CHAIN) {
		sim_state_chain_drop(st);
		return CHAIN_TOO_LONG;
	}
	X509 *cert = in != NULL ? certificate_of(c->arena, in->next_certificate) : NULL;
	if (cert == NULL)
		return CHAIN_INVALID_PARAMETER;
	if (!acceptable(st, cert, leaf, root)) {
		X509_free(cert);
		sim_state_chain_drop(st);
		return CHAIN_VERIFICATION_FAILED;
	}
	st->chain[st->n_chain++] = cert;
	st->chain_complete = root;
	return CHAIN_OK;
}

static void add_next_cert(struct sim_call *c, const void *in, void *out_)
{
	struct ips_host_based_setup_service_add_next_cert_in_chain_out *out = out_;

	out->return_value = sim_num(next_cert(c, in));
}

/* ---- setting up ---- */

static bool password_of(struct wsman_num type, struct str hex, uint8_t ha1[16])
{
	return type.set && type.v == PASSWORD_HTTP_DIGEST && hex_decode(hex, ha1, 16);
}

static bool signed_by_leaf(const struct sim_state *st, const uint8_t *mc_nonce,
			   const uint8_t *signature, size_t n)
{
	uint8_t text[2 * NONCE_SIZE];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY *key = X509_get0_pubkey(st->chain[0]);
	bool good;

	memcpy(text, st->nonce, NONCE_SIZE);
	memcpy(text + NONCE_SIZE, mc_nonce, NONCE_SIZE);
	good = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
	       EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestVerify(md, signature, n, text, sizeof(text)) == 1;
	EVP_MD_CTX_free(md);
	return good;
}

static int64_t authenticate(struct sim_call *c, struct str mc_nonce,
			    struct wsman_num algorithm, struct str signature)
{
	size_t n_nonce, n_signature;
	uint8_t *nonce = base64_decode(c->arena, mc_nonce, &n_nonce);
	uint8_t *sig = base64_decode(c->arena, signature, &n_signature);

	if (!c->st->chain_complete)
		return SETUP_INVALID_STATE;
	if (nonce == NULL || n_nonce != NONCE_SIZE || sig == NULL || !algorithm.set ||
	    algorithm.v != SIGNING_RSA_SHA256)
		return SETUP_INVALID_PARAMETER;
	return signed_by_leaf(c->st, nonce, sig, n_signature)
		       ? SETUP_OK
		       : SETUP_AUTHENTICATION_FAILED;
}

static int64_t client(struct sim_call *c,
		      const struct ips_host_based_setup_service_setup_in *in)
{
	uint8_t ha1[16];

	if (c->st->mode != IPS_CONTROL_NONE)
		return SETUP_INVALID_STATE;
	if (c->st->client_mode_disabled)
		return SETUP_METHOD_DISABLED;
	if (in == NULL || !password_of(in->net_admin_pass_encryption_type,
				       in->network_admin_password, ha1))
		return SETUP_INVALID_PARAMETER;
	sim_state_provision(c->st, IPS_CONTROL_CLIENT, ha1);
	c->changed = true;
	return SETUP_OK;
}

static void setup(struct sim_call *c, const void *in, void *out_)
{
	struct ips_host_based_setup_service_setup_out *out = out_;

	out->return_value = sim_num(client(c, in));
}

static int64_t admin(struct sim_call *c,
		     const struct ips_host_based_setup_service_admin_setup_in *in)
{
	uint8_t ha1[16];
	int64_t rc;

	if (c->st->mode != IPS_CONTROL_NONE)
		return SETUP_INVALID_STATE;
	if (in == NULL)
		return SETUP_INVALID_PARAMETER;
	rc = authenticate(c, in->mc_nonce, in->signing_algorithm, in->digital_signature);
	if (rc == SETUP_OK && !password_of(in->net_admin_pass_encryption_type,
					   in->network_admin_password, ha1))
		rc = SETUP_INVALID_PARAMETER;
	if (rc != SETUP_OK)
		return rc;
	sim_state_provision(c->st, IPS_CONTROL_ADMIN, ha1);
	c->changed = true;
	return SETUP_OK;
}

static void admin_setup(struct sim_call *c, const void *in, void *out_)
{
	struct ips_host_based_setup_service_admin_setup_out *out = out_;

	out->return_value = sim_num(admin(c, in));
}

static void upgrade(struct sim_call *c, const void *in_, void *out_)
{
	const struct ips_host_based_setup_service_upgrade_client_to_admin_in *in = in_;
	struct ips_host_based_setup_service_upgrade_client_to_admin_out *out = out_;
	int64_t rc = c->st->mode != IPS_CONTROL_CLIENT ? SETUP_INVALID_STATE
		     : in == NULL		       ? SETUP_INVALID_PARAMETER
						       : SETUP_OK;

	if (rc == SETUP_OK)
		rc = authenticate(c, in->mc_nonce, in->signing_algorithm,
				  in->digital_signature);
	if (rc == SETUP_OK) {
		sim_state_provision(c->st, IPS_CONTROL_ADMIN, c->st->admin_ha1);
		c->changed = true;
	}
	out->return_value = sim_num(rc);
}

static void disable_client(struct sim_call *c, const void *in, void *out_)
{
	struct ips_host_based_setup_service_disable_client_control_mode_out *out = out_;

	if (c->st->mode == IPS_CONTROL_CLIENT) {
		out->return_value = sim_num(SETUP_INVALID_STATE);
		return;
	}
	c->changed = !c->st->client_mode_disabled;
	c->st->client_mode_disabled = true;
	out->return_value = sim_num(SETUP_OK);
}

static const struct sim_method methods[] = {
	{&ips_host_based_setup_service_setup_method, setup},
	{&ips_host_based_setup_service_add_next_cert_in_chain_method, add_next_cert},
	{&ips_host_based_setup_service_admin_setup_method, admin_setup},
	{&ips_host_based_setup_service_upgrade_client_to_admin_method, upgrade},
	{&ips_host_based_setup_service_disable_client_control_mode_method,
	 disable_client},
};

const struct sim_class sim_host_setup_classes[] = {
	{&ips_host_based_setup_service_class, service, NULL, methods, ARRAY_LEN(methods)},
};
const size_t sim_host_setup_classes_n = ARRAY_LEN(sim_host_setup_classes);
