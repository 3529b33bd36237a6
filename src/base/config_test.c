/* SPDX-License-Identifier: Apache-2.0
 * Settings: precedence, types, unknown keys, origins, masking, and what people get to
 * see.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/config.h>

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static const struct config_setting rows[] = {
	{"mps.cira.listen", CONFIG_LISTEN, "0.0.0.0:4433", .env = "MPS_PORT",
	 .help = "Where devices connect."},
	{"mps.cira.idle", CONFIG_INT, "30000", 100, 3600000, "ms",
	 .env = "MPS_IDLE, CIRA_IDLE", .help = "Idle time."},
	{"mps.rest.auth", CONFIG_BOOL, "true", .env = "MPS_WEB_AUTH_ENABLED",
	 .help = "Check tokens."},
	{"log.level", CONFIG_ENUM, "info", .choices = "error|warn|info|debug|trace",
	 .env = "MPS_LOG_LEVEL,RPS_LOG_LEVEL", .help = "How much is logged."},
	{"mps.cors", CONFIG_LIST, "a, b", .help = "Origins."},
	{"store.url", CONFIG_STRING, NULL, .env = "MPS_CONNECTION_STRING",
	 .help = "Database."},
	{"iam.admin-password", CONFIG_STRING, NULL, .secret = true,
	 .env = "OUTBAND_ADMIN_PASSWORD,MPS_WEB_ADMIN_PASSWORD",
	 .help = "First password."},
	{"iam.tries", CONFIG_INT, NULL, -5, 5, .secret = true, .help = "Secret number."},
};

static struct config *setup(void)
{
	struct config *c = config_new();

	config_add(c, rows, 4);
	config_add(c, rows + 4, ARRAY_LEN(rows) - 4);
	return c;
}

static void ok(struct err *e)
{
	struct arena a = {0};

	if (e != NULL)
		fail_msg("%s", err_str(e, &a));
}

/* The error's whole text is want. */
static void fails(struct err *e, const char *want)
{
	struct arena a = {0};

	assert_non_null(e);
	assert_string_equal(err_str(e, &a), want);
	err_free(e);
	arena_fini(&a);
}

static void defaults_hold_until_something_is_set(void **state)
{
	struct config *c = setup();

	assert_string_equal(config_str(c, "mps.cira.listen"), "0.0.0.0:4433");
	assert_int_equal(config_int(c, "mps.cira.idle"), 30000);
	assert_true(config_bool(c, "mps.rest.auth"));
	assert_string_equal(config_str(c, "log.level"), "info");
	assert_string_equal(config_list(c, "mps.cors")[1], "b");
	assert_null(config_list(c, "mps.cors")[2]);
	assert_null(config_str(c, "store.url"));
	assert_false(config_is_set(c, "store.url"));
	assert_true(config_is_set(c, "log.level"));
	assert_int_equal(config_int(c, "iam.tries"), 0);
	assert_string_equal(config_origin(c, "log.level"), "default");
	config_free(c);
	config_free(NULL);
}

static void nested_and_dotted_keys_are_the_same(void **state)
{
	struct config *c = setup();

	ok(config_load_text(c,
			    "# comment\n"
			    "mps:\n"
			    "  cira:\n"
			    "    listen: '[::1]:14433'\n"
			    "  cira.idle: 500\n"
			    "  cors:\n"
			    "  - https://x\n"
			    "  - \"with, comma\"\n"
			    "log.level: DEBUG\n"
			    "store: {url: 12345}\n",
			    "outband.yaml"));
	assert_string_equal(config_str(c, "mps.cira.listen"), "[::1]:14433");
	assert_string_equal(config_origin(c, "mps.cira.listen"), "file outband.yaml:4");
	assert_int_equal(config_int(c, "mps.cira.idle"), 500);
	assert_string_equal(config_origin(c, "mps.cira.idle"), "file outband.yaml:5");
	assert_string_equal(config_list(c, "mps.cors")[0], "https://x");
	assert_string_equal(config_list(c, "mps.cors")[1], "with, comma");
	assert_null(config_list(c, "mps.cors")[2]);
	assert_string_equal(config_str(c, "log.level"), "debug");
	assert_string_equal(config_str(c, "store.url"), "12345");
	config_free(c);
}

