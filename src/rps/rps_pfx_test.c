/* SPDX-License-Identifier: Apache-2.0
 * Provisioning certificates, each wrong in one way.
 */
#include <store/store_test.h>

#include <base/encode.h>
#include <net/cert.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <rps/rps_pfx.h>

#define PASSWORD "P@ssw0rd"
#define SUFFIX "example.com"

enum wrong {
	NOTHING,
	NO_ROOT,
	NO_MIDDLE,
	NO_KEY,
	OTHER_KEY,
	CURVE_KEY,
	SHORT_KEY,
	EXPIRED,
	NOT_YET,
	NO_EKU,
	OU_INSTEAD,
	FORGED,
	NO_CN,
};

static EVP_PKEY *keys[3]; /* root, middle, leaf */

static X509 *make(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
		  enum wrong wrong)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	bool leaf = issuer != NULL && strchr(cn, '.') != NULL;

	assert_true(cert_fill(x, key, 3650));
	if (leaf && wrong == EXPIRED)
		X509_gmtime_adj(X509_getm_notAfter(x), -60);
	if (leaf && wrong == NOT_YET)
		X509_gmtime_adj(X509_getm_notBefore(x), 3600);
	assert_true(cert_add_name(name, "O", "Example"));
	if (!(leaf && wrong == NO_CN))
		assert_true(cert_add_name(name, "CN", cn));
	if (leaf && wrong == OU_INSTEAD)
		assert_true(
			cert_add_name(name, "OU", "Intel(R) Client Setup Certificate"));
	X509_set_issuer_name(x, issuer != NULL ? X509_get_subject_name(issuer) : name);
	if (leaf && wrong != NO_EKU && wrong != OU_INSTEAD)
		assert_true(cert_add_ext(x, issuer, NID_ext_key_usage,
					 "serverAuth,2.16.840.1.113741.1.2.3"));
	assert_true(X509_sign(x, leaf && wrong == FORGED ? keys[0] : issuer_key,
			      EVP_sha256()) > 0);
	return x;
}

static const char *pfx(struct arena *a, enum wrong wrong, int pbe)
{
	EVP_PKEY *leaf_key = keys[2];
	STACK_OF(X509) *ca = sk_X509_new_null();

	if (wrong == CURVE_KEY)
		leaf_key = EVP_EC_gen("P-256");
	if (wrong == SHORT_KEY)
		leaf_key = EVP_RSA_gen(1024);
	X509 *root = make("Root", keys[0], NULL, keys[0], wrong);
	X509 *middle = make("Middle", keys[1], root, keys[0], wrong);
	X509 *leaf = make("amt.example.com", leaf_key, middle, keys[1], wrong);
	/* in an order that is not the chain's */
	if (wrong != NO_ROOT)
		sk_X509_push(ca, root);
	if (wrong != NO_MIDDLE)
		sk_X509_push(ca, middle);
	if (wrong == OTHER_KEY || wrong == NO_KEY)
		sk_X509_push(ca, leaf);
	PKCS12 *p = PKCS12_create(PASSWORD, NULL,
				  wrong == NO_KEY      ? NULL
				  : wrong == OTHER_KEY ? keys[0]
						       : leaf_key,
				  wrong == OTHER_KEY ? root
				  : wrong == NO_KEY  ? NULL
						     : leaf,
				  ca, pbe, pbe, 0, 0, 0);
	if (wrong == OTHER_KEY) { /* a key that is no certificate's */
		PKCS12_free(p);
		EVP_PKEY *stray = EVP_RSA_gen(2048);
		STACK_OF(PKCS12_SAFEBAG) *bags = NULL, *key_bags = NULL;
		STACK_OF(PKCS7) *safes = NULL;
		PKCS12_add_cert(&bags, leaf);
		PKCS12_add_key(&key_bags, stray, 0, 0, NID_aes_256_cbc, PASSWORD);
		PKCS12_add_safe(&safes, bags, NID_aes_256_cbc, 0, PASSWORD);
		PKCS12_add_safe(&safes, key_bags, -1, 0, NULL);
		p = PKCS12_add_safes(safes, 0);
		assert_int_equal(PKCS12_set_mac(p, PASSWORD, -1, NULL, 0, 0, NULL), 1);
		sk_PKCS7_pop_free(safes, PKCS7_free);
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
		sk_PKCS12_SAFEBAG_pop_free(key_bags, PKCS12_SAFEBAG_free);
		EVP_PKEY_free(stray);
	}
	assert_non_null(p);
	uint8_t *der = NULL;
	int n = i2d_PKCS12(p, &der);
	const char *out = base64_encode(a, der, (size_t)n);
	OPENSSL_free(der);
	PKCS12_free(p);
	sk_X509_free(ca);
	X509_free(root);
	X509_free(middle);
	X509_free(leaf);
	if (leaf_key != keys[2])
		EVP_PKEY_free(leaf_key);
	return out;
}

