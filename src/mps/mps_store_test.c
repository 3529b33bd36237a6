/* SPDX-License-Identifier: Apache-2.0
 * The store on SQLite and, when OUTBAND_TEST_PG_URL names one, on PostgreSQL.
 */
#include <store/store_test.h>

#include <mps/mps_store.h>

/* Guids in rows are written short: "1" is the GUID that ends in 1. */
static const char *guid_of(struct store_test *t, unsigned i)
{
	return arena_printf(&t->a, "143e4567-e89b-12d3-a456-%012x", i);
}

static void migrated(struct store_test *t)
{
	ok(migrate(t->db, "mps", mps_migrations, mps_migrations_n, soon(), NULL));
}

struct change {
	const char *hostname, *friendly, *tags, *info;
};

static struct err *apply(struct mps_device *row, bool exists, struct arena *a, void *arg)
{
	const struct change *c = arg;

	if (c->hostname != NULL)
		row->hostname = c->hostname;
	if (c->friendly != NULL)
		row->friendly_name = c->friendly;
	if (c->tags != NULL)
		row->tags = c->tags;
	if (c->info != NULL)
		row->device_info = c->info;
	return NULL;
}

static struct err *try_put(struct store_test *t, unsigned i, const char *tenant,
			   bool create, struct change c, struct mps_device *row,
			   bool *created)
{
	return mps_device_upsert(t->db, guid_of(t, i), tenant, create, apply, &c, &t->a,
				 soon(), row, created);
}

static void put(struct store_test *t, unsigned i, const char *tenant, struct change c)
{
	struct mps_device row;
	bool created;

	ok(try_put(t, i, tenant, true, c, &row, &created));
}

static void check_stats(struct store_test *t, const char *tenant, int64_t total,
			int64_t connected)
{
	int64_t n, c;

	ok(mps_device_stats(t->db, tenant, &t->a, soon(), &n, &c));
	assert_int_equal(n, total);
	assert_int_equal(c, connected);
}

static struct mps_device get(struct store_test *t, unsigned i)
{
	struct mps_device d;

	ok(mps_device_get(t->db, guid_of(t, i), MPS_ANY_TENANT, &t->a, soon(), &d));
	return d;
}

/* "1 2 9" of a list, and its total. */
static void check_list(struct store_test *t, struct mps_device_filter f, const char *want,
		       int64_t want_total)
{
	struct mps_device *v;
	struct buf got = {0};
	size_t n;
	int64_t total = -1;

	if (f.top == 0)
		f.top = 25;
	ok(mps_device_list(t->db, &f, &t->a, soon(), &v, &n, &total));
	buf_adds(&got, "");
	for (size_t i = 0; i < n; i++)
		buf_addf(&got, "%s%lx", i > 0 ? " " : "",
			 strtoul(v[i].guid + 24, NULL, 16));
	assert_string_equal(got.p, want);
	assert_int_equal(total, want_total);
	buf_fini(&got);
}

static const struct mps_device_filter everything = {.connected = -1};

/* ---- adopting ---- */

static const char upstream_2021[] =
	"CREATE TABLE devices(guid uuid NOT NULL, tags text[], hostname varchar(256), "
	"mpsinstance text,"
	" connectionstatus boolean, mpsusername text, tenantid varchar(36) NOT NULL,"
	" friendlyname varchar(256), dnssuffix varchar(256),"
	" CONSTRAINT device_guid UNIQUE(guid), PRIMARY KEY (guid,tenantid))";

