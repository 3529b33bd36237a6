/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/on_die.h>

#include <base/encode.h>
#include <base/secret.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define CURVE "P-384"
#define DAY_S 86400L
#define LIFE_DAYS 3650
#define CERTIFICATES (SIM_ON_DIE_CHAIN + 2)

/* Leaf first; who signs stands below. Names as clients look for them (rpc.md 4.5). */
static const struct {
	const char *cn, *unit;
} names[SIM_ON_DIE_CHAIN + 1] = {
	{"iAMT CSME IDevID RCFG", "Virtual CSME"}, {"CSME Kernel CA", "Virtual CSME"},
	{"CSME RBE CA", "Virtual CSME"},	   {"CSME ROM CA", "Virtual CSME"},
	{"Virtual On-Die CA", "On Die CSME"},
};

static void add_name(X509_NAME *name, const char *field, const char *text)
{
	OB_ASSERT(X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
					     (const uint8_t *)text, -1, -1, 0) == 1);
}

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	OB_ASSERT(e != NULL && X509_add_ext(cert, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static void valid(X509 *cert, long from_s, long to_s)
{
	X509_gmtime_adj(X509_getm_notBefore(cert), from_s);
	X509_gmtime_adj(X509_getm_notAfter(cert), to_s);
}

static void sign(X509 *cert, EVP_PKEY *key)
{
	OB_ASSERT(X509_sign(cert, key, EVP_sha384()) > 0);
}

/* issuer NULL: itself. */
static X509 *certificate(const char *unit, const char *cn, EVP_PKEY *key,
			 const X509 *issuer, EVP_PKEY *signer, bool ca)
{
	X509 *cert = X509_new();
	uint8_t serial[8];

	OB_ASSERT(cert != NULL && key != NULL);
	random_bytes(serial, sizeof(serial));
	serial[0] &= 0x7f;
	X509_set_version(cert, 2);
	BIGNUM *bn = BN_bin2bn(serial, sizeof(serial), NULL);
	BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert));
	BN_free(bn);
	valid(cert, -DAY_S, LIFE_DAYS * DAY_S);
	if (unit != NULL)
		add_name(X509_get_subject_name(cert), "OU", unit);
	add_name(X509_get_subject_name(cert), "CN", cn);
	X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer)
						  : X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	add_extension(cert, NID_basic_constraints,
		      ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	sign(cert, signer);
	return cert;
}

void sim_on_die_init(struct sim_on_die *o)
{
	EVP_PKEY *signer = EVP_EC_gen(CURVE), *key;
	X509 *issuer;

	o->root = issuer =
		certificate(names[SIM_ON_DIE_CHAIN].unit, names[SIM_ON_DIE_CHAIN].cn,
			    signer, NULL, signer, true);
	for (size_t i = SIM_ON_DIE_CHAIN; i-- > 0;) {
		key = EVP_EC_gen(CURVE);
		issuer = o->chain[i] = certificate(names[i].unit, names[i].cn, key,
						   issuer, signer, i > 0);
		EVP_PKEY_free(signer);
		signer = key;
	}
	o->key = signer;
	o->self_signed = certificate(NULL, "Intel(R) AMT", o->key, NULL, o->key, false);
}

void sim_on_die_fini(struct sim_on_die *o)
{
	EVP_PKEY_free(o->key);
	for (size_t i = 0; i < SIM_ON_DIE_CHAIN; i++)
		X509_free(o->chain[i]);
	X509_free(o->root);
	X509_free(o->self_signed);
	*o = (struct sim_on_die){0};
}

void sim_on_die_hardware_id(const struct sim_on_die *o, uint8_t out[20])
{
	uint8_t md[EVP_MAX_MD_SIZE];

	X509_digest(o->chain[SIM_ON_DIE_CHAIN - 1], EVP_sha256(), md, NULL);
	memcpy(out, md, 20);
}

char *sim_pem_of_certificate(const X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *copy;

	PEM_write_bio_X509(bio, cert);
	long n = BIO_get_mem_data(bio, &text);
	copy = xstrndup(text, (size_t)n);
	BIO_free(bio);
	return copy;
}

X509 *sim_certificate_ended(const X509 *cert, EVP_PKEY *key)
{
	X509 *ended = X509_dup(cert);

	OB_ASSERT(ended != NULL);
	valid(ended, -2 * LIFE_DAYS * DAY_S, -DAY_S);
	/* Of a certificate of somebody else's the signature cannot be right. */
	int nid = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? NID_sha384 : NID_sha256;
	OB_ASSERT(X509_sign(ended, key, EVP_get_digestbynid(nid)) > 0);
	return ended;
}

/* ---- in the state file ---- */

/* Where certificate i lives: the chain, the root, the self-signed one. */
static X509 **place(struct sim_on_die *o, size_t i)
{
	if (i < SIM_ON_DIE_CHAIN)
		return &o->chain[i];
	return i == SIM_ON_DIE_CHAIN ? &o->root : &o->self_signed;
}

static json_t *der_json(unsigned char *take_der, int n)
{
	struct arena a = {0};
	json_t *j;

	OB_ASSERT(n > 0);
	j = json_string(base64_encode(&a, take_der, (size_t)n));
	arena_fini(&a);
	OPENSSL_clear_free(take_der, (size_t)n);
	return j;
}

json_t *sim_on_die_json(const struct sim_on_die *o)
{
	json_t *list = json_array();
	unsigned char *der = NULL;
	int n = i2d_PrivateKey(o->key, &der);
	json_t *key = der_json(der, n);

	for (size_t i = 0; i < CERTIFICATES; i++) {
		der = NULL;
		n = i2d_X509(*place((struct sim_on_die *)o, i), &der);
		json_array_append_new(list, der_json(der, n));
	}
	return json_pack("{so so}", "key", key, "certificates", list);
}

static const unsigned char *der_of(struct arena *a, const json_t *j, size_t *n)
{
	const char *text = json_string_value(j);

	return text != NULL ? base64_decode(a, str_of(text), n) : NULL;
}

struct err *sim_on_die_from_json(struct sim_on_die *o, const json_t *j)
{
	const json_t *list = json_object_get(j, "certificates");
	struct arena a = {0};
	size_t n;
	const unsigned char *p = der_of(&a, json_object_get(j, "key"), &n);
	bool good = p != NULL;

	if (good)
		o->key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &p, (long)n);
	for (size_t i = 0; i < CERTIFICATES && good; i++) {
		p = der_of(&a, json_array_get(list, i), &n);
		good = p != NULL && (*place(o, i) = d2i_X509(NULL, &p, (long)n)) != NULL;
	}
	good = good && o->key != NULL &&
	       X509_check_private_key(o->chain[0], o->key) == 1 &&
	       X509_check_private_key(o->self_signed, o->key) == 1;
	arena_fini(&a);
	if (good)
		return NULL;
	sim_on_die_fini(o);
	return err_new(ERR_INVALID, "on_die is no key with its %d certificates",
		       CERTIFICATES);
}
