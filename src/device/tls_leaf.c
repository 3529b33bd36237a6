/* SPDX-License-Identifier: Apache-2.0 */
#include <device/tls_priv.h>

#include <base/encode.h>
#include <net/cert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <rt/offload.h>

#define ROOT_BITS 2048
/* For keys without a root's dates: a device's clock may be years off. */
#define FROM "20180101000000Z"
#define TO "20491231235959Z"
#define MINUTE_S 60

/* ---- parts ---- */

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool good = e != NULL && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return good;
}

static bool add_name(X509_NAME *name, const char *field, struct str value)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
					  (const uint8_t *)value.p, (int)value.n, -1,
					  0) == 1;
}

static bool add_serial(X509 *x)
{
	uint8_t raw[16];

	random_bytes(raw, sizeof(raw));
	raw[0] = (raw[0] & 0x7f) | 0x40;
	BIGNUM *n = BN_bin2bn(raw, sizeof(raw), NULL);
	bool good = BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return good;
}

static bool moved(ASN1_TIME *to, const ASN1_TIME *from, int by_s)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(from, &tm) != 1)
		return false;
	return ASN1_TIME_set(to, timegm(&tm) + by_s) != NULL;
}

/* A minute inside the issuer's own. */
static bool add_dates(X509 *x, const X509 *issuer)
{
	if (issuer == NULL)
		return ASN1_TIME_set_string(X509_getm_notBefore(x), FROM) == 1 &&
		       ASN1_TIME_set_string(X509_getm_notAfter(x), TO) == 1;
	return moved(X509_getm_notBefore(x), X509_get0_notBefore(issuer), MINUTE_S) &&
	       moved(X509_getm_notAfter(x), X509_get0_notAfter(issuer), -MINUTE_S);
}

static const EVP_MD *digest_for(EVP_PKEY *key)
{
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
}

/* ---- leaf ---- */

static bool add_alt_names(X509 *x, struct str names)
{
	struct buf b = {0};
	struct str name;

	if (names.n == 0)
		return true;
	while (names.p != NULL && str_split(&names, ',', &name))
		buf_addf(&b, "%sDNS:" STR_FMT, b.len > 0 ? "," : "",
			 STR_ARG(str_trim(name)));
	bool good = add_extension(x, x, NID_subject_alt_name, b.p);
	buf_fini(&b);
	return good;
}

static bool fill_leaf(X509 *x, const struct tls_leaf *l)
{
	X509 *root = l->issuer->cert;
	X509_NAME *name = X509_get_subject_name(x);

	return X509_set_version(x, X509_VERSION_3) == 1 && add_serial(x) &&
	       add_dates(x, root) && X509_set_pubkey(x, l->public_key) == 1 &&
	       add_name(name, "CN", l->subject->name) &&
	       add_name(name, "O", STR("None")) && add_name(name, "ST", STR("None")) &&
	       X509_set_issuer_name(x, root != NULL ? X509_get_subject_name(root)
						    : name) == 1 &&
	       add_extension(x, root, NID_basic_constraints, "CA:FALSE") &&
	       add_extension(x, root, NID_key_usage,
			     "keyCertSign,digitalSignature,nonRepudiation,"
			     "keyEncipherment,dataEncipherment") &&
	       add_extension(x, root, NID_ext_key_usage, "serverAuth") &&
	       add_extension(x, root, NID_netscape_cert_type, "server") &&
	       add_extension(x, root, NID_subject_key_identifier, "hash") &&
	       add_alt_names(x, l->subject->san);
}

struct making {
	struct tls_leaf *l;
	X509 *cert;
	bool good;
};

static void sign_leaf(void *arg)
{
	struct making *m = arg;
	EVP_PKEY *key = m->l->issuer->key;

	m->good =
		fill_leaf(m->cert, m->l) && X509_sign(m->cert, key, digest_for(key)) > 0;
	ERR_clear_error();
}

static void results(struct tls_leaf *l, X509 *x, struct arena *a)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);

	OB_ASSERT(n > 0);
	l->base64 = str_of(base64_encode(a, der, (size_t)n));
	l->pem = cert_pem_in(a, x);
	OPENSSL_free(der);
}

struct err *tls_leaf_make(struct tls_leaf *l, struct arena *a, struct deadline until)
{
	struct making m = {.l = l, .cert = X509_new()};
	struct err *e = offload(offload_crypto(), sign_leaf, &m, until);

	if (e == NULL && !m.good)
		e = err_new(ERR_INVALID,
			    "no certificate can be made for \"" STR_FMT
			    "\": a common name has 1 to 64 characters",
			    STR_ARG(l->subject->name));
	if (e == NULL)
		results(l, m.cert, a);
	X509_free(m.cert);
	return e;
}

/* ---- a root for one device ---- */

struct rooting {
	const char *name;
	X509 *cert;
	EVP_PKEY *key;
	bool good;
};

static void make_root(void *arg)
{
	struct rooting *r = arg;

	r->key = EVP_RSA_gen(ROOT_BITS);
	if (r->key == NULL)
		return;
	X509_NAME *name = X509_get_subject_name(r->cert);
	r->good = X509_set_version(r->cert, X509_VERSION_3) == 1 && add_serial(r->cert) &&
		  add_dates(r->cert, NULL) && X509_set_pubkey(r->cert, r->key) == 1 &&
		  add_name(name, "CN", str_of(r->name)) &&
		  X509_set_issuer_name(r->cert, name) == 1 &&
		  add_extension(r->cert, r->cert, NID_basic_constraints,
				"critical,CA:TRUE") &&
		  add_extension(r->cert, r->cert, NID_key_usage, "keyCertSign,cRLSign") &&
		  add_extension(r->cert, r->cert, NID_subject_key_identifier, "hash") &&
		  X509_sign(r->cert, r->key, EVP_sha256()) > 0;
	ERR_clear_error();
}

struct err *device_tls_make_root(struct deadline until, const char *name, X509 **cert,
				 EVP_PKEY **key)
{
	struct rooting r = {.name = name, .cert = X509_new()};
	struct err *e = offload(offload_crypto(), make_root, &r, until);

	if (e == NULL && !r.good)
		e = err_new(ERR_INTERNAL, "no root certificate could be made");
	if (e != NULL) {
		X509_free(r.cert);
		EVP_PKEY_free(r.key);
		return e;
	}
	*cert = r.cert;
	*key = r.key;
	return NULL;
}
