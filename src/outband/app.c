/* SPDX-License-Identifier: Apache-2.0 */
#include <outband/app.h>

#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <mps/mps.h>
#include <rps/rps.h>
#include <rt/rt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define OPEN_MS 60000
#define PROMPT_MAX 65536
#define EVENTS_MS 2000 /* for the broker to take what is left */

/* clang-format off */
static const struct config_setting app_settings[] = {
	{.key = "targets", .type = CONFIG_LIST, .def = "all",
	 .help = "Components this process runs: all, or any of: mps, rps."},
	{.key = "log.level", .type = CONFIG_ENUM, .def = "info",
	 .choices = "error|warn|info|debug|trace|warning|http|verbose|silly", .env = "MPS_LOG_LEVEL,RPS_LOG_LEVEL",
	 .help = "How much is logged."},
	{.key = "log.format", .type = CONFIG_ENUM, .def = "auto", .choices = "auto|human|json",
	 .help = "Lines for people or JSON; auto decides by whether stderr is a terminal."},
	{.key = "db.url", .type = CONFIG_STRING, .secret = true, .env = "MPS_CONNECTION_STRING",
	 .help = "sqlite:/path/file.db or postgresql://user:password@host/database; unset = a file in the data directory."},
	{.key = "db.connections", .type = CONFIG_INT, .def = "0", .min = 0, .max = 200,
	 .help = "PostgreSQL connections or SQLite readers (0 = 8 or 2)."},
	{.key = "secrets.url", .type = CONFIG_STRING, .env = "MPS_VAULT_ADDRESS,RPS_VAULT_ADDRESS",
	 .help = "file:/path/secrets.db, or vault+http(s)://host:8200; unset = a sealed file in the data directory."},
	{.key = "secrets.vault.path", .type = CONFIG_STRING, .def = "secret/data/",
	 .env = "MPS_SECRETS_PATH,RPS_SECRETS_PATH", .help = "Mount and prefix of the KV version 2 store."},
	{.key = "secrets.vault.token", .type = CONFIG_STRING, .secret = true, .env = "MPS_VAULT_TOKEN,RPS_VAULT_TOKEN",
	 .help = "Vault token; better a token file, which is read again when it changes."},
	{.key = "secrets.vault.token_file", .type = CONFIG_STRING,
	 .help = "File that holds the Vault token."},
	{.key = "secrets.vault.ca_file", .type = CONFIG_STRING,
	 .help = "CA certificates that Vault's certificate is checked against; unset = the system's."},
	{.key = "secrets.vault.namespace", .type = CONFIG_STRING, .help = "Vault namespace."},
	{.key = "shutdown_ms", .type = CONFIG_INT, .def = "10000", .min = 0, .max = 600000, .unit = "ms",
	 .help = "Time for requests in progress when the server stops."},
};
/* clang-format on */

struct config *app_config(void)
{
	struct config *c = config_new();

	config_add(c, app_settings, ARRAY_LEN(app_settings));
	config_add(c, iam_settings, iam_settings_n);
	config_add(c, mps_settings, mps_settings_n);
	config_add(c, rps_settings, rps_settings_n);
	config_add(c, events_settings, events_settings_n);
	return c;
}

static const struct app_option common_options[] = {
	{"config", "FILE",
	 "YAML configuration (default: outband.yaml in the data directory)", NULL, NULL},
	{"data-dir", "DIR",
	 "where state lives (default: /var/lib/outband, or ~/.local/share/outband)", NULL,
	 NULL},
	{"set", "KEY=VALUE", "one setting; may be repeated", NULL, NULL},
	{"json", NULL, "output for programs", NULL, NULL},
	{"help", NULL, "this text", NULL, NULL},
};

static void print_options(const struct app_option *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char left[64];
		snprintf(left, sizeof(left), "--%s%s%s", o[i].name, o[i].value ? " " : "",
			 o[i].value ? o[i].value : "");
		printf("  %-24s %s\n", left, o[i].help);
	}
}

struct parsed {
	const char *config_file;
	char *sets[64]; /* key=value */
	size_t n_sets;
	bool help;
};

static void parsed_fini(struct parsed *p)
{
	for (size_t i = 0; i < p->n_sets; i++)
		free(p->sets[i]);
}

static bool add_set(struct parsed *p, char *take_set)
{
	if (p->n_sets < ARRAY_LEN(p->sets)) {
		p->sets[p->n_sets++] = take_set;
		return true;
	}
	fprintf(stderr, "outband: more than %zu settings; use a file\n",
		ARRAY_LEN(p->sets));
	free(take_set);
	return false;
}

static bool common_option(struct app *app, struct parsed *p, const char *name,
			  const char *value)
{
	app->configured |= value != NULL; /* json and help have none */
	if (strcmp(name, "config") == 0) {
		p->config_file = value;
	} else if (strcmp(name, "data-dir") == 0) {
		free(app->data_dir);
		app->data_dir = xstrdup(value);
	} else if (strcmp(name, "set") == 0) {
		return add_set(p, xstrdup(value));
	} else if (strcmp(name, "json") == 0) {
		app->json = true;
	} else {
		p->help = true;
	}
	return true;
}

