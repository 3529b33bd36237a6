/* SPDX-License-Identifier: Apache-2.0
 * The virtual HECI through its socket: connecting, every AMTHI command, the small
 * clients, several clients, wrong and oversized messages, connections that break.
 */
#include <sim/heci_test_tools.h>

#include <amt/heci/clients.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- connecting ---- */

TEST(connecting_tells_the_clients_limits)
{
	struct heci_fixture f;

	fixture_open(&f);
	for (int i = 0; i < HECI_CLIENTS; i++) {
		struct heci *h;

		assert_ok(heci_connect(&f.place, (enum heci_client_id)i, SOON, &h));
		assert_int_equal(heci_max_message(h),
				 heci_client((enum heci_client_id)i)->max_message);
		assert_int_equal(heci_protocol(h),
				 heci_client((enum heci_client_id)i)->protocol);
		heci_close(h);
	}
	WAIT(sim_heci_connections(f.server) == 0);
	fixture_close(&f);
}

TEST(unknown_client_is_refused_as_the_driver_does)
{
	struct heci_fixture f;
	char answer[16];

	fixture_open(&f);
	int fd = raw_connect(&f, "0123456789abcdef", 16);
	assert_int_equal(raw_recv(fd, answer, sizeof(answer)), 4);
	assert_memory_equal(answer, "\x19\0\0\0", 4); /* ENOTTY */
	assert_true(raw_recv(fd, answer, sizeof(answer)) <= 0);
	close(fd);
	fd = raw_connect(&f, "0123", 4);
	assert_int_equal(raw_recv(fd, answer, sizeof(answer)), 4);
	close(fd);
	/* no GUID is that long */
	fd = raw_connect(&f, "0123456789abcdef0123456789abcdef", 32);
	assert_true(raw_recv(fd, answer, sizeof(answer)) <= 0);
	close(fd);
	fixture_close(&f);
}

TEST(socket_is_its_owners_alone)
{
	struct heci_fixture f;
	struct stat st;

	fixture_open(&f);
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fixture_close(&f);
}

