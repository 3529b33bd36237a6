/* SPDX-License-Identifier: Apache-2.0
 * Export and import of all that the RPS keeps.
 */
#include <rps/rps_test.h>

#include <rps/rps_backup_priv.h>

#define PASSPHRASE STR("a long passphrase")
#define CIRA "{\"MPS_PASSWORD\":\"mps\"}"

static void add(struct rps_test *x, const struct rps_noun *noun, const char *tenant,
		const char *values, const char *secret)
{
	json_auto_t *v = json_loads(values, 0, NULL);
	json_auto_t *s = secret != NULL ? json_loads(secret, 0, NULL) : NULL;
	json_auto_t *tls = json_loads("{\"ROOT_CERTIFICATE\":{}}", 0, NULL);
	static const struct rps_link wifi = {"w", 7};
	struct rps_change c = {.noun = noun, .tenant = tenant, .values = v, .secret = s};
	struct rps_row row;

	if (noun == &rps_profiles) {
		c.wifi = &wifi;
		c.n_wifi = 1;
		c.extra_secret = tls;
		c.extra_path = rps_secret_path(x->a, tenant, "TLS", "p");
	}
	ok(rps_create(x->s, &c, x->a, soon(), &row));
}

static void fill(struct rps_test *x)
{
	add(x, &rps_ciraconfigs, "", "{\"configName\":\"c\",\"mpsPort\":4433}", CIRA);
	add(x, &rps_ciraconfigs, "t1", "{\"configName\":\"c\",\"mpsPort\":4434}", NULL);
	add(x, &rps_wirelessconfigs, "t1",
	    "{\"profileName\":\"w\",\"linkPolicy\":[1,14],\"ssid\":\"n\","
	    "\"psk_passphrase\":\"PSK_PASSPHRASE\"}",
	    "{\"PSK_PASSPHRASE\":\"12345678\"}");
	add(x, &rps_proxyconfigs, "t1",
	    "{\"name\":\"px\",\"address\":\"a.b\",\"infoFormat\":201,\"port\":1}", NULL);
	add(x, &rps_domains, "t1",
	    "{\"profileName\":\"d\",\"domainSuffix\":\"b.c\",\"expirationDate\":"
	    "\"2030-01-02T03:04:05.000Z\"}",
	    "{\"CERT\":\"x\",\"CERT_PASSWORD\":\"y\"}");
	add(x, &rps_profiles, "t1",
	    "{\"profileName\":\"p\",\"activation\":\"ccmactivate\",\"tags\":[\"a\"],"
	    "\"generateRandomPassword\":false,\"generateRandomMEBxPassword\":false,"
	    "\"ciraConfigName\":\"c\",\"dhcpEnabled\":true}",
	    "{\"AMT_PASSWORD\":\"amt\",\"MEBX_PASSWORD\":\"\"}");
	put_secret(x, "devices/143e4567-e89b-12d3-a456-426614174000",
		   "{\"AMT_PASSWORD\":\"of the device\"}");
	ok(rps_device_put(x->s,
			  &(struct rps_device){"143e4567-e89b-12d3-a456-426614174000",
					       "t1", "p", 1000, 2000, true},
			  soon()));
}

static struct err *list(struct secrets *s, const char *folder, struct arena *a,
			struct deadline until, const char ***names, size_t *n)
{
	return real_of(s)->ops->list(real_of(s), folder, a, until, names, n);
}

/* The same, twice: into an empty store, and over what came. */
static void round_trip_body(struct store_test *t)
{
	static struct secrets_ops ops;
	struct rps_test x;
	struct rps_backup_counts n;
	struct buf file = {0};
	struct rps_setup s;
	struct rps_device d;
	unsigned entries;
	int used;

	rps_test_open(&x, t);
	ops = failing_ops;
	ops.list = list;
	x.secrets.base.ops = &ops;
	fill(&x);
	sql(t, "UPDATE wirelessconfigs SET psk_passphrase = '12345678'");
	ok(rps_backup_write(x.s, PASSPHRASE, soon(), &file, &entries));
	assert_int_equal(entries, 7);
	ok(rps_backup_read(x.s, PASSPHRASE, buf_str(&file), soon(), &n));
	assert_int_equal(n.unchanged, 7);
	assert_int_equal(n.created + n.updated, 0);

	ok(rps_delete(x.s, &rps_profiles, "t1", "p", x.a, soon(), &used));
	ok(rps_delete(x.s, &rps_ciraconfigs, "t1", "c", x.a, soon(), &used));
	sql(t, "UPDATE wirelessconfigs SET ssid = 'other'");
	put_secret(&x, "CIRAConfigs/c", "{\"MPS_PASSWORD\":\"changed\"}");
	put_secret(&x, "devices/143e4567-e89b-12d3-a456-426614174000",
		   "{\"AMT_PASSWORD\":\"newer\"}");
	ok(rps_device_password_set(x.s, "143e4567-e89b-12d3-a456-426614174000", false,
				   soon()));
	ok(rps_backup_read(x.s, PASSPHRASE, buf_str(&file), soon(), &n));
	assert_int_equal(n.created, 2);
	assert_int_equal(n.updated, 2);
	assert_int_equal(n.unchanged, 3);
	ok(rps_setup_read(x.s, "t1", "p", x.a, soon(), &s));
	assert_string_equal(s.amt_password.p, "amt");
	assert_string_equal(s.wifi[0].config.ssid, "n");
	assert_int_equal(s.wifi[0].priority, 7);
	assert_int_equal(s.cira->mps_port, 4434);
	assert_null(s.mps_password.p);
	rps_setup_fini(&s);
	assert_string_equal(
		db_text(ask(t, "SELECT psk_passphrase FROM wirelessconfigs"), 0, 0),
		"PSK_PASSPHRASE");
	secret_is(&x, "CIRAConfigs/c", CIRA);
	secret_is(&x, "tenants/t1/TLS/p", "{\"ROOT_CERTIFICATE\":{}}");
	/* the device has it */
	secret_is(&x, "devices/143e4567-e89b-12d3-a456-426614174000",
		  "{\"AMT_PASSWORD\":\"newer\"}");
	/* and what is noted of it: somebody chose the newer one */
	ok(rps_device_get(x.s, "t1", "143e4567-e89b-12d3-a456-426614174000", x.a, soon(),
			  &d));
	assert_false(d.password_generated);
	buf_fini(&file);
	rps_test_close(&x);
}

