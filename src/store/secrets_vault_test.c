/* SPDX-License-Identifier: Apache-2.0
 * Secrets in Vault: paths and bodies, absent against unavailable, the token's life.
 */
#include <store/store_test.h>

#include <fcntl.h>
#include <store/secrets.h>
#include <store/vault_fake.h>

struct setup {
	struct vault_fake fake;
	struct store_test t; /* directory and arena */
	struct secrets_config conf;
	char url[64], token_file[128];
	struct secrets *s;
	void (*body)(struct setup *u);
};

static void setup_fiber(void *arg)
{
	struct setup *u = arg;
	uint16_t port = vault_fake_start(&u->fake);

	snprintf(u->url, sizeof(u->url), "vault+http://127.0.0.1:%u", port);
	u->conf.url = u->url;
	ok(secrets_open(&u->conf, &u->s));
	u->body(u);
	secrets_close(u->s);
	vault_fake_stop(&u->fake);
	arena_fini(&u->t.a);
}

static void run(struct setup *u, void (*body)(struct setup *u))
{
	u->body = body;
	rt_main(setup_fiber, u);
}

static void with_vault(void (*body)(struct setup *u))
{
	struct setup u = {
		.conf = {.vault_path = "secret/data/", .vault_token = "root-token"}};

	run(&u, body);
}

static void put(struct setup *u, const char *path)
{
	json_t *v = json_pack("{s:s}", "MPS_PASSWORD", "P@ssw0rd");

	ok(secrets_put(u->s, path, v, soon()));
	json_decref(v);
}

static void check_paths(struct setup *u)
{
	struct secret text = {0};
	const char **names;
	json_t *v;
	size_t n;

	put(u, "MPSCerts");
	put(u, "devices/a b?c%");
	assert_non_null(json_object_get(u->fake.data, "devices/a b?c%"));
	ok(secrets_get_text(u->s, "devices/a b?c%", "MPS_PASSWORD", soon(), &text));
	assert_string_equal(text.p, "P@ssw0rd");
	secret_fini(&text);
	fails(secrets_get_text(u->s, "MPSCerts", "nope", soon(), &text), ERR_NOT_FOUND);
	ok(secrets_list(u->s, "devices/", &u->t.a, soon(), &names, &n));
	assert_int_equal(n, 1);
	assert_string_equal(names[0], "a b?c%");
	ok(secrets_list(u->s, "", &u->t.a, soon(), &names, &n));
	assert_int_equal(n, 2);
	ok(secrets_list(u->s, "none/", &u->t.a, soon(), &names, &n));
	assert_int_equal(n, 0);
	ok(secrets_delete(u->s, "MPSCerts", soon()));
	ok(secrets_delete(u->s, "MPSCerts", soon()));
	fails(secrets_get(u->s, "MPSCerts", soon(), &v), ERR_NOT_FOUND);
	assert_non_null(strstr(secrets_name(u->s), "/v1/secret/data/"));
	assert_null(strstr(secrets_name(u->s), "root-token"));
}

static void kv2_paths_and_bodies_are_upstreams(void **state)
{
	with_vault(check_paths);
}

static void path_without_trailing_slash_deletes_all_versions(void **state)
{
	struct setup u = {.conf = {.vault_path = "/secret/data",
				   .vault_token = " root-token\n",
				   .vault_namespace = "team"}};

	run(&u, check_paths);
	assert_string_equal(u.fake.last_namespace, "team");
}

static void expect_get(struct setup *u, enum err_kind kind, const char *text)
{
	json_t *v;
	struct err *e = secrets_get(u->s, "devices/1", soon(), &v);
	const char *got;

	assert_non_null(e);
	got = err_str(e, &u->t.a);
	if (strstr(got, text) == NULL)
		print_error("%s\n", got);
	assert_non_null(strstr(got, text));
	assert_null(strstr(got, "root-token"));
	fails(e, kind);
}

static void check_statuses(struct setup *u)
{
	static const struct {
		int status;
		enum err_kind kind;
	} table[] = {
		{429, ERR_UNAVAILABLE}, {472, ERR_UNAVAILABLE}, {473, ERR_UNAVAILABLE},
		{500, ERR_UNAVAILABLE}, {501, ERR_UNAVAILABLE}, {503, ERR_UNAVAILABLE},
		{502, ERR_UNAVAILABLE}, {307, ERR_UNAVAILABLE}, {403, ERR_UNAVAILABLE},
		{404, ERR_NOT_FOUND},	{400, ERR_INTERNAL},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		u->fake.status = table[i].status;
		expect_get(u, table[i].kind, "");
	}
	expect_get(u, ERR_INTERNAL, "KV version 2");
	u->fake.status = 503;
	expect_get(u, ERR_UNAVAILABLE, "sealed");
	u->fake.status = 0;
	expect_get(u, ERR_NOT_FOUND, "");
	put(u, "devices/1");
	json_object_set_new(u->fake.data, "devices/1", json_null());
	expect_get(u, ERR_UNAVAILABLE, "did not answer with data");
}

