/* SPDX-License-Identifier: Apache-2.0
 * Between the document of a backup and the file around it.
 */
#ifndef RPS_RPS_BACKUP_PRIV_H
#define RPS_RPS_BACKUP_PRIV_H

#include <base/aead.h>
#include <rps/rps_backup.h>

#define RPS_BACKUP_SALT 16

/* How the key comes from the passphrase (RFC 7914), within bounds. */
struct rps_backup_kdf {
	struct str passphrase;
	int64_t n, r, p;
	uint8_t salt[RPS_BACKUP_SALT];
	uint8_t key[AEAD_KEY_SIZE];
	bool ok;
};
/* The lines before the ciphertext; *end: where it begins. False: no such file. */
bool rps_backup_head(struct str file, struct rps_backup_kdf *k, size_t *end);

OB_MUST_CHECK OB_SUSPENDS struct err *rps_backup_seal(struct str passphrase,
						      struct str plain,
						      struct deadline until,
						      struct buf *out);
/* Appends the document to out; wipe it. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_backup_open(struct str passphrase,
						      struct str file,
						      struct deadline until,
						      struct buf *out);

#endif
