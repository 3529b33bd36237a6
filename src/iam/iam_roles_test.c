/* SPDX-License-Identifier: Apache-2.0
 * From claims to grants, and from grants and a project header to a caller.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <iam/iam_priv.h>

#define P1 "11111111-1111-4111-8111-111111111111"
#define P2 "22222222-2222-4222-8222-222222222222"
#define VIEW (IAM_OPEN | IAM_ANY | IAM_DEVICE_READ | IAM_PROFILE_READ)
#define OPERATE (VIEW | IAM_DEVICE_WRITE | IAM_POWER | IAM_REDIRECT)
#define NOTHING (IAM_OPEN | IAM_ANY)

static struct arena arena;
static struct iam_roles roles;

static int setup(void **state)
{
	static const char *const texts[] = {"helpdesk=device-read+power",
					    "viewer = device-read", NULL};

	return iam_roles_init(&roles, texts) != NULL;
}

static int teardown(void **state)
{
	iam_roles_fini(&roles);
	arena_fini(&arena);
	return 0;
}

static void roles_are_built_in_extended_and_overridden(void **state)
{
	static const struct {
		const char *name;
		uint32_t perms;
	} t[] = {
		{"admin", IAM_ALL_PERMS},
		{"operator", OPERATE},
		{"im-r", VIEW},
		{"im-rw", OPERATE | IAM_PROFILE_WRITE},
		{"assistant", NOTHING | IAM_ASSIST},
		{"helpdesk", NOTHING | IAM_DEVICE_READ | IAM_POWER},
		{"viewer", NOTHING | IAM_DEVICE_READ},
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(iam_role_find(&roles, str_of(t[i].name))->perms,
				 t[i].perms);
	assert_null(iam_role_find(&roles, STR("Admin")));
	assert_null(iam_role_find(&roles, STR("")));
}

static void malformed_role_texts_are_refused(void **state)
{
	static const char *const t[] = {
		"", "a", "=power", "a=", "a=power+", "a=Power", "a=device-read+fly"};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct iam_roles r = {0};
		struct err *e = iam_roles_init(&r, (const char *const[]){t[i], NULL});

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INVALID);
		assert_non_null(strstr(e->msg, "auth.roles"));
		err_free(e);
		iam_roles_fini(&r);
	}
}

struct row {
	const char *claims, *roles_claim, *tenant_claim;
	bool tenancy;
	const char *project;
	/* expected */
	const char *tenant; /* NULL = ERR_FORBIDDEN */
	uint32_t perms;
};