TEST(path_in_use_is_refused_and_a_stale_one_taken)
{
	struct heci_fixture f;
	struct sim_heci *other;
	char long_path[200] = {0};

	fixture_open(&f);
	assert_fails(sim_heci_open(f.path, &f.host, &other), ERR_UNAVAILABLE);
	memset(long_path, 'x', sizeof(long_path) - 1);
	assert_fails(sim_heci_open(long_path, &f.host, &other), ERR_INVALID);
	assert_fails(sim_heci_open("/nonexistent/heci", &f.host, &other),
		     ERR_UNAVAILABLE);
	fixture_close(&f);
	/* what a killed process leaves */
	fixture_open(&f);
	sim_heci_free(f.server);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	struct sockaddr_un {
		sa_family_t family;
		char path[108];
	} sun = {AF_UNIX, ""};
	snprintf(sun.path, sizeof(sun.path), "%s", f.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
	assert_ok(sim_heci_open(f.path, &f.host, &f.server));
	fixture_close(&f);
}

TEST(absent_device_is_unavailable)
{
	struct heci_place place = heci_virtual("/tmp/no-such-heci");
	struct heci *h;

	assert_fails(heci_connect(&place, HECI_AMTHI, SOON, &h), ERR_UNAVAILABLE);
}

/* ---- AMTHI: from the fields ---- */

TEST(versions_state_and_identity_are_read)
{
	struct heci_fixture f;
	struct amthi_code_versions v;
	struct amthi_value n;
	struct amthi_provisioning_mode mode;
	struct amthi_uuid u;

	fixture_open(&f);
	assert_ok(amthi_get_provisioning_mode(&f.amthi, SOON, &mode));
	assert_int_equal(mode.mode, 1);
	assert_ok(amthi_get_code_versions(&f.amthi, SOON, &v));
	assert_int_equal(v.n, 7);
	assert_true(str_eqz(v.bios, "DNKBLi7v.86A"));
	assert_true(str_eqz(v.versions[3].description, "AMT"));
	assert_true(str_eqz(v.versions[6].version, "1932"));
	assert_ok(amthi_get_provisioning_state(&f.amthi, SOON, &n));
	assert_int_equal(n.value, AMTHI_PRE_PROVISIONING);
	f.host.mode = AMTHI_CLIENT_CONTROL;
	assert_ok(amthi_get_control_mode(&f.amthi, SOON, &n));
	assert_int_equal(n.value, AMTHI_CLIENT_CONTROL);
	assert_ok(amthi_get_uuid(&f.amthi, SOON, &u));
	assert_memory_equal(u.uuid, f.host.uuid, 16);
	fixture_close(&f);
}

TEST(names_network_and_remote_access_are_read)
{
	struct heci_fixture f;
	struct amthi_text t;
	struct amthi_fqdn q;
	struct amthi_lan lan;
	struct amthi_remote r;

	fixture_open(&f);
	assert_ok(amthi_get_dns_suffix(&f.amthi, SOON, &t));
	assert_true(str_eqz(t.text, "vm.test"));
	assert_ok(amthi_get_fqdn(&f.amthi, SOON, &q));
	assert_true(q.shared && !q.ddns);
	assert_true(str_eqz(q.fqdn, "pc.vm.test"));
	assert_ok(amthi_get_lan_interface_settings(&f.amthi, 0, SOON, &lan));
	assert_int_equal(lan.ipv4, 0xC0A80125);
	assert_int_equal(lan.mac[0], 0xa0);
	assert_fails(amthi_get_lan_interface_settings(&f.amthi, 1, SOON, &lan),
		     ERR_DEVICE);
	assert_int_equal(f.amthi.status, AMTHI_NOT_FOUND);
	assert_fails(amthi_get_lan_interface_settings(&f.amthi, 2, SOON, &lan),
		     ERR_DEVICE);
	assert_int_equal(f.amthi.status, AMTHI_INVALID_PARAMETER);
	assert_ok(amthi_get_remote_access_connection_status(&f.amthi, SOON, &r));
	assert_int_equal(r.status, 2);
	assert_true(str_eqz(r.mps, "mps.test"));
	fixture_close(&f);
}

TEST(hashes_are_read_by_their_handles)
{
	struct heci_fixture f;
	struct amthi_hash_handles handles;
	struct amthi_cert_hash hash;

	fixture_open(&f);
	assert_ok(amthi_enumerate_hash_handles(&f.amthi, SOON, &handles));
	assert_int_equal(handles.n, 2);
	assert_ok(amthi_get_cert_hash_entry(&f.amthi, handles.handles[1], SOON, &hash));
	assert_int_equal(hash.algorithm, AMTHI_SHA384);
	assert_true(!hash.is_default && hash.is_active);
	assert_int_equal(hash.hash[2], 6);
	assert_true(str_eqz(hash.name, "My own"));
	assert_fails(amthi_get_cert_hash_entry(&f.amthi, 2, SOON, &hash), ERR_DEVICE);
	assert_int_equal(f.amthi.status, AMTHI_NOT_FOUND);
	fixture_close(&f);
}

TEST(local_system_account_comes_as_secrets)
{
	struct heci_fixture f;
	struct secret user = {0}, password = {0};

	fixture_open(&f);
	assert_ok(amthi_get_local_system_account(&f.amthi, SOON, &user, &password));
	assert_true(secret_equal(&user, STR("$$OsAdmin")));
	assert_true(secret_equal(&password, STR("0123456789abcdef0123456789abcdef")));
	secret_fini(&user);
	secret_fini(&password);
	fixture_close(&f);
}

/* ---- AMTHI: what changes something ---- */

TEST(unprovision_follows_the_state)
{
	static const struct {
		enum amthi_state state;
		enum amthi_mode mode;
		uint32_t status;
	} table[] = {
		{AMTHI_PRE_PROVISIONING, AMTHI_NOT_ACTIVATED, AMTHI_INVALID_AMT_MODE},
		{AMTHI_POST_PROVISIONING, AMTHI_CLIENT_CONTROL, AMTHI_SUCCESS},
		{AMTHI_POST_PROVISIONING, AMTHI_ADMIN_CONTROL, AMTHI_INVALID_AMT_MODE},
		{AMTHI_IN_PROVISIONING, AMTHI_ADMIN_CONTROL, AMTHI_SUCCESS},
	};
	struct heci_fixture f;
	struct amthi_unprovisioned out;

	fixture_open(&f);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		f.host.state = table[i].state;
		f.host.mode = table[i].mode;
		struct err *e = amthi_unprovision(&f.amthi, 0, SOON, &out);
		assert_int_equal(f.amthi.status, table[i].status);
		assert_int_equal(e == NULL, table[i].status == 0);
		err_free(e);
	}
	assert_int_equal(f.asked.command, AMTHI_UNPROVISION);
	assert_fails(amthi_unprovision(&f.amthi, 1, SOON, &out), ERR_DEVICE);
	assert_int_equal(f.amthi.status, AMTHI_INVALID_PARAMETER);
	fixture_close(&f);
}

