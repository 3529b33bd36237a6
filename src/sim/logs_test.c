/* SPDX-License-Identifier: Apache-2.0
 * Audit log and event log: bytes, paging, what is written when, and that it survives.
 */
#include <sim/subject_test.h>

#define AUDIT &amt_audit_log_class
#define EVENTS &amt_message_log_class

static const struct amt_audit_log_read_records_out *audit_read(struct full_fixture *f,
							       uint32_t from)
{
	struct amt_audit_log_read_records_in in = {.start_index = {true, from}};
	const void *out = NULL;

	full_invoke(f, AUDIT, &amt_audit_log_read_records_method, &in, &out);
	return out;
}

static const struct sim_audit_record *last(struct full_fixture *f)
{
	const struct sim_logs *l = &f->d.state->subjects.logs;

	assert_true(l->n_audit > 0);
	return &l->audit[l->n_audit - 1];
}

static void assert_last(struct full_fixture *f, unsigned app, unsigned event)
{
	const struct sim_audit_record *r = last(f);

	assert_int_equal(r->bytes[0] << 8 | r->bytes[1], app);
	assert_int_equal(r->bytes[2] << 8 | r->bytes[3], event);
}

static void an_audit_record_has_the_bytes_of_the_reference(void **state)
{
	static const uint8_t want[] = {0,   21,	 0,   0,   0,	9,   '$', '$', 'O',
				       's', 'A', 'd', 'm', 'i', 'n', 1,	  2,   3,
				       4,   0,	 9,   '1', '2', '7', '.', '0', '.',
				       '0', '.', '1', 4,   1,	2,   3,	  5};
	struct sim_logs l = {0};
	struct sim_actor who = {SIM_BY_USER, STR("$$OsAdmin"), STR("127.0.0.1")};

	assert_true(sim_logs_audit(&l, &who, 0x01020304, 21, 0, "\1\2\3\5", 4));
	assert_int_equal(l.audit[0].n, sizeof(want));
	assert_memory_equal(l.audit[0].bytes, want, sizeof(want));
	assert_true(str_eqz(sim_logs_audit_last(&l, 21, 0), "\1\2\3\5"));
	assert_null(sim_logs_audit_last(&l, 21, 1).p);
	sim_logs_fini(&l);
}

static void records_are_read_ten_by_ten_from_the_oldest(void **state)
{
	struct full_fixture *f = *state;
	struct sim_logs *l = &f->d.state->subjects.logs;
	struct sim_actor who = {SIM_BY_LOCAL, STR(""), STR("")};

	assert_int_equal(audit_read(f, 1)->total_record_count.v, 0);
	for (unsigned i = 0; i < 25; i++)
		sim_logs_audit(l, &who, 1000 + i, 21, 0, NULL, 0);
	const struct amt_audit_log_read_records_out *o = audit_read(f, 0);
	assert_int_equal(o->return_value.v, 0);
	assert_int_equal(o->total_record_count.v, 25);
	assert_int_equal(o->records_returned.v, 10);
	assert_int_equal(o->event_records.n, 10);
	/* app 21, event 0, local, second 1000, no address, no data. */
	assert_true(str_eqz(o->event_records.v[0], "ABUAAAIAAAPoAgAA"));
	o = audit_read(f, 21);
	assert_int_equal(o->event_records.n, 5);
	assert_true(str_eqz(o->event_records.v[4], "ABUAAAIAAAQAAgAA"));
	assert_int_equal(audit_read(f, 26)->return_value.v, 35);
	const struct amt_audit_log *s = full_get(f, AUDIT);
	assert_int_equal(s->current_number_of_records.v, 25);
	assert_true(str_eqz(s->time_of_last_record, "1970-01-01T00:17:04Z"));
}

