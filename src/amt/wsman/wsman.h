/* SPDX-License-Identifier: Apache-2.0
 * WS-Management as AMT speaks it (wsman.md part A): one description per class, used by
 * client and virtual device to encode, decode and print.
 *
 * The descriptions and the typed structs are in classes/<subject>.h: struct
 * amt_general_settings and amt_general_settings_class, struct
 * cim_boot_service_set_boot_config_role_in, ..._out and ..._method. A zeroed struct is an
 * instance with every property absent. Codecs are pure; decoded things live in the arena
 * they were given.
 */
#ifndef AMT_WSMAN_WSMAN_H
#define AMT_WSMAN_WSMAN_H

#include <amt/http.h>
#include <jansson.h>

/* ---- class descriptions ---- */

enum wsman_kind {
	WSMAN_BOOL,
	WSMAN_U8,
	WSMAN_U16,
	WSMAN_U32,
	WSMAN_U64,
	WSMAN_I32,
	WSMAN_I64,
	WSMAN_STR, /* text, base64, hexBinary: as written */
	WSMAN_EPR,
	WSMAN_DATETIME, /* text of the inner element: Interval when it begins with P or -,
			   else Datetime */
	WSMAN_OBJECT, /* embedded instance (AddAlarm, AddWiFiSettings): struct wsman_item
		       */
};

#define WSMAN_ARRAY 1u /* repeated element */
#define WSMAN_KEY 2u
#define WSMAN_REQUIRED 4u /* in a Put or as a method parameter */
#define WSMAN_READONLY 8u
#define WSMAN_SECRET 16u /* firmware reads it back empty; printed empty */
/* nth (from 1, without gaps) of what clients write first, when the instance is embedded
 */
#define WSMAN_SENT(n) ((unsigned)(n) << WSMAN_SENT_SHIFT)
#define WSMAN_SENT_SHIFT 8

/* Values in class structs. Absent, empty and present are distinct: absent text has p
 * NULL. */
struct wsman_num {
	bool set;
	int64_t v; /* bools 0/1; u64 as bits */
};
struct wsman_nums {
	size_t n;
	int64_t *v; /* n 0 = absent */
};
struct wsman_strs {
	size_t n;
	struct str *v;
};
struct wsman_selector {
	struct str name;
	struct str value; /* p NULL when it is an epr */
	struct wsman_epr *epr;
};
struct wsman_epr {
	struct str address;	 /* opaque; p NULL when encoded: the usual one */
	struct str resource_uri; /* p NULL and address.p NULL = absent EPR */
	size_t n;
	struct wsman_selector *selectors;
};
struct wsman_eprs {
	size_t n;
	struct wsman_epr *v;
};

struct wsman_class;

struct wsman_item {
	const struct wsman_class
		*cls;	    /* NULL: absent, or of a class not described here */
	const void *object; /* the class's struct */
};

struct wsman_field {
	const char *name;
	enum wsman_kind kind;
	uint16_t flags;
	uint16_t offset;
};

struct wsman_method {
	const char *name;
	const struct wsman_field *in; /* schema order */
	size_t n_in, in_size;
	const struct wsman_field *out; /* ReturnValue last */
	size_t n_out, out_size;
};

struct wsman_class {
	const char *name; /* "AMT_GeneralSettings" */
	const char *uri;
	const struct wsman_field *fields; /* wire (ASCII) order */
	size_t n_fields, size;
	const struct wsman_method *const *methods;
	size_t n_methods;
	uint16_t ops; /* 1u << each enum wsman_op that firmware has for it; methods apart
		       */
	bool dated;   /* firmware declares the namespace of Datetime with it */
};

/* By name or resource URI; NULL when unknown. */
const struct wsman_class *wsman_class_find(struct str name_or_uri);
/* All of them, in ASCII order of their names; NULL past the last. */
const struct wsman_class *wsman_class_at(size_t i);
const struct wsman_method *wsman_method_find(const struct wsman_class *c,
					     struct str name);
