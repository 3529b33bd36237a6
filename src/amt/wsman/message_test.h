/* SPDX-License-Identifier: Apache-2.0
 * Shared by the tests of messages: envelopes around what a test is about.
 */
#ifndef AMT_WSMAN_MESSAGE_TEST_H
#define AMT_WSMAN_MESSAGE_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/wsman/classes/boot.h>
#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/power.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/system.h>

#include <stdlib.h>

#define AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"

/* clang-format off */
/* What every request has, around action, class, message id, selectors and body. */
#define REQUEST(action, uri, id, selectors, body) \
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>" \
	"<Envelope xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"" \
	" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"" \
	" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"" \
	" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"" \
	" xmlns=\"http://www.w3.org/2003/05/soap-envelope\">" \
	"<Header><a:Action>" action "</a:Action><a:To>/wsman</a:To>" \
	"<w:ResourceURI>" uri "</w:ResourceURI><a:MessageID>" id "</a:MessageID>" \
	"<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous" \
	"</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout>" \
	selectors "</Header><Body>" body "</Body></Envelope>"

/* What every reply has; more: declarations after g. */
#define REPLY(g, more, id, action, message, uri, body) \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>" \
	"<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\"" \
	" xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"" \
	" xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"" \
	" xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/02/trust\"" \
	" xmlns:e=\"http://docs.oasis-open.org/wss/2004/01/" \
	"oasis-200401-wss-wssecurity-secext-1.0.xsd\"" \
	" xmlns:f=\"http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd\"" \
	" xmlns:g=\"" g "\"" more " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">" \
	"<a:Header><b:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:To>" \
	"<b:RelatesTo>" id "</b:RelatesTo><b:Action a:mustUnderstand=\"true\">" action "</b:Action>" \
	"<b:MessageID>uuid:00000000-8086-8086-8086-" message "</b:MessageID>" \
	"<c:ResourceURI>" uri "</c:ResourceURI></a:Header><a:Body>" body "</a:Body></a:Envelope>"

/* Endpoint reference in a request's body. */
#define BODY_EPR(uri, selectors) \
	"<Address xmlns=\"" ADDRESSING "\">" ADDRESSING "</Address>" \
	"<ReferenceParameters xmlns=\"" ADDRESSING "\"><ResourceURI xmlns=\"" WSMAN "\">" uri \
	"</ResourceURI><SelectorSet xmlns=\"" WSMAN "\">" selectors "</SelectorSet></ReferenceParameters>"
#define REPLY_EPR(uri, selectors) \
	"<b:Address>" ADDRESSING "/role/anonymous</b:Address><b:ReferenceParameters>" \
	"<c:ResourceURI>" uri "</c:ResourceURI><c:SelectorSet>" selectors \
	"</c:SelectorSet></b:ReferenceParameters>"
/* clang-format on */

/* clang-format off */
#define POWER_ITEM(p) \
	"<" p ":CIM_AssociatedPowerManagementService>" \
	"<" p ":AvailableRequestedPowerStates>10</" p ":AvailableRequestedPowerStates>" \
	"<" p ":AvailableRequestedPowerStates>8</" p ":AvailableRequestedPowerStates>" \
	"<" p ":PowerState>2</" p ":PowerState>" \
	"<" p ":ServiceProvided>" REPLY_EPR(CIM "CIM_PowerManagementService", \
		"<c:Selector Name=\"CreationClassName\">CIM_PowerManagementService</c:Selector>" \
		"<c:Selector Name=\"Name\">Intel(r) AMT Power Management Service</c:Selector>") \
	"</" p ":ServiceProvided>" \
	"<" p ":UserOfService>" REPLY_EPR(CIM "CIM_ComputerSystem", \
		"<c:Selector Name=\"Name\">ManagedSystem</c:Selector>") \
	"</" p ":UserOfService></" p ":CIM_AssociatedPowerManagementService>"
#define POWER_DECLARATIONS \
	" xmlns:h=\"" CIM "CIM_AssociatedPowerManagementService\"" \
	" xmlns:i=\"http://schemas.dmtf.org/wbem/wscim/1/common\""
/* clang-format on */

static struct arena arena;
static struct buf out;

static OB_UNUSED int setup(void **state)
{
	(void)state;
	buf_clear(&out);
	return 0;
}

static OB_UNUSED int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	buf_fini(&out);
	return 0;
}

static OB_UNUSED struct wsman_num num(int64_t v)
{
	return (struct wsman_num){true, v};
}

static OB_UNUSED struct wsman_epr epr(const char *uri, struct wsman_selector *s, size_t n)
{
	return (struct wsman_epr){.resource_uri = str_of(uri), .n = n, .selectors = s};
}

static OB_UNUSED void assert_text(struct str s, const char *want)
{
	assert_non_null(s.p);
	if (!str_eqz(s, want))
		fail_msg("\"" STR_FMT "\" is not \"%s\"", STR_ARG(s), want);
}

static OB_UNUSED void assert_kind(struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	assert_int_equal(e->kind, kind);
	err_free(e);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
