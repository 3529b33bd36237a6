/* SPDX-License-Identifier: Apache-2.0
 * Keys, certificates and TLS of a device, and the file of a provisioning certificate.
 */
#include "world.h"

#include "pki.h"
#include <base/encode.h>
#include <device/activation_cert.h>
#include <device/certificates.h>
#include <device/clock.h>
#include <device/keys.h>
#include <device/setup.h>
#include <device/tls.h>
#include <net/cert.h>
#include <net/tls.h>
#include <openssl/pem.h>

static const struct world_options admin = {.mode = IPS_CONTROL_ADMIN};

/* ---- provisioning certificate ---- */

TEST(provisioning_files)
{
	struct arena a = {0};
	struct pki p;
	enum activation_cert_fault f;

	pki_start(&p, NULL);
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	X509 *ec_leaf = pki_cert(ec, "rps.corp.example.com", p.ca_key, "Test Issuer",
				 false, PKI_ACTIVATION, -1, 1),
	     *alone = pki_cert(p.leaf_key, "rps.corp.example.com", p.leaf_key,
			       "rps.corp.example.com", true, PKI_ACTIVATION, -1, 1);
	const struct {
		struct str file;
		const char *password;
		enum activation_cert_fault fault;
		const char *text;
	} rows[] = {
		{pki_file(&p, &a), PKI_PASSWORD, ACTIVATION_CERT_OK, NULL},
		{pki_pfx(&a, p.leaf_key, p.leaf, p.middle, p.root, ""), "",
		 ACTIVATION_CERT_OK, NULL},
		{pki_file(&p, &a), "wrong", ACTIVATION_CERT_WRONG_PASSWORD,
		 "the password does not open the file"},
		{STR("no file at all"), "", ACTIVATION_CERT_MALFORMED, "no PKCS#12"},
		{STR(""), "", ACTIVATION_CERT_MALFORMED, "1 to 65536 bytes"},
		{pki_pfx(&a, p.leaf_key, p.leaf, NULL, p.root, PKI_PASSWORD),
		 PKI_PASSWORD, ACTIVATION_CERT_NO_ROOT, "lacks the issuer"},
		{pki_pfx(&a, p.leaf_key, p.leaf, p.middle, NULL, PKI_PASSWORD),
		 PKI_PASSWORD, ACTIVATION_CERT_NO_ROOT, "lacks the issuer"},
		{pki_pfx(&a, NULL, NULL, p.middle, p.root, PKI_PASSWORD), PKI_PASSWORD,
		 ACTIVATION_CERT_NO_KEY, "no private key"},
		{pki_pfx(&a, p.leaf_key, NULL, NULL, NULL, PKI_PASSWORD), PKI_PASSWORD,
		 ACTIVATION_CERT_EMPTY, "no certificate"},
		{pki_pfx(&a, ec, ec_leaf, p.middle, p.root, PKI_PASSWORD), PKI_PASSWORD,
		 ACTIVATION_CERT_NO_KEY, "not RSA"},
		{pki_pfx(&a, p.leaf_key, alone, NULL, NULL, PKI_PASSWORD), PKI_PASSWORD,
		 ACTIVATION_CERT_NO_ROOT, "self-signed"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct secret password = secret_of(rows[i].password);
		struct activation_cert c;
		struct err *e =
			activation_cert_open(&c, rows[i].file, &password, &a, SOON, &f);
		if (rows[i].text == NULL)
			ok(e);
		else
			fails(e, ERR_INVALID, rows[i].text);
		assert_int_equal(f, rows[i].fault);
		activation_cert_fini(&c);
	}
	X509_free(alone);
	X509_free(ec_leaf);
	EVP_PKEY_free(ec);
	pki_stop(&p);
	arena_fini(&a);
}

TEST(provisioning_text_may_have_line_breaks)
{
	struct arena a = {0};
	struct pki p;
	struct activation_cert c;
	struct secret password = secret_of(PKI_PASSWORD);
	enum activation_cert_fault f;
	struct buf text = {0};

	pki_start(&p, NULL);
	struct str file = pki_file(&p, &a);
	struct str base64 = str_of(base64_encode(&a, file.p, file.n));
	for (size_t i = 0; i < base64.n; i += 64) {
		buf_addstr(&text, str_sub(base64, i, MIN(i + 64, base64.n)));
		buf_adds(&text, "\r\n");
	}
	ok(activation_cert_open_text(&c, buf_str(&text), &password, &a, SOON, &f));
	assert_true(str_eqz(c.name, "rps.corp.example.com"));
	assert_string_equal(c.root_sha256, p.root_sha256);
	activation_cert_fini(&c);
	fails(activation_cert_open_text(&c, STR("!!"), &password, &a, SOON, &f),
	      ERR_INVALID, "no base64");
	assert_int_equal(f, ACTIVATION_CERT_NOT_BASE64);
	buf_fini(&text);
	pki_stop(&p);
	arena_fini(&a);
}

TEST(provisioning_file_of_old_windows)
{
	struct arena a = {0};
	struct pki p;
	struct activation_cert c = {0};
	struct secret password = secret_of(PKI_PASSWORD);

	pki_start(&p, NULL);
	struct str file = pki_old_file(&p, &a);
	if (file.p == NULL)
		print_message("skipped: OpenSSL has no legacy provider here\n");
	else
		ok(activation_cert_open(&c, file, &password, &a, SOON, NULL));
	activation_cert_fini(&c);
	pki_stop(&p);
	arena_fini(&a);
}

TEST(provisioning_certificate_is_looked_at)
{
	static const struct {
		struct pki_options pki;
		const char *text; /* of activation_cert_usable; NULL: fine */
	} rows[] = {
		{{0}, NULL},
		{{.from_days = -9, .to_days = -3}, "expired on 20"},
		{{.from_days = 1, .to_days = 2}, "not valid before 20"},
		{{.usage = "serverAuth"}, "not for AMT activation"},
		{{.usage = "clientAuth,2.16.840.1.113741.1.2.3"},
		 "not for AMT activation"},
	};
	struct secret password = secret_of(PKI_PASSWORD);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = {0};
		struct pki p;
		struct activation_cert c;

		pki_start(&p, &rows[i].pki);
		ok(activation_cert_open(&c, pki_file(&p, &a), &password, &a, SOON, NULL));
		struct err *e = activation_cert_usable(&c, clock_wall_ms());
		if (rows[i].text == NULL)
			ok(e);
		else
			fails(e, ERR_INVALID, rows[i].text);
		assert_true(activation_cert_of_suffix(&c, STR("corp.example.com")));
		assert_true(activation_cert_of_suffix(&c, STR("CORP.example.com")));
		assert_true(activation_cert_of_suffix(&c, STR("rps.corp.example.com")));
		assert_false(activation_cert_of_suffix(&c, STR("orp.example.com")));
		assert_false(activation_cert_of_suffix(&c, STR("example.org")));
		assert_false(activation_cert_of_suffix(&c, STR("")));
		struct str hashes[2] = {STR("00"), str_of(c.root_sha384)};
		assert_true(activation_cert_trusted(&c, hashes, 2));
		assert_false(activation_cert_trusted(&c, hashes, 1));
		activation_cert_fini(&c);
		pki_stop(&p);
		arena_fini(&a);
	}
}