static bool extra_option(const struct app_option *o, struct parsed *p, const char *value)
{
	if (o->key == NULL) {
		*o->text = value ? value : "";
		return true;
	}
	char *set = xmalloc(strlen(o->key) + strlen(value) + 2);
	sprintf(set, "%s=%s", o->key, value);
	return add_set(p, set);
}

/* --name value, --name=value, or a plain argument. */
static bool parse_args(struct app *app, struct parsed *p, int argc, char **argv,
		       const struct app_option *extra, size_t n_extra)
{
	app->args = xcalloc((size_t)argc + 1, sizeof(*app->args));
	for (int i = 1; i < argc; i++) {
		const char *arg = strcmp(argv[i], "-h") == 0 ? "--help" : argv[i];
		if (strncmp(arg, "--", 2) != 0) {
			app->args[app->n_args++] = argv[i];
			continue;
		}
		const char *eq = strchr(arg, '=');
		size_t n = eq ? (size_t)(eq - arg - 2) : strlen(arg + 2);
		const struct app_option *o = NULL;
		for (size_t k = 0; k < ARRAY_LEN(common_options) + n_extra && o == NULL;
		     k++) {
			const struct app_option *c =
				k < n_extra ? &extra[k] : &common_options[k - n_extra];
			if (strlen(c->name) == n && strncmp(c->name, arg + 2, n) == 0)
				o = c;
		}
		if (o == NULL || (o->value == NULL && eq != NULL)) {
			fprintf(stderr, "outband %s: unknown option %s; see --help\n",
				argv[0], arg);
			return false;
		}
		const char *value = o->value == NULL ? NULL : eq ? eq + 1 : argv[++i];
		if (o->value != NULL && value == NULL) {
			fprintf(stderr, "outband %s: %s needs a %s\n", argv[0], arg,
				o->value);
			return false;
		}
		bool ok = o->key != NULL || o->text != NULL
				  ? extra_option(o, p, value)
				  : common_option(app, p, o->name, value);
		if (!ok)
			return false;
	}
	return true;
}

static char *default_data_dir(void)
{
	const char *env = getenv("OUTBAND_DATA_DIR"), *home = getenv("HOME");
	char path[4096];

	if (env != NULL && env[0] != '\0')
		return xstrdup(env);
	if (geteuid() == 0 || home == NULL)
		return xstrdup("/var/lib/outband");
	const char *xdg = getenv("XDG_DATA_HOME");
	if (xdg != NULL && xdg[0] == '/')
		snprintf(path, sizeof(path), "%s/outband", xdg);
	else
		snprintf(path, sizeof(path), "%s/.local/share/outband", home);
	return xstrdup(path);
}

static struct err *load_config(struct app *app, const struct parsed *p)
{
	extern char **environ;
	char path[4200];
	const char *file = p->config_file ? p->config_file : getenv("OUTBAND_CONFIG");

	snprintf(path, sizeof(path), "%s/outband.yaml", app->data_dir);
	if (file == NULL && access(path, F_OK) == 0)
		file = path;
	if (file != NULL)
		TRY(config_load_file(app->config, file));
	TRY(config_load_env(app->config, environ));
	for (size_t i = 0; i < p->n_sets; i++)
		TRY(config_set(app->config, p->sets[i], "--set"));
	snprintf(path, sizeof(path), "sqlite:%s/outband.db", app->data_dir);
	config_default(app->config, "db.url", path, "data directory");
	snprintf(path, sizeof(path), "file:%s/secrets.db", app->data_dir);
	config_default(app->config, "secrets.url", path, "data directory");
	return NULL;
}

static void init_log(const struct config *c, bool json)
{
	const char *level = config_str(c, "log.level"),
		   *format = config_str(c, "log.format");
	enum log_level l = LOG_INFO;

	log_level_parse(level, &l);
	log_init(l, strcmp(format, "json") == 0	   ? LOG_JSON
		    : strcmp(format, "human") == 0 ? LOG_HUMAN
		    : json			   ? LOG_JSON
						   : LOG_AUTO);
}

bool app_init(struct app *app, int argc, char **argv, const char *usage,
	      const struct app_option *extra, size_t n_extra, int max_args)
{
	_cleanup_(parsed_fini) struct parsed p = {0};

	*app = (struct app){.lock_fd = -1, .tty = isatty(STDOUT_FILENO), .exit_code = 2};
	app->data_dir = default_data_dir();
	if (!parse_args(app, &p, argc, argv, extra, n_extra))
		return false;
	if (p.help) {
		printf("%s\nOptions:\n", usage);
		print_options(extra, n_extra);
		print_options(common_options, ARRAY_LEN(common_options));
		app->exit_code = 0;
		return false;
	}
	if (app->n_args > max_args) {
		fprintf(stderr, "outband %s: unexpected argument %s; see --help\n",
			argv[0], app->args[max_args]);
		return false;
	}
	app->config = app_config();
	struct err *e = load_config(app, &p);
	if (e != NULL) {
		app_fail(app, e);
		app->exit_code = 2;
		return false;
	}
	init_log(app->config, app->json);
	secret_protect_process();
	app->exit_code = 0;
	return true;
}

