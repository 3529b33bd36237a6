/* SPDX-License-Identifier: Apache-2.0 */
#include <iam/iam_audit.h>

#include <base/encode.h>
#include <base/log.h>
#include <net/validate.h>
#include <rt/fiber.h>
#include <store/migrate.h>

#define NOTE_MS 5000
#define TEXT_MAX 512
#define TOP_DEFAULT 100
#define TOP_MAX 1000

/* clang-format off */
#define COLUMNS \
	"	who TEXT NOT NULL,\n" \
	"	tenant TEXT NOT NULL,\n" \
	"	what TEXT NOT NULL,\n" \
	"	device TEXT,\n" \
	"	outcome TEXT NOT NULL,\n" \
	"	peer TEXT,\n" \
	"	detail TEXT\n"
#define INDEXES \
	"CREATE INDEX IF NOT EXISTS ob_audit_tenant ON ob_audit(tenant, id)\n" \
	";;\n" \
	"CREATE INDEX IF NOT EXISTS ob_audit_device ON ob_audit(device, id)\n" \
	";;\n"
#define REFUSAL "audit records are kept as they are"

static const struct migration migrations[] = {
	{.version = 1,
	 .title = "audit records",
	 .sqlite = "CREATE TABLE ob_audit(\n"
		   "	id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
		   "	at INTEGER NOT NULL,\n"
		   COLUMNS
		   ")\n"
		   ";;\n"
		   INDEXES
		   "CREATE TRIGGER ob_audit_no_update BEFORE UPDATE ON ob_audit BEGIN\n"
		   "	SELECT RAISE(ABORT, '" REFUSAL "');\n"
		   "END\n"
		   ";;\n"
		   "CREATE TRIGGER ob_audit_no_delete BEFORE DELETE ON ob_audit BEGIN\n"
		   "	SELECT RAISE(ABORT, '" REFUSAL "');\n"
		   "END\n",
	 .postgres = "CREATE TABLE IF NOT EXISTS ob_audit(\n"
		     "	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
		     "	at TIMESTAMPTZ NOT NULL,\n"
		     COLUMNS
		     ")\n"
		     ";;\n"
		     INDEXES
		     "CREATE OR REPLACE FUNCTION ob_audit_refuse() RETURNS trigger LANGUAGE plpgsql\n"
		     "AS $$ BEGIN RAISE check_violation USING MESSAGE = '" REFUSAL "'; END $$\n"
		     ";;\n"
		     "CREATE TRIGGER ob_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ob_audit\n"
		     "FOR EACH STATEMENT EXECUTE FUNCTION ob_audit_refuse()\n"},
	/* What a setting calls old may go; what is younger than a day never. */
	{.version = 2,
	 .title = "audit records that are old may go",
	 .sqlite = "CREATE TABLE ob_audit_limit(before INTEGER NOT NULL)\n"
		   ";;\n"
		   "INSERT INTO ob_audit_limit(before) VALUES (0)\n"
		   ";;\n"
		   "CREATE TRIGGER ob_audit_limit_recent BEFORE UPDATE ON ob_audit_limit\n"
		   "WHEN NEW.before > (CAST(strftime('%s', 'now') AS INTEGER) - 86400) * 1000 BEGIN\n"
		   "	SELECT RAISE(ABORT, '" REFUSAL "');\n"
		   "END\n"
		   ";;\n"
		   "DROP TRIGGER ob_audit_no_delete\n"
		   ";;\n"
		   "CREATE TRIGGER ob_audit_no_delete BEFORE DELETE ON ob_audit\n"
		   "WHEN OLD.at >= (SELECT before FROM ob_audit_limit) BEGIN\n"
		   "	SELECT RAISE(ABORT, '" REFUSAL "');\n"
		   "END\n",
	 .postgres = "CREATE TABLE ob_audit_limit(before TIMESTAMPTZ NOT NULL)\n"
		     ";;\n"
		     "INSERT INTO ob_audit_limit(before) VALUES ('1970-01-01 00:00:00Z')\n"
		     ";;\n"
		     "CREATE TRIGGER ob_audit_limit_recent BEFORE UPDATE ON ob_audit_limit FOR EACH ROW\n"
		     "WHEN (NEW.before > clock_timestamp() - interval '1 day')\n"
		     "EXECUTE FUNCTION ob_audit_refuse()\n"
		     ";;\n"
		     "CREATE FUNCTION ob_audit_old() RETURNS trigger LANGUAGE plpgsql\n"
		     "AS $$ BEGIN IF OLD.at >= (SELECT before FROM ob_audit_limit) THEN\n"
		     "RAISE check_violation USING MESSAGE = '" REFUSAL "'; END IF; RETURN OLD; END $$\n"
		     ";;\n"
		     "DROP TRIGGER ob_audit_append_only ON ob_audit\n"
		     ";;\n"
		     "CREATE TRIGGER ob_audit_append_only BEFORE UPDATE OR TRUNCATE ON ob_audit\n"
		     "FOR EACH STATEMENT EXECUTE FUNCTION ob_audit_refuse()\n"
		     ";;\n"
		     "CREATE TRIGGER ob_audit_no_delete BEFORE DELETE ON ob_audit\n"
		     "FOR EACH ROW EXECUTE FUNCTION ob_audit_old()\n"},
};

