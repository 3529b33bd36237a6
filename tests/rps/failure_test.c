/* SPDX-License-Identifier: Apache-2.0
 * The failure table: every request of an activation, times all that can go wrong with it.
 * Afterwards device, secret store, database and MPS agree - all of it or none - and a
 * second run succeeds. The cases run side by side, each with a device of its own.
 *
 * One case of each is open until the next run: the client is gone with the answer to the
 * very request that changes the control mode, so nobody knows whether the device took it,
 * and nobody can ask it. Then the secret store holds the password that it would have, as
 * the next one and nothing else; nothing claims the device; the next run finds out.
 */
#include "rps_world.h"

#include <base/clock.h>

#define LANES 24

struct scene {
	const char *profile;
	int mode;	      /* that the profile wants */
	int before;	      /* control mode at the beginning */
	const char *password; /* what the user gives */
	/* The second run is the same client, which lost its WebSocket and repeats its
	 * command, rather than an operator's who looks into the secret store. */
	bool reconnects;
};

struct tally {
	unsigned cases, told, all, none, open, continued, refused;
};

static const char *const fault_names[FAULTS] = {
	"none",		"client dies before it", "client dies after it",
	"device fails", "device stalls",	 "device loses power",
};

/* ---- what is there ---- */

struct found {
	struct device_secrets secrets;
	bool has_secrets, has_row, has_mps;
};

static void look(struct world *w, const struct machine *m, struct found *f)
{
	/* Its own: the database's threads fill it, and other lanes use the world's. */
	_cleanup_(arena_fini) struct arena a = {0};
	struct rps_device d;
	struct err *e = device_secrets_get(w->secrets, m->guid, &w->a, SOON, &f->secrets);

	f->has_secrets = e == NULL;
	assert_true(e == NULL || err_is(e, ERR_NOT_FOUND));
	err_free(e);
	e = rps_device_get(w->store, "", m->guid, &a, SOON, &d);
	f->has_row = e == NULL;
	assert_true(e == NULL || err_is(e, ERR_NOT_FOUND));
	err_free(e);
	f->has_mps = mps_call(w, "GET",
			      arena_printf(&w->a, "/api/v1/devices/%s", m->guid), NULL)
			     .status == 200;
}

static void complain(const struct scene *s, const struct run *r, const struct machine *m,
		     const struct found *f, const char *what)
{
	fail_msg(
		"%s, request %u, %s: %s (device in mode %d, row %d, MPS %d, password %d, "
		"next %d; told \"%s\")",
		s->profile, r->at, fault_names[r->fault], what, m->full->state->mode,
		f->has_row, f->has_mps, f->secrets.amt_password.p != NULL,
		f->secrets.next_amt_password.p != NULL, r->message);
}

static bool has_mebx(const struct machine *m, const struct secret *p)
{
	return p->p != NULL &&
	       sim_state_mebx_is(m->full->state, (struct str){p->p, p->n});
}

/* It is the valid one, once it is stored as that; else the next one, or the factory's. */
static void check_mebx(const struct scene *s, struct run *r, struct machine *m,
		       const struct found *f)
{
	const struct device_secrets *sec = &f->secrets;

	if (sec->mebx_password.p != NULL && !has_mebx(m, &sec->mebx_password) &&
	    !has_mebx(m, &sec->next_mebx_password))
		complain(s, r, m, f, "it has another MEBx password than the valid one");
	if (sec->mebx_password.p == NULL && !has_mebx(m, &sec->next_mebx_password) &&
	    m->full->state->mebx_set)
		complain(s, r, m, f, "nobody knows its MEBx password");
}

static bool ends_in_change_of_mode(const struct run *r)
{
	struct str seen = buf_str(&r->seen);

	return str_ends(seen, STR("/Setup\n")) || str_ends(seen, STR("/AdminSetup\n"));
}

static void check_open(const struct scene *s, struct run *r, struct machine *m,
		       const struct found *f)
{
	const struct device_secrets *sec = &f->secrets;

	if (r->fault != CLIENT_DIES_AFTER || !ends_in_change_of_mode(r))
		complain(s, r, m, f, "activated, but not registered");
	if (!machine_has_password(m, &sec->next_amt_password) ||
	    sec->amt_password.p != NULL || sec->mps_password.p != NULL ||
	    sec->mebx_password.p != NULL)
		complain(s, r, m, f, "more than the next password is stored");
}

