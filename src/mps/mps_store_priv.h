/* SPDX-License-Identifier: Apache-2.0
 * What the files of the store share.
 */
#ifndef MPS_MPS_STORE_PRIV_H
#define MPS_MPS_STORE_PRIV_H

#include <base/encode.h>
#include <mps/mps_store.h>

/* Columns in the order mps_store_row reads them. */
#define MPS_COLUMNS                                                                    \
	"guid, hostname, tags, mpsinstance, connectionstatus, mpsusername, tenantid, " \
	"friendlyname, dnssuffix, deviceinfo"
#define MPS_COLUMNS_TIMES MPS_COLUMNS ", lastconnected, lastseen, lastdisconnected"

/* With MPS_COLUMNS alone the times are -1. Texts are the result's. */
struct mps_device mps_store_row(const struct db_rows *r, size_t row);
/* As SQLite stores it: lower case. False when it is none. */
bool mps_store_guid(const char *guid, char out[UUID_TEXT_SIZE]);

#endif