static struct err *read_it(const char *base64, const char *password, const char *suffix,
			   bool checked, struct rps_pfx *out)
{
	return rps_pfx_read(str_of(base64), str_of(password), suffix, checked, soon(),
			    out);
}

static void says(struct err *e, const char *want)
{
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INVALID);
	if (strstr(e->msg, want) == NULL)
		fail_msg("%s\n  does not say: %s", e->msg, want);
	assert_null(strstr(e->msg, PASSWORD));
	err_free(e);
}

static void chain_body(void *arg)
{
	struct arena a = {0};
	struct rps_pfx p;
	char cn[64];

	ok(read_it(pfx(&a, NOTHING, NID_aes_256_cbc), PASSWORD, "host." SUFFIX, true,
		   &p));
	assert_int_equal(p.n, 3);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {"amt.example.com", "Middle", "Root"};
		X509_NAME_get_text_by_NID(X509_get_subject_name(p.chain[i]),
					  NID_commonName, cn, sizeof(cn));
		assert_string_equal(cn, names[i]);
	}
	assert_int_equal(X509_check_private_key(p.chain[0], p.key), 1);
	assert_true(p.expires > clock_wall_ms());
	rps_pfx_fini(&p);
	ok(read_it(pfx(&a, OU_INSTEAD, NID_aes_256_cbc), PASSWORD, SUFFIX, true, &p));
	rps_pfx_fini(&p);
	arena_fini(&a);
}

static void a_good_file_gives_chain_and_key_in_order(void **state)
{
	rt_main(chain_body, NULL);
}

static void wrong_body(void *arg)
{
	static const struct {
		enum wrong wrong;
		const char *text;
	} v[] = {
		{NO_ROOT, "does not contain a root certificate"},
		{NO_MIDDLE, "Certificate chain is broken"},
		{NO_KEY, "does not contain a private key"},
		{OTHER_KEY, "does not match the leaf certificate public key"},
		{CURVE_KEY, "RSA-keyed certificate"},
		{SHORT_KEY, "1024 bits is below the minimum required 2048 bits"},
		{EXPIRED, "Uploaded certificate has expired"},
		{NOT_YET, "Uploaded certificate is not yet valid: notBefore date 20"},
		{NO_EKU, "missing the Intel AMT Activation EKU OID"},
		{FORGED, "signature verification failed"},
		{NO_CN, "does not contain a Common Name"},
	};
	struct arena a = {0};
	struct rps_pfx p;

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		says(read_it(pfx(&a, v[i].wrong, NID_aes_256_cbc), PASSWORD, SUFFIX, true,
			     &p),
		     v[i].text);
	/* a stored file is used as it is */
	ok(read_it(pfx(&a, NO_ROOT, NID_aes_256_cbc), PASSWORD, NULL, false, &p));
	assert_int_equal(p.n, 2);
	rps_pfx_fini(&p);
	arena_fini(&a);
}

static void each_fault_is_named(void **state)
{
	rt_main(wrong_body, NULL);
}

static void not_opened_body(void *arg)
{
	struct arena a = {0};
	struct rps_pfx p;
	const char *good = pfx(&a, NOTHING, NID_aes_256_cbc);
	char *cut = arena_strdup(&a, good);

	cut[400] = '\0';
	says(read_it(good, "wrong", SUFFIX, true, &p), "check that the password");
	says(read_it(good, "", SUFFIX, true, &p), "check that the password");
	says(read_it("not base64!", PASSWORD, SUFFIX, true, &p), "is not base64");
	says(read_it("dGVzdA==", PASSWORD, SUFFIX, true, &p), "is not a PKCS#12");
	says(read_it("", PASSWORD, SUFFIX, true, &p), "is not a PKCS#12");
	says(read_it(cut, PASSWORD, SUFFIX, true, &p), "is not a PKCS#12");
	says(read_it(good, PASSWORD, "example.org", true, &p),
	     "FQDN not associated with provisioning certificate");
	arena_fini(&a);
}