static void check_agreement(const struct scene *s, struct run *r, struct machine *m,
			    const struct found *f, struct tally *t)
{
	const struct device_secrets *sec = &f->secrets;
	bool activated = m->full->state->mode != IPS_CONTROL_NONE;
	bool confirmed = sec->amt_password.p != NULL;

	/* A device never has a password that nobody knows. */
	if (activated && !machine_has_password(m, &sec->amt_password) &&
	    !machine_has_password(m, &sec->next_amt_password) && s->before == 0)
		complain(s, r, m, f, "nobody knows its password");
	/* Whoever claims the device claims it everywhere. */
	if (f->has_row != f->has_mps)
		complain(s, r, m, f, "database and MPS disagree");
	if (f->has_row && !confirmed)
		complain(s, r, m, f, "registered without a password");
	if (f->has_row && !activated)
		complain(s, r, m, f, "registered, but not activated");
	if (!activated && confirmed)
		complain(s, r, m, f, "a password of a device that has none");
	t->told += r->ended;
	if (f->has_row)
		t->all++;
	else if (activated && s->before == 0)
		t->open++;
	else
		t->none++;
	if (activated && !f->has_row && s->before == 0)
		check_open(s, r, m, f);
	check_mebx(s, r, m, f);
}

/* ---- one case ---- */

/* Its user cannot know a generated password that is valid already: refused, and all is as
 * it was. */
static void refused_run(const struct scene *s, struct machine *m, struct run *first,
			struct run *again, const struct found *now)
{
	if (!again->ended ||
	    strstr(again->message, "AMT password DOES NOT match stored version") == NULL)
		fail_msg("%s, request %u, %s: connected again: \"%s\"", s->profile,
			 first->at, fault_names[first->fault], again->message);
	if (s->password != NULL || !now->has_row || !now->has_mps ||
	    !machine_has_password(m, &now->secrets.amt_password))
		complain(s, first, m, now, "refused, and not whole");
}

static void second_run(struct world *w, const struct scene *s, struct machine *m,
		       struct run *first, const struct found *f, struct tally *t)
{
	struct run again = {.command = first->command, .password = s->password};
	struct found now = {0};
	bool activated = m->full->state->mode != IPS_CONTROL_NONE;

	/* What an operator reads from the secret store, if there is something. */
	if (activated && f->secrets.amt_password.p != NULL && !s->reconnects)
		again.password = f->secrets.amt_password.p;
	client_run(w, m, &again);
	look(w, m, &now);
	*(again.success ? &t->continued : &t->refused) += 1;
	if (!again.success && s->reconnects)
		refused_run(s, m, first, &again, &now);
	else if (!again.success)
		fail_msg("%s, request %u, %s: the second run: \"%s\"", s->profile,
			 first->at, fault_names[first->fault], again.message);
	else if (m->full->state->mode != s->mode || !now.has_row || !now.has_mps ||
		 !machine_has_password(m, &now.secrets.amt_password) ||
		 now.secrets.next_amt_password.p != NULL ||
		 now.secrets.next_mebx_password.p != NULL ||
		 (s->mode == IPS_CONTROL_ADMIN &&
		  !has_mebx(m, &now.secrets.mebx_password)))
		complain(s, first, m, &now, "not whole after the second run");
	device_secrets_fini(&now.secrets);
	buf_fini(&again.seen);
	buf_fini(&again.progress_text);
}

static void forget(struct world *w, struct machine *m)
{
	struct answer a = mps_call(
		w, "DELETE", arena_printf(&w->a, "/api/v1/devices/%s", m->guid), NULL);

	assert_true(a.status == 204 || a.status == 404);
	ok(device_secrets_delete(w->secrets, m->guid, SOON));
	struct err *e = rps_device_delete(w->store, m->guid, SOON);
	assert_true(e == NULL || err_is(e, ERR_NOT_FOUND));
	err_free(e);
}

/* Returns how many requests the run made. */
static unsigned run_case(struct world *w, const struct scene *s, enum fault fault,
			 unsigned at, uint8_t number, struct tally *t)
{
	struct run r = {.command =
				arena_printf(&w->a, "activate --profile %s", s->profile),
			.password = s->password,
			.fault = fault,
			.at = at};
	struct found f = {0};
	struct machine m;

	machine_start_in(w, &m, number, s->before, s->password);
	client_run(w, &m, &r);
	if (fault == NO_FAULT && !r.success)
		fail_msg("%s: %s", s->profile, r.message);
	if (fault == DEVICE_FAILS && !r.ended)
		fail_msg("%s, request %u: the client was told nothing", s->profile, at);
	look(w, &m, &f);
	check_agreement(s, &r, &m, &f, t);
	t->cases++;
	second_run(w, s, &m, &r, &f, t);
	device_secrets_fini(&f.secrets);
	forget(w, &m);
	machine_stop(&m);
	buf_fini(&r.seen);
	buf_fini(&r.progress_text);
	return r.requests;
}

