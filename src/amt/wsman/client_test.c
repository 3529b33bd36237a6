/* SPDX-License-Identifier: Apache-2.0
 * Client calls against a scripted device: amt_conn_post is replaced.
 */
#include <amt/wsman/message_test.h>

#include <rt/fiber.h>

/* --- the device --- */

static struct script {
	int status;
	const char *body; /* NULL: the device does not answer */
} script[8];
static size_t script_at, script_len;
static struct buf last_request;
static int entered, left;
static bool refuse_entry;
static bool cancel; /* whoever asks, at each exchange */

/* Pages without end, from the second exchange on. */
static bool endless;

static const char *endless_page(void)
{
	return arena_printf(
		&arena,
		"<a:Envelope xmlns:a='http://www.w3.org/2003/05/soap-envelope' "
		"xmlns:b='" ADDRESSING "' xmlns:g='" ENUMERATION "'><a:Header>"
		"<b:RelatesTo>%zu</b:RelatesTo></a:Header><a:Body><g:PullResponse>"
		"<g:Items/></g:PullResponse></a:Body></a:Envelope>",
		script_at++);
}

struct err *amt_conn_post(struct amt_conn *c, struct str body, struct arena *a,
			  struct deadline until, struct amt_response *rs)
{
	const struct script *s;

	(void)c, (void)a, (void)until;
	if (cancel) {
		fiber_cancel(fiber_self());
		TRY(fiber_yield());
	}
	if (endless && script_at > 0) {
		*rs = (struct amt_response){.status = 200,
					    .body = str_of(endless_page())};
		return NULL;
	}
	s = &script[script_at++];
	assert_true(script_at <= script_len);
	assert_int_equal(entered, left + 1);
	buf_clear(&last_request);
	buf_addstr(&last_request, body);
	if (s->body == NULL)
		return err_new(ERR_TIMEOUT, "no answer");
	*rs = (struct amt_response){.status = s->status, .body = str_of(s->body)};
	return NULL;
}

static struct err *enter(void *arg, struct deadline until)
{
	(void)arg, (void)until;
	if (refuse_entry)
		return err_new(ERR_CANCELLED, "shut down");
	entered++;
	return NULL;
}

static void leave(void *arg)
{
	(void)arg;
	left++;
}

static struct wsman start(size_t n, const struct script *s)
{
	memcpy(script, s, n * sizeof(*s));
	script_len = n;
	script_at = 0;
	entered = left = 0;
	refuse_entry = false;
	endless = cancel = false;
	return (struct wsman){.enter = enter, .leave = leave};
}

static int end(void **state)
{
	assert_int_equal(entered, left);
	buf_fini(&last_request);
	return teardown(state);
}

#define START(...)                                                            \
	start(sizeof((struct script[]){__VA_ARGS__}) / sizeof(struct script), \
	      (struct script[]){__VA_ARGS__})

/* --- what it answers --- */

/* clang-format off */
#define GENERAL(id) \
	REPLY(AMT "AMT_GeneralSettings", "", id, "", "", "", \
	      "<g:AMT_GeneralSettings><g:HostName>device01</g:HostName></g:AMT_GeneralSettings>")
#define DENIED(id) \
	REPLY("urn:g", "", id, "", "", "", \
	      "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>e:AccessDenied</a:Value>" \
	      "</a:Subcode></a:Code><a:Reason><a:Text>Not you.</a:Text></a:Reason></a:Fault>")
#define BUSY \
	REPLY("urn:g", "", "0", "", "", "", \
	      "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>e:Concurrency</a:Value>" \
	      "</a:Subcode></a:Code><a:Reason><a:Text>Later.</a:Text></a:Reason></a:Fault>")
#define CONTEXT(id) \
	REPLY(ENUMERATION, "", id, "", "", "", "<g:EnumerateResponse><g:EnumerationContext>" \
	      "01000000-0000</g:EnumerationContext></g:EnumerateResponse>")
#define ITEM(name) \
	"<h:CIM_SoftwareIdentity><h:InstanceID>" name "</h:InstanceID></h:CIM_SoftwareIdentity>"