static void absent_and_unavailable_differ(void **state)
{
	with_vault(check_statuses);
}

static void check_404s(struct setup *u)
{
	json_t *v = json_object();

	u->fake.no_engine = true;
	expect_get(u, ERR_UNAVAILABLE, "knows no secrets engine");
	fails(secrets_put(u->s, "a", v, soon()), ERR_UNAVAILABLE);
	u->fake.no_engine = false;
	u->fake.no_json = true;
	expect_get(u, ERR_UNAVAILABLE, "check the address");
	u->fake.no_json = false;
	u->fake.status = 404;
	fails(secrets_put(u->s, "a", v, soon()), ERR_UNAVAILABLE);
	json_decref(v);
}

static void not_found_by_someone_else_is_unavailable(void **state)
{
	with_vault(check_404s);
}

static void check_version_1(struct setup *u)
{
	json_t *v = json_pack("{s:s}", "a", "b");

	u->fake.version_1 = true;
	struct err *e = secrets_put(u->s, "devices/x", v, deadline_in(5000));
	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
	json_decref(v);
}

static void version_1_engine_is_refused(void **state)
{
	with_vault(check_version_1);
}

static void unreachable_fiber(void *arg)
{
	struct secrets_config conf = {.url = "vault+http://127.0.0.1:1",
				      .vault_token = "t"};
	struct secrets *s;
	bool fine = true;
	json_t *v;

	ok(secrets_open(&conf, &s));
	fails(secrets_get(s, "a", soon(), &v), ERR_UNAVAILABLE);
	v = secrets_health(s, soon(), &fine);
	assert_false(fine);
	assert_string_equal(json_string_value(json_object_get(v, "status")),
			    "unknown error");
	json_decref(v);
	secrets_close(s);
}

static void unreachable_vault_is_unavailable_not_an_open_failure(void **state)
{
	rt_main(unreachable_fiber, NULL);
}

static void bad_conf_fiber(void *arg)
{
	static const struct secrets_config table[] = {
		{.url = "vault+http://h:8200"},
		{.url = "vault+http://h:8200",
		 .vault_token = "t",
		 .vault_path = "secret/"},
		{.url = "vault+http://u:p@h:8200", .vault_token = "t"},
		{.url = "http://h:8200", .vault_token = "t"},
		{.url = "file:"},
		{.url = NULL},
	};
	struct secrets *s;

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		fails(secrets_open(&table[i], &s), ERR_INVALID);
}

static void wrong_settings_are_refused(void **state)
{
	rt_main(bad_conf_fiber, NULL);
}

static void check_health(struct setup *u)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{429, "unsealed and standby"}, {473, "performance standby"},
		{501, "not initialized"},      {503, "sealed"},
		{418, "unknown error"},
	};
	bool fine = false;
	json_t *h = secrets_health(u->s, soon(), &fine);

	assert_true(fine);
	assert_string_equal(json_string_value(json_object_get(h, "name")), "VAULT");
	assert_true(json_is_true(
		json_object_get(json_object_get(h, "status"), "initialized")));
	json_decref(h);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		u->fake.health = table[i].status;
		h = secrets_health(u->s, soon(), &fine);
		assert_false(fine);
		assert_string_equal(json_string_value(json_object_get(h, "status")),
				    table[i].text);
		json_decref(h);
	}
}

static void health_is_upstreams(void **state)
{
	with_vault(check_health);
}

/* --- the token --- */

static void check_renewal(struct setup *u)
{
	struct deadline until = soon();

	while (u->fake.renewals < 2 && !deadline_passed(until))
		ok(fiber_sleep_ms(50));
	assert_true(u->fake.renewals >= 2);
	/* Half of a second each, not in a hurry. */
	assert_true(u->fake.requests <= 8);
}

static void token_is_renewed_at_half_its_life(void **state)
{
	struct setup u = {.fake = {.ttl = 1, .renewable = true},
			  .conf = {.vault_token = "root-token"}};

	run(&u, check_renewal);
}

