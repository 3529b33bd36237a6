/* SPDX-License-Identifier: Apache-2.0
 * DIR/state.json: written whole to a file beside it, synced, renamed over, directory
 * synced; so what is there is always one complete state, and what was answered is in it.
 * Small (some 60 KiB), and written by the loop itself: a device answers nothing else
 * meanwhile, as firmware with its flash.
 */
#include <sim/state_priv.h>

#include <base/json.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_MAX (16u << 20)

static const char state_name[] = "state.json", next_name[] = "state.json.next",
		  lock_name[] = "lock", root_name[] = "on-die-root.pem";

static void path_of(const struct sim_state *st, const char *name, struct buf *out)
{
	buf_addf(out, "%s/%s", st->dir, name);
}

/* ---- directory and lock ---- */

static struct err *lock(struct sim_state *st)
{
	_cleanup_(buf_fini) struct buf path = {0};

	if (mkdir(st->dir, 0700) != 0 && errno != EEXIST)
		return err_errno(ERR_INVALID, errno, "cannot make the directory %s",
				 st->dir);
	path_of(st, lock_name, &path);
	st->lock_fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (st->lock_fd < 0)
		return err_errno(ERR_INVALID, errno, "cannot write in %s", st->dir);
	if (flock(st->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return NULL;
	return err_new(ERR_CONFLICT,
		       "%s is in use by another process: a device runs once; stop the "
		       "other one or "
		       "give this one another --dir",
		       st->dir);
}

void sim_state_unlock(struct sim_state *st)
{
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	st->lock_fd = -1;
}

/* ---- writing ---- */

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return fsync(fd);
}

static struct err *write_file(const struct sim_state *st, const char *path,
			      const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), rc;

	if (fd < 0)
		return err_errno(ERR_INTERNAL, errno, "cannot write %s", path);
	rc = write_all(fd, text, strlen(text));
	if (rc != 0) {
		struct err *e = err_errno(ERR_INTERNAL, errno, "cannot write %s", path);
		close(fd);
		return e;
	}
	close(fd);
	return NULL;
}

static struct err *sync_dir(const struct sim_state *st)
{
	int fd = open(st->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	    rc = fd >= 0 ? fsync(fd) : -1;
	struct err *e =
		rc == 0 ? NULL
			: err_errno(ERR_INTERNAL, errno, "cannot sync %s", st->dir);

	if (fd >= 0)
		close(fd);
	return e;
}

struct err *sim_state_save(struct sim_state *st)
{
	_cleanup_(buf_fini) struct buf path = {0};
	_cleanup_(buf_fini) struct buf next = {0};
	struct err *e;
	json_t *j;
	char *text;

	if (st->dir == NULL)
		return NULL;
	path_of(st, state_name, &path);
	path_of(st, next_name, &next);
	j = sim_state_json(st);
	text = json_dumps(j, JSON_INDENT(1));
	json_decref(j);
	OB_ASSERT(text != NULL);
	e = write_file(st, next.p, text);
	secret_wipe(text, strlen(text));
	free(text);
	if (e != NULL)
		return e;
	if (rename(next.p, path.p) != 0)
		return err_errno(ERR_INTERNAL, errno, "cannot replace %s", path.p);
	return sync_dir(st);
}

/* For whoever checks the on-die chain. */
static struct err *write_root(const struct sim_state *st)
{
	_cleanup_(buf_fini) struct buf path = {0};
	char *pem = sim_pem_of_certificate(st->on_die.root);
	struct err *e;

	path_of(st, root_name, &path);
	e = write_file(st, path.p, pem);
	free(pem);
	return e;
}

/* ---- reading ---- */

static struct err *read_file(const char *path, struct buf *out, bool *missing)
{
	char chunk[16384];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*missing = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return *missing ? NULL
				: err_errno(ERR_INVALID, errno, "cannot read %s", path);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && out->len <= STATE_MAX)
		buf_add(out, chunk, (size_t)n);
	close(fd);
	if (n < 0)
		return err_errno(ERR_INVALID, errno, "cannot read %s", path);
	if (out->len > STATE_MAX)
		return err_new(ERR_INVALID, "%s is larger than any state", path);
	return NULL;
}

static struct err *parse(struct sim_state *st, struct str text, const char *path)
{
	json_error_t why;
	json_t *j = json_read(text, JSON_REJECT_DUPLICATES, &why);
	struct err *e;

	if (j == NULL)
		return err_new(ERR_INVALID,
			       "%s is damaged (line %d: %s); put a copy back, or remove "
			       "it for a "
			       "new device",
			       path, why.line, why.text);
	e = sim_state_from_json(st, j);
	json_decref(j);
	return e != NULL ? err_wrap(e, "%s does not describe a device", path) : NULL;
}

static struct err *load(struct sim_state *st, bool *missing)
{
	_cleanup_(buf_fini) struct buf path = {0};
	_cleanup_(buf_fini_wipe) struct buf text = {0};

	path_of(st, state_name, &path);
	TRY(read_file(path.p, &text, missing));
	if (*missing)
		return NULL;
	TRY(parse(st, buf_str(&text), path.p));
	sim_state_volatile(st);
	return NULL;
}

static struct err *open_in(struct sim_state *st, const struct sim_birth *b,
			   struct sim_state **born)
{
	bool missing;

	TRY(lock(st));
	TRY(load(st, &missing));
	if (!missing)
		return NULL;
	TRY(sim_state_new(b, born));
	(*born)->dir = xstrdup(st->dir);
	(*born)->lock_fd = st->lock_fd;
	st->lock_fd = -1;
	TRY(write_root(*born));
	return sim_state_save(*born);
}

struct err *sim_state_open(const char *dir, const struct sim_birth *b,
			   struct sim_state **out)
{
	struct sim_state *st = sim_state_blank(), *born = NULL;
	struct err *e;

	st->dir = xstrdup(dir);
	e = open_in(st, b, &born);
	if (e != NULL) {
		sim_state_free(born);
		sim_state_free(st);
		return e;
	}
	if (born != NULL)
		sim_state_free(st);
	*out = born != NULL ? born : st;
	return NULL;
}

struct err *sim_state_reload(struct sim_state *st)
{
	struct sim_state *read = sim_state_blank();
	bool missing;
	struct err *e;

	OB_ASSERT(st->dir != NULL);
	read->dir = xstrdup(st->dir);
	e = load(read, &missing);
	if (e == NULL && missing)
		e = err_new(ERR_INVALID, "%s/%s is gone", st->dir, state_name);
	if (e == NULL)
		sim_state_take(st, read);
	sim_state_free(read);
	return e;
}
