/* SPDX-License-Identifier: Apache-2.0
 * Prepared statements of one connection. The text is compared too, so that a statement
 * made on the stack (a composed WHERE) never meets the handle of another text at the same
 * address.
 */
#include <store/db_priv.h>

#include <stdlib.h>

static void entry_drop(struct db_cache *c, size_t i)
{
	struct db_cache_entry e = c->e[i];

	/* Off the table first: dropping may lose the connection, which clears it. */
	c->e[i] = c->e[--c->n];
	free(e.sql);
	c->drop(e.handle, c->conn);
}

void *db_cache_get(struct db_cache *c, const struct db_stmt *st, const char *sql)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->e[i].st != st)
			continue;
		if (strcmp(c->e[i].sql, sql) == 0) {
			c->e[i].used = ++c->clock;
			return c->e[i].handle;
		}
		entry_drop(c, i);
		return NULL;
	}
	return NULL;
}

void db_cache_put(struct db_cache *c, const struct db_stmt *st, const char *sql,
		  void *handle)
{
	if (c->n == DB_CACHE_MAX) {
		size_t oldest = 0;

		for (size_t i = 1; i < c->n; i++)
			if (c->e[i].used < c->e[oldest].used)
				oldest = i;
		entry_drop(c, oldest);
	}
	c->e[c->n++] = (struct db_cache_entry){st, xstrdup(sql), handle, ++c->clock};
}

void db_cache_clear(struct db_cache *c)
{
	while (c->n > 0)
		entry_drop(c, c->n - 1);
}