/* ---- certificates ---- */

TEST(certificates_come_and_go)
{
	struct world w;
	struct pki p;
	struct str root, again, other;
	struct device_list list;

	pki_start(&p, NULL);
	world_start(&w, &admin);
	struct str text = str_of(pki_base64(&w.a, p.root));
	ok(device_certificate_add_root(&w.call, text, &root));
	assert_true(str_eqz(root, "Intel(r) AMT Certificate: Handle: 0"));
	/* A second time: the same one. */
	ok(device_certificate_add_root(&w.call, text, &again));
	assert_true(str_eq(root, again));
	ok(device_certificate_add(&w.call, text, &other));
	assert_false(str_eq(root, other));
	ok(device_certificate_list(&w.call, &list));
	assert_int_equal(list.n, 2);
	ok(device_certificate_delete(&w.call, root));
	ok(device_certificate_delete(&w.call, root));
	ok(device_certificate_clear(&w.call));
	ok(device_certificate_list(&w.call, &list));
	assert_int_equal(list.n, 0);
	fails(device_certificate_add(&w.call, STR("-----BEGIN"), &other), ERR_INVALID,
	      "no base64 text of DER");
	fails(device_certificate_add(&w.call, STR("AAAA"), &other), ERR_DEVICE,
	      "AMT_PublicKeyManagementService.AddCertificate: the device answered "
	      "INVALID_CERT (2063)");
	world_stop(&w);
	pki_stop(&p);
}