static void adopt(struct store_test *t)
{
	static const char insert[] =
		"INSERT INTO devices(guid, tags, hostname, connectionstatus, tenantid) "
		"VALUES"
		"('143e4567-e89b-12d3-a456-000000000001', %s, 'a', TRUE, ''),"
		"('143e4567-e89b-12d3-a456-000000000002', %s, 'b', FALSE, ''),"
		"('143e4567-e89b-12d3-a456-000000000003', NULL, NULL, NULL, 't')";
	bool pg = db_dialect(t->db) == DB_POSTGRES;
	int applied;

	if (pg)
		sql(t, upstream_2021);
	else
		ok(migrate(t->db, "mps", mps_migrations, 1, soon(), NULL));
	sql(t, pg ? arena_printf(&t->a, insert, "ARRAY['x','y z']", "ARRAY['x']")
		  : arena_printf(&t->a, insert, "'[\"x\",\"y z\"]'", "'[\"x\"]'"));
	ok(migrate(t->db, "mps", mps_migrations, mps_migrations_n, soon(), &applied));
	assert_int_equal(applied, pg ? 4 : 3);
	check_stats(t, "", 2, 1);
	check_stats(t, "t", 1, 0);
	check_stats(t, MPS_ANY_TENANT, 3, 1);
	const char *tags[] = {"y z"};
	check_list(t,
		   (struct mps_device_filter){
			   .tenant = "", .connected = -1, .tags = tags, .n_tags = 1},
		   "1", 1);
	struct mps_device d = get(t, 1);
	assert_string_equal(d.tags, "[\"x\",\"y z\"]");
	assert_true(d.connected);
	d = get(t, 3);
	assert_null(d.tags);
	assert_null(d.hostname);
	assert_false(d.connected);
	assert_int_equal(d.last_seen, -1);
	/* A second start finds nothing to do. */
	ok(migrate(t->db, "mps", mps_migrations, mps_migrations_n, soon(), &applied));
	assert_int_equal(applied, 0);
}

static void upstream_database_is_adopted_with_its_rows(void **state)
{
	on_each(adopt);
}

/* ---- counters ---- */

static void counters(struct store_test *t)
{
	migrated(t);
	check_stats(t, "", 0, 0);
	for (unsigned i = 1; i <= 5; i++)
		put(t, i, i < 4 ? "" : "t", (struct change){.hostname = "h"});
	put(t, 1, "", (struct change){.hostname = "again"});
	check_stats(t, "", 3, 0);
	check_stats(t, "t", 2, 0);
	/* As upstream's own programs write. */
	sql(t, "UPDATE devices SET connectionstatus = TRUE, mpsinstance = 'up' WHERE "
	       "tenantid = ''");
	check_stats(t, "", 3, 3);
	sql(t, "UPDATE devices SET connectionstatus = NULL WHERE hostname = 'again'");
	check_stats(t, "", 3, 2);
	sql(t, "UPDATE devices SET lastseen = NULL, hostname = 'x'");
	check_stats(t, MPS_ANY_TENANT, 5, 2);
	sql(t, "INSERT INTO devices(guid, tenantid, connectionstatus) VALUES"
	       "('143e4567-e89b-12d3-a456-000000000009', 'new', TRUE),"
	       "('143e4567-e89b-12d3-a456-00000000000a', 't', TRUE)");
	check_stats(t, "new", 1, 1);
	check_stats(t, "t", 3, 1);
	sql(t, "UPDATE devices SET tenantid = 't' WHERE tenantid = 'new'");
	check_stats(t, "new", 0, 0);
	check_stats(t, "t", 4, 2);
	ok(mps_device_delete(t->db, guid_of(t, 9), "t", soon()));
	sql(t, "DELETE FROM devices WHERE tenantid = ''");
	check_stats(t, "", 0, 0);
	check_stats(t, "t", 3, 1);
	if (db_dialect(t->db) == DB_POSTGRES) {
		sql(t, "TRUNCATE devices");
		check_stats(t, MPS_ANY_TENANT, 0, 0);
	}
}

static void counters_follow_every_kind_of_write(void **state)
{
	on_each(counters);
}

static void failed_write(struct store_test *t)
{
	static const struct db_stmt twice = {
		"twice", "INSERT INTO devices(guid, tenantid) VALUES"
			 "('143e4567-e89b-12d3-a456-000000000002', ''),"
			 "('143e4567-e89b-12d3-a456-000000000001', '')"};
	migrated(t);
	put(t, 1, "", (struct change){0});
	fails(db_exec(t->db, &twice, NULL, 0, soon(), NULL), ERR_CONFLICT);
	check_stats(t, "", 1, 0);
}

