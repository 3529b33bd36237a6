/* SPDX-License-Identifier: Apache-2.0
 * Replies and faults: byte by byte as firmware writes them, and what is read or refused.
 */
#include <amt/wsman/message_test.h>

static const struct wsman_request *request_of(enum wsman_op op,
					      const struct wsman_class *c,
					      const char *message_id)
{
	static struct wsman_request rq;

	rq = (struct wsman_request){.op = op,
				    .cls = c,
				    .resource_uri = str_of(c->uri),
				    .message_id = str_of(message_id)};
	return &rq;
}

static void reply_get(void **state)
{
	const struct amt_general_settings g = {
		.amt_network_enabled = num(1),
		.ddns_ttl = num(900),
		.digest_realm = STR("Digest:0123456789ABCDEF0123456789ABCDEF"),
		.domain_name = STR(""),
		.host_name = STR("device01"),
		.idle_wake_timeout = num(1),
		.instance_id = STR("Intel(r) AMT: General Settings"),
		.ping_response_enabled = num(1),
		.wsman_only_mode = num(0),
	};

	(void)state;
	wsman_encode_object(&out, request_of(WSMAN_GET, &amt_general_settings_class, "0"),
			    0x6A4, &g);
	assert_string_equal(
		out.p,
		REPLY(AMT "AMT_GeneralSettings", "", "0", TRANSFER "/GetResponse",
		      "0000000006A4", AMT "AMT_GeneralSettings",
		      "<g:AMT_GeneralSettings><g:AMTNetworkEnabled>1</"
		      "g:AMTNetworkEnabled>"
		      "<g:DDNSTTL>900</g:DDNSTTL>"
		      "<g:DigestRealm>Digest:0123456789ABCDEF0123456789ABCDEF</"
		      "g:DigestRealm>"
		      "<g:DomainName></g:DomainName><g:HostName>device01</g:HostName>"
		      "<g:IdleWakeTimeout>1</g:IdleWakeTimeout>"
		      "<g:InstanceID>Intel(r) AMT: General Settings</g:InstanceID>"
		      "<g:PingResponseEnabled>true</g:PingResponseEnabled>"
		      "<g:WsmanOnlyMode>false</g:WsmanOnlyMode></"
		      "g:AMT_GeneralSettings>"));
}

static void reply_of_a_service_declares_the_datetime_namespace(void **state)
{
	const struct cim_boot_service s = {.name = STR("Intel(r) AMT Boot Service")};

	(void)state;
	wsman_encode_object(&out, request_of(WSMAN_GET, &cim_boot_service_class, "5"),
			    0xFFFFFFFFFFFF, &s);
	assert_string_equal(
		out.p,
		REPLY(CIM "CIM_BootService",
		      " xmlns:h=\"http://schemas.dmtf.org/wbem/wscim/1/common\"", "5",
		      TRANSFER "/GetResponse", "FFFFFFFFFFFF", CIM "CIM_BootService",
		      "<g:CIM_BootService><g:Name>Intel(r) AMT Boot Service</g:Name>"
		      "</g:CIM_BootService>"));
}

static void reply_put_with_and_without_instance(void **state)
{
	const struct cim_boot_config_setting s = {.instance_id = STR("x")};
	const struct wsman_request *rq =
		request_of(WSMAN_PUT, &cim_boot_config_setting_class, "1");
	const struct wsman_call call = {.op = WSMAN_PUT, .cls = rq->cls};
	struct wsman_reply r;

	(void)state;
	wsman_encode_object(&out, rq, 1, &s);
	assert_non_null(strstr(out.p, TRANSFER "/PutResponse"));
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	assert_non_null(r.object);
	buf_clear(&out);
	wsman_encode_object(&out, rq, 1, NULL);
	assert_non_null(strstr(out.p, "<a:Body></a:Body>"));
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	assert_null(r.object);
}