TEST(roots_have_a_limit)
{
	struct world w;
	struct pki p;
	struct str id;
	char name[16];

	pki_start(&p, NULL);
	world_start(&w, &admin);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "Root %d", i);
		X509 *x = pki_cert(p.ca_key, name, p.ca_key, name, true, NULL, -1, 1);
		struct err *e = device_certificate_add_root(
			&w.call, str_of(pki_base64(&w.a, x)), &id);
		X509_free(x);
		if (i < 4)
			ok(e);
		else
			fails(e, ERR_DEVICE,
			      "AddTrustedRootCertificate: the device answered "
			      "MAX_LIMIT_REACHED (23)");
	}
	world_stop(&w);
	pki_stop(&p);
}

TEST(certificate_text_of_people)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"AAAA", "AAAA"},
		{" AA\r\nAA\n", "AAAA"},
		{"-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n",
		 "AAAABBBB"},
		{"-----BEGIN CERTIFICATE-----\nAAAA", NULL},
		{"", NULL},
		{"no certificate", NULL},
	};
	struct arena a = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *out = device_certificate_text(&a, str_of(rows[i].in));
		if (rows[i].out == NULL)
			assert_null(out);
		else
			assert_string_equal(out, rows[i].out);
	}
	arena_fini(&a);
}

/* ---- keys ---- */

TEST(keys_are_made_added_and_sign)
{
	struct world w;
	struct pki p;
	struct str id, request;
	struct device_list list;
	EVP_PKEY *public_key;
	unsigned char *der = NULL;

	pki_start(&p, NULL);
	world_start(&w, &admin);
	ok(device_key_generate(&w.call, &id, &public_key));
	assert_int_equal(EVP_PKEY_get_bits(public_key), 2048);
	/* A request without a signature, for that key. */
	X509_REQ *rq = X509_REQ_new();
	X509_REQ_set_pubkey(rq, public_key);
	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(rq), "CN", MBSTRING_ASC,
				   (const uint8_t *)"desk7", -1, -1, 0);
	X509_REQ_sign(rq, p.ca_key, EVP_sha256());
	int n = i2d_X509_REQ(rq, &der);
	ok(device_key_sign_request(
		&w.call, id, str_of(base64_encode(&w.a, der, (size_t)n)), &request));
	size_t raw_n;
	const unsigned char *raw = base64_decode(&w.a, request, &raw_n);
	X509_REQ *signed_rq = d2i_X509_REQ(NULL, &raw, (long)raw_n);
	assert_int_equal(X509_REQ_verify(signed_rq, public_key), 1);
	fails(device_key_sign_request(&w.call, STR("Intel(r) AMT Key: Handle: 9"),
				      str_of(base64_encode(&w.a, der, (size_t)n)),
				      &request),
	      ERR_DEVICE,
	      "GeneratePKCS10RequestEx: the device answered INVALID_PARAMETER (36)");
	OPENSSL_free(der);
	der = NULL;
	n = i2d_PrivateKey(p.leaf_key, &der);
	struct secret key = secret_of(base64_encode(&w.a, der, (size_t)n));
	ok(device_key_add(&w.call, &key, &id));
	assert_true(id.n > 0);
	ok(device_key_add(&w.call, &key, &id));
	assert_int_equal(id.n, 0);
	struct secret bad = secret_of("AAAA");
	fails(device_key_add(&w.call, &bad, NULL), ERR_DEVICE, "INVALID_KEY (2062)");
	ok(device_key_list(&w.call, &list));
	assert_int_equal(list.n, 2);
	for (size_t i = 0; i < list.n; i++)
		ok(device_key_delete(
			&w.call,
			((struct amt_public_private_key_pair *)list.v[i])->instance_id));
	ok(device_key_list(&w.call, &list));
	assert_int_equal(list.n, 0);
	OPENSSL_free(der);
	X509_REQ_free(rq);
	X509_REQ_free(signed_rq);
	EVP_PKEY_free(public_key);
	world_stop(&w);
	pki_stop(&p);
}

