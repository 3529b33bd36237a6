/* SPDX-License-Identifier: Apache-2.0
 * Changes of secrets that others change too, and devices' passwords, on both kinds of
 * store.
 */
#include <store/store_test.h>

#include <store/device_secrets.h>
#include <store/vault_fake.h>

#define GUID "143E4567-e89b-12d3-a456-426614174000"
#define PATH "devices/143e4567-e89b-12d3-a456-426614174000"

struct setup {
	struct store_test t;
	struct vault_fake fake;
	struct secrets *s;
	void (*body)(struct setup *u);
};

static void on_sealed(void *arg)
{
	struct setup *u = arg;
	char url[128];

	snprintf(url, sizeof(url), "file:%s/secrets.db", u->t.dir);
	ok(secrets_open(&(struct secrets_config){.url = url}, &u->s));
	u->body(u);
	secrets_close(u->s);
}

static void on_vault(void *arg)
{
	struct setup *u = arg;
	char url[64];

	snprintf(url, sizeof(url), "vault+http://127.0.0.1:%u",
		 vault_fake_start(&u->fake));
	ok(secrets_open(&(struct secrets_config){.url = url, .vault_token = "root-token"},
			&u->s));
	u->body(u);
	secrets_close(u->s);
	vault_fake_stop(&u->fake);
}

static void on_both(void (*body)(struct setup *u))
{
	rt_fn *const kinds[] = {on_sealed, on_vault};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct setup u = {.body = body};
		test_dir_make(&u.t);
		rt_main(kinds[i], &u);
		test_dir_remove(&u.t);
	}
}

static void put_text(struct setup *u, const char *text)
{
	json_t *v = json_loads(text, 0, NULL);

	ok(secrets_put(u->s, PATH, v, soon()));
	json_decref(v);
}

static void is_text(struct setup *u, const char *want)
{
	json_t *v, *expected = json_loads(want, 0, NULL);

	ok(secrets_get(u->s, PATH, soon(), &v));
	if (!json_equal(v, expected))
		fail_msg("%s instead of %s", json_dumps(v, JSON_COMPACT), want);
	json_decref(expected);
	json_decref(v);
}

/* ---- changes ---- */

struct race {
	struct setup *u;
	int64_t rounds;
};

static struct err *count_up(json_t *v, const void *arg)
{
	json_int_t n = json_integer_value(json_object_get(v, "n"));

	json_object_set_new(v, "n", json_integer(n + 1));
	return NULL;
}

static void racer(void *arg)
{
	struct race *r = arg;

	for (int64_t i = 0; i < r->rounds; i++)
		ok(secrets_change(r->u->s, PATH, true, count_up, NULL, soon()));
}

static void race_body(struct setup *u)
{
	struct race r = {u, 10};
	struct fiber_group g;

	fiber_group_init(&g);
	for (int i = 0; i < 8; i++)
		fiber_spawn(&g, "racer", racer, &r);
	fiber_group_join(&g, false);
	is_text(u, "{\"n\":80}");
}

static void no_change_is_lost(void **state)
{
	on_both(race_body);
}

static struct err *refuse(json_t *v, const void *arg)
{
	json_object_set_new(v, "never", json_true());
	return err_new(ERR_CONFLICT, "not now");
}

static void refusal_body(struct setup *u)
{
	fails(secrets_change(u->s, PATH, false, count_up, NULL, soon()), ERR_NOT_FOUND);
	fails(secrets_change(u->s, PATH, true, refuse, NULL, soon()), ERR_CONFLICT);
	fails(secrets_change(u->s, "../x", true, count_up, NULL, soon()), ERR_INVALID);
	put_text(u, "{\"n\":1}");
	fails(secrets_change(u->s, PATH, true, refuse, NULL, soon()), ERR_CONFLICT);
	is_text(u, "{\"n\":1}");
}

static void change_that_is_refused_writes_nothing(void **state)
{
	on_both(refusal_body);
}

/* ---- devices ---- */

static struct secret lent(const char *text)
{
	return (struct secret){(char *)(uintptr_t)text, strlen(text)};
}

