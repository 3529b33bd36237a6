/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <ftw.h>
#include <mps/cira_certs.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#define UNTIL deadline_in(60000)

struct fixture {
	char dir[64], url[128];
	struct secrets *secrets;
};

static const struct cira_cert_request localhost = {
	.common_name = "localhost", .country = "US", .key_bits = 2048};
static const struct cira_cert_request other = {.common_name = "mps.example.com",
					       .country = "US",
					       .organization = "Corp",
					       .key_bits = 2048};

static int remove_entry(const char *path, const struct stat *st, int flag,
			struct FTW *ftw)
{
	return remove(path);
}

static void open_store(struct fixture *f)
{
	snprintf(f->dir, sizeof(f->dir), "/tmp/outband-certs-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->url, sizeof(f->url), "file:%s/secrets.db", f->dir);
	struct secrets_config c = {.url = f->url};
	assert_null(secrets_open(&c, &f->secrets));
}

static void close_store(struct fixture *f)
{
	secrets_close(f->secrets);
	nftw(f->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static X509 *parse(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);

	BIO_free(b);
	assert_non_null(x);
	return x;
}

static void assert_signed_by(const char *leaf_pem, const char *root_pem)
{
	X509 *leaf = parse(leaf_pem), *root = parse(root_pem);
	EVP_PKEY *key = X509_get_pubkey(root);

	assert_int_equal(X509_verify(leaf, key), 1);
	assert_int_equal(X509_verify(root, key), 1);
	assert_int_equal(X509_check_issued(root, leaf), X509_V_OK);
	EVP_PKEY_free(key);
	X509_free(leaf);
	X509_free(root);
}

/* wire-amt.md 1.1, "Certificates": what AMT looks at. */
static void made_certificates_are_as_amt_accepts(void *arg)
{
	struct fixture f;
	struct cira_certs c;
	char cn[64];

	open_store(&f);
	assert_null(cira_certs_load(f.secrets, &localhost, UNTIL, &c));
	assert_signed_by(c.cert_pem, c.root_pem);
	X509 *leaf = parse(c.cert_pem), *root = parse(c.root_pem);
	X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, cn,
				  sizeof(cn));
	assert_string_equal(cn, "localhost");
	X509_NAME_get_text_by_NID(X509_get_subject_name(root), NID_commonName, cn,
				  sizeof(cn));
	assert_int_equal(strncmp(cn, "MPSRoot-", 8), 0);
	assert_int_equal(strlen(cn), 14);
	assert_int_equal(X509_check_ca(root), 1);
	assert_int_equal(X509_check_ca(leaf), 0);
	assert_int_equal(X509_get_extended_key_usage(leaf), XKU_SSL_SERVER);
	assert_int_equal(X509_get_signature_nid(leaf), NID_sha384WithRSAEncryption);
	assert_true(X509_cmp_current_time(X509_get0_notBefore(leaf)) < 0);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(root)), 3072);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(leaf)), 2048);
	assert_int_equal(X509_check_host(leaf, "localhost", 0,
					 X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL),
			 1);
	X509_free(leaf);
	X509_free(root);
	cira_certs_fini(&c);
	close_store(&f);
}

static void stored_certificates_are_kept(void *arg)
{
	struct fixture f;
	struct cira_certs a, b;

	open_store(&f);
	assert_null(cira_certs_load(f.secrets, &localhost, UNTIL, &a));
	assert_null(cira_certs_load(f.secrets, &localhost, UNTIL, &b));
	assert_string_equal(a.root_pem, b.root_pem);
	assert_string_equal(a.cert_pem, b.cert_pem);
	assert_string_equal(a.key_pem.p, b.key_pem.p);
	cira_certs_fini(&a);
	cira_certs_fini(&b);
	close_store(&f);
}

static void new_name_keeps_the_root(void *arg)
{
	struct fixture f;
	struct cira_certs a, b, c;

	open_store(&f);
	assert_null(cira_certs_load(f.secrets, &localhost, UNTIL, &a));
	assert_null(cira_certs_load(f.secrets, &other, UNTIL, &b));
	assert_string_equal(a.root_pem, b.root_pem);
	assert_string_not_equal(a.cert_pem, b.cert_pem);
	assert_signed_by(b.cert_pem, a.root_pem);
	assert_null(cira_certs_load(f.secrets, &other, UNTIL, &c));
	assert_string_equal(b.cert_pem, c.cert_pem);
	cira_certs_fini(&a);
	cira_certs_fini(&b);
	cira_certs_fini(&c);
	close_store(&f);
}

static void damaged_secret_is_an_error_and_stays(void *arg)
{
	struct fixture f;
	struct cira_certs c;
	json_t *odd = json_pack("{s:s}", "mps_tls_config", "not an object"), *now = NULL;

	open_store(&f);
	assert_null(secrets_put(f.secrets, "MPSCerts", odd, UNTIL));
	struct err *e = cira_certs_load(f.secrets, &localhost, UNTIL, &c);
	assert_non_null(e);
	err_free(e);
	assert_null(secrets_get(f.secrets, "MPSCerts", UNTIL, &now));
	assert_true(json_equal(odd, now));
	json_decref(odd);
	json_decref(now);
	close_store(&f);
}

static void unreachable_store_makes_nothing(void *arg)
{
	/* Port 1 of loopback: nobody listens. */
	struct secrets_config sc = {.url = "vault+http://127.0.0.1:1",
				    .vault_path = "secret/data/",
				    .vault_token = "t"};
	struct secrets *s;
	struct cira_certs c;

	assert_null(secrets_open(&sc, &s));
	struct err *e = cira_certs_load(s, &localhost, deadline_in(5000), &c);
	assert_true(err_is(e, ERR_UNAVAILABLE) || err_is(e, ERR_TIMEOUT));
	assert_null(c.root_pem);
	err_free(e);
	secrets_close(s);
}

#define T(fn)                               \
	static void test_##fn(void **state) \
	{                                   \
		rt_main(fn, NULL);          \
	}
T(made_certificates_are_as_amt_accepts)
T(stored_certificates_are_kept)
T(new_name_keeps_the_root)
T(damaged_secret_is_an_error_and_stays)
T(unreachable_store_makes_nothing)
#undef T

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_certificates_are_as_amt_accepts),
		cmocka_unit_test(test_stored_certificates_are_kept),
		cmocka_unit_test(test_new_name_keeps_the_root),
		cmocka_unit_test(test_damaged_secret_is_an_error_and_stays),
		cmocka_unit_test(test_unreachable_store_makes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