TEST(configuration_starts_and_stops)
{
	struct heci_fixture f;
	struct amthi_start start = {.hash_algorithm = AMTHI_SHA256, .hash = {0xAB}};
	struct amthi_started started;

	fixture_open(&f);
	assert_ok(amthi_start_configuration_hbased(&f.amthi, &start, SOON, &started));
	assert_int_equal(f.asked.start.hash[0], 0xAB);
	assert_int_equal(started.hash[1], 9);
	start.hash_algorithm = AMTHI_SHA1;
	assert_fails(amthi_start_configuration_hbased(&f.amthi, &start, SOON, &started),
		     ERR_DEVICE);
	assert_int_equal(f.amthi.status, AMTHI_INVALID_PARAMETER);
	start.hash_algorithm = AMTHI_SHA384;
	f.host.state = AMTHI_POST_PROVISIONING;
	f.host.mode = AMTHI_ADMIN_CONTROL;
	assert_fails(amthi_start_configuration_hbased(&f.amthi, &start, SOON, &started),
		     ERR_DEVICE);
	assert_int_equal(f.amthi.status, AMTHI_INVALID_AMT_MODE);
	assert_ok(amthi_stop_configuration(&f.amthi, SOON));
	f.answer = AMTHI_CERTIFICATE_NOT_READY;
	assert_fails(amthi_start_configuration(&f.amthi, SOON), ERR_DEVICE);
	assert_int_equal(f.amthi.status, AMTHI_CERTIFICATE_NOT_READY);
	fixture_close(&f);
}

TEST(texts_are_set)
{
	struct heci_fixture f;
	char long_text[AMTHI_TEXT_MAX + 1];

	fixture_open(&f);
	assert_ok(amthi_set_dns_suffix(&f.amthi, STR("new.test"), SOON));
	assert_string_equal(f.asked_text, "new.test");
	assert_ok(amthi_set_host_fqdn(&f.amthi, STR("a.new.test"), SOON));
	assert_string_equal(f.asked_text, "a.new.test");
	assert_ok(amthi_set_provisioning_server_otp(&f.amthi, STR("otp"), SOON));
	assert_string_equal(f.asked_text, "otp");
	memset(long_text, 'a', sizeof(long_text));
	struct str s = {long_text, sizeof(long_text)};
	assert_fails(amthi_set_dns_suffix(&f.amthi, s, SOON), ERR_INVALID);
	s.n--;
	assert_ok(amthi_set_dns_suffix(&f.amthi, s, SOON));
	assert_int_equal(f.asked.text.n, AMTHI_TEXT_MAX);
	fixture_close(&f);
}

/* Every row of the table that takes no argument, by the model's call where no field has
 * it. */
TEST(every_command_passes_the_socket)
{
	struct heci_fixture f;
	uint32_t c;

	fixture_open(&f);
	f.host.state = AMTHI_POST_PROVISIONING;
	f.host.mode = AMTHI_CLIENT_CONTROL;
	for (size_t i = 0; (c = amthi_command_at(i)) != 0; i++) {
		struct amthi_request rq = {.command = (enum amthi_command)c};
		size_t n = amthi_response_size(rq.command);
		void *response = n > 0 ? arena_zalloc(&f.a, n) : NULL;

		if (rq.command == AMTHI_START_CONFIGURATION_HBASED)
			rq.start.hash_algorithm = AMTHI_SHA256;
		assert_ok(amthi_call(&f.amthi, &rq, SOON, response));
		assert_int_equal(f.amthi.status, 0);
	}
	struct amthi_text policy;
	assert_ok(amthi_get_current_power_policy(&f.amthi, SOON, &policy));
	assert_true(str_eqz(policy.text, "policy 1"));
	fixture_close(&f);
}

