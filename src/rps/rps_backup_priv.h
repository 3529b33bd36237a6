/* SPDX-License-Identifier: Apache-2.0
 * Between the document of a backup and the file around it.
 */
#ifndef RPS_RPS_BACKUP_PRIV_H
#define RPS_RPS_BACKUP_PRIV_H

#include <rps/rps_backup.h>

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
