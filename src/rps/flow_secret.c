/* SPDX-License-Identifier: Apache-2.0
 * Passwords: which, and that the secret store holds each before a device does.
 */
#include <rps/flow.h>

#include <device/call.h>

#define STORE_MS 20000

static void choose(struct secret *out, const struct secret *fixed)
{
	if (fixed->n > 0)
		secret_set(out, (struct str){fixed->p, fixed->n});
	else
		device_password_generate(out);
}

void flow_password_choose(struct flow *f)
{
	choose(&f->amt, &f->setup.amt_password);
	if (f->acm)
		choose(&f->mebx, &f->setup.mebx_password);
}

static const char SAVE_FAILED[] = "Failed to save device information to Secret Provider";

static struct err *put_next(struct flow *f, const struct device_secrets *next)
{
	struct err *e = device_secrets_put(f->rps->secrets, f->guid, next,
					   deadline_min(f->until, deadline_in(STORE_MS)));

	return e == NULL ? NULL : err_wrap(e, "%s", SAVE_FAILED);
}

static struct err *settle(struct flow *f, enum device_password which,
			  const struct secret *next, bool keep)
{
	struct err *e = device_password_settle(f->rps->secrets, f->guid, which, next,
					       keep ? DEVICE_HAS_IT : DEVICE_HAS_IT_NOT);

	return e == NULL ? NULL : err_wrap(e, "%s", SAVE_FAILED);
}

/* ---- control mode ---- */

/* Lent, not given: the store copies. */
struct err *flow_secret_ahead(struct flow *f)
{
	return put_next(f, &(struct device_secrets){.next_amt_password = f->amt});
}

/* Of a device that never had a password here nothing is left. */
static struct err *forget(struct flow *f)
{
	fiber_shield(1);
	struct err *e =
		device_secrets_delete(f->rps->secrets, f->guid, deadline_in(STORE_MS));
	fiber_shield(-1);
	return e;
}

struct err *flow_secret_settle(struct flow *f, bool keep)
{
	if (!keep && f->stored.amt_password.p == NULL && f->stored.mps_password.p == NULL)
		return forget(f);
	return settle(f, DEVICE_AMT_PASSWORD, &f->amt, keep);
}

/* ---- MEBx ---- */

/* It cannot be read back: one that the device did not confirm stays the next one, beside
 * the one that was valid, until the device takes another. */
static struct err *set_mebx(struct flow *f)
{
	return device_setup_mebx(&f->call, &f->mebx);
}

struct err *flow_secret_mebx(struct flow *f)
{
	TRY(put_next(f, &(struct device_secrets){.next_mebx_password = f->mebx}));
	struct err *e = flow_repeat(f, set_mebx);
	if (e == NULL)
		return settle(f, DEVICE_MEBX_PASSWORD, &f->mebx, true);
	/* Refused, rather than not answered. */
	if (err_is(e, ERR_DEVICE) && device_refused(&f->call))
		err_free(settle(f, DEVICE_MEBX_PASSWORD, &f->mebx, false));
	return e;
}

/* ---- an activated device ---- */

struct err *flow_secret_login(struct flow *f)
{
	const struct device_password_known known = {
		.given = &f->payload.password,
		.stored = f->know_password ? &f->stored : NULL,
	};
	struct err *e = device_password_login(&f->call, f->rps->secrets, &known,
					      &f->realm, &f->login);

	return err_is(e, ERR_DEVICE) ? err_wrap(e, "Unable to authenticate with AMT") : e;
}

struct err *flow_secret_change(struct flow *f)
{
	return device_password_change(&f->call, f->rps->secrets, f->realm, &f->login,
				      &f->amt);
}