static void operations_leave_their_records(void **state)
{
	struct full_fixture *f = *state;
	struct amt_general_settings g = *(const struct amt_general_settings *)full_get(
		f, &amt_general_settings_class);
	struct wsman_reply r;
	size_t n;

	f->caller.user = STR("joe");
	f->caller.address = STR("192.0.2.7");
	assert_int_equal(subject_power(f, SIM_OFF_SOFT), 0);
	assert_last(f, 17, 1);
	assert_memory_equal(last(f)->bytes + 4, "\0\3joe", 5);
	clock_advance(10000);
	assert_int_equal(subject_power(f, SIM_ON), 0);
	assert_last(f, 17, 0);
	n = f->d.state->subjects.logs.n_audit;
	assert_int_equal(subject_power(f, SIM_ON), 4099);
	assert_int_equal(f->d.state->subjects.logs.n_audit, n);
	g.host_name = STR("new-name");
	assert_int_equal(full_ask(f,
				  &(struct wsman_call){.op = WSMAN_PUT,
						       .cls = &amt_general_settings_class,
						       .object = &g},
				  &r),
			 200);
	assert_last(f, 22, 1);
	assert_true(str_eqz(sim_logs_audit_last(&f->d.state->subjects.logs, 22, 1),
			    "\010new-name"));
}

static void an_unprovision_is_recorded_and_the_log_stays(void **state)
{
	struct full_fixture *f = *state;
	struct amt_setup_and_configuration_service_unprovision_in in = {
		.provisioning_mode = {true, 1}};

	assert_int_equal(subject_power(f, SIM_OFF_SOFT), 0);
	assert_int_equal(
		full_invoke(f, &amt_setup_and_configuration_service_class,
			    &amt_setup_and_configuration_service_unprovision_method, &in,
			    NULL),
		0);
	assert_last(f, 16, 19);
	assert_int_equal(last(f)->bytes[last(f)->n - 1], 4);
	assert_true(f->d.state->subjects.logs.n_audit >= 2);
	assert_int_equal(f->d.state->subjects.logs.n_events, 0);
}

static void a_set_up_names_the_host_and_its_method(void **state)
{
	struct full_fixture *f = *state;
	struct ips_host_based_setup_service_setup_in in = {
		.net_admin_pass_encryption_type = {true, 2},
		.network_admin_password = STR("00112233445566778899aabbccddeeff")};

	full_start(f, IPS_CONTROL_NONE, NULL);
	assert_int_equal(full_invoke(f, &ips_host_based_setup_service_class,
				     &ips_host_based_setup_service_setup_method, &in,
				     NULL),
			 0);
	assert_last(f, 16, 1);
	assert_memory_equal(last(f)->bytes + 4, "\0\x9$$OsAdmin", 11);
	struct str extra = sim_logs_audit_last(&f->d.state->subjects.logs, 16, 1);
	assert_int_equal(extra.p[0], 5);
	assert_int_equal(extra.n, 37);
	/* A second try fails and leaves nothing. */
	size_t n = f->d.state->subjects.logs.n_audit;
	full_invoke(f, &ips_host_based_setup_service_class,
		    &ips_host_based_setup_service_setup_method, &in, NULL);
	assert_int_equal(f->d.state->subjects.logs.n_audit, n);
}

static void a_switched_off_log_takes_only_what_is_super_critical(void **state)
{
	struct full_fixture *f = *state;
	struct sim_logs *l = &f->d.state->subjects.logs;
	struct amt_audit_log_request_state_change_in off = {.requested_state = {true, 3}},
						     on = {.requested_state = {true, 2}};

	assert_int_equal(full_invoke(f, AUDIT, &amt_audit_log_request_state_change_method,
				     &off, NULL),
			 0);
	assert_last(f, 20, 2);
	size_t n = l->n_audit;
	subject_power(f, SIM_OFF_SOFT);
	assert_int_equal(l->n_audit, n);
	const struct amt_audit_log *s = full_get(f, AUDIT);
	assert_int_equal(s->audit_state.v, AMT_AUDIT_NO_KEY | AMT_AUDIT_DISABLED);
	assert_true(sim_logs_audit(l, &(struct sim_actor){.kind = SIM_BY_LOCAL}, 1, 18, 8,
				   NULL, 0));
	assert_int_equal(full_invoke(f, AUDIT, &amt_audit_log_request_state_change_method,
				     &on, NULL),
			 0);
	assert_last(f, 20, 3);
}