static void reply_of_a_method(void **state)
{
	const struct cim_power_management_service_request_power_state_change_out o = {
		.return_value = num(0)};
	struct wsman_request rq =
		*request_of(WSMAN_INVOKE, &cim_power_management_service_class, "0");

	(void)state;
	rq.method = &cim_power_management_service_request_power_state_change_method;
	wsman_encode_object(&out, &rq, 0x3B8, &o);
	assert_string_equal(
		out.p,
		REPLY(CIM "CIM_PowerManagementService", "", "0",
		      CIM "CIM_PowerManagementService/RequestPowerStateChangeResponse",
		      "0000000003B8", CIM "CIM_PowerManagementService",
		      "<g:RequestPowerStateChange_OUTPUT><g:ReturnValue>0</g:ReturnValue>"
		      "</g:RequestPowerStateChange_OUTPUT>"));
}

static void reply_enumerate(void **state)
{
	(void)state;
	wsman_encode_enumerate(
		&out, request_of(WSMAN_ENUMERATE, &cim_software_identity_class, "0"),
		0xE9B, "E2020000-0000-0000-0000-000000000000");
	assert_string_equal(out.p,
			    REPLY(ENUMERATION, "", "0", ENUMERATION "/EnumerateResponse",
				  "000000000E9B", CIM "CIM_SoftwareIdentity",
				  "<g:EnumerateResponse><g:EnumerationContext>"
				  "E2020000-0000-0000-0000-000000000000"
				  "</g:EnumerationContext></g:EnumerateResponse>"));
}

static void reply_pull_of_a_base_class_holds_the_derived_class(void **state)
{
	static int64_t states[] = {10, 8};
	struct wsman_selector service[] = {
		{.name = STR("CreationClassName"),
		 .value = STR("CIM_PowerManagementService")},
		{.name = STR("Name"),
		 .value = STR("Intel(r) AMT Power Management Service")},
	};
	struct wsman_selector user = {.name = STR("Name"), .value = STR("ManagedSystem")};
	const struct cim_associated_power_management_service s = {
		.available_requested_power_states = {2, states},
		.power_state = num(2),
		.service_provided =
			epr(cim_power_management_service_class.uri, service, 2),
		.user_of_service = epr(cim_computer_system_class.uri, &user, 1),
	};
	const struct wsman_item item = {&cim_associated_power_management_service_class,
					&s};
	const struct wsman_call call = {.op = WSMAN_PULL,
					.cls = &cim_service_available_to_element_class};
	const struct cim_associated_power_management_service *back;
	struct wsman_reply r;

	(void)state;
	wsman_encode_pull(&out, request_of(WSMAN_PULL, call.cls, "1"), 0xE93, &item, 1,
			  NULL);
	assert_string_equal(out.p,
			    REPLY(ENUMERATION, POWER_DECLARATIONS, "1",
				  ENUMERATION "/PullResponse", "000000000E93",
				  CIM "CIM_ServiceAvailableToElement",
				  "<g:PullResponse><g:Items>" POWER_ITEM(
					  "h") "</g:Items>"
					       "<g:EndOfSequence></g:EndOfSequence></"
					       "g:PullResponse>"));
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	assert_int_equal(r.n_items, 1);
	assert_true(r.end_of_sequence);
	assert_null(wsman_item_as(&r.items[0], call.cls));
	back = wsman_item_as(&r.items[0], &cim_associated_power_management_service_class);
	assert_int_equal(back->power_state.v, 2);
	assert_int_equal(back->available_requested_power_states.n, 2);
	assert_int_equal(back->available_requested_power_states.v[1], 8);
	assert_text(back->service_provided.selectors[1].value,
		    "Intel(r) AMT Power Management Service");
	assert_false(back->requested_power_state.set);
	assert_null(back->other_power_state.p);
}

