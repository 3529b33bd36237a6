/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/faults.h>

#include <amt/wsman/wsman.h>
#include <base/encode.h>

enum kind { FLAG, NUMBER };

static const struct {
	const char *name;
	enum kind kind;
	size_t offset;
	uint32_t max;
} rows[] = {
	{"latency", NUMBER, offsetof(struct sim_faults, latency_ms), 600000},
	{"loss", NUMBER, offsetof(struct sim_faults, loss_percent), 100},
	{"stall", FLAG, offsetof(struct sim_faults, stall), 0},
	{"reset", FLAG, offsetof(struct sim_faults, reset), 0},
	{"wrong-length", FLAG, offsetof(struct sim_faults, wrong_length), 0},
	{"wrong-digest", FLAG, offsetof(struct sim_faults, wrong_digest), 0},
	{"expired-nonce", FLAG, offsetof(struct sim_faults, expired_nonce), 0},
	{"lme-drops", FLAG, offsetof(struct sim_faults, lme_drops), 0},
	{"expired-certificate", FLAG, offsetof(struct sim_faults, expired_certificate),
	 0},
};

/* The class's place: its own when it is set, else a free one. */
static size_t silent_place(const struct sim_faults *f, struct str name)
{
	size_t i;

	for (i = 0; i < SIM_MAX_SILENT; i++)
		if (str_eqz(name, f->silent[i].class))
			return i;
	for (i = 0; i < SIM_MAX_SILENT; i++)
		if (f->silent[i].class[0] == '\0')
			return i;
	return i;
}

static bool set_silent(struct sim_faults *f, struct str name, struct str how)
{
	bool off = str_eqz(how, "off"), mute = str_eqz(how, "mute");
	const struct wsman_class *c = wsman_class_find(name);
	size_t i = c != NULL ? silent_place(f, str_of(c->name)) : SIM_MAX_SILENT;

	if (i == SIM_MAX_SILENT || !(off || mute || str_eqz(how, "silent")))
		return false;
	snprintf(f->silent[i].class, sizeof(f->silent[i].class), "%s",
		 off ? "" : c->name);
	f->silent[i].done = mute;
	return true;
}

bool sim_fault_set(struct sim_faults *f, const struct str *words, size_t n)
{
	struct str value = n == 2 ? words[1] : STR("on");
	uint64_t number = 0;

	if (n == 3 && str_eqz(words[0], "class"))
		return set_silent(f, words[1], words[2]);
	if (n == 2 && str_eqz(words[0], "clock-skew"))
		return str_i64(str_eqz(value, "off") ? STR("0") : value, -(1LL << 32),
			       1LL << 32, &f->clock_skew_s);
	for (size_t i = 0; (n == 1 || n == 2) && i < ARRAY_LEN(rows); i++) {
		void *m = (char *)f + rows[i].offset;
		if (!str_eqz(words[0], rows[i].name))
			continue;
		if (rows[i].kind == NUMBER) {
			if (!str_eqz(value, "off") &&
			    !str_u64(value, rows[i].max, &number))
				return false;
			*(uint32_t *)m = (uint32_t)number;
			return true;
		}
		if (!str_eqz(value, "on") && !str_eqz(value, "off"))
			return false;
		*(bool *)m = str_eqz(value, "on");
		return true;
	}
	return false;
}

void sim_faults_clear(struct sim_faults *f)
{
	*f = (struct sim_faults){0};
}

static void add_silent(json_t *j, const struct sim_faults *f, const char *key, bool done)
{
	json_t *names = json_array();

	for (size_t i = 0; i < SIM_MAX_SILENT; i++)
		if (f->silent[i].class[0] != '\0' && f->silent[i].done == done)
			json_array_append_new(names, json_string(f->silent[i].class));
	if (json_array_size(names) > 0)
		json_object_set(j, key, names);
	json_decref(names);
}

json_t *sim_faults_json(const struct sim_faults *f)
{
	json_t *j = json_object();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const void *m = (const char *)f + rows[i].offset;
		if (rows[i].kind == NUMBER && *(const uint32_t *)m != 0)
			json_object_set_new(j, rows[i].name,
					    json_integer(*(const uint32_t *)m));
		else if (rows[i].kind == FLAG && *(const bool *)m)
			json_object_set_new(j, rows[i].name, json_true());
	}
	if (f->clock_skew_s != 0)
		json_object_set_new(j, "clock-skew", json_integer(f->clock_skew_s));
	add_silent(j, f, "silent", false);
	add_silent(j, f, "mute", true);
	return j;
}

static bool any_silent(const struct sim_faults *f)
{
	for (size_t i = 0; f != NULL && i < SIM_MAX_SILENT; i++)
		if (f->silent[i].class[0] != '\0')
			return true;
	return false;
}

enum sim_silence sim_fault_silence(const struct sim_faults *f, struct str xml)
{
	enum sim_silence silent = SIM_ANSWERS;
	struct arena a = {0};
	struct wsman_request rq;
	struct err *e;

	if (!any_silent(f))
		return SIM_ANSWERS;
	e = wsman_decode_request(xml, &a, &rq);
	for (size_t i = 0; e == NULL && rq.cls != NULL && i < SIM_MAX_SILENT; i++)
		if (strcmp(f->silent[i].class, rq.cls->name) == 0)
			silent = f->silent[i].done ? SIM_MUTE : SIM_SILENT;
	err_free(e);
	arena_fini(&a);
	return silent;
}

bool sim_fault_loses(const struct sim_faults *f)
{
	uint32_t dice;

	if (f == NULL || f->loss_percent == 0)
		return false;
	random_bytes(&dice, sizeof(dice));
	return dice % 100 < f->loss_percent;
}

/* The first chunk's size gets another last digit. */
void sim_fault_spoil(char *p, size_t n)
{
	char *head_end = memmem(p, n, "\r\n\r\n", 4);

	if (head_end != NULL && (size_t)(head_end - p) + 8 <= n)
		head_end[7] = head_end[7] == '1' ? '2' : '1';
}
