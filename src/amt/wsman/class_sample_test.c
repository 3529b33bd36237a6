/* SPDX-License-Identifier: Apache-2.0
 * A reply of each class in firmware's shape (tests/data/wsman, with neutral values): what
 * is read from it, and that the virtual device writes the same bytes. And requests with
 * embedded instances, as clients send them.
 */
#include <amt/wsman/message_test.h>

#include <amt/wsman/classes/all.h>

#include <stdio.h>

static struct str read_file(const char *name, const char *suffix)
{
	char *path = arena_printf(&arena, "%s/%s%s", WSMAN_SAMPLES, name, suffix);
	FILE *f = fopen(path, "re");
	char *text = arena_alloc(&arena, 65536);
	size_t n;

	if (f == NULL)
		fail_msg("%s cannot be read", path);
	n = fread(text, 1, 65536, f);
	assert_true(n < 65536);
	fclose(f);
	return (struct str){text, n};
}

static void assert_sample(const struct wsman_class *c)
{
	struct str xml = read_file(c->name, ".xml"), json = read_file(c->name, ".json");
	const struct wsman_call call = {.op = WSMAN_GET, .cls = c};
	const struct wsman_request rq = {.op = WSMAN_GET,
					 .cls = c,
					 .message_id = STR("1"),
					 .resource_uri = str_of(c->uri)};
	json_t *want = json_loadb(json.p, json.n, 0, NULL), *got;
	struct wsman_reply r;

	assert_null(wsman_decode_reply(xml, &call, &arena, &r));
	got = wsman_json_object(c->fields, c->n_fields, r.object);
	if (!json_equal(got, want))
		fail_msg("%s reads %s", c->name, json_dumps(got, JSON_INDENT(1)));
	json_decref(got);
	json_decref(want);
	wsman_encode_object(&out, &rq, 0x6A4, r.object);
	if (!str_eq(buf_str(&out), xml))
		fail_msg("%s is written " STR_FMT, c->name, STR_ARG(buf_str(&out)));
}

static void every_sample_is_read_and_written_again(void **state)
{
	/* clang-format off */
#define POINTER(name, family, wire, ROWS, METHODS, ops, dated) &name##_class,
	static const struct wsman_class *const classes[] = { WSMAN_ALL_CLASSES(POINTER) };
#undef POINTER
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		buf_clear(&out);
		assert_sample(classes[i]);
		arena_fini(&arena);
	}
}

/* clang-format off */
#define ALARM_SERVICE "http://intel.com/wbem/wscim/1/amt-schema/1/AMT_AlarmClockService"
#define OCCURRENCE "http://intel.com/wbem/wscim/1/ips-schema/1/IPS_AlarmClockOccurrence"
#define ALARM_TIME(e, text) \
	"<p:" e " xmlns:p=\"http://schemas.dmtf.org/wbem/wscim/1/common\">" text "</p:" e ">"
static const char add_alarm[] = REQUEST(ALARM_SERVICE "/AddAlarm", ALARM_SERVICE, "0", "",
	"<h:AddAlarm_INPUT xmlns:h=\"" ALARM_SERVICE "\"><h:AlarmTemplate xmlns:q=\"" OCCURRENCE "\">"
	"<q:InstanceID>Nightly wake</q:InstanceID><q:ElementName>Nightly wake</q:ElementName>"
	"<q:StartTime>" ALARM_TIME("Datetime", "2026-01-15T06:00:00Z") "</q:StartTime>"
	"<q:Interval>" ALARM_TIME("Interval", "P1DT0H0M") "</q:Interval>"
	"<q:DeleteOnCompletion>true</q:DeleteOnCompletion>"
	"</h:AlarmTemplate></h:AddAlarm_INPUT>");
/* clang-format on */

static void an_alarm_is_sent_in_the_order_of_clients(void **state)
{
	const struct ips_alarm_clock_occurrence alarm = {
		.instance_id = STR("Nightly wake"),
		.element_name = STR("Nightly wake"),
		.start_time = STR("2026-01-15T06:00:00Z"),
		.interval = STR("P1DT0H0M"),
		.delete_on_completion = num(1),
	};
	const struct amt_alarm_clock_service_add_alarm_in in = {
		.alarm_template = {&ips_alarm_clock_occurrence_class, &alarm}};
	const struct wsman_call call = {.op = WSMAN_INVOKE,
					.cls = &amt_alarm_clock_service_class,
					.method =
						&amt_alarm_clock_service_add_alarm_method,
					.object = &in};

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_text(buf_str(&out), add_alarm);
}

