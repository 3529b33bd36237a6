/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/classes.h>

#include <base/clock.h>
#include <base/log.h>

static const char *const ways[SIM_BOOT_WAYS] = {
	"normal",      "hard-disk", "pxe",   "cd",   "setup", "pause",
	"ider-floppy", "ider-cd",   "https", "file", "erase",
};

const char *sim_boot_way_name(enum sim_boot_way w)
{
	return ways[w];
}

void sim_subjects_clear(struct sim_subjects *s)
{
	struct sim_hooks hooks = s->hooks;

	sim_logs_fini(&s->logs);
	*s = (struct sim_subjects){.hooks = hooks};
}

void sim_subjects_unprovision(struct sim_state *st)
{
	struct sim_subjects *s = &st->subjects;

	s->logs.frozen = s->logs.audit_off = false;
	s->logs.lock = 0;
	sim_logs_events_clear(&s->logs);
	s->plan = (struct sim_boot_plan){0};
	s->consent = (struct sim_consent){.sessions = s->consent.sessions};
	if (s->hooks.show_code != NULL)
		s->hooks.show_code(s->hooks.arg, NULL);
}

/* ---- a boot ---- */

static void progress(struct sim_state *st, unsigned code)
{
	/* 15: firmware progress; offset 2; entity BIOS. */
	struct sim_event e = {15, 2, 1, 34, {64, (uint8_t)code}};

	sim_logs_event(&st->subjects.logs, sim_state_now(st), &e);
}

/* What the platform tells of a boot that way; wsman.md C.3. */
static void boot_events(struct sim_state *st, const struct sim_last_boot *b)
{
	struct sim_event recovery = {15, 5, 1, 34, {170, 48}};

	progress(st, 25);
	progress(st, 1);
	if (b->way == SIM_BOOT_WAY_SETUP) {
		progress(st, 5);
		return;
	}
	if (b->way == SIM_BOOT_WAY_ERASE)
		recovery.data[1] = 64;
	if (b->way == SIM_BOOT_WAY_HTTPS || b->way == SIM_BOOT_WAY_FILE ||
	    b->way == SIM_BOOT_WAY_ERASE)
		sim_logs_event(&st->subjects.logs, sim_state_now(st), &recovery);
	progress(st, 19);
}

static void booted(struct sim_device *d)
{
	struct sim_subjects *s = &d->state->subjects;

	s->boots_seen = d->power.booted;
	bool reset = sim_boot_take(d->state);
	boot_events(d->state, &s->last_boot);
	if (s->hooks.boot != NULL)
		s->hooks.boot(s->hooks.arg, &s->last_boot);
	if (reset)
		sim_state_unprovision(d->state, false);
	if (reset && d->state->notify != NULL)
		d->state->notify(d->state->notify_arg,
				 SIM_AFTER_RESTART | SIM_AFTER_HANG_UP);
	s->unsaved = true;
}

/* What happened by itself is not lost with the power either. */
static void save(struct sim_state *st)
{
	struct err *e = sim_state_save(st);

	st->subjects.unsaved = st->subjects.logs.unsaved = false;
	if (e != NULL)
		log_error("the device's state cannot be saved", F_ERR(e));
	err_free(e);
}

void sim_subjects_alert(const struct sim_subjects *s, const char *id, unsigned what)
{
	if (s->hooks.alert != NULL)
		s->hooks.alert(s->hooks.arg, id, what);
}

void sim_subjects_tick(struct sim_device *d)
{
	sim_alarms_tick(d);
	sim_power_tick(&d->power, clock_mono_ms());
	if (d->state->subjects.boots_seen != d->power.booted)
		booted(d);
	sim_consent_tick(d);
	if (d->state->subjects.unsaved)
		save(d->state);
}

/* ---- in the state file ---- */

static json_t *last_boot_json(const struct sim_last_boot *b)
{
	return json_pack(
		"{sI sI ss ss sb sb sb sb sb sI}", "number", (json_int_t)b->number, "at",
		(json_int_t)b->at_s, "way", ways[b->way], "path", b->path, "use_sol",
		b->use_sol, "lock_keyboard", b->lock_keyboard, "secure_erase",
		b->secure_erase, "enforce_secure_boot", b->enforce_secure_boot,
		"credentials", b->credentials, "erase_mask", (json_int_t)b->erase_mask);
}

json_t *sim_subjects_json(const struct sim_subjects *s)
{
	json_t *j = json_pack("{so so ss sb sI}", "logs", sim_logs_json(&s->logs),
			      "last_boot", last_boot_json(&s->last_boot), "boot_source",
			      s->plan.source, "boot_applied", s->plan.applied,
			      "alarms_seen", (json_int_t)s->alarms_seen_s);

	OB_ASSERT(j != NULL);
	return j;
}

static bool get_text(const json_t *j, const char *name, char *out, size_t size)
{
	const json_t *v = json_object_get(j, name);

	if (!json_is_string(v) || json_string_length(v) >= size ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return false;
	memcpy(out, json_string_value(v), json_string_length(v) + 1);
	return true;
}

static bool last_boot_from(struct sim_last_boot *b, const json_t *j)
{
	const char *way = json_string_value(json_object_get(j, "way"));
	json_int_t number = json_integer_value(json_object_get(j, "number"));
	json_int_t mask = json_integer_value(json_object_get(j, "erase_mask"));
	size_t w = 0;

	while (w < SIM_BOOT_WAYS && (way == NULL || strcmp(way, ways[w]) != 0))
		w++;
	if (w == SIM_BOOT_WAYS || number < 0 || number > UINT32_MAX || mask < 0 ||
	    mask > UINT32_MAX || !get_text(j, "path", b->path, sizeof(b->path)))
		return false;
	b->number = (uint32_t)number;
	b->at_s = json_integer_value(json_object_get(j, "at"));
	b->way = (enum sim_boot_way)w;
	b->use_sol = json_is_true(json_object_get(j, "use_sol"));
	b->lock_keyboard = json_is_true(json_object_get(j, "lock_keyboard"));
	b->secure_erase = json_is_true(json_object_get(j, "secure_erase"));
	b->enforce_secure_boot = json_is_true(json_object_get(j, "enforce_secure_boot"));
	b->erase_mask = (uint32_t)mask;
	b->credentials = json_is_true(json_object_get(j, "credentials"));
	return true;
}

struct err *sim_subjects_from_json(struct sim_subjects *s, const json_t *j)
{
	if (j == NULL)
		return NULL;
	TRY(sim_logs_from_json(&s->logs, json_object_get(j, "logs")));
	if (!last_boot_from(&s->last_boot, json_object_get(j, "last_boot")))
		return err_new(ERR_INVALID, "subjects.last_boot is none");
	if (!get_text(j, "boot_source", s->plan.source, sizeof(s->plan.source)))
		return err_new(ERR_INVALID,
			       "subjects.boot_source is no text of a fitting length");
	s->plan.applied = json_is_true(json_object_get(j, "boot_applied"));
	s->alarms_seen_s = json_integer_value(json_object_get(j, "alarms_seen"));
	return NULL;
}
