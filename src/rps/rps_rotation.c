/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/rps_rotation.h>

#include <base/json.h>
#include <base/log.h>
#include <base/metrics.h>
#include <device/password.h>
#include <iam/iam_audit.h>
#include <rps/rps_jobs.h>
#include <rt/fiber.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH 8
#define LOOK_MS 5000
#define SQL_MS 10000
#define WORK_MS (DEVICE_PASSWORD_CHANGE_MS + 30000)
#define LEASE_MS (2 * WORK_MS)
#define HOUR_MS 3600000

enum result { DONE, ABSENT, FAILED, RESULTS };

struct rps_rotation {
	struct rps *r;
	struct fiber_group fibers, ones;
	struct metrics_source metrics;
	uint64_t results[RESULTS];
};

struct one {
	struct rps_rotation *t;
	struct rps_device device;
	struct arena a;
};

/* ---- one device ---- */

/* Our MPS says of a device that is not connected what upstream's says; a 404 without that
 * is of a server that has no such route. */
static bool is_absent(const struct rps *r, struct str answer)
{
	json_auto_t *j = json_read(answer, 0, NULL);

	if (json_string_value(json_object_get(j, "errorDescription")) != NULL)
		return true;
	log_error("passwords are not rotated: the MPS has no route for it; let "
		  "rps.mps.url name one of outband, or set rps.rotation.interval_h to 0",
		  F_STR("url", r->mps_url));
	return false;
}

static enum result judge(const struct one *o, long status, struct str answer)
{
	if (status == 200)
		return DONE;
	if (status == 404 && is_absent(o->t->r, answer))
		return ABSENT;
	log_warn("a device's password was not rotated; it will be tried again",
		 F_STR("guid", o->device.guid), F_I64("status", status),
		 F_SLICE("answer", str_sub(answer, 0, MIN(answer.n, (size_t)200))));
	return FAILED;
}

static enum result rotate(struct one *o)
{
	const char *path = arena_printf(&o->a, "amt/password/%s", o->device.guid);
	struct str answer = {0};
	long status = 0;
	struct err *e = rps_mps_work(o->t->r, o->device.tenant, "POST", path, NULL, &o->a,
				     deadline_in(WORK_MS), &status, &answer);

	if (e == NULL)
		return judge(o, status, answer);
	log_at(err_is(e, ERR_CANCELLED) ? LOG_DEBUG : LOG_WARN,
	       "a device's password was not rotated: the MPS does not answer",
	       F_STR("guid", o->device.guid), F_ERR(e));
	err_free(e);
	return FAILED;
}

static struct err *note(struct one *o, enum result result)
{
	struct rps *r = o->t->r;
	int64_t again =
		clock_wall_ms() + 1000 * config_int(r->config, "rps.rotation.retry_s");

	if (result == DONE)
		return rps_device_password_set(r->store, o->device.guid, true,
					       deadline_in(SQL_MS));
	return rps_device_rotate_after(r->store, o->device.guid, again,
				       deadline_in(SQL_MS));
}

/* A device that is away is asked again and again: no news. */
static void audit(struct one *o, enum result result)
{
	if (result != ABSENT)
		iam_audit_note(o->t->r->db,
			       &(struct iam_audit){
				       .who = "password rotation",
				       .tenant = o->device.tenant,
				       .what = "rotate AMT password",
				       .device = o->device.guid,
				       .outcome = result == DONE ? "done" : "failed",
			       });
}

/* A stop ends the call, and with it the MPS's work; what became of it is noted still. */
static void one_run(void *arg)
{
	struct one *o = arg;
	enum result result = rotate(o);

	fiber_shield(1);
	struct err *e = note(o, result);
	fiber_shield(-1);

	o->t->results[result]++;
	if (e != NULL)
		log_warn("a rotation was not noted; it is done again",
			 F_STR("guid", o->device.guid), F_ERR(e));
	err_free(e);
	audit(o, result);
	arena_fini(&o->a);
}

/* ---- all of them ---- */

static struct err *batch(struct rps_rotation *t, struct arena *a, size_t *n)
{
	int64_t age = config_int(t->r->config, "rps.rotation.interval_h") * HOUR_MS;
	struct one all[BATCH] = {0};
	struct rps_device *due;

	TRY(rps_device_claim(t->r->store, clock_wall_ms() - age, LEASE_MS, BATCH, a,
			     deadline_in(SQL_MS), &due, n));
	for (size_t i = 0; i < *n; i++) {
		all[i] = (struct one){.t = t, .device = due[i]};
		fiber_spawn(&t->ones, "rps-rotate", one_run, &all[i]);
	}
	fiber_group_join(&t->ones, false);
	return NULL;
}

static void rotation_run(void *arg)
{
	struct rps_rotation *t = arg;

	while (!fiber_cancelled()) {
		struct arena a = {0};
		size_t n = 0;
		struct err *e = batch(t, &a, &n);

		if (e != NULL && e->kind != ERR_CANCELLED)
			log_warn("passwords that are due were not looked for", F_ERR(e));
		err_free(e);
		arena_fini(&a);
		if (n < BATCH)
			err_free(fiber_sleep_ms(LOOK_MS));
	}
}

/* ---- life ---- */

static void tell(struct metrics_out *o, void *arg)
{
	static const char *const names[RESULTS] = {"done", "not_connected", "failed"};
	const struct rps_rotation *t = arg;
	char labels[48];

	for (size_t i = 0; i < RESULTS; i++) {
		snprintf(labels, sizeof(labels), "result=\"%s\"", names[i]);
		metrics_put(o, METRIC_COUNTER, "outband_rps_rotations_total",
			    "Rotations of AMT passwords that were due.", labels,
			    (double)t->results[i]);
	}
}

struct err *rps_rotation_start(struct rps *r, struct rps_rotation **out)
{
	*out = NULL;
	if (config_int(r->config, "rps.rotation.interval_h") == 0)
		return NULL;
	if (strcmp(config_str(r->config, "auth.mode"), "oidc") == 0 &&
	    config_str(r->config, "rps.mps.token") == NULL)
		return err_new(
			ERR_INVALID,
			"rps.rotation.interval_h needs a token for the MPS when "
			"auth.mode is oidc: set rps.mps.token, or the interval to 0");
	struct rps_rotation *t = xcalloc(1, sizeof(*t));
	t->r = r;
	t->metrics = (struct metrics_source){.fn = tell, .arg = t};
	metrics_source_add(&t->metrics);
	fiber_group_init(&t->fibers);
	fiber_group_init(&t->ones);
	fiber_spawn(&t->fibers, "rps-rotation", rotation_run, t);
	*out = t;
	return NULL;
}

void rps_rotation_stop(struct rps_rotation *t)
{
	if (t == NULL)
		return;
	fiber_group_cancel(&t->fibers);
	fiber_group_cancel(&t->ones);
	fiber_group_join(&t->fibers, true);
	metrics_source_del(&t->metrics);
	free(t);
}
