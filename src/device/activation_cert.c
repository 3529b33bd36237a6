/* SPDX-License-Identifier: Apache-2.0 */
#include <device/activation_cert.h>

#include <base/encode.h>
#include <net/pkcs12.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <rt/offload.h>

#define EKU_ACTIVATION "2.16.840.1.113741.1.2.3"
#define OU_ACTIVATION "Intel(R) Client Setup Certificate"

static struct err *wrong(enum activation_cert_fault *fault, enum activation_cert_fault f,
			 const char *text)
{
	if (fault != NULL)
		*fault = f;
	return err_new(ERR_INVALID, "%s", text);
}

/* ---- opening ---- */

struct opening {
	struct str der;
	const struct secret *password;
	enum pkcs12_result result;
	EVP_PKEY *key;
	X509 *leaf;
	STACK_OF(X509) * more;
};

/* Key derivation may take a second: on a worker. */
static void open_file(void *arg)
{
	struct opening *o = arg;

	o->result = pkcs12_open(o->der, o->password != NULL ? o->password->p : NULL,
				&o->key, &o->leaf, &o->more);
}

static void opening_fini(struct opening *o)
{
	EVP_PKEY_free(o->key);
	X509_free(o->leaf);
	sk_X509_pop_free(o->more, X509_free);
}

static void add_der(struct activation_cert *c, X509 *cert, struct arena *a)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);

	OB_ASSERT(n > 0);
	c->der[c->n++] = (struct str){arena_memdup(a, der, (size_t)n), (size_t)n};
	OPENSSL_free(der);
}

static void root_hashes(struct activation_cert *c, const X509 *root)
{
	const struct {
		const EVP_MD *md;
		char *out;
	} rows[] = {
		{EVP_sha1(), c->root_sha1},
		{EVP_sha256(), c->root_sha256},
		{EVP_sha384(), c->root_sha384},
	};
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OB_ASSERT(X509_digest(root, rows[i].md, digest, &n) == 1);
		hex_encode(digest, n, rows[i].out);
	}
}

static bool is_signed(X509 *cert, X509 *issuer)
{
	return X509_verify(cert, X509_get0_pubkey(issuer)) == 1;
}

/* Certificates of other chains in the file are left out. */
static struct err *order_chain(struct activation_cert *out, const struct opening *o,
			       struct arena *a, enum activation_cert_fault *fault)
{
	X509 *chain[ACTIVATION_CERT_MAX_CHAIN + 1];
	size_t n = pkcs12_chain(o->leaf, o->more, chain, ARRAY_LEN(chain));
	bool whole = pkcs12_is_self_issued(chain[n - 1]);

	for (size_t i = 0; i < n && i < ACTIVATION_CERT_MAX_CHAIN; i++) {
		whole &= i + 1 == n || is_signed(chain[i], chain[i + 1]);
		add_der(out, chain[i], a);
	}
	if (n > ACTIVATION_CERT_MAX_CHAIN)
		return wrong(fault, ACTIVATION_CERT_MALFORMED,
			     "the chain has more than 4 certificates, which firmware "
			     "does not take");
	if (!whole || !is_signed(chain[n - 1], chain[n - 1]))
		return wrong(fault, ACTIVATION_CERT_NO_ROOT,
			     "the file lacks the issuer of a certificate in its chain: "
			     "export it with all certificates, root included");
	if (n < 2)
		return wrong(fault, ACTIVATION_CERT_NO_ROOT,
			     "the certificate is self-signed; firmware needs one that a "
			     "root it trusts has issued");
	root_hashes(out, chain[n - 1]);
	return NULL;
}

static int64_t time_ms(const ASN1_TIME *t)
{
	int days = 0, seconds = 0;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);

	if (ASN1_TIME_diff(&days, &seconds, epoch, t) != 1)
		days = seconds = 0;
	ASN1_TIME_free(epoch);
	return ((int64_t)days * 86400 + seconds) * 1000;
}