static void keys_without_value_stay_as_they_were(void **state)
{
	static const char *const texts[] = {
		"",
		"# nothing\n",
		"---\n",
		"~\n",
		"mps:\nlog:\n",
		"mps:\n  cira:\n  cors:\n",
		"mps.cira.idle: ~\nlog.level: null\n",
		"mps: {}\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct config *c = setup();

		ok(config_load_text(c, texts[i], "f"));
		assert_int_equal(config_int(c, "mps.cira.idle"), 30000);
		assert_string_equal(config_str(c, "log.level"), "info");
		assert_string_equal(config_origin(c, "mps.cors"), "default");
		config_free(c);
	}
}

static void empty_text_in_the_file_is_a_value(void **state)
{
	struct config *c = setup();

	ok(config_load_text(c, "store.url: \"\"\nmps.cors: []\n", "f"));
	assert_true(config_is_set(c, "store.url"));
	assert_string_equal(config_str(c, "store.url"), "");
	assert_null(config_list(c, "mps.cors")[0]);
	config_free(c);
}

static void wrong_files_are_refused_with_line_and_remedy(void **state)
{
	static const struct {
		const char *yaml, *error;
	} table[] = {
		{"\nmps.cira.idel: 5\n",
		 "file f:2: unknown key \"mps.cira.idel\"; the nearest known key is "
		 "\"mps.cira.idle\""},
		{"msp:\n  cira:\n    idle: 5\n",
		 "file f:3: unknown key \"msp.cira.idle\"; the nearest known key is "
		 "\"mps.cira.idle\""},
		{"mps:\n  cira: 5\n",
		 "file f:2: \"mps.cira\" is a section; put its keys below it, indented"},
		{"nothing:\n", "file f:1: unknown key \"nothing\"; the nearest known key "
			       "is \"iam.tries\""},
		{"log.level: {a: b}\n",
		 "file f:1: \"log.level\" takes a value, not keys below it"},
		{"log.level: [a]\n",
		 "file f:1: \"log.level\" takes one value, not a list"},
		{"log.level: loud\n",
		 "file f:1: log.level is \"loud\" but must be one of "
		 "error|warn|info|debug|trace"},
		{"mps.cira.idle: 99\n",
		 "file f:1: mps.cira.idle is \"99\" but must be a whole "
		 "number from 100 to 3600000 ms"},
		{"mps.cira.idle: 5s\n",
		 "file f:1: mps.cira.idle is \"5s\" but must be a whole "
		 "number from 100 to 3600000 ms"},
		{"mps.cira.idle: \"\"\n",
		 "file f:1: mps.cira.idle is \"\" but must be a whole "
		 "number from 100 to 3600000 ms"},
		{"mps.rest.auth: maybe\n",
		 "file f:1: mps.rest.auth is \"maybe\" but must be true or false"},
		{"mps.cira.listen: 4433\n",
		 "file f:1: mps.cira.listen is \"4433\" but must be "
		 "host:port, [IPv6]:port or unix:/path"},
		{"iam.tries: hunter2\n",
		 "file f:1: the value of iam.tries (***) must be a whole "
		 "number from -5 to 5"},
		{"log.level: info\nlog:\n  level: warn\n",
		 "file f:3: key \"log.level\" is already given in line 1; remove one"},
		{"store.url: \"a\\0b\"\n",
		 "file f:1: the value of store.url has a NUL byte; remove it"},
		{"mps.cors: [\"a\\0b\"]\n",
		 "file f:1: an item of \"mps.cors\" has a NUL byte; remove it"},
		{"mps.cors:\n- a\n- [b]\n",
		 "file f:3: the items of \"mps.cors\" must be plain text"},
		{"mps.cors: *x\n", "file f:1: \"mps.cors\": anchors and aliases are not "
				   "supported; write the value "
				   "out"},
		{"mps.cors: &x [*x]\n",
		 "file f:1: the items of \"mps.cors\" must be plain text"},
		{"? [a]\n: b\n", "file f:1: a key must be plain text"},
		{"- a\n", "file f:1: the file must hold \"key: value\" lines"},
		{"just text\n", "file f:1: the file must hold \"key: value\" lines"},
		{"---\nlog.level: info\n---\nlog.level: warn\n",
		 "file f:3: one YAML document only; remove the \"---\""},
		{"a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}\n",
		 "file f:1: more than 8 levels of keys"},
		{"\nlog.level: info: x\n",
		 "file f:2: not YAML: mapping values are not allowed in this context"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct config *c = setup();

		fails(config_load_text(c, table[i].yaml, "f"), table[i].error);
		config_free(c);
	}
}

static void wrong_value_leaves_the_old_one(void **state)
{
	struct config *c = setup();

	ok(config_set(c, "mps.cira.idle=500", "--set"));
	fails(config_set(c, "mps.cira.idle=5", "--set"),
	      "--set: mps.cira.idle is \"5\" but must be a whole number from 100 to "
	      "3600000 ms");
	assert_int_equal(config_int(c, "mps.cira.idle"), 500);
	config_free(c);
}

static void long_wrong_value_is_cut(void **state)
{
	struct config *c = setup();
	struct arena a = {0};
	struct err *e = config_set(c, arena_printf(&a, "log.level=%0500d", 1), "--set");

	assert_non_null(e);
	assert_true(strlen(e->msg) < 250);
	assert_non_null(strstr(e->msg, "000...\""));
	err_free(e);
	arena_fini(&a);
	config_free(c);
}

static void set_beats_environment_beats_file_beats_default(void **state)
{
	static char *env[] = {(char *)"OUTBAND_MPS_CIRA_IDLE=2000", NULL};
	struct config *c = setup();

	config_default(c, "mps.cira.idle", "1234", "data directory");
	assert_int_equal(config_int(c, "mps.cira.idle"), 1234);
	assert_string_equal(config_origin(c, "mps.cira.idle"), "data directory");
	ok(config_load_text(c, "mps.cira.idle: 1000\n", "f"));
	assert_int_equal(config_int(c, "mps.cira.idle"), 1000);
	ok(config_load_env(c, env));
	assert_int_equal(config_int(c, "mps.cira.idle"), 2000);
	assert_string_equal(config_origin(c, "mps.cira.idle"),
			    "env OUTBAND_MPS_CIRA_IDLE");
	ok(config_set(c, "mps.cira.idle=3000", "--set"));
	assert_int_equal(config_int(c, "mps.cira.idle"), 3000);
	assert_string_equal(config_origin(c, "mps.cira.idle"), "--set");
	config_free(c);
}

static void precedence_does_not_depend_on_the_order_of_loading(void **state)
{
	static char *env[] = {(char *)"MPS_IDLE=2000", NULL};
	struct config *c = setup();

	ok(config_set(c, "log.level=warn", "--set"));
	ok(config_load_env(c, env));
	ok(config_load_text(c, "mps.cira.idle: 1000\nlog.level: debug\n", "f"));
	config_default(c, "mps.cira.idle", "999", "late");
	assert_int_equal(config_int(c, "mps.cira.idle"), 2000);
	assert_string_equal(config_str(c, "log.level"), "warn");
	/* Hidden, but still wrong. */
	fails(config_load_text(c, "mps.cira.idle: 1\n", "f"),
	      "file f:1: mps.cira.idle is \"1\" but must be a whole number from 100 to "
	      "3600000 ms");
	config_free(c);
}

static void second_file_may_set_the_same_keys(void **state)
{
	struct config *c = setup();

	ok(config_load_text(c, "log.level: warn\n", "a"));
	ok(config_load_text(c, "log.level: error\n", "b"));
	assert_string_equal(config_origin(c, "log.level"), "file b:1");
	config_free(c);
}

static void values_stay_borrowed_when_replaced(void **state)
{
	struct config *c = setup();
	const char *old;

	ok(config_set(c, "store.url=first", "--set"));
	old = config_str(c, "store.url");
	ok(config_set(c, "store.url=second", "--set"));
	assert_string_equal(old, "first");
	assert_string_equal(config_str(c, "store.url"), "second");
	config_free(c);
}

static void assignments_by_set(void **state)
{
	struct config *c = setup();

	ok(config_set(c, "store.url=postgres://h/db?a=b", "--set"));
	assert_string_equal(config_str(c, "store.url"), "postgres://h/db?a=b");
	ok(config_set(c, "mps.cors= x ,, y,", "--set"));
	assert_string_equal(config_list(c, "mps.cors")[0], "x");
	assert_string_equal(config_list(c, "mps.cors")[1], "y");
	assert_null(config_list(c, "mps.cors")[2]);
	ok(config_set(c, "mps.cors=", "--set"));
	assert_null(config_list(c, "mps.cors")[0]);
	fails(config_set(c, "store.url", "--set"), "--set: an assignment is key=value");
	fails(config_set(c, "stor.url=x", "--set"),
	      "--set: unknown key \"stor.url\"; the nearest known key is \"store.url\"");
	fails(config_set(c, "=x", "--set"),
	      "--set: unknown key \"\"; the nearest known key is \"mps.cors\"");
	config_free(c);
}

static void booleans_have_eight_spellings(void **state)
{
	static const char *const words[][2] = {
		{"true", "false"}, {"YES", "No"}, {"on", "off"}, {"1", "0"}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		for (int no = 0; no < 2; no++) {
			struct config *c = setup();
			struct arena a = {0};

			ok(config_set(c,
				      arena_printf(&a, "mps.rest.auth=%s", words[i][no]),
				      "t"));
			assert_int_equal(config_bool(c, "mps.rest.auth"), !no);
			arena_fini(&a);
			config_free(c);
		}
}

static void upstream_names_are_honoured(void **state)
{
	static char *env[] = {
		(char *)"PATH=/bin",
		(char *)"mps_web_auth_enabled=false", /* upstream reads them in any case
						       */
		(char *)"CIRA_IDLE=700",
		(char *)"MPS_IDLE=600", /* the first of the row wins */
		(char *)"MPS_CONNECTION_STRING=0123",
		(char *)"MPS_WEB_ADMIN_PASSWORD=007",
		(char *)"MPS_SOMETHING_ELSE=x",
		(char *)"no equals sign",
		(char *)"=x",
		NULL,
	};
	struct config *c = setup();

	ok(config_load_env(c, env));
	assert_false(config_bool(c, "mps.rest.auth"));
	assert_string_equal(config_origin(c, "mps.rest.auth"),
			    "env mps_web_auth_enabled");
	assert_int_equal(config_int(c, "mps.cira.idle"), 600);
	/* Text stays text: upstream made numbers of these. */
	assert_string_equal(config_str(c, "store.url"), "0123");
	assert_string_equal(config_str(c, "iam.admin-password"), "007");
	config_free(c);
}

static void our_name_beats_upstreams_wherever_it_stands(void **state)
{
	static char *env[] = {(char *)"OUTBAND_IAM_ADMIN_PASSWORD=ours",
			      (char *)"OUTBAND_ADMIN_PASSWORD=short",
			      (char *)"MPS_WEB_ADMIN_PASSWORD=upstream", NULL};
	struct config *c = setup();

	ok(config_load_env(c, env + 1));
	assert_string_equal(config_str(c, "iam.admin-password"), "short");
	assert_string_equal(config_origin(c, "iam.admin-password"),
			    "env OUTBAND_ADMIN_PASSWORD");
	ok(config_load_env(c, env));
	assert_string_equal(config_str(c, "iam.admin-password"), "ours");
	config_free(c);
}

static void empty_variables_are_unset(void **state)
{
	static char *env[] = {(char *)"MPS_IDLE=", (char *)"OUTBAND_LOG_LEVEL=",
			      (char *)"OUTBAND_UNKNOWN=", NULL};
	struct config *c = setup();

	ok(config_load_env(c, env));
	assert_string_equal(config_origin(c, "mps.cira.idle"), "default");
	assert_string_equal(config_origin(c, "log.level"), "default");
	config_free(c);
}

static void unknown_outband_variables_are_errors(void **state)
{
	static char *const bad[] = {(char *)"OUTBAND_LOG_LEVLE=info", NULL};
	static char *const fine[] = {
		(char *)"OUTBAND_CONFIG=x",    (char *)"OUTBAND_DATA_DIR=x",
		(char *)"OUTBAND_HECI=x",      (char *)"OUTBAND_RPC_FORM=v2",
		(char *)"OUTBAND_ODCA_ROOT=x", (char *)"OUTBAND_PEER_MPS=x",
		(char *)"OUTBAND_BENCH_N=x",   (char *)"OUTBAND_TEST_X=x",
		(char *)"OUTBANDX=x",	       NULL};
	struct config *c = setup();

	fails(config_load_env(c, bad),
	      "env OUTBAND_LOG_LEVLE: unknown setting; the nearest known "
	      "name is OUTBAND_LOG_LEVEL");
	ok(config_load_env(c, fine));
	config_free(c);
}

static void wrong_variables_name_themselves(void **state)
{
	static char *env[] = {(char *)"MPS_IDLE=soon", NULL};
	struct config *c = setup();

	fails(config_load_env(c, env),
	      "env MPS_IDLE: mps.cira.idle is \"soon\" but must be a "
	      "whole number from 100 to 3600000 ms");
	config_free(c);
}

static void upstream_port_keeps_the_host(void **state)
{
	static char *port[] = {(char *)"MPS_PORT=5000", NULL};
	static char *ours[] = {(char *)"OUTBAND_MPS_CIRA_LISTEN=5000", NULL};
	struct config *c = setup();

	ok(config_load_env(c, port));
	assert_string_equal(config_str(c, "mps.cira.listen"), "0.0.0.0:5000");
	assert_string_equal(config_origin(c, "mps.cira.listen"), "env MPS_PORT");
	config_free(c);

	c = setup();
	ok(config_load_text(c, "mps.cira.listen: '[::1]:1'\n", "f"));
	ok(config_load_env(c, port));
	assert_string_equal(config_str(c, "mps.cira.listen"), "[::1]:5000");
	config_free(c);

	c = setup();
	fails(config_load_env(c, ours), "env OUTBAND_MPS_CIRA_LISTEN: mps.cira.listen is "
					"\"5000\" but must be host:port, "
					"[IPv6]:port or unix:/path");
	ok(config_load_text(c, "mps.cira.listen: unix:/run/x\n", "f"));
	fails(config_load_env(c, port),
	      "env MPS_PORT: mps.cira.listen is \"5000\" but must be "
	      "host:port, [IPv6]:port or unix:/path");
	config_free(c);
}

static void kubernetes_service_links_are_no_settings(void **state)
{
	static char *env[] = {
		(char *)"MPS_PORT=tcp://10.0.0.7:3000",
		(char *)"OUTBAND_PORT=tcp://10.0.0.7:3000",
		(char *)"OUTBAND_PORT_3000_TCP=tcp://10.0.0.7:3000",
		(char *)"OUTBAND_PORT_3000_TCP_PROTO=tcp",
		(char *)"OUTBAND_MPS_PORT_4433_UDP_ADDR=10.0.0.7",
		(char *)"OUTBAND_SERVICE_HOST=10.0.0.7",
		(char *)"OUTBAND_SERVICE_PORT=3000",
		(char *)"OUTBAND_SERVICE_PORT_HTTP=3000",
		NULL,
	};
	struct config *c = setup();

	ok(config_load_env(c, env));
	assert_string_equal(config_origin(c, "mps.cira.listen"), "default");
	config_free(c);
}

static void table_is_aligned_and_masks_secrets(void **state)
{
	struct config *c = setup();
	struct buf b = {0};

	ok(config_set(c, "iam.admin-password=hunter2", "--set"));
	ok(config_set(c, "store.url=postgres://u:hunter2@db/x", "--set"));
	ok(config_set(c, "mps.cors=a\x1b[2Jb", "--set"));
	config_print(c, &b, false);
	assert_string_equal(b.p, "key                 value                  origin\n"
				 "mps.cira.listen     0.0.0.0:4433           default\n"
				 "mps.cira.idle       30000                  default\n"
				 "mps.rest.auth       true                   default\n"
				 "log.level           info                   default\n"
				 "mps.cors            a [2Jb                 --set\n"
				 "store.url           postgres://u:***@db/x  --set\n"
				 "iam.admin-password  ***                    --set\n"
				 "iam.tries           -                      default\n");
	buf_fini(&b);
	config_free(c);
}

static void json_has_types_and_masks_secrets(void **state)
{
	struct config *c = setup();
	struct buf b = {0};
	json_t *all, *want;

	ok(config_set(c, "iam.admin-password=hunter2", "--set"));
	ok(config_set(c, "iam.tries=3", "--set"));
	ok(config_set(c, "store.url=bad\xff", "--set"));
	config_print(c, &b, true);
	assert_null(strstr(b.p, "hunter2"));
	all = json_loads(b.p, 0, NULL);
	assert_int_equal(json_array_size(all), ARRAY_LEN(rows));
	want = json_pack("[s,i,b,s,[s,s],s,s,s]", "0.0.0.0:4433", 30000, 1, "info", "a",
			 "b", "(not UTF-8)", "***", "***");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *o = json_array_get(all, i);

		assert_string_equal(json_string_value(json_object_get(o, "key")),
				    rows[i].key);
		assert_true(
			json_equal(json_object_get(o, "value"), json_array_get(want, i)));
		assert_true(json_is_string(json_object_get(o, "origin")));
	}
	json_decref(want);
	json_decref(all);
	buf_fini(&b);
	config_free(c);
}

/* With every comment sign before a key removed, the sample must load and change nothing.
 */
static void sample_loads_and_equals_the_defaults(void **state)
{
	struct config *c = setup(), *d = setup();
	struct buf sample = {0}, active = {0};
	struct str rest, line;

	config_sample(c, &sample);
	ok(config_load_text(d, sample.p, "sample"));
	assert_string_equal(config_origin(d, "log.level"), "default");
	assert_non_null(strstr(sample.p,
			       "\n# How much is logged.\n"
			       "# one of error|warn|info|debug|trace; environment: "
			       "OUTBAND_LOG_LEVEL, MPS_LOG_LEVEL, RPS_LOG_LEVEL\n"
			       "#log.level: info\n"));
	assert_non_null(strstr(sample.p, "\n#mps.cors: [\"a\", \"b\"]\n"));
	assert_non_null(strstr(sample.p, "\n#store.url:\n"));
	rest = buf_str(&sample);
	while (str_split(&rest, '\n', &line)) {
		if (line.n > 1 && line.p[0] == '#' && line.p[1] != ' ')
			line = str_sub(line, 1, line.n);
		buf_addstr(&active, line);
		buf_addc(&active, '\n');
	}
	ok(config_load_text(d, active.p, "sample"));
	assert_true(
		str_starts(str_of(config_origin(d, "log.level")), STR("file sample:")));
	assert_int_equal(config_int(d, "mps.cira.idle"), 30000);
	assert_string_equal(config_str(d, "mps.cira.listen"), "0.0.0.0:4433");
	assert_string_equal(config_list(d, "mps.cors")[1], "b");
	assert_null(config_str(d, "store.url"));
	buf_fini(&active);
	buf_fini(&sample);
	config_free(c);
	config_free(d);
}

static void markdown_is_a_table_with_a_row_per_setting(void **state)
{
	struct config *c = setup();
	struct buf b = {0};
	int lines = 0;

	config_markdown(c, &b);
	for (const char *p = b.p; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 2 + ARRAY_LEN(rows));
	assert_non_null(strstr(
		b.p, "\n| `log.level` | one of error\\|warn\\|info\\|debug\\|trace | "
		     "`info` | `OUTBAND_LOG_LEVEL`, `MPS_LOG_LEVEL`, "
		     "`RPS_LOG_LEVEL` | How much is logged. |\n"));
	assert_non_null(strstr(b.p, "| number 100 to 3600000 (ms) | `30000` |"));
	assert_non_null(strstr(b.p, "| `store.url` | text |  | `OUTBAND_STORE_URL`"));
	buf_fini(&b);
	config_free(c);
}

static void listen_table(void **state)
{
	static const struct {
		const char *text, *host;
		int port; /* -1: malformed */
	} table[] = {
		{"127.0.0.1:3000", "127.0.0.1", 3000},
		{"mps.example-1.org:0", "mps.example-1.org", 0},
		{"[::1]:65535", "::1", 65535},
		{"[fe80::1%eth0]:1", "fe80::1%eth0", 1},
		{"unix:/run/outband.sock", "unix:/run/outband.sock", 0},
		{NULL, NULL, -1},
		{"", NULL, -1},
		{"host", NULL, -1},
		{"3000", NULL, -1},
		{":3000", NULL, -1},
		{"host:", NULL, -1},
		{"host:65536", NULL, -1},
		{"host:000080", NULL, -1},
		{"host:-1", NULL, -1},
		{"host: 80", NULL, -1},
		{"ho st:80", NULL, -1},
		{"::1:3000", NULL, -1},
		{"[]:3000", NULL, -1},
		{"[localhost]:3000", NULL, -1},
		{"[::1]", NULL, -1},
		{"[::1:3000", NULL, -1},
		{"http://host:80", NULL, -1},
		{"unix:", NULL, -1},
		{"unix:/", NULL, -1},
		{"unix:relative", NULL, -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint16_t port = 4711;
		char host[256];
		bool good = config_parse_listen(table[i].text, host, &port);

		if (good != (table[i].port >= 0))
			fail_msg("%s", table[i].text ? table[i].text : "NULL");
		if (good) {
			assert_string_equal(host, table[i].host);
			assert_int_equal(port, table[i].port);
		}
	}
}

static void overlong_hosts_and_paths_are_refused(void **state)
{
	char host[256], text[300];
	uint16_t port;

	memset(text, 'a', sizeof(text));
	memcpy(text + 255, ":80", 4);
	assert_true(config_parse_listen(text, host, &port));
	assert_int_equal(strlen(host), 255);
	memset(text, 'a', sizeof(text));
	memcpy(text + 256, ":80", 4);
	assert_false(config_parse_listen(text, host, &port));
	memset(text, 'a', sizeof(text));
	memcpy(text, "unix:/", 6);
	text[5 + 107] = '\0';
	assert_true(config_parse_listen(text, host, &port));
	text[5 + 107] = 'a';
	text[5 + 108] = '\0';
	assert_false(config_parse_listen(text, host, &port));
}

static void files_are_read_and_missing_ones_named(void **state)
{
	char path[] = "/tmp/config_test.XXXXXX";
	int fd = mkstemp(path);
	struct config *c = setup();
	struct arena a = {0};
	struct err *e;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "log.level: warn\n", 16), 16);
	ok(config_load_file(c, path));
	assert_string_equal(config_str(c, "log.level"), "warn");
	assert_string_equal(config_origin(c, "log.level"),
			    arena_printf(&a, "file %s:1", path));

	assert_int_equal(ftruncate(fd, 2 * 1024 * 1024), 0);
	e = config_load_file(c, path);
	assert_true(err_is(e, ERR_TOO_LARGE));
	err_free(e);
	close(fd);
	unlink(path);

	e = config_load_file(c, path);
	assert_true(err_is(e, ERR_NOT_FOUND));
	fails(e,
	      arena_printf(&a, "configuration file %s: No such file or directory", path));
	fails(config_load_file(c, "/"), "configuration file /: Is a directory");
	arena_fini(&a);
	config_free(c);
}

