/* SPDX-License-Identifier: Apache-2.0
 * Rows and secrets together, on both databases, with failures between them.
 */
#include <rps/rps_test.h>

static json_t *from(const char *json)
{
	json_t *v = json_loads(json, 0, NULL);

	assert_non_null(v);
	return v;
}

struct spec {
	const struct rps_noun *noun;
	const char *tenant, *values, *secret;
	const struct rps_link *wifi, *proxies;
	size_t n_wifi, n_proxies;
};

static struct err *create(struct rps_test *x, const struct spec *v)
{
	json_auto_t *values = from(v->values);
	json_auto_t *secret = v->secret != NULL ? from(v->secret) : NULL;
	struct rps_change c = {
		.noun = v->noun,
		.tenant = v->tenant != NULL ? v->tenant : "",
		.values = values,
		.secret = secret,
		.wifi = v->wifi,
		.n_wifi = v->n_wifi,
		.proxies = v->proxies,
		.n_proxies = v->n_proxies,
	};
	struct rps_row row;

	return rps_create(x->s, &c, x->a, soon(), &row);
}

static struct err *update(struct rps_test *x, const struct spec *v, bool drop,
			  bool *stale)
{
	json_auto_t *values = from(v->values);
	json_auto_t *secret = v->secret != NULL ? from(v->secret) : NULL;
	const char *tenant = v->tenant != NULL ? v->tenant : "";
	const char *name = json_string_value(json_object_get(values, v->noun->name_key));
	struct rps_change c = {
		.noun = v->noun,
		.tenant = tenant,
		.values = values,
		.secret = secret,
		.drop_secret = drop,
		.wifi = v->wifi,
		.n_wifi = v->n_wifi,
	};
	struct rps_row old, row;

	ok(rps_row_get(x->s, v->noun, tenant, name, x->a, soon(), &old));
	return rps_update(x->s, &c, &old, x->a, soon(), &row, stale);
}

static const char *json_of(struct rps_test *x, const struct rps_noun *noun,
			   const char *tenant, const char *name)
{
	struct buf b = {0};
	struct rps_row row;

	ok(rps_row_get(x->s, noun, tenant, name, x->a, soon(), &row));
	rps_row_json(&b, &row);
	/* without the version, which is random */
	char *at = strstr(b.p, ",\"version\"");
	const char *out = arena_strndup(x->a, b.p, (size_t)(at - b.p));
	buf_fini(&b);
	return out;
}

#define CIRA(name, port)                                                        \
	"{\"configName\":\"" name                                               \
	"\",\"mpsServerAddress\":\"mps.example.com\",\"mpsPort\":" port         \
	",\"username\":\"admin\",\"serverAddressFormat\":201,\"authMethod\":2," \
	"\"mpsRootCertificate\":\"root\",\"proxyDetails\":\"\"}"
#define MPS_SECRET(p) "{\"MPS_PASSWORD\":\"" p "\"}"

static const struct spec cira = {&rps_ciraconfigs, "", CIRA("One", "4433"),
				 MPS_SECRET("first")};

/* ---- rows ---- */

static void rows_body(struct store_test *t)
{
	struct rps_test x;
	struct rps_row row;
	struct db_rows *r;
	int64_t total;

	rps_test_open(&x, t);
	ok(create(&x, &cira));
	assert_string_equal(
		json_of(&x, &rps_ciraconfigs, "", "oNE"),
		"{\"configName\":\"One\",\"mpsServerAddress\":\"mps.example.com\","
		"\"mpsPort\":4433,\"username\":\"admin\",\"commonName\":null,"
		"\"serverAddressFormat\":201,\"authMethod\":2,\"mpsRootCertificate\":"
		"\"root\",\"proxyDetails\":\"\",\"tenantId\":\"\"");
	fails(create(&x, &(struct spec){&rps_ciraconfigs, "", CIRA("ONE", "1"), NULL}),
	      ERR_CONFLICT);
	/* another tenant has its own */
	ok(create(&x, &(struct spec){&rps_ciraconfigs, "t1", CIRA("one", "5000"), NULL}));
	fails(rps_row_get(x.s, &rps_ciraconfigs, "t2", "one", x.a, soon(), &row),
	      ERR_NOT_FOUND);
	ok(rps_row_list(x.s, &rps_ciraconfigs, "t1", 10, 0, x.a, soon(), &r, &total));
	assert_int_equal(r->n, 1);
	assert_int_equal(total, 1);
	assert_string_equal(db_text(r, 0, 0), "one");
	ok(create(&x,
		  &(struct spec){&rps_ciraconfigs, "t1", CIRA("another", "1"), NULL}));
	ok(rps_row_list(x.s, &rps_ciraconfigs, "t1", 1, 1, x.a, soon(), &r, &total));
	assert_string_equal(db_text(r, 0, 0), "one");
	assert_int_equal(total, 2);
	rps_test_close(&x);
}

