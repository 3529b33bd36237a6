/* SPDX-License-Identifier: Apache-2.0
 * The device's replies and faults to XML, with firmware's prefixes and order (wsman.md
 * A.4, A.6).
 */
#include <amt/wsman/encode_priv.h>

#include <amt/wsman/xml.h>

/* Classes in one PullResponse, each with a prefix of its own and maybe one for Datetime.
 */
#define MAX_CLASSES 64

static const char envelope[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
			       "<a:Envelope xmlns:a=\"" NS_SOAP
			       "\" xmlns:b=\"" NS_ADDRESSING "\" xmlns:c=\"" NS_WSMAN "\""
			       " xmlns:d=\"" NS_TRUST "\" xmlns:e=\"" NS_SECEXT
			       "\" xmlns:f=\"" NS_CIMBINDING "\""
			       " xmlns:g=\"";

/* The order is firmware's. */
static const char fault_envelope[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
	"<a:Envelope xmlns:g=\"" NS_CIMBINDING "\" xmlns:f=\"" NS_EVENTING
	"\" xmlns:e=\"" NS_WSMAN "\" xmlns:d=\"" NS_TRANSFER
	"\" xmlns:c=\"" NS_ENUMERATION "\" xmlns:b=\"" NS_ADDRESSING
	"\" xmlns:a=\"" NS_SOAP "\" xmlns:h=\"" NS_TRUST "\" xmlns:i=\"" NS_SECEXT "\"";

static void start(struct buf *out, const char *ns_g)
{
	buf_reserve(out, 4096);
	buf_add(out, envelope, sizeof(envelope) - 1);
	buf_adds(out, ns_g);
	buf_addc(out, '"');
}

static void declare(struct buf *out, const char *prefix, const char *ns)
{
	wsman_lit(out, " xmlns:");
	buf_adds(out, prefix);
	wsman_lit(out, "=\"");
	buf_adds(out, ns);
	buf_addc(out, '"');
}

static void header(struct buf *out, const struct wsman_request *rq, uint64_t reply_id,
		   const char *action, const char *action_suffix)
{
	char id[12];

	for (size_t i = sizeof(id); i-- > 0; reply_id >>= 4)
		id[i] = "0123456789ABCDEF"[reply_id & 15];
	wsman_lit(out,
		  " xmlns:xsi=\"" NS_XSI "\"><a:Header><b:To>" ADDRESS_ANONYMOUS "</b:To>"
		  "<b:RelatesTo>");
	xml_escape(out, rq->message_id);
	wsman_lit(out, "</b:RelatesTo><b:Action a:mustUnderstand=\"true\">");
	xml_escape(out, str_of(action));
	buf_adds(out, action_suffix);
	wsman_lit(out, "</b:Action><b:MessageID>uuid:00000000-8086-8086-8086-");
	buf_add(out, id, sizeof(id));
	wsman_lit(out, "</b:MessageID>");
}

static void reply_header(struct buf *out, const struct wsman_request *rq,
			 uint64_t reply_id, const char *action)
{
	header(out, rq, reply_id, action, "Response");
	wsman_lit(out, "<c:ResourceURI>");
	xml_escape(out, rq->resource_uri);
	wsman_lit(out, "</c:ResourceURI></a:Header><a:Body>");
}

static void end(struct buf *out)
{
	wsman_lit(out, "</a:Body></a:Envelope>");
}

static bool has_datetime(const struct wsman_field *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].kind == WSMAN_DATETIME)
			return true;
	return false;
}

static void element(const struct wsman_writer *w, const char *name, const char *suffix,
		    const struct wsman_field *f, size_t n, const void *object)
{
	buf_addc(w->out, '<');
	buf_adds(w->out, w->prefix);
	buf_addc(w->out, ':');
	buf_adds(w->out, name);
	buf_adds(w->out, suffix);
	buf_addc(w->out, '>');
	wsman_write_fields(w, f, n, object);
	wsman_lit(w->out, "</");
	buf_adds(w->out, w->prefix);
	buf_addc(w->out, ':');
	buf_adds(w->out, name);
	buf_adds(w->out, suffix);
	buf_addc(w->out, '>');
}