static void what_was_exported_comes_back_and_may_again(void **state)
{
	on_each(round_trip_body);
}

static void file_body(void *arg)
{
	struct buf file = {0}, out = {0};

	fails(rps_backup_seal(STR("short"), STR("{}"), soon(), &file), ERR_INVALID);
	ok(rps_backup_seal(PASSPHRASE, STR("the document"), soon(), &file));
	assert_null(memmem(file.p, file.len, "document", 8));
	ok(rps_backup_open(PASSPHRASE, buf_str(&file), soon(), &out));
	assert_true(str_eqz(buf_str(&out), "the document"));
	fails(rps_backup_open(STR("another one"), buf_str(&file), soon(), &out),
	      ERR_INVALID);
	/* each part is authenticated */
	static const size_t places[] = {3, 70, 110, 130};
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		size_t at = i == 3 ? file.len - 1 : places[i];
		file.p[at] ^= 1;
		fails(rps_backup_open(PASSPHRASE, buf_str(&file), soon(), &out),
		      ERR_INVALID);
		file.p[at] ^= 1;
	}
	for (size_t n = 0; n < file.len; n += 13)
		fails(rps_backup_open(PASSPHRASE, str_sub(buf_str(&file), 0, n), soon(),
				      &out),
		      ERR_INVALID);
	buf_fini(&file);
	buf_fini(&out);
}

static void altered_files_do_not_open(void **state)
{
	rt_main(file_body, NULL);
}

static void header_body(void *arg)
{
	static const char *const headers[] = {
		"{\"kdf\":\"scrypt\",\"n\":2097152,\"r\":8,\"p\":1,\"salt\":"
		"\"AAAAAAAAAAAAAAAAAAAAAA==\"}",
		"{\"kdf\":\"scrypt\",\"n\":1000,\"r\":8,\"p\":1,\"salt\":"
		"\"AAAAAAAAAAAAAAAAAAAAAA==\"}",
		"{\"kdf\":\"scrypt\",\"n\":-2,\"r\":8,\"p\":1,\"salt\":"
		"\"AAAAAAAAAAAAAAAAAAAAAA==\"}",
		"{\"kdf\":\"scrypt\",\"n\":1024,\"r\":800,\"p\":1,\"salt\":"
		"\"AAAAAAAAAAAAAAAAAAAAAA==\"}",
		"{\"kdf\":\"scrypt\",\"n\":1024,\"r\":8,\"p\":1,\"salt\":\"AAAA\"}",
		"{\"kdf\":\"none\",\"n\":1024,\"r\":8,\"p\":1,\"salt\":"
		"\"AAAAAAAAAAAAAAAAAAAAAA==\"}",
		"[]",
	};
	struct arena a = {0};
	struct buf out = {0};

	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		fails(rps_backup_open(
			      PASSPHRASE,
			      str_of(arena_printf(&a, "outband profiles 1\n%s\n%040d",
						  headers[i], 0)),
			      soon(), &out),
		      ERR_INVALID);
	buf_fini(&out);
	arena_fini(&a);
}

/* Each parameter is one that may be, all together take a minute. */
static void sum_body(void *arg)
{
	struct rps_backup_kdf k = {0};
	size_t end;

	assert_false(rps_backup_head(
		STR("outband profiles 1\n{\"kdf\":\"scrypt\",\"n\":1048576,\"r\":8,"
		    "\"p\":8,\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}\n"),
		&k, &end));
}

static void costs_are_limited_together(void **state)
{
	rt_main(sum_body, NULL);
}

static void costly_or_foreign_headers_are_refused(void **state)
{
	rt_main(header_body, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_exported_comes_back_and_may_again),
		cmocka_unit_test(altered_files_do_not_open),
		cmocka_unit_test(costly_or_foreign_headers_are_refused),
		cmocka_unit_test(costs_are_limited_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
