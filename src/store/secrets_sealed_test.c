/* SPDX-License-Identifier: Apache-2.0
 * Sealed secrets: operations, keys, tampering.
 */
#include <store/store_test.h>

#include <fcntl.h>
#include <store/secrets_priv.h>
#include <sys/stat.h>

struct box {
	struct store_test t;
	struct secrets_config conf;
	char key_path[128];
	struct secrets *s;
	void (*body)(struct box *b);
};

static void box_fiber(void *arg)
{
	struct box *b = arg;

	ok(secrets_open(&b->conf, &b->s));
	b->body(b);
	secrets_close(b->s);
	arena_fini(&b->t.a);
}

static void with_box(void (*body)(struct box *b))
{
	struct box b = {.body = body};

	test_dir_make(&b.t);
	snprintf(b.t.url, sizeof(b.t.url), "file:%s/s.db", b.t.dir);
	snprintf(b.key_path, sizeof(b.key_path), "%s/s.db.key", b.t.dir);
	b.conf.url = b.t.url;
	rt_main(box_fiber, &b);
	test_dir_remove(&b.t);
}

static void put(struct box *b, const char *path, const char *text)
{
	json_t *v = json_pack("{s:s}", "AMT_PASSWORD", text);

	ok(secrets_put(b->s, path, v, soon()));
	json_decref(v);
}

static void expect(struct box *b, const char *path, const char *text)
{
	struct secret s = {0};

	ok(secrets_get_text(b->s, path, "AMT_PASSWORD", soon(), &s));
	assert_string_equal(s.p, text);
	secret_fini(&s);
}

static void check_create(struct box *b)
{
	json_t *first = json_pack("{s:s}", "AMT_PASSWORD", "first");
	json_t *second = json_pack("{s:s}", "AMT_PASSWORD", "second");

	ok(secrets_create(b->s, "a", first, soon()));
	fails(secrets_create(b->s, "a", second, soon()), ERR_CONFLICT);
	expect(b, "a", "first");
	ok(secrets_put(b->s, "a", second, soon()));
	expect(b, "a", "second");
	ok(secrets_delete(b->s, "a", soon()));
	ok(secrets_create(b->s, "a", first, soon()));
	json_decref(first);
	json_decref(second);
}

static void reopen(struct box *b)
{
	secrets_close(b->s);
	ok(secrets_open(&b->conf, &b->s));
}

static void reopen_fails(struct box *b, enum err_kind kind, const char *text)
{
	struct secrets *s;
	struct err *e = secrets_open(&b->conf, &s);

	assert_non_null(e);
	assert_non_null(strstr(err_str(e, &b->t.a), text));
	fails(e, kind);
}

/* Behind the store's back. */
static void tamper(struct box *b, const char *text)
{
	struct store_test raw = {0};
	char url[128];

	snprintf(url, sizeof(url), "sqlite:%s/s.db", b->t.dir);
	ok(db_open(url, 1, &raw.db));
	sql(&raw, text);
	db_close(raw.db);
}

static void check_round_trip(struct box *b)
{
	json_t *v;
	struct secret s = {0};

	fails(secrets_get(b->s, "devices/1", soon(), &v), ERR_NOT_FOUND);
	put(b, "devices/1", "first");
	put(b, "devices/1", "p\xc3\xa4ss\"w");
	put(b, "MPSCerts", "x");
	expect(b, "devices/1", "p\xc3\xa4ss\"w");
	reopen(b);
	expect(b, "devices/1", "p\xc3\xa4ss\"w");
	ok(secrets_get(b->s, "devices/1", soon(), &v));
	assert_int_equal(json_object_size(v), 1);
	json_decref(v);
	fails(secrets_get_text(b->s, "devices/1", "NONE", soon(), &s), ERR_NOT_FOUND);
	ok(secrets_delete(b->s, "devices/1", soon()));
	ok(secrets_delete(b->s, "devices/1", soon()));
	fails(secrets_get(b->s, "devices/1", soon(), &v), ERR_NOT_FOUND);
	expect(b, "MPSCerts", "x");
}

static void secrets_read_as_written_until_deleted(void **state)
{
	with_box(check_round_trip);
}

