/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <agent/rpc/parse.h>
#include <agent/rpc/run.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_ARGS 16

/* A line as an argv of its own, so that wiping shows. */
struct argv {
	int n;
	char *v[MAX_ARGS + 1];
	char text[512];
};

static void split(struct argv *a, const char *line)
{
	char *p = a->text;

	snprintf(a->text, sizeof(a->text), "%s", line);
	for (a->n = 0; a->n < MAX_ARGS && p != NULL; a->n++)
		a->v[a->n] = strsep(&p, " ");
	a->v[a->n] = NULL;
}

static struct rpc fresh(void)
{
	return (struct rpc){
		.out.fd = -1, .err.fd = -1, .in_fd = -1, .log_level = LOG_INFO};
}

/* What the options became; *r is to be freed. */
static struct err *parse(struct rpc *r, struct argv *a, const char *line,
			 enum rpc_parsed *what)
{
	*r = fresh();
	split(a, line);
	r->form = rpc_form_of(a->n, a->v);
	return rpc_parse(r, a->n, a->v, false, what);
}

/* ---- which form ---- */

static void form_is_seen_from_the_arguments(void **state)
{
	static const struct {
		const char *line;
		enum rpc_form form;
	} rows[] = {
		{"rpc", RPC_V2},
		{"rpc amtinfo", RPC_V2},
		{"rpc amtinfo -json", RPC_V2},
		{"rpc amtinfo --json", RPC_V3},
		{"rpc amtinfo -A", RPC_V3},
		{"rpc amtinfo -ver", RPC_V2},
		{"rpc amtinfo --ver", RPC_V3},
		{"rpc --json", RPC_V3},
		{"rpc --json amtinfo", RPC_V3},
		{"rpc activate -u wss://x -profile p -n", RPC_V2},
		{"rpc activate -u wss://x --profile p -n", RPC_V3},
		{"rpc activate -u wss://x -n", RPC_V2},
		{"rpc activate --url wss://x --profile p", RPC_V3},
		{"rpc activate -local -ccm -password P", RPC_V2},
		{"rpc activate --local --ccm", RPC_V3},
		{"rpc activate -l --ccm", RPC_V3},
		{"rpc activate -l debug -u wss://x", RPC_V2},
		{"rpc activate -u x -k KEY", RPC_V3},
		{"rpc deactivate -u wss://x -n -f", RPC_V2},
		{"rpc deactivate --skipamtcertcheck -u x", RPC_V2},
		{"rpc maintenance syncclock -u wss://x", RPC_V2},
		{"rpc diagnostics cira", RPC_V3},
		{"rpc diag wsman list", RPC_V3},
		{"rpc configure amt-features --kvm", RPC_V3},
		{"rpc configure amtfeatures -kvm", RPC_V2},
		{"rpc configure syncclock", RPC_V2},
		{"rpc configure hostname", RPC_V3},
		{"rpc configure proxy --list", RPC_V3},
		{"rpc version", RPC_V2},
		{"rpc version --json", RPC_V3},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct argv a;

		split(&a, rows[i].line);
		if (rpc_form_of(a.n, a.v) != rows[i].form)
			fail_msg("%s: v%d", rows[i].line, rpc_form_of(a.n, a.v) + 1);
	}
	setenv("OUTBAND_RPC_FORM", "v3", 1);
	struct argv a;

	split(&a, "rpc amtinfo -json");
	assert_int_equal(rpc_form_of(a.n, a.v), RPC_V3);
	unsetenv("OUTBAND_RPC_FORM");
}

/* ---- values ---- */

static void v2_takes_what_go_takes(void **state)
{
	struct argv a;
	struct rpc r;
	enum rpc_parsed what;

	assert_null(parse(&r, &a,
			  "rpc activate -u=wss://h/activate -profile acm -n --v=false -h "
			  "node -p http://proxy:3128 -t 30s -l debug",
			  &what));
	assert_int_equal(what, PARSED_RUN);
	assert_string_equal(r.command->name, "activate");
	assert_string_equal(r.o.url, "wss://h/activate");
	assert_string_equal(r.o.profile, "acm");
	assert_string_equal(r.o.hostname, "node");
	assert_string_equal(r.o.proxy, "http://proxy:3128");
	assert_string_equal(r.o.amt_timeout, "30s");
	assert_string_equal(r.o.log_level, "debug");
	assert_true(r.o.skip_cert_check && !r.o.verbose && !r.o.local);
	rpc_fini(&r);
}

