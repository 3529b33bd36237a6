/* SPDX-License-Identifier: Apache-2.0
 * SQL of the MPS: the devices table as upstream has it (mps.md 8.2), counters beside it.
 *
 * A GUID is unique per installation. Every call takes the tenant it may see;
 * MPS_ANY_TENANT is for the CIRA login, which knows only the GUID, and for auth.mode
 * none.
 */
#ifndef MPS_MPS_STORE_H
#define MPS_MPS_STORE_H

#include <store/db.h>
#include <store/migrate.h>

#define MPS_ANY_TENANT NULL

extern const struct migration mps_migrations[];
extern const size_t mps_migrations_n;

struct mps_device {
	const char *guid, *hostname, *mps_instance, *mps_username, *tenant;
	const char *friendly_name, *dns_suffix;
	const char *device_info; /* JSON text or NULL */
	const char *tags; /* JSON text, an array of texts, or NULL: lists answer with it
			     as it is */
	bool connected;
	int64_t last_connected, last_seen, last_disconnected; /* ms, -1 = null */
};

struct mps_device_filter {
	const char *tenant;
	const char *hostname, *friendly_name; /* exact; NULL = any */
	const char **tags;
	size_t n_tags;
	bool tags_all; /* AND */
	int connected; /* -1 = any, 0, 1 */
	int64_t top, skip;
};

/* ERR_NOT_FOUND when there is none (for this tenant). */
OB_MUST_CHECK OB_SUSPENDS struct err *mps_device_get(struct db *d, const char *guid,
						     const char *tenant, struct arena *a,
						     struct deadline until,
						     struct mps_device *out);
/* Ordered by guid; without the three times. Filters that are given must all hold. total:
 * of the whole filtered set, only when total != NULL (a counter, not a scan, when nothing
 * but tenant and status filters). */
OB_MUST_CHECK OB_SUSPENDS struct err *mps_device_list(
	struct db *d, const struct mps_device_filter *f, struct arena *a,
	struct deadline until, struct mps_device **out, size_t *n, int64_t *total);
OB_MUST_CHECK OB_SUSPENDS struct err *mps_device_stats(struct db *d, const char *tenant,
						       struct arena *a,
						       struct deadline until,
						       int64_t *total,
						       int64_t *connected);
OB_MUST_CHECK OB_SUSPENDS struct err *mps_device_tags(struct db *d, const char *tenant,
						      struct arena *a,
						      struct deadline until,
						      const char ***out, size_t *n);
/* Read, merge, write in one transaction: merge() gets the stored row (or a fresh one with
 * exists = false) and changes it; runs on a worker thread, must touch only arg; may be
 * run again. What it writes: hostname, friendly_name, dns_suffix, mps_username, tags,
 * device_info; presence has its own calls. ERR_CONFLICT when the GUID belongs to another
 * tenant; ERR_NOT_FOUND when !create and absent. */
typedef struct err *mps_device_merge_fn(struct mps_device *row, bool exists,
					struct arena *a, void *arg);
OB_MUST_CHECK OB_SUSPENDS struct err *mps_device_upsert(
	struct db *d, const char *guid, const char *tenant, bool create,
	mps_device_merge_fn *merge, void *arg, struct arena *a, struct deadline until,
	struct mps_device *out, bool *created);
OB_MUST_CHECK OB_SUSPENDS struct err *mps_device_delete(struct db *d, const char *guid,
							const char *tenant,
							struct deadline until);

/* Presence, in one transaction. CONNECTED takes the device over, whoever had it;
 * DISCONNECTED changes only what this instance owns; SEEN never turns a later time back.
 */
struct mps_presence {
	const char *guid;
	/* Bits. LATE: a connect that could not be written at once; meanwhile the device
	 * may have gone elsewhere, so it does not take the row from a newer connection.
	 */
	enum { MPS_SEEN = 1, MPS_CONNECTED = 2, MPS_DISCONNECTED = 4, MPS_LATE = 8 } what;
	int64_t connected_at, seen_at, disconnected_at;
};
OB_MUST_CHECK OB_SUSPENDS struct err *mps_presence_write(struct db *d,
							 const char *instance,
							 const struct mps_presence *v,
							 size_t n, struct deadline until);
/* At start and stop: rows this instance owns become disconnected. */
OB_MUST_CHECK OB_SUSPENDS struct err *mps_presence_clear(struct db *d,
							 const char *instance,
							 struct deadline until);

/* Several instances on one database (PostgreSQL): each says again and again that it
 * lives. One that was silent for dead_ms is taken as dead: whoever notices clears what it
 * owned. *lost: this instance was taken as dead meanwhile (or is new) and has to say
 * again what it owns. *dead: instances cleared now. SQLite: nothing happens, one process
 * owns it. */
OB_MUST_CHECK OB_SUSPENDS struct err *mps_instance_beat(struct db *d,
							const char *instance,
							int64_t dead_ms,
							struct deadline until, bool *lost,
							int64_t *dead);
/* An orderly stop: nobody needs to wait for its silence. */
OB_MUST_CHECK OB_SUSPENDS struct err *mps_instance_end(struct db *d, const char *instance,
						       struct deadline until);

#endif
