/* SPDX-License-Identifier: Apache-2.0
 * Client requests to XML, byte for byte as upstream's libraries write them (wsman.md
 * A.3), but with text and selectors escaped.
 */
#include <amt/wsman/encode_priv.h>

#include <amt/wsman/xml.h>

/* One Pull asks for all; firmware pages when it must. */
#define PULL_LIMITS "<MaxElements>999</MaxElements><MaxCharacters>99999</MaxCharacters>"

static const char head[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	"<Envelope xmlns:xsi=\"" NS_XSI "\" xmlns:xsd=\"" NS_XSD "\""
	" xmlns:a=\"" NS_ADDRESSING "\" xmlns:w=\"" NS_WSMAN "\" xmlns=\"" NS_SOAP "\">"
	"<Header><a:Action>";

const char *wsman_action(enum wsman_op op)
{
	static const char *const actions[] = {
		[WSMAN_GET] = NS_TRANSFER "/Get",
		[WSMAN_PUT] = NS_TRANSFER "/Put",
		[WSMAN_CREATE] = NS_TRANSFER "/Create",
		[WSMAN_DELETE] = NS_TRANSFER "/Delete",
		[WSMAN_ENUMERATE] = NS_ENUMERATION "/Enumerate",
		[WSMAN_PULL] = NS_ENUMERATION "/Pull",
		[WSMAN_RELEASE] = NS_ENUMERATION "/Release",
	};

	OB_ASSERT((size_t)op < ARRAY_LEN(actions));
	return actions[op];
}

static void write_header(struct buf *out, const struct wsman_call *call,
			 uint32_t message_id)
{
	const struct wsman_writer w = {.out = out};

	buf_add(out, head, sizeof(head) - 1);
	if (call->op == WSMAN_INVOKE) {
		buf_adds(out, call->cls->uri);
		buf_addc(out, '/');
		buf_adds(out, call->method->name);
	} else {
		buf_adds(out, wsman_action(call->op));
	}
	wsman_lit(out, "</a:Action><a:To>/wsman</a:To><w:ResourceURI>");
	buf_adds(out, call->cls->uri);
	wsman_lit(out, "</w:ResourceURI><a:MessageID>");
	wsman_write_u64(out, message_id);
	wsman_lit(
		out,
		"</a:MessageID><a:ReplyTo><a:Address>" ADDRESS_ANONYMOUS
		"</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout>");
	if (call->selectors != NULL)
		wsman_write_selectors(&w, call->selectors);
	wsman_lit(out, "</Header><Body>");
}

/* <h:Name xmlns:h="class">fields</h:Name> */
static void write_object(struct buf *out, const struct wsman_call *call, const char *name,
			 const char *suffix, const struct wsman_field *f, size_t n)
{
	const struct wsman_writer w = {.out = out, .prefix = "h"};

	wsman_lit(out, "<h:");
	buf_adds(out, name);
	buf_adds(out, suffix);
	wsman_lit(out, " xmlns:h=\"");
	buf_adds(out, call->cls->uri);
	wsman_lit(out, "\">");
	if (call->object != NULL)
		wsman_write_fields(&w, f, n, call->object);
	wsman_lit(out, "</h:");
	buf_adds(out, name);
	buf_adds(out, suffix);
	buf_addc(out, '>');
}

static void write_context(struct buf *out, const struct wsman_call *call,
			  const char *name, const char *more)
{
	buf_addc(out, '<');
	buf_adds(out, name);
	wsman_lit(out, " xmlns=\"" NS_ENUMERATION "\"><EnumerationContext>");
	xml_escape(out, call->context);
	wsman_lit(out, "</EnumerationContext>");
	buf_adds(out, more);
	wsman_lit(out, "</");
	buf_adds(out, name);
	buf_addc(out, '>');
}

void wsman_encode_request(struct buf *out, const struct wsman_call *call,
			  uint32_t message_id)
{
	const struct wsman_method *m = call->method;

	buf_reserve(out, 2048);
	write_header(out, call, message_id);
	switch (call->op) {
	case WSMAN_PUT:
	case WSMAN_CREATE:
		write_object(out, call, call->cls->name, "", call->cls->fields,
			     call->cls->n_fields);
		break;
	case WSMAN_INVOKE:
		write_object(out, call, m->name, "_INPUT", m->in, m->n_in);
		break;
	case WSMAN_ENUMERATE:
		wsman_lit(out, "<Enumerate xmlns=\"" NS_ENUMERATION "\" />");
		break;
	case WSMAN_PULL:
		write_context(out, call, "Pull", PULL_LIMITS);
		break;
	case WSMAN_RELEASE:
		write_context(out, call, "Release", "");
		break;
	default:
		break;
	}
	wsman_lit(out, "</Body></Envelope>");
}
