/* SPDX-License-Identifier: Apache-2.0
 * Audit records on both databases: added, read in pages, kept.
 */
#include <store/store_test.h>

#include <iam/iam_audit.h>

#define D0 "143e4567-e89b-12d3-a456-426614174000"
#define D1 "d12428be-9fa1-4226-9784-54b2038beab6"

static void add(struct store_test *t, const char *who, const char *tenant,
		const char *device)
{
	ok(iam_audit_add(t->db,
			 &(struct iam_audit){.who = who,
					     .tenant = tenant,
					     .what = "POST /power",
					     .device = device,
					     .outcome = "200",
					     .peer = "192.0.2.7"},
			 soon()));
}

static size_t list(struct store_test *t, struct iam_audit_filter f,
		   struct iam_audit **out)
{
	size_t n;

	if (f.top == 0)
		f.top = 100;
	ok(iam_audit_list(t->db, &f, &t->a, soon(), out, &n));
	return n;
}

static void keeps_what_was_added(struct store_test *t)
{
	struct iam_audit *r;

	ok(iam_audit_migrate(t->db, soon(), NULL));
	ok(iam_audit_migrate(t->db, soon(), NULL));
	ok(iam_audit_add(t->db,
			 &(struct iam_audit){.at = 1768456800123,
					     .who = "otto",
					     .tenant = "t1",
					     .what = "kvm session",
					     .device = D0,
					     .outcome = "ended",
					     .peer = "192.0.2.7",
					     .detail = "3 s"},
			 soon()));
	assert_int_equal(list(t, (struct iam_audit_filter){0}, &r), 1);
	assert_true(r->id > 0 && r->at == 1768456800123);
	assert_string_equal(r->who, "otto");
	assert_string_equal(r->tenant, "t1");
	assert_string_equal(r->what, "kvm session");
	assert_string_equal(r->device, D0);
	assert_string_equal(r->outcome, "ended");
	assert_string_equal(r->peer, "192.0.2.7");
	assert_string_equal(r->detail, "3 s");
}

static void filters_and_pages(struct store_test *t)
{
	struct iam_audit *r;
	int64_t first;

	ok(iam_audit_migrate(t->db, soon(), NULL));
	for (int i = 0; i < 3; i++) {
		add(t, "otto", "t1", D0);
		add(t, "anna", "t1", D1);
		add(t, "otto", "t2", D1);
	}
	add(t, NULL, NULL, NULL);
	assert_int_equal(list(t, (struct iam_audit_filter){0}, &r), 10);
	assert_null(r[0].device);
	assert_string_equal(r[0].who, "");
	assert_int_equal(list(t, (struct iam_audit_filter){.tenant = "t1"}, &r), 6);
	assert_int_equal(list(t, (struct iam_audit_filter){.tenant = "t3"}, &r), 0);
	assert_int_equal(list(t, (struct iam_audit_filter){.device = D1}, &r), 6);
	assert_int_equal(list(t, (struct iam_audit_filter){.who = "otto"}, &r), 6);
	/* However a GUID was written, it is one device. */
	add(t, "emil", "t4", "143E4567-E89B-12D3-A456-426614174000");
	assert_int_equal(
		list(t, (struct iam_audit_filter){.tenant = "t4", .device = D0}, &r), 1);
	assert_string_equal(r->device, D0);
	assert_int_equal(
		list(t, (struct iam_audit_filter){.tenant = "t1", .device = D1}, &r), 3);
	assert_int_equal(list(t,
			      (struct iam_audit_filter){
				      .tenant = "t1", .device = D1, .who = "otto"},
			      &r),
			 0);
	assert_int_equal(list(t, (struct iam_audit_filter){.top = 4}, &r), 4);
	assert_true(r[0].id > r[1].id && r[2].id > r[3].id);
	first = r[3].id;
	assert_int_equal(list(t, (struct iam_audit_filter){.before = first}, &r), 7);
	assert_true(r[0].id < first);
}

static void texts_are_cut_between_characters(struct store_test *t)
{
	struct iam_audit *r;
	char name[600];

	ok(iam_audit_migrate(t->db, soon(), NULL));
	memset(name, 'x', sizeof(name));
	memcpy(name + 511, "\xc3\xa4", 2);
	name[599] = '\0';
	add(t, name, "", NULL);
	assert_int_equal(list(t, (struct iam_audit_filter){0}, &r), 1);
	assert_int_equal(strlen(r->who), 511);
}

static void refused(struct store_test *t, const char *text)
{
	struct db_stmt st = {.name = "test", .sql = text};
	struct err *e = db_exec(t->db, &st, NULL, 0, soon(), NULL);

	assert_non_null(e);
	err_free(e);
}

static void nobody_changes_a_record(struct store_test *t)
{
	struct iam_audit *r;

	ok(iam_audit_migrate(t->db, soon(), NULL));
	add(t, "otto", "t1", D0);
	refused(t, "UPDATE ob_audit SET who = 'anna'");
	refused(t, "DELETE FROM ob_audit");
	if (db_dialect(t->db) == DB_POSTGRES)
		refused(t, "TRUNCATE ob_audit");
	assert_int_equal(list(t, (struct iam_audit_filter){0}, &r), 1);
	assert_string_equal(r->who, "otto");
}

static void aged(struct store_test *t, int64_t days)
{
	ok(iam_audit_add(t->db,
			 &(struct iam_audit){.at = clock_wall_ms() - days * 86400000,
					     .who = "otto",
					     .what = "POST /power",
					     .outcome = "200"},
			 soon()));
}

static void old_records_go_and_no_others(struct store_test *t)
{
	int64_t now = clock_wall_ms(), gone;
	struct iam_audit *r;

	ok(iam_audit_migrate(t->db, soon(), NULL));
	for (int i = 0; i < 1100; i++) /* more than go at once */
		aged(t, 40 - i / 100);
	aged(t, 3);
	aged(t, 0);
	/* Old ones too are safe from who has no business with them. */
	refused(t, "DELETE FROM ob_audit WHERE id = (SELECT min(id) FROM ob_audit)");
	ok(iam_audit_prune(t->db, now - 30LL * 86400000 + 3600000, soon(), &gone));
	assert_int_equal(gone, 1100);
	assert_int_equal(list(t, (struct iam_audit_filter){0}, &r), 2);
	/* No setting reaches the last day. */
	fails(iam_audit_prune(t->db, now, soon(), &gone), ERR_INVALID);
	refused(t, "DELETE FROM ob_audit");
	ok(iam_audit_prune(t->db, now - 2LL * 86400000, soon(), &gone));
	assert_int_equal(gone, 1);
	assert_int_equal(list(t, (struct iam_audit_filter){0}, &r), 1);
	refused(t, "UPDATE ob_audit SET who = 'anna'");
}

#define EACH(fn)                            \
	static void test_##fn(void **state) \
	{                                   \
		on_each(fn);                \
	}
EACH(keeps_what_was_added)
EACH(filters_and_pages)
EACH(texts_are_cut_between_characters)
EACH(nobody_changes_a_record)
EACH(old_records_go_and_no_others)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_what_was_added),
		cmocka_unit_test(test_filters_and_pages),
		cmocka_unit_test(test_texts_are_cut_between_characters),
		cmocka_unit_test(test_nobody_changes_a_record),
		cmocka_unit_test(test_old_records_go_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