TEST(model_without_a_call_knows_its_fields_alone)
{
	struct heci_fixture f;
	struct amthi_value n;

	fixture_open(&f);
	f.host.call = NULL;
	assert_ok(amthi_get_control_mode(&f.amthi, SOON, &n));
	assert_fails(amthi_get_redirection_state(&f.amthi, SOON, &n), ERR_DEVICE);
	assert_int_equal(f.amthi.status, AMTHI_INVALID_COMMAND);
	fixture_close(&f);
}

static void bring_up_to_date(struct sim_heci_host *h, void *arg)
{
	h->mode = AMTHI_ADMIN_CONTROL;
}

TEST(fields_are_refreshed_before_a_message)
{
	struct heci_fixture f;
	struct amthi_value n;

	fixture_open(&f);
	f.host.refresh = bring_up_to_date;
	assert_ok(amthi_get_control_mode(&f.amthi, SOON, &n));
	assert_int_equal(n.value, AMTHI_ADMIN_CONTROL);
	fixture_close(&f);
}

/* ---- the small clients ---- */

TEST(watchdog_tells_and_changes_the_operational_state)
{
	struct heci_fixture f;
	uint32_t status;
	uint8_t bits;

	fixture_open(&f);
	f.host.tls_enforced = true;
	assert_ok(watchdog_is_change_enabled(&f.place, SOON, &bits));
	assert_int_equal(bits, 0xC3);
	assert_ok(watchdog_set_operational_state(&f.place, false, SOON, &status));
	assert_int_equal(status, 0);
	assert_ok(watchdog_is_change_enabled(&f.place, SOON, &bits));
	assert_int_equal(bits, 0xC1);
	assert_ok(watchdog_change_to_amt(&f.place, SOON, &status));
	assert_int_equal(status, 0);
	assert_true(f.host.enabled);
	f.host.may_change = false;
	assert_ok(watchdog_change_to_amt(&f.place, SOON, &status));
	assert_int_equal(status, WATCHDOG_NOT_ALLOWED);
	assert_ok(watchdog_set_operational_state(&f.place, false, SOON, &status));
	assert_int_equal(status, AMTHI_NOT_PERMITTED);
	f.host.state = AMTHI_POST_PROVISIONING;
	assert_ok(watchdog_set_operational_state(&f.place, false, SOON, &status));
	assert_int_equal(status, AMTHI_INVALID_AMT_MODE);
	f.host.new_interface = false;
	assert_ok(watchdog_is_change_enabled(&f.place, SOON, &bits));
	assert_int_equal(bits, 0);
	fixture_close(&f);
}

TEST(upid_is_read_while_it_is_switched_on)
{
	struct heci_fixture f;
	struct upid_msg m;

	fixture_open(&f);
	assert_ok(upid_get(&f.place, SOON, &m));
	assert_true(m.has_id);
	assert_int_equal(m.hardware[1], 7);
	assert_false(f.host.upid.enabled);
	assert_ok(upid_call(&f.place, &(struct upid_msg){.command = UPID_PLATFORM_ID_GET},
			    SOON, &m));
	assert_int_equal(m.status, UPID_INVALID_STATE);
	assert_ok(upid_call(&f.place,
			    &(struct upid_msg){.command = UPID_REFURBISH_COUNTER_GET},
			    SOON, &m));
	assert_int_equal(m.counter, 2);
	assert_ok(upid_call(&f.place, &(struct upid_msg){.command = UPID_SUPPORT_GET},
			    SOON, &m));
	assert_int_equal(m.byte, 1);
	assert_ok(upid_call(&f.place, &(struct upid_msg){.command = UPID_STATE_GET}, SOON,
			    &m));
	assert_int_equal(m.byte, 0);
	assert_ok(upid_call(&f.place, &(struct upid_msg){.command = UPID_OS_CONTROL_GET},
			    SOON, &m));
	assert_int_equal(m.status, 0);
	assert_ok(upid_call(&f.place, &(struct upid_msg){.command = UPID_OEM_ID_UPDATE},
			    SOON, &m));
	assert_int_equal(m.status, UPID_AFTER_EOP);
	f.host.upid.provisioned = false;
	assert_ok(upid_get(&f.place, SOON, &m));
	assert_false(m.has_id);
	f.host.upid.supported = false;
	assert_fails(upid_get(&f.place, SOON, &m), ERR_DEVICE);
	fixture_close(&f);
}