static void names_compare_without_case_and_stay_in_their_tenant(void **state)
{
	on_each(rows_body);
}

static void versions_body(struct store_test *t)
{
	struct rps_test x;
	struct rps_row old, now;
	bool stale;

	rps_test_open(&x, t);
	ok(create(&x, &cira));
	ok(rps_row_get(x.s, &rps_ciraconfigs, "", "one", x.a, soon(), &old));
	struct spec v = cira;
	v.values = CIRA("One", "5001");
	v.secret = NULL;
	ok(update(&x, &v, false, &stale));
	assert_false(stale);
	/* what was read before is no longer there to be changed */
	json_auto_t *values = from(CIRA("One", "5002"));
	json_auto_t *secret = from(MPS_SECRET("stale"));
	struct rps_change c = {.noun = &rps_ciraconfigs,
			       .tenant = "",
			       .values = values,
			       .secret = secret};
	ok(rps_update(x.s, &c, &old, x.a, soon(), &now, &stale));
	assert_true(stale);
	assert_string_not_equal(rps_row_version(&now), rps_row_version(&old));
	json_t *kept;
	ok(rps_secret_read(x.s, &now, x.a, soon(), &kept));
	assert_string_equal(json_string_value(json_object_get(kept, "MPS_PASSWORD")),
			    "first");
	json_decref(kept);
	assert_non_null(strstr(json_of(&x, &rps_ciraconfigs, "", "one"), "5001"));
	rps_test_close(&x);
}

static void a_stale_change_alters_neither_row_nor_secret(void **state)
{
	on_each(versions_body);
}

/* ---- secrets ---- */

static void plain_body(struct store_test *t)
{
	struct rps_test x;
	struct spec v = cira;
	bool stale;
	int used;

	rps_test_open(&x, t);
	ok(create(&x, &v));
	secret_is(&x, "CIRAConfigs/One", MPS_SECRET("first"));
	v.secret = MPS_SECRET("second");
	ok(update(&x, &v, false, &stale));
	secret_is(&x, "CIRAConfigs/One", MPS_SECRET("second"));
	v.secret = NULL;
	ok(update(&x, &v, false, &stale));
	secret_is(&x, "CIRAConfigs/One", MPS_SECRET("second"));
	ok(update(&x, &v, true, &stale));
	secret_is(&x, "CIRAConfigs/One", NULL);
	assert_int_equal(count(t, "rps_secret_garbage"), 0);
	v.secret = MPS_SECRET("third");
	ok(update(&x, &v, false, &stale));
	v.tenant = "t/1";
	v.secret = MPS_SECRET("theirs");
	ok(create(&x, &v));
	secret_is(&x, "tenants/t~2f1/CIRAConfigs/One", MPS_SECRET("theirs"));
	ok(rps_delete(x.s, &rps_ciraconfigs, "", "ONE", x.a, soon(), &used));
	assert_int_equal(used, 0);
	secret_is(&x, "CIRAConfigs/One", NULL);
	secret_is(&x, "tenants/t~2f1/CIRAConfigs/One", MPS_SECRET("theirs"));
	fails(rps_delete(x.s, &rps_ciraconfigs, "", "one", x.a, soon(), &used),
	      ERR_NOT_FOUND);
	rps_test_close(&x);
}

