/* SPDX-License-Identifier: Apache-2.0
 * outband secret get|put|list: the secret store by hand. Values come from standard input
 * (a hidden prompt on a terminal), never from the command line.
 */
#include <outband/app.h>

#include <base/json.h>
#include <stdio.h>

#define SECRET_MS 30000

static struct err *get(struct app *app)
{
	json_t *value = NULL;

	TRY(secrets_get(app->secrets, app->args[1], deadline_in(SECRET_MS), &value));
	if (app->n_args == 3) {
		const char *text =
			json_string_value(json_object_get(value, app->args[2]));
		if (text != NULL)
			printf("%s\n", text);
		json_decref(value);
		return text != NULL ? NULL
				    : err_new(ERR_NOT_FOUND, "secret %s has no key %s",
					      app->args[1], app->args[2]);
	}
	json_dumpf(value, stdout, app->tty && !app->json ? JSON_INDENT(2) : JSON_COMPACT);
	putchar('\n');
	json_decref(value);
	return NULL;
}

/* One key of a secret, the others kept. */
static struct err *put_key(struct app *app, const struct buf *text)
{
	json_t *value = NULL;
	struct err *e =
		secrets_get(app->secrets, app->args[1], deadline_in(SECRET_MS), &value);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		value = json_object();
	} else if (e != NULL) {
		return e;
	}
	if (json_object_set_new(value, app->args[2], json_stringn(text->p, text->len)) !=
	    0)
		e = err_new(ERR_INVALID, "the value is not UTF-8 text");
	else
		e = secrets_put(app->secrets, app->args[1], value,
				deadline_in(SECRET_MS));
	json_decref(value);
	return e;
}

static struct err *put(struct app *app)
{
	_cleanup_(buf_fini_wipe) struct buf text = {0};
	json_error_t je;

	if (app->n_args == 3) {
		TRY(app_prompt(app->args[2], false, &text));
		return put_key(app, &text);
	}
	TRY(app_prompt("JSON object", true, &text));
	json_t *value = json_read(buf_str(&text), JSON_REJECT_DUPLICATES, &je);
	struct err *e =
		json_is_object(value)
			? secrets_put(app->secrets, app->args[1], value,
				      deadline_in(SECRET_MS))
			: err_new(ERR_INVALID,
				  "standard input is no JSON object (line %d)", je.line);
	json_decref(value);
	return e;
}

static struct err *list(struct app *app)
{
	struct arena a = {0};
	const char **names;
	size_t n;
	struct err *e = secrets_list(app->secrets, app->n_args > 1 ? app->args[1] : "",
				     &a, deadline_in(SECRET_MS), &names, &n);

	if (e == NULL && app->json) {
		json_t *j = json_array();
		for (size_t i = 0; i < n; i++)
			json_array_append_new(j, json_string(names[i]));
		json_dumpf(j, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(j);
	} else if (e == NULL) {
		for (size_t i = 0; i < n; i++)
			printf("%s\n", names[i]);
	}
	arena_fini(&a);
	return e;
}

static struct err *run(struct app *app)
{
	const char *what = app->n_args > 0 ? app->args[0] : "";

	TRY(app_open(app, false, NULL));
	if (strcmp(what, "get") == 0 && (app->n_args == 2 || app->n_args == 3))
		return get(app);
	if (strcmp(what, "put") == 0 && (app->n_args == 2 || app->n_args == 3))
		return put(app);
	if (strcmp(what, "list") == 0 && app->n_args <= 2)
		return list(app);
	app->exit_code = 2;
	return err_new(
		ERR_INVALID,
		"usage: outband secret get PATH [KEY] | put PATH [KEY] | list [FOLDER/]");
}

static void secret_main(void *arg)
{
	struct app *app = arg;
	struct err *e = run(app);

	app_close(app);
	if (e != NULL)
		app_fail(app, e);
}

int cmd_secret(int argc, char **argv)
{
	struct app app;
	const char *usage =
		"Usage: outband secret get PATH [KEY]     print a secret (JSON) or one "
		"of its values\n"
		"       outband secret put PATH [KEY]     store a JSON object, or one "
		"value, from standard input\n"
		"       outband secret list [FOLDER/]     names below a folder\n";

	if (app_init(&app, argc, argv, usage, NULL, 0, APP_ANY_ARGS))
		rt_main(secret_main, &app);
	app_fini(&app);
	return app.exit_code;
}