static void check_no_renewal(struct setup *u)
{
	ok(fiber_sleep_ms(1200));
	assert_int_equal(u->fake.renewals, 0);
	assert_true(u->fake.requests >= 2);
}

static void token_that_cannot_be_renewed_is_left_alone(void **state)
{
	struct setup u = {.fake = {.ttl = 1}, .conf = {.vault_token = "root-token"}};

	run(&u, check_no_renewal);
}

static void token_write(struct setup *u, const char *text)
{
	char tmp[160];
	int fd;

	snprintf(tmp, sizeof(tmp), "%s.new", u->token_file);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(rename(tmp, u->token_file), 0);
}

static void with_token_file(const char *text, void (*body)(struct setup *u))
{
	struct setup u = {0};

	test_dir_make(&u.t);
	snprintf(u.token_file, sizeof(u.token_file), "%s/token", u.t.dir);
	u.conf.vault_token_file = u.token_file;
	if (text != NULL)
		token_write(&u, text);
	run(&u, body);
	test_dir_remove(&u.t);
}

static void check_refused(struct setup *u)
{
	json_t *v;

	put(u, "devices/1");
	/* Rotated: the old token is refused, the new one is in the file already. */
	strcpy(u->fake.token, "second");
	token_write(u, "second\n");
	ok(secrets_get(u->s, "devices/1", soon(), &v));
	json_decref(v);
	/* Refused and nothing new in the file. */
	strcpy(u->fake.token, "third");
	u->fake.refused = 0;
	expect_get(u, ERR_UNAVAILABLE, "refused the token");
	assert_int_equal(u->fake.refused, 1);
	token_write(u, "third");
	ok(secrets_get(u->s, "devices/1", soon(), &v));
	json_decref(v);
}

static void refused_token_is_read_again_from_its_file(void **state)
{
	with_token_file("root-token\n", check_refused);
}

static void check_changed(struct setup *u)
{
	put(u, "devices/1");
	token_write(u, "second");
	strcpy(u->fake.token, "second");
	ok(fiber_sleep_ms(1100));
	u->fake.refused = 0;
	put(u, "devices/1");
	assert_int_equal(u->fake.refused, 0);
	/* A file that is gone, or holds rubbish, leaves the token as it is. */
	assert_int_equal(unlink(u->token_file), 0);
	ok(fiber_sleep_ms(1100));
	put(u, "devices/1");
	token_write(u, "two words");
	ok(fiber_sleep_ms(1100));
	put(u, "devices/1");
}

static void changed_token_file_is_read_within_a_second(void **state)
{
	with_token_file("root-token", check_changed);
}

static void check_late(struct setup *u)
{
	expect_get(u, ERR_UNAVAILABLE, "no token for Vault yet");
	token_write(u, "root-token");
	ok(fiber_sleep_ms(1100));
	expect_get(u, ERR_NOT_FOUND, "");
}

static void token_file_may_come_later(void **state)
{
	with_token_file(NULL, check_late);
}

static void check_create(struct setup *u)
{
	struct secret text = {0};
	json_t *first = json_pack("{s:s}", "k", "first"),
	       *second = json_pack("{s:s}", "k", "second");

	ok(secrets_create(u->s, "a", first, soon()));
	fails(secrets_create(u->s, "a", second, soon()), ERR_CONFLICT);
	ok(secrets_get_text(u->s, "a", "k", soon(), &text));
	assert_string_equal(text.p, "first");
	secret_fini(&text);
	json_decref(first);
	json_decref(second);
}

static void creating_replaces_nothing(void **state)
{
	with_vault(check_create);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creating_replaces_nothing),
		cmocka_unit_test(kv2_paths_and_bodies_are_upstreams),
		cmocka_unit_test(path_without_trailing_slash_deletes_all_versions),
		cmocka_unit_test(absent_and_unavailable_differ),
		cmocka_unit_test(not_found_by_someone_else_is_unavailable),
		cmocka_unit_test(version_1_engine_is_refused),
		cmocka_unit_test(unreachable_vault_is_unavailable_not_an_open_failure),
		cmocka_unit_test(wrong_settings_are_refused),
		cmocka_unit_test(health_is_upstreams),
		cmocka_unit_test(token_is_renewed_at_half_its_life),
		cmocka_unit_test(token_that_cannot_be_renewed_is_left_alone),
		cmocka_unit_test(refused_token_is_read_again_from_its_file),
		cmocka_unit_test(changed_token_file_is_read_within_a_second),
		cmocka_unit_test(token_file_may_come_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