static void secrets_are_where_upstream_has_them(void **state)
{
	on_each(plain_body);
}

/* What a reader gets for the row, or "none". */
static const char *effective(struct rps_test *x, const char *name)
{
	struct rps_row row;
	json_t *v;

	struct err *e = rps_row_get(x->s, &rps_ciraconfigs, "", name, x->a, soon(), &row);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return "no row";
	}
	ok(e);
	e = rps_secret_read(x->s, &row, x->a, soon(), &v);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return "none";
	}
	ok(e);
	const char *out =
		arena_printf(x->a, "%s %s", db_text(row.r, row.i, rps_col(1)),
			     json_string_value(json_object_get(v, "MPS_PASSWORD")));
	json_decref(v);
	return out;
}

enum op { OP_CREATE, OP_UPDATE, OP_DROP, OP_DELETE, OPS };

static struct err *do_op(struct rps_test *x, enum op op)
{
	struct spec v = {&rps_ciraconfigs, "", CIRA("One", "5000"), MPS_SECRET("new")};
	bool stale;
	int used;

	switch (op) {
	case OP_CREATE:
		return create(x, &v);
	case OP_UPDATE:
		return update(x, &v, false, &stale);
	case OP_DROP:
		v.secret = NULL;
		return update(x, &v, true, &stale);
	default:
		return rps_delete(x->s, &rps_ciraconfigs, "", "one", x->a, soon(), &used);
	}
}

static bool one_of(const char *s, const char *a, const char *b)
{
	return strcmp(s, a) == 0 || strcmp(s, b) == 0;
}

/* Every call to the secret store of every operation fails once, and from there on for
 * good (the process died); what is found then is all of the old or all of the new, and
 * doing it again works. */
static void failures_body(struct store_test *t)
{
	static const char *const before[] = {"no row", "4433 first", "4433 first",
					     "4433 first"};
	static const char *const after[] = {"5000 new", "5000 new", "none", "no row"};
	struct rps_test x;
	unsigned held = 0;

	rps_test_open(&x, t);
	for (int op = 0; op < OPS; op++) {
		for (int n = 1;; n++) {
			int used;

			if (op != OP_CREATE)
				ok(create(&x, &cira));
			x.secrets.calls = 0;
			x.secrets.fail_in = n;
			x.secrets.all_then = true;
			struct err *e = do_op(&x, op);
			bool reached = (int)x.secrets.calls >= n;
			x.secrets.fail_in = 0;
			const char *got = effective(&x, "one");
			if (!one_of(got, before[op], after[op]))
				fail_msg("operation %d, call %d: %s", op, n, got);
			if (e == NULL)
				assert_string_equal(got, after[op]);
			else
				assert_string_equal(got, before[op]);
			err_free(e);
			/* a second run succeeds, if there is something left to do */
			if (strcmp(got, before[op]) == 0)
				ok(do_op(&x, op));
			assert_string_equal(effective(&x, "one"), after[op]);
			ok(rps_secret_sweep(x.s, soon()));
			assert_int_equal(count(t, "rps_secret_garbage"), 0);
			if (op == OP_DROP || op == OP_DELETE)
				secret_is(&x, "CIRAConfigs/One", NULL);
			if (op != OP_DELETE)
				ok(rps_delete(x.s, &rps_ciraconfigs, "", "one", x.a,
					      soon(), &used));
			secret_is(&x, "CIRAConfigs/One", NULL);
			if (!reached)
				break;
			held++;
		}
	}
	assert_int_equal(held, 6);
	rps_test_close(&x);
}

static void a_failing_secret_store_leaves_old_or_new(void **state)
{
	on_each(failures_body);
}

#define PROFILE(name, cira_name)                                                 \
	"{\"profileName\":\"" name "\",\"activation\":\"acmactivate\","          \
	"\"generateRandomPassword\":false,\"generateRandomMEBxPassword\":false," \
	"\"dhcpEnabled\":true,\"tags\":[\"a\",\"b\"],\"ciraConfigName\":" cira_name "}"