static const struct db_stmt add_stmt = {
	.name = "iam.audit.add",
	.sql = "INSERT INTO ob_audit(at, who, tenant, what, device, outcome, peer, detail)"
	       " VALUES (:at, :who, :tenant, :what, :device, :outcome, :peer, :detail)",
};

#define SELECT_AUDIT \
	"SELECT id, at, who, tenant, what, device, outcome, peer, detail FROM ob_audit" \
	" WHERE id < :before"
#define NEWEST_FIRST " ORDER BY id DESC LIMIT :top"
/* One statement for each set of filters, so that each finds its index. */
static const struct db_stmt list_stmts[2][2][2] = {
	{{{.name = "iam.audit.list", .sql = SELECT_AUDIT NEWEST_FIRST},
	  {.name = "iam.audit.list_w", .sql = SELECT_AUDIT " AND who = :who" NEWEST_FIRST}},
	 {{.name = "iam.audit.list_d", .sql = SELECT_AUDIT " AND device = :device" NEWEST_FIRST},
	  {.name = "iam.audit.list_dw",
	   .sql = SELECT_AUDIT " AND device = :device AND who = :who" NEWEST_FIRST}}},
	{{{.name = "iam.audit.list_t", .sql = SELECT_AUDIT " AND tenant = :tenant" NEWEST_FIRST},
	  {.name = "iam.audit.list_tw",
	   .sql = SELECT_AUDIT " AND tenant = :tenant AND who = :who" NEWEST_FIRST}},
	 {{.name = "iam.audit.list_td",
	   .sql = SELECT_AUDIT " AND tenant = :tenant AND device = :device" NEWEST_FIRST},
	  {.name = "iam.audit.list_tdw",
	   .sql = SELECT_AUDIT " AND tenant = :tenant AND device = :device AND who = :who"
		  NEWEST_FIRST}}},
};
/* clang-format on */

struct err *iam_audit_migrate(struct db *d, struct deadline until, int *applied)
{
	return migrate(d, "audit", migrations, ARRAY_LEN(migrations), until, applied);
}

static struct db_param text(const char *name, const char *value)
{
	struct db_param p = P_TEXT(name, NULL);

	p.s = str_cut(str_of(value), TEXT_MAX);
	return p;
}

/* However the caller wrote a GUID: it is one device, and found as that. */
static const char *device_of(const char *given, char lower[UUID_TEXT_SIZE])
{
	return given != NULL && uuid_lower(given, lower) ? lower : given;
}

struct err *iam_audit_add(struct db *d, const struct iam_audit *r, struct deadline until)
{
	char lower[UUID_TEXT_SIZE];
	struct db_param p[] = {
		P_TIME("at", r->at != 0 ? r->at : clock_wall_ms()),
		text("who", r->who != NULL ? r->who : ""),
		text("tenant", r->tenant != NULL ? r->tenant : ""),
		text("what", r->what),
		text("device", device_of(r->device, lower)),
		text("outcome", r->outcome),
		text("peer", r->peer),
		text("detail", r->detail),
	};

	return db_exec(d, &add_stmt, p, ARRAY_LEN(p), until, NULL);
}

void iam_audit_note(struct db *d, const struct iam_audit *r)
{
	fiber_shield(1);
	struct err *e = iam_audit_add(d, r, deadline_in(NOTE_MS));
	fiber_shield(-1);
	if (e != NULL)
		log_error("an audit record could not be written", F_STR("user", r->who),
			  F_STR("what", r->what), F_STR("guid", r->device),
			  F_STR("outcome", r->outcome), F_ERR(e));
	err_free(e);
}