static void encode_output(struct buf *out, const struct wsman_request *rq,
			  uint64_t reply_id, const void *object)
{
	const struct wsman_method *m = rq->method;
	struct wsman_writer w = {.out = out, .prefix = "g", .device = true};
	struct buf action = {0};

	if (has_datetime(m->out, m->n_out)) {
		w.common = "h";
		declare(out, w.common, NS_COMMON);
	}
	buf_adds(&action, rq->cls->uri);
	buf_addc(&action, '/');
	buf_adds(&action, m->name);
	reply_header(out, rq, reply_id, action.p);
	buf_fini(&action);
	if (object != NULL)
		element(&w, m->name, "_OUTPUT", m->out, m->n_out, object);
	end(out);
}

void wsman_encode_object(struct buf *out, const struct wsman_request *rq,
			 uint64_t reply_id, const void *object)
{
	struct wsman_writer w = {.out = out, .prefix = "g", .device = true};

	start(out, rq->cls->uri);
	if (rq->op == WSMAN_INVOKE) {
		encode_output(out, rq, reply_id, object);
		return;
	}
	if (rq->cls->dated) {
		w.common = "h";
		declare(out, w.common, NS_COMMON);
	}
	reply_header(out, rq, reply_id, wsman_action(rq->op));
	if (object != NULL)
		element(&w, rq->cls->name, "", rq->cls->fields, rq->cls->n_fields,
			object);
	end(out);
}

static void context(struct buf *out, const char *text)
{
	wsman_lit(out, "<g:EnumerationContext>");
	xml_escape(out, str_of(text));
	wsman_lit(out, "</g:EnumerationContext>");
}

void wsman_encode_enumerate(struct buf *out, const struct wsman_request *rq,
			    uint64_t reply_id, const char *context_text)
{
	start(out, NS_ENUMERATION);
	reply_header(out, rq, reply_id, wsman_action(WSMAN_ENUMERATE));
	wsman_lit(out, "<g:EnumerateResponse>");
	context(out, context_text);
	wsman_lit(out, "</g:EnumerateResponse>");
	end(out);
}

/* Prefixes of the classes in a PullResponse: h, i, ... z, then h1, i1, ... */
struct prefixes {
	struct {
		const struct wsman_class *cls;
		char prefix[4];
	} classes[MAX_CLASSES];
	size_t n, next;
	char common[4];
};

static void prefix_next(struct prefixes *p, char out[4])
{
	size_t letter = p->next % 19, round = p->next / 19;

	p->next++;
	out[0] = (char)('h' + letter);
	out[1] = (char)(round > 0 ? '0' + round : '\0');
	out[2] = '\0';
}

static const char *prefix_of(const struct prefixes *p, const struct wsman_class *cls)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->classes[i].cls == cls)
			return p->classes[i].prefix;
	return NULL;
}

static void declare_items(struct buf *out, struct prefixes *p,
			  const struct wsman_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (prefix_of(p, items[i].cls) != NULL)
			continue;
		OB_ASSERT(p->n < MAX_CLASSES);
		p->classes[p->n].cls = items[i].cls;
		prefix_next(p, p->classes[p->n].prefix);
		declare(out, p->classes[p->n++].prefix, items[i].cls->uri);
		if (items[i].cls->dated && p->common[0] == '\0') {
			prefix_next(p, p->common);
			declare(out, p->common, NS_COMMON);
		}
	}
}

void wsman_encode_pull(struct buf *out, const struct wsman_request *rq, uint64_t reply_id,
		       const struct wsman_item *items, size_t n,
		       const char *context_or_null)
{
	struct wsman_writer w = {.out = out, .device = true};
	struct prefixes p = {0};

	start(out, NS_ENUMERATION);
	declare_items(out, &p, items, n);
	if (p.common[0] != '\0')
		w.common = p.common;
	reply_header(out, rq, reply_id, wsman_action(WSMAN_PULL));
	wsman_lit(out, "<g:PullResponse>");
	if (context_or_null != NULL)
		context(out, context_or_null);
	wsman_lit(out, "<g:Items>");
	for (size_t i = 0; i < n; i++) {
		const struct wsman_class *c = items[i].cls;

		w.prefix = prefix_of(&p, c);
		element(&w, c->name, "", c->fields, c->n_fields, items[i].object);
	}
	wsman_lit(out, "</g:Items>");
	if (context_or_null == NULL)
		wsman_lit(out, "<g:EndOfSequence></g:EndOfSequence>");
	wsman_lit(out, "</g:PullResponse>");
	end(out);
}