static void check_paths(struct box *b)
{
	static const char *const bad[] = {"",	  "/a",	   "a/",   "a//b", "../a",
					  "a/..", "a/./b", "a\nb", "."};
	char long_path[SECRETS_MAX_PATH + 2];
	json_t *v = json_object(), *array = json_array();
	const char **names;
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		fails(secrets_put(b->s, bad[i], v, soon()), ERR_INVALID);
	memset(long_path, 'a', sizeof(long_path));
	long_path[SECRETS_MAX_PATH + 1] = '\0';
	fails(secrets_put(b->s, long_path, v, soon()), ERR_INVALID);
	long_path[SECRETS_MAX_PATH] = '\0';
	ok(secrets_put(b->s, long_path, v, soon()));
	fails(secrets_put(b->s, "a", array, soon()), ERR_INVALID);
	fails(secrets_list(b->s, "devices", &b->t.a, soon(), &names, &n), ERR_INVALID);
	fails(secrets_list(b->s, "../", &b->t.a, soon(), &names, &n), ERR_INVALID);
	fails(secrets_list(b->s, "/", &b->t.a, soon(), &names, &n), ERR_INVALID);
	json_decref(v);
	json_decref(array);
}

static void bad_paths_and_values_are_refused(void **state)
{
	with_box(check_paths);
}

static void check_large(struct box *b)
{
	char *text = xmalloc(SECRETS_MAX_VALUE + 1);
	json_t *v;

	memset(text, 'x', SECRETS_MAX_VALUE);
	text[SECRETS_MAX_VALUE] = '\0';
	v = json_pack("{s:s}", "k", text);
	fails(secrets_put(b->s, "big", v, soon()), ERR_TOO_LARGE);
	json_decref(v);
	text[SECRETS_MAX_VALUE - 64] = '\0';
	put(b, "big", text);
	expect(b, "big", text);
	free(text);
}

static void value_over_the_limit_is_refused(void **state)
{
	with_box(check_large);
}

static void expect_list(struct box *b, const char *folder, const char *want)
{
	struct buf got = {0};
	const char **names;
	size_t n;

	ok(secrets_list(b->s, folder, &b->t.a, soon(), &names, &n));
	buf_adds(&got, "");
	for (size_t i = 0; i < n; i++)
		buf_addf(&got, "%s ", names[i]);
	assert_string_equal(got.p, want);
	buf_fini(&got);
}

static void check_list(struct box *b)
{
	static const char *const paths[] = {"a",     "a-b", "d/1",  "d/2/x",	 "d/2/y",
					    "d/2-z", "d0",  "d%/1", "e/\xc3\xa4"};

	expect_list(b, "", "");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		put(b, paths[i], "x");
	expect_list(b, "", "a a-b d%/ d/ d0 e/ ");
	expect_list(b, "d/", "1 2-z 2/ ");
	expect_list(b, "d/2/", "x y ");
	expect_list(b, "e/", "\xc3\xa4 ");
	expect_list(b, "none/", "");
}

static void list_shows_what_is_directly_below(void **state)
{
	with_box(check_list);
}

