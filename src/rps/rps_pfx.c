/* SPDX-License-Identifier: Apache-2.0
 * Provisioning certificates, checked with upstream's texts when they are uploaded.
 */
#include <rps/rps_pfx.h>

#include <base/encode.h>
#include <base/secret.h>
#include <net/pkcs12.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <rt/offload.h>

#define MIN_RSA_BITS 2048
#define MAX_CERTS 32
/* Intel AMT remote configuration; either this or the organizational unit below marks the
 * leaf (rps.md 2.5; AMT SDK, "Acquiring and Configuring a Certificate"). */
#define AMT_EKU "2.16.840.1.113741.1.2.3"
#define AMT_OU "Intel(R) Client Setup Certificate"

/* clang-format off */
static const char cannot_decrypt[] =
	"Unable to decrypt provisioning certificate. Please check that the password is correct, "
	"and that the certificate is a valid certificate.";
/* clang-format on */

struct reading {
	struct str base64;
	const char *password;
	const char *suffix;
	bool checked;
	struct rps_pfx *out;
	struct err *err;
};

/* ---- from the file to certificates and key ---- */

static struct err *not_opened(enum pkcs12_result result, size_t n)
{
	switch (result) {
	case PKCS12_NO_FILE:
		return err_new(ERR_INVALID,
			       "Provisioning certificate is not a PKCS#12 (PFX) file "
			       "(%zu bytes after base64)",
			       n);
	case PKCS12_TOO_OLD:
		return err_new(
			ERR_INVALID,
			"The PFX file is encrypted with an algorithm of old that "
			"this host's OpenSSL lacks (no legacy provider); export it "
			"again with AES-256");
	case PKCS12_TOO_SLOW:
		return err_new(
			ERR_INVALID,
			"The PFX file's key derivation has more than %d iterations, "
			"or is scrypt; export it again with fewer, or PBKDF2",
			PKCS12_MAX_ITERATIONS);
	default:
		return err_new(ERR_INVALID, "%s", cannot_decrypt);
	}
}

static struct err *parse(const struct reading *r, EVP_PKEY **key, X509 **cert,
			 STACK_OF(X509) * *ca)
{
	_cleanup_(arena_fini) struct arena a = {0};
	size_t n;
	char *der = (char *)base64_decode(&a, str_trim(r->base64), &n);

	if (der == NULL)
		return err_new(ERR_INVALID,
			       "Provisioning certificate is not base64; send "
			       "the PFX file's bytes in base64, in one line");
	enum pkcs12_result result =
		pkcs12_open((struct str){der, n}, r->password, key, cert, ca);
	return result == PKCS12_OPENED ? NULL : not_opened(result, n);
}

/* ---- checks, in upstream's order ---- */

static const char *last_two_labels(const char *name)
{
	const char *dot = NULL, *before = NULL;

	for (const char *p = name; *p != '\0'; p++)
		if (*p == '.') {
			before = dot;
			dot = p;
		}
	return before != NULL ? before + 1 : name;
}

static bool name_part(X509 *x, int nid, char *out, size_t n)
{
	return X509_NAME_get_text_by_NID(X509_get_subject_name(x), nid, out, (int)n) > 0;
}

static struct err *check_suffix(X509 *leaf, const char *suffix)
{
	char cn[256];

	if (!name_part(leaf, NID_commonName, cn, sizeof(cn)))
		return err_new(ERR_INVALID, "Provisioning certificate does not contain a "
					    "Common Name (CN) in the subject");
	if (!str_ieqz(str_of(last_two_labels(cn)), last_two_labels(suffix)))
		return err_new(ERR_INVALID, "FQDN not associated with provisioning "
					    "certificate");
	return NULL;
}

static int64_t time_ms(const ASN1_TIME *t)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return -1;
	return (int64_t)timegm(&tm) * 1000;
}

static struct err *check_validity(const struct rps_pfx *p)
{
	char iso[CLOCK_ISO_SIZE];

	for (size_t i = 0; i < p->n; i++) {
		int64_t from = time_ms(X509_get0_notBefore(p->chain[i]));

		clock_iso(from, iso);
		if (from > clock_wall_ms())
			return err_new(ERR_INVALID,
				       "Uploaded certificate is not yet valid: notBefore "
				       "date %s is in the future",
				       iso);
		if (time_ms(X509_get0_notAfter(p->chain[i])) < clock_wall_ms())
			return err_new(ERR_INVALID, "Uploaded certificate has expired");
	}
	return NULL;
}

static struct err *check_sizes(const struct rps_pfx *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const EVP_PKEY *k = X509_get0_pubkey(p->chain[i]);

		if (k != NULL && EVP_PKEY_get_base_id(k) == EVP_PKEY_RSA &&
		    EVP_PKEY_get_bits(k) < MIN_RSA_BITS)
			return err_new(
				ERR_INVALID,
				"Certificate key size %d bits is below the minimum "
				"required %d bits for AMT",
				EVP_PKEY_get_bits(k), MIN_RSA_BITS);
	}
	return NULL;
}