void wsman_encode_created(struct buf *out, const struct wsman_request *rq,
			  uint64_t reply_id, const struct wsman_epr *epr)
{
	const struct wsman_writer w = {.out = out, .device = true};

	start(out, NS_TRANSFER);
	reply_header(out, rq, reply_id, wsman_action(WSMAN_CREATE));
	wsman_lit(out, "<g:ResourceCreated>");
	wsman_write_epr(&w, epr);
	wsman_lit(out, "</g:ResourceCreated>");
	end(out);
}

void wsman_encode_deleted(struct buf *out, const struct wsman_request *rq,
			  uint64_t reply_id)
{
	start(out, NS_TRANSFER);
	reply_header(out, rq, reply_id, wsman_action(rq->op));
	end(out);
}

/* --- faults --- */

/* clang-format off */
static const struct fault {
	const char *code, *subcode, *action, *detail, *reason;
} faults[] = {
	[WSMAN_DESTINATION_UNREACHABLE] = {
		"a:Sender", "b:DestinationUnreachable", NS_ADDRESSING "/fault", NULL,
		"No route can be determined to reach the destination role defined by the WSAddressing To."},
	[WSMAN_ALREADY_EXISTS] = {
		"a:Sender", "e:AlreadyExists", ACTION_FAULT, NULL,
		"The sender attempted to create a resource which already exists."},
	[WSMAN_INVALID_REPRESENTATION] = {
		"a:Sender", "d:InvalidRepresentation", ACTION_FAULT, FAULT_DETAIL "MissingValues",
		"The XML content is not valid."},
	[WSMAN_QUOTA_LIMIT] = {
		"a:Sender", "e:QuotaLimit", ACTION_FAULT, NULL,
		"The service is busy servicing other requests."},
	[WSMAN_ACCESS_DENIED] = {
		"a:Sender", "e:AccessDenied", ACTION_FAULT, NULL,
		"The sender was not authorized to access the resource."},
	[WSMAN_ACTION_NOT_SUPPORTED] = {
		"a:Sender", "b:ActionNotSupported", NS_ADDRESSING "/fault", NULL,
		"The action is not supported by the service."},
	[WSMAN_CONCURRENCY] = {
		"a:Sender", "e:Concurrency", ACTION_FAULT, NULL,
		"The action could not be completed due to concurrency or locking problems."},
	[WSMAN_SCHEMA_VALIDATION] = {
		"a:Sender", "e:SchemaValidationError", ACTION_FAULT, NULL,
		"The supplied SOAP violates the corresponding XML schema definition."},
	[WSMAN_INVALID_SELECTORS] = {
		"a:Sender", "e:InvalidSelectors", ACTION_FAULT, NULL,
		"The Selectors for the resource are not valid."},
	[WSMAN_INVALID_CONTEXT] = {
		"a:Receiver", "c:InvalidEnumerationContext", NS_ENUMERATION "/fault", NULL,
		"The supplied enumeration context is invalid."},
	[WSMAN_TIMED_OUT] = {
		"a:Receiver", "e:TimedOut", ACTION_FAULT, NULL,
		"The operation has timed out."},
	[WSMAN_INTERNAL_ERROR] = {
		"a:Receiver", "e:InternalError", ACTION_FAULT, NULL,
		"The service cannot comply with the request due to internal processing errors."},
};
/* clang-format on */

void wsman_encode_fault(struct buf *out, const struct wsman_request *rq,
			uint64_t reply_id, enum wsman_fault_kind kind)
{
	const struct fault *f = &faults[kind];

	buf_add(out, fault_envelope, sizeof(fault_envelope) - 1);
	header(out, rq, reply_id, f->action, "");
	wsman_lit(out, "</a:Header><a:Body><a:Fault><a:Code><a:Value>");
	buf_adds(out, f->code);
	wsman_lit(out, "</a:Value><a:Subcode><a:Value>");
	buf_adds(out, f->subcode);
	wsman_lit(out,
		  "</a:Value></a:Subcode></a:Code><a:Reason><a:Text xml:lang=\"en-US\">");
	buf_adds(out, f->reason);
	wsman_lit(out, "</a:Text></a:Reason><a:Detail>");
	if (f->detail != NULL) {
		wsman_lit(out, "<e:FaultDetail>");
		buf_adds(out, f->detail);
		wsman_lit(out, "</e:FaultDetail>");
	}
	wsman_lit(out, "</a:Detail></a:Fault>");
	end(out);
}
