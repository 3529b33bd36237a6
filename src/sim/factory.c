/* SPDX-License-Identifier: Apache-2.0
 * Instances a device leaves the factory with, from factory.txt: a class on a line of its
 *own begins an instance, indented lines are its properties.
 *
 *	AMT_GeneralSettings
 *		HostName amt
 *		LinkPolicy 1 14 16	numbers: several are an array
 *		Name = text = text	texts that begin like this one: after "= "
 *		Dependent CIM_Chassis Tag=CIM_Chassis; CreationClassName=CIM_Chassis
 *
 * A repeated text property is an array. CreationClassName, SystemCreationClassName and
 *SystemName are filled in where the class has them.
 */
#include <sim/state.h>

static const char template_text[] =
#include <sim/factory.inc>
	;

struct parser {
	struct sim_store *store;
	const struct wsman_class *cls;
	void *object;
	unsigned line;
};

static struct err *bad(const struct parser *p, const char *what, struct str text)
{
	return err_new(ERR_INVALID, "template line %u: %s: " STR_FMT, p->line, what,
		       STR_ARG(text));
}

static void fill_in(const struct wsman_class *c, void *object, const char *property,
		    const char *text)
{
	const struct wsman_field *f = sim_field(c, property);

	if (f != NULL && f->kind == WSMAN_STR && !sim_field_present(f, object))
		sim_text_set((struct str *)((char *)object + f->offset), str_of(text));
}

static struct err *end_instance(struct parser *p)
{
	if (p->cls == NULL)
		return NULL;
	fill_in(p->cls, p->object, "CreationClassName", p->cls->name);
	fill_in(p->cls, p->object, "SystemCreationClassName", "CIM_ComputerSystem");
	fill_in(p->cls, p->object, "SystemName", "Intel(r) AMT");
	if (sim_store_twin(p->store, p->cls, p->object) != NULL) {
		sim_object_free(p->cls, p->object);
		p->object = NULL;
		return bad(p, "a second instance with the same keys",
			   str_of(p->cls->name));
	}
	sim_store_add(p->store, p->cls, p->object);
	p->object = NULL;
	p->cls = NULL;
	return NULL;
}

static bool number_from(const struct wsman_field *f, struct str word, int64_t *out)
{
	uint64_t u;

	if (f->kind == WSMAN_BOOL) {
		*out = str_eqz(word, "true");
		return *out || str_eqz(word, "false");
	}
	if (f->kind == WSMAN_U64 && str_u64(word, UINT64_MAX, &u)) {
		*out = (int64_t)u;
		return true;
	}
	return str_i64(word, INT64_MIN, INT64_MAX, out);
}

static bool set_numbers(const struct wsman_field *f, void *m, struct str value)
{
	struct wsman_nums *nums = m;
	struct str word;

	if (!(f->flags & WSMAN_ARRAY)) {
		((struct wsman_num *)m)->set = true;
		return number_from(f, value, &((struct wsman_num *)m)->v);
	}
	while (str_split(&value, ' ', &word)) {
		nums->v = xrealloc(nums->v, (nums->n + 1) * sizeof(*nums->v));
		if (!number_from(f, word, &nums->v[nums->n++]))
			return false;
	}
	return true;
}

/* "CIM_Chassis Tag=a; CreationClassName=b" */
static bool set_epr(struct wsman_epr *e, struct str value)
{
	ptrdiff_t blank = str_chr(value, ' ');
	struct str name = blank < 0 ? value : str_sub(value, 0, (size_t)blank), pair;
	struct str rest =
		blank < 0 ? (struct str){0} : str_sub(value, (size_t)blank, value.n);
	const struct wsman_class *c = wsman_class_find(name);

	if (c == NULL)
		return false;
	sim_text_set(&e->resource_uri, str_of(c->uri));
	while (rest.p != NULL && str_split(&rest, ';', &pair)) {
		ptrdiff_t eq = str_chr(pair, '=');
		if (eq < 0)
			return false;
		e->selectors = xrealloc(e->selectors, (e->n + 1) * sizeof(*e->selectors));
		struct wsman_selector *s = &e->selectors[e->n++];
		*s = (struct wsman_selector){0};
		sim_text_set(&s->name, str_trim(str_sub(pair, 0, (size_t)eq)));
		sim_text_set(&s->value, str_trim(str_sub(pair, (size_t)eq + 1, pair.n)));
	}
	return true;
}

static void add_text(struct wsman_strs *strs, struct str value)
{
	strs->v = xrealloc(strs->v, (strs->n + 1) * sizeof(*strs->v));
	strs->v[strs->n] = (struct str){0};
	sim_text_set(&strs->v[strs->n++], value);
}

static struct err *property(struct parser *p, struct str line)
{
	ptrdiff_t blank = str_chr(line, ' ');
	struct str name = blank < 0 ? line : str_sub(line, 0, (size_t)blank);
	struct str value =
		blank < 0 ? STR("") : str_trim(str_sub(line, (size_t)blank, line.n));
	char wire[96];
	bool ok = true;

	if (p->cls == NULL)
		return bad(p, "a property before any class", line);
	snprintf(wire, sizeof(wire), STR_FMT, STR_ARG(name));
	const struct wsman_field *f = sim_field(p->cls, wire);
	if (f == NULL)
		return bad(p, "no such property", name);
	void *m = (char *)p->object + f->offset;
	if (f->kind == WSMAN_STR || f->kind == WSMAN_DATETIME) {
		if (str_starts(value, STR("= ")))
			value = str_sub(value, 2, value.n);
		if (f->flags & WSMAN_ARRAY)
			add_text(m, value);
		else
			sim_text_set(m, value);
	} else if (f->kind == WSMAN_EPR) {
		ok = !(f->flags & WSMAN_ARRAY) && set_epr(m, value);
	} else {
		ok = f->kind != WSMAN_OBJECT && set_numbers(f, m, value);
	}
	return ok ? NULL : bad(p, "no such value", value);
}

static struct err *take_line(struct parser *p, struct str raw)
{
	struct str line = str_trim(raw);

	p->line++;
	if (line.n == 0 || line.p[0] == '#')
		return NULL;
	if (raw.p[0] == '\t')
		return property(p, line);
	TRY(end_instance(p));
	p->cls = wsman_class_find(line);
	if (p->cls == NULL)
		return bad(p, "no such class", line);
	p->object = sim_object_new(p->cls);
	return NULL;
}

struct err *sim_factory_parse(struct str text, struct sim_store *s)
{
	struct parser p = {.store = s};
	struct str line;
	struct err *e = NULL;

	while (e == NULL && str_split(&text, '\n', &line))
		e = take_line(&p, line);
	if (e == NULL)
		return end_instance(&p);
	if (p.cls != NULL)
		sim_object_free(p.cls, p.object);
	return e;
}

struct err *sim_factory_fill(struct sim_store *s)
{
	return sim_factory_parse(STR(template_text), s);
}
