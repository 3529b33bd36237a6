/* SPDX-License-Identifier: Apache-2.0
 * Verified tokens by their SHA-256, least recently used first out. Verifying an RSA
 * signature and reading claims costs more than the rest of a small REST call; a hash
 * costs next to nothing.
 *
 * An entry is one allocation: the struct, its grants, and their texts behind it.
 */
#include <iam/iam_priv.h>

#include <openssl/evp.h>
#include <stdlib.h>

#define BUCKETS 1024

struct iam_cache_entry {
	struct list bucket, used;
	uint8_t hash[IAM_CACHE_HASH];
	struct iam_identity id;
};

void iam_cache_init(struct iam_cache *c)
{
	c->buckets = xmalloc(BUCKETS * sizeof(*c->buckets));
	for (size_t i = 0; i < BUCKETS; i++)
		list_init(&c->buckets[i]);
	list_init(&c->used);
	c->n = 0;
	c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->md = EVP_MD_CTX_new();
	OB_ASSERT(c->sha256 != NULL && c->md != NULL);
}

void iam_cache_fini(struct iam_cache *c)
{
	if (c->buckets == NULL)
		return;
	iam_cache_clear(c);
	free(c->buckets);
	EVP_MD_CTX_free(c->md);
	EVP_MD_free(c->sha256);
	*c = (struct iam_cache){0};
}

void iam_cache_hash(struct iam_cache *c, struct str token, uint8_t hash[IAM_CACHE_HASH])
{
	OB_ASSERT(EVP_DigestInit_ex(c->md, c->sha256, NULL) == 1 &&
		  EVP_DigestUpdate(c->md, token.p, token.n) == 1 &&
		  EVP_DigestFinal_ex(c->md, hash, NULL) == 1);
}

static void entry_drop(struct iam_cache *c, struct iam_cache_entry *e)
{
	list_del(&e->bucket);
	list_del(&e->used);
	free(e);
	c->n--;
}

static struct list *bucket_of(struct iam_cache *c, const uint8_t hash[IAM_CACHE_HASH])
{
	return &c->buckets[(hash[0] << 8 | hash[1]) % BUCKETS];
}

const struct iam_identity *iam_cache_get(struct iam_cache *c,
					 const uint8_t hash[IAM_CACHE_HASH])
{
	list_for_each (pos, bucket_of(c, hash)) {
		struct iam_cache_entry *e =
			list_entry(pos, struct iam_cache_entry, bucket);

		if (memcmp(e->hash, hash, IAM_CACHE_HASH) != 0)
			continue;
		if (clock_wall_ms() >= e->id.exp_ms) {
			entry_drop(c, e);
			return NULL;
		}
		list_del(&e->used);
		list_add_tail(&c->used, &e->used);
		return &e->id;
	}
	return NULL;
}

static char *text_put(char **at, const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = memcpy(*at, s, n);

	*at += n;
	return p;
}

void iam_cache_put(struct iam_cache *c, const uint8_t hash[IAM_CACHE_HASH],
		   const struct iam_identity *id)
{
	size_t grants = id->n_grants * sizeof(struct iam_grant);
	size_t texts = strlen(id->name) + strlen(id->token_id) + 2;
	struct iam_cache_entry *e;
	char *at;

	if (iam_cache_get(c, hash) != NULL)
		return; /* two requests verified it at the same time */
	if (c->n >= IAM_CACHE_MAX)
		entry_drop(c, list_entry(c->used.next, struct iam_cache_entry, used));
	for (size_t i = 0; i < id->n_grants; i++)
		texts += strlen(id->grants[i].tenant) + 1;
	e = xmalloc(sizeof(*e) + grants + texts);
	memcpy(e->hash, hash, IAM_CACHE_HASH);
	e->id = *id;
	e->id.grants = (struct iam_grant *)(e + 1);
	at = (char *)(e + 1) + grants;
	e->id.name = text_put(&at, id->name);
	e->id.token_id = text_put(&at, id->token_id);
	for (size_t i = 0; i < id->n_grants; i++) {
		e->id.grants[i].perms = id->grants[i].perms;
		e->id.grants[i].tenant = text_put(&at, id->grants[i].tenant);
	}
	list_add_tail(bucket_of(c, hash), &e->bucket);
	list_add_tail(&c->used, &e->used);
	c->n++;
}

void iam_cache_clear(struct iam_cache *c)
{
	list_for_each_safe (pos, &c->used)
		entry_drop(c, list_entry(pos, struct iam_cache_entry, used));
}