/* ---- TLS ---- */

static void go_tls(struct world *w, const struct tls_client_config *c)
{
	ok(tls_client_ctx(c, &w->tls));
	world_again(w);
}

static void leave_tls(struct world *w)
{
	SSL_CTX_free(w->tls);
	w->tls = NULL;
	world_again(w);
}

TEST(tls_with_our_root)
{
	struct world w;
	struct pki p;
	struct device_setup s;
	const char *leaf;

	pki_start(&p, NULL);
	world_start(&w, &admin);
	struct device_tls_issuer issuer = {p.root, p.ca_key};
	struct device_tls_subject subject = {STR("desk7"), STR("desk7.corp.example.com")};
	ok(device_tls_self_signed(&w.call, &issuer, &subject, &leaf));
	ok(device_tls_set(&w.call, DEVICE_TLS_SERVER_AND_PLAIN, NULL, 0));
	ok(device_setup_commit(&w.call));
	world_settle(&w);
	assert_true(w.full->state->tls_network.enabled &&
		    w.full->state->tls_network.accept_plain &&
		    w.full->state->tls_local.enabled);
	/* Verified against the root that signed it, by its name. */
	go_tls(&w, &(struct tls_client_config){.ca_pem = cert_pem_in(&w.a, p.root),
					       .server_name = "desk7",
					       .match_cn = true});
	ok(device_setup_read(&w.call, &s));
	leave_tls(&w);
	go_tls(&w, &(struct tls_client_config){.ca_pem = cert_pem_in(&w.a, p.root),
					       .server_name = "desk8",
					       .match_cn = true});
	struct err *e = device_setup_read(&w.call, &s);
	assert_non_null(e);
	err_free(e);
	leave_tls(&w);
	/* And away again. */
	ok(device_tls_set(&w.call, DEVICE_TLS_OFF, NULL, 0));
	ok(device_setup_commit(&w.call));
	world_settle(&w);
	ok(device_tls_forget(&w.call));
	ok(device_certificate_clear(&w.call));
	assert_int_equal(world_count(&w, &amt_public_key_certificate_class), 0);
	assert_int_equal(world_count(&w, &amt_public_private_key_pair_class), 0);
	assert_int_equal(world_count(&w, &amt_tls_credential_context_class), 0);
	world_stop(&w);
	pki_stop(&p);
}

TEST(tls_with_a_throw_away_root)
{
	struct world w;
	X509 *root;
	EVP_PKEY *key;
	const char *first, *second;
	struct device_setup s;

	world_start(&w, &admin);
	ok(device_tls_make_root(SOON, "RPC Root CA Certificate", &root, &key));
	struct device_tls_issuer issuer = {root, key};
	struct device_tls_subject subject = {STR("AMT-desk7"), {0}};
	ok(device_tls_self_signed(&w.call, &issuer, &subject, &first));
	/* Again: the credential is put in the place of the first. */
	ok(device_tls_self_signed(&w.call, &issuer, &subject, &second));
	assert_string_not_equal(first, second);
	ok(device_tls_set(&w.call, DEVICE_TLS_SERVER, NULL, 0));
	ok(device_setup_commit(&w.call));
	world_settle(&w);
	assert_false(w.full->state->tls_network.accept_plain);
	go_tls(&w, &(struct tls_client_config){.ca_pem = cert_pem_in(&w.a, root)});
	ok(device_setup_read(&w.call, &s));
	size_t certificates, keys;
	ok(device_certificate_prune(&w.call, &certificates, &keys));
	assert_int_equal(certificates, 1);
	assert_int_equal(keys, 1);
	assert_int_equal(world_count(&w, &amt_public_key_certificate_class), 1);
	X509_free(root);
	EVP_PKEY_free(key);
	world_stop(&w);
}

