/* SPDX-License-Identifier: Apache-2.0
 * AMT_AuthorizationService of a full device: admin, further accounts and their realms.
 * wsman.md B.5.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/accounts.h>
#include <amt/wsman/classes/setup.h>

enum {
	PT_SUCCESS = 0,
	PT_INVALID_NAME = 12,
	PT_NOT_PERMITTED = 16,
	PT_MAX_LIMIT_REACHED = 23,
	PT_INVALID_INDEX = 35,
	PT_INVALID_PARAMETER = 36,
	PT_INVALID_HANDLE = 2053,
	PT_INVALID_PASSWORD = 2054,
	PT_INVALID_REALM = 2055,
	PT_DATA_MISSING = 2057,
	PT_DUPLICATE = 2058,
};

#define KNOWN_REALMS 0x013ffffcu /* 2 to 21 and 24 */

static bool name_good(struct str name)
{
	if (name.n == 0 || name.n >= SIM_USER_SIZE || str_starts(name, STR("$$")))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' ||
		    strchr("(),:;<>\"[]{}", name.p[i]) != NULL)
			return false;
	return true;
}

static bool name_taken(struct sim_state *st, struct str name,
		       const struct sim_account *but)
{
	struct sim_account *a = sim_state_account_named(st, name);

	return str_eqz(name, st->admin_user) || (a != NULL && a != but);
}

/* Raw 16 bytes in base64, unlike Setup's hexadecimal form. */
static bool password_good(struct arena *a, struct str text, uint8_t out[16])
{
	size_t n;
	uint8_t *raw = text.p != NULL ? base64_decode(a, text, &n) : NULL;

	if (raw == NULL || n != 16)
		return false;
	memcpy(out, raw, 16);
	return true;
}

/* ---- admin ---- */

static int64_t set_admin_to(
	struct sim_call *c,
	const struct amt_authorization_service_set_admin_acl_entry_ex_in *in)
{
	uint8_t ha1[16];

	if (in == NULL || !name_good(in->username))
		return PT_INVALID_NAME;
	if (sim_state_account_named(c->st, in->username) != NULL)
		return PT_DUPLICATE;
	if (!password_good(c->arena, in->digest_password, ha1))
		return PT_INVALID_PASSWORD;
	snprintf(c->st->admin_user, sizeof(c->st->admin_user), STR_FMT,
		 STR_ARG(in->username));
	memcpy(c->st->admin_ha1, ha1, sizeof(ha1));
	c->st->admin_set = true;
	c->changed = true;
	return PT_SUCCESS;
}

static void set_admin(struct sim_call *c, const void *in, void *out_)
{
	struct amt_authorization_service_set_admin_acl_entry_ex_out *out = out_;

	out->return_value = sim_num(set_admin_to(c, in));
}

static void get_admin(struct sim_call *c, const void *in, void *out_)
{
	struct amt_authorization_service_get_admin_acl_entry_out *out = out_;

	out->username = str_of(c->st->admin_user);
	out->return_value = sim_num(PT_SUCCESS);
}

static void admin_status(struct sim_call *c, const void *in, void *out_)
{
	struct amt_authorization_service_get_admin_acl_entry_status_out *out = out_;

	out->is_default = sim_num(!c->st->admin_set);
	out->return_value = sim_num(PT_SUCCESS);
}

/* ---- further accounts ---- */

/* Parameters that adding and updating share. */
struct entry {
	struct str user, password, sid;
	struct wsman_num access;
	struct wsman_nums realms;
};

static int64_t realms_of(const struct entry *e, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < e->realms.n; i++) {
		int64_t code = e->realms.v[i];
		if (code < 0 || code > 31 || !(KNOWN_REALMS & 1u << code))
			return PT_INVALID_REALM;
		*out |= 1u << code;
	}
	return e->realms.n > 0 ? PT_SUCCESS : PT_INVALID_REALM;
}

static int64_t apply(struct sim_call *c, const struct entry *e, struct sim_account *a)
{
	struct sim_account next = *a;
	int64_t rc;

	if (e->user.n == 0 && e->sid.n == 0)
		return PT_DATA_MISSING;
	if (e->user.n > 0 && !name_good(e->user))
		return PT_INVALID_NAME;
	if (e->user.n > 0 && name_taken(c->st, e->user, a))
		return PT_DUPLICATE;
	if (e->user.n > 0 && !password_good(c->arena, e->password, next.ha1))
		return PT_INVALID_PASSWORD;
	if (e->sid.n >= sizeof(next.sid))
		return PT_INVALID_PARAMETER;
	if (!e->access.set || e->access.v < AMT_ACCESS_LOCAL ||
	    e->access.v > AMT_ACCESS_ANY)
		return PT_INVALID_PARAMETER;
	if ((rc = realms_of(e, &next.realms)) != PT_SUCCESS)
		return rc;
	snprintf(next.user, sizeof(next.user), STR_FMT, STR_ARG(e->user));
	snprintf(next.sid, sizeof(next.sid), STR_FMT, STR_ARG(e->sid));
	next.access = (uint8_t)e->access.v;
	*a = next;
	c->changed = true;
	return PT_SUCCESS;
}

static void add_user(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_authorization_service_add_user_acl_entry_ex_in *in = in_;
	struct amt_authorization_service_add_user_acl_entry_ex_out *out = out_;
	struct sim_account *slot = NULL, fresh = {.handle = 1, .enabled = true};

	for (size_t i = 0; i < SIM_MAX_ACCOUNTS && slot == NULL; i++)
		if (c->st->accounts[i].handle == 0)
			slot = &c->st->accounts[i];
	if (in == NULL || slot == NULL) {
		out->return_value =
			sim_num(slot == NULL ? PT_MAX_LIMIT_REACHED : PT_DATA_MISSING);
		return;
	}
	while (sim_state_account(c->st, fresh.handle) != NULL)
		fresh.handle++;
	struct entry e = {in->digest_username, in->digest_password, in->kerberos_user_sid,
			  in->access_permission, in->realms};
	int64_t rc = apply(c, &e, &fresh);
	out->return_value = sim_num(rc);
	if (rc != PT_SUCCESS)
		return;
	*slot = fresh;
	out->handle = sim_num(fresh.handle);
}