static struct err *check_signatures(const struct rps_pfx *p)
{
	for (size_t i = 0; i < p->n; i++) {
		X509 *issuer = p->chain[i + 1 < p->n ? i + 1 : i];
		EVP_PKEY *k = X509_get0_pubkey(issuer);

		if (k == NULL || X509_verify(p->chain[i], k) != 1) {
			const char *reason = ERR_reason_error_string(ERR_get_error());
			return err_new(ERR_INVALID,
				       "Certificate chain signature verification failed: "
				       "%s",
				       reason != NULL ? reason : "wrong signature");
		}
	}
	return NULL;
}

static bool has_amt_eku(X509 *leaf)
{
	EXTENDED_KEY_USAGE *v = X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
	bool found = false;
	char oid[64];

	for (int i = 0; i < sk_ASN1_OBJECT_num(v); i++) {
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(v, i), 1);
		found |= strcmp(oid, AMT_EKU) == 0;
	}
	sk_ASN1_OBJECT_pop_free(v, ASN1_OBJECT_free);
	return found;
}

static struct err *check_purpose(X509 *leaf)
{
	char ou[128];

	if (has_amt_eku(leaf))
		return NULL;
	if (name_part(leaf, NID_organizationalUnitName, ou, sizeof(ou)) &&
	    strcmp(ou, AMT_OU) == 0)
		return NULL;
	return err_new(ERR_INVALID,
		       "Leaf certificate is missing the Intel AMT Activation EKU OID "
		       "(" AMT_EKU "); its subject has no OU \"" AMT_OU "\" either");
}

static struct err *check(const struct reading *r, bool whole)
{
	const struct rps_pfx *p = r->out;
	X509 *leaf = p->chain[0], *top = p->chain[p->n - 1];

	if (r->suffix != NULL)
		TRY(check_suffix(leaf, r->suffix));
	TRY(check_validity(p));
	if (!pkcs12_is_self_issued(top) && !whole)
		return err_new(ERR_INVALID, "Certificate chain is broken: cannot find "
					    "issuer for a certificate in the chain");
	if (!pkcs12_is_self_issued(top))
		return err_new(ERR_INVALID, "Provisioning certificate does not contain a "
					    "root certificate");
	TRY(check_sizes(p));
	TRY(check_signatures(p));
	return check_purpose(leaf);
}

/* ---- all of it ---- */

static void order(STACK_OF(X509) * ca, X509 *leaf, struct rps_pfx *out)
{
	out->chain = xcalloc(MAX_CERTS, sizeof(X509 *));
	out->n = pkcs12_chain(leaf, ca, out->chain, MAX_CERTS);
	for (size_t i = 0; i < out->n; i++)
		X509_up_ref(out->chain[i]);
}

static int64_t earliest_end(const struct rps_pfx *p)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < p->n; i++)
		at = MIN(at, time_ms(X509_get0_notAfter(p->chain[i])));
	return at;
}

/* No leaf was found for the key. */
static struct err *no_leaf(const EVP_PKEY *key, int n_certs)
{
	if (n_certs == 0)
		return err_new(ERR_INVALID,
			       "No certificates could be parsed from the provisioning "
			       "certificate. The certificate may use an unsupported "
			       "public-key algorithm; an RSA-keyed certificate is "
			       "required.");
	if (key == NULL)
		return err_new(ERR_INVALID, "Provisioning certificate does not contain a "
					    "private key");
	return err_new(ERR_INVALID, "Private key in the PFX does not match the leaf "
				    "certificate public key");
}

static bool has_root(STACK_OF(X509) * ca)
{
	for (int i = 0; i < sk_X509_num(ca); i++)
		if (pkcs12_is_self_issued(sk_X509_value(ca, i)))
			return true;
	return false;
}

static struct err *read_file(struct reading *r)
{
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	STACK_OF(X509) *ca = NULL;

	TRY(parse(r, &key, &leaf, &ca));
	struct err *e = NULL;
	if (leaf == NULL)
		e = no_leaf(key, ca != NULL ? sk_X509_num(ca) : 0);
	else if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
		e = err_new(ERR_INVALID,
			    "The leaf certificate's key is not RSA; AMT takes "
			    "an RSA-keyed certificate only");
	if (e != NULL) {
		EVP_PKEY_free(key);
	} else {
		r->out->key = key;
		order(ca, leaf, r->out);
		r->out->expires = earliest_end(r->out);
		if (r->checked)
			e = check(r, !has_root(ca));
	}
	X509_free(leaf);
	sk_X509_pop_free(ca, X509_free);
	return e;
}

static void run(void *arg)
{
	struct reading *r = arg;

	r->err = read_file(r);
	ERR_clear_error();
}

struct err *rps_pfx_read(struct str base64, struct str password, const char *suffix,
			 bool checked, struct deadline until, struct rps_pfx *out)
{
	struct secret text = {0};
	struct reading r = {
		.base64 = base64, .suffix = suffix, .checked = checked, .out = out};

	*out = (struct rps_pfx){0};
	secret_set(&text, password);
	r.password = text.p;
	struct err *e = offload(offload_crypto(), run, &r, until);
	secret_fini(&text);
	if (e == NULL)
		e = r.err;
	if (e != NULL)
		rps_pfx_fini(out);
	return e;
}

void rps_pfx_fini(struct rps_pfx *p)
{
	for (size_t i = 0; i < p->n; i++)
		X509_free(p->chain[i]);
	free(p->chain);
	EVP_PKEY_free(p->key);
	*p = (struct rps_pfx){0};
}