#define PASSWORDS(amt, mebx) \
	"{\"AMT_PASSWORD\":\"" amt "\",\"MEBX_PASSWORD\":\"" mebx "\"}"
#define WIFI(name, ieee)                                                  \
	"{\"profileName\":\"" name "\",\"authenticationMethod\":6,"       \
	"\"encryptionMethod\":4,\"ssid\":\"net\",\"linkPolicy\":[14,16]," \
	"\"ieee8021xProfileName\":" ieee "}"
#define IEEE(name)                                                    \
	"{\"profileName\":\"" name "\",\"authenticationProtocol\":2," \
	"\"pxeTimeout\":60,\"wiredInterface\":false}"
#define PROXY(name)                                                              \
	"{\"name\":\"" name "\",\"address\":\"proxy." name ".com\",\"port\":80," \
	"\"infoFormat\":201,\"networkDnsSuffix\":\"example.com\"}"

/* The database refuses after the secret was written. */
static void refused_body(struct store_test *t)
{
	struct rps_test x;
	struct spec v = {&rps_profiles, "", PROFILE("p", "\"nowhere\""),
			 PASSWORDS("a1", "m1")};
	bool stale;

	rps_test_open(&x, t);
	fails(create(&x, &v), ERR_INVALID);
	secret_is(&x, "profiles/p", NULL);
	v.values = PROFILE("p", "null");
	ok(create(&x, &v));
	v.values = PROFILE("p", "\"nowhere\"");
	v.secret = PASSWORDS("a2", "m2");
	fails(update(&x, &v, false, &stale), ERR_INVALID);
	struct rps_setup s;
	ok(rps_setup_read(x.s, "", "P", x.a, soon(), &s));
	assert_string_equal(s.amt_password.p, "a1");
	assert_string_equal(s.mebx_password.p, "m1");
	assert_null(s.cira);
	rps_setup_fini(&s);
	/* a name that is taken does not touch the other's secret */
	fails(create(&x, &v), ERR_CONFLICT);
	ok(rps_setup_read(x.s, "", "p", x.a, soon(), &s));
	assert_string_equal(s.amt_password.p, "a1");
	rps_setup_fini(&s);
	rps_test_close(&x);
}

static void a_refusing_database_leaves_the_old_pair(void **state)
{
	on_each(refused_body);
}

/* ---- profiles ---- */