static void describe(struct activation_cert *out, X509 *leaf, struct arena *a)
{
	char name[256];
	int n = X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName,
					  name, sizeof(name));

	out->name = (struct str){n > 0 ? arena_strndup(a, name, (size_t)n) : "",
				 n > 0 ? (size_t)n : 0};
	out->not_before_ms = time_ms(X509_get0_notBefore(leaf));
	out->not_after_ms = time_ms(X509_get0_notAfter(leaf));
}

static struct err *take(struct activation_cert *out, struct opening *o, struct arena *a,
			enum activation_cert_fault *fault)
{
	if (o->result == PKCS12_NO_FILE)
		return wrong(fault, ACTIVATION_CERT_MALFORMED,
			     "the file is no PKCS#12 (.pfx) file");
	if (o->result == PKCS12_TOO_OLD)
		return wrong(fault, ACTIVATION_CERT_MALFORMED,
			     "the file is encrypted with an old algorithm that this "
			     "host's OpenSSL lacks; export it again with AES-256");
	if (o->result == PKCS12_TOO_SLOW)
		return wrong(fault, ACTIVATION_CERT_MALFORMED,
			     "the file's key derivation has too many iterations, or is "
			     "scrypt; export it again with fewer, or PBKDF2");
	if (o->result == PKCS12_LOCKED)
		return wrong(fault, ACTIVATION_CERT_WRONG_PASSWORD,
			     "the password does not open the file");
	if (o->key == NULL && (o->leaf != NULL || sk_X509_num(o->more) > 0))
		return wrong(fault, ACTIVATION_CERT_NO_KEY,
			     "the file holds no private key: export it with its key");
	if (o->leaf == NULL)
		return wrong(fault, ACTIVATION_CERT_EMPTY,
			     "the file holds no certificate of its private key");
	if (EVP_PKEY_get_base_id(o->key) != EVP_PKEY_RSA)
		return wrong(fault, ACTIVATION_CERT_NO_KEY,
			     "the private key is not RSA, the only kind firmware takes");
	TRY(order_chain(out, o, a, fault));
	describe(out, o->leaf, a);
	out->key = o->key;
	o->key = NULL;
	return NULL;
}

struct err *activation_cert_open(struct activation_cert *out, struct str der,
				 const struct secret *password, struct arena *a,
				 struct deadline until, enum activation_cert_fault *fault)
{
	struct opening o = {.der = der, .password = password};

	*out = (struct activation_cert){0};
	if (fault != NULL)
		*fault = ACTIVATION_CERT_OK;
	if (der.n == 0 || der.n > ACTIVATION_CERT_MAX_FILE)
		return wrong(fault, ACTIVATION_CERT_MALFORMED,
			     "a PKCS#12 (.pfx) file has 1 to 65536 bytes");
	TRY(offload(offload_crypto(), open_file, &o, until));
	struct err *e = take(out, &o, a, fault);
	opening_fini(&o);
	ERR_clear_error();
	return e;
}

struct err *activation_cert_open_text(struct activation_cert *out, struct str base64,
				      const struct secret *password, struct arena *a,
				      struct deadline until,
				      enum activation_cert_fault *fault)
{
	char *text;
	size_t n = 0;

	*out = (struct activation_cert){0};
	if (base64.n > 2 * ACTIVATION_CERT_MAX_FILE)
		return wrong(fault, ACTIVATION_CERT_MALFORMED,
			     "the provisioning certificate is too large");
	text = arena_alloc(a, base64.n);
	for (size_t i = 0; i < base64.n; i++)
		if (strchr(" \t\r\n", base64.p[i]) == NULL || base64.p[i] == '\0')
			text[n++] = base64.p[i];
	uint8_t *der = base64_decode(a, (struct str){text, n}, &n);
	if (der == NULL || n == 0)
		return wrong(fault, ACTIVATION_CERT_NOT_BASE64,
			     "the provisioning certificate is no base64 text of a .pfx "
			     "file");
	struct err *e = activation_cert_open(out, (struct str){(char *)der, n}, password,
					     a, until, fault);
	secret_wipe(der, n);
	return e;
}