static void counters_do_not_move_when_a_write_fails(void **state)
{
	on_each(failed_write);
}

struct creator {
	struct store_test *t;
	unsigned from, n;
	unsigned created;
};

static void create_some(void *arg)
{
	struct creator *c = arg;
	struct store_test own = {.db = c->t->db};
	struct mps_device row;

	for (unsigned i = 0; i < c->n; i++) {
		bool created;
		ok(try_put(&own, c->from + i, i % 2 ? "" : "t", true,
			   (struct change){.hostname = "h"}, &row, &created));
		c->created += created;
	}
	arena_fini(&own.a);
}

static void concurrent(struct store_test *t)
{
	struct creator c[8];
	struct fiber_group g;
	unsigned created = 0;

	migrated(t);
	fiber_group_init(&g);
	/* Pairs of fibers create the same devices. */
	for (unsigned i = 0; i < ARRAY_LEN(c); i++) {
		c[i] = (struct creator){.t = t, .from = i / 2 * 100, .n = 10};
		fiber_spawn(&g, "creator", create_some, &c[i]);
	}
	fiber_group_join(&g, false);
	for (unsigned i = 0; i < ARRAY_LEN(c); i++)
		created += c[i].created;
	assert_int_equal(created, 40);
	check_stats(t, "", 20, 0);
	check_stats(t, "t", 20, 0);
}

static void concurrent_creates_make_one_row_each(void **state)
{
	on_each(concurrent);
}

/* ---- one device ---- */

static void upsert(struct store_test *t)
{
	struct mps_device d;
	bool created;

	migrated(t);
	ok(try_put(t, 0xab, "", true,
		   (struct change){.hostname = "h",
				   .tags = "[\"q\\\"uote\",\"b,c\"]",
				   .info = "{\"fwVersion\":\"16.1\"}"},
		   &d, &created));
	assert_true(created);
	assert_false(d.connected);
	assert_null(d.mps_instance);
	d = get(t, 0xab);
	assert_string_equal(d.guid, "143e4567-e89b-12d3-a456-0000000000ab");
	assert_string_equal(d.tenant, "");
	assert_string_equal(d.tags, "[\"q\\\"uote\",\"b,c\"]");
	assert_string_equal(d.device_info, "{\"fwVersion\":\"16.1\"}");
	assert_null(d.friendly_name);
	ok(mps_device_upsert(
		t->db, "143E4567-E89B-12D3-A456-0000000000AB", MPS_ANY_TENANT, true,
		apply, &(struct change){.friendly = "f"}, &t->a, soon(), &d, &created));
	assert_false(created);
	assert_string_equal(d.hostname, "h");
	assert_string_equal(d.friendly_name, "f");
	d = get(t, 0xab);
	assert_string_equal(d.tags, "[\"q\\\"uote\",\"b,c\"]");
	ok(mps_device_get(t->db, "143E4567-E89B-12D3-A456-0000000000AB", "", &t->a,
			  soon(), &d));
	fails(mps_device_get(t->db, "nonsense", "", &t->a, soon(), &d), ERR_NOT_FOUND);
	fails(mps_device_get(t->db, guid_of(t, 5), "", &t->a, soon(), &d), ERR_NOT_FOUND);
	fails(try_put(t, 5, "", false, (struct change){0}, &d, &created), ERR_NOT_FOUND);
	fails(mps_device_delete(t->db, guid_of(t, 5), MPS_ANY_TENANT, soon()),
	      ERR_NOT_FOUND);
	fails(mps_device_delete(t->db, "nonsense", MPS_ANY_TENANT, soon()),
	      ERR_NOT_FOUND);
}

static void upsert_merges_into_what_is_there(void **state)
{
	on_each(upsert);
}

