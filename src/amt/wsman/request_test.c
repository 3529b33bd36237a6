/* SPDX-License-Identifier: Apache-2.0
 * Requests: byte by byte as upstream's libraries write them, and what of others'
 * spellings and mistakes is read or refused.
 */
#include <amt/wsman/message_test.h>

static void request_get(void **state)
{
	const struct wsman_call call = {.op = WSMAN_GET,
					.cls = &amt_general_settings_class};

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_string_equal(
		out.p, REQUEST(TRANSFER "/Get", AMT "AMT_GeneralSettings", "0", "", ""));
}

static void request_get_with_escaped_selector(void **state)
{
	struct wsman_selector s = {.name = STR("InstanceID"), .value = STR("a & <b>")};
	struct wsman_epr selectors = {.n = 1, .selectors = &s};
	const struct wsman_call call = {.op = WSMAN_GET,
					.cls = &cim_boot_source_setting_class,
					.selectors = &selectors};

	(void)state;
	wsman_encode_request(&out, &call, 12);
	assert_string_equal(
		out.p, REQUEST(TRANSFER "/Get", CIM "CIM_BootSourceSetting", "12",
			       "<w:SelectorSet><w:Selector Name=\"InstanceID\">a &amp; "
			       "&lt;b&gt;</w:Selector></w:SelectorSet>",
			       ""));
}

static void request_enumerate_pull_and_release(void **state)
{
	struct wsman_call call = {.op = WSMAN_ENUMERATE,
				  .cls = &cim_software_identity_class};

	(void)state;
	wsman_encode_request(&out, &call, 1);
	assert_string_equal(out.p,
			    REQUEST(ENUMERATION "/Enumerate", CIM "CIM_SoftwareIdentity",
				    "1", "", "<Enumerate xmlns=\"" ENUMERATION "\" />"));
	call.op = WSMAN_PULL;
	call.context = STR("14000000-0000-0000-0000-000000000000");
	buf_clear(&out);
	wsman_encode_request(&out, &call, 2);
	assert_string_equal(
		out.p, REQUEST(ENUMERATION "/Pull", CIM "CIM_SoftwareIdentity", "2", "",
			       "<Pull xmlns=\"" ENUMERATION "\"><EnumerationContext>"
			       "14000000-0000-0000-0000-000000000000"
			       "</EnumerationContext><MaxElements>999</MaxElements>"
			       "<MaxCharacters>99999</MaxCharacters></Pull>"));
	call.op = WSMAN_RELEASE;
	buf_clear(&out);
	wsman_encode_request(&out, &call, 3);
	assert_string_equal(
		out.p,
		REQUEST(ENUMERATION "/Release", CIM "CIM_SoftwareIdentity", "3", "",
			"<Release xmlns=\"" ENUMERATION "\"><EnumerationContext>"
			"14000000-0000-0000-0000-000000000000</EnumerationContext>"
			"</Release>"));
}

static void request_delete(void **state)
{
	struct wsman_selector s = {.name = STR("Name"), .value = STR("Value")};
	struct wsman_epr selectors = {.n = 1, .selectors = &s};
	const struct wsman_call call = {.op = WSMAN_DELETE,
					.cls = &cim_boot_source_setting_class,
					.selectors = &selectors};

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_string_equal(out.p,
			    REQUEST(TRANSFER "/Delete", CIM "CIM_BootSourceSetting", "0",
				    "<w:SelectorSet><w:Selector Name=\"Name\">Value"
				    "</w:Selector></w:SelectorSet>",
				    ""));
}

