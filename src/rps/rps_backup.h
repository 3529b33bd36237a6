/* SPDX-License-Identifier: Apache-2.0
 * Everything the RPS keeps, of all tenants, as one encrypted file: rows, their secrets,
 * devices and their passwords.
 *
 * The file: the line "outband profiles 1", a line of JSON with scrypt's parameters, salt
 * and nonce, then the AES-256-GCM ciphertext of a JSON document. Both lines are
 * authenticated with it.
 */
#ifndef RPS_RPS_BACKUP_H
#define RPS_RPS_BACKUP_H

#include <rps/rps_store.h>

#define RPS_BACKUP_MIN_PASSPHRASE 8
#define RPS_BACKUP_MAX (256u << 20) /* bytes of a file */

struct rps_backup_counts {
	unsigned created, updated, unchanged;
};

/* Appends the file to out; clear secrets in the database go into the secret store first.
 * ERR_INVALID: the passphrase is too short. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_backup_write(struct rps_store *s,
						       struct str passphrase,
						       struct deadline until,
						       struct buf *out, unsigned *n);
/* Rows become as the file has them, what else is there stays; a device's passwords are
 * only put where there are none, since the device has the newer ones. May be repeated,
 * after a failure too. ERR_INVALID: no such file, or another passphrase. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_backup_read(struct rps_store *s,
						      struct str passphrase,
						      struct str file,
						      struct deadline until,
						      struct rps_backup_counts *counts);

#endif
