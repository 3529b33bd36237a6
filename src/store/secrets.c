/* SPDX-License-Identifier: Apache-2.0
 * The secret store's front: chooses the kind, checks paths, turns values into text.
 */
#include <store/secrets_priv.h>

#include <base/json.h>
#include <stdlib.h>

struct err *secrets_open(const struct secrets_config *c, struct secrets **out)
{
	struct str url = str_of(c->url);

	if (str_starts(url, STR("file:")))
		return sealed_open(c, out);
	if (str_starts(url, STR("vault+http://")) ||
	    str_starts(url, STR("vault+https://")))
		return vault_open(c, out);
	return err_new(ERR_INVALID,
		       "the secret store's address is neither file:/dir/secrets.db "
		       "nor vault+http(s)://host:port");
}

void secrets_close(struct secrets *s)
{
	char *name;

	if (s == NULL)
		return;
	name = s->name;
	s->ops->close(s);
	free(name);
}

const char *secrets_name(const struct secrets *s)
{
	return s->name;
}

/* Relative, no empty, "." or ".." part, printable. */
static bool path_fine(struct str path)
{
	struct str part;

	if (path.n == 0 || path.n > SECRETS_MAX_PATH)
		return false;
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] < 0x20 || path.p[i] == 0x7f)
			return false;
	while (str_split(&path, '/', &part))
		if (part.n == 0 || str_eqz(part, ".") || str_eqz(part, ".."))
			return false;
	return true;
}

static struct err *path_check(const char *path)
{
	if (path_fine(str_of(path)))
		return NULL;
	return err_new(ERR_INVALID,
		       "not a path of a secret (relative, at most %d bytes, no "
		       "empty, \".\" or \"..\" part)",
		       SECRETS_MAX_PATH);
}

static struct err *folder_check(const char *folder)
{
	struct str f = str_of(folder);

	if (f.n == 0)
		return NULL;
	if (str_ends(f, STR("/")) && path_fine(str_sub(f, 0, f.n - 1)))
		return NULL;
	return err_new(ERR_INVALID,
		       "not a folder of secrets (relative, with a slash at its end)");
}

struct err *secrets_get(struct secrets *s, const char *path, struct deadline until,
			json_t **out)
{
	int64_t version;
	struct err *e;

	TRY(path_check(path));
	e = s->ops->get(s, path, until, out, &version);
	return e != NULL ? err_wrap(e, "secret %s", path) : NULL;
}

struct err *secrets_get_text(struct secrets *s, const char *path, const char *key,
			     struct deadline until, struct secret *out)
{
	json_t *value, *v;
	struct err *e = NULL;

	TRY(secrets_get(s, path, until, &value));
	v = json_object_get(value, key);
	if (v == NULL || json_is_null(v))
		e = err_new(ERR_NOT_FOUND, "secret %s has no %s", path, key);
	else if (!json_is_string(v))
		e = err_new(ERR_INVALID, "secret %s: %s is not a text", path, key);
	else
		secret_set(out,
			   (struct str){json_string_value(v), json_string_length(v)});
	json_wipe(value);
	return e;
}

static struct err *put(struct secrets *s, const char *path, json_t *value, int64_t over,
		       struct deadline until)
{
	struct err *e;
	size_t n;
	char *text;

	TRY(path_check(path));
	if (!json_is_object(value))
		return err_new(ERR_INVALID, "secret %s: not a JSON object", path);
	/* Sized first: a buffer that grows leaves copies behind. */
	n = json_dumpb(value, NULL, 0, JSON_COMPACT);
	if (n == 0)
		return err_new(ERR_INVALID, "secret %s: not representable as JSON", path);
	if (n > SECRETS_MAX_VALUE)
		return err_new(ERR_TOO_LARGE, "secret %s is larger than %u bytes", path,
			       SECRETS_MAX_VALUE);
	text = xmalloc(n);
	OB_ASSERT(json_dumpb(value, text, n, JSON_COMPACT) == n);
	e = s->ops->put(s, path, (struct str){text, n}, over, until);
	secret_wipe(text, n);
	free(text);
	return e != NULL ? err_wrap(e, "secret %s", path) : NULL;
}

struct err *secrets_put(struct secrets *s, const char *path, json_t *value,
			struct deadline until)
{
	return put(s, path, value, SECRETS_ANY, until);
}

struct err *secrets_create(struct secrets *s, const char *path, json_t *value,
			   struct deadline until)
{
	return put(s, path, value, SECRETS_NONE, until);
}

/* *was: what was there, NULL for nothing; *value: a copy to be changed. */
static struct err *read_for_change(struct secrets *s, const char *path, bool create,
				   struct deadline until, json_t **was, json_t **value,
				   int64_t *version)
{
	struct err *e = s->ops->get(s, path, until, was, version);

	if (e == NULL) {
		*value = json_deep_copy(*was);
		return NULL;
	}
	if (!err_is(e, ERR_NOT_FOUND) || !create)
		return err_wrap(e, "secret %s", path);
	err_free(e);
	*was = NULL;
	*value = json_object();
	return NULL;
}

/* *beaten: somebody else wrote meanwhile. */
static struct err *change_once(struct secrets *s, const char *path, bool create,
			       secrets_change_fn *fn, const void *arg,
			       struct deadline until, bool *beaten)
{
	json_t *was, *value;
	int64_t version;

	TRY(read_for_change(s, path, create, until, &was, &value, &version));
	struct err *e = fn(value, arg);
	if (e == NULL && (was == NULL || !json_equal(was, value))) {
		e = put(s, path, value, version, until);
		*beaten = err_is(e, ERR_CONFLICT);
	}
	json_wipe(was);
	json_wipe(value);
	return e;
}

struct err *secrets_change(struct secrets *s, const char *path, bool create,
			   secrets_change_fn *fn, const void *arg, struct deadline until)
{
	TRY(path_check(path));
	for (;;) {
		bool beaten = false;
		struct err *e = change_once(s, path, create, fn, arg, until, &beaten);

		if (!beaten || deadline_passed(until))
			return e;
		err_free(e);
	}
}

struct err *secrets_delete(struct secrets *s, const char *path, struct deadline until)
{
	struct err *e;

	TRY(path_check(path));
	e = s->ops->del(s, path, until);
	return e != NULL ? err_wrap(e, "secret %s", path) : NULL;
}

struct err *secrets_list(struct secrets *s, const char *folder, struct arena *a,
			 struct deadline until, const char ***names, size_t *n)
{
	struct err *e;

	TRY(folder_check(folder));
	e = s->ops->list(s, folder, a, until, names, n);
	return e != NULL ? err_wrap(e, "secrets in %s", folder) : NULL;
}

json_t *secrets_health(struct secrets *s, struct deadline until, bool *ok)
{
	return s->ops->health(s, until, ok);
}
