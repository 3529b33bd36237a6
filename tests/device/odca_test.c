/* SPDX-License-Identifier: Apache-2.0
 * The on-die chain: the virtual device's, and what is wrong with others.
 */
#include "world.h"

#include <base/encode.h>
#include <device/odca.h>
#include <sim/on_die.h>

static STACK_OF(X509) * chain_of(const struct sim_on_die *d, int n)
{
	STACK_OF(X509) *s = sk_X509_new_null();

	for (int i = 0; i < n; i++)
		sk_X509_push(s, d->chain[i % SIM_ON_DIE_CHAIN]);
	return s;
}

static struct odca know(const struct sim_on_die *d)
{
	struct odca o = {.root = d->root, .has_hardware_id = true};
	uint8_t md[32];

	sim_on_die_hardware_id(d, o.hardware_id);
	X509_digest(d->chain[0], EVP_sha256(), md, NULL);
	odca_leaf_hash(&o, md, sizeof(md), 32);
	return o;
}

static void chain_of_the_firmware_is_taken(void **state)
{
	struct sim_on_die d = {0};

	sim_on_die_init(&d);
	struct odca o = know(&d);
	STACK_OF(X509) *chain = chain_of(&d, 4);
	ok(odca_verify(&o, chain));
	sk_X509_free(chain);
	sim_on_die_fini(&d);
}

static void hash_may_be_hex(void **state)
{
	static const char hex[] =
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	struct odca o = {0};

	odca_leaf_hash(&o, (const uint8_t *)hex, 64, 32);
	assert_int_equal(o.leaf_hash[31], 0x1f);
	odca_leaf_hash(&o, (const uint8_t *)hex, 32, 32);
	assert_int_equal(o.leaf_hash[0], '0');
}

static void wrong_chains_are_refused(void **state)
{
	struct sim_on_die d = {0}, other = {0};

	sim_on_die_init(&d);
	sim_on_die_init(&other);
	struct odca good = know(&d), hash = good, id = good, intel = good, none = good,
		    single = good;
	hash.leaf_hash[3] ^= 1;
	id.hardware_id[3] ^= 1;
	intel.root = NULL;
	none.root = other.root;
	single.single_is_fine = true;
	struct {
		struct odca *o;
		STACK_OF(X509) * chain;
		const char *text;
	} rows[] = {
		{&good, chain_of(&d, 3), "unexpected number of certificates"},
		{&good, chain_of(&d, 1), "unexpected number of certificates"},
		{&good, chain_of(&d, 5), "unexpected number of certificates"},
		{&hash, chain_of(&d, 4), "not the one that the firmware announced"},
		{&good, chain_of(&other, 4), "not the one that the firmware announced"},
		{&id, chain_of(&d, 4), "UPID CSME HW ID"},
		{&intel, chain_of(&d, 4), "does not end at Intel's On-Die CA root"},
		{&none, chain_of(&d, 4), "does not end at Intel's On-Die CA root"},
		{&single, chain_of(&d, 1), NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err *e = odca_verify(rows[i].o, rows[i].chain);
		if (rows[i].text == NULL)
			ok(e);
		else
			fails(e, ERR_FORBIDDEN, rows[i].text);
		sk_X509_free(rows[i].chain);
	}
	sim_on_die_fini(&d);
	sim_on_die_fini(&other);
}

/* Leaf and ROM in each other's place: names are looked at. */
static void names_are_looked_at(void **state)
{
	struct sim_on_die d = {0};

	sim_on_die_init(&d);
	struct odca o = {.root = d.root};
	STACK_OF(X509) *chain = sk_X509_new_null();
	for (int i = 3; i >= 0; i--)
		sk_X509_push(chain, d.chain[i]);
	fails(odca_verify(&o, chain), ERR_FORBIDDEN, "leaf certificate CN");
	sk_X509_set(chain, 0, d.chain[0]);
	fails(odca_verify(&o, chain), ERR_FORBIDDEN, "invalid ROM ODCA Certificate");
	sk_X509_free(chain);
	sim_on_die_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_of_the_firmware_is_taken),
		cmocka_unit_test(hash_may_be_hex),
		cmocka_unit_test(wrong_chains_are_refused),
		cmocka_unit_test(names_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