static struct err *make_data_dir(const char *dir)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s", dir);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_errno(ERR_INVALID, errno,
				 "cannot make the data directory %s (choose another with "
				 "--data-dir)",
				 dir);
	if (access(path, W_OK | X_OK) != 0)
		return err_errno(ERR_INVALID, errno, "cannot write the data directory %s",
				 dir);
	return NULL;
}

struct err *app_lock(struct app *app)
{
	char path[4200], pid[32] = "";

	TRY(make_data_dir(app->data_dir));
	snprintf(path, sizeof(path), "%s/lock", app->data_dir);
	app->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (app->lock_fd < 0)
		return err_errno(ERR_INVALID, errno, "cannot open %s", path);
	if (flock(app->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = pread(app->lock_fd, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? n : 0] = '\0';
		return err_new(ERR_CONFLICT,
			       "another server (pid %s) runs on the data directory %s; "
			       "stop it or choose "
			       "another with --data-dir",
			       pid, app->data_dir);
	}
	int n = snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (ftruncate(app->lock_fd, 0) != 0 ||
	    pwrite(app->lock_fd, pid, (size_t)n, 0) != n)
		return err_errno(ERR_INVALID, errno, "cannot write %s", path);
	return NULL;
}

static const char *secrets_url(const struct config *c, char *out, size_t n)
{
	const char *url = config_str(c, "secrets.url");

	/* upstream's setting is a plain address */
	if (strncmp(url, "http", 4) != 0)
		return url;
	snprintf(out, n, "vault+%s", url);
	return out;
}

struct err *app_open(struct app *app, bool with_iam, struct secret *generated_admin)
{
	const struct config *c = app->config;
	char url[1024];

	TRY(make_data_dir(app->data_dir));
	app->http = http_client_new(&(struct http_client_config){0});
	TRY(db_open(config_str(c, "db.url"), (unsigned)config_int(c, "db.connections"),
		    &app->db));
	const char *rps_url = config_str(c, "rps.db.url");
	if (rps_url != NULL)
		TRY(db_open(rps_url, (unsigned)config_int(c, "db.connections"),
			    &app->rps_db));
	struct secrets_config sc = {
		.url = secrets_url(c, url, sizeof(url)),
		.vault_path = config_str(c, "secrets.vault.path"),
		.vault_token = config_str(c, "secrets.vault.token"),
		.vault_token_file = config_str(c, "secrets.vault.token_file"),
		.vault_ca_file = config_str(c, "secrets.vault.ca_file"),
		.vault_namespace = config_str(c, "secrets.vault.namespace"),
	};
	TRY(secrets_open(&sc, &app->secrets));
	if (with_iam)
		TRY(iam_start(c, app->db, app->secrets, app->http, &app->iam,
			      generated_admin));
	return NULL;
}

struct db *app_rps_db(const struct app *app)
{
	return app->rps_db != NULL ? app->rps_db : app->db;
}

bool app_runs(const struct app *app, const char *target)
{
	for (const char *const *t = config_list(app->config, "targets"); *t != NULL; t++)
		if (strcmp(*t, "all") == 0 || strcmp(*t, target) == 0)
			return true;
	return false;
}

void app_close(struct app *app)
{
	metrics_source_del(&app->metrics);
	events_stop(app->events, deadline_in(EVENTS_MS));
	app->events = NULL;
	if (app->iam != NULL)
		iam_stop(app->iam);
	if (app->secrets != NULL)
		secrets_close(app->secrets);
	if (app->rps_db != NULL)
		db_close(app->rps_db);
	if (app->db != NULL)
		db_close(app->db);
	if (app->http != NULL)
		http_client_free(app->http);
	app->iam = NULL;
	app->secrets = NULL;
	app->db = NULL;
	app->rps_db = NULL;
	app->http = NULL;
}

void app_fini(struct app *app)
{
	config_free(app->config);
	free(app->data_dir);
	free(app->args);
	if (app->lock_fd >= 0)
		close(app->lock_fd);
}

void app_fail(struct app *app, struct err *e)
{
	struct buf b = {0};

	err_text(e, &b);
	fprintf(stderr, "outband: %s\n", b.p);
	buf_fini(&b);
	err_free(e);
	if (app->exit_code == 0)
		app->exit_code = 1;
}

struct err *app_prompt(const char *prompt, bool whole, struct buf *out)
{
	bool tty = isatty(STDIN_FILENO);
	struct termios old, hidden;

	if (tty) {
		fprintf(stderr, "%s: ", prompt);
		tcgetattr(STDIN_FILENO, &old);
		hidden = old;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	}
	int ch;
	while ((ch = getchar()) != EOF && (whole || ch != '\n') && out->len < PROMPT_MAX)
		buf_addc(out, (char)ch);
	if (tty) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (out->len == 0)
		return err_new(ERR_INVALID, "no value on standard input");
	if (out->len >= PROMPT_MAX)
		return err_new(ERR_INVALID, "the value is longer than %d bytes",
			       PROMPT_MAX);
	return NULL;
}