#define PULLED(id, before, items, after) \
	REPLY(ENUMERATION, " xmlns:h='" CIM "CIM_SoftwareIdentity'", id, "", "", "", \
	      "<g:PullResponse>" before "<g:Items>" items "</g:Items>" after "</g:PullResponse>")
#define MORE(context) "<g:EnumerationContext>" context "</g:EnumerationContext>"
#define END "<g:EndOfSequence/>"
/* clang-format on */

static void assert_error(struct err *e, enum err_kind kind, const char *part)
{
	assert_non_null(e);
	assert_int_equal(e->kind, kind);
	if (strstr(e->msg, part) == NULL)
		fail_msg("%s lacks %s", e->msg, part);
	err_free(e);
}

static struct err *get(struct wsman *w, struct wsman_reply *r)
{
	return wsman_get(w, &amt_general_settings_class, NULL, &arena, DEADLINE_NEVER, r);
}

static void get_gives_the_instance_and_counts_ids(void **state)
{
	struct wsman w = START({200, GENERAL("0")}, {200, GENERAL("1")});
	const struct amt_general_settings *g;
	struct wsman_reply r;

	(void)state;
	assert_null(get(&w, &r));
	g = r.object;
	assert_text(g->host_name, "device01");
	assert_non_null(strstr(last_request.p, "<a:MessageID>0</a:MessageID>"));
	assert_null(get(&w, &r));
	assert_non_null(strstr(last_request.p, "<a:MessageID>1</a:MessageID>"));
	assert_int_equal(entered, 2);
}

static void without_limiter(void **state)
{
	struct wsman w = START({200, GENERAL("0")});
	struct wsman_reply r;

	(void)state;
	w.enter = NULL;
	w.leave = NULL;
	entered = 1;
	assert_null(get(&w, &r));
	left = 1;
}

static void limiter_that_refuses_stops_the_call(void **state)
{
	struct wsman w = START({200, GENERAL("0")});
	struct wsman_reply r;

	(void)state;
	refuse_entry = true;
	assert_error(get(&w, &r), ERR_CANCELLED, "shut down");
	assert_int_equal(script_at, 0);
}

static void transport_error_passes_and_leaves_the_limiter(void **state)
{
	struct wsman w = START({0, NULL});
	struct wsman_reply r;

	(void)state;
	assert_error(get(&w, &r), ERR_TIMEOUT, "no answer");
	assert_int_equal(left, 1);
}

static void bad_answers(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body, *part;
	} cases[] = {
		{"server error", 500, GENERAL("0"), "HTTP status 500"},
		{"empty 400", 400, "", "HTTP status 400"},
		{"HTML 400", 400, "<html><body>Bad Request</body></html>",
		 "not WS-Management"},
		{"no XML", 200, "hello", "not WS-Management"},
		{"another request's answer", 200, GENERAL("1"), "another request"},
		{"no id", 200, GENERAL(""), "another request"},
		{"fault of another request", 400, DENIED("1"), "another request"},
		{"another class", 200,
		 REPLY(AMT "AMT_BootSettingData", "", "0", "", "", "",
		       "<g:AMT_BootSettingData/>"),
		 "no AMT_GeneralSettings"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wsman w = START({cases[i].status, cases[i].body});
		struct wsman_reply r;

		assert_error(get(&w, &r), ERR_DEVICE, cases[i].part);
	}
}

static void fault_is_an_error_with_subcode_and_reason(void **state)
{
	struct wsman w = START({400, DENIED("0")}, {400, DENIED("")});
	struct wsman_reply r;

	(void)state;
	assert_error(get(&w, &r), ERR_DEVICE,
		     "AMT_GeneralSettings: e:AccessDenied: Not you.");
	assert_true(wsman_fault_is(&r.fault, "AccessDenied"));
	assert_error(get(&w, &r), ERR_DEVICE, "AccessDenied");
}

static void a_device_that_is_busy_is_unavailable(void **state)
{
	struct wsman w = START({400, BUSY});
	struct wsman_reply r;

	(void)state;
	assert_error(get(&w, &r), ERR_UNAVAILABLE, "try again in a minute");
}