static void update_user(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_authorization_service_update_user_acl_entry_ex_in *in = in_;
	struct amt_authorization_service_update_user_acl_entry_ex_out *out = out_;
	struct sim_account *a =
		in != NULL ? sim_state_account(c->st, (uint32_t)in->handle.v) : NULL;

	if (a == NULL) {
		out->return_value = sim_num(PT_INVALID_HANDLE);
		return;
	}
	struct entry e = {in->digest_username, in->digest_password, in->kerberos_user_sid,
			  in->access_permission, in->realms};
	out->return_value = sim_num(apply(c, &e, a));
}

static void enumerate_users(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_authorization_service_enumerate_user_acl_entries_in *in = in_;
	struct amt_authorization_service_enumerate_user_acl_entries_out *out = out_;
	int64_t *handles = arena_alloc(c->arena, SIM_MAX_ACCOUNTS * sizeof(*handles));
	int64_t start = in != NULL && in->start_index.set ? in->start_index.v : 0,
		total = 0;
	size_t n = 0;

	if (start < 1) {
		out->return_value = sim_num(PT_INVALID_INDEX);
		return;
	}
	for (size_t i = 0; i < SIM_MAX_ACCOUNTS; i++)
		if (c->st->accounts[i].handle != 0 && ++total >= start)
			handles[n++] = c->st->accounts[i].handle;
	out->total_count = sim_num(total);
	out->handles_count = sim_num((int64_t)n);
	out->handles = (struct wsman_nums){n, handles};
	out->return_value = sim_num(PT_SUCCESS);
}

static struct sim_account *by_handle(struct sim_call *c, const void *in_)
{
	const struct amt_authorization_service_get_user_acl_entry_ex_in *in = in_;

	return in != NULL && in->handle.set
		       ? sim_state_account(c->st, (uint32_t)in->handle.v)
		       : NULL;
}

static void get_user(struct sim_call *c, const void *in, void *out_)
{
	struct amt_authorization_service_get_user_acl_entry_ex_out *out = out_;
	const struct sim_account *a = by_handle(c, in);
	int64_t *codes = arena_alloc(c->arena, 32 * sizeof(*codes));
	size_t n = 0;

	if (a == NULL) {
		out->return_value = sim_num(PT_INVALID_HANDLE);
		return;
	}
	for (int code = 0; code < 32; code++)
		if (a->realms & 1u << code)
			codes[n++] = code;
	if (a->user[0] != '\0')
		out->digest_username = str_of(a->user);
	if (a->sid[0] != '\0')
		out->kerberos_user_sid = str_of(a->sid);
	out->access_permission = sim_num(a->access);
	out->realms = (struct wsman_nums){n, codes};
	out->return_value = sim_num(PT_SUCCESS);
}

static void remove_user(struct sim_call *c, const void *in, void *out_)
{
	struct amt_authorization_service_remove_user_acl_entry_out *out = out_;
	struct sim_account *a = by_handle(c, in);

	out->return_value = sim_num(a != NULL ? PT_SUCCESS : PT_INVALID_HANDLE);
	if (a == NULL)
		return;
	secret_wipe(a, sizeof(*a));
	c->changed = true;
}

static void set_enabled(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_authorization_service_set_acl_enabled_state_in *in = in_;
	struct amt_authorization_service_set_acl_enabled_state_out *out = out_;
	struct sim_account *a =
		in != NULL ? sim_state_account(c->st, (uint32_t)in->handle.v) : NULL;

	out->return_value = sim_num(a != NULL ? PT_SUCCESS : PT_INVALID_HANDLE);
	if (a == NULL)
		return;
	a->enabled = in->enabled.v;
	c->changed = true;
}

static void get_enabled(struct sim_call *c, const void *in, void *out_)
{
	struct amt_authorization_service_get_acl_enabled_state_out *out = out_;
	const struct sim_account *a = by_handle(c, in);

	out->return_value = sim_num(a != NULL ? PT_SUCCESS : PT_INVALID_HANDLE);
	if (a != NULL)
		out->enabled = sim_num(a->enabled);
}

static const struct sim_method methods[] = {
	{&amt_authorization_service_set_admin_acl_entry_ex_method, set_admin},
	{&amt_authorization_service_get_admin_acl_entry_method, get_admin},
	{&amt_authorization_service_get_admin_acl_entry_status_method, admin_status},
	{&amt_authorization_service_get_admin_net_acl_entry_status_method, admin_status},
	{&amt_authorization_service_add_user_acl_entry_ex_method, add_user},
	{&amt_authorization_service_update_user_acl_entry_ex_method, update_user},
	{&amt_authorization_service_enumerate_user_acl_entries_method, enumerate_users},
	{&amt_authorization_service_get_user_acl_entry_ex_method, get_user},
	{&amt_authorization_service_remove_user_acl_entry_method, remove_user},
	{&amt_authorization_service_set_acl_enabled_state_method, set_enabled},
	{&amt_authorization_service_get_acl_enabled_state_method, get_enabled},
};

const struct sim_class sim_account_classes[] = {
	{.cls = &amt_authorization_service_class,
	 .methods = methods,
	 .n_methods = ARRAY_LEN(methods)},
};
const size_t sim_account_classes_n = ARRAY_LEN(sim_account_classes);
