/* SPDX-License-Identifier: Apache-2.0 */
#include <store/health.h>

#include <base/log.h>

json_t *store_health(struct db *d, struct secrets *s, struct deadline until, bool *ok)
{
	struct err *e = db_ping(d, until);
	bool db_ok = e == NULL, secrets_ok;

	if (!db_ok)
		log_debug("health: database", F_ERR(e));
	err_free(e);
	json_t *store = secrets_health(s, until, &secrets_ok);
	const char *name = db_dialect(d) == DB_POSTGRES ? "POSTGRES" : "SQLITE";
	*ok = db_ok && secrets_ok;
	return json_pack("{s:{s:s, s:s}, s:o}", "db", "name", name, "status",
			 db_ok ? "OK" : "unknown error", "secretStore", store);
}

bool store_ready(struct db *d, struct secrets *s, bool stopping, struct deadline until,
		 const char **why)
{
	bool secrets_ok = false;

	*why = "stopping\n";
	if (stopping)
		return false;
	struct err *e = db_ping(d, until);
	if (e == NULL)
		json_decref(secrets_health(s, until, &secrets_ok));
	else
		log_debug("not ready: database", F_ERR(e));
	err_free(e);
	*why = secrets_ok ? "ready\n" : "a store cannot be asked\n";
	return secrets_ok;
}