static void a_cleared_log_keeps_the_last_super_critical_records(void **state)
{
	struct full_fixture *f = *state;
	struct sim_logs *l = &f->d.state->subjects.logs;
	struct sim_actor who = {SIM_BY_LOCAL, STR(""), STR("")};

	for (unsigned i = 0; i < 7; i++) {
		sim_logs_audit(l, &who, i, 18, 0, NULL, 0);
		sim_logs_audit(l, &who, i, 21, 0, NULL, 0);
	}
	assert_int_equal(
		full_invoke(f, AUDIT, &amt_audit_log_clear_log_method, NULL, NULL), 0);
	assert_int_equal(l->n_audit, SIM_AUDIT_KEPT + 1);
	/* Still in order: 2..6, and the clearing. */
	assert_int_equal(l->audit[0].bytes[8], 2);
	assert_int_equal(l->audit[4].bytes[8], 6);
	assert_last(f, 20, 0);
}

static int64_t lock(struct full_fixture *f, int flag, uint32_t handle,
		    uint32_t *out_handle)
{
	struct amt_audit_log_set_audit_lock_in in = {
		.lock_timeout_in_seconds = {true, 30},
		.flag = {true, flag},
		.handle = {handle != 0, handle}};
	const struct amt_audit_log_set_audit_lock_out *out = NULL;
	int64_t rc = full_invoke(f, AUDIT, &amt_audit_log_set_audit_lock_method, &in,
				 (const void **)&out);

	if (out_handle != NULL && out != NULL)
		*out_handle = (uint32_t)out->handle.v;
	return rc;
}

static void a_locked_log_takes_no_records_until_the_time_is_over(void **state)
{
	struct full_fixture *f = *state;
	struct sim_logs *l = &f->d.state->subjects.logs;
	uint32_t handle = 0;

	assert_int_equal(lock(f, 2, 0, NULL), 19);
	assert_int_equal(lock(f, 0, 0, &handle), 0);
	assert_int_not_equal(handle, 0);
	size_t n = l->n_audit;
	subject_power(f, SIM_OFF_SOFT);
	assert_int_equal(l->n_audit, n);
	assert_int_equal(lock(f, 0, 0, NULL), 18);
	assert_int_equal(lock(f, 2, handle ^ 2, NULL), 17);
	assert_int_equal(
		full_invoke(f, AUDIT, &amt_audit_log_clear_log_method, NULL, NULL), 18);
	clock_advance(31000);
	subject_power(f, SIM_ON);
	assert_int_equal(l->n_audit, n + 1);
	assert_int_equal(lock(f, 0, 0, &handle), 0);
	assert_int_equal(lock(f, 2, handle, NULL), 0);
}

static void the_oldest_record_goes_when_the_log_is_full(void **state)
{
	struct sim_logs l = {0};
	struct sim_actor who = {SIM_BY_LOCAL, STR(""), STR("")};
	struct sim_event e = {15, 2, 1, 34, {64, 19}};

	for (unsigned i = 0; i < SIM_AUDIT_MAX + 3; i++)
		sim_logs_audit(&l, &who, i, 21, 0, NULL, 0);
	assert_int_equal(l.n_audit, SIM_AUDIT_MAX);
	assert_int_equal(l.audit[0].bytes[8], 3);
	for (unsigned i = 0; i < SIM_EVENTS_MAX + 2; i++)
		sim_logs_event(&l, i + 1, &e);
	assert_int_equal(l.n_events, SIM_EVENTS_MAX);
	assert_int_equal(l.events[0][0], 3);
	sim_logs_fini(&l);
}

static const struct amt_message_log_get_records_out *events_read(struct full_fixture *f,
								 const char *from,
								 int max)
{
	struct amt_message_log_get_records_in in = {.iteration_identifier = str_of(from),
						    .max_read_records = {true, max}};
	const void *out = NULL;

	full_invoke(f, EVENTS, &amt_message_log_get_records_method, &in, &out);
	return out;
}

