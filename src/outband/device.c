/* SPDX-License-Identifier: Apache-2.0
 * outband device import|list: how a fleet moves here from upstream. Works beside a
 * running server; repeating an import changes nothing that is the same already.
 */
#include <outband/app.h>

#include <base/json.h>
#include <base/encode.h>
#include <mps/mps.h>
#include <mps/mps_store.h>
#include <rt/fiber.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define ROW_MS 60000
#define WORKERS 64 /* rows under way: their commits share syncs */
#define LINE_MAX_BYTES 65536
#define ERRORS_SHOWN 20

struct import {
	struct app *app;
	FILE *file;
	long size;
	uint64_t line, created, updated, failed;
	bool end;
	struct fiber_group group;
	int64_t shown_ms;
};

static void progress(struct import *im, bool last)
{
	if (!isatty(STDERR_FILENO) || (!last && clock_mono_ms() - im->shown_ms < 100))
		return;
	im->shown_ms = clock_mono_ms();
	long at = ftell(im->file);
	int pct = last ? 100 : im->size > 0 ? (int)(100 * at / im->size) : 0;
	char bar[41];
	memset(bar, ' ', 40);
	memset(bar, '#', (size_t)(pct * 40 / 100));
	bar[40] = '\0';
	fprintf(stderr, "\r[%s] %3d%%  %llu created, %llu updated, %llu failed%s", bar,
		pct, (unsigned long long)im->created, (unsigned long long)im->updated,
		(unsigned long long)im->failed, last ? "\n" : "");
}

static const char *text_of(json_t *row, const char *key, struct err **e)
{
	json_t *v = json_object_get(row, key);

	if (v != NULL && !json_is_null(v) && !json_is_string(v) && *e == NULL)
		*e = err_new(ERR_INVALID, "%s is no text", key);
	return json_string_value(v);
}

struct row_merge {
	const char *hostname, *username, *friendly, *suffix, *info, *tags;
};

static struct err *merge(struct mps_device *row, bool exists, struct arena *a, void *arg)
{
	const struct row_merge *m = arg;

	if (m->hostname != NULL)
		row->hostname = m->hostname;
	if (m->username != NULL)
		row->mps_username = m->username;
	if (m->friendly != NULL)
		row->friendly_name = m->friendly;
	if (m->suffix != NULL)
		row->dns_suffix = m->suffix;
	if (m->info != NULL)
		row->device_info = m->info;
	if (m->tags != NULL)
		row->tags = m->tags;
	return NULL;
}

/* JSON text of a member in the arena. */
static const char *json_text(json_t *value, struct arena *a)
{
	char *text = json_dumps(value, JSON_COMPACT);
	const char *copy = arena_strdup(a, text);

	free(text);
	return copy;
}

static struct err *read_tags(json_t *row, struct arena *a, struct row_merge *m)
{
	json_t *tags = json_object_get(row, "tags"), *tag;
	size_t i;

	if (tags == NULL || json_is_null(tags))
		return NULL;
	if (!json_is_array(tags))
		return err_new(ERR_INVALID, "tags is no array");
	json_array_foreach(tags, i, tag) if (!json_is_string(tag)) return err_new(
		ERR_INVALID, "tags is no array of texts");
	m->tags = json_text(tags, a);
	return NULL;
}

/* Secret first, record second: a record whose secret is missing would lock its device
 * out. */
static struct err *put_secret(struct import *im, const char *path, const char *mps,
			      const char *amt, const char *mebx)
{
	json_t *value = NULL;
	struct deadline until = deadline_in(ROW_MS);

	if (mps == NULL && amt == NULL && mebx == NULL)
		return NULL;
	struct err *e = secrets_get(im->app->secrets, path, until, &value);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		e = NULL;
		value = json_object();
	}
	TRY(e);
	json_t *old = json_deep_copy(value);
	if (mps != NULL)
		json_object_set_new(value, "MPS_PASSWORD", json_string(mps));
	if (amt != NULL)
		json_object_set_new(value, "AMT_PASSWORD", json_string(amt));
	if (mebx != NULL)
		json_object_set_new(value, "MEBX_PASSWORD", json_string(mebx));
	if (!json_equal(old, value))
		e = secrets_put(im->app->secrets, path, value, until);
	json_decref(old);
	json_decref(value);
	return e;
}