TEST(mkhi_tells_versions_rules_and_boot_state)
{
	struct heci_fixture f;
	struct mkhi_fw_version version;
	struct mkhi_rule rule;
	struct mkhi_modules m;
	struct mkhi_boot_state boot;
	struct mkhi_value n;
	struct mkhi_measured_boot measured;

	fixture_open(&f);
	assert_ok(mkhi_call(&f.place, &(struct mkhi_request){MKHI_GET_FW_VERSION, 0},
			    &f.a, SOON, &version));
	assert_int_equal(version.major, 16);
	assert_int_equal(version.hotfix, 25);
	assert_ok(mkhi_call(&f.place,
			    &(struct mkhi_request){MKHI_GET_RULE, MKHI_RULE_ENABLED},
			    &f.a, SOON, &rule));
	assert_int_equal(rule.value, MKHI_SKU_AMT | MKHI_SKU_KVM);
	assert_fails(mkhi_call(&f.place, &(struct mkhi_request){MKHI_GET_RULE, 1}, &f.a,
			       SOON, &rule),
		     ERR_DEVICE);
	assert_ok(mkhi_call(&f.place,
			    &(struct mkhi_request){MKHI_GET_IMAGE_FW_VERSION, 9}, &f.a,
			    SOON, &m));
	assert_true(str_eqz(m.modules[0].name, "IUNP"));
	f.host.modules = NULL;
	assert_fails(mkhi_call(&f.place,
			       &(struct mkhi_request){MKHI_GET_IMAGE_FW_VERSION, 9}, &f.a,
			       SOON, &m),
		     ERR_DEVICE);
	assert_ok(mkhi_call(&f.place, &(struct mkhi_request){MKHI_GET_BOOT_STATE, 0},
			    &f.a, SOON, &boot));
	assert_int_equal(boot.state, 3);
	assert_ok(mkhi_call(&f.place, &(struct mkhi_request){MKHI_GET_IMAGE_TYPE, 0},
			    &f.a, SOON, &n));
	assert_ok(mkhi_call(&f.place, &(struct mkhi_request){MKHI_GET_EOP_STATE, 0}, &f.a,
			    SOON, &n));
	assert_int_equal(n.value, 1);
	assert_ok(mkhi_call(&f.place,
			    &(struct mkhi_request){MKHI_GET_MEASURED_BOOT_STATE, 0}, &f.a,
			    SOON, &measured));
	fixture_close(&f);
}

TEST(flash_log_is_read_or_not_supported)
{
	struct heci_fixture f;
	struct str log;

	fixture_open(&f);
	assert_ok(hotham_get_log(&f.place, &f.a, SOON, &log));
	assert_true(str_eqz(log, "flash log"));
	char *full = arena_zalloc(&f.a, 8192);
	f.host.flash_log = (struct str){full, 8192};
	assert_ok(hotham_get_log(&f.place, &f.a, SOON, &log));
	assert_int_equal(log.n, 8192);
	f.host.flash_log = (struct str){NULL, 0};
	assert_fails(hotham_get_log(&f.place, &f.a, SOON, &log), ERR_NOT_FOUND);
	fixture_close(&f);
}

/* ---- several clients ---- */

struct worker {
	struct heci_fixture *f;
	int done;
};

static void worker_run(void *arg)
{
	struct worker *w = arg;
	struct arena a = {0};
	struct amthi_client c = {.place = &w->f->place, .a = &a};

	for (int i = 0; i < 20; i++) {
		struct amthi_code_versions v;
		struct upid_msg m;

		assert_ok(amthi_get_code_versions(&c, SOON, &v));
		assert_int_equal(v.n, 7);
		assert_ok(upid_call(&w->f->place,
				    &(struct upid_msg){.command = UPID_SUPPORT_GET}, SOON,
				    &m));
	}
	arena_fini(&a);
	w->done++;
}