static void setup_body(struct store_test *t)
{
	static const struct rps_link wifi[] = {{"w2", 9}, {"W1", 3}};
	static const struct rps_link proxies[] = {{"px2", 1}, {"px1", 2}};
	struct rps_test x;
	struct rps_setup s;
	bool stale;
	int used;

	rps_test_open(&x, t);
	ok(create(&x, &cira));
	ok(create(&x, &(struct spec){&rps_ieee8021xconfigs, "", IEEE("dot1x"), NULL}));
	ok(create(&x, &(struct spec){&rps_wirelessconfigs, "", WIFI("w1", "null"),
				     "{\"PSK_PASSPHRASE\":\"passphrase\"}"}));
	ok(create(&x, &(struct spec){&rps_wirelessconfigs, "", WIFI("w2", "\"DOT1X\""),
				     NULL}));
	ok(create(&x, &(struct spec){&rps_proxyconfigs, "", PROXY("px1"), NULL}));
	ok(create(&x, &(struct spec){&rps_proxyconfigs, "", PROXY("px2"), NULL}));
	struct spec v = {&rps_profiles,
			 "",
			 PROFILE("prof", "\"one\""),
			 PASSWORDS("amt", "mebx"),
			 wifi,
			 proxies,
			 2,
			 2};
	ok(create(&x, &v));
	ok(rps_setup_read(x.s, "", "PROF", x.a, soon(), &s));
	assert_string_equal(s.profile.name, "prof");
	assert_true(rps_profile_is_acm(&s.profile));
	assert_string_equal(s.profile.tags, "[\"a\",\"b\"]");
	assert_int_equal(s.profile.dhcp, RPS_YES);
	assert_int_equal(s.profile.kvm, RPS_UNSET);
	assert_string_equal(s.amt_password.p, "amt");
	assert_string_equal(s.mebx_password.p, "mebx");
	assert_string_equal(s.cira->name, "One");
	assert_int_equal(s.cira->mps_port, 4433);
	assert_string_equal(s.mps_password.p, "first");
	assert_int_equal(s.n_wifi, 2);
	assert_string_equal(s.wifi[0].config.name, "w1");
	assert_int_equal(s.wifi[0].priority, 3);
	assert_string_equal(s.wifi[0].psk.p, "passphrase");
	assert_string_equal(s.wifi[0].config.link_policy, "[14,16]");
	assert_string_equal(s.wifi[1].ieee8021x->name, "dot1x");
	assert_int_equal(s.wifi[1].ieee8021x->protocol, 2);
	assert_null(s.wifi[1].psk.p);
	assert_int_equal(s.n_proxies, 2);
	assert_string_equal(s.proxies[0].address, "proxy.px1.com");
	assert_false(s.has_tls);
	rps_setup_fini(&s);
	fails(rps_setup_read(x.s, "t1", "prof", x.a, soon(), &s), ERR_NOT_FOUND);

	ok(rps_delete(x.s, &rps_ciraconfigs, "", "one", x.a, soon(), &used));
	assert_int_equal(used, 1);
	secret_is(&x, "CIRAConfigs/One", MPS_SECRET("first"));
	ok(rps_delete(x.s, &rps_ieee8021xconfigs, "", "dot1x", x.a, soon(), &used));
	assert_int_equal(used, 2);
	/* associations are replaced */
	v.n_wifi = 1;
	v.secret = NULL;
	ok(update(&x, &v, false, &stale));
	ok(rps_delete(x.s, &rps_wirelessconfigs, "", "w1", x.a, soon(), &used));
	assert_int_equal(used, 0);
	ok(rps_delete(x.s, &rps_proxyconfigs, "", "px1", x.a, soon(), &used));
	assert_int_equal(used, 0);
	ok(rps_setup_read(x.s, "", "prof", x.a, soon(), &s));
	assert_int_equal(s.n_wifi, 1);
	assert_string_equal(s.wifi[0].config.name, "w2");
	rps_setup_fini(&s);
	rps_test_close(&x);
}

static void a_setup_has_all_that_its_profile_names(void **state)
{
	on_each(setup_body);
}

static void missing_body(struct store_test *t)
{
	struct rps_test x;
	struct rps_setup s;

	rps_test_open(&x, t);
	ok(create(&x, &(struct spec){&rps_profiles, "", PROFILE("p", "null"),
				     PASSWORDS("amt", "")}));
	struct err *e = rps_setup_read(x.s, "", "p", x.a, soon(), &s);
	assert_non_null(e);
	assert_string_equal(e->msg, "the MEBx password of profile p is missing");
	fails(e, ERR_NOT_FOUND);
	/* a store that cannot be asked is not a missing secret */
	x.secrets.fail_in = 1;
	fails(rps_setup_read(x.s, "", "p", x.a, soon(), &s), ERR_UNAVAILABLE);
	rps_test_close(&x);
}

static void a_missing_secret_is_told_from_an_unreachable_store(void **state)
{
	on_each(missing_body);
}

/* ---- domains ---- */