static void tenants(struct store_test *t)
{
	struct mps_device d;
	bool created;

	migrated(t);
	put(t, 1, "a", (struct change){.hostname = "h", .tags = "[\"x\"]"});
	put(t, 2, "b", (struct change){.hostname = "h", .tags = "[\"x\",\"y\"]"});
	fails(mps_device_get(t->db, guid_of(t, 1), "b", &t->a, soon(), &d),
	      ERR_NOT_FOUND);
	fails(mps_device_get(t->db, guid_of(t, 1), "", &t->a, soon(), &d), ERR_NOT_FOUND);
	fails(try_put(t, 1, "b", true, (struct change){.hostname = "stolen"}, &d,
		      &created),
	      ERR_CONFLICT);
	fails(try_put(t, 1, "b", false, (struct change){.hostname = "stolen"}, &d,
		      &created),
	      ERR_NOT_FOUND);
	fails(mps_device_delete(t->db, guid_of(t, 1), "b", soon()), ERR_NOT_FOUND);
	assert_string_equal(get(t, 1).hostname, "h");
	struct mps_device_filter f = everything;
	f.tenant = "a";
	check_list(t, f, "1", 1);
	f.hostname = "h";
	check_list(t, f, "1", 1);
	const char *x[] = {"x"}, **tags;
	size_t n;
	check_list(t,
		   (struct mps_device_filter){
			   .tenant = "b", .tags = x, .n_tags = 1, .connected = -1},
		   "2", 1);
	ok(mps_device_tags(t->db, "b", &t->a, soon(), &tags, &n));
	assert_int_equal(n, 2);
	assert_string_equal(tags[0], "x");
	assert_string_equal(tags[1], "y");
	ok(mps_device_tags(t->db, "a", &t->a, soon(), &tags, &n));
	assert_int_equal(n, 1);
	ok(mps_device_tags(t->db, MPS_ANY_TENANT, &t->a, soon(), &tags, &n));
	assert_int_equal(n, 2);
	check_list(t, everything, "1 2", 2);
	ok(mps_device_delete(t->db, guid_of(t, 1), "a", soon()));
	ok(mps_device_delete(t->db, guid_of(t, 2), MPS_ANY_TENANT, soon()));
	check_list(t, everything, "", 0);
}

static void tenants_do_not_see_each_other(void **state)
{
	on_each(tenants);
}

/* ---- lists ---- */

static void filters(struct store_test *t)
{
	const char *ab[] = {"a", "b"}, *none[] = {""}, *twice[] = {"a", "a"};

	migrated(t);
	put(t, 1, "",
	    (struct change){.hostname = "h1", .friendly = "f", .tags = "[\"a\"]"});
	put(t, 2, "",
	    (struct change){.hostname = "h2", .friendly = "f", .tags = "[\"b\",\"b\"]"});
	put(t, 3, "", (struct change){.hostname = "h2", .tags = "[\"b\",\"a\",\"c\"]"});
	put(t, 4, "", (struct change){.hostname = "h2", .tags = "[]"});
	sql(t, "UPDATE devices SET connectionstatus = TRUE WHERE hostname = 'h1' OR "
	       "guid = '143e4567-e89b-12d3-a456-000000000003'");
	sql(t, "UPDATE devices SET connectionstatus = NULL WHERE "
	       "guid = '143e4567-e89b-12d3-a456-000000000004'");
	struct mps_device_filter f = {.connected = -1, .tags = ab, .n_tags = 2};
	check_list(t, f, "1 2 3", 3);
	f.tags_all = true;
	check_list(t, f, "3", 1);
	f.tags = twice;
	check_list(t, f, "1 3", 2);
	f = (struct mps_device_filter){.connected = -1, .tags = none, .n_tags = 1};
	check_list(t, f, "", 0);
	check_list(t, (struct mps_device_filter){.connected = 1}, "1 3", 2);
	check_list(t, (struct mps_device_filter){.connected = 0}, "2 4", 2);
	check_list(t, (struct mps_device_filter){.connected = 0, .tenant = ""}, "2 4", 2);
	check_list(t, (struct mps_device_filter){.connected = 1, .tenant = "no"}, "", 0);
	check_list(t, (struct mps_device_filter){.connected = -1, .hostname = "h2"},
		   "2 3 4", 3);
	check_list(t, (struct mps_device_filter){.connected = -1, .friendly_name = "f"},
		   "1 2", 2);
	check_list(t,
		   (struct mps_device_filter){.connected = 1,
					      .hostname = "h2",
					      .tags = ab,
					      .n_tags = 2,
					      .tenant = ""},
		   "3", 1);
	check_list(t,
		   (struct mps_device_filter){
			   .connected = -1, .hostname = "h2", .friendly_name = "f"},
		   "2", 1);
	/* Tags that were changed or removed are found no more. */
	put(t, 1, "", (struct change){.tags = "[\"z\"]"});
	ok(mps_device_delete(t->db, guid_of(t, 3), "", soon()));
	f = (struct mps_device_filter){.connected = -1, .tags = ab, .n_tags = 2};
	check_list(t, f, "2", 1);
}