static void exchange_gives_faults_as_replies(void **state)
{
	const struct wsman_call call = {.op = WSMAN_DELETE,
					.cls = &cim_boot_source_setting_class};
	struct wsman w = START({400, DENIED("0")});
	struct wsman_reply r;

	(void)state;
	assert_null(wsman_exchange(&w, &call, &arena, DEADLINE_NEVER, &r));
	assert_true(r.is_fault);
}

static void put_and_invoke(void **state)
{
	const struct amt_boot_setting_data d = {.use_sol = num(1)};
	const struct cim_boot_service_request_state_change_in in = {.requested_state =
									    num(32769)};
	struct wsman w =
		START({200, REPLY(AMT "AMT_BootSettingData", "", "0", "", "", "", "")},
		      {200, REPLY(CIM "CIM_BootService", "", "1", "", "", "",
				  "<g:RequestStateChange_OUTPUT><g:ReturnValue>4097"
				  "</g:ReturnValue></g:RequestStateChange_OUTPUT>")});
	struct wsman_reply r;

	(void)state;
	assert_null(wsman_put(&w, &amt_boot_setting_data_class, NULL, &d, &arena,
			      DEADLINE_NEVER, &r));
	assert_non_null(strstr(last_request.p, "<h:UseSOL>true</h:UseSOL>"));
	assert_null(wsman_invoke(&w, &cim_boot_service_class,
				 &cim_boot_service_request_state_change_method, NULL, &in,
				 &arena, DEADLINE_NEVER, &r));
	assert_non_null(
		strstr(last_request.p, "<h:RequestedState>32769</h:RequestedState>"));
	assert_int_equal(r.return_value.v, 4097);
}

struct enumeration {
	struct wsman *w;
	struct wsman_reply *r;
	struct err *e;
	bool cancelled; /* before its last moment */
};

static void enumerate_run(void *arg)
{
	struct enumeration *n = arg;

	n->e = wsman_enumerate(n->w, &cim_software_identity_class, &arena, DEADLINE_NEVER,
			       n->r);
	n->cancelled = fiber_cancelled();
}

/* In a fiber, as it always is. */
static struct err *enumerate(struct wsman *w, struct wsman_reply *r)
{
	struct enumeration n = {.w = w, .r = r};

	rt_main(enumerate_run, &n);
	return n.e;
}

static void enumerate_in_one_page(void **state)
{
	struct wsman w = START({200, CONTEXT("0")},
			       {200, PULLED("1", "", ITEM("Flash") ITEM("AMT"), END)});
	const struct cim_software_identity *s;
	struct wsman_reply r;

	(void)state;
	assert_null(enumerate(&w, &r));
	assert_non_null(
		strstr(last_request.p, "<EnumerationContext>01000000-0000</Enumeration"));
	assert_int_equal(r.n_items, 2);
	s = wsman_item_as(&r.items[1], &cim_software_identity_class);
	assert_text(s->instance_id, "AMT");
}

static void enumerate_over_pages_keeps_the_order(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	struct wsman w =
		START({200, CONTEXT("0")},
		      {200, PULLED("1", MORE("02000000-0000"), ITEM("a") ITEM("b"), "")},
		      {200, PULLED("2", "", "", "")},
		      {200, PULLED("3", MORE("03000000-0000"), ITEM("c"), "")},
		      {200, PULLED("4", MORE("04000000-0000"), ITEM("d"), END)});
	struct wsman_reply r;

	(void)state;
	assert_null(enumerate(&w, &r));
	assert_non_null(
		strstr(last_request.p, "<EnumerationContext>03000000-0000</Enumeration"));
	assert_int_equal(r.n_items, ARRAY_LEN(names));
	for (size_t i = 0; i < r.n_items; i++) {
		const struct cim_software_identity *s = r.items[i].object;

		assert_text(s->instance_id, names[i]);
	}
}