TEST(many_clients_at_once_are_answered)
{
	struct heci_fixture f;
	struct fiber_group g;

	fixture_open(&f);
	struct worker w = {&f, 0};
	fiber_group_init(&g);
	for (int i = 0; i < 10; i++)
		fiber_spawn(&g, "worker", worker_run, &w);
	fiber_group_join(&g, false);
	assert_int_equal(w.done, 10);
	WAIT(sim_heci_connections(f.server) == 0);
	fixture_close(&f);
}

TEST(connections_are_bounded)
{
	struct heci_fixture f;
	int fds[80];
	char byte;

	fixture_open(&f);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = raw_connect(&f, NULL, 0);
		assert_ok(fiber_sleep_ms(0));
		WAIT(sim_heci_connections(f.server) == MIN(i + 1, 64));
	}
	assert_true(raw_recv(fds[79], &byte, 1) <= 0);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	WAIT(sim_heci_connections(f.server) == 0);
	fixture_close(&f);
}

/* ---- wrong messages ---- */

TEST(wrong_amthi_messages_are_refused_or_not_answered)
{
	struct heci_fixture f;
	char answer[64];

	fixture_open(&f);
	int fd = raw_client(&f, HECI_AMTHI);
	raw_send(fd, STR("garbage")); /* no header: nothing to answer to */
	raw_send(fd, STR("\x01\x01\0\0\xff\0\0\x04\0\0\0\0"));
	assert_int_equal(raw_recv(fd, answer, sizeof(answer)), 16);
	assert_memory_equal(answer, "\x01\x01\0\0\xff\0\x80\x04\x04\0\0\0\x03\x08\0\0",
			    16);
	raw_send(fd, STR("\x01\x01\0\0\x5c\0\0\x04\x04\0\0\0"));
	assert_int_equal(raw_recv(fd, answer, sizeof(answer)), 16);
	assert_memory_equal(answer + 12, "\x04\0\0\0", 4);
	raw_send(fd, STR("\x01\x01\0\0\x6b\0\0\x04\0\0\0\0"));
	assert_int_equal(raw_recv(fd, answer, sizeof(answer)), 20);
	close(fd);
	fixture_close(&f);
}

TEST(wrong_messages_to_the_small_clients_are_refused_or_not_answered)
{
	static const struct {
		enum heci_client_id id;
		struct str message, answer;
	} table[] = {
		{HECI_WATCHDOG, STR("\x02\x05\x01\x10\x03"), {NULL, 0}},
		{HECI_UPID, STR("\0"), {NULL, 0}},
		{HECI_UPID, STR("\0\x63\0\0"), STR("\0\x63\x04\0\x01\0\0\0")},
		{HECI_MKHI, STR("\xff"), {NULL, 0}},
		{HECI_MKHI, STR("\x0a\x0b\0\0"), STR("\x0a\x8b\0\x8d")},
		{HECI_HOTHAM, STR("\x05\x80\0\0"), {NULL, 0}},
	};
	struct heci_fixture f;
	char answer[64];

	fixture_open(&f);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		int fd = raw_client(&f, table[i].id);

		raw_send(fd, table[i].message);
		if (table[i].answer.n > 0) {
			assert_int_equal(raw_recv(fd, answer, sizeof(answer)),
					 table[i].answer.n);
			assert_memory_equal(answer, table[i].answer.p, table[i].answer.n);
		} else {
			assert_ok(fiber_sleep_ms(2));
			assert_int_equal(recv(fd, answer, sizeof(answer), 0), -1);
			assert_int_equal(errno, EAGAIN);
		}
		close(fd);
	}
	fixture_close(&f);
}

TEST(oversized_message_closes_the_client)
{
	struct heci_fixture f;
	struct heci *h;
	char big[5121] = {0};

	fixture_open(&f);
	assert_ok(heci_connect(&f.place, HECI_AMTHI, SOON, &h));
	assert_fails(heci_send(h, (struct str){big, 5121}, SOON), ERR_TOO_LARGE);
	heci_close(h);
	int fd = raw_client(&f, HECI_AMTHI);
	raw_send(fd, (struct str){big, 5121});
	assert_true(raw_recv(fd, big, sizeof(big)) <= 0);
	close(fd);
	/* one of the greatest length is a message like any other */
	fd = raw_client(&f, HECI_AMTHI);
	big[7] = 4;
	raw_send(fd, (struct str){big, 5120});
	assert_int_equal(raw_recv(fd, big, sizeof(big)), 16);
	close(fd);
	fixture_close(&f);
}

