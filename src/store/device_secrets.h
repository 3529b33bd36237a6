/* SPDX-License-Identifier: Apache-2.0
 * The passwords of one device: the secret devices/<guid>, which RPS writes and MPS reads
 * (mps.md 8.3, rps.md 4). Without tenant, as GUIDs are unique. Keys that are not here are
 * kept.
 *
 * A password that a device is to get is stored as the next one first, then the device
 * gets it, then it is settled. So whoever dies in between leaves a device whose password
 * is one of two that are stored. While a change may still reach the device nobody else
 * may take the next one's place: device_secrets_ahead notes until when. That instant is
 * on the wall clock, since the next who looks may be on another machine.
 *
 * Each change is one of the secret store's (secrets_change), so programs that share the
 * store do not undo each other's. Errors: ERR_INVALID (no GUID), ERR_NOT_FOUND,
 * ERR_UNAVAILABLE, ERR_TIMEOUT.
 */
#ifndef STORE_DEVICE_SECRETS_H
#define STORE_DEVICE_SECRETS_H

#include <base/arena.h>
#include <store/secrets.h>

struct device_secrets {
	struct secret amt_password, mebx_password, mps_password;
	struct secret next_amt_password, next_mebx_password;
	int64_t next_until; /* wall clock, ms: a change may be under way; 0 = none */
	const char *tls_certificate; /* PEM or NULL; get: in the arena */
};

/* ERR_NOT_FOUND when nothing is stored. Wipe with device_secrets_fini. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_secrets_get(struct secrets *s,
							 const char *guid,
							 struct arena *a,
							 struct deadline until,
							 struct device_secrets *out);
/* Members that are unset keep what is stored. Whoever writes next_amt_password this way
 * knows that the device has none: it is fresh from the factory. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_secrets_put(struct secrets *s,
							 const char *guid,
							 const struct device_secrets *v,
							 struct deadline until);
/* The next AMT password of a device that has one; for_ms: how long the change may take.
 * ERR_CONFLICT: somebody else's change is under way. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_secrets_ahead(struct secrets *s,
							   const char *guid,
							   const struct secret *amt,
							   int64_t for_ms,
							   struct deadline until);

enum device_password { DEVICE_AMT_PASSWORD, DEVICE_MEBX_PASSWORD };
enum device_settling {
	DEVICE_HAS_IT,	   /* it becomes the valid one */
	DEVICE_HAS_IT_NOT, /* it is dropped */
	DEVICE_UNKNOWN,	   /* it stays; nothing is under way any more */
};
/* Of the next password, if it is this one still; else nothing happens. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_secrets_settle(
	struct secrets *s, const char *guid, enum device_password which,
	const struct secret *next, enum device_settling how, struct deadline until);
OB_MUST_CHECK OB_SUSPENDS struct err *device_secrets_delete(struct secrets *s,
							    const char *guid,
							    struct deadline until);
void device_secrets_fini(struct device_secrets *v);

#endif