/* clang-format off */
#define PORT_SERVICE AMT "AMT_WiFiPortConfigurationService"
#define PROFILE "Intel(r) AMT:WiFi Endpoint Settings home"
static const char add_wifi[] = REQUEST(PORT_SERVICE "/AddWiFiSettings", PORT_SERVICE, "0", "",
	"<h:AddWiFiSettings_INPUT xmlns:h=\"" PORT_SERVICE "\"><h:WiFiEndpoint>"
	BODY_EPR(CIM "CIM_WiFiEndpoint", "<Selector Name=\"Name\">WiFi Endpoint 0</Selector>")
	"</h:WiFiEndpoint><h:WiFiEndpointSettingsInput xmlns:q=\"" CIM "CIM_WiFiEndpointSettings\">"
	"<q:ElementName>home</q:ElementName><q:InstanceID>" PROFILE "</q:InstanceID>"
	"<q:AuthenticationMethod>7</q:AuthenticationMethod><q:EncryptionMethod>4</q:EncryptionMethod>"
	"<q:SSID>a&amp;b</q:SSID><q:Priority>1</q:Priority><q:BSSType>3</q:BSSType>"
	"</h:WiFiEndpointSettingsInput>"
	"<h:IEEE8021xSettingsInput xmlns:q=\"" CIM "CIM_IEEE8021xSettings\">"
	"<q:ElementName>home</q:ElementName><q:AuthenticationProtocol>2</q:AuthenticationProtocol>"
	"<q:Username>user</q:Username><q:Password>P@ssw0rd</q:Password>"
	"</h:IEEE8021xSettingsInput></h:AddWiFiSettings_INPUT>");
/* clang-format on */

static void a_wifi_profile_is_sent_in_the_order_of_clients_and_read_back(void **state)
{
	const struct cim_wifi_endpoint_settings profile = {
		.authentication_method = num(CIM_WIFI_AUTH_WPA2_8021X),
		.bss_type = num(3),
		.element_name = STR("home"),
		.encryption_method = num(CIM_WIFI_CCMP),
		.instance_id = STR(PROFILE),
		.priority = num(1),
		.ssid = STR("a&b"),
	};
	const struct cim_ieee8021x_settings ieee8021x = {
		.authentication_protocol = num(2),
		.element_name = STR("home"),
		.password = STR("P@ssw0rd"),
		.username = STR("user"),
	};
	struct wsman_selector endpoint = {.name = STR("Name"),
					  .value = STR("WiFi Endpoint 0")};
	const struct amt_wifi_port_configuration_service_add_wifi_settings_in
		in =
			{
				.wifi_endpoint =
					epr(CIM "CIM_WiFiEndpoint", &endpoint, 1),
				.wifi_endpoint_settings_input =
					{&cim_wifi_endpoint_settings_class, &profile},
				.ieee8021x_settings_input =
					{&cim_ieee8021x_settings_class, &ieee8021x},
			},
		*read;
	const struct cim_wifi_endpoint_settings *read_profile;
	const struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &amt_wifi_port_configuration_service_class,
		.method = &amt_wifi_port_configuration_service_add_wifi_settings_method,
		.object = &in};
	struct wsman_request rq;

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_text(buf_str(&out), add_wifi);
	assert_null(wsman_decode_request(buf_str(&out), &arena, &rq));
	assert_ptr_equal(rq.method, call.method);
	read = rq.object;
	read_profile = wsman_item_as(&read->wifi_endpoint_settings_input,
				     &cim_wifi_endpoint_settings_class);
	assert_non_null(read_profile);
	assert_text(read_profile->ssid, "a&b");
	assert_null(wsman_item_as(&read->ieee8021x_settings_input,
				  &ips_ieee8021x_settings_class));
	assert_null(read->client_credential.address.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_sample_is_read_and_written_again),
		T(an_alarm_is_sent_in_the_order_of_clients),
		T(a_wifi_profile_is_sent_in_the_order_of_clients_and_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
