/* SPDX-License-Identifier: Apache-2.0 */
#include <store/device_secrets.h>

#include <base/encode.h>
#include <base/json.h>
#include <base/util.h>
#include <stdio.h>

/* The last three are ours, beside upstream's keys. */
#define KEY_AMT "AMT_PASSWORD"
#define KEY_MEBX "MEBX_PASSWORD"
#define KEY_MPS "MPS_PASSWORD"
#define KEY_CERTIFICATE "TLS_ISSUED_CERTIFICATE"
#define KEY_NEXT_AMT "NEXT_AMT_PASSWORD"
#define KEY_NEXT_MEBX "NEXT_MEBX_PASSWORD"
#define KEY_NEXT_UNTIL "NEXT_AMT_PASSWORD_UNTIL"

#define PATH_SIZE (sizeof("devices/") + UUID_TEXT_SIZE)

static struct err *path_of(const char *guid, char path[PATH_SIZE])
{
	char lower[UUID_TEXT_SIZE];

	if (!uuid_lower(guid, lower))
		return err_new(ERR_INVALID, "%s is not a GUID", guid);
	snprintf(path, PATH_SIZE, "devices/%s", lower);
	return NULL;
}

static void read_text(const json_t *v, const char *key, struct secret *out)
{
	const json_t *text = json_object_get(v, key);

	if (json_is_string(text) && json_string_length(text) > 0)
		secret_set(out, (struct str){json_string_value(text),
					     json_string_length(text)});
}

struct err *device_secrets_get(struct secrets *s, const char *guid, struct arena *a,
			       struct deadline until, struct device_secrets *out)
{
	char path[PATH_SIZE];
	json_t *v;

	*out = (struct device_secrets){0};
	TRY(path_of(guid, path));
	TRY(secrets_get(s, path, until, &v));
	read_text(v, KEY_AMT, &out->amt_password);
	read_text(v, KEY_MEBX, &out->mebx_password);
	read_text(v, KEY_MPS, &out->mps_password);
	read_text(v, KEY_NEXT_AMT, &out->next_amt_password);
	read_text(v, KEY_NEXT_MEBX, &out->next_mebx_password);
	out->next_until = json_integer_value(json_object_get(v, KEY_NEXT_UNTIL));
	const char *pem = json_string_value(json_object_get(v, KEY_CERTIFICATE));
	if (pem != NULL)
		out->tls_certificate = arena_strdup(a, pem);
	json_wipe(v);
	return NULL;
}

void device_secrets_fini(struct device_secrets *v)
{
	secret_fini(&v->amt_password);
	secret_fini(&v->mebx_password);
	secret_fini(&v->mps_password);
	secret_fini(&v->next_amt_password);
	secret_fini(&v->next_mebx_password);
}

static struct err *change(struct secrets *s, const char *guid, bool create,
			  secrets_change_fn *fn, const void *arg, struct deadline until)
{
	char path[PATH_SIZE];

	TRY(path_of(guid, path));
	return secrets_change(s, path, create, fn, arg, until);
}

static void set_text(json_t *v, const char *key, const struct secret *s)
{
	if (s->p != NULL)
		json_object_set_new(v, key, json_stringn(s->p, s->n));
}

static struct err *put_members(json_t *v, const void *arg)
{
	const struct device_secrets *d = arg;

	set_text(v, KEY_AMT, &d->amt_password);
	set_text(v, KEY_MEBX, &d->mebx_password);
	set_text(v, KEY_MPS, &d->mps_password);
	set_text(v, KEY_NEXT_AMT, &d->next_amt_password);
	set_text(v, KEY_NEXT_MEBX, &d->next_mebx_password);
	if (d->next_amt_password.p != NULL)
		json_object_del(v, KEY_NEXT_UNTIL);
	if (d->tls_certificate != NULL)
		json_object_set_new(v, KEY_CERTIFICATE, json_string(d->tls_certificate));
	json_object_del(v, "version"); /* of a read that upstream wrote back */
	return NULL;
}

struct err *device_secrets_put(struct secrets *s, const char *guid,
			       const struct device_secrets *v, struct deadline until)
{
	return change(s, guid, true, put_members, v, until);
}

struct ahead {
	const struct secret *amt;
	int64_t until;
};

static struct err *put_next(json_t *v, const void *arg)
{
	const struct ahead *a = arg;
	int64_t others = json_integer_value(json_object_get(v, KEY_NEXT_UNTIL));

	if (json_object_get(v, KEY_NEXT_AMT) != NULL && others > clock_wall_ms())
		return err_new(ERR_CONFLICT, "the device's password is being changed "
					     "already; try again in two minutes");
	set_text(v, KEY_NEXT_AMT, a->amt);
	json_object_set_new(v, KEY_NEXT_UNTIL, json_integer(a->until));
	return NULL;
}

struct err *device_secrets_ahead(struct secrets *s, const char *guid,
				 const struct secret *amt, int64_t for_ms,
				 struct deadline until)
{
	const struct ahead a = {amt, clock_wall_ms() + for_ms};

	return change(s, guid, true, put_next, &a, until);
}

struct settling {
	const struct secret *next;
	enum device_password which;
	enum device_settling how;
};

static struct err *settle(json_t *v, const void *arg)
{
	static const char *const keys[][2] = {
		[DEVICE_AMT_PASSWORD] = {KEY_NEXT_AMT, KEY_AMT},
		[DEVICE_MEBX_PASSWORD] = {KEY_NEXT_MEBX, KEY_MEBX},
	};
	const struct settling *t = arg;
	const char *next = keys[t->which][0], *valid = keys[t->which][1];
	json_t *stored = json_object_get(v, next);
	const struct str text = {json_string_value(stored), json_string_length(stored)};

	if (text.p == NULL || !secret_equal(t->next, text))
		return NULL;
	if (t->how == DEVICE_HAS_IT)
		json_object_set(v, valid, stored);
	if (t->how != DEVICE_UNKNOWN)
		json_object_del(v, next);
	if (t->which == DEVICE_AMT_PASSWORD)
		json_object_del(v, KEY_NEXT_UNTIL);
	return NULL;
}

struct err *device_secrets_settle(struct secrets *s, const char *guid,
				  enum device_password which, const struct secret *next,
				  enum device_settling how, struct deadline until)
{
	const struct settling t = {next, which, how};

	return change(s, guid, false, settle, &t, until);
}

struct err *device_secrets_delete(struct secrets *s, const char *guid,
				  struct deadline until)
{
	char path[PATH_SIZE];

	TRY(path_of(guid, path));
	return secrets_delete(s, path, until);
}
