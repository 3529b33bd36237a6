/* SPDX-License-Identifier: Apache-2.0
 * Instances as REST shows them.
 */
#include <amt/wsman/message_test.h>

#include <amt/wsman/classes/wifi.h>

static void assert_json(json_t *j, const char *want)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);

	assert_string_equal(text, want);
	free(text);
	json_decref(j);
}

static json_t *print(const struct wsman_class *c, const void *object)
{
	return wsman_json_object(c->fields, c->n_fields, object);
}

static void general_settings(void **state)
{
	const struct wsman_call call = {.op = WSMAN_GET,
					.cls = &amt_general_settings_class};
	struct wsman_reply r;

	(void)state;
	assert_null(wsman_decode_reply(
		STR(REPLY(AMT "AMT_GeneralSettings", "", "0", TRANSFER "/GetResponse",
			  "0000000006A4", AMT "AMT_GeneralSettings",
			  "<g:AMT_GeneralSettings><g:AMTNetworkEnabled>1</"
			  "g:AMTNetworkEnabled>"
			  "<g:DigestRealm>Digest:A4070000000000000000000000000000</"
			  "g:DigestRealm>"
			  "<g:DomainName></g:DomainName><g:HostName>007</g:HostName>"
			  "<g:PingResponseEnabled>true</g:PingResponseEnabled>"
			  "<g:SharedFQDN>0</g:SharedFQDN><g:Unheard>1</g:Unheard>"
			  "</g:AMT_GeneralSettings>")),
		&call, &arena, &r));
	assert_json(
		print(call.cls, r.object),
		"{\"AMTNetworkEnabled\":1,"
		"\"DigestRealm\":\"Digest:A4070000000000000000000000000000\","
		"\"DomainName\":\"\",\"HostName\":\"007\",\"PingResponseEnabled\":true,"
		"\"SharedFQDN\":false}");
	assert_json(wsman_json_header(&r),
		    "{\"To\":\"http://schemas.xmlsoap.org/ws/2004/08/addressing/role/"
		    "anonymous\","
		    "\"RelatesTo\":\"0\","
		    "\"Action\":\"http://schemas.xmlsoap.org/ws/2004/09/transfer/"
		    "GetResponse\","
		    "\"MessageID\":\"uuid:00000000-8086-8086-8086-0000000006A4\","
		    "\"ResourceURI\":\"http://intel.com/wbem/wscim/1/amt-schema/1/"
		    "AMT_GeneralSettings\"}");
}

static void references_without_attributes(void **state)
{
	const struct wsman_call call = {.op = WSMAN_PULL,
					.cls = &cim_service_available_to_element_class};
	struct wsman_reply r;

	(void)state;
	assert_null(wsman_decode_reply(
		STR(REPLY(ENUMERATION, POWER_DECLARATIONS, "1", "", "", "",
			  "<g:PullResponse><g:Items>" POWER_ITEM(
				  "h") "</g:Items></g:PullResponse>")),
		&call, &arena, &r));
	assert_json(print(r.items[0].cls, r.items[0].object),
		    "{\"AvailableRequestedPowerStates\":[10,8],\"PowerState\":2,"
		    "\"ServiceProvided\":{\"Address\":"
		    "\"http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous\","
		    "\"ReferenceParameters\":{\"ResourceURI\":"
		    "\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
		    "CIM_PowerManagementService\","
		    "\"SelectorSet\":{\"Selector\":[\"CIM_PowerManagementService\","
		    "\"Intel(r) AMT Power Management Service\"]}}},"
		    "\"UserOfService\":{\"Address\":"
		    "\"http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous\","
		    "\"ReferenceParameters\":{\"ResourceURI\":"
		    "\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
		    "CIM_ComputerSystem\","
		    "\"SelectorSet\":{\"Selector\":\"ManagedSystem\"}}}}");
}

static void repeated_elements_are_an_array_only_when_several(void **state)
{
	int64_t one[] = {0}, two[] = {2, 0};
	struct cim_boot_service s = {.operational_status = {1, one}};

	(void)state;
	assert_json(print(&cim_boot_service_class, &s), "{\"OperationalStatus\":0}");
	s.operational_status = (struct wsman_nums){2, two};
	assert_json(print(&cim_boot_service_class, &s), "{\"OperationalStatus\":[2,0]}");
	s.operational_status = (struct wsman_nums){0, NULL};
	assert_json(print(&cim_boot_service_class, &s), "{}");
}

