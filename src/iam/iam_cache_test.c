/* SPDX-License-Identifier: Apache-2.0
 * Verified tokens are remembered until they end, 4096 of them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <iam/iam_priv.h>
#include <stdio.h>

static struct iam_cache cache;

static int setup(void **state)
{
	clock_freeze(1000000, 1000000);
	iam_cache_init(&cache);
	return 0;
}

static int teardown(void **state)
{
	iam_cache_fini(&cache);
	return 0;
}

static void put(const char *token, int64_t exp_ms)
{
	struct iam_grant grants[] = {{"t1", 1}, {"", 2}};
	char name[32];
	struct iam_identity id = {.name = name,
				  .grants = grants,
				  .n_grants = 2,
				  .exp_ms = exp_ms,
				  .token_id = "id"};
	uint8_t hash[IAM_CACHE_HASH];

	snprintf(name, sizeof(name), "user of %.20s", token);
	iam_cache_hash(&cache, str_of(token), hash);
	iam_cache_put(&cache, hash, &id);
}

static const struct iam_identity *get(const char *token)
{
	uint8_t hash[IAM_CACHE_HASH];

	iam_cache_hash(&cache, str_of(token), hash);
	return iam_cache_get(&cache, hash);
}

static void hash_is_sha256(void **state)
{
	static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
	uint8_t hash[IAM_CACHE_HASH];

	for (int i = 0; i < 2; i++) {
		iam_cache_hash(&cache, STR("abc"), hash);
		assert_memory_equal(hash, abc, sizeof(abc));
	}
}

static void identity_is_copied_and_kept_until_its_end(void **state)
{
	const struct iam_identity *id;

	put("a", 1000000 + 5000);
	put("a", 1000000 + 9000);
	assert_int_equal(cache.n, 1);
	id = get("a");
	assert_string_equal(id->name, "user of a");
	assert_int_equal(id->n_grants, 2);
	assert_string_equal(id->grants[0].tenant, "t1");
	assert_int_equal(id->grants[0].perms, 1);
	assert_string_equal(id->grants[1].tenant, "");
	assert_null(get("b"));
	clock_advance(4999);
	assert_non_null(get("a"));
	clock_advance(1);
	assert_null(get("a"));
	assert_int_equal(cache.n, 0);
}

static void full_cache_drops_the_least_recently_used(void **state)
{
	char token[32];

	for (int i = 0; i < IAM_CACHE_MAX; i++) {
		snprintf(token, sizeof(token), "t%d", i);
		put(token, INT64_MAX);
	}
	assert_non_null(get("t0"));
	put("one more", INT64_MAX);
	assert_int_equal(cache.n, IAM_CACHE_MAX);
	assert_non_null(get("t0"));
	assert_null(get("t1"));
	assert_non_null(get("t2"));
	assert_non_null(get("one more"));
}

static void clear_drops_all(void **state)
{
	put("a", INT64_MAX);
	put("b", INT64_MAX);
	iam_cache_clear(&cache);
	assert_null(get("a"));
	assert_null(get("b"));
	put("a", INT64_MAX);
	assert_non_null(get("a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hash_is_sha256, setup, teardown),
		cmocka_unit_test_setup_teardown(identity_is_copied_and_kept_until_its_end,
						setup, teardown),
		cmocka_unit_test_setup_teardown(full_cache_drops_the_least_recently_used,
						setup, teardown),
		cmocka_unit_test_setup_teardown(clear_drops_all, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