static void domain_body(struct store_test *t)
{
	static const struct {
		const char *fqdn, *name;
	} v[] = {{"host.dept.example.com", "dept"},
		 {"HOST.Example.COM", "top"},
		 {"example.com", "top"},
		 {"host.example.org", NULL},
		 {"com", NULL},
		 {"", NULL}};
	struct rps_test x;

	rps_test_open(&x, t);
	ok(create(&x, &(struct spec){&rps_domains, "",
				     "{\"profileName\":\"top\",\"domainSuffix\":"
				     "\"example.com\"}",
				     "{\"CERT\":\"pfx\",\"CERT_PASSWORD\":\"pw\"}"}));
	ok(create(&x, &(struct spec){&rps_domains, "",
				     "{\"profileName\":\"dept\",\"domainSuffix\":"
				     "\"dept.example.com\",\"expirationDate\":"
				     "\"2031-05-06T07:08:09.000Z\"}",
				     "{\"CERT\":\"pfx\",\"CERT_PASSWORD\":\"pw\"}"}));
	fails(create(&x, &(struct spec){&rps_domains, "",
					"{\"profileName\":\"other\",\"domainSuffix\":"
					"\"Example.com\"}",
					"{\"CERT\":\"x\"}"}),
	      ERR_CONFLICT);
	secret_is(&x, "certs/other", NULL);
	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		struct rps_domain d;
		_cleanup_(secret_fini) struct secret pfx = {0}, password = {0};
		struct err *e = rps_domain_match(x.s, "", v[i].fqdn, x.a, soon(), &d,
						 &pfx, &password);
		if (v[i].name == NULL) {
			fails(e, ERR_NOT_FOUND);
			continue;
		}
		ok(e);
		assert_string_equal(d.name, v[i].name);
		assert_string_equal(pfx.p, "pfx");
		if (strcmp(d.name, "dept") == 0)
			assert_true(d.expires == 1935817689000);
	}
	rps_test_close(&x);
}

static void a_domain_is_found_by_the_longest_suffix(void **state)
{
	on_each(domain_body);
}

/* ---- devices ---- */

#define GUID "143E4567-e89b-12d3-a456-426614174000"

static void device_body(struct store_test *t)
{
	struct rps_test x;
	struct rps_device d;

	rps_test_open(&x, t);
	d = (struct rps_device){GUID, "t1", "p", 1000, 2000, true};
	ok(rps_device_put(x.s, &d, soon()));
	ok(rps_device_put(x.s, &d, soon()));
	d.tenant = "t2";
	fails(rps_device_put(x.s, &d, soon()), ERR_CONFLICT);
	fails(rps_device_get(x.s, "t2", GUID, x.a, soon(), &d), ERR_NOT_FOUND);
	ok(rps_device_get(x.s, NULL, GUID, x.a, soon(), &d));
	assert_string_equal(d.tenant, "t1");
	assert_int_equal(d.password_set_at, 2000);
	assert_true(d.password_generated);
	ok(rps_device_delete(x.s, GUID, soon()));
	fails(rps_device_get(x.s, "t1", GUID, x.a, soon(), &d), ERR_NOT_FOUND);
	rps_test_close(&x);
}

static void devices_belong_to_a_tenant(void **state)
{
	on_each(device_body);
}

static size_t claimed(struct rps_test *x, int64_t set_before, int64_t lease_ms,
		      size_t max)
{
	struct rps_device *due;
	size_t n;

	ok(rps_device_claim(x->s, set_before, lease_ms, max, x->a, soon(), &due, &n));
	for (size_t i = 1; i < n; i++)
		assert_true(due[i - 1].password_set_at <= due[i].password_set_at);
	return n;
}

static void rotation_body(struct store_test *t)
{
	struct rps_test x;
	struct rps_device d = {.tenant = "", .profile = "p", .activated_at = 1000};
	static const char *const guids[] = {"143e4567-e89b-12d3-a456-426614174001",
					    "143e4567-e89b-12d3-a456-426614174002",
					    "143e4567-e89b-12d3-a456-426614174003"};

	rps_test_open(&x, t);
	for (int i = 0; i < 3; i++) {
		d.guid = guids[i];
		d.password_set_at = 2000 + i;
		d.password_generated = i < 2;
		ok(rps_device_put(x.s, &d, soon()));
	}
	assert_int_equal(claimed(&x, 2000, 60000, 10), 0);
	assert_int_equal(claimed(&x, 9000, 60000, 1), 1);
	assert_int_equal(claimed(&x, 9000, 60000, 10), 1);
	assert_int_equal(claimed(&x, 9000, 60000, 10), 0);
	/* a lease that ended, as of an instance that died */
	ok(rps_device_rotate_after(x.s, guids[1], clock_wall_ms() - 1, soon()));
	assert_int_equal(claimed(&x, 9000, -1, 10), 1);
	/* done; chosen by somebody */
	ok(rps_device_password_set(x.s, guids[0], true, soon()));
	ok(rps_device_password_set(x.s, guids[1], false, soon()));
	assert_int_equal(claimed(&x, 9000, 60000, 10), 0);
	assert_int_equal(claimed(&x, clock_wall_ms() + 1, -1, 10), 1);
	/* activated anew: nobody's lease counts */
	ok(rps_device_rotate_after(x.s, guids[0], clock_wall_ms() + 60000, soon()));
	d.guid = guids[0];
	d.password_generated = true;
	ok(rps_device_put(x.s, &d, soon()));
	assert_int_equal(claimed(&x, 9000, 60000, 10), 1);
	rps_test_close(&x);
}