static struct err *import_row(struct import *im, json_t *row, struct arena *a,
			      bool *created)
{
	struct err *bad = NULL;
	const char *guid = text_of(row, "guid", &bad);
	const char *tenant = text_of(row, "tenantId", &bad);
	const char *mps = text_of(row, "mpsPassword", &bad),
		   *amt = text_of(row, "amtPassword", &bad);
	const char *mebx = text_of(row, "mebxPassword", &bad);
	struct row_merge m = {
		.hostname = text_of(row, "hostname", &bad),
		.username = text_of(row, "mpsusername", &bad),
		.friendly = text_of(row, "friendlyName", &bad),
		.suffix = text_of(row, "dnsSuffix", &bad),
	};
	struct mps_device out;

	if (bad != NULL)
		return bad;
	if (guid == NULL || !uuid_valid(str_of(guid)))
		return err_new(ERR_INVALID, "guid is missing or no UUID");
	TRY(read_tags(row, a, &m));
	json_t *info = json_object_get(row, "deviceInfo");
	if (json_is_object(info))
		m.info = json_text(info, a);
	char *lower = arena_strdup(a, guid);
	for (char *p = lower; *p; p++)
		*p |= *p >= 'A' && *p <= 'Z' ? 0x20 : 0;
	/* Another tenant's device must not get a new secret from this row. */
	struct err *e = mps_device_get(im->app->db, lower, MPS_ANY_TENANT, a,
				       deadline_in(ROW_MS), &out);
	if (e == NULL && strcmp(out.tenant, tenant ? tenant : "") != 0)
		return err_new(ERR_CONFLICT, "the device belongs to another tenant");
	if (e != NULL && e->kind != ERR_NOT_FOUND)
		return e;
	err_free(e);
	TRY(put_secret(im, arena_printf(a, "devices/%s", lower), mps, amt, mebx));
	return mps_device_upsert(im->app->db, lower, tenant ? tenant : "", true, merge,
				 &m, a, deadline_in(ROW_MS), &out, created);
}

static void row_done(struct import *im, uint64_t line, struct err *e, bool created)
{
	if (e == NULL) {
		*(created ? &im->created : &im->updated) += 1;
	} else {
		if (im->failed++ < ERRORS_SHOWN) {
			struct buf b = {0};
			err_text(e, &b);
			fprintf(stderr, "%sline %llu: %s\n",
				isatty(STDERR_FILENO) ? "\r\033[K" : "",
				(unsigned long long)line, b.p);
			buf_fini(&b);
		}
		err_free(e);
	}
	progress(im, false);
}

static void worker(void *arg)
{
	struct import *im = arg;
	char *line = NULL;
	size_t cap = 0;

	while (!im->end && !fiber_cancelled()) {
		ssize_t n = getline(&line, &cap, im->file);
		if (n < 0) {
			im->end = true;
			break;
		}
		uint64_t number = ++im->line;
		if (str_trim((struct str){line, (size_t)n}).n == 0)
			continue;
		struct arena a = {0};
		bool created = false;
		json_t *row = n > LINE_MAX_BYTES
				      ? NULL
				      : json_read((struct str){line, (size_t)n}, 0, NULL);
		struct err *e = json_is_object(row)
					? import_row(im, row, &a, &created)
					: err_new(ERR_INVALID, "no JSON object");
		row_done(im, number, e, created);
		json_decref(row);
		secret_wipe(line, cap);
		arena_fini(&a);
	}
	free(line);
}

static struct err *import(struct app *app)
{
	struct import im = {.app = app};

