/* SPDX-License-Identifier: Apache-2.0
 * The state on disk: complete, private, refused when damaged, one owner.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/wsman/classes/all.h>
#include <signal.h>
#include <sim/state_priv.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

struct fixture {
	char dir[64], file[96];
	struct sim_birth birth;
	struct arena a;
};

static const char *const trust[] = {ROOT};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/sim_state_XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/state.json", f->dir);
	f->birth = (struct sim_birth){.uuid = {1, 2, 3, [13] = 0xab, 0xcd, 0xef},
				      .dns_suffix = "corp.example.com",
				      .trust = trust,
				      .n_trust = 1};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	arena_fini(&f->a);
	free(f);
	return 0;
}

static struct sim_state *opened(struct fixture *f)
{
	struct sim_state *st;
	struct err *e = sim_state_open(f->dir, &f->birth, &st);

	if (e != NULL)
		fail_msg("%s", err_str(e, &f->a));
	return st;
}

static struct amt_general_settings *general(struct sim_state *st)
{
	return sim_store_first(&st->store, &amt_general_settings_class);
}

static void a_new_device_is_as_the_factory_made_it(void **state)
{
	struct fixture *f = *state;
	struct sim_state *st = opened(f);

	assert_int_equal(st->mode, IPS_CONTROL_NONE);
	assert_int_equal(st->provisioning, AMT_PROVISIONING_PRE);
	assert_int_equal(strlen(st->realm), 39);
	assert_true(str_eqz(general(st)->host_name, "amt-abcdef"));
	assert_int_equal(st->n_hashes, 1);
	assert_int_equal(sim_store_count(&st->store, &amt_tls_setting_data_class), 2);
	sim_state_free(st);
}

static void saved_state_comes_back_whole(void **state)
{
	struct fixture *f = *state;
	struct sim_state *st = opened(f);
	EVP_PKEY *key = EVP_RSA_gen(2048);
	uint8_t ha1[16];

	sim_ha1(st, STR("admin"), STR("P@ssw0rd"), ha1);
	sim_state_provision(st, IPS_CONTROL_ADMIN, ha1);
	sim_state_set_mebx(st, STR("P@ssw0rd1"));
	assert_string_equal(sim_state_key_add(st, key), "Intel(r) AMT Key: Handle: 0");
	st->accounts[0] = (struct sim_account){.handle = 1,
					       .user = "joe",
					       .access = 2,
					       .realms = 1u << SIM_REALM_GENERAL_INFO,
					       .enabled = true};
	st->clock_offset_s = -77;
	st->tls_local.mutual = true;
	sim_text_set(&general(st)->host_name, STR("h\xc3\xa9st \"1\""));
	json_t *before = sim_state_json(st), *after;
	assert_null(sim_state_save(st));
	sim_state_free(st);
	st = opened(f);
	after = sim_state_json(st);
	assert_true(json_equal(before, after));
	assert_true(sim_state_mebx_is(st, STR("P@ssw0rd1")));
	assert_false(sim_state_mebx_is(st, STR("P@ssw0rd2")));
	EVP_PKEY *again =
		sim_key_open(sim_state_key(st, STR("Intel(r) AMT Key: Handle: 0")));
	assert_int_equal(EVP_PKEY_eq(key, again), 1);
	EVP_PKEY_free(again);
	EVP_PKEY_free(key);
	json_decref(before);
	json_decref(after);
	sim_state_free(st);
}

static void power_loss_forgets_what_was_not_saved(void **state)
{
	struct fixture *f = *state;
	struct sim_state *st = opened(f);
	uint8_t nonce[20];

	memcpy(nonce, st->nonce, sizeof(nonce));
	sim_text_set(&general(st)->host_name, STR("unsaved"));
	assert_null(sim_state_reload(st));
	assert_true(str_eqz(general(st)->host_name, "amt-abcdef"));
	assert_memory_not_equal(nonce, st->nonce, sizeof(nonce));
	sim_state_free(st);
}

static void files_are_private_and_nothing_is_left_beside(void **state)
{
	struct fixture *f = *state;
	struct sim_state *st;
	struct stat s;
	const char *dir = arena_printf(&f->a, "%s/new", f->dir);
	const char *file = arena_printf(&f->a, "%s/state.json", dir);

	assert_null(sim_state_open(dir, &f->birth, &st));
	assert_int_equal(stat(dir, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0700);
	assert_int_equal(stat(file, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
	assert_int_equal(access(arena_printf(&f->a, "%s.next", file), F_OK), -1);
	sim_state_free(st);
}

static void two_owners_are_refused(void **state)
{
	struct fixture *f = *state;
	struct sim_state *st = opened(f), *other;
	struct err *e = sim_state_open(f->dir, &f->birth, &other);

	assert_true(err_is(e, ERR_CONFLICT));
	assert_non_null(strstr(err_str(e, &f->a), "in use by another process"));
	err_free(e);
	sim_state_free(st);
	sim_state_free(opened(f));
}

static char *contents(struct fixture *f, size_t *n)
{
	FILE *in = fopen(f->file, "r");
	char *text = arena_zalloc(&f->a, 1 << 20);

	*n = fread(text, 1, (1 << 20) - 1, in);
	fclose(in);
	return text;
}

static void write_contents(struct fixture *f, const char *text, size_t n)
{
	FILE *out = fopen(f->file, "w");

	assert_int_equal(fwrite(text, 1, n, out), n);
	fclose(out);
}

static void assert_refused(struct fixture *f, const char *name)
{
	struct sim_state *st;
	struct err *e = sim_state_open(f->dir, &f->birth, &st);

	if (e == NULL)
		fail_msg("%s: taken", name);
	if (e->kind != ERR_INVALID || strstr(err_str(e, &f->a), "state.json") == NULL)
		fail_msg("%s: %s", name, err_str(e, &f->a));
	err_free(e);
}

static void torn_files_are_refused(void **state)
{
	struct fixture *f = *state;
	size_t n;

	sim_state_free(opened(f));
	char *text = contents(f, &n);
	for (size_t cut = 0; cut < n - 1; cut += n / 23 + 1) {
		write_contents(f, text, cut);
		assert_refused(f, "cut");
	}
	for (size_t at = 0; at + 512 < n; at += 7777) {
		char *holed = arena_memdup(&f->a, text, n);
		memset(holed + at, 0, 512);
		write_contents(f, holed, n);
		assert_refused(f, "zeroes");
	}
	write_contents(f, text, n);
	sim_state_free(opened(f));
}

static void files_from_before_the_on_die_chain_are_read(void **state)
{
	struct fixture *f = *state;
	struct sim_state *st = opened(f);
	json_t *j = sim_state_json(st);

	sim_state_free(st);
	json_object_del(j, "on_die");
	json_object_del(j, "tls_enforced");
	char *text = json_dumps(j, 0);
	write_contents(f, text, strlen(text));
	st = opened(f);
	assert_false(st->tls_enforced);
	assert_non_null(st->on_die.root);
	sim_state_free(st);
	free(text);
	json_decref(j);
}

static void values_out_of_range_are_refused(void **state)
{
	static const struct {
		const char *name, *from, *to;
	} rows[] = {
		{"another format", "amtsim-state", "amtsim-other"},
		{"another version", "\"version\": 1", "\"version\": 2"},
		{"no uuid", "\"uuid\": \"0", "\"uuid\": \"x"},
		{"mode without admin", "\"control_mode\": 0", "\"control_mode\": 2"},
		{"no such mode", "\"control_mode\": 0", "\"control_mode\": 3"},
		{"half a state", "\"provisioning_state\": 0",
		 "\"provisioning_state\": 2"},
		{"no list", "\"accounts\": []", "\"accounts\": {}"},
		{"empty account", "\"accounts\": []", "\"accounts\": [{}]"},
		{"empty key", "\"keys\": []",
		 "\"keys\": [{\"id\": \"a\", \"der\": \"\"}]"},
		{"short hash", ROOT, "0011"},
		{"missing", "\"clock_set\": false,", ""},
		{"no chain", "\"certificates\": [", "\"certificates\": [\"\", "},
		{"no truth", "\"tls_enforced\": false", "\"tls_enforced\": 0"},
		{"unknown class", "AMT_GeneralSettings", "AMT_GeneralThings"},
		{"unknown property", "DDNSTTL", "DDNSTTX"},
		{"same keys", "Intel(r) AMT LMS TLS Settings\",\n    \"Mut",
		 "Intel(r) AMT 802.3 TLS Settings\",\n    \"Mut"},
	};
	struct fixture *f = *state;
	size_t n;

	sim_state_free(opened(f));
	char *text = contents(f, &n);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *at = strstr(text, rows[i].from);
		struct buf b = {0};
		if (at == NULL)
			fail_msg("%s: nothing to replace", rows[i].name);
		buf_add(&b, text, (size_t)(at - text));
		buf_adds(&b, rows[i].to);
		buf_adds(&b, at + strlen(rows[i].from));
		write_contents(f, b.p, b.len);
		buf_fini(&b);
		assert_refused(f, rows[i].name);
	}
}

/* Puts in a loop and tells each number that was answered. */
static void putter(struct fixture *f, int fd)
{
	struct sim_model model = {.version = "16.1.25", .build = "1932"};
	struct sim_device d;
	struct sim_state *st = opened(f);

	sim_device_init(&d, &model, st->uuid);
	d.state = st;
	for (unsigned i = 1;; i++) {
		struct amt_general_settings s = {.element_name = STR("x")};
		struct wsman_call call = {.op = WSMAN_PUT,
					  .cls = &amt_general_settings_class,
					  .object = &s};
		struct buf rq = {0}, out = {0};
		struct arena a = {0};
		s.host_name = str_of(arena_printf(&a, "host%u", i));
		wsman_encode_request(&rq, &call, 1);
		if (sim_wsman(&d, buf_str(&rq), &a, &out) != 200 ||
		    write(fd, &i, sizeof(i)) != sizeof(i))
			_exit(1);
		buf_fini(&rq);
		buf_fini(&out);
		arena_fini(&a);
	}
}