static void filters_hold_together(void **state)
{
	on_each(filters);
}

static void pages(struct store_test *t)
{
	struct mps_device_filter f = {.tenant = "", .connected = -1, .top = 3};

	migrated(t);
	for (unsigned i = 1; i <= 10; i++)
		put(t, i, "", (struct change){.hostname = i % 2 ? "odd" : "even"});
	check_list(t, f, "1 2 3", 10);
	f.skip = 9;
	check_list(t, f, "a", 10);
	f.skip = 10;
	check_list(t, f, "", 10);
	f.skip = 500;
	check_list(t, f, "", 10);
	f = (struct mps_device_filter){
		.tenant = "", .connected = -1, .top = 2, .skip = 2, .hostname = "odd"};
	check_list(t, f, "5 7", 5);
	f.connected = 1;
	check_list(t, f, "", 0);
	sql(t, "UPDATE devices SET connectionstatus = TRUE WHERE hostname = 'odd'");
	check_list(t, f, "5 7", 5);
	f.hostname = NULL;
	check_list(t, f, "5 7", 5);
	f.connected = 0;
	check_list(t, f, "6 8", 5);
}

static void pages_and_totals_are_of_the_filtered_set(void **state)
{
	on_each(pages);
}

/* ---- presence ---- */

static void presence(struct store_test *t)
{
	migrated(t);
	for (unsigned i = 1; i <= 4; i++)
		put(t, i, "", (struct change){0});
	struct mps_presence v[] = {
		{guid_of(t, 1), MPS_CONNECTED | MPS_SEEN, 1000, 1000, 0},
		{guid_of(t, 2), MPS_CONNECTED, 1001, 0, 0},
		{guid_of(t, 3), MPS_SEEN, 0, 5123, 0},
		{guid_of(t, 4), MPS_DISCONNECTED, 0, 0, 7000}, /* not ours */
		{guid_of(t, 99), MPS_CONNECTED, 1, 1, 1},      /* deleted meanwhile */
	};
	ok(mps_presence_write(t->db, "one", v, ARRAY_LEN(v), soon()));
	struct mps_device d = get(t, 1);
	assert_true(d.connected);
	assert_string_equal(d.mps_instance, "one");
	assert_int_equal(d.last_connected, 1000);
	assert_int_equal(d.last_seen, 1000);
	assert_int_equal(d.last_disconnected, -1);
	assert_int_equal(get(t, 2).last_seen, -1);
	d = get(t, 3);
	assert_false(d.connected);
	assert_int_equal(d.last_seen, 5123);
	assert_int_equal(get(t, 4).last_disconnected, -1);
	check_stats(t, "", 4, 2);
	ok(mps_presence_write(t->db, "one", NULL, 0, soon()));

	/* Device 1 moves to instance two; instance one notices the old link's end late.
	 */
	struct mps_presence moved = {guid_of(t, 1), MPS_CONNECTED | MPS_SEEN, 2000, 2000,
				     0};
	ok(mps_presence_write(t->db, "two", &moved, 1, soon()));
	struct mps_presence late[] = {
		{guid_of(t, 1), MPS_DISCONNECTED, 0, 0, 3000},
		{guid_of(t, 2), MPS_DISCONNECTED, 0, 0, 3000},
		{guid_of(t, 3), MPS_SEEN, 0, 5000, 0}, /* older than what is known */
	};
	ok(mps_presence_write(t->db, "one", late, ARRAY_LEN(late), soon()));
	d = get(t, 1);
	assert_true(d.connected);
	assert_string_equal(d.mps_instance, "two");
	assert_int_equal(d.last_disconnected, -1);
	d = get(t, 2);
	assert_false(d.connected);
	assert_null(d.mps_instance);
	assert_int_equal(d.last_disconnected, 3000);
	assert_int_equal(get(t, 3).last_seen, 5123);
	check_stats(t, "", 4, 1);

	/* Came and went within one batch. */
	struct mps_presence brief = {guid_of(t, 4), MPS_DISCONNECTED, 8000, 8000, 8500};
	ok(mps_presence_write(t->db, "one", &brief, 1, soon()));
	d = get(t, 4);
	assert_int_equal(d.last_connected, 8000);
	assert_int_equal(d.last_disconnected, 8500);

	ok(mps_presence_clear(t->db, "one", soon()));
	check_stats(t, "", 4, 1);
	ok(mps_presence_clear(t->db, "two", soon()));
	check_stats(t, "", 4, 0);
	assert_null(get(t, 1).mps_instance);
}

