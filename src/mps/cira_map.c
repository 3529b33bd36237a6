/* SPDX-License-Identifier: Apache-2.0
 * The map of connected devices: a hash table of links by UUID.
 */
#include <mps/cira_priv.h>

#define FIRST_BUCKETS 1024

void cira_map_init(struct cira *c)
{
	c->n_buckets = FIRST_BUCKETS;
	c->buckets = xcalloc(c->n_buckets, sizeof(*c->buckets));
}

void cira_map_fini(struct cira *c)
{
	free(c->buckets);
}

static struct link **bucket_of(struct cira *c, const uint8_t uuid[16])
{
	uint64_t a, b;

	memcpy(&a, uuid, 8);
	memcpy(&b, uuid + 8, 8);
	/* UUIDs that count up differ in the last byte alone: every input bit must reach
	 * the low ones. */
	uint64_t h = (a ^ (b << 1 | b >> 63)) * 0x9e3779b97f4a7c15u;
	h = (h ^ h >> 32) * 0xff51afd7ed558ccdu;
	return &c->buckets[(h ^ h >> 33) & (c->n_buckets - 1)];
}

struct link **cira_map_slot(struct cira *c, const uint8_t uuid[16])
{
	struct link **at = bucket_of(c, uuid);

	while (*at != NULL && memcmp((*at)->uuid, uuid, 16) != 0)
		at = &(*at)->hash_next;
	return at;
}

static void map_grow(struct cira *c)
{
	struct link **old = c->buckets;
	size_t n_old = c->n_buckets;

	c->n_buckets *= 2;
	c->buckets = xcalloc(c->n_buckets, sizeof(*c->buckets));
	for (size_t i = 0; i < n_old; i++) {
		for (struct link *l = old[i], *next; l != NULL; l = next) {
			next = l->hash_next;
			struct link **at = bucket_of(c, l->uuid);
			l->hash_next = *at;
			*at = l;
		}
	}
	free(old);
}

void cira_map_add(struct cira *c, struct link *l)
{
	if (c->n_connected >= c->n_buckets)
		map_grow(c);
	struct link **at = bucket_of(c, l->uuid);
	l->hash_next = *at;
	*at = l;
	l->logged_in = true;
	c->n_connected++;
}

void cira_map_remove(struct cira *c, struct link *l)
{
	if (!l->logged_in)
		return;
	struct link **at = cira_map_slot(c, l->uuid);
	OB_ASSERT(*at == l);
	*at = l->hash_next;
	l->logged_in = false;
	c->n_connected--;
}

struct link *cira_map_find(struct cira *c, const char *guid)
{
	uint8_t uuid[16];

	if (!uuid_smbios_from_text(str_of(guid), uuid))
		return NULL;
	return *cira_map_slot(c, uuid);
}