static void each_due_password_is_claimed_once(void **state)
{
	on_each(rotation_body);
}

/* ---- a database that upstream wrote ---- */

static void adopted_body(struct store_test *t)
{
	struct rps_test x;
	struct rps_setup s;
	struct rps_row row;
	json_t *v;
	bool stale;
	int used;

	rps_test_open(&x, t);
	/* clang-format off */
	const char *version = db_dialect(t->db) == DB_SQLITE ? ", version" : "";
	const char *value = db_dialect(t->db) == DB_SQLITE ? ", 1" : "";
	sql(t, arena_printf(x.a, "INSERT INTO ciraconfigs(cira_config_name, mps_port, password, tenant_id%s)"
		" VALUES('c', 1, 'patched', 't1'%s), ('d', 1, 'patched', ''%s), ('c', 1, NULL, 't2'%s)",
		version, value, value, value));
	sql(t, arena_printf(x.a, "INSERT INTO wirelessconfigs(wireless_profile_name, psk_passphrase, tenant_id%s)"
		" VALUES('w', 'clear-psk', ''%s)", version, value));
	sql(t, arena_printf(x.a, "INSERT INTO profiles(profile_name, activation, amt_password,"
		" generate_random_password, mebx_password, generate_random_mebx_password, tenant_id%s)"
		" VALUES('p', 'ccmactivate', 'AMT_PASSWORD', FALSE, 'clear-mebx', FALSE, 't1'%s)",
		version, value));
	/* clang-format on */
	put_secret(&x, "CIRAConfigs/c", MPS_SECRET("stored"));
	put_secret(&x, "profiles/p", PASSWORDS("amt", ""));
	ok(rps_adopt(x.s, soon()));
	ok(rps_adopt(x.s, soon()));
	assert_int_equal(
		db_int(ask(t, "SELECT count(*) FROM ciraconfigs WHERE password IS "
			      "NOT NULL"),
		       0, 0),
		0);
	/* what the store has wins; what it lacks is moved */
	secret_is(&x, "CIRAConfigs/c", MPS_SECRET("stored"));
	secret_is(&x, "CIRAConfigs/d", MPS_SECRET("patched"));
	secret_is(&x, "Wireless/w", "{\"PSK_PASSPHRASE\":\"clear-psk\"}");
	assert_string_equal(
		db_text(ask(t, "SELECT psk_passphrase FROM wirelessconfigs"), 0, 0),
		"PSK_PASSPHRASE");
	assert_null(db_text(ask(t, "SELECT mebx_password FROM profiles"), 0, 0));

	/* rows of another tenant are found at upstream's path until they are written */
	ok(rps_setup_read(x.s, "t1", "p", x.a, soon(), &s));
	assert_string_equal(s.amt_password.p, "amt");
	rps_setup_fini(&s);
	struct spec p = {&rps_profiles, "t1", PROFILE("p", "null"), NULL};
	ok(update(&x, &p, false, &stale));
	secret_is(&x, "tenants/t1/profiles/p", secret_at(&x, "profiles/p"));
	p.secret = PASSWORDS("own", "own");
	ok(update(&x, &p, false, &stale));
	secret_is(&x, "tenants/t1/profiles/p", PASSWORDS("own", "own"));

	/* two tenants share upstream's path: it goes with the last of them */
	ok(rps_delete(x.s, &rps_ciraconfigs, "t1", "c", x.a, soon(), &used));
	secret_is(&x, "CIRAConfigs/c", MPS_SECRET("stored"));
	ok(rps_row_get(x.s, &rps_ciraconfigs, "t2", "c", x.a, soon(), &row));
	ok(rps_secret_read(x.s, &row, x.a, soon(), &v));
	json_decref(v);
	ok(rps_delete(x.s, &rps_ciraconfigs, "t2", "c", x.a, soon(), &used));
	secret_is(&x, "CIRAConfigs/c", NULL);
	rps_test_close(&x);
}

