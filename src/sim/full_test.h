/* SPDX-License-Identifier: Apache-2.0
 * For tests of full devices: one in memory, asked by the client's encoder and decoder,
 * and certificates made on the spot.
 */
#ifndef SIM_FULL_TEST_H
#define SIM_FULL_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/wsman/classes/all.h>
#include <base/clock.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <sim/classes.h>

struct full_fixture {
	struct sim_model model;
	struct sim_device d;
	struct arena a;
	struct sim_caller caller;
	unsigned after;
	EVP_PKEY *key; /* of every certificate here: making keys takes time */
};

static const struct sim_caller full_admin = {.realms = SIM_ALL_REALMS};
static const struct sim_caller full_host = {
	.local = true, .system = true, .realms = 1u << SIM_REALM_LOCAL_SYSTEM};

static inline void full_start(struct full_fixture *f, int mode, const char *trust)
{
	struct sim_birth b = {.uuid = {1, 2, 3},
			      .dns_suffix = "corp.example.com",
			      .trust = &trust,
			      .n_trust = trust != NULL,
			      .mode = mode,
			      .password = STR("P@ssw0rd")};
	struct sim_state *st;

	sim_state_free(f->d.state);
	assert_null(sim_state_new(&b, &st));
	f->model = (struct sim_model){
		.version = "16.1.25", .build = "1932", .step_ms = 1000};
	sim_device_init(&f->d, &f->model, b.uuid);
	f->d.state = st;
	f->caller = mode == 0 ? full_host : full_admin;
}

static EVP_PKEY *full_key;

static inline int full_set_up(void **state)
{
	struct full_fixture *f = xcalloc(1, sizeof(*f));

	if (full_key == NULL)
		full_key = EVP_RSA_gen(2048);
	f->key = full_key;
	full_start(f, IPS_CONTROL_ADMIN, NULL);
	*state = f;
	return 0;
}

static inline int full_tear_down(void **state)
{
	struct full_fixture *f = *state;

	sim_state_free(f->d.state);
	arena_fini(&f->a);
	free(f);
	return 0;
}

static inline int full_group_end(void **state)
{
	EVP_PKEY_free(full_key);
	return 0;
}

/* Status; r lives in the fixture's arena. */
static inline int full_ask(struct full_fixture *f, const struct wsman_call *call,
			   struct wsman_reply *r)
{
	struct buf rq = {0}, out = {0};

	wsman_encode_request(&rq, call, 7);
	int status =
		sim_wsman_as(&f->d, &f->caller, buf_str(&rq), &f->a, &out, &f->after);
	char *copy = arena_strndup(&f->a, out.p, out.len);
	struct err *e = wsman_decode_reply((struct str){copy, out.len}, call, &f->a, r);
	if (e != NULL)
		fail_msg("%s in %s", err_str(e, &f->a), copy);
	buf_fini(&rq);
	buf_fini(&out);
	return status;
}

static inline const void *full_get(struct full_fixture *f, const struct wsman_class *c)
{
	struct wsman_reply r;

	assert_int_equal(full_ask(f, &(struct wsman_call){.op = WSMAN_GET, .cls = c}, &r),
			 200);
	return r.object;
}

/* ReturnValue; out struct in *out when not NULL. Faults: minus one. */
static inline int64_t full_invoke(struct full_fixture *f, const struct wsman_class *c,
				  const struct wsman_method *m, const void *in,
				  const void **out)
{
	struct wsman_reply r;
	struct wsman_call call = {
		.op = WSMAN_INVOKE, .cls = c, .method = m, .object = in};

	if (full_ask(f, &call, &r) != 200)
		return -1;
	if (out != NULL)
		*out = r.object;
	return r.return_value.v;
}

/* Subcode of the fault, or "" when there is none. */
static inline const char *full_fault(struct full_fixture *f, enum wsman_op op,
				     const struct wsman_class *c,
				     const struct wsman_epr *by, const void *object)
{
	struct wsman_reply r;
	struct wsman_call call = {.op = op, .cls = c, .selectors = by, .object = object};

	if (full_ask(f, &call, &r) == 200)
		return "";
	assert_true(r.is_fault);
	return str_dup(&f->a, r.fault.subcode);
}

static inline struct wsman_epr full_by(struct full_fixture *f, const char *name,
				       const char *value)
{
	struct wsman_selector s = {str_of(name), str_of(value), NULL};

	return (struct wsman_epr){.n = 1,
				  .selectors = arena_memdup(&f->a, &s, sizeof(s))};
}

static inline size_t full_list(struct full_fixture *f, const struct wsman_class *c,
			       struct wsman_item **items)
{
	struct wsman_reply r;
	struct wsman_call call = {.op = WSMAN_ENUMERATE, .cls = c};

	assert_int_equal(full_ask(f, &call, &r), 200);
	call.op = WSMAN_PULL;
	call.context = r.context;
	assert_int_equal(full_ask(f, &call, &r), 200);
	*items = r.items;
	return r.n_items;
}

/* ---- certificates ---- */

static inline void full_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

/* Signed with the fixture's key, valid for a day around now. */
static inline X509 *full_cert(struct full_fixture *f, const char *cn, const char *issuer,
			      bool ca, const char *eku)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_NAME_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -86400);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1,
				   0);
	X509_set_subject_name(x, name);
	X509_NAME_free(name);
	name = X509_NAME_new();
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)issuer, -1,
				   -1, 0);
	X509_set_issuer_name(x, name);
	X509_NAME_free(name);
	X509_set_pubkey(x, f->key);
	if (ca)
		full_extension(x, NID_basic_constraints, "critical,CA:TRUE");
	if (eku != NULL)
		full_extension(x, NID_ext_key_usage, eku);
	assert_true(X509_sign(x, f->key, EVP_sha256()) > 0);
	return x;
}

static inline struct str full_der(struct full_fixture *f, X509 *take_x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(take_x, &der);
	struct str text = str_of(base64_encode(&f->a, der, (size_t)n));

	OPENSSL_free(der);
	X509_free(take_x);
	return text;
}

#endif
