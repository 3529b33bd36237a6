/* SPDX-License-Identifier: Apache-2.0
 * Between PostgreSQL's connections (db_postgres.c) and its statements (db_pg_stmt.c).
 */
#ifndef STORE_DB_PG_H
#define STORE_DB_PG_H

#include <libpq-fe.h>
#include <store/db_priv.h>

struct pg_conn {
	struct db *d;
	PGconn *h;	       /* NULL = not connected */
	struct deadline until; /* of the running job */
	int64_t timeout_ms;    /* statement_timeout as set; 0 = none */
	uint64_t serial;       /* names of prepared statements */
	bool drop;	       /* reconnect after this job */
	struct db_cache cache;
};

void pg_conn_init(struct pg_conn *c, struct db *d);
void pg_disconnect(struct pg_conn *c);
/* Waits for all results of what was just sent (sent: libpq's PQsend... result). An error:
 * disconnected. The result may be an SQL error. */
OB_MUST_CHECK struct err *pg_result(struct pg_conn *c, int sent, PGresult **out);
/* NULL when the statement succeeded. */
OB_MUST_CHECK struct err *pg_result_err(struct pg_conn *c, const PGresult *res,
					const char *what);
OB_MUST_CHECK struct err *pg_query(void *conn, const struct db_stmt *st,
				   const struct db_param *p, size_t n, struct arena *a,
				   struct db_rows **out);
OB_MUST_CHECK struct err *pg_exec(void *conn, const struct db_stmt *st,
				  const struct db_param *p, size_t n, int64_t *changed);

#endif