static void upstreams_rows_are_adopted_and_lose_clear_secrets(void **state)
{
	on_each(adopted_body);
}

/* A row of ours never sees what lies at upstream's path. */
static void foreign_body(struct store_test *t)
{
	struct rps_test x;
	struct rps_row row;
	json_t *v;

	rps_test_open(&x, t);
	ok(create(&x, &cira));
	ok(create(&x, &(struct spec){&rps_ciraconfigs, "t1", CIRA("One", "1"), NULL}));
	ok(rps_row_get(x.s, &rps_ciraconfigs, "t1", "one", x.a, soon(), &row));
	fails(rps_secret_read(x.s, &row, x.a, soon(), &v), ERR_NOT_FOUND);
	rps_test_close(&x);
}

static void tenants_do_not_see_the_default_ones_secrets(void **state)
{
	on_each(foreign_body);
}

struct race {
	struct rps_test *x;
	const char *password;
	int done;
};

static void race_fiber(void *arg)
{
	struct race *r = arg;
	struct arena a = {0};
	json_auto_t *values = from(CIRA("One", "6000"));
	json_auto_t *secret = json_pack("{s:s}", "MPS_PASSWORD", r->password);
	struct rps_change c = {.noun = &rps_ciraconfigs,
			       .tenant = "",
			       .values = values,
			       .secret = secret};
	struct rps_row old, row;
	bool stale = true;

	while (stale) {
		ok(rps_row_get(r->x->s, &rps_ciraconfigs, "", "one", &a, soon(), &old));
		ok(rps_update(r->x->s, &c, &old, &a, soon(), &row, &stale));
	}
	arena_fini(&a);
}

static void race_body(struct store_test *t)
{
	static const char *const passwords[] = {"a", "b", "c", "d", "e", "f"};
	struct race r[ARRAY_LEN(passwords)];
	struct rps_test x;
	struct fiber_group g;

	rps_test_open(&x, t);
	ok(create(&x, &cira));
	fiber_group_init(&g);
	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		r[i] = (struct race){&x, passwords[i]};
		fiber_spawn(&g, "race", race_fiber, &r[i]);
	}
	fiber_group_join(&g, false);
	const char *got = effective(&x, "one");
	assert_memory_equal(got, "6000 ", 5);
	assert_int_equal(strlen(got), 6);
	/* settled: plain, as upstream has it */
	assert_null(strstr(secret_at(&x, "CIRAConfigs/One"), "tag"));
	rps_test_close(&x);
}

static void many_writers_leave_a_whole_pair(void **state)
{
	on_each(race_body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_compare_without_case_and_stay_in_their_tenant),
		cmocka_unit_test(a_stale_change_alters_neither_row_nor_secret),
		cmocka_unit_test(secrets_are_where_upstream_has_them),
		cmocka_unit_test(a_failing_secret_store_leaves_old_or_new),
		cmocka_unit_test(a_refusing_database_leaves_the_old_pair),
		cmocka_unit_test(a_setup_has_all_that_its_profile_names),
		cmocka_unit_test(a_missing_secret_is_told_from_an_unreachable_store),
		cmocka_unit_test(a_domain_is_found_by_the_longest_suffix),
		cmocka_unit_test(devices_belong_to_a_tenant),
		cmocka_unit_test(each_due_password_is_claimed_once),
		cmocka_unit_test(upstreams_rows_are_adopted_and_lose_clear_secrets),
		cmocka_unit_test(tenants_do_not_see_the_default_ones_secrets),
		cmocka_unit_test(many_writers_leave_a_whole_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