static void reply_pull_empty_and_continued(void **state)
{
	const struct wsman_call call = {.op = WSMAN_PULL,
					.cls = &cim_software_identity_class};
	const struct cim_software_identity s = {.instance_id = STR("AMT"),
						.version_string = STR("16.1.25")};
	const struct wsman_item item = {&cim_software_identity_class, &s};
	struct wsman_reply r;

	(void)state;
	wsman_encode_pull(&out, request_of(WSMAN_PULL, call.cls, "1"), 1, NULL, 0, NULL);
	assert_string_equal(out.p,
			    REPLY(ENUMERATION, "", "1", ENUMERATION "/PullResponse",
				  "000000000001", CIM "CIM_SoftwareIdentity",
				  "<g:PullResponse><g:Items></g:Items><g:EndOfSequence>"
				  "</g:EndOfSequence></g:PullResponse>"));
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	assert_int_equal(r.n_items, 0);
	assert_true(r.end_of_sequence);

	buf_clear(&out);
	wsman_encode_pull(&out, request_of(WSMAN_PULL, call.cls, "2"), 2, &item, 1,
			  "15000000-0");
	assert_non_null(strstr(out.p,
			       "<g:PullResponse><g:EnumerationContext>15000000-0"
			       "</g:EnumerationContext><g:Items><h:CIM_SoftwareIdentity>"
			       "<h:InstanceID>AMT</h:InstanceID><h:VersionString>16.1.25"
			       "</h:VersionString></h:CIM_SoftwareIdentity></g:Items>"
			       "</g:PullResponse>"));
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	assert_int_equal(r.n_items, 1);
	assert_false(r.end_of_sequence);
	assert_text(r.context, "15000000-0");
}

static void reply_created_and_deleted(void **state)
{
	struct wsman_selector s = {.name = STR("InstanceID"), .value = STR("x")};
	struct wsman_epr e = epr(cim_boot_source_setting_class.uri, &s, 1);
	struct wsman_call call = {.op = WSMAN_CREATE,
				  .cls = &cim_boot_source_setting_class};
	struct wsman_reply r;

	(void)state;
	wsman_encode_created(&out, request_of(WSMAN_CREATE, call.cls, "11"), 0x4CE5C, &e);
	assert_string_equal(out.p, REPLY(TRANSFER, "", "11", TRANSFER "/CreateResponse",
					 "00000004CE5C", CIM "CIM_BootSourceSetting",
					 "<g:ResourceCreated>" REPLY_EPR(
						 CIM "CIM_BootSourceSetting",
						 "<c:Selector "
						 "Name=\"InstanceID\">x</"
						 "c:Selector>") "</"
								"g:"
								"ResourceCreated>"));
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	assert_text(r.created.resource_uri, CIM "CIM_BootSourceSetting");
	assert_text(r.created.selectors[0].value, "x");

	buf_clear(&out);
	call.op = WSMAN_DELETE;
	wsman_encode_deleted(&out, request_of(WSMAN_DELETE, call.cls, "1"), 1);
	assert_string_equal(out.p,
			    REPLY(TRANSFER, "", "1", TRANSFER "/DeleteResponse",
				  "000000000001", CIM "CIM_BootSourceSetting", ""));
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	assert_false(r.is_fault);
}

static void reply_epr_to_nothing_has_an_address_only(void **state)
{
	const struct cim_service_available_to_element s = {
		.service_provided = {.address = STR("default")}};
	const struct wsman_call call = {.op = WSMAN_GET,
					.cls = &cim_service_available_to_element_class};
	const struct cim_service_available_to_element *back;
	struct wsman_reply r;

	(void)state;
	wsman_encode_object(&out, request_of(WSMAN_GET, call.cls, "1"), 1, &s);
	assert_non_null(strstr(out.p, "<g:ServiceProvided><b:Address>default</b:Address>"
				      "</g:ServiceProvided></g:CIM_"));
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	back = r.object;
	assert_text(back->service_provided.address, "default");
	assert_text(back->service_provided.resource_uri, "");
	assert_null(back->user_of_service.address.p);
}

/* --- faults --- */

/* clang-format off */
/* The same for faults, with their own prefixes. */
#define FAULT(action, code, subcode, reason, detail) \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>" \
	"<a:Envelope xmlns:g=\"http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd\"" \
	" xmlns:f=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\"" \
	" xmlns:e=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"" \
	" xmlns:d=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\"" \
	" xmlns:c=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\"" \
	" xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"" \
	" xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\"" \
	" xmlns:h=\"http://schemas.xmlsoap.org/ws/2005/02/trust\"" \
	" xmlns:i=\"http://docs.oasis-open.org/wss/2004/01/" \
	"oasis-200401-wss-wssecurity-secext-1.0.xsd\"" \
	" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">" \
	"<a:Header><b:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:To>" \
	"<b:RelatesTo>31</b:RelatesTo><b:Action a:mustUnderstand=\"true\">" action "</b:Action>" \
	"<b:MessageID>uuid:00000000-8086-8086-8086-000000023EEF</b:MessageID></a:Header><a:Body>" \
	"<a:Fault><a:Code><a:Value>" code "</a:Value><a:Subcode><a:Value>" subcode "</a:Value>" \
	"</a:Subcode></a:Code><a:Reason><a:Text xml:lang=\"en-US\">" reason "</a:Text></a:Reason>" \
	"<a:Detail>" detail "</a:Detail></a:Fault></a:Body></a:Envelope>"