static void request_power_state_change(void **state)
{
	struct wsman_selector s[] = {
		{.name = STR("CreationClassName"), .value = STR("CIM_ComputerSystem")},
		{.name = STR("Name"), .value = STR("ManagedSystem")},
	};
	const struct cim_power_management_service_request_power_state_change_in in = {
		.power_state = num(8),
		.managed_element = epr(cim_computer_system_class.uri, s, 2),
	};
	const struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &cim_power_management_service_class,
		.method = &cim_power_management_service_request_power_state_change_method,
		.object = &in,
	};

	(void)state;
	wsman_encode_request(&out, &call, 4);
	assert_string_equal(
		out.p,
		REQUEST(CIM "CIM_PowerManagementService/RequestPowerStateChange",
			CIM "CIM_PowerManagementService", "4", "",
			"<h:RequestPowerStateChange_INPUT xmlns:h=\"" CIM
			"CIM_PowerManagementService\"><h:PowerState>8</h:PowerState>"
			"<h:ManagedElement>" BODY_EPR(CIM "CIM_ComputerSystem",
						      "<Selector "
						      "Name=\"CreationClassName\">CIM_"
						      "ComputerSystem</Selector>"
						      "<Selector "
						      "Name=\"Name\">ManagedSystem</"
						      "Selector>") "</h:ManagedElement></"
								   "h:"
								   "RequestPowerStateChan"
								   "ge_INPUT>"));
}

static void request_set_boot_config_role(void **state)
{
	struct wsman_selector s = {.name = STR("InstanceID"),
				   .value = STR("Intel(r) AMT: Boot Configuration 0")};
	const struct cim_boot_service_set_boot_config_role_in in = {
		.boot_config_setting = epr(cim_boot_config_setting_class.uri, &s, 1),
		.role = num(1),
	};
	const struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &cim_boot_service_class,
		.method = &cim_boot_service_set_boot_config_role_method,
		.object = &in};

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_string_equal(
		out.p,
		REQUEST(CIM "CIM_BootService/SetBootConfigRole", CIM "CIM_BootService",
			"0", "",
			"<h:SetBootConfigRole_INPUT xmlns:h=\"" CIM
			"CIM_BootService\"><h:BootConfigSetting>" BODY_EPR(
				CIM "CIM_BootConfigSetting",
				"<Selector Name=\"InstanceID\">Intel(r) AMT: Boot "
				"Configuration 0"
				"</Selector>") "</h:BootConfigSetting><h:Role>1</"
					       "h:Role></h:SetBootConfigRole_INPUT>"));
}

static void request_without_parameters(void **state)
{
	const struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &cim_boot_config_setting_class,
		.method = &cim_boot_config_setting_change_boot_order_method};

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_string_equal(
		out.p, REQUEST(CIM "CIM_BootConfigSetting/ChangeBootOrder",
			       CIM "CIM_BootConfigSetting", "0", "",
			       "<h:ChangeBootOrder_INPUT xmlns:h=\"" CIM
			       "CIM_BootConfigSetting\"></h:ChangeBootOrder_INPUT>"));
}

static void request_put_sends_what_is_present(void **state)
{
	int64_t status[] = {2, 0};
	const struct amt_boot_setting_data data = {
		.bios_last_status = {2, status},
		.bios_pause = num(0),
		.use_sol = num(1),
		.firmware_verbosity = num(255),
		.rse_password = STR(""),
		.owning_entity = STR("\"<&>\""),
	};
	const struct wsman_call call = {
		.op = WSMAN_PUT, .cls = &amt_boot_setting_data_class, .object = &data};

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_string_equal(
		out.p,
		REQUEST(TRANSFER "/Put", AMT "AMT_BootSettingData", "0", "",
			"<h:AMT_BootSettingData xmlns:h=\"" AMT "AMT_BootSettingData\">"
			"<h:BIOSLastStatus>2</h:BIOSLastStatus>"
			"<h:BIOSLastStatus>0</h:BIOSLastStatus>"
			"<h:BIOSPause>false</h:BIOSPause>"
			"<h:FirmwareVerbosity>255</h:FirmwareVerbosity>"
			"<h:OwningEntity>&quot;&lt;&amp;&gt;&quot;</h:OwningEntity>"
			"<h:RSEPassword></h:RSEPassword><h:UseSOL>true</h:UseSOL>"
			"</h:AMT_BootSettingData>"));
}