/* The item's struct if it is of class c, else NULL: the check to make before reading a
 * pulled item. */
static inline const void *wsman_item_as(const struct wsman_item *i,
					const struct wsman_class *c)
{
	return i->cls == c ? i->object : NULL;
}

/* ---- messages ---- */

enum wsman_op {
	WSMAN_GET,
	WSMAN_PUT,
	WSMAN_CREATE,
	WSMAN_DELETE,
	WSMAN_ENUMERATE,
	WSMAN_PULL,
	WSMAN_RELEASE,
	WSMAN_INVOKE,
	WSMAN_OP_UNKNOWN,
};

/* A decoded request, as the device sees it. */
struct wsman_request {
	enum wsman_op op;
	const struct wsman_class *cls; /* NULL = unknown class */
	struct str resource_uri, action, message_id;
	struct wsman_epr selectors;
	const struct wsman_method *method; /* WSMAN_INVOKE; NULL = unknown method */
	struct str method_name;
	void *object; /* Put, Create: instance; Invoke: the method's in struct; arena */
	struct str context;    /* Pull, Release */
	uint32_t max_elements; /* Pull; 0 = not given */
	/* First property or parameter whose text does not fit its type (a number that is
	 * none); it is left absent. NULL: all fit. */
	const char *misfit;
};

struct wsman_fault {
	struct str code;    /* "a:Sender" / "a:Receiver" */
	struct str subcode; /* "b:DestinationUnreachable" */
	struct str reason, detail;
};
/* name without prefix: wsman_fault_is(&f, "AlreadyExists"). */
bool wsman_fault_is(const struct wsman_fault *f, const char *name);

/* A decoded reply, as the client sees it. */
struct wsman_reply {
	bool is_fault;
	struct wsman_fault fault;
	struct {
		struct str to, relates_to, action, message_id, resource_uri;
	} header;
	/* Get, Put: the instance, always of the class asked for (Put: NULL when the
	 * device sent none); Invoke: the method's out struct */
	void *object;
	struct wsman_item *items; /* Pull; possibly of derived classes: wsman_item_as */
	size_t n_items;
	struct wsman_epr created; /* Create */
	struct str context;	  /* Enumerate; Pull: more to come when not end */
	bool end_of_sequence;
	struct wsman_num return_value; /* Invoke */
};

/* Client encoders and decoders (pure). message_id: decimal counter. */
struct wsman_call {
	enum wsman_op op;
	const struct wsman_class *cls;
	const struct wsman_epr *selectors; /* NULL = none */
	const struct wsman_method *method;
	const void *object; /* Put, Create, Invoke */
	struct str context; /* Pull */
};
void wsman_encode_request(struct buf *out, const struct wsman_call *call,
			  uint32_t message_id);
/* ERR_DEVICE when it is not XML, not SOAP, too deep, or no answer to the call (another
 * class, another method, no instance). Numbers that are none are left absent. */
OB_MUST_CHECK struct err *wsman_decode_reply(struct str xml,
					     const struct wsman_call *call,
					     struct arena *a, struct wsman_reply *out);

/* Device encoders and decoders (pure). ERR_INVALID when it is not XML, not SOAP, or lacks
 * Action or ResourceURI. */
OB_MUST_CHECK struct err *wsman_decode_request(struct str xml, struct arena *a,
					       struct wsman_request *out);
/* reply_id: counter for b:MessageID. object NULL: an empty body (Put of some classes). */
void wsman_encode_object(struct buf *out, const struct wsman_request *rq,
			 uint64_t reply_id,
			 const void *object); /* Get, Put, Invoke (out struct) */
void wsman_encode_enumerate(struct buf *out, const struct wsman_request *rq,
			    uint64_t reply_id, const char *context);
void wsman_encode_pull(struct buf *out, const struct wsman_request *rq, uint64_t reply_id,
		       const struct wsman_item *items, size_t n,
		       const char *context_or_null);