/* clang-format on */

#define FAULT_WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"

static void faults_as_firmware_writes_them(void **state)
{
	static const struct {
		enum wsman_fault_kind kind;
		const char *subcode, *xml;
	} cases[] = {
		{WSMAN_DESTINATION_UNREACHABLE, "DestinationUnreachable",
		 FAULT(ADDRESSING "/fault", "a:Sender", "b:DestinationUnreachable",
		       "No route can be determined to reach the destination role defined "
		       "by the "
		       "WSAddressing To.",
		       "")},
		{WSMAN_ALREADY_EXISTS, "AlreadyExists",
		 FAULT(FAULT_WSMAN, "a:Sender", "e:AlreadyExists",
		       "The sender attempted to create a resource which already exists.",
		       "")},
		{WSMAN_INVALID_REPRESENTATION, "InvalidRepresentation",
		 FAULT(FAULT_WSMAN, "a:Sender", "d:InvalidRepresentation",
		       "The XML content is not valid.",
		       "<e:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/"
		       "faultDetail/"
		       "MissingValues</e:FaultDetail>")},
		{WSMAN_QUOTA_LIMIT, "QuotaLimit",
		 FAULT(FAULT_WSMAN, "a:Sender", "e:QuotaLimit",
		       "The service is busy servicing other requests.", "")},
		{WSMAN_ACCESS_DENIED, "AccessDenied",
		 FAULT(FAULT_WSMAN, "a:Sender", "e:AccessDenied",
		       "The sender was not authorized to access the resource.", "")},
		{WSMAN_ACTION_NOT_SUPPORTED, "ActionNotSupported",
		 FAULT(ADDRESSING "/fault", "a:Sender", "b:ActionNotSupported",
		       "The action is not supported by the service.", "")},
		{WSMAN_CONCURRENCY, "Concurrency",
		 FAULT(FAULT_WSMAN, "a:Sender", "e:Concurrency",
		       "The action could not be completed due to concurrency or locking "
		       "problems.",
		       "")},
		{WSMAN_SCHEMA_VALIDATION, "SchemaValidationError",
		 FAULT(FAULT_WSMAN, "a:Sender", "e:SchemaValidationError",
		       "The supplied SOAP violates the corresponding XML schema "
		       "definition.",
		       "")},
		{WSMAN_INVALID_SELECTORS, "InvalidSelectors",
		 FAULT(FAULT_WSMAN, "a:Sender", "e:InvalidSelectors",
		       "The Selectors for the resource are not valid.", "")},
		{WSMAN_INVALID_CONTEXT, "InvalidEnumerationContext",
		 FAULT(ENUMERATION "/fault", "a:Receiver", "c:InvalidEnumerationContext",
		       "The supplied enumeration context is invalid.", "")},
		{WSMAN_TIMED_OUT, "TimedOut",
		 FAULT(FAULT_WSMAN, "a:Receiver", "e:TimedOut",
		       "The operation has timed out.", "")},
		{WSMAN_INTERNAL_ERROR, "InternalError",
		 FAULT(FAULT_WSMAN, "a:Receiver", "e:InternalError",
		       "The service cannot comply with the request due to internal "
		       "processing "
		       "errors.",
		       "")},
	};
	const struct wsman_call call = {.op = WSMAN_GET, .cls = &cim_boot_service_class};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wsman_reply r;

		buf_clear(&out);
		wsman_encode_fault(&out, request_of(WSMAN_GET, call.cls, "31"), 0x23EEF,
				   cases[i].kind);
		assert_string_equal(out.p, cases[i].xml);
		assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
		assert_true(r.is_fault);
		assert_null(r.object);
		assert_text(r.header.relates_to, "31");
		assert_true(wsman_fault_is(&r.fault, cases[i].subcode));
		assert_false(wsman_fault_is(&r.fault, "Other"));
		assert_true(str_starts(r.fault.code, STR("a:")));
		assert_true(r.fault.reason.n > 0);
		assert_int_equal(r.fault.detail.n > 0,
				 cases[i].kind == WSMAN_INVALID_REPRESENTATION);
	}
}