static void presence_is_cleared_by_its_owner_only(void **state)
{
	on_each(presence);
}

static void late_connects(struct store_test *t)
{
	migrated(t);
	for (unsigned i = 1; i <= 3; i++)
		put(t, i, "", (struct change){0});
	/* One could not write its connect; the device went to two meanwhile. */
	struct mps_presence two = {guid_of(t, 1), MPS_CONNECTED | MPS_SEEN, 2000, 2000,
				   0};
	ok(mps_presence_write(t->db, "two", &two, 1, soon()));
	struct mps_presence late[] = {
		{guid_of(t, 1), MPS_CONNECTED | MPS_SEEN | MPS_LATE, 1000, 1000, 0},
		{guid_of(t, 2), MPS_CONNECTED | MPS_LATE, 1000, 0, 0},
	};
	ok(mps_presence_write(t->db, "one", late, ARRAY_LEN(late), soon()));
	assert_string_equal(get(t, 1).mps_instance, "two");
	assert_int_equal(get(t, 1).last_connected, 2000);
	assert_string_equal(get(t, 2).mps_instance, "one");
	/* Not even when two lost it again. */
	two.what = MPS_DISCONNECTED;
	two.disconnected_at = 3000;
	ok(mps_presence_write(t->db, "two", &two, 1, soon()));
	ok(mps_presence_write(t->db, "one", late, ARRAY_LEN(late), soon()));
	assert_false(get(t, 1).connected);
	/* But a newer one does, whatever the clocks. */
	late[0].what = MPS_CONNECTED;
	ok(mps_presence_write(t->db, "one", late, 1, soon()));
	assert_string_equal(get(t, 1).mps_instance, "one");
	check_stats(t, "", 3, 2);
}

static void late_connect_does_not_take_a_device_back(void **state)
{
	on_each(late_connects);
}