static void request_datetime_and_interval(void **state)
{
	const struct cim_power_management_service_request_power_state_change_in in = {
		.time = STR("2026-01-15T06:00:00Z"), .timeout_period = STR("P0DT0H1M")};
	const struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &cim_power_management_service_class,
		.method = &cim_power_management_service_request_power_state_change_method,
		.object = &in,
	};

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_non_null(strstr(out.p,
			       "<h:Time><p:Datetime "
			       "xmlns:p=\"http://schemas.dmtf.org/wbem/wscim/1/common\">"
			       "2026-01-15T06:00:00Z</p:Datetime></h:Time>"));
	assert_non_null(strstr(out.p,
			       "<h:TimeoutPeriod><p:Interval "
			       "xmlns:p=\"http://schemas.dmtf.org/wbem/wscim/1/"
			       "common\">P0DT0H1M</p:Interval></h:TimeoutPeriod>"));
}

/* --- others' spellings --- */

/* clang-format off */
#define PARTS_DEFAULT(ns) \
	"<Address" ns ">" ADDRESSING "/role/anonymous</Address><ReferenceParameters" ns ">" \
	"<ResourceURI xmlns=\"" WSMAN "\">" AMT "AMT_ManagementPresenceRemoteSAP</ResourceURI>" \
	"<SelectorSet xmlns=\"" WSMAN "\"><Selector Name=\"Name\">SAP 0</Selector></SelectorSet>" \
	"</ReferenceParameters>"
#define EPR_DEFAULT \
	"<EndpointReference xmlns=\"" ADDRESSING "\">" PARTS_DEFAULT("") "</EndpointReference>"
#define EPR_PREFIXED \
	"<a:EndpointReference><a:Address>" ADDRESSING "/role/anonymous</a:Address>" \
	"<a:ReferenceParameters><w:ResourceURI>" AMT "AMT_ManagementPresenceRemoteSAP" \
	"</w:ResourceURI><w:SelectorSet><w:Selector Name=\"Name\">SAP 0</w:Selector>" \
	"</w:SelectorSet></a:ReferenceParameters></a:EndpointReference>"
/* clang-format on */

