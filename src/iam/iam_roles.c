/* SPDX-License-Identifier: Apache-2.0
 * Roles, and from a token's claims to what its bearer may in which tenant (emf.md g.4).
 *
 * A role "<project UUID>_<role>" holds in that project alone. A plain role holds in the
 * tenants that the tenant claim names, never in those of project roles: an issuer's
 * realm-wide "admin" is not every project's administrator.
 */
#include <iam/iam_priv.h>

#include <base/encode.h>
#include <stdlib.h>

#define VIEWER (IAM_DEVICE_READ | IAM_PROFILE_READ)
#define OPERATOR (VIEWER | IAM_DEVICE_WRITE | IAM_POWER | IAM_REDIRECT)
#define UUID_LEN (UUID_TEXT_SIZE - 1)

/* clang-format off */
static const struct {
	const char *name;
	uint32_t perms;
} builtin[] = {
	{"admin", IAM_ALL_PERMS},
	{"operator", OPERATOR},
	{"viewer", VIEWER},
	{"im-rw", OPERATOR | IAM_PROFILE_WRITE},
	{"im-r", VIEWER},
	{"monitor", IAM_METRICS},
	{"assistant", IAM_ASSIST},
};
/* clang-format on */

static const struct {
	const char *name;
	uint32_t bits;
} perm_names[] = {
	{"device-read", IAM_DEVICE_READ},
	{"device-write", IAM_DEVICE_WRITE},
	{"power", IAM_POWER},
	{"redirect", IAM_REDIRECT},
	{"secret-read", IAM_SECRET_READ},
	{"admin", IAM_ADMIN},
	{"profile-read", IAM_PROFILE_READ},
	{"profile-write", IAM_PROFILE_WRITE},
	{"metrics", IAM_METRICS},
	{"assist", IAM_ASSIST},
	{"all", IAM_ALL_PERMS},
};

const struct iam_role *iam_role_find(const struct iam_roles *r, struct str name)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eqz(name, r->v[i].name))
			return &r->v[i];
	return NULL;
}

static void role_set(struct iam_roles *r, struct str name, uint32_t perms)
{
	struct iam_role *role = (struct iam_role *)iam_role_find(r, name);

	if (role == NULL) {
		r->v = xrealloc(r->v, (r->n + 1) * sizeof(*r->v));
		role = &r->v[r->n++];
		role->name = xstrndup(name.p, name.n);
	}
	role->perms = perms | IAM_OPEN | IAM_ANY;
}

static struct err *perms_parse(struct str text, const char *whole, uint32_t *out)
{
	struct str part;

	*out = 0;
	while (str_split(&text, '+', &part)) {
		size_t k = 0;

		part = str_trim(part);
		while (k < ARRAY_LEN(perm_names) && !str_eqz(part, perm_names[k].name))
			k++;
		if (k == ARRAY_LEN(perm_names))
			return err_new(
				ERR_INVALID,
				"auth.roles: \"%s\" names the unknown permission "
				"\"" STR_FMT
				"\"; known: device-read, device-write, power, redirect, "
				"secret-read, profile-read, profile-write, metrics, "
				"assist, admin, all",
				whole, STR_ARG(part));
		*out |= perm_names[k].bits;
	}
	return NULL;
}

struct err *iam_roles_init(struct iam_roles *r, const char *const *texts)
{
	for (size_t i = 0; i < ARRAY_LEN(builtin); i++)
		role_set(r, str_of(builtin[i].name), builtin[i].perms);
	for (; texts != NULL && *texts != NULL; texts++) {
		struct str s = str_of(*texts);
		ptrdiff_t eq = str_chr(s, '=');
		struct str name = str_trim(str_sub(s, 0, eq > 0 ? (size_t)eq : 0));
		uint32_t perms;

		if (name.n == 0)
			return err_new(
				ERR_INVALID,
				"auth.roles: \"%s\" is not of the form role=permission",
				*texts);
		TRY(perms_parse(str_sub(s, (size_t)eq + 1, s.n), *texts, &perms));
		role_set(r, name, perms);
	}
	return NULL;
}

void iam_roles_fini(struct iam_roles *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].name);
	free(r->v);
	*r = (struct iam_roles){0};
}

/* The whole path as one name first: claims named by a URL hold dots. */
static const json_t *claim_at(const json_t *claims, const char *path)
{
	const json_t *j = json_object_get(claims, path);
	struct str left = str_of(path), part;

	if (j != NULL)
		return j;
	for (j = claims; j != NULL && str_split(&left, '.', &part);) {
		const json_t *next = NULL;
		const char *key;
		json_t *value;

		json_object_foreach((json_t *)j, key, value) if (str_eqz(part, key))
			next = value;
		j = next;
	}
	return j;
}