TEST(mutual_tls_lets_trusted_names_in)
{
	struct world w;
	struct pki p;
	struct device_setup s;
	struct str root, trusted = STR("rps.corp.example.com");
	struct device_tls_subject subject = {STR("desk7"), {0}};

	pki_start(&p, &(struct pki_options){.usage = "clientAuth"});
	world_start(&w, &admin);
	struct device_tls_issuer issuer = {p.root, p.ca_key};
	ok(device_tls_self_signed(&w.call, &issuer, &subject, NULL));
	ok(device_tls_set(&w.call, DEVICE_TLS_MUTUAL_AND_PLAIN, &trusted, 1));
	/* Neither root nor clock. */
	fails(device_setup_commit(&w.call), ERR_DEVICE, "DATA_MISSING (2057)");
	ok(device_certificate_add_root(&w.call, str_of(pki_base64(&w.a, p.root)), &root));
	fails(device_setup_commit(&w.call), ERR_DEVICE, "DATA_MISSING (2057)");
	ok(device_clock_sync(&w.call));
	ok(device_setup_commit(&w.call));
	world_settle(&w);
	assert_true(w.full->state->tls_network.mutual);
	go_tls(&w, &(struct tls_client_config){.insecure = true});
	struct err *e = device_setup_read(&w.call, &s);
	assert_non_null(e);
	err_free(e);
	leave_tls(&w);
	BIO *b = BIO_new(BIO_s_mem());
	char *key;
	PEM_write_bio_PrivateKey(b, p.leaf_key, NULL, NULL, 0, NULL, NULL);
	long n = BIO_get_mem_data(b, &key);
	const char *key_pem = arena_strndup(&w.a, key, (size_t)n);
	BIO_free(b);
	go_tls(&w,
	       &(struct tls_client_config){
		       .insecure = true,
		       .cert_pem = arena_printf(&w.a, "%s%s", cert_pem_in(&w.a, p.leaf),
						cert_pem_in(&w.a, p.middle)),
		       .key_pem = key_pem});
	ok(device_setup_read(&w.call, &s));
	world_stop(&w);
	pki_stop(&p);
}

TEST(tls_of_a_platform_without_plain_ports_stays_on)
{
	struct world w;
	struct device_tls t;
	X509 *root;
	EVP_PKEY *key;
	struct device_tls_subject subject = {STR("desk7"), {0}};

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN,
						.tls_always = true});
	ok(device_tls_read(&w.call, &t));
	assert_true(t.always);
	fails(device_tls_set(&w.call, DEVICE_TLS_OFF, NULL, 0), ERR_CONFLICT,
	      "TLS cannot be switched off on this platform");
	ok(device_tls_make_root(SOON, "root", &root, &key));
	ok(device_tls_self_signed(&w.call, &(struct device_tls_issuer){root, key},
				  &subject, NULL));
	/* What it cannot do is not asked of it. */
	ok(device_tls_set(&w.call, DEVICE_TLS_SERVER_AND_PLAIN, NULL, 0));
	ok(device_setup_commit(&w.call));
	assert_false(w.full->state->tls_network.accept_plain);
	X509_free(root);
	EVP_PKEY_free(key);
	world_stop(&w);
}

/* A certification authority, as an enterprise assistant stands for one. */
struct authority {
	struct pki *p;
	unsigned asked;
	bool refuse, mistaken; /* mistaken: issues for another key */
};

static struct err *make_request(void *arg, struct device_call *c, struct str key_id,
				struct str der_key, struct str *null_signed)
{
	struct authority *ca = arg;
	unsigned char *der = NULL;
	EVP_PKEY *public_key;

	ca->asked++;
	if (ca->refuse)
		return err_new(ERR_UNAVAILABLE, "the authority is closed");
	TRY(device_key_public(der_key, c->arena, &public_key));
	X509_REQ *rq = X509_REQ_new();
	X509_REQ_set_pubkey(rq, public_key);
	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(rq), "CN", MBSTRING_ASC,
				   (const uint8_t *)"desk7", -1, -1, 0);
	X509_REQ_sign(rq, ca->p->ca_key, EVP_sha256());
	int n = i2d_X509_REQ(rq, &der);
	*null_signed = str_of(base64_encode(c->arena, der, (size_t)n));
	OPENSSL_free(der);
	X509_REQ_free(rq);
	EVP_PKEY_free(public_key);
	return NULL;
}