/* What one_tenant means for perms is tested by rows with tenancy false. */
static const struct row rows[] = {
	/* Roles per project, as EMF's Keycloak gives them. */
	{"{'realm_access':{'roles':['" P1 "_im-rw','default-roles-master']}}", NULL, NULL,
	 true, NULL, P1, OPERATE | IAM_PROFILE_WRITE},
	{"{'realm_access':{'roles':['" P1 "_im-r']}}", NULL, NULL, true, P1, P1, VIEW},
	{"{'realm_access':{'roles':['" P1 "_im-r','" P1 "_im-rw']}}", NULL, NULL, true,
	 NULL, P1, OPERATE | IAM_PROFILE_WRITE},
	{"{'realm_access':{'roles':['" P1 "_im-r','" P2 "_im-rw']}}", NULL, NULL, true,
	 P1, P1, VIEW},
	{"{'realm_access':{'roles':['" P1 "_im-r','" P2 "_im-rw']}}", NULL, NULL, true,
	 P2, P2, OPERATE | IAM_PROFILE_WRITE},
	{"{'realm_access':{'roles':['" P1 "_im-r','" P2 "_im-rw']}}", NULL, NULL, true,
	 NULL, NULL, 0},
	{"{'realm_access':{'roles':['" P1 "_im-r']}}", NULL, NULL, true, P2, NULL, 0},
	{"{'realm_access':{'roles':['" P1 "_im-r']}}", NULL, NULL, true, "", P1, VIEW},
	/* A realm-wide role is no role in a project, nor is the membership role. */
	{"{'realm_access':{'roles':['" P1 "_im-r','admin']}}", NULL, NULL, true, P1, P1,
	 VIEW},
	{"{'realm_access':{'roles':['" P2 "_" P1 "_m','admin']}}", NULL, NULL, true, NULL,
	 NULL, 0},
	{"{'realm_access':{'roles':['" P1 "_unknown']}}", NULL, NULL, true, P1, NULL, 0},
	/* A prefix that is not a whole project is none. */
	{"{'realm_access':{'roles':['1111_im-rw','" P1 "im-rw','" P1 "_','x" P1
	 "_im-r']}}",
	 NULL, NULL, true, NULL, NULL, 0},
	/* Tenant claim, one or a list; plain roles hold in each of them. */
	{"{'roles':['operator'],'tenant':'t1'}", "roles", "tenant", true, NULL, "t1",
	 OPERATE},
	{"{'roles':['operator'],'tenant':'t1'}", "roles", "tenant", true, "t1", "t1",
	 OPERATE},
	{"{'roles':['operator'],'tenant':'t1'}", "roles", "tenant", true, "T1", NULL, 0},
	{"{'roles':['operator'],'org':{'tenants':['t1','t2']}}", "roles", "org.tenants",
	 true, "t2", "t2", OPERATE},
	{"{'roles':['operator'],'org':{'tenants':['t1','t2']}}", "roles", "org.tenants",
	 true, NULL, NULL, 0},
	{"{'roles':['operator'],'org':{'tenants':['t1',5,'']}}", "roles", "org.tenants",
	 true, NULL, "t1", OPERATE},
	{"{'roles':['operator']}", "roles", "tenant", true, NULL, NULL, 0},
	{"{'tenant':'t1'}", "roles", "tenant", true, NULL, "t1", NOTHING},
	/* Other shapes of the roles claim. */
	{"{'scope':'x im-r operator','tenant':'t'}", "scope", "tenant", true, NULL, "t",
	 OPERATE},
	{"{'https://x.example/roles':['admin'],'tenant':'t'}", "https://x.example/roles",
	 "tenant", true, NULL, "t", IAM_ALL_PERMS},
	{"{'realm_access':['admin'],'tenant':'t'}", NULL, "tenant", true, NULL, "t",
	 NOTHING},
	{"{'realm_access':{'roles':{'admin':true}},'tenant':'t'}", NULL, "tenant", true,
	 NULL, "t", NOTHING},
	/* Tenancy off: one tenant with the empty id. */
	{"{'realm_access':{'roles':['viewer']}}", NULL, NULL, false, NULL, "",
	 NOTHING | IAM_DEVICE_READ},
	{"{'realm_access':{'roles':['" P1 "_im-r']}}", NULL, NULL, false, NULL, "", VIEW},
	{"{'realm_access':{'roles':['" P1 "_im-r','" P2 "_im-rw']}}", NULL, NULL, false,
	 P1, "", VIEW},
	{"{'realm_access':{'roles':['" P1 "_im-r']}}", NULL, NULL, false, P2, NULL, 0},
	{"{}", NULL, NULL, false, NULL, "", NOTHING},
};

static void claims_and_project_give_tenant_and_permissions(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct iam_claim_paths paths = {
			.roles = r->roles_claim ? r->roles_claim : "realm_access.roles",
			.tenant = r->tenant_claim,
			.tenancy = r->tenancy,
		};
		char *text = arena_strdup(&arena, r->claims);
		struct iam_caller *c = NULL;
		struct iam_identity id;
		json_t *claims;
		struct err *e;

		for (char *p = text; (p = strchr(p, '\'')) != NULL;)
			*p = '"';
		claims = jwt_json(str_of(text));
		assert_non_null(claims);
		iam_identity_from_claims(&roles, &paths, claims, &arena, &id);
		e = iam_identity_select(&id, r->project, &arena, &c);
		if (r->tenant == NULL && !err_is(e, ERR_FORBIDDEN))
			fail_msg("row %zu: not forbidden", i);
		if (r->tenant != NULL && e != NULL)
			fail_msg("row %zu: %s", i, e->msg);
		if (e == NULL &&
		    (strcmp(c->tenant, r->tenant) != 0 || c->perms != r->perms))
			fail_msg("row %zu: tenant %s, perms %x", i, c->tenant, c->perms);
		if (e == NULL)
			assert_false(c->all_tenants);
		err_free(e);
		json_decref(claims);
	}
}

static void name_is_the_users_else_the_subject(void **state)
{
	struct iam_claim_paths paths = {.roles = "roles"};
	json_t *claims = json_pack("{s:s}", "sub", "s-1");
	struct iam_identity id;

	iam_identity_from_claims(&roles, &paths, claims, &arena, &id);
	assert_string_equal(id.name, "s-1");
	json_object_set_new(claims, "preferred_username", json_string("eva"));
	iam_identity_from_claims(&roles, &paths, claims, &arena, &id);
	assert_string_equal(id.name, "eva");
	json_decref(claims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_are_built_in_extended_and_overridden),
		cmocka_unit_test(malformed_role_texts_are_refused),
		cmocka_unit_test(claims_and_project_give_tenant_and_permissions),
		cmocka_unit_test(name_is_the_users_else_the_subject),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