static void check_key_file(struct box *b)
{
	struct stat st;

	put(b, "a", "x");
	assert_int_equal(stat(b->key_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 65);
	assert_int_equal(chmod(b->key_path, 0640), 0);
	reopen_fails(b, ERR_INVALID, "chmod 600");
	assert_int_equal(chmod(b->key_path, 0600), 0);
	reopen(b);
	expect(b, "a", "x");
}

static void key_file_that_others_may_read_is_refused(void **state)
{
	with_box(check_key_file);
}

static void key_write(struct box *b, const char *text)
{
	int fd = open(b->key_path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void check_wrong_key(struct box *b)
{
	put(b, "a", "x");
	key_write(b,
		  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
	reopen_fails(b, ERR_INVALID, "sealed with another key");
	key_write(b, "0011");
	reopen_fails(b, ERR_INVALID, "hexadecimal digits");
	assert_int_equal(unlink(b->key_path), 0);
	reopen_fails(b, ERR_INVALID, "gone");
	assert_int_equal(access(b->key_path, F_OK), -1); /* and none is made up */
}

static void store_with_another_key_is_refused(void **state)
{
	with_box(check_wrong_key);
}

static void check_tampered(struct box *b)
{
	json_t *v;

	put(b, "a", "x");
	put(b, "b", "y");
	tamper(b,
	       "UPDATE sealed SET sealed = (SELECT sealed FROM sealed WHERE path = 'b'), "
	       "nonce = (SELECT nonce FROM sealed WHERE path = 'b') WHERE path = 'a'");
	fails(secrets_get(b->s, "a", soon(), &v), ERR_INTERNAL);
	expect(b, "b", "y");
	tamper(b, "UPDATE sealed SET version = 7 WHERE path = 'b'");
	fails(secrets_get(b->s, "b", soon(), &v), ERR_INTERNAL);
	tamper(b, "UPDATE sealed SET version = 1, "
		  "sealed = x'00' || substr(sealed, 2) WHERE path = 'b'");
	fails(secrets_get(b->s, "b", soon(), &v), ERR_INTERNAL);
	tamper(b, "UPDATE sealed SET sealed = x'00', nonce = x'00' WHERE path = 'b'");
	fails(secrets_get(b->s, "b", soon(), &v), ERR_INTERNAL);
	put(b, "b", "z");
	expect(b, "b", "z");
}

static void changed_or_swapped_rows_do_not_open(void **state)
{
	with_box(check_tampered);
}

static void check_files(struct box *b)
{
	char cmd[256];

	put(b, "devices/1", "hunter2hunter2");
	snprintf(cmd, sizeof(cmd), "! grep -q hunter2 %s/*", b->t.dir);
	assert_int_equal(system(cmd), 0);
}

static void clear_text_is_in_no_file(void **state)
{
	with_box(check_files);
}

static void check_health(struct box *b)
{
	bool fine = false;
	json_t *h = secrets_health(b->s, soon(), &fine);
	json_t *st = json_object_get(h, "status");

	assert_true(fine);
	assert_true(json_is_true(json_object_get(st, "initialized")));
	assert_true(json_is_false(json_object_get(st, "sealed")));
	json_decref(h);
	assert_string_equal(secrets_name(b->s), b->t.url);
}

static void health_has_upstreams_keys(void **state)
{
	with_box(check_health);
}

static void seal_knows_its_place(void **state)
{
	uint8_t key[SEAL_KEY_SIZE] = {1}, nonce[SEAL_NONCE_SIZE];
	struct str n = {(const char *)nonce, sizeof(nonce)};
	struct buf sealed = {0}, plain = {0};

	seal_close(key, "a", 12, nonce, STR("text"), &sealed);
	assert_int_equal(sealed.len, 4 + SEAL_TAG_SIZE);
	assert_true(seal_open(key, "a", 12, n, buf_str(&sealed), &plain));
	assert_string_equal(plain.p, "text");
	assert_false(seal_open(key, "a", 1, n, buf_str(&sealed), &plain));
	assert_false(seal_open(key, "b", 12, n, buf_str(&sealed), &plain));
	assert_false(
		seal_open(key, "a", 12, n, str_sub(buf_str(&sealed), 0, 15), &plain));
	key[0]++;
	assert_false(seal_open(key, "a", 12, n, buf_str(&sealed), &plain));
	assert_int_equal(plain.len, 4);
	buf_fini(&sealed);
	buf_fini(&plain);
}

static void creating_replaces_nothing(void **state)
{
	with_box(check_create);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creating_replaces_nothing),
		cmocka_unit_test(secrets_read_as_written_until_deleted),
		cmocka_unit_test(bad_paths_and_values_are_refused),
		cmocka_unit_test(value_over_the_limit_is_refused),
		cmocka_unit_test(list_shows_what_is_directly_below),
		cmocka_unit_test(key_file_that_others_may_read_is_refused),
		cmocka_unit_test(store_with_another_key_is_refused),
		cmocka_unit_test(changed_or_swapped_rows_do_not_open),
		cmocka_unit_test(clear_text_is_in_no_file),
		cmocka_unit_test(health_has_upstreams_keys),
		cmocka_unit_test(seal_knows_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
