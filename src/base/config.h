/* SPDX-License-Identifier: Apache-2.0
 * Settings. Each component owns a table of rows; the tables together feed the YAML file,
 * the environment, `--set`, `outband config`, the sample file and docs/configuration.md.
 *
 * Precedence, lowest first: default, file, environment, --set. Unknown keys in the file
 * or in --set are errors that name the nearest known key. OUTBAND_* environment names are
 * derived from the key
 * ("mps.rest.listen" is OUTBAND_MPS_REST_LISTEN); an unknown OUTBAND_ name is an error
 * too (save OUTBAND_PEER_*, OUTBAND_BENCH_*, OUTBAND_TEST_*, OUTBAND_CONFIG,
 * OUTBAND_DATA_DIR, OUTBAND_HECI, OUTBAND_ADMIN_PASSWORD, OUTBAND_PASSPHRASE). Upstream
 * names are listed per row and match in any case; the derived name beats them. Empty
 * variables count as unset, Kubernetes service links (MPS_PORT=tcp://...) too.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <base/err.h>
#include <base/secret.h>

enum config_type {
	CONFIG_STRING,
	CONFIG_INT,    /* decimal, min..max */
	CONFIG_BOOL,   /* true/false (yes/no, on/off, 1/0) */
	CONFIG_ENUM,   /* one of choices, '|' separated */
	CONFIG_LIST,   /* YAML sequence of strings, or comma separated text */
	CONFIG_LISTEN, /* host:port, [v6]:port, unix:/path; by an upstream name also the
			  port alone */
};

struct config_setting {
	const char *key; /* "mps.cira.listen" */
	enum config_type type;
	const char *def;     /* default as text; NULL = unset */
	int64_t min, max;    /* CONFIG_INT */
	const char *unit;    /* "ms", "bytes", ... for docs; NULL = none */
	const char *choices; /* CONFIG_ENUM */
	bool secret;	     /* masked when shown */
	const char *env;     /* upstream environment names, comma separated, or NULL */
	const char *help;    /* one sentence */
};

struct config;

struct config *config_new(void);
void config_free(struct config *c);
/* Rows must outlive the configuration. Duplicate keys assert. */
void config_add(struct config *c, const struct config_setting *rows, size_t n);

/* Each names file, line and key in its error, and what would be right. ERR_NOT_FOUND: no
 * such file. "a.b: 1" in a file is the same as "a:" with "b: 1" below; a key without a
 * value stays as it was. */
OB_MUST_CHECK struct err *config_load_file(struct config *c, const char *path);
OB_MUST_CHECK struct err *config_load_text(struct config *c, const char *yaml,
					   const char *name);
OB_MUST_CHECK struct err *config_load_env(struct config *c, char *const *vars);
/* "key=value" */
OB_MUST_CHECK struct err *config_set(struct config *c, const char *assignment,
				     const char *origin);
/* A default that depends on something else (data dir); keeps anything set explicitly. */
void config_default(struct config *c, const char *key, const char *value,
		    const char *origin);

/* Values, borrowed until the configuration is freed. Asking for an unknown key or with
 * the wrong type asserts. config_str gives NULL when unset. */
const char *config_str(const struct config *c, const char *key);
int64_t config_int(const struct config *c, const char *key);
bool config_bool(const struct config *c, const char *key);
/* NULL-terminated array; empty when unset. */
const char *const *config_list(const struct config *c, const char *key);
/* "default", "file outband.yaml:3", "env MPS_PORT", "--set". */
const char *config_origin(const struct config *c, const char *key);
/* Has a value, be it the default. */
bool config_is_set(const struct config *c, const char *key);

/* `outband config`: aligned table "key value origin" or a JSON array; secrets, and
 * passwords within URLs, as ***. */
void config_print(const struct config *c, struct buf *out, bool json);
/* A commented sample file, and the Markdown table of docs/configuration.md. */
void config_sample(const struct config *c, struct buf *out);
void config_markdown(const struct config *c, struct buf *out);

/* Host (without brackets) and port of a CONFIG_LISTEN text or "host:port"; false when
 * malformed. Of "unix:/path" host gets all and port 0. */
bool config_parse_listen(const char *s, char host[256], uint16_t *port);

#endif
