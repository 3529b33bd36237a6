/* SPDX-License-Identifier: Apache-2.0
 * Private keys and certificates of a full device: what belongs to which InstanceID.
 * wsman.md B.4.
 */
#include <sim/state.h>

#include <amt/wsman/classes/certificates.h>
#include <openssl/evp.h>

#define KEY_PREFIX "Intel(r) AMT Key: Handle:"

const struct sim_key *sim_state_key(const struct sim_state *st, struct str id)
{
	for (size_t i = 0; i < SIM_MAX_KEYS && id.n > 0; i++)
		if (str_eqz(id, st->keys[i].id))
			return &st->keys[i];
	return NULL;
}

void sim_state_key_remove(struct sim_state *st, struct str id)
{
	struct sim_key *k = (struct sim_key *)sim_state_key(st, id);

	if (k == NULL)
		return;
	secret_fini(&k->der);
	*k = (struct sim_key){0};
}

const char *sim_state_key_add(struct sim_state *st, EVP_PKEY *key)
{
	struct amt_public_private_key_pair *pair;
	struct sim_key *slot = NULL;
	struct arena a = {0};
	unsigned char *der = NULL;
	int n;

	for (size_t i = 0; i < SIM_MAX_KEYS && slot == NULL; i++)
		if (st->keys[i].id[0] == '\0')
			slot = &st->keys[i];
	/* Both are the PKCS#1 forms for RSA. */
	if (slot == NULL || (n = i2d_PrivateKey(key, &der)) <= 0)
		return NULL;
	snprintf(slot->id, sizeof(slot->id), KEY_PREFIX " %u",
		 sim_store_free_number(&st->store, &amt_public_private_key_pair_class,
				       "InstanceID", KEY_PREFIX));
	secret_set(&slot->der, (struct str){(char *)der, (size_t)n});
	OPENSSL_clear_free(der, (size_t)n);
	der = NULL;
	n = i2d_PublicKey(key, &der);
	OB_ASSERT(n > 0);
	pair = sim_object_new(&amt_public_private_key_pair_class);
	sim_text_set(&pair->der_key, str_of(base64_encode(&a, der, (size_t)n)));
	sim_text_set(&pair->element_name, STR("Intel(r) AMT Key"));
	sim_text_set(&pair->instance_id, str_of(slot->id));
	sim_store_add(&st->store, &amt_public_private_key_pair_class, pair);
	OPENSSL_free(der);
	arena_fini(&a);
	return slot->id;
}

EVP_PKEY *sim_key_open(const struct sim_key *k)
{
	const unsigned char *p = (const unsigned char *)k->der.p;

	return d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)k->der.n);
}

EVP_PKEY *sim_state_key_of(const struct sim_state *st, const X509 *cert)
{
	const EVP_PKEY *public = X509_get0_pubkey(cert);

	for (size_t i = 0; i < SIM_MAX_KEYS && public != NULL; i++) {
		EVP_PKEY *key =
			st->keys[i].id[0] != '\0' ? sim_key_open(&st->keys[i]) : NULL;
		if (key != NULL && EVP_PKEY_eq(key, public) == 1)
			return key;
		EVP_PKEY_free(key);
	}
	return NULL;
}

X509 *sim_state_certificate(const struct sim_state *st, struct str id)
{
	const struct amt_public_key_certificate *c = sim_store_by_text(
		&st->store, &amt_public_key_certificate_class, "InstanceID", id);
	struct arena a = {0};
	const unsigned char *p;
	X509 *cert = NULL;
	size_t n;

	if (c != NULL && (p = base64_decode(&a, c->x509_certificate, &n)) != NULL)
		cert = d2i_X509(NULL, &p, (long)n);
	arena_fini(&a);
	return cert;
}