static void a_file_that_does_not_open_says_why(void **state)
{
	rt_main(not_opened_body, NULL);
}

static void old_body(void *arg)
{
	struct arena a = {0};
	struct rps_pfx p;

	ok(read_it(pfx(&a, NOTHING, NID_pbe_WithSHA1And3_Key_TripleDES_CBC), PASSWORD,
		   SUFFIX, true, &p));
	rps_pfx_fini(&p);
	arena_fini(&a);
}

static void files_of_old_programs_open(void **state)
{
	rt_main(old_body, NULL);
}

/* 65539 iterations, in the cipher of the certificates, of the key, and in the MAC: each
 * in turn becomes 8388607. */
static void slow_body(void *arg)
{
	static const char usual[] = "\x02\x03\x01\x00\x03", many[] = "\x7f\xff\xff";
	X509 *root = make("Root", keys[0], NULL, keys[0], NOTHING);
	PKCS12 *p =
		PKCS12_create(PASSWORD, NULL, keys[0], root, NULL, 0, 0, 65539, 65539, 0);
	struct arena a = {0};
	unsigned char *der = NULL;
	int n = i2d_PKCS12(p, &der);
	unsigned places = 0;
	struct rps_pfx out;

	for (char *at = (char *)der;
	     (at = memmem(at, (size_t)((char *)der + n - at), usual, 5)) != NULL;
	     at += 5) {
		memcpy(at + 2, many, 3);
		says(read_it(base64_encode(&a, der, (size_t)n), PASSWORD, NULL, false,
			     &out),
		     "The PFX file's key derivation has more than 2000000 iterations");
		memcpy(at + 2, usual + 2, 3);
		places++;
	}
	assert_int_equal(places, 3);
	ok(read_it(base64_encode(&a, der, (size_t)n), PASSWORD, NULL, false, &out));
	rps_pfx_fini(&out);
	OPENSSL_free(der);
	PKCS12_free(p);
	X509_free(root);
	arena_fini(&a);
}

/* The key's derivation is scrypt: 128 KiB, but as often as the file likes. */
static void scrypt_body(void *arg)
{
	static unsigned char salt[16];
	X509_ALGOR *alg = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, sizeof(salt),
						NULL, 1024, 1, 1);
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(keys[0]);
	X509_SIG *sealed = PKCS8_set0_pbe(PASSWORD, -1, plain, alg);
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
	STACK_OF(PKCS7) *parts = sk_PKCS7_new_null();
	struct arena a = {0};
	unsigned char *der = NULL;
	struct rps_pfx out;

	assert_non_null(sealed);
	PKCS8_PRIV_KEY_INFO_free(plain);
	sk_PKCS12_SAFEBAG_push(bags, PKCS12_SAFEBAG_create0_pkcs8(sealed));
	sk_PKCS7_push(parts, PKCS12_pack_p7data(bags));
	PKCS12 *p = PKCS12_add_safes(parts, 0);
	assert_int_equal(PKCS12_set_mac(p, PASSWORD, -1, NULL, 0, 0, NULL), 1);
	int n = i2d_PKCS12(p, &der);
	says(read_it(base64_encode(&a, der, (size_t)n), PASSWORD, NULL, false, &out),
	     "or is scrypt");
	OPENSSL_free(der);
	PKCS12_free(p);
	sk_PKCS7_pop_free(parts, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	arena_fini(&a);
}

static void files_that_take_long_to_open_are_refused(void **state)
{
	rt_main(slow_body, NULL);
	rt_main(scrypt_body, NULL);
}

static int setup(void **state)
{
	for (int i = 0; i < 3; i++)
		keys[i] = EVP_RSA_gen(2048);
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < 3; i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_file_gives_chain_and_key_in_order),
		cmocka_unit_test(each_fault_is_named),
		cmocka_unit_test(a_file_that_does_not_open_says_why),
		cmocka_unit_test(files_of_old_programs_open),
		cmocka_unit_test(files_that_take_long_to_open_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