void wsman_encode_created(struct buf *out, const struct wsman_request *rq,
			  uint64_t reply_id, const struct wsman_epr *epr);
void wsman_encode_deleted(struct buf *out, const struct wsman_request *rq,
			  uint64_t reply_id);
enum wsman_fault_kind {
	WSMAN_DESTINATION_UNREACHABLE,
	WSMAN_ALREADY_EXISTS,
	WSMAN_INVALID_REPRESENTATION,
	WSMAN_QUOTA_LIMIT,
	WSMAN_ACCESS_DENIED,
	WSMAN_ACTION_NOT_SUPPORTED,
	WSMAN_CONCURRENCY,
	WSMAN_SCHEMA_VALIDATION,
	WSMAN_INVALID_SELECTORS,
	WSMAN_INVALID_CONTEXT,
	WSMAN_TIMED_OUT,
	WSMAN_INTERNAL_ERROR,
};
/* HTTP status 400 goes with it. rq may be zeroed when the request could not be decoded.
 */
void wsman_encode_fault(struct buf *out, const struct wsman_request *rq,
			uint64_t reply_id, enum wsman_fault_kind kind);

/* Printing: upstream's JSON of an instance (attributes dropped, EPRs as nested objects, a
 * repeated element is an array only when there are several), properties typed by the
 * class description, secrets empty; new reference. */
json_t *wsman_json_object(const struct wsman_field *fields, size_t n, const void *object);
/* {"To":...,"RelatesTo":...,"Action":...,"MessageID":...,"ResourceURI":...}, all strings.
 */
json_t *wsman_json_header(const struct wsman_reply *r);

/* ---- client calls ---- */

struct wsman {
	struct amt_conn *conn;
	uint32_t next_id;
	/* The last exchange brought a fault; and that one said AccessDenied. */
	bool faulted, denied;
	/* Permission to talk to the firmware now (the device's limiter): called around
	 * each exchange, and once around a whole enumeration. Either may be NULL. */
	struct err *(*enter)(void *arg, struct deadline until);
	void (*leave)(void *arg);
	void *limiter_arg;
};

/* A fault becomes ERR_DEVICE (Concurrency: ERR_UNAVAILABLE), subcode and reason its text,
 * unless wanted raw: wsman_exchange gives faults as replies. A method's ReturnValue other
 * than 0 is no error here. */
OB_MUST_CHECK OB_SUSPENDS struct err *wsman_exchange(struct wsman *w,
						     const struct wsman_call *call,
						     struct arena *a,
						     struct deadline until,
						     struct wsman_reply *out);
OB_MUST_CHECK OB_SUSPENDS struct err *wsman_get(struct wsman *w,
						const struct wsman_class *c,
						const struct wsman_epr *selectors,
						struct arena *a, struct deadline until,
						struct wsman_reply *out);
OB_MUST_CHECK OB_SUSPENDS struct err *wsman_put(struct wsman *w,
						const struct wsman_class *c,
						const struct wsman_epr *selectors,
						const void *object, struct arena *a,
						struct deadline until,
						struct wsman_reply *out);
/* Enumerate, then Pull until EndOfSequence (limits: 1000 items, 100 pulls). Not cancelled
 * once it began: give it a short deadline. */
OB_MUST_CHECK OB_SUSPENDS struct err *wsman_enumerate(struct wsman *w,
						      const struct wsman_class *c,
						      struct arena *a,
						      struct deadline until,
						      struct wsman_reply *out);
OB_MUST_CHECK OB_SUSPENDS struct err *wsman_invoke(
	struct wsman *w, const struct wsman_class *c, const struct wsman_method *m,
	const struct wsman_epr *selectors, const void *in, struct arena *a,
	struct deadline until, struct wsman_reply *out);
/* Name of a PT_STATUS value ("SUCCESS", "NOT_READY"), or NULL. wsman.md A.7. */
const char *wsman_pt_status(int64_t value);

#endif
