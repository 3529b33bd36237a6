/* SPDX-License-Identifier: Apache-2.0
 * Results: building them on a worker, reading them by position.
 */
#include <base/json.h>
#include <store/db_priv.h>

#include <stdlib.h>

void db_rows_begin(struct db_rows_builder *b, struct arena *a, size_t n_cols)
{
	*b = (struct db_rows_builder){.a = a, .rows = arena_new(a, struct db_rows)};
	b->rows->n_cols = n_cols;
	b->rows->names = arena_zalloc(a, n_cols * sizeof(*b->rows->names));
}

void db_rows_add_owned(struct db_rows_builder *b, struct str cell)
{
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 64;
		b->cells = xrealloc(b->cells, b->cap * sizeof(*b->cells));
	}
	b->cells[b->n++] = cell;
}

void db_rows_add(struct db_rows_builder *b, struct str cell)
{
	char *copy = NULL;

	if (cell.p != NULL) {
		copy = arena_alloc(b->a, cell.n + 1);
		memcpy(copy, cell.p, cell.n);
		copy[cell.n] = '\0';
	}
	db_rows_add_owned(b, (struct str){copy, copy ? cell.n : 0});
}

struct db_rows *db_rows_end(struct db_rows_builder *b)
{
	struct db_rows *r = b->rows;

	r->n = r->n_cols > 0 ? b->n / r->n_cols : 0;
	r->cells = arena_memdup(b->a, b->cells, b->n * sizeof(*b->cells));
	db_rows_fini(b);
	return r;
}

void db_rows_fini(struct db_rows_builder *b)
{
	free(b->cells);
	b->cells = NULL;
	b->n = b->cap = 0;
}

struct str db_cell(const struct db_rows *r, size_t row, size_t col)
{
	OB_ASSERT(row < r->n && col < r->n_cols);
	return r->cells[row * r->n_cols + col];
}

const char *db_text(const struct db_rows *r, size_t row, size_t col)
{
	return db_cell(r, row, col).p;
}

int64_t db_int(const struct db_rows *r, size_t row, size_t col)
{
	const char *s = db_text(r, row, col);

	/* Not str_i64: sum() and the like may give "3.0". */
	return s != NULL ? strtoll(s, NULL, 10) : 0;
}

bool db_bool(const struct db_rows *r, size_t row, size_t col)
{
	return str_eqz(db_cell(r, row, col), "1");
}

int64_t db_time(const struct db_rows *r, size_t row, size_t col)
{
	struct str s = db_cell(r, row, col);
	int64_t ms;

	if (s.p == NULL)
		return -1;
	/* A column of type text may hold a date as people write it. */
	if (str_i64(s, INT64_MIN, INT64_MAX, &ms) || clock_parse_iso(s.p, &ms))
		return ms;
	return -1;
}

const char **db_texts(const struct db_rows *r, size_t row, size_t col, struct arena *a,
		      size_t *n)
{
	json_t *array = json_read(db_cell(r, row, col),
				  JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL),
	       *v;
	const char **out;
	size_t i, count = 0;

	out = arena_zalloc(a, (json_array_size(array) + 1) * sizeof(*out));
	json_array_foreach(array, i, v)
	{
		if (json_is_string(v))
			out[count++] = arena_strdup(a, json_string_value(v));
	}
	json_decref(array);
	*n = count;
	return out;
}