static void fault_without_request(void **state)
{
	const struct wsman_request rq = {.op = WSMAN_OP_UNKNOWN};

	(void)state;
	wsman_encode_fault(&out, &rq, 1, WSMAN_SCHEMA_VALIDATION);
	assert_non_null(strstr(out.p, "<b:RelatesTo></b:RelatesTo>"));
}

/* --- what is read --- */

/* clang-format off */
#define GENERAL_REPLY(body) \
	REPLY(AMT "AMT_GeneralSettings", "", "1", TRANSFER "/GetResponse", "000000000001", \
	      AMT "AMT_GeneralSettings", body)
#define PULL_REPLY(more, body) \
	REPLY(ENUMERATION, more, "1", ENUMERATION "/PullResponse", "000000000001", \
	      CIM "CIM_PhysicalPackage", body)
/* clang-format on */

static void replies_that_answer_nothing_are_refused(void **state)
{
	static const struct wsman_call get = {.op = WSMAN_GET,
					      .cls = &amt_general_settings_class};
	static const struct wsman_call enumerate = {.op = WSMAN_ENUMERATE,
						    .cls = &cim_boot_service_class};
	static const struct wsman_call pull = {.op = WSMAN_PULL,
					       .cls = &cim_boot_service_class};
	static const struct wsman_call create = {.op = WSMAN_CREATE,
						 .cls = &cim_boot_service_class};
	static const struct wsman_call invoke = {
		.op = WSMAN_INVOKE,
		.cls = &cim_boot_service_class,
		.method = &cim_boot_service_request_state_change_method};
	static const struct {
		const char *name;
		const struct wsman_call *call;
		const char *xml;
	} cases[] = {
		{"empty", &get, ""},
		{"HTML", &get, "<html><body>401</body></html>"},
		{"truncated", &get,
		 "<?xml version=\"1.0\"?><a:Envelope xmlns:a=\"http://www.w3.org/"},
		{"no instance", &get, GENERAL_REPLY("")},
		{"another class", &get, GENERAL_REPLY("<g:AMT_BootSettingData/>")},
		{"no context", &enumerate, PULL_REPLY("", "<g:EnumerateResponse/>")},
		{"empty context", &enumerate,
		 PULL_REPLY("", "<g:EnumerateResponse><g:EnumerationContext/></"
				"g:EnumerateResponse>")},
		{"pull for enumerate", &enumerate, PULL_REPLY("", "<g:PullResponse/>")},
		{"enumerate for pull", &pull, PULL_REPLY("", "<g:EnumerateResponse/>")},
		{"pull in another namespace", &pull,
		 PULL_REPLY("", "<PullResponse xmlns='urn:x'/>")},
		{"nothing created", &create, PULL_REPLY("", "")},
		{"another method", &invoke,
		 GENERAL_REPLY("<g:SetBootConfigRole_OUTPUT/>")},
		{"the input", &invoke, GENERAL_REPLY("<g:RequestStateChange_INPUT/>")},
		{"suffix alone", &invoke, GENERAL_REPLY("<g:_OUTPUT/>")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wsman_reply r;

		assert_kind(wsman_decode_reply(str_of(cases[i].xml), cases[i].call,
					       &arena, &r),
			    ERR_DEVICE);
	}
}

static void pull_with_described_and_other_classes(void **state)
{
	const struct wsman_call call = {.op = WSMAN_PULL, .cls = &cim_boot_service_class};
	struct wsman_reply r;

	(void)state;
	assert_null(wsman_decode_reply(
		STR(PULL_REPLY(
			POWER_DECLARATIONS " xmlns:j='urn:x'",
			"<g:PullResponse><g:EnumerationContext>04000000-0000-0000-0000-"
			"000000000000</g:EnumerationContext><g:Items><j:CIM_Unheard>"
			"<j:Tag>1</j:Tag></j:CIM_Unheard>" POWER_ITEM(
				"h") "<j:CIM_Unheard/></g:Items><g:EndOfSequence/></"
				     "g:PullResponse>")),
		&call, &arena, &r));
	assert_int_equal(r.n_items, 3);
	assert_null(r.items[0].cls);
	assert_null(r.items[0].object);
	assert_ptr_equal(r.items[1].cls, &cim_associated_power_management_service_class);
	assert_null(r.items[2].cls);
	/* Firmware was seen to send both. */
	assert_true(r.end_of_sequence);
	assert_text(r.context, "04000000-0000-0000-0000-000000000000");
}

static void return_value_is_given_apart(void **state)
{
	const struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &cim_boot_service_class,
		.method = &cim_boot_service_request_state_change_method};
	const struct cim_boot_service_request_state_change_out *o;
	struct wsman_reply r;

	(void)state;
	assert_null(wsman_decode_reply(
		STR(GENERAL_REPLY(
			"<g:RequestStateChange_OUTPUT><g:ReturnValue>4097</g:ReturnValue>"
			"</g:RequestStateChange_OUTPUT>")),
		&call, &arena, &r));
	assert_true(r.return_value.set);
	assert_int_equal(r.return_value.v, 4097);
	o = r.object;
	assert_int_equal(o->return_value.v, 4097);
	assert_null(wsman_decode_reply(
		STR(GENERAL_REPLY("<g:RequestStateChange_OUTPUT/>")), &call, &arena, &r));
	assert_false(r.return_value.set);
}