static void settle(struct setup *u, const char *next, enum device_settling how)
{
	const struct secret s = lent(next);

	ok(device_secrets_settle(u->s, GUID, DEVICE_AMT_PASSWORD, &s, how, soon()));
}

static void written_ahead_body(struct setup *u)
{
	const struct secret mebx = lent("mebx");
	struct device_secrets v;
	struct arena a = {0};

	fails(device_secrets_get(u->s, GUID, &a, soon(), &v), ERR_NOT_FOUND);
	fails(device_secrets_get(u->s, "no guid", &a, soon(), &v), ERR_INVALID);
	put_text(u, "{\"AMT_PASSWORD\":\"old\",\"other\":1,\"version\":3}");
	v = (struct device_secrets){.next_amt_password = lent("next"),
				    .next_mebx_password = mebx,
				    .mps_password = lent("mps")};
	ok(device_secrets_put(u->s, GUID, &v, soon()));
	is_text(u, "{\"AMT_PASSWORD\":\"old\",\"MPS_PASSWORD\":\"mps\","
		   "\"NEXT_MEBX_PASSWORD\":\"mebx\",\"NEXT_AMT_PASSWORD\":\"next\","
		   "\"other\":1}");
	settle(u, "another", DEVICE_HAS_IT);
	settle(u, "next", DEVICE_UNKNOWN);
	ok(device_secrets_get(u->s, GUID, &a, soon(), &v));
	assert_string_equal(v.amt_password.p, "old");
	assert_string_equal(v.next_amt_password.p, "next");
	assert_null(v.mebx_password.p);
	device_secrets_fini(&v);
	settle(u, "next", DEVICE_HAS_IT);
	settle(u, "next", DEVICE_HAS_IT);
	is_text(u, "{\"AMT_PASSWORD\":\"next\",\"MPS_PASSWORD\":\"mps\","
		   "\"NEXT_MEBX_PASSWORD\":\"mebx\",\"other\":1}");
	ok(device_secrets_settle(u->s, GUID, DEVICE_MEBX_PASSWORD, &mebx, DEVICE_HAS_IT,
				 soon()));
	v = (struct device_secrets){.next_amt_password = lent("never")};
	ok(device_secrets_put(u->s, GUID, &v, soon()));
	settle(u, "never", DEVICE_HAS_IT_NOT);
	is_text(u, "{\"AMT_PASSWORD\":\"next\",\"MPS_PASSWORD\":\"mps\","
		   "\"MEBX_PASSWORD\":\"mebx\",\"other\":1}");
	ok(device_secrets_delete(u->s, GUID, soon()));
	fails(device_secrets_get(u->s, GUID, &a, soon(), &v), ERR_NOT_FOUND);
	arena_fini(&a);
}

static void device_secrets_are_written_ahead(void **state)
{
	on_both(written_ahead_body);
}

static void one_change_body(struct setup *u)
{
	const struct secret first = lent("first"), second = lent("second");

	put_text(u, "{\"AMT_PASSWORD\":\"old\"}");
	ok(device_secrets_ahead(u->s, GUID, &first, 60000, soon()));
	fails(device_secrets_ahead(u->s, GUID, &second, 60000, soon()), ERR_CONFLICT);
	settle(u, "second", DEVICE_HAS_IT);
	settle(u, "first", DEVICE_UNKNOWN);
	ok(device_secrets_ahead(u->s, GUID, &second, -1, soon()));
	ok(device_secrets_ahead(u->s, GUID, &first, -1, soon()));
	settle(u, "second", DEVICE_HAS_IT);
	settle(u, "first", DEVICE_HAS_IT);
	is_text(u, "{\"AMT_PASSWORD\":\"first\"}");
}

static void only_one_change_of_a_password_is_under_way(void **state)
{
	on_both(one_change_body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_change_is_lost),
		cmocka_unit_test(change_that_is_refused_writes_nothing),
		cmocka_unit_test(device_secrets_are_written_ahead),
		cmocka_unit_test(only_one_change_of_a_password_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