static void silent_instances(struct store_test *t)
{
	bool lost;
	int64_t dead;

	migrated(t);
	for (unsigned i = 1; i <= 2; i++)
		put(t, i, "", (struct change){0});
	if (db_dialect(t->db) != DB_POSTGRES) {
		ok(mps_instance_beat(t->db, "one", 0, soon(), &lost, &dead));
		assert_true(!lost && dead == 0);
		return;
	}
	ok(mps_instance_beat(t->db, "one", 60000, soon(), &lost, &dead));
	assert_true(lost && dead == 0);
	ok(mps_instance_beat(t->db, "two", 60000, soon(), &lost, &dead));
	ok(mps_instance_beat(t->db, "one", 60000, soon(), &lost, &dead));
	assert_true(!lost && dead == 0);
	struct mps_presence v[] = {{guid_of(t, 1), MPS_CONNECTED, 1000, 0, 0},
				   {guid_of(t, 2), MPS_CONNECTED, 1000, 0, 0}};
	ok(mps_presence_write(t->db, "one", &v[0], 1, soon()));
	ok(mps_presence_write(t->db, "two", &v[1], 1, soon()));
	/* Two dies. */
	sql(t, "UPDATE ob_instances SET seen = seen - interval '1 hour' WHERE instance = "
	       "'two'");
	ok(mps_instance_beat(t->db, "one", 60000, soon(), &lost, &dead));
	assert_true(!lost && dead == 1);
	assert_string_equal(get(t, 1).mps_instance, "one");
	assert_false(get(t, 2).connected);
	assert_null(get(t, 2).mps_instance);
	/* It was only away, and says again what it has. */
	ok(mps_instance_beat(t->db, "two", 60000, soon(), &lost, &dead));
	assert_true(lost && dead == 0);
	v[1].what |= MPS_LATE;
	ok(mps_presence_write(t->db, "two", &v[1], 1, soon()));
	assert_string_equal(get(t, 2).mps_instance, "two");
	ok(mps_instance_end(t->db, "two", soon()));
	assert_int_equal(count(t, "ob_instances"), 1);
}

static void silent_instance_loses_its_devices(void **state)
{
	on_each(silent_instances);
}

struct instance {
	struct store_test *t;
	const char *name;
	bool backwards;
};

#define FLEET 200

static void write_batches(void *arg)
{
	struct instance *in = arg;
	struct store_test own = {0};
	struct mps_presence v[FLEET];

	for (unsigned i = 0; i < FLEET; i++)
		v[i] = (struct mps_presence){
			.guid = guid_of(&own, in->backwards ? FLEET - 1 - i : i),
			.what = i % 3 ? MPS_CONNECTED | MPS_SEEN : MPS_SEEN,
			.connected_at = 1,
			.seen_at = 1};
	for (unsigned round = 0; round < 5; round++) {
		ok(mps_presence_write(in->t->db, in->name, v, FLEET, soon()));
		ok(mps_presence_clear(in->t->db, in->name, soon()));
	}
	arena_fini(&own.a);
}

static void overlapping(struct store_test *t)
{
	struct instance in[] = {{t, "one", false}, {t, "two", true}, {t, "three", false}};
	struct fiber_group g;

	migrated(t);
	for (unsigned i = 0; i < FLEET; i++)
		put(t, i, i % 2 ? "" : "t", (struct change){0});
	fiber_group_init(&g);
	for (unsigned i = 0; i < ARRAY_LEN(in); i++)
		fiber_spawn(&g, "instance", write_batches, &in[i]);
	fiber_group_join(&g, false);
	check_stats(t, "", FLEET / 2, 0);
	check_stats(t, "t", FLEET / 2, 0);
}

static void overlapping_batches_of_instances_do_not_deadlock(void **state)
{
	on_each(overlapping);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upstream_database_is_adopted_with_its_rows),
		cmocka_unit_test(counters_follow_every_kind_of_write),
		cmocka_unit_test(counters_do_not_move_when_a_write_fails),
		cmocka_unit_test(concurrent_creates_make_one_row_each),
		cmocka_unit_test(upsert_merges_into_what_is_there),
		cmocka_unit_test(tenants_do_not_see_each_other),
		cmocka_unit_test(filters_hold_together),
		cmocka_unit_test(pages_and_totals_are_of_the_filtered_set),
		cmocka_unit_test(presence_is_cleared_by_its_owner_only),
		cmocka_unit_test(late_connect_does_not_take_a_device_back),
		cmocka_unit_test(silent_instance_loses_its_devices),
		cmocka_unit_test(overlapping_batches_of_instances_do_not_deadlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
