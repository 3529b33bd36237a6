/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <device/alarms.h>
#include <device/audit_log.h>
#include <device/event_log.h>

static struct arena a;

static int end(void **state)
{
	arena_fini(&a);
	return 0;
}

static void same(const char *have, const char *want)
{
	if (want == NULL)
		assert_null(have);
	else
		assert_string_equal(have != NULL ? have : "(null)", want);
}

/* clang-format off */
#define ROW(app, event, bytes, text) {app, event, bytes, sizeof(bytes) - 1, text}
/* clang-format on */

static void extended_data_are_put_in_words(void **state)
{
	/* clang-format off */
	static const struct {
		uint16_t app, event;
		const char *bytes;
		size_t n;
		const char *text;
	} rows[] = {
		ROW(16, 1, "\5", "Host based, admin control mode"),
		ROW(16, 2, "\0\3joe", "joe"),
		ROW(16, 2, "\1\0\0\0\7\0", NULL),	/* a SID */
		ROW(16, 3, "\3\0\3joe", "joe"),
		ROW(16, 4, "\0\0", ""),
		ROW(16, 5, "\0", "Invalid ME access"),
		ROW(16, 5, "\1", "Invalid MEBx access"),
		ROW(16, 5, "\2", "unknown"),
		ROW(16, 6, "\0\0\3joe", "Disabled, joe"),
		ROW(16, 6, "\1\1\0\0\0\7", "Enabled"),
		ROW(16, 7, "\0\1", "Remote NoAuth, Local ServerAuth"),
		ROW(16, 7, "\2\0", "Remote MutualAuth, Local NoAuth"),
		ROW(16, 7, "\2", NULL),			/* cut off */
		ROW(16, 17, "\0\0\0\3\1", "PT Administration, Auth"),
		ROW(16, 17, "\0\0\0\x63\2", "Unknown realm, Disabled"),
		ROW(16, 19, "\4", "Remote WSMAN"),
		ROW(17, 3, "\1\0\0\0\0\0\0", "PXE boot"),
		ROW(17, 4, "\302\0\0\0\0\0\0", "HTTPS boot"),
		/* wsman.md C.2: upstream's sample of a firmware update */
		ROW(19, 0, "\0\x0c\0\0\0\x28\5\x99\0\x0c\0\0\0\x28\5\x9a",
		    "From 12.0.40.1433 to 12.0.40.1434"),
		ROW(20, 5, "\1", "Migration failure"),
		ROW(21, 0, "\x4e\x49\x3c\xe4", "2011-08-15T15:36:04.000Z"),
		ROW(22, 0, "\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "Interface 0, DHCP"),
		ROW(22, 0, "\0\0\0\1\0\300\0\2\1\377\377\377\0\300\0\2\376\0\0\0\0\0\0\0\0",
		    "Interface 1, address 192.0.2.1, mask 255.255.255.0, gateway 192.0.2.254"),
		ROW(22, 1, "\4host", "host"),
		ROW(22, 1, "\4hos", NULL),
		ROW(22, 3, "\0\0\0\0\x90\5", "Interface 0, VLAN 5"),
		ROW(24, 3, "\1", "Frozen"),
		ROW(27, 0, "net\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\1\4home",
		    "home, SSID net, priority 1"),
		ROW(27, 1, "\4home", "home"),
		ROW(27, 3, "\0\0\0\3", "Unrestricted"),
		ROW(27, 4, "\0\0\1\x2c\0\0\0\1", "Management Engine, time-out 300"),
		ROW(30, 0, "\0\1", "From None to KVM"),
		ROW(30, 0, "\1\377", "From KVM to All"),
		ROW(30, 1, "\0", "Success"),
		ROW(30, 1, "\1", "Failed 3 times"),
		ROW(29, 2, "x", NULL),
		ROW(16, 102, "\0", NULL),
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct audit_record r = {.app = rows[i].app,
					 .event = rows[i].event,
					 .extra = {rows[i].bytes, rows[i].n}};
		same(device_audit_extra_text(&a, &r), rows[i].text);
	}
}

static void names_of_groups_events_and_initiators(void **state)
{
	same(device_audit_app_name(16), "Security Admin");
	same(device_audit_app_name(15), NULL);
	same(device_audit_event_name(16, 0), "Provisioning Started");
	same(device_audit_event_name(17, 8), "Remote Hiberate initiated");
	same(device_audit_event_name(33, 1),
	     "A user has modified the Watchdog Action settings");
	same(device_audit_event_name(16, 99), NULL);
	/* 16 and 117 must not be taken for 17 and 17. */
	same(device_audit_event_name(16, 117), NULL);
	struct audit_record r = {.initiator = AUDIT_BY_USER, .user = STR("jo\xff")};
	same(device_audit_initiator(&a, &r), "jo?");
	r.user = (struct str){"\0jo\0\0", 5};
	same(device_audit_initiator(&a, &r), "?jo??");
	r.user = (struct str){NULL, 0};
	same(device_audit_initiator(&a, &r), "");
	r = (struct audit_record){.initiator = AUDIT_BY_KERBEROS,
				  .user = {"\1\2\0\0\0\0\0\5\x15\0\0\0\1\2\0\0", 16}};
	same(device_audit_initiator(&a, &r), "S-1-5-21-513");
	r.user.n = 7;
	same(device_audit_initiator(&a, &r), "");
	r.initiator = AUDIT_BY_LOCAL;
	same(device_audit_initiator(&a, &r), "Local");
	r.initiator = AUDIT_BY_KVM_PORT;
	same(device_audit_initiator(&a, &r), "KVM Default Port");
}

static void events_are_put_in_words(void **state)
{
	/* clang-format off */
	static const struct {
		uint8_t sensor, offset, data[8];
		const char *text;
	} rows[] = {
		{6, 0, {0, 3, 1}, "Authentication failed 259 times. The system may be under attack."},
		{15, 2, {235}, "Invalid Data"},
		{15, 0, {64, 8}, "Removable boot media not found."},
		{15, 0, {64, 14}, NULL},
		{15, 2, {64, 19}, "Starting operating system boot process"},
		{15, 2, {64, 26}, NULL},
		{15, 3, {170, 48}, "One-Click Recovery"},
		{15, 5, {170, 64}, "Platform erase"},
		{18, 0, {170, 0xd, 0xc, 0xb, 0xa, 2, 1, 4}, "Agent watchdog 0A0B0C0D-0102-... changed to Running"},
		{18, 0, {170, 0, 0, 0, 0, 0, 0, 3}, "Agent watchdog 00000000-0000-... changed to Unknown"},
		{18, 0, {1}, NULL},
		{30, 0, {0}, "No bootable media"},
		{32, 0, {0}, "Operating system lockup or power interrupt"},
		{35, 0, {0}, "System boot failure"},
		{37, 0, {0}, "System firmware started (at least one CPU is properly executing)."},
		{200, 0, {0}, "Unknown Sensor Type #200"},
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct event_record r = {.sensor = rows[i].sensor,
					 .offset = rows[i].offset};
		memcpy(r.data, rows[i].data, sizeof(r.data));
		same(device_event_text(&a, &r), rows[i].text);
	}
	same(device_event_entity(34), "BIOS");
	same(device_event_entity(52), "Processor front side bus");
	same(device_event_entity(53), "Unknown");
	same(device_event_entity(255), "Unknown");
}

static void intervals_are_minutes(void **state)
{
	static const struct {
		const char *text;
		int64_t minutes;
	} rows[] = {
		{"P0DT1H0M", 60}, {"P1DT1H1M", 1501}, {"P2D", 2880}, {"PT5M", 5},
		{"", 0},	  {"P", 0},	      {"x", 0},	     {"P99999999D", 0}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(device_alarm_minutes(str_of(rows[i].text)),
				 rows[i].minutes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(extended_data_are_put_in_words, end),
		cmocka_unit_test_teardown(names_of_groups_events_and_initiators, end),
		cmocka_unit_test_teardown(events_are_put_in_words, end),
		cmocka_unit_test_teardown(intervals_are_minutes, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