static void v3_takes_letters_and_words(void **state)
{
	struct argv a;
	struct rpc r;
	enum rpc_parsed what;

	assert_null(parse(&r, &a,
			  "rpc --log-level debug -j activate -nvuwss://h/a --profile=acm "
			  "--tls-tunnel",
			  &what));
	assert_string_equal(r.command->name, "activate");
	assert_true(r.o.json && r.o.skip_cert_check && r.o.verbose && r.o.tls_tunnel);
	assert_string_equal(r.o.url, "wss://h/a");
	assert_string_equal(r.o.profile, "acm");
	assert_string_equal(r.o.log_level, "debug");
	rpc_fini(&r);
	assert_null(parse(&r, &a, "rpc configure ethernet --dhcp", &what));
	assert_string_equal(r.command->name, "configure wired");
	rpc_fini(&r);
	assert_null(parse(&r, &a, "rpc configure wifi --oswifisync=false", &what));
	assert_string_equal(r.command->name, "configure wi-fi-sync");
	assert_true(!r.o.os_wifi_sync && r.o.uefi_wifi_sync);
	rpc_fini(&r);
	assert_null(parse(&r, &a, "rpc diag ws-man get -c AMT_X --class AMT_Y", &what));
	assert_int_equal(r.o.n_classes, 2);
	assert_string_equal(r.o.classes[1], "AMT_Y");
	rpc_fini(&r);
}

static void environment_comes_before_the_line(void **state)
{
	struct argv a;
	struct rpc r;
	enum rpc_parsed what;

	setenv("PROFILE", "from-env", 1);
	setenv("AMT_PASSWORD", "s3cret", 1);
	setenv("DNS_SUFFIX", "", 1);
	setenv("RPC_PROFILE", "v3-env", 1);
	assert_null(parse(&r, &a, "rpc activate -u wss://h -n", &what));
	assert_string_equal(r.o.profile, "from-env");
	assert_string_equal(r.o.password.p, "s3cret");
	assert_null(r.o.dns);
	assert_true(rpc_given(&r, "profile") && !rpc_given(&r, "d"));
	rpc_fini(&r);
	assert_null(parse(&r, &a, "rpc activate -u wss://h -profile mine", &what));
	assert_string_equal(r.o.profile, "mine");
	rpc_fini(&r);
	/* v3 does not know PROFILE: its own names begin with RPC_. */
	assert_null(parse(&r, &a, "rpc activate --url wss://h", &what));
	assert_string_equal(r.o.profile, "v3-env");
	rpc_fini(&r);
	unsetenv("PROFILE");
	unsetenv("AMT_PASSWORD");
	unsetenv("DNS_SUFFIX");
	unsetenv("RPC_PROFILE");
}