static void kill_loses_no_put_that_was_answered(void **state)
{
	struct fixture *f = *state;

	unsigned all = 0;

	f->birth.mode = IPS_CONTROL_ADMIN;
	f->birth.password = STR("P@ssw0rd");
	sim_state_free(opened(f));
	for (int round = 0; round < 12; round++) {
		int pipe_fds[2];
		unsigned told = 0, last;
		assert_int_equal(pipe(pipe_fds), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			putter(f, pipe_fds[1]);
		close(pipe_fds[1]);
		usleep((useconds_t)(20000 + round * 7919));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(pipe_fds[0], &last, sizeof(last)) == sizeof(last))
			told = last;
		close(pipe_fds[0]);
		struct sim_state *st = opened(f);
		unsigned found = 0;
		/* What was told is there; one more may be. */
		if (told > 0) {
			assert_int_equal(
				sscanf(general(st)->host_name.p, "host%u", &found), 1);
			assert_in_range(found, told, told + 1);
		}
		sim_state_free(st);
		all += told;
	}
	assert_true(all > 0);
}

static void unprovision_resets_what_firmware_resets(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_RSA_gen(2048);

	for (int partial = 0; partial < 2; partial++) {
		struct sim_state *st;
		uint8_t ha1[16] = {7};
		assert_null(sim_state_new(&f->birth, &st));
		sim_state_provision(st, IPS_CONTROL_ADMIN, ha1);
		sim_state_set_mebx(st, STR("P@ssw0rd1"));
		sim_state_key_add(st, key);
		st->accounts[0].handle = 1;
		st->tls_network.enabled = true;
		st->hashes[st->n_hashes++] = (struct sim_trusted_hash){.algorithm = 2};
		sim_text_set(&general(st)->host_name, STR("mine"));
		sim_text_set(&general(st)->domain_name, STR("corp"));
		uint8_t nonce[20];
		memcpy(nonce, st->nonce, 20);
		sim_state_unprovision(st, partial);
		assert_int_equal(st->mode, IPS_CONTROL_NONE);
		assert_int_equal(st->provisioning, AMT_PROVISIONING_PRE);
		assert_int_equal(st->admin_set, partial);
		assert_int_equal(st->admin_ha1[0], partial ? 7 : 0);
		assert_true(st->mebx_set);
		assert_int_equal(st->accounts[0].handle, 0);
		assert_null(sim_state_key(st, STR("Intel(r) AMT Key: Handle: 0")));
		assert_int_equal(
			sim_store_count(&st->store, &amt_public_private_key_pair_class),
			0);
		assert_int_equal(
			sim_store_count(&st->store, &ips_admin_provisioning_record_class),
			0);
		assert_false(st->tls_network.enabled);
		assert_int_equal(st->n_hashes, 1);
		assert_string_equal(st->dns_suffix, "corp.example.com");
		assert_true(
			str_eqz(general(st)->host_name, partial ? "mine" : "amt-abcdef"));
		assert_true(str_eqz(general(st)->domain_name, partial ? "corp" : ""));
		assert_memory_not_equal(nonce, st->nonce, 20);
		sim_state_free(st);
	}
	EVP_PKEY_free(key);
}

