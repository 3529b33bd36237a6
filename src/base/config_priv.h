/* SPDX-License-Identifier: Apache-2.0
 * Inside of the settings, for config*.c: rows with their values, and how values get in.
 */
#ifndef BASE_CONFIG_PRIV_H
#define BASE_CONFIG_PRIV_H

#include <base/config.h>

/* Lowest first; an equal or higher rank replaces a value. */
enum config_rank { CONFIG_BY_DEFAULT, CONFIG_BY_FILE, CONFIG_BY_ENV, CONFIG_BY_SET };

struct config_value {
	const struct config_setting *row;
	const char *text; /* as given, enums and booleans in their one spelling; NULL =
			     unset */
	const char *origin;
	enum config_rank rank;
	union {
		int64_t i;
		bool b;
		const char *const *list;
	};
	unsigned load; /* the file load that set it, and where: finds keys given twice */
	size_t line;
};

struct config_wiped;

struct config {
	struct arena arena; /* all texts, since values stay borrowable when replaced */
	struct config_value *values;  /* in the order of config_add */
	struct config_value **sorted; /* by key */
	size_t n;
	struct config_wiped *wiped; /* secret texts in the arena */
	unsigned loads;
};

/* NULL when there is none. */
struct config_value *config_find(const struct config *c, const char *key);
/* Does a known key lie below this one ("mps" for "mps.web.port")? */
bool config_is_section(const struct config *c, const char *key);
struct err *config_unknown(const struct config *c, const char *key, const char *origin);
/* Checks and takes text; origin is copied. */
OB_MUST_CHECK struct err *config_assign(struct config *c, struct config_value *v,
					enum config_rank rank, struct str text,
					const char *origin);
/* The same for the items of a YAML sequence. */
OB_MUST_CHECK struct err *config_assign_list(struct config *c, struct config_value *v,
					     enum config_rank rank,
					     const struct str *items, size_t n,
					     const char *origin);
/* "mps.rest.listen" to "OUTBAND_MPS_REST_LISTEN", in the arena. */
const char *config_env_name(const char *key, struct arena *a);
/* Number of single-character changes from a to b. */
size_t config_distance(const char *a, const char *b);

#endif