static void a_boot_is_told_in_the_event_log_newest_first(void **state)
{
	static const uint8_t os[] = {0xff, 15, 0x6f, 2, 0x68, 1, 0xff, 34, 0,
				     64,   19, 0,    0, 0,    0, 0,    0};
	struct full_fixture *f = *state;
	size_t n;

	assert_int_equal(full_invoke(f, EVENTS,
				     &amt_message_log_position_to_first_record_method,
				     NULL, NULL),
			 2);
	assert_int_equal(events_read(f, "1", 390)->return_value.v, 3);
	subject_boot(f);
	assert_int_equal(full_invoke(f, EVENTS,
				     &amt_message_log_position_to_first_record_method,
				     NULL, NULL),
			 0);
	const struct amt_message_log_get_records_out *o = events_read(f, "1", 2);
	assert_int_equal(o->return_value.v, 0);
	assert_int_equal(o->record_array.n, 2);
	assert_int_equal(o->no_more_records.v, 0);
	assert_true(str_eqz(o->iteration_identifier, "3"));
	const uint8_t *r = base64_decode(&f->a, o->record_array.v[0], &n);
	assert_int_equal(n, EVENT_RECORD_SIZE);
	assert_memory_equal(r + 4, os, sizeof(os));
	o = events_read(f, "3", 390);
	assert_int_equal(o->record_array.n, 1);
	assert_int_equal(o->no_more_records.v, 1);
	assert_int_equal(events_read(f, "4", 390)->return_value.v, 2);
	assert_int_equal(events_read(f, "x", 390)->return_value.v, 2);
}

static void a_frozen_event_log_neither_grows_nor_clears(void **state)
{
	struct full_fixture *f = *state;
	struct amt_message_log_freeze_log_in on = {.freeze = {true, 1}},
					     off = {.freeze = {true, 0}};

	subject_boot(f);
	assert_int_equal(
		full_invoke(f, EVENTS, &amt_message_log_freeze_log_method, &on, NULL), 0);
	subject_boot(f);
	const struct amt_message_log *s = full_get(f, EVENTS);
	assert_int_equal(s->current_number_of_records.v, 3);
	assert_int_equal(s->is_frozen.v, 1);
	assert_int_equal(
		full_invoke(f, EVENTS, &amt_message_log_clear_log_method, NULL, NULL),
		2059);
	assert_int_equal(
		full_invoke(f, EVENTS, &amt_message_log_freeze_log_method, &off, NULL),
		0);
	assert_int_equal(
		full_invoke(f, EVENTS, &amt_message_log_clear_log_method, NULL, NULL), 0);
	assert_int_equal(f->d.state->subjects.logs.n_events, 0);
	assert_last(f, 24, 2);
}

static void logs_survive_a_loss_of_power(void **state)
{
	struct full_fixture *f = *state;
	struct sim_logs *l = &f->d.state->subjects.logs;

	subject_boot(f);
	size_t audit = l->n_audit, events = l->n_events;
	subject_reload(f);
	assert_int_equal(l->n_audit, audit);
	assert_int_equal(l->n_events, events);
	assert_last(f, 17, 3);
}

static void damaged_logs_are_refused(void **state)
{
	static const char *const bad[] = {
		"{\"audit\":[],\"events\":[\"AAAA\"]}",
		"{\"audit\":[\"AAAA\"],\"events\":[]}",
		"{\"audit\":[\"ABUAAAIAAAPoAgD/\"],\"events\":[]}",
		"{\"audit\":[\"ABUAAAIAAAPoAv8A\"],\"events\":[]}",
		"{\"audit\":[1],\"events\":[]}",
		"{\"audit\":{},\"events\":[]}",
		"{\"audit\":[]}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct sim_logs l = {0};
		json_t *j = json_loads(bad[i], 0, NULL);
		struct err *e = sim_logs_from_json(&l, j);
		assert_non_null(e);
		err_free(e);
		sim_logs_fini(&l);
		json_decref(j);
	}
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, subject_set_up, full_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_audit_record_has_the_bytes_of_the_reference),
		TEST(records_are_read_ten_by_ten_from_the_oldest),
		TEST(operations_leave_their_records),
		TEST(an_unprovision_is_recorded_and_the_log_stays),
		TEST(a_set_up_names_the_host_and_its_method),
		TEST(a_switched_off_log_takes_only_what_is_super_critical),
		TEST(a_cleared_log_keeps_the_last_super_critical_records),
		TEST(a_locked_log_takes_no_records_until_the_time_is_over),
		TEST(the_oldest_record_goes_when_the_log_is_full),
		TEST(a_boot_is_told_in_the_event_log_newest_first),
		TEST(a_frozen_event_log_neither_grows_nor_clears),
		TEST(logs_survive_a_loss_of_power),
		TEST(damaged_logs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
