/* SPDX-License-Identifier: Apache-2.0
 * Device authentication: user name and password of the CIRA login against the device's
 * record and secret. mps.md 4.
 */
#include <mps/cira_priv.h>

#include <base/log.h>
#include <mps/mps_store.h>
#include <mps/presence.h>

#define LOGIN_MS 15000 /* record and secret */

struct login {
	struct link *link; /* a reference */
	struct secret user, password;
};

/* The record and the secret decide (mps.md 4). A device without a stored password is
 * refused: upstream lets it in on its user name alone. */
static struct err *login_check(struct login *g, struct arena *a, char **tenant)
{
	struct mps *m = g->link->cira->mps;
	struct deadline until = deadline_in(LOGIN_MS);
	struct mps_device row;
	_cleanup_(secret_fini) struct secret stored = {0};
	const char *guid = g->link->device.guid;

	TRY(mps_device_get(m->db, guid, MPS_ANY_TENANT, a, until, &row));
	struct secret username = {0};
	secret_set(&username, str_of(row.mps_username));
	bool user_ok = row.mps_username != NULL &&
		       secret_equal(&username, (struct str){g->user.p, g->user.n});
	secret_fini(&username);
	struct err *e = secrets_get_text(m->secrets, arena_printf(a, "devices/%s", guid),
					 "MPS_PASSWORD", until, &stored);
	if (err_is(e, ERR_NOT_FOUND))
		return err_wrap_as(ERR_UNAUTHENTICATED, e, "no MPS_PASSWORD is stored");
	TRY(e);
	if (stored.n == 0)
		return err_new(ERR_UNAUTHENTICATED, "the stored MPS_PASSWORD is empty");
	if (!secret_equal(&stored, (struct str){g->password.p, g->password.n}))
		return err_new(ERR_UNAUTHENTICATED, "wrong MPS password");
	if (!user_ok)
		return err_new(ERR_UNAUTHENTICATED, "wrong MPS user name");
	*tenant = xstrdup(row.tenant);
	return NULL;
}

static void login_refused(struct link *l, struct err *e)
{
	struct cira *c = l->cira;

	c->n_refused++;
	if (cira_may_log(c))
		log_info("CIRA login refused", F_STR("guid", l->device.guid),
			 F_STR("peer", l->peer.addr), F_ERR(e));
	cira_tell(l, EVENT_FAIL, "CIRA_Connected", "CIRA Connection Failed");
	if (l->session == NULL)
		return;
	if (!err_is(e, ERR_UNAUTHENTICATED) && !err_is(e, ERR_NOT_FOUND)) {
		/* Our failure: it shall try again, not believe its password wrong. */
		apf_session_close(l->session, APF_BY_UNAVAILABLE,
				  "login not possible now");
		return;
	}
	apf_auth_reply(l->session, false);
	apf_session_close(l->session, 0, "login refused");
}

static void login_accepted(struct link *l, char *take_tenant)
{
	struct cira *c = l->cira;
	struct link *old = *cira_map_slot(c, l->uuid);

	l->tenant = take_tenant;
	if (old != NULL) {
		log_info("device connected anew, old link dropped",
			 F_STR("guid", l->device.guid));
		old->replaced = true;
		cira_map_remove(c, old);
		apf_session_close(old->session, APF_BY_APPLICATION, "connected anew");
	}
	cira_pending_remove(l);
	cira_map_add(c, l);
	c->n_logins++;
	l->connected_at = clock_wall_ms();
	presence_connected(c->mps->presence, l->device.guid);
	log_info("device connected", F_STR("guid", l->device.guid),
		 F_STR("peer", l->peer.addr));
	cira_tell(l, EVENT_SUCCESS, "CIRA_Connected", "CIRA Connection Established");
	apf_auth_reply(l->session, true);
}

static void login_run(void *arg)
{
	struct login *g = arg;
	struct link *l = g->link;
	struct arena a = {0};
	char *tenant = NULL;
	struct err *e = login_check(g, &a, &tenant);

	l->login_running = false;
	if (e != NULL) {
		login_refused(l, e);
		err_free(e);
	} else if (l->session == NULL || l->cira->stopping) {
		free(tenant); /* gone meanwhile */
	} else {
		login_accepted(l, tenant);
	}
	secret_fini(&g->user);
	secret_fini(&g->password);
	free(g);
	arena_fini(&a);
	device_unref(&l->device);
}

void cira_on_auth(struct apf_session *s, struct str user, struct str password, void *arg)
{
	struct link *l = arg;

	if (l->login_running || l->logged_in)
		return;
	struct login *g = xcalloc(1, sizeof(*g));
	g->link = l;
	device_ref(&l->device);
	secret_set(&g->user, user);
	secret_set(&g->password, password);
	l->login_running = true;
	fiber_spawn(&l->cira->logins, "cira-login", login_run, g);
}