/* ---- connections that break ---- */

TEST(firmware_that_restarts_in_the_middle_closes_clients)
{
	struct heci_fixture f;
	struct heci *h;
	struct str answer;

	fixture_open(&f);
	assert_ok(heci_connect(&f.place, HECI_AMTHI, SOON, &h));
	sim_heci_reset(f.server);
	assert_int_equal(sim_heci_connections(f.server), 0);
	assert_fails(heci_ask(h, STR("\x01\x01\0\0\x6b\0\0\x04\0\0\0\0"), SOON, &answer),
		     ERR_CLOSED);
	heci_close(h);
	struct amthi_value n;
	assert_ok(amthi_get_control_mode(&f.amthi, SOON, &n));
	fixture_close(&f);
}

TEST(client_that_goes_before_its_answer_does_no_harm)
{
	struct heci_fixture f;

	fixture_open(&f);
	for (int i = 0; i < 20; i++) {
		int fd = raw_connect(&f, heci_client(HECI_AMTHI)->guid, HECI_GUID_SIZE);
		raw_send(fd, STR("\x01\x01\0\0\x1a\0\0\x04\0\0\0\0"));
		close(fd);
	}
	WAIT(sim_heci_connections(f.server) == 0);
	fixture_close(&f);
}

TEST(firmware_that_does_not_answer_times_out)
{
	struct heci_fixture f;
	struct heci *h;
	struct str answer;

	fixture_open(&f);
	assert_ok(heci_connect(&f.place, HECI_AMTHI, SOON, &h));
	assert_fails(heci_ask(h, STR("short"), deadline_in(30), &answer), ERR_TIMEOUT);
	heci_close(h);
	fixture_close(&f);
}

TEST(client_that_asks_and_never_reads_is_closed)
{
	struct heci_fixture f;

	fixture_open(&f);
	int fd = raw_client(&f, HECI_AMTHI);
	for (int i = 0; i < 20000 && sim_heci_connections(f.server) > 0; i++) {
		send(fd, "\x01\x01\0\0\x1a\0\0\x04\0\0\0\0", 12, MSG_NOSIGNAL);
		if (i % 16 == 0)
			assert_ok(fiber_yield());
	}
	assert_int_equal(sim_heci_connections(f.server), 0);
	close(fd);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connecting_tells_the_clients_limits),
		cmocka_unit_test(unknown_client_is_refused_as_the_driver_does),
		cmocka_unit_test(socket_is_its_owners_alone),
		cmocka_unit_test(path_in_use_is_refused_and_a_stale_one_taken),
		cmocka_unit_test(absent_device_is_unavailable),
		cmocka_unit_test(versions_state_and_identity_are_read),
		cmocka_unit_test(names_network_and_remote_access_are_read),
		cmocka_unit_test(hashes_are_read_by_their_handles),
		cmocka_unit_test(local_system_account_comes_as_secrets),
		cmocka_unit_test(unprovision_follows_the_state),
		cmocka_unit_test(configuration_starts_and_stops),
		cmocka_unit_test(texts_are_set),
		cmocka_unit_test(every_command_passes_the_socket),
		cmocka_unit_test(model_without_a_call_knows_its_fields_alone),
		cmocka_unit_test(fields_are_refreshed_before_a_message),
		cmocka_unit_test(watchdog_tells_and_changes_the_operational_state),
		cmocka_unit_test(upid_is_read_while_it_is_switched_on),
		cmocka_unit_test(mkhi_tells_versions_rules_and_boot_state),
		cmocka_unit_test(flash_log_is_read_or_not_supported),
		cmocka_unit_test(many_clients_at_once_are_answered),
		cmocka_unit_test(connections_are_bounded),
		cmocka_unit_test(wrong_amthi_messages_are_refused_or_not_answered),
		cmocka_unit_test(
			wrong_messages_to_the_small_clients_are_refused_or_not_answered),
		cmocka_unit_test(oversized_message_closes_the_client),
		cmocka_unit_test(firmware_that_restarts_in_the_middle_closes_clients),
		cmocka_unit_test(client_that_goes_before_its_answer_does_no_harm),
		cmocka_unit_test(firmware_that_does_not_answer_times_out),
		cmocka_unit_test(client_that_asks_and_never_reads_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