struct err *iam_audit_list(struct db *d, const struct iam_audit_filter *f,
			   struct arena *a, struct deadline until, struct iam_audit **out,
			   size_t *n)
{
	char lower[UUID_TEXT_SIZE];
	struct db_param p[5] = {
		P_INT("before", f->before > 0 ? f->before : INT64_MAX),
		P_INT("top", f->top),
	};
	size_t np = 2;
	struct db_rows *r;

	if (f->tenant != NULL)
		p[np++] = P_TEXT("tenant", f->tenant);
	if (f->device != NULL)
		p[np++] = P_TEXT("device", device_of(f->device, lower));
	if (f->who != NULL)
		p[np++] = P_TEXT("who", f->who);
	TRY(db_query(d, &list_stmts[f->tenant != NULL][f->device != NULL][f->who != NULL],
		     p, np, a, until, &r));
	*n = r->n;
	*out = arena_alloc(a, r->n * sizeof(**out));
	for (size_t i = 0; i < r->n; i++)
		(*out)[i] = (struct iam_audit){
			.id = db_int(r, i, 0),
			.at = db_time(r, i, 1),
			.who = db_text(r, i, 2),
			.tenant = db_text(r, i, 3),
			.what = db_text(r, i, 4),
			.device = db_text(r, i, 5),
			.outcome = db_text(r, i, 6),
			.peer = db_text(r, i, 7),
			.detail = db_text(r, i, 8),
		};
	return NULL;
}

/* ---- over HTTP ---- */

void iam_audit_request(struct db *d, const struct http_req *req,
		       const struct iam_caller *who, int status)
{
	bool reads = str_eqz(req->method, "GET") || str_eqz(req->method, "HEAD");
	const char *guid = http_param(req, "guid");
	uint32_t needs = req->route->needs;

	/* Asking for a secret or for the key to a console is as good as an act. */
	if (who == NULL || (reads && (needs & (IAM_SECRET_READ | IAM_REDIRECT)) == 0))
		return;
	iam_audit_note(d,
		       &(struct iam_audit){
			       .who = who->name,
			       .tenant = who->tenant,
			       .what = arena_printf(req->arena, "%s %s",
						    req->route->method, req->route->path),
			       .device = guid != NULL ? guid : req->device,
			       .outcome = arena_printf(req->arena, "%d", status),
			       .peer = req->peer.addr,
			       .detail = req->note,
		       });
}

static void member(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, ",\"%s\":", name);
	if (value != NULL)
		v_json_text(b, value);
	else
		buf_adds(b, "null");
}

static void record_json(struct buf *b, const struct iam_audit *r)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso(r->at, at);
	buf_addf(b, "{\"id\":%lld,\"time\":\"%s\"", (long long)r->id, at);
	member(b, "user", r->who);
	member(b, "tenantId", r->tenant);
	member(b, "action", r->what);
	member(b, "guid", r->device);
	member(b, "outcome", r->outcome);
	member(b, "peer", r->peer);
	member(b, "detail", r->detail);
	buf_addc(b, '}');
}

static int64_t number(const json_t *query, const char *name, int64_t def)
{
	uint64_t v;
	const char *s = v_text(query, name);

	return s != NULL && str_u64(str_of(s), INT64_MAX, &v) ? (int64_t)v : def;
}

struct err *iam_audit_show(struct db *d, const struct iam_caller *who,
			   struct http_req *req, struct http_res *res)
{
	static const struct v_rule rules[] = {
		{"$top", V_OPTIONAL, {{V_INT}}},
		{"before", V_OPTIONAL, {{V_INT}}},
		{"device", V_OPTIONAL, {{V_UUID}}},
		{"user", V_OPTIONAL, {{V_FILLED}}},
	};
	struct v_errors errors = {0};
	struct iam_audit *records;
	json_auto_t *query = v_query(req);
	size_t n;

	v_fields(&errors, rules, ARRAY_LEN(rules), "query", query);
	if (v_answer(&errors, res))
		return NULL;
	struct iam_audit_filter f = {
		.tenant = who->all_tenants ? NULL : who->tenant,
		.device = v_text(query, "device"),
		.who = v_text(query, "user"),
		.before = number(query, "before", 0),
		.top = MIN(number(query, "$top", TOP_DEFAULT), TOP_MAX),
	};
	TRY(iam_audit_list(d, &f, req->arena, req->until, &records, &n));
	struct buf *b = &res->body;
	buf_adds(b, "{\"records\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		record_json(b, &records[i]);
	}
	if (n > 0 && (int64_t)n == f.top)
		buf_addf(b, "],\"next\":%lld}", (long long)records[n - 1].id);
	else
		buf_adds(b, "],\"next\":null}");
	return NULL;
}