static struct err *issue(void *arg, struct device_call *c, struct str signed_request,
			 struct str *certificate)
{
	struct authority *ca = arg;
	size_t n;
	const unsigned char *der = base64_decode(c->arena, signed_request, &n);
	X509_REQ *rq = d2i_X509_REQ(NULL, &der, (long)n);

	ca->asked++;
	assert_int_equal(X509_REQ_verify(rq, X509_REQ_get0_pubkey(rq)), 1);
	EVP_PKEY *key = ca->mistaken ? ca->p->leaf_key : X509_REQ_get0_pubkey(rq);
	X509 *x = pki_cert(key, "desk7", ca->p->ca_key, "Test Root", false, "serverAuth",
			   -1, 1);
	*certificate = str_of(pki_base64(c->arena, x));
	X509_free(x);
	X509_REQ_free(rq);
	return NULL;
}

TEST(tls_with_a_certificate_signed_by_others)
{
	struct world w;
	struct pki p;
	struct authority ca = {.p = &p};
	struct device_tls_signer signer = {&ca, make_request, issue};
	struct device_tls_signed made;
	struct device_setup s;

	pki_start(&p, NULL);
	world_start(&w, &admin);
	ok(device_tls_signed_certificate(&w.call, &signer, &made));
	ok(device_tls_use(&w.call, made.id));
	assert_int_equal(ca.asked, 2);
	ok(device_tls_set(&w.call, DEVICE_TLS_SERVER, NULL, 0));
	ok(device_setup_commit(&w.call));
	world_settle(&w);
	go_tls(&w, &(struct tls_client_config){.ca_pem = cert_pem_in(&w.a, p.root),
					       .server_name = "desk7",
					       .match_cn = true});
	ok(device_setup_read(&w.call, &s));
	/* What goes wrong leaves no pair behind. */
	ca.refuse = true;
	fails(device_tls_signed_certificate(&w.call, &signer, &made), ERR_UNAVAILABLE,
	      "the authority is closed");
	ca.refuse = false;
	ca.mistaken = true;
	fails(device_tls_signed_certificate(&w.call, &signer, &made), ERR_DEVICE,
	      "no certificate for the device's key pair");
	assert_int_equal(world_count(&w, &amt_public_private_key_pair_class), 1);
	assert_int_equal(world_count(&w, &amt_public_key_certificate_class), 1);
	world_stop(&w);
	pki_stop(&p);
}

TEST(tls_without_a_certificate_of_the_device_is_refused)
{
	struct world w;
	struct pki p;
	struct str id;

	pki_start(&p, NULL);
	world_start(&w, &admin);
	ok(device_certificate_add(&w.call, str_of(pki_base64(&w.a, p.leaf)), &id));
	fails(device_tls_use(&w.call, id), ERR_DEVICE,
	      "Create of AMT_TLSCredentialContext: d:InvalidRepresentation");
	ok(device_tls_set(&w.call, DEVICE_TLS_SERVER, NULL, 0));
	fails(device_setup_commit(&w.call), ERR_DEVICE, "DATA_MISSING (2057)");
	world_stop(&w);
	pki_stop(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(provisioning_files),
		cmocka_unit_test(provisioning_text_may_have_line_breaks),
		cmocka_unit_test(provisioning_file_of_old_windows),
		cmocka_unit_test(provisioning_certificate_is_looked_at),
		cmocka_unit_test(certificates_come_and_go),
		cmocka_unit_test(roots_have_a_limit),
		cmocka_unit_test(certificate_text_of_people),
		cmocka_unit_test(keys_are_made_added_and_sign),
		cmocka_unit_test(tls_with_our_root),
		cmocka_unit_test(tls_with_a_throw_away_root),
		cmocka_unit_test(mutual_tls_lets_trusted_names_in),
		cmocka_unit_test(tls_of_a_platform_without_plain_ports_stays_on),
		cmocka_unit_test(tls_with_a_certificate_signed_by_others),
		cmocka_unit_test(tls_without_a_certificate_of_the_device_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
