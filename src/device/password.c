/* SPDX-License-Identifier: Apache-2.0 */
#include <device/password.h>

#include <base/log.h>
#include <device/admin.h>
#include <device/setup.h>
#include <rt/fiber.h>

#define PASSWORD_LENGTH 16
#define STORE_MS 20000
#define CHANGE_ATTEMPTS 3

/* ---- generated ones ---- */

static bool has_any(const char *p, const char *from, const char *to)
{
	for (; *p != '\0'; p++)
		if (*p >= *from && *p <= *to)
			return true;
	return false;
}

/* Upstream's alphabet: nothing in it needs escaping anywhere. */
void device_password_generate(struct secret *out)
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

/* ---- settling ---- */

struct err *device_password_settle(struct secrets *s, const char *guid,
				   enum device_password which, const struct secret *next,
				   enum device_settling how)
{
	fiber_shield(1);
	struct err *e =
		device_secrets_settle(s, guid, which, next, how, deadline_in(STORE_MS));
	fiber_shield(-1);
	if (e != NULL)
		log_error("a device's password was not settled; whoever uses the device "
			  "next does it",
			  F_STR("guid", guid), F_ERR(e));
	return e;
}

static struct err *settle_amt(struct device_call *c, struct secrets *s,
			      const struct secret *next, enum device_settling how)
{
	return device_password_settle(s, c->device->guid, DEVICE_AMT_PASSWORD, next, how);
}

/* ---- which one does it have? ---- */

static void use(struct device_call *c, const struct secret *password)
{
	amt_http_credentials(&c->device->http, STR(DEVICE_ADMIN),
			     (struct str){password->p, password->n});
}

static struct err *try_login(struct device_call *c, const struct secret *password,
			     struct str *realm)
{
	use(c, password);
	return device_setup_realm(c, realm);
}

static bool is_denied(const struct device_call *c, const struct err *e)
{
	return err_is(e, ERR_DEVICE) && c->device->http.denied;
}

/* NULL, or why none fits. *found: the one that does. */
static struct err *try_each(struct device_call *c, const struct secret *const *all,
			    size_t n, struct str *realm, const struct secret **found)
{
	struct err *e = NULL;

	for (size_t i = 0; i < n; i++) {
		if (all[i] == NULL || all[i]->n == 0)
			continue;
		err_free(e);
		e = try_login(c, all[i], realm);
		*found = all[i];
		if (!is_denied(c, e))
			return e;
	}
	return e != NULL ? e : err_new(ERR_DEVICE, "no password of the device is known");
}

struct err *device_password_login(struct device_call *c, struct secrets *s,
				  const struct device_password_known *known,
				  struct str *realm, struct secret *found)
{
	const struct device_secrets *stored = known->stored;
	const struct secret *const all[] = {
		known->given, stored != NULL ? &stored->next_amt_password : NULL,
		stored != NULL ? &stored->amt_password : NULL};
	const struct secret *fits = NULL;

	TRY(try_each(c, all, ARRAY_LEN(all), realm, &fits));
	secret_set(found, (struct str){fits->p, fits->n});
	if (stored == NULL || stored->next_amt_password.p == NULL)
		return NULL;
	if (secret_equal(&stored->next_amt_password, (struct str){fits->p, fits->n}))
		return settle_amt(c, s, &stored->next_amt_password, DEVICE_HAS_IT);
	/* It may still be on its way to the device. */
	if (stored->next_until > clock_wall_ms())
		return NULL;
	return settle_amt(c, s, &stored->next_amt_password, DEVICE_HAS_IT_NOT);
}

/* ---- change ---- */

/* No answer says nothing: the device knows which password it has. *taken: the new one;
 * else it has the old one, and is logged in with it. */
static struct err *which_password(struct device_call *c, const struct secret *old,
				  const struct secret *new, bool *taken)
{
	struct str realm;
	struct err *e = try_login(c, new, &realm);

	*taken = e == NULL;
	if (!is_denied(c, e))
		return e;
	err_free(e);
	return try_login(c, old, &realm);
}

static struct err *change(struct device_call *c, struct secrets *s, struct str realm,
			  const struct secret *old, const struct secret *new)
{
	for (int i = 1;; i++) {
		struct err *e = device_admin_password(c, realm, new);
		bool taken = false;

		if (e == NULL)
			return settle_amt(c, s, new, DEVICE_HAS_IT);
		if (e->kind != ERR_TIMEOUT && e->kind != ERR_CLOSED &&
		    e->kind != ERR_CANCELLED) {
			err_free(settle_amt(c, s, new, DEVICE_HAS_IT_NOT));
			return e;
		}
		struct err *unknown = which_password(c, old, new, &taken);
		if (unknown != NULL || (!taken && i == CHANGE_ATTEMPTS)) {
			/* Both stay noted: who comes next finds out. */
			err_free(unknown);
			err_free(settle_amt(c, s, new, DEVICE_UNKNOWN));
			return e;
		}
		err_free(e);
		if (taken)
			return settle_amt(c, s, new, DEVICE_HAS_IT);
	}
}

struct err *device_password_change(struct device_call *c, struct secrets *s,
				   struct str realm, const struct secret *old,
				   const struct secret *new)
{
	struct deadline until = c->until;
	struct err *e;

	c->until = deadline_min(until, deadline_in(DEVICE_PASSWORD_CHANGE_MS));
	e = device_secrets_ahead(s, c->device->guid, new,
				 DEVICE_PASSWORD_CHANGE_MS + STORE_MS,
				 deadline_min(c->until, deadline_in(STORE_MS)));
	e = e == NULL ? change(c, s, realm, old, new)
		      : err_wrap(e, "the new password could not be stored");
	c->until = until;
	return e;
}

/* ---- by what is stored alone ---- */

static struct err *rotate(struct device_call *c, struct secrets *s,
			  const struct device_secrets *stored)
{
	const struct device_password_known known = {.stored = stored};
	_cleanup_(secret_fini) struct secret old = {0};
	_cleanup_(secret_fini) struct secret new = {0};
	struct str realm;

	TRY(device_password_login(c, s, &known, &realm, &old));
	device_password_generate(&new);
	return device_password_change(c, s, realm, &old, &new);
}

static struct err *read_stored(struct device_call *c, struct secrets *s,
			       struct device_secrets *out)
{
	struct err *e = device_secrets_get(s, c->device->guid, c->arena, c->until, out);

	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	return err_wrap_as(ERR_DEVICE, e, "no password is stored for device %s",
			   c->device->guid);
}

struct err *device_password_rotate(struct device_call *c, struct secrets *s)
{
	struct device_secrets stored;

	TRY(read_stored(c, s, &stored));
	struct err *e = rotate(c, s, &stored);
	device_secrets_fini(&stored);
	return e;
}

struct err *device_password_renew(struct device_call *c, struct secrets *s)
{
	_cleanup_(secret_fini) struct secret found = {0};
	struct device_secrets stored;
	struct err *e = NULL;
	struct str realm;

	TRY(read_stored(c, s, &stored));
	const struct device_password_known known = {.stored = &stored};
	if (stored.next_amt_password.p != NULL)
		e = device_password_login(c, s, &known, &realm, &found);
	if (e == NULL)
		use(c, found.p != NULL ? &found : &stored.amt_password);
	device_secrets_fini(&stored);
	return e;
}
