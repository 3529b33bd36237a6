/* SPDX-License-Identifier: Apache-2.0
 * The health of both stores, as upstream's /health shows it (mps.md 1, rps.md 2.9).
 */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include <store/db.h>
#include <store/secrets.h>

/* {"db":{"name","status"},"secretStore":{...}}; *ok: both work. Never fails; new
 * reference. An error is "unknown error" to those who look from outside, as an error that
 * upstream's driver numbers is; the log has more. */
OB_SUSPENDS json_t *store_health(struct db *d, struct secrets *s, struct deadline until,
				 bool *ok);
/* Whether new work may be sent here: the stores answer, and no stop is under way. Says
 * no more than that, since anybody may ask; the log has the reason. *why: "ready\n", or
 * what is wrong. */
OB_SUSPENDS bool store_ready(struct db *d, struct secrets *s, bool stopping,
			     struct deadline until, const char **why);

#endif