static void long_list_of_bad_numbers_is_read_quickly(void **state)
{
	const struct wsman_call call = {.op = WSMAN_GET,
					.cls = &amt_boot_setting_data_class};
	const struct amt_boot_setting_data *d;
	struct wsman_reply r;

	(void)state;
	buf_adds(&out, "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'>"
		       "<Header/><Body><AMT_BootSettingData>");
	for (int i = 0; i < 19000; i++)
		buf_adds(&out, "<BIOSLastStatus>x</BIOSLastStatus>");
	buf_adds(&out, "</AMT_BootSettingData></Body></Envelope>");
	assert_null(wsman_decode_reply(buf_str(&out), &call, &arena, &r));
	d = r.object;
	assert_int_equal(d->bios_last_status.n, 0);
}

static void pt_status_names(void **state)
{
	static const struct {
		int64_t value;
		const char *name;
	} cases[] = {
		{0, "SUCCESS"},
		{1, "INTERNAL_ERROR"},
		{2, "NOT_READY"},
		{16, "NOT_PERMITTED"},
		{36, "INVALID_PARAMETER"},
		{2054, "INVALID_PASSWORD"},
		{2058, "DUPLICATE"},
		{2059, "EVENTLOG_FROZEN"},
		{2501, "INTERFACE_DOES_NOT_EXIST"},
		{4106, "URL_REQUIRED"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(wsman_pt_status(cases[i].value), cases[i].name);
	assert_null(wsman_pt_status(-1));
	assert_null(wsman_pt_status(50));
	assert_null(wsman_pt_status(4107));
	assert_null(wsman_pt_status(1LL << 32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reply_get),
		T(reply_of_a_service_declares_the_datetime_namespace),
		T(reply_put_with_and_without_instance),
		T(reply_of_a_method),
		T(reply_enumerate),
		T(reply_pull_of_a_base_class_holds_the_derived_class),
		T(reply_pull_empty_and_continued),
		T(reply_created_and_deleted),
		T(reply_epr_to_nothing_has_an_address_only),
		T(faults_as_firmware_writes_them),
		T(fault_without_request),
		T(replies_that_answer_nothing_are_refused),
		T(pull_with_described_and_other_classes),
		T(return_value_is_given_apart),
		T(long_list_of_bad_numbers_is_read_quickly),
		T(pt_status_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
