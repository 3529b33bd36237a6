/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/heci_test_tools.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct amthi_version versions[] = {
	{STR("Flash"), STR("16.1.25")},	    {STR("Netstack"), STR("16.1.25")},
	{STR("AMTApps"), STR("16.1.25")},   {STR("AMT"), STR("16.1.25")},
	{STR("Sku"), STR("16400")},	    {STR("VendorID"), STR("8086")},
	{STR("Build Number"), STR("1932")},
};
static const struct amthi_cert_hash hashes[] = {
	{true, true, {1, 2, 3}, AMTHI_SHA256, STR("VeriSign Class 3")},
	{false, true, {4, 5, 6}, AMTHI_SHA384, STR("My own")},
};
static const struct amthi_lan wired = {true, 0xC0A80125, true,
				       2,    1,		 {0xa0, 1, 2, 3, 4, 5}};
static const struct mkhi_rule rules[] = {
	{MKHI_RULE_ENABLED, MKHI_SKU_AMT | MKHI_SKU_KVM},
	{MKHI_RULE_FW_UPDATE, 1},
};
static const struct mkhi_modules modules = {
	.n = 1,
	.modules = {{STR("IUNP"), 1, 2, 3, 4, 0x8086}},
};

void assert_ok(struct err *e)
{
	struct arena a = {0};

	if (e != NULL)
		fail_msg("%s", err_str(e, &a));
}

void assert_fails(struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	assert_string_equal(err_kind_name(e->kind), err_kind_name(kind));
	err_free(e);
}

/* Answers what the fields do not. */
static uint32_t on_call(void *arg, const struct amthi_request *rq, struct arena *a,
			void *response)
{
	struct heci_fixture *f = arg;

	f->asked = *rq;
	f->asked_text[0] = '\0';
	switch (rq->command) {
	case AMTHI_SET_DNS_SUFFIX:
	case AMTHI_SET_HOST_FQDN:
	case AMTHI_SET_PROVISIONING_SERVER_OTP:
		snprintf(f->asked_text, sizeof(f->asked_text), STR_FMT,
			 STR_ARG(rq->text));
		break;
	case AMTHI_START_CONFIGURATION_HBASED:
		*(struct amthi_started *)response =
			(struct amthi_started){AMTHI_SHA256, {9, 9}};
		break;
	case AMTHI_GET_CURRENT_POWER_POLICY:
		((struct amthi_text *)response)->text =
			str_of(arena_printf(a, "policy %d", 1));
		break;
	default:
		break;
	}
	return f->answer;
}

void fixture_open(struct heci_fixture *f)
{
	*f = (struct heci_fixture){.dir = "/tmp/heci-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/heci", f->dir);
	f->host = (struct sim_heci_host){
		.arg = f,
		.uuid = {0x44, 0x45, 0x4c, 0x4c, 0x4b, 0, 0x10, 0x42, 0x80, 0x33, 0xb6},
		.bios = STR("DNKBLi7v.86A"),
		.versions = versions,
		.n_versions = ARRAY_LEN(versions),
		.hashes = hashes,
		.n_hashes = ARRAY_LEN(hashes),
		.dns_suffix = STR("vm.test"),
		.account_user = STR("$$OsAdmin"),
		.account_password = STR("0123456789abcdef0123456789abcdef"),
		.fqdn = {.shared = true, .ddns_ttl = 900, .fqdn = STR("pc.vm.test")},
		.remote = {0, 2, 3, STR("mps.test")},
		.lan = {&wired, NULL},
		.call = on_call,
		.new_interface = true,
		.may_change = true,
		.enabled = true,
		.upid = {.supported = true,
			 .provisioned = true,
			 .type = UPID_BINARY,
			 .hardware = {7, 7},
			 .refurbished = 2},
		.firmware = {1, 16, 1932, 25, 1, 16, 1932, 25},
		.boot_state = 3,
		.image_type = 1,
		.eop_state = 1,
		.measured_boot = 1,
		.rules = rules,
		.n_rules = ARRAY_LEN(rules),
		.modules = &modules,
		.flash_log = STR("flash log"),
	};
	assert_ok(sim_heci_open(f->path, &f->host, &f->server));
	f->place = heci_virtual(f->path);
	f->amthi = (struct amthi_client){.place = &f->place, .a = &f->a};
}

void fixture_close(struct heci_fixture *f)
{
	sim_heci_free(f->server);
	arena_fini(&f->a);
	assert_int_not_equal(access(f->path, F_OK), 0);
	rmdir(f->dir);
}

int raw_connect(const struct heci_fixture *f, const void *guid, size_t n)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", f->path);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	if (n > 0)
		assert_int_equal(send(fd, guid, n, MSG_NOSIGNAL), n);
	return fd;
}

void raw_send(int fd, struct str bytes)
{
	assert_int_equal(send(fd, bytes.p, bytes.n, MSG_NOSIGNAL), bytes.n);
}

ssize_t raw_recv(int fd, char *p, size_t cap)
{
	struct deadline until = SOON;
	ssize_t r;

	while ((r = recv(fd, p, cap, 0)) < 0 && errno == EAGAIN) {
		assert_false(deadline_passed(until));
		assert_ok(fiber_sleep_ms(1));
	}
	return r;
}

int raw_client(const struct heci_fixture *f, enum heci_client_id id)
{
	int fd = raw_connect(f, heci_client(id)->guid, HECI_GUID_SIZE);
	char answer[16];

	assert_int_equal(raw_recv(fd, answer, sizeof(answer)), HECI_CONNECTED_SIZE);
	return fd;
}
