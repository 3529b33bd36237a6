/* SPDX-License-Identifier: Apache-2.0
 * Versioned migrations, run at start and by `outband migrate`, under a lock so that two
 * instances cannot run them together. Table ob_migrations(component, version,
 * applied_at).
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <store/db.h>

struct migration {
	int version; /* 1, 2, 3, ... */
	const char *title;
	/* Statements separated by lines that hold only ";;". Each must be safe on a
	 * database that upstream made (adopt: CREATE TABLE IF NOT EXISTS, ADD COLUMN IF
	 * NOT EXISTS). */
	const char *sqlite, *postgres;
	/* Instead of or after the text: code. May be NULL. */
	db_tx_fn *code;
};

/* Brings the component's schema to the newest version. Refuses (ERR_CONFLICT) a database
 * that a newer program made. *applied: how many ran; may be NULL. */
OB_MUST_CHECK OB_SUSPENDS struct err *migrate(struct db *d, const char *component,
					      const struct migration *m, size_t n,
					      struct deadline until, int *applied);

#endif
