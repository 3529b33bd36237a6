/* SPDX-License-Identifier: Apache-2.0
 * outband profile export|import FILE: all that the RPS keeps as one encrypted file. The
 * passphrase comes from the environment, a file or a hidden prompt.
 */
#include <outband/app.h>

#include <errno.h>
#include <fcntl.h>
#include <rps/rps.h>
#include <rps/rps_backup.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIGRATE_MS 300000
#define RUN_MS 3600000
#define PASSPHRASE_MAX 1024

struct profile_cmd {
	struct app app;
	const char *passphrase_file;
};

/* Whole, up to max bytes; "-" is standard input. */
static struct err *read_file(const char *path, size_t max, struct buf *out)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	size_t n;

	if (f == NULL)
		return err_errno(ERR_INVALID, errno, "cannot read %s", path);
	do {
		n = fread(buf_reserve(out, 65536), 1, 65536, f);
		out->len += n;
	} while (n > 0 && out->len <= max);
	bool failed = ferror(f) != 0;
	if (f != stdin)
		fclose(f);
	if (failed)
		return err_new(ERR_INVALID, "cannot read %s", path);
	return out->len <= max
		       ? NULL
		       : err_new(ERR_TOO_LARGE, "%s is larger than %zu bytes", path, max);
}

static struct err *write_all(int fd, const char *path, struct str data)
{
	while (data.n > 0) {
		ssize_t n = write(fd, data.p, data.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(ERR_INVALID, errno, "cannot write %s", path);
		data = str_sub(data, (size_t)n, data.n);
	}
	return NULL;
}

/* A new file, synced, in the place of the old one: never half of one. */
static struct err *write_file(const char *path, struct str data)
{
	char tmp[4096];

	if (strcmp(path, "-") == 0)
		return write_all(STDOUT_FILENO, "standard output", data);
	if (snprintf(tmp, sizeof(tmp), "%s.%d.tmp", path, (int)getpid()) >=
	    (int)sizeof(tmp))
		return err_new(ERR_INVALID, "the file name is too long");
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(ERR_INVALID, errno, "cannot make %s", tmp);
	struct err *e = write_all(fd, tmp, data);
	if (e == NULL && fsync(fd) != 0)
		e = err_errno(ERR_INVALID, errno, "cannot write %s", tmp);
	close(fd);
	if (e == NULL && rename(tmp, path) != 0)
		e = err_errno(ERR_INVALID, errno, "cannot write %s", path);
	if (e != NULL)
		unlink(tmp);
	return e;
}

static struct err *passphrase(struct profile_cmd *c, bool twice, struct buf *out)
{
	_cleanup_(buf_fini_wipe) struct buf again = {0};
	const char *env = getenv("OUTBAND_PASSPHRASE");

	buf_reserve(out, PASSPHRASE_MAX + 1);
	if (c->passphrase_file != NULL) {
		TRY(read_file(c->passphrase_file, PASSPHRASE_MAX, out));
		while (out->len > 0 && strchr("\r\n", out->p[out->len - 1]) != NULL)
			out->len--;
		return NULL;
	}
	if (env != NULL && *env != '\0') {
		buf_adds(out, env);
		return NULL;
	}
	TRY(app_prompt("passphrase", false, out));
	if (!twice || !isatty(STDIN_FILENO))
		return NULL;
	TRY(app_prompt("the same again", false, &again));
	return str_eq(buf_str(out), buf_str(&again))
		       ? NULL
		       : err_new(ERR_INVALID, "the two passphrases differ");
}

static struct err *export(struct profile_cmd *c, struct rps_store *s, struct str secret)
{
	struct buf out = {0};
	unsigned n;
	struct err *e = rps_backup_write(s, secret, deadline_in(RUN_MS), &out, &n);

	if (e == NULL)
		e = write_file(c->app.args[1], buf_str(&out));
	if (e == NULL)
		fprintf(stderr, "%u entries exported\n", n);
	buf_fini(&out);
	return e;
}

static struct err *import(struct profile_cmd *c, struct rps_store *s, struct str secret)
{
	struct rps_backup_counts n;
	struct buf file = {0};
	struct err *e = read_file(c->app.args[1], RPS_BACKUP_MAX, &file);

	if (e == NULL)
		e = rps_backup_read(s, secret, buf_str(&file), deadline_in(RUN_MS), &n);
	buf_fini(&file);
	TRY(e);
	printf(c->app.json ? "{\"created\":%u,\"updated\":%u,\"unchanged\":%u}\n"
			   : "%u created, %u updated, %u unchanged\n",
	       n.created, n.updated, n.unchanged);
	return NULL;
}

static struct err *run(struct profile_cmd *c)
{
	_cleanup_(buf_fini_wipe) struct buf secret = {0};
	struct app *app = &c->app;
	const char *what = app->n_args == 2 ? app->args[0] : "";
	bool exporting = strcmp(what, "export") == 0;

	if (!exporting && strcmp(what, "import") != 0) {
		app->exit_code = 2;
		return err_new(ERR_INVALID,
			       "usage: outband profile export FILE | import FILE");
	}
	TRY(passphrase(c, exporting, &secret));
	TRY(app_open(app, false, NULL));
	TRY(rps_migrate(app_rps_db(app), deadline_in(MIGRATE_MS), NULL));
	struct rps_store *s = rps_store_new(app_rps_db(app), app->secrets);
	struct err *e = exporting ? export(c, s, buf_str(&secret))
				  : import(c, s, buf_str(&secret));
	rps_store_free(s);
	return e;
}

static void profile_main(void *arg)
{
	struct profile_cmd *c = arg;
	struct err *e = run(c);

	app_close(&c->app);
	if (e != NULL)
		app_fail(&c->app, e);
}

int cmd_profile(int argc, char **argv)
{
	struct profile_cmd c = {0};
	const struct app_option options[] = {
		{"passphrase-file", "FILE",
		 "where the passphrase is (else OUTBAND_PASSPHRASE, else a prompt)", NULL,
		 &c.passphrase_file},
	};

	if (app_init(&c.app, argc, argv,
		     "Usage: outband profile export FILE | import FILE\n", options,
		     ARRAY_LEN(options), 2))
		rt_main(profile_main, &c);
	app_fini(&c.app);
	return c.app.exit_code;
}