static void numbers_datetimes_and_texts(void **state)
{
	struct str languages[] = {STR("en"), STR("")};
	const struct cim_software_identity s = {
		.instance_id = STR("Sku"),
		.version_string = STR("16392"),
		.large_build_number = num(INT64_MAX),
		.major_version = num(65535),
		.is_entity = num(1),
		.languages = {2, languages},
		.release_date = STR("2026-01-15T06:00:00Z"),
		.serial_number = STR("a\"\\\xc3\xbc"),
		.manufacturer = STR("\xff"),
	};

	(void)state;
	assert_json(
		print(&cim_software_identity_class, &s),
		"{\"InstanceID\":\"Sku\",\"IsEntity\":true,\"Languages\":[\"en\",\"\"],"
		"\"LargeBuildNumber\":9223372036854775807,\"MajorVersion\":65535,"
		"\"Manufacturer\":\"\","
		"\"ReleaseDate\":{\"Datetime\":\"2026-01-15T06:00:00Z\"},"
		"\"SerialNumber\":\"a\\\"\\\\\xc3\xbc\",\"VersionString\":\"16392\"}");
}

static void number_beyond_signed_64_bits(void **state)
{
	const struct cim_software_identity s = {.large_build_number = num(-1)};
	json_t *j = print(&cim_software_identity_class, &s);

	(void)state;
	assert_true(json_real_value(json_object_get(j, "LargeBuildNumber")) > 1.8e19);
	json_decref(j);
}

static void nested_reference_and_address_alone(void **state)
{
	struct wsman_selector inner = {.name = STR("InstanceID"), .value = STR("x")};
	struct wsman_epr e = epr("urn:inner", &inner, 1);
	struct wsman_selector selectors[] = {{.name = STR("Ref"), .epr = &e},
					     {.name = STR("Name"), .value = STR("y")}};
	const struct cim_service_available_to_element s = {
		.service_provided = epr("urn:outer", selectors, 2),
		.user_of_service = {.address = STR("default")},
	};

	(void)state;
	assert_json(
		print(&cim_service_available_to_element_class, &s),
		"{\"ServiceProvided\":{\"Address\":\"" ADDRESSING "/role/anonymous\","
		"\"ReferenceParameters\":{\"ResourceURI\":\"urn:outer\",\"SelectorSet\":"
		"{\"Selector\":[{\"EndpointReference\":{\"Address\":\"" ADDRESSING
		"/role/"
		"anonymous\",\"ReferenceParameters\":{\"ResourceURI\":\"urn:inner\","
		"\"SelectorSet\":{\"Selector\":\"x\"}}}},\"y\"]}}},"
		"\"UserOfService\":{\"Address\":\"default\"}}");
}

static void method_output(void **state)
{
	int64_t components[] = {1, 4294967295};
	const struct
		amt_setup_and_configuration_service_get_unprovision_blocking_components_out
			o = {.component = {2, components}, .return_value = num(2076)};
	const struct wsman_method *m =
		&amt_setup_and_configuration_service_get_unprovision_blocking_components_method;

	(void)state;
	assert_json(wsman_json_object(m->out, m->n_out, &o),
		    "{\"Component\":[1,4294967295],\"ReturnValue\":2076}");
}

static void secrets_are_empty(void **state)
{
	struct str keys[] = {STR("0102"), STR("0304")};
	const struct amt_boot_setting_data boot = {.rse_password = STR("P@ssw0rd"),
						   .instance_id = STR("0")};
	const struct cim_wifi_endpoint_settings wifi = {
		.psk_pass_phrase = STR("P@ssw0rd"), .keys = {2, keys}};

	(void)state;
	assert_json(print(&amt_boot_setting_data_class, &boot),
		    "{\"InstanceID\":\"0\",\"RSEPassword\":\"\"}");
	assert_json(print(&cim_wifi_endpoint_settings_class, &wifi),
		    "{\"Keys\":[\"\",\"\"],\"PSKPassPhrase\":\"\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(general_settings),
		T(references_without_attributes),
		T(repeated_elements_are_an_array_only_when_several),
		T(numbers_datetimes_and_texts),
		T(number_beyond_signed_64_bits),
		T(nested_reference_and_address_alone),
		T(method_output),
		T(secrets_are_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
