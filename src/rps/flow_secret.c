/* SPDX-License-Identifier: Apache-2.0
 * Passwords: which, and that the secret store holds each before a device does.
 */
#include <rps/flow.h>

#include <base/encode.h>
#include <base/log.h>
#include <device/admin.h>

#define PASSWORD_LENGTH 16
#define STORE_MS 20000
#define CHANGE_ATTEMPTS 3

static bool has_any(const char *p, const char *from, const char *to)
{
	for (; *p != '\0'; p++)
		if (*p >= *from && *p <= *to)
			return true;
	return false;
}

/* Upstream's alphabet: nothing in it needs escaping anywhere. */
void flow_password_generate(struct secret *out)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789!@#$%^*()";
	const size_t n = sizeof(alphabet) - 1;
	char text[PASSWORD_LENGTH + 1] = {0};
	uint8_t byte;

	do {
		for (size_t i = 0; i < PASSWORD_LENGTH; i++) {
			do /* without bias */
				random_bytes(&byte, 1);
			while (byte >= 256 / n * n);
			text[i] = alphabet[byte % n];
		}
	} while (!has_any(text, "A", "Z") || !has_any(text, "a", "z") ||
		 !has_any(text, "0", "9") || strpbrk(text, "!@#$%*") == NULL);
	secret_set(out, (struct str){text, PASSWORD_LENGTH});
	secret_wipe(text, sizeof(text));
}

static void choose(struct secret *out, const struct secret *fixed)
{
	if (fixed->n > 0)
		secret_set(out, (struct str){fixed->p, fixed->n});
	else
		flow_password_generate(out);
}

void flow_password_choose(struct flow *f)
{
	choose(&f->amt, &f->setup.amt_password);
	if (f->acm)
		choose(&f->mebx, &f->setup.mebx_password);
}

/* Not cut short by a client that is gone or a server that stops. */
static struct err *shielded(struct err *(*fn)(struct flow *f, struct deadline until),
			    struct flow *f)
{
	fiber_shield(1);
	struct err *e = fn(f, deadline_in(STORE_MS));

	fiber_shield(-1);
	return e;
}

static struct err *put_next(struct flow *f, struct deadline until)
{
	/* Lent, not given: the store copies. */
	const struct rps_device_secrets s = {.next_amt_password = f->amt,
					     .next_mebx_password = f->mebx};

	return rps_device_secrets_put(f->rps->store, f->guid, &s, until);
}

static struct err *settle_kept(struct flow *f, struct deadline until)
{
	return rps_device_secrets_settle(f->rps->store, f->guid, true, until);
}

static struct err *settle_dropped(struct flow *f, struct deadline until)
{
	/* Of a device that never had a password here nothing is left. */
	if (f->stored.amt_password.p == NULL && f->stored.mps_password.p == NULL)
		return rps_device_secrets_delete(f->rps->store, f->guid, until);
	return rps_device_secrets_settle(f->rps->store, f->guid, false, until);
}

struct err *flow_secret_ahead(struct flow *f)
{
	struct err *e = put_next(f, deadline_min(f->until, deadline_in(STORE_MS)));

	return e == NULL ? NULL
			 : err_wrap(e, "Failed to save device information to Secret "
				       "Provider");
}

struct err *flow_secret_settle(struct flow *f, bool keep)
{
	struct err *e = shielded(keep ? settle_kept : settle_dropped, f);

	if (e == NULL)
		return NULL;
	log_error(
		"a device's secret was not settled; the next run with the device does it",
		F_STR("guid", f->guid), F_ERR(e));
	return err_wrap(e, "Failed to save device information to Secret Provider");
}

/* ---- which password does an activated device have? ---- */

static struct err *try_login(struct flow *f, const struct secret *password)
{
	flow_login(f, DEVICE_ADMIN, password);
	return device_setup_realm(&f->call, &f->realm);
}

/* NULL, or why none fits. *found: the one that does. */
static struct err *try_each(struct flow *f, const struct secret *const *all, size_t n,
			    const struct secret **found)
{
	struct err *e = NULL;

	for (size_t i = 0; i < n; i++) {
		if (all[i]->n == 0)
			continue;
		err_free(e);
		e = try_login(f, all[i]);
		*found = all[i];
		if (e == NULL || !err_is(e, ERR_DEVICE))
			return e;
	}
	return e != NULL ? e : err_new(ERR_DEVICE, "no password of the device is known");
}

struct err *flow_secret_login(struct flow *f)
{
	const struct rps_device_secrets *s = &f->stored;
	const struct secret *const all[] = {&f->payload.password, &s->next_amt_password,
					    &s->amt_password};
	const struct secret *found = NULL;
	struct err *e = try_each(f, all, f->know_password ? ARRAY_LEN(all) : 1, &found);

	if (err_is(e, ERR_DEVICE))
		return err_wrap(e, "Unable to authenticate with AMT");
	TRY(e);
	secret_set(&f->login, (struct str){found->p, found->n});
	if (s->next_amt_password.p == NULL)
		return NULL;
	bool is_next =
		secret_equal(&s->next_amt_password, (struct str){found->p, found->n});
	return flow_secret_settle(f, is_next);
}

/* No answer to a change says nothing: the device knows which password it has. *taken: the
 * new one; else it has the old one, and is logged in with it. */
static struct err *which_password(struct flow *f, bool *taken)
{
	struct err *e = try_login(f, &f->amt);

	*taken = e == NULL;
	if (!err_is(e, ERR_DEVICE))
		return e;
	err_free(e);
	return try_login(f, &f->login);
}

struct err *flow_secret_change(struct flow *f)
{
	TRY(flow_secret_ahead(f));
	for (int i = 1;; i++) {
		struct err *e = device_admin_password(&f->call, f->realm, &f->amt);
		bool taken = false;

		if (e == NULL)
			return flow_secret_settle(f, true);
		if (e->kind != ERR_TIMEOUT && e->kind != ERR_CLOSED) {
			err_free(flow_secret_settle(f, false));
			return e;
		}
		struct err *unknown = which_password(f, &taken);
		if (unknown != NULL || (!taken && i == CHANGE_ATTEMPTS)) {
			/* Both stay noted: the next run finds out. */
			err_free(unknown);
			return e;
		}
		err_free(e);
		if (taken)
			return flow_secret_settle(f, true);
	}
}