/* Texts of a claim that is a text or a list of texts; for roles a text is a list with
 * blanks. */
static size_t claim_texts(const json_t *j, bool blanks, struct arena *a, struct str **out)
{
	struct str s = str_of(json_string_value(j)), part;
	size_t n = 0, i;
	json_t *item;

	*out = arena_alloc(a, (MAX(s.n, json_array_size(j)) + 1) * sizeof(**out));
	if (s.p != NULL && !blanks && s.n > 0)
		(*out)[n++] = s;
	while (s.p != NULL && blanks && str_split(&s, ' ', &part))
		if (part.n > 0)
			(*out)[n++] = part;
	json_array_foreach((json_t *)j, i,
			   item) if (json_string_length(item) > 0)(*out)[n++] =
		(struct str){json_string_value(item), json_string_length(item)};
	return n;
}

static void grant_add(struct iam_identity *id, struct str tenant, uint32_t perms,
		      struct arena *a)
{
	for (size_t i = 0; i < id->n_grants; i++) {
		if (str_eqz(tenant, id->grants[i].tenant)) {
			id->grants[i].perms |= perms;
			return;
		}
	}
	id->grants[id->n_grants++] = (struct iam_grant){str_dup(a, tenant), perms};
}

static const char *claims_name(const json_t *claims, struct arena *a)
{
	const char *user =
		json_string_value(json_object_get(claims, "preferred_username"));
	const char *sub = json_string_value(json_object_get(claims, "sub"));

	return arena_strdup(a, user != NULL ? user : sub != NULL ? sub : "");
}

void iam_identity_from_claims(const struct iam_roles *r,
			      const struct iam_claim_paths *paths, const json_t *claims,
			      struct arena *a, struct iam_identity *out)
{
	struct str *roles, *tenants;
	size_t n_roles = claim_texts(claim_at(claims, paths->roles), true, a, &roles);
	size_t n_tenants = paths->tenant ? claim_texts(claim_at(claims, paths->tenant),
						       false, a, &tenants)
					 : 0;
	uint32_t plain = 0;

	*out = (struct iam_identity){.name = claims_name(claims, a),
				     .one_tenant = !paths->tenancy};
	out->grants = arena_alloc(a, (n_roles + n_tenants + 1) * sizeof(*out->grants));
	for (size_t i = 0; i < n_roles; i++) {
		const struct iam_role *role = iam_role_find(r, roles[i]);

		if (role != NULL)
			plain |= role->perms;
	}
	if (out->one_tenant)
		grant_add(out, STR(""), plain, a);
	for (size_t i = 0; i < n_tenants; i++)
		grant_add(out, tenants[i], plain, a);
	for (size_t i = 0; i < n_roles; i++) {
		struct str project = str_sub(roles[i], 0, UUID_LEN);
		const struct iam_role *role;

		if (roles[i].n <= UUID_LEN || roles[i].p[UUID_LEN] != '_' ||
		    !uuid_valid(project))
			continue;
		role = iam_role_find(r, str_sub(roles[i], UUID_LEN + 1, roles[i].n));
		if (role != NULL)
			grant_add(out, project, role->perms, a);
	}
}

struct err *iam_identity_select(const struct iam_identity *id, const char *project,
				struct arena *a, struct iam_caller **out)
{
	const struct iam_grant *chosen = NULL;
	struct iam_caller *c = arena_new(a, struct iam_caller);
	bool named = project != NULL && *project != '\0';

	for (size_t i = 0; named && chosen == NULL && i < id->n_grants; i++)
		if (strcmp(id->grants[i].tenant, project) == 0)
			chosen = &id->grants[i];
	if (named && chosen == NULL)
		return err_new(ERR_FORBIDDEN,
			       "the token gives no access to that project");
	if (!named && !id->one_tenant && id->n_grants != 1)
		return err_new(ERR_FORBIDDEN,
			       id->n_grants == 0
				       ? "the token gives access to no project"
				       : "the token holds several projects; name one in "
					 "the ActiveProjectID header");
	if (chosen == NULL)
		chosen = &id->grants[0];
	c->name = arena_strdup(a, id->name);
	c->tenant = id->one_tenant ? "" : arena_strdup(a, chosen->tenant);
	c->perms = IAM_OPEN | IAM_ANY | chosen->perms;
	c->until_ms = id->exp_ms;
	c->token_id = id->token_id != NULL ? arena_strdup(a, id->token_id) : NULL;
	c->issued_ms = id->issued_ms;
	for (size_t i = 0; id->one_tenant && i < id->n_grants; i++)
		if (!named || *id->grants[i].tenant == '\0')
			c->perms |= id->grants[i].perms;
	*out = c;
	return NULL;
}
