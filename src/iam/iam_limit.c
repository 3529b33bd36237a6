/* SPDX-License-Identifier: Apache-2.0
 * Attempts to log in, as token buckets by text key. One set of buckets counts pairs of
 * user and address, another addresses: a guesser locks out neither the user elsewhere nor
 * everybody.
 *
 * Bounded: when full, the bucket not used for longest goes, which is the one that
 * refilled most.
 */
#include <iam/iam_priv.h>

#include <arpa/inet.h>
#include <stdlib.h>

#define BUCKETS 256

struct attempts {
	struct list bucket, used;
	/* An attempt costs window_ms, a millisecond brings capacity: exact however often
	 * it is asked. */
	int64_t credit;
	int64_t at_ms; /* as of then */
	char key[];
};

void iam_limit_init(struct iam_limit *l, int64_t capacity, int64_t window_ms)
{
	l->buckets = xmalloc(BUCKETS * sizeof(*l->buckets));
	for (size_t i = 0; i < BUCKETS; i++)
		list_init(&l->buckets[i]);
	list_init(&l->used);
	l->n = 0;
	l->capacity = capacity;
	l->window_ms = window_ms;
}

static void attempts_drop(struct iam_limit *l, struct attempts *t)
{
	list_del(&t->bucket);
	list_del(&t->used);
	free(t);
	l->n--;
}

void iam_limit_fini(struct iam_limit *l)
{
	if (l->buckets == NULL)
		return;
	list_for_each_safe (pos, &l->used)
		attempts_drop(l, list_entry(pos, struct attempts, used));
	free(l->buckets);
	*l = (struct iam_limit){0};
}

static struct list *bucket_of(struct iam_limit *l, const char *key)
{
	return &l->buckets[str_hash(key) % BUCKETS];
}

static struct attempts *find(struct iam_limit *l, const char *key)
{
	list_for_each (pos, bucket_of(l, key)) {
		struct attempts *t = list_entry(pos, struct attempts, bucket);

		if (strcmp(t->key, key) == 0)
			return t;
	}
	return NULL;
}

static struct attempts *find_or_make(struct iam_limit *l, const char *key)
{
	struct attempts *t = find(l, key);

	if (t != NULL) {
		list_del(&t->used);
	} else {
		if (l->n >= IAM_LIMIT_MAX)
			attempts_drop(l, list_entry(l->used.next, struct attempts, used));
		t = xmalloc(sizeof(*t) + strlen(key) + 1);
		memcpy(t->key, key, strlen(key) + 1);
		t->credit = l->capacity * l->window_ms;
		t->at_ms = clock_mono_ms();
		list_add_tail(bucket_of(l, key), &t->bucket);
		l->n++;
	}
	list_add_tail(&l->used, &t->used);
	return t;
}

int64_t iam_limit_take(struct iam_limit *l, const char *key)
{
	struct attempts *t = find_or_make(l, key);
	int64_t now = clock_mono_ms();
	int64_t passed = MIN(now - t->at_ms, l->window_ms);

	t->credit = MIN(l->capacity * l->window_ms, t->credit + passed * l->capacity);
	t->at_ms = now;
	if (t->credit < l->window_ms)
		return (l->window_ms - t->credit + l->capacity - 1) / l->capacity;
	t->credit -= l->window_ms;
	return 0;
}

void iam_limit_give(struct iam_limit *l, const char *key)
{
	struct attempts *t = find(l, key);

	if (t != NULL)
		t->credit = MIN(l->capacity * l->window_ms, t->credit + l->window_ms);
}

void iam_limit_address(const char *peer, char out[64])
{
	struct in6_addr v6;
	size_t n = strnlen(peer, 63);

	if (inet_pton(AF_INET6, peer, &v6) == 1 && !IN6_IS_ADDR_V4MAPPED(&v6)) {
		memset(v6.s6_addr + 8, 0, 8);
		OB_ASSERT(inet_ntop(AF_INET6, &v6, out, 64) != NULL);
		return;
	}
	memcpy(out, peer, n);
	out[n] = '\0';
}