static void page_without_context_is_continued_with_the_old_one(void **state)
{
	struct wsman w = START({200, CONTEXT("0")}, {200, PULLED("1", "", ITEM("a"), "")},
			       {200, PULLED("2", "", "", END)});
	struct wsman_reply r;

	(void)state;
	assert_null(enumerate(&w, &r));
	assert_non_null(
		strstr(last_request.p, "<EnumerationContext>01000000-0000</Enumeration"));
	assert_int_equal(r.n_items, 1);
}

/* A context that is not pulled to its end is lost to everybody for a while. */
static void cancelled_enumeration_comes_to_its_end(void **state)
{
	struct wsman w =
		START({200, CONTEXT("0")}, {200, PULLED("1", MORE("2"), ITEM("a"), "")},
		      {200, PULLED("2", "", ITEM("b"), END)});
	struct wsman_reply r;
	struct enumeration n = {.w = &w, .r = &r};

	(void)state;
	cancel = true;
	rt_main(enumerate_run, &n);
	assert_null(n.e);
	assert_int_equal(r.n_items, 2);
	assert_true(n.cancelled);
}

static void enumeration_enters_the_limiter_once(void **state)
{
	struct wsman w = START({200, CONTEXT("0")}, {200, PULLED("1", "", "", END)});
	struct wsman_reply r;

	(void)state;
	assert_null(enumerate(&w, &r));
	assert_int_equal(entered, 1);
}

static void enumerate_of_nothing(void **state)
{
	struct wsman w = START({200, CONTEXT("0")}, {200, PULLED("1", "", "", END)});
	struct wsman_reply r;

	(void)state;
	assert_null(enumerate(&w, &r));
	assert_int_equal(r.n_items, 0);
}

static void fault_in_a_later_page_is_an_error(void **state)
{
	struct wsman w =
		START({200, CONTEXT("0")}, {200, PULLED("1", MORE("2"), ITEM("a"), "")},
		      {400, DENIED("2")});
	struct wsman_reply r;

	(void)state;
	assert_error(enumerate(&w, &r), ERR_DEVICE, "AccessDenied");
}

static void too_many_items_are_refused(void **state)
{
	struct buf page = {0};
	struct wsman w;
	struct wsman_reply r;

	(void)state;
	buf_adds(&page, "<a:Envelope xmlns:a='http://www.w3.org/2003/05/soap-envelope' "
			"xmlns:b='" ADDRESSING "' xmlns:g='" ENUMERATION
			"'><a:Header><b:RelatesTo>1"
			"</b:RelatesTo></a:Header><a:Body><g:PullResponse><g:Items>");
	for (int i = 0; i < 1001; i++)
		buf_adds(&page, "<CIM_SoftwareIdentity/>");
	buf_adds(&page,
		 "</g:Items><g:EndOfSequence/></g:PullResponse></a:Body></a:Envelope>");
	w = START({200, CONTEXT("0")}, {200, page.p});
	assert_error(enumerate(&w, &r), ERR_DEVICE, "more than 1000");
	buf_fini(&page);
}

static void pages_without_end_are_given_up(void **state)
{
	struct wsman w = START({200, CONTEXT("0")});
	struct wsman_reply r;

	(void)state;
	endless = true;
	assert_error(enumerate(&w, &r), ERR_DEVICE, "does not come to an end");
	assert_int_equal(script_at, 101);
}

#undef T
#define T(f) cmocka_unit_test_setup_teardown(f, setup, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(get_gives_the_instance_and_counts_ids),
		T(without_limiter),
		T(limiter_that_refuses_stops_the_call),
		T(transport_error_passes_and_leaves_the_limiter),
		T(bad_answers),
		T(fault_is_an_error_with_subcode_and_reason),
		T(a_device_that_is_busy_is_unavailable),
		T(exchange_gives_faults_as_replies),
		T(put_and_invoke),
		T(enumerate_in_one_page),
		T(enumerate_over_pages_keeps_the_order),
		T(page_without_context_is_continued_with_the_old_one),
		T(cancelled_enumeration_comes_to_its_end),
		T(enumeration_enters_the_limiter_once),
		T(enumerate_of_nothing),
		T(fault_in_a_later_page_is_an_error),
		T(too_many_items_are_refused),
		T(pages_without_end_are_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