void activation_cert_fini(struct activation_cert *c)
{
	EVP_PKEY_free(c->key);
	*c = (struct activation_cert){0};
}

/* ---- checks ---- */

static bool has_usage(const X509 *leaf)
{
	EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
	bool server = false, activation = false;
	char oid[80], ou[128];

	for (int i = 0; eku != NULL && i < sk_ASN1_OBJECT_num(eku); i++) {
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(eku, i), 1);
		activation |= strcmp(oid, EKU_ACTIVATION) == 0;
		server |= OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, i)) == NID_server_auth;
	}
	EXTENDED_KEY_USAGE_free(eku);
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(leaf),
				      NID_organizationalUnitName, ou, sizeof(ou)) > 0)
		activation |= strcasecmp(ou, OU_ACTIVATION) == 0;
	return server && activation;
}

struct err *activation_cert_usable(const struct activation_cert *c, int64_t now_ms)
{
	const unsigned char *p = (const unsigned char *)c->der[0].p;
	char date[CLOCK_ISO_SIZE];
	X509 *leaf;

	if (now_ms < c->not_before_ms) {
		clock_iso(c->not_before_ms, date);
		return err_new(ERR_INVALID,
			       "the provisioning certificate is not valid before %s",
			       date);
	}
	if (now_ms > c->not_after_ms) {
		clock_iso(c->not_after_ms, date);
		return err_new(ERR_INVALID, "the provisioning certificate expired on %s",
			       date);
	}
	leaf = d2i_X509(NULL, &p, (long)c->der[0].n);
	OB_ASSERT(leaf != NULL);
	bool good = has_usage(leaf);
	X509_free(leaf);
	if (!good)
		return err_new(ERR_INVALID,
			       "the certificate is not for AMT activation: it needs the "
			       "extended key usages server authentication and "
			       "2.16.840.1.113741.1.2.3");
	return NULL;
}

bool activation_cert_of_suffix(const struct activation_cert *c, struct str suffix)
{
	struct str name = c->name;

	if (suffix.n == 0 || name.n < suffix.n)
		return false;
	if (!str_ieq(str_sub(name, name.n - suffix.n, name.n), suffix))
		return false;
	return name.n == suffix.n || name.p[name.n - suffix.n - 1] == '.';
}

bool activation_cert_trusted(const struct activation_cert *c, const struct str *hashes,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieqz(hashes[i], c->root_sha1) ||
		    str_ieqz(hashes[i], c->root_sha256) ||
		    str_ieqz(hashes[i], c->root_sha384))
			return true;
	return false;
}

/* ---- signing ---- */

struct signing {
	EVP_PKEY *key;
	struct str text;
	uint8_t *out;
	size_t n;
	bool good;
};

static void sign_run(void *arg)
{
	struct signing *s = arg;
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	s->good = EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, s->key) == 1 &&
		  EVP_DigestSign(md, s->out, &s->n, (const uint8_t *)s->text.p,
				 s->text.n) == 1;
	EVP_MD_CTX_free(md);
	ERR_clear_error();
}

struct err *activation_cert_sign(const struct activation_cert *c,
				 struct str firmware_nonce,
				 const uint8_t nonce[ACTIVATION_CERT_NONCE_SIZE],
				 struct arena *a, struct deadline until, struct str *out)
{
	size_t n = firmware_nonce.n + ACTIVATION_CERT_NONCE_SIZE;
	char *text = arena_alloc(a, n);
	struct signing s = {.key = c->key, .text = {text, n}};

	memcpy(text, firmware_nonce.p, firmware_nonce.n);
	memcpy(text + firmware_nonce.n, nonce, ACTIVATION_CERT_NONCE_SIZE);
	s.n = (size_t)EVP_PKEY_get_size(c->key);
	s.out = arena_alloc(a, s.n);
	TRY(offload(offload_crypto(), sign_run, &s, until));
	if (!s.good)
		return err_new(ERR_INVALID, "signing with the provisioning certificate's "
					    "key failed");
	*out = (struct str){(char *)s.out, s.n};
	return NULL;
}