struct lane {
	struct world *w;
	const struct scene *s;
	struct tally *t;
	uint8_t number;
	unsigned *next, n; /* request whose turn it is, of n */
};

static void lane_run(void *arg)
{
	struct lane *l = arg;

	while (*l->next <= l->n) {
		unsigned at = (*l->next)++;
		int last = l->s->reconnects ? CLIENT_DIES_AFTER : FAULTS - 1;
		for (int fault = NO_FAULT + 1; fault <= last; fault++)
			run_case(l->w, l->s, (enum fault)fault, at, l->number, l->t);
	}
}

static void run_scene(const struct scene *s)
{
	/* Time for a dead device's answers; the rest is upstream's. */
	static const char *const settings[] = {"rps.rpc.answer_ms=8000", NULL};
	struct lane lanes[LANES];
	struct fiber_group group;
	struct world w;
	struct tally t = {0}, whole = {0};
	int64_t began = clock_mono_ms();
	unsigned next = 1;

	world_start(&w, settings);
	world_profiles(&w);
	fiber_group_init(&group);
	unsigned n = run_case(&w, s, NO_FAULT, 0, 1, &whole);
	for (uint8_t i = 0; i < LANES; i++) {
		lanes[i] = (struct lane){&w, s, &t, (uint8_t)(i + 1), &next, n};
		fiber_spawn(&group, "lane", lane_run, &lanes[i]);
	}
	fiber_group_join(&group, false);
	print_message(
		"%s from mode %d: %u requests, %u cases: %u whole, %u nothing, %u open "
		"until the next run; %u clients were told; then %u go on, %u are "
		"refused; %.1f s\n",
		s->profile, s->before, n, t.cases, t.all, t.none, t.open, t.told,
		t.continued, t.refused, (double)(clock_mono_ms() - began) / 1000);
	assert_int_equal(t.cases, n * (s->reconnects ? CLIENT_DIES_AFTER : FAULTS - 1));
	assert_true(t.all > 0 && t.none > 0 && t.open == (s->before == 0));
	assert_true(t.continued > 0 && (t.refused == 0 || s->reconnects));
	world_stop(&w);
}

TEST(every_failure_of_client_control_mode)
{
	run_scene(&(struct scene){"ccm-random", IPS_CONTROL_CLIENT, IPS_CONTROL_NONE,
				  NULL});
}

TEST(every_failure_of_admin_control_mode)
{
	run_scene(
		&(struct scene){"acm-random", IPS_CONTROL_ADMIN, IPS_CONTROL_NONE, NULL});
}

TEST(every_failure_of_the_upgrade_to_admin_control_mode)
{
	run_scene(&(struct scene){"acm", IPS_CONTROL_ADMIN, IPS_CONTROL_CLIENT,
				  "Old!P4ssword"});
}

/* A user who knows the static password: the flow goes on, wherever it was. */
TEST(clients_that_connect_again_go_on)
{
	run_scene(&(struct scene){"ccm", IPS_CONTROL_CLIENT, IPS_CONTROL_NONE,
				  AMT_PASSWORD, true});
	run_scene(&(struct scene){"acm", IPS_CONTROL_ADMIN, IPS_CONTROL_NONE,
				  AMT_PASSWORD, true});
}

TEST(clients_that_connect_again_without_the_password_go_on_or_change_nothing)
{
	run_scene(&(struct scene){"ccm-random", IPS_CONTROL_CLIENT, IPS_CONTROL_NONE,
				  NULL, true});
	run_scene(&(struct scene){"acm-random", IPS_CONTROL_ADMIN, IPS_CONTROL_NONE, NULL,
				  true});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failure_of_client_control_mode),
		cmocka_unit_test(every_failure_of_admin_control_mode),
		cmocka_unit_test(every_failure_of_the_upgrade_to_admin_control_mode),
		cmocka_unit_test(clients_that_connect_again_go_on),
		cmocka_unit_test(
			clients_that_connect_again_without_the_password_go_on_or_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