static void epr_selectors_in_three_spellings(void **state)
{
	static const struct {
		const char *name, *xml;
	} cases[] = {
		{"wsman: prefix, default children",
		 REQUEST(TRANSFER "/Put", CIM "CIM_BootService", "1",
			 "<wsman:SelectorSet xmlns:wsman=\"" WSMAN
			 "\"><wsman:Selector Name=\"ManagedElement\">" EPR_DEFAULT
			 "</wsman:Selector></wsman:SelectorSet>",
			 "")},
		{"w: prefix, default children",
		 REQUEST(TRANSFER "/Put", CIM "CIM_BootService", "1",
			 "<w:SelectorSet><w:Selector Name=\"ManagedElement\">" EPR_DEFAULT
			 "</w:Selector></w:SelectorSet>",
			 "")},
		{"a: and w: prefixes",
		 REQUEST(TRANSFER "/Put", CIM "CIM_BootService", "1",
			 "<w:SelectorSet><w:Selector "
			 "Name=\"ManagedElement\">" EPR_PREFIXED
			 "</w:Selector></w:SelectorSet>",
			 "")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wsman_request rq;
		const struct wsman_epr *e;

		assert_null(wsman_decode_request(str_of(cases[i].xml), &arena, &rq));
		assert_int_equal(rq.selectors.n, 1);
		assert_text(rq.selectors.selectors[0].name, "ManagedElement");
		assert_null(rq.selectors.selectors[0].value.p);
		e = rq.selectors.selectors[0].epr;
		assert_non_null(e);
		assert_text(e->address, ADDRESSING "/role/anonymous");
		assert_text(e->resource_uri, AMT "AMT_ManagementPresenceRemoteSAP");
		assert_int_equal(e->n, 1);
		assert_text(e->selectors[0].name, "Name");
		assert_text(e->selectors[0].value, "SAP 0");
	}
}

static void epr_selector_is_sent_with_prefixes(void **state)
{
	struct wsman_selector inner = {.name = STR("Name"), .value = STR("SAP 0")};
	struct wsman_epr e = epr(AMT "AMT_ManagementPresenceRemoteSAP", &inner, 1);
	struct wsman_selector s = {.name = STR("ManagedElement"), .epr = &e};
	struct wsman_epr selectors = {.n = 1, .selectors = &s};
	const struct wsman_call call = {
		.op = WSMAN_GET, .cls = &cim_boot_service_class, .selectors = &selectors};

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_non_null(strstr(
		out.p, "<w:SelectorSet><w:Selector Name=\"ManagedElement\">" EPR_PREFIXED
		       "</w:Selector></w:SelectorSet></Header>"));
}

static void input_may_be_empty_or_absent(void **state)
{
	static const char *const bodies[] = {
		"<h:CommitChanges_INPUT xmlns:h=\"" AMT
		"AMT_SetupAndConfigurationService\">"
		"</h:CommitChanges_INPUT>",
		"<h:CommitChanges_INPUT xmlns:h=\"" AMT
		"AMT_SetupAndConfigurationService\"/>",
		"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct wsman_request rq;

		buf_clear(&out);
		buf_adds(&out,
			 "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'"
			 " xmlns:q='" ADDRESSING "' xmlns:r='" WSMAN
			 "'><s:Header><q:Action>" AMT
			 "AMT_SetupAndConfigurationService/CommitChanges</q:Action>"
			 "<r:ResourceURI>\n" AMT "AMT_SetupAndConfigurationService"
			 "</r:ResourceURI><q:MessageID> 17 "
			 "</q:MessageID></s:Header><s:Body>");
		buf_adds(&out, bodies[i]);
		buf_adds(&out, "</s:Body></s:Envelope>");
		assert_null(wsman_decode_request(buf_str(&out), &arena, &rq));
		assert_int_equal(rq.op, WSMAN_INVOKE);
		assert_ptr_equal(
			rq.method,
			&amt_setup_and_configuration_service_commit_changes_method);
		assert_text(rq.message_id, "17");
		assert_non_null(rq.object);
	}
}

static void request_of_unknown_class_or_method_is_decoded(void **state)
{
	struct wsman_request rq;

	(void)state;
	assert_null(wsman_decode_request(
		STR(REQUEST(TRANSFER "/Get", AMT "AMT_Nothing", "3", "", "")), &arena,
		&rq));
	assert_int_equal(rq.op, WSMAN_GET);
	assert_null(rq.cls);
	assert_text(rq.message_id, "3");
	assert_null(wsman_decode_request(STR(REQUEST(CIM "CIM_BootService/Fly",
						     CIM "CIM_BootService", "4", "", "")),
					 &arena, &rq));
	assert_int_equal(rq.op, WSMAN_INVOKE);
	assert_ptr_equal(rq.cls, &cim_boot_service_class);
	assert_null(rq.method);
	assert_text(rq.method_name, "Fly");
	assert_null(wsman_decode_request(
		STR(REQUEST("urn:what", CIM "CIM_BootService", "4", "", "")), &arena,
		&rq));
	assert_int_equal(rq.op, WSMAN_OP_UNKNOWN);
}

static void request_pull_gives_context_and_limit(void **state)
{
	struct wsman_call call = {.op = WSMAN_PULL,
				  .cls = &cim_boot_service_class,
				  .context = STR("14000000-0000")};
	struct wsman_request rq;

	(void)state;
	wsman_encode_request(&out, &call, 0);
	assert_null(wsman_decode_request(buf_str(&out), &arena, &rq));
	assert_int_equal(rq.op, WSMAN_PULL);
	assert_text(rq.context, "14000000-0000");
	assert_int_equal(rq.max_elements, 999);
}

#define PUT_GENERAL(body)                                                             \
	REQUEST(TRANSFER "/Put", AMT "AMT_GeneralSettings", "1", "",                  \
		"<h:AMT_GeneralSettings xmlns:h=\"" AMT "AMT_GeneralSettings\">" body \
		"</h:AMT_GeneralSettings>")

static void values_as_others_write_them(void **state)
{
	struct wsman_request rq;
	const struct amt_general_settings *g;

	(void)state;
	/* out of order, self-closed, nil, unknown, 1 and 0 as booleans, blanks around
	 * numbers */
	assert_null(wsman_decode_request(
		STR(PUT_GENERAL(
			"<h:WsmanOnlyMode>0</h:WsmanOnlyMode><h:HostName/>"
			"<h:SharedFQDN> 1 </h:SharedFQDN><h:Nonsense>1</h:Nonsense>"
			"<h:DomainName>undefined</h:DomainName>"
			"<h:OemID xsi:nil=\"true\"/><h:DDNSTTL>\n900\n</h:DDNSTTL>"
			"<h:PingResponseEnabled>true</h:PingResponseEnabled>"
			"<h:HostOSFQDN> kept </h:HostOSFQDN>")),
		&arena, &rq));
	assert_null(rq.misfit);
	g = rq.object;
	assert_true(g->wsman_only_mode.set);
	assert_int_equal(g->wsman_only_mode.v, 0);
	assert_int_equal(g->shared_fqdn.v, 1);
	assert_int_equal(g->ping_response_enabled.v, 1);
	assert_text(g->host_name, "");
	assert_text(g->domain_name, "undefined");
	assert_text(g->host_os_fqdn, " kept ");
	assert_int_equal(g->ddns_ttl.v, 900);
	assert_false(g->oem_id.set);
	assert_null(g->element_name.p);
}

static void values_that_do_not_fit_are_absent_and_named(void **state)
{
	static const struct {
		const char *xml, *name;
	} cases[] = {
		{PUT_GENERAL("<h:OemID>65536</h:OemID>"), "OemID"},
		{PUT_GENERAL("<h:OemID>-1</h:OemID>"), "OemID"},
		{PUT_GENERAL("<h:OemID>0x10</h:OemID>"), "OemID"},
		{PUT_GENERAL("<h:OemID></h:OemID>"), "OemID"},
		{PUT_GENERAL("<h:OemID>undefined</h:OemID>"), "OemID"},
		{PUT_GENERAL("<h:DDNSTTL>4294967296</h:DDNSTTL>"), "DDNSTTL"},
		{PUT_GENERAL("<h:DDNSTTL>99999999999999999999999</h:DDNSTTL>"),
		 "DDNSTTL"},
		{PUT_GENERAL("<h:SharedFQDN>yes</h:SharedFQDN>"), "SharedFQDN"},
		{PUT_GENERAL("<h:SharedFQDN>2</h:SharedFQDN><h:OemID>x</h:OemID>"),
		 "SharedFQDN"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct amt_general_settings *g;
		struct wsman_request rq;

		assert_null(wsman_decode_request(str_of(cases[i].xml), &arena, &rq));
		assert_string_equal(rq.misfit, cases[i].name);
		g = rq.object;
		assert_false(g->oem_id.set || g->ddns_ttl.set || g->shared_fqdn.set);
	}
}

static void broken_requests_are_refused(void **state)
{
	static const struct {
		const char *name, *xml;
	} cases[] = {
		{"empty", ""},
		{"not XML", "GET / HTTP/1.1"},
		{"SOAP 1.1",
		 "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>"
		 "<e:Header/><e:Body/></e:Envelope>"},
		{"no namespace", "<Envelope><Header/><Body/></Envelope>"},
		{"no header",
		 "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Body/>"
		 "</Envelope>"},
		{"no body",
		 "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header/>"
		 "</Envelope>"},
		{"no action", REQUEST("", CIM "CIM_BootService", "1", "", "")},
		{"no class", REQUEST(TRANSFER "/Get", "", "1", "", "")},
		{"action of another namespace",
		 "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header>"
		 "<Action>" TRANSFER
		 "/Get</Action><ResourceURI>x</ResourceURI></Header><Body/>"
		 "</Envelope>"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wsman_request rq;

		assert_kind(wsman_decode_request(str_of(cases[i].xml), &arena, &rq),
			    ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(request_get),
		T(request_get_with_escaped_selector),
		T(request_enumerate_pull_and_release),
		T(request_delete),
		T(request_power_state_change),
		T(request_set_boot_config_role),
		T(request_without_parameters),
		T(request_put_sends_what_is_present),
		T(request_datetime_and_interval),
		T(epr_selectors_in_three_spellings),
		T(epr_selector_is_sent_with_prefixes),
		T(input_may_be_empty_or_absent),
		T(request_of_unknown_class_or_method_is_decoded),
		T(request_pull_gives_context_and_limit),
		T(values_as_others_write_them),
		T(values_that_do_not_fit_are_absent_and_named),
		T(broken_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