static void births_that_cannot_be_are_refused(void **state)
{
	const char *const bad[] = {
		"", "00",
		"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
	struct fixture *f = *state;
	struct sim_state *st;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		f->birth.trust = &bad[i];
		struct err *e = sim_state_new(&f->birth, &st);
		assert_true(err_is(e, ERR_INVALID));
		err_free(e);
	}
}

static void strong_passwords_have_all_four_kinds(void **state)
{
	const struct {
		const char *text;
		bool strong;
	} rows[] = {
		{"P@ssw0rd", true},
		{"P@ssw0r", false},
		{"p@ssw0rd", false},
		{"P@SSW0RD", false},
		{"P@ssword", false},
		{"Passw0rd", false},
		{"P@ss:w0rd", false},
		{"P@ss\"w0rd", false},
		{"P@ss\xc3\xa9w0rd", false},
		{"P@ssw0rdP@ssw0rdP@ssw0rdP@ssw0rd", true},
		{"P@ssw0rdP@ssw0rdP@ssw0rdP@ssw0rdx", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(sim_password_strong(str_of(rows[i].text)),
				 rows[i].strong);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_new_device_is_as_the_factory_made_it),
		T(saved_state_comes_back_whole),
		T(power_loss_forgets_what_was_not_saved),
		T(files_are_private_and_nothing_is_left_beside),
		T(two_owners_are_refused),
		T(torn_files_are_refused),
		T(files_from_before_the_on_die_chain_are_read),
		T(values_out_of_range_are_refused),
		T(kill_loses_no_put_that_was_answered),
		T(unprovision_resets_what_firmware_resets),
		T(births_that_cannot_be_are_refused),
		cmocka_unit_test(strong_passwords_have_all_four_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