static void names_of_variables_follow_the_flags(void **state)
{
	static const char *const rows[][2] = {
		{"provisioningState", "RPC_PROVISIONING_STATE"},
		{"skipIPRenew", "RPC_SKIP_IP_RENEW"},
		{"tls-tunnel", "RPC_TLS_TUNNEL"},
		{"url", "RPC_URL"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rpc_flag f = {.name = rows[i][0]};

		assert_string_equal(rpc_flag_env(&f, RPC_V3, &a), rows[i][1]);
		assert_null(rpc_flag_env(&f, RPC_V2, &a));
	}
	arena_fini(&a);
}

/* ---- mistakes ---- */

static void mistakes_have_their_codes(void **state)
{
	static const struct {
		const char *line;
		enum rpc_exit code; /* OK: 10, as v3 has it */
		const char *text;
	} rows[] = {
		{"rpc activate -d", RPC_EXIT_DNS_SUFFIX, "-d"},
		{"rpc activate -u wss://x -h", RPC_EXIT_HOSTNAME, "-h"},
		{"rpc activate -p", RPC_EXIT_PROXY, "-p"},
		{"rpc activate -profile", RPC_EXIT_PROFILE, "-profile"},
		{"rpc activate -u", RPC_EXIT_COMMAND_LINE, "-u"},
		{"rpc activate -nope x", RPC_EXIT_COMMAND_LINE, "nope"},
		{"rpc activate -n=perhaps", RPC_EXIT_COMMAND_LINE, "perhaps"},
		{"rpc activate -u x stray", RPC_EXIT_COMMAND_LINE, "stray"},
		{"rpc activate -password two words", RPC_EXIT_COMMAND_LINE,
		 "argument after a secret; quote"},
		{"rpc maintenance syncip -netmask", RPC_EXIT_NETWORK_MASK, "-netmask"},
		{"rpc activate --nope", RPC_EXIT_OK, "unknown flag --nope"},
		{"rpc activate --url", RPC_EXIT_OK, "missing value"},
		{"rpc activate --url x stray", RPC_EXIT_OK, "unexpected argument stray"},
		{"rpc activate --url x --password two words", RPC_EXIT_OK,
		 "argument after a secret; quote"},
		{"rpc version --json -Z", RPC_EXIT_OK, "unknown flag -Z"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct argv a;
		struct rpc r;
		enum rpc_parsed what;
		struct err *e = parse(&r, &a, rows[i].line, &what);
		_cleanup_(buf_fini) struct buf text = {0};

		if (e == NULL)
			fail_msg("%s was taken", rows[i].line);
		err_text(e, &text);
		if (r.code != rows[i].code || strstr(text.p, rows[i].text) == NULL)
			fail_msg("%s: %d %s", rows[i].line, r.code, text.p);
		err_free(e);
		rpc_fini(&r);
	}
}

static void what_cannot_run_shows_what_can(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{"rpc", "IncorrectCommandLineParameters"},
		{"rpc nonsense", "there is no command nonsense"},
		{"rpc --json nonsense", "there is no command nonsense"},
		{"rpc activate", "IncorrectCommandLineParameters"},
		{"rpc deactivate", "IncorrectCommandLineParameters"},
		{"rpc maintenance", "IncorrectCommandLineParameters"},
		{"rpc configure", "IncorrectCommandLineParameters"},
		{"rpc configure wires -dhcp", "there is no command configure wires"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct argv a;
		struct rpc r;
		enum rpc_parsed what;
		struct err *e = parse(&r, &a, rows[i].line, &what);

		if (e == NULL || what != PARSED_USAGE ||
		    strcmp(e->msg, rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].line, e != NULL ? e->msg : "taken");
		assert_int_equal(r.code, RPC_EXIT_COMMAND_LINE);
		err_free(e);
		rpc_fini(&r);
	}
}

static void help_is_no_mistake(void **state)
{
	static const struct {
		const char *line;
		enum rpc_parsed what;
	} rows[] = {
		{"rpc --help", PARSED_HELP},
		{"rpc -h", PARSED_HELP},
		{"rpc activate --help", PARSED_HELP},
		{"rpc amtinfo -h", PARSED_HELP},
		{"rpc maintenance syncclock -h", PARSED_HELP},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct argv a;
		struct rpc r;
		enum rpc_parsed what;

		assert_null(parse(&r, &a, rows[i].line, &what));
		if (what != rows[i].what)
			fail_msg("%s: %d", rows[i].line, what);
		rpc_fini(&r);
	}
}

/* ---- secrets ---- */

static void secrets_leave_the_line_at_once(void **state)
{
	static const char *const lines[] = {
		"rpc deactivate -u x -password s3cret",
		"rpc deactivate -u x -password=s3cret",
		"rpc deactivate -u x --password s3cret",
		"rpc activate -local -acm -provisioningCertPwd s3cret",
		"rpc deactivate -u x -pasword s3cret", /* a mistake */
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct argv a;
		struct rpc r;
		enum rpc_parsed what;

		err_free(parse(&r, &a, lines[i], &what));
		for (int k = 0; k < a.n; k++)
			assert_null(strstr(a.v[k], "s3cret"));
		rpc_fini(&r);
	}
}

static void secrets_come_from_a_descriptor(void **state)
{
	char line[128];
	int fds[2];
	struct argv a;
	struct rpc r;
	enum rpc_parsed what;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "from fd\r\n", 9), 9);
	close(fds[1]);
	snprintf(line, sizeof(line), "rpc deactivate -u x -password-fd %d", fds[0]);
	assert_null(parse(&r, &a, line, &what));
	assert_string_equal(r.o.password.p, "from fd");
	rpc_fini(&r);
	close(fds[0]);
	struct err *e = parse(&r, &a, "rpc deactivate -u x -password-fd 999", &what);

	assert_non_null(e);
	err_free(e);
	rpc_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_is_seen_from_the_arguments),
		cmocka_unit_test(v2_takes_what_go_takes),
		cmocka_unit_test(v3_takes_letters_and_words),
		cmocka_unit_test(environment_comes_before_the_line),
		cmocka_unit_test(names_of_variables_follow_the_flags),
		cmocka_unit_test(mistakes_have_their_codes),
		cmocka_unit_test(what_cannot_run_shows_what_can),
		cmocka_unit_test(help_is_no_mistake),
		cmocka_unit_test(secrets_leave_the_line_at_once),
		cmocka_unit_test(secrets_come_from_a_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