	im.file = strcmp(app->args[1], "-") == 0 ? stdin : fopen(app->args[1], "re");
	if (im.file == NULL)
		return err_errno(ERR_INVALID, errno, "cannot read %s", app->args[1]);
	if (fseek(im.file, 0, SEEK_END) == 0) {
		im.size = ftell(im.file);
		rewind(im.file);
	}
	fiber_group_init(&im.group);
	for (int i = 0; i < WORKERS; i++)
		fiber_spawn(&im.group, "import", worker, &im);
	fiber_group_join(&im.group, false);
	progress(&im, true);
	if (im.file != stdin)
		fclose(im.file);
	printf(app->json ? "{\"created\":%llu,\"updated\":%llu,\"failed\":%llu}\n"
			 : "%llu created, %llu updated, %llu failed\n",
	       (unsigned long long)im.created, (unsigned long long)im.updated,
	       (unsigned long long)im.failed);
	return im.failed == 0 ? NULL
			      : err_new(ERR_INVALID,
					"%llu lines were not imported; mend them and "
					"import again",
					(unsigned long long)im.failed);
}

static struct err *list(struct app *app, const char *tenant)
{
	struct arena a = {0};
	struct mps_device_filter f = {
		.tenant = tenant, .connected = -1, .top = INT32_MAX};
	struct mps_device *v;
	size_t n;
	struct err *e =
		mps_device_list(app->db, &f, &a, deadline_in(ROW_MS), &v, &n, NULL);

	if (e == NULL && !app->json)
		printf("%-36s  %-9s  %-24s  %-16s  %s\n", "GUID", "STATUS", "HOSTNAME",
		       "INSTANCE", "TENANT");
	for (size_t i = 0; e == NULL && i < n; i++) {
		const char *on = app->tty ? "\033[32mconnected\033[0m" : "connected";
		if (app->json) {
			json_t *j =
				json_pack("{s:s,s:s*,s:b,s:s*,s:s}", "guid", v[i].guid,
					  "hostname", v[i].hostname, "connectionStatus",
					  v[i].connected, "mpsInstance",
					  v[i].mps_instance, "tenantId", v[i].tenant);
			json_dumpf(j, stdout, JSON_COMPACT);
			putchar('\n');
			json_decref(j);
			continue;
		}
		printf("%s  %-9s  %-24s  %-16s  %s\n", v[i].guid,
		       v[i].connected ? on : "-", v[i].hostname ? v[i].hostname : "",
		       v[i].mps_instance ? v[i].mps_instance : "", v[i].tenant);
	}
	arena_fini(&a);
	return e;
}

struct device_cmd {
	struct app app;
	const char *tenant;
};

static struct err *run(struct device_cmd *d)
{
	struct app *app = &d->app;
	const char *what = app->n_args > 0 ? app->args[0] : "";
	bool importing = strcmp(what, "import") == 0 && app->n_args == 2;

	if (!importing && !(strcmp(what, "list") == 0 && app->n_args == 1)) {
		app->exit_code = 2;
		return err_new(ERR_INVALID, "usage: outband device import FILE | list");
	}
	TRY(app_open(app, false, NULL));
	TRY(mps_migrate(app->db, deadline_in(ROW_MS), NULL));
	return importing ? import(app) : list(app, d->tenant);
}

static void device_main(void *arg)
{
	struct device_cmd *d = arg;
	struct err *e = run(d);

	app_close(&d->app);
	if (e != NULL)
		app_fail(&d->app, e);
}

int cmd_device(int argc, char **argv)
{
	struct device_cmd d = {.tenant = MPS_ANY_TENANT};
	const char *usage = "Usage: outband device import FILE     add or update devices "
			    "from JSON lines (- = standard input):\n"
			    "                                      guid, hostname, tags, "
			    "tenantId, mpsusername, mpsPassword,\n"
			    "                                      amtPassword, "
			    "mebxPassword, friendlyName, dnsSuffix, deviceInfo\n"
			    "       outband device list            all devices, or those "
			    "of --tenant\n";
	const struct app_option options[] = {
		{"tenant", "ID", "only this tenant's devices", NULL, &d.tenant},
	};

	if (app_init(&d.app, argc, argv, usage, options, ARRAY_LEN(options),
		     APP_ANY_ARGS))
		rt_main(device_main, &d);
	app_fini(&d.app);
	return d.app.exit_code;
}