static void long_unknown_key_is_answered(void **state)
{
	struct config *c = setup();
	struct arena a = {0};
	struct err *e = config_set(c, arena_printf(&a, "%0500d=x", 1), "--set");

	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
	arena_fini(&a);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_hold_until_something_is_set),
		cmocka_unit_test(nested_and_dotted_keys_are_the_same),
		cmocka_unit_test(keys_without_value_stay_as_they_were),
		cmocka_unit_test(empty_text_in_the_file_is_a_value),
		cmocka_unit_test(wrong_files_are_refused_with_line_and_remedy),
		cmocka_unit_test(wrong_value_leaves_the_old_one),
		cmocka_unit_test(long_wrong_value_is_cut),
		cmocka_unit_test(set_beats_environment_beats_file_beats_default),
		cmocka_unit_test(precedence_does_not_depend_on_the_order_of_loading),
		cmocka_unit_test(second_file_may_set_the_same_keys),
		cmocka_unit_test(values_stay_borrowed_when_replaced),
		cmocka_unit_test(assignments_by_set),
		cmocka_unit_test(booleans_have_eight_spellings),
		cmocka_unit_test(upstream_names_are_honoured),
		cmocka_unit_test(our_name_beats_upstreams_wherever_it_stands),
		cmocka_unit_test(empty_variables_are_unset),
		cmocka_unit_test(unknown_outband_variables_are_errors),
		cmocka_unit_test(wrong_variables_name_themselves),
		cmocka_unit_test(upstream_port_keeps_the_host),
		cmocka_unit_test(kubernetes_service_links_are_no_settings),
		cmocka_unit_test(table_is_aligned_and_masks_secrets),
		cmocka_unit_test(json_has_types_and_masks_secrets),
		cmocka_unit_test(sample_loads_and_equals_the_defaults),
		cmocka_unit_test(markdown_is_a_table_with_a_row_per_setting),
		cmocka_unit_test(listen_table),
		cmocka_unit_test(overlong_hosts_and_paths_are_refused),
		cmocka_unit_test(files_are_read_and_missing_ones_named),
		cmocka_unit_test(long_unknown_key_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
