/* SPDX-License-Identifier: Apache-2.0
 * Every class: an instance with every property survives copying, JSON and back.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/wsman/classes/all.h>
#include <sim/state.h>

#define CLASS_ROW(name, ...) &name##_class,
static const struct wsman_class *const classes[] = {WSMAN_ALL_CLASSES(CLASS_ROW)};

static struct wsman_epr an_epr(struct arena *a, unsigned n)
{
	struct wsman_epr inner = {.resource_uri = STR("http://x/CIM_Chassis")};
	struct wsman_selector s[] = {
		{.name = STR("Tag"), .value = str_of(arena_printf(a, "value %u", n))},
		{.name = STR("Of"), .epr = arena_memdup(a, &inner, sizeof(inner))},
	};

	return (struct wsman_epr){.address = STR("/wsman"),
				  .resource_uri = STR("http://x/CIM_Card"),
				  .n = 2,
				  .selectors = arena_memdup(a, s, sizeof(s))};
}

static void fill_array(struct arena *a, const struct wsman_field *f, void *m, unsigned n)
{
	if (f->kind == WSMAN_STR) {
		struct str v[] = {STR(""),
				  str_of(arena_printf(a, "text \"%u\" \xc3\xa9", n))};
		*(struct wsman_strs *)m =
			(struct wsman_strs){2, arena_memdup(a, v, sizeof(v))};
	} else if (f->kind == WSMAN_EPR) {
		struct wsman_epr v[] = {an_epr(a, n), an_epr(a, n + 1)};
		*(struct wsman_eprs *)m =
			(struct wsman_eprs){2, arena_memdup(a, v, sizeof(v))};
	} else {
		int64_t v[] = {0, n, INT64_MIN};
		*(struct wsman_nums *)m =
			(struct wsman_nums){3, arena_memdup(a, v, sizeof(v))};
	}
}

static void *filled(struct arena *a, const struct wsman_class *c)
{
	char *object = arena_zalloc(a, c->size);

	for (unsigned i = 0; i < c->n_fields; i++) {
		const struct wsman_field *f = &c->fields[i];
		void *m = object + f->offset;
		if (f->flags & WSMAN_ARRAY)
			fill_array(a, f, m, i);
		else if (f->kind == WSMAN_STR || f->kind == WSMAN_DATETIME)
			*(struct str *)m = str_of(arena_printf(a, "<%u>", i));
		else if (f->kind == WSMAN_EPR)
			*(struct wsman_epr *)m = an_epr(a, i);
		else if (f->kind != WSMAN_OBJECT)
			*(struct wsman_num *)m = (struct wsman_num){true, i};
	}
	return object;
}

static void every_class_survives_copy_and_json(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		const struct wsman_class *c = classes[i];
		struct arena a = {0};
		void *one = filled(&a, c), *copy = sim_object_copy(c, one), *back, *empty;
		json_t *j = sim_object_json(c, copy);
		struct err *e = sim_object_from_json(c, j, &back);
		if (e != NULL)
			fail_msg("%s: %s", c->name, err_str(e, &a));
		arena_fini(&a); /* the copies do not live in it */
		if (!sim_object_equal(c, copy, back))
			fail_msg("%s changed", c->name);
		empty = sim_object_new(c);
		if (c->n_fields > 0 && sim_object_equal(c, copy, empty))
			fail_msg("%s equals nothing", c->name);
		json_decref(j);
		j = sim_object_json(c, empty);
		assert_int_equal(json_object_size(j), 0);
		json_decref(j);
		sim_object_free(c, copy);
		sim_object_free(c, back);
		sim_object_free(c, empty);
	}
}

static void damaged_instances_are_refused(void **state)
{
	const char *const bad[] = {
		"[]",
		"{\"NoSuchProperty\": 1}",
		"{\"HostName\": 1}",
		"{\"HostName\": null}",
		"{\"DDNSTTL\": \"1\"}",
		"{\"DDNSTTL\": 1.5}",
	};
	const char *const bad_eprs[] = {
		"{\"Antecedent\": \"x\"}",
		"{\"Antecedent\": {\"selectors\": {}}}",
		"{\"Antecedent\": {\"selectors\": [{\"name\": \"a\"}]}}",
		"{\"Antecedent\": {\"selectors\": [{\"name\": \"a\", \"epr\": 1}]}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad) + ARRAY_LEN(bad_eprs); i++) {
		bool epr = i >= ARRAY_LEN(bad);
		json_t *j =
			json_loads(epr ? bad_eprs[i - ARRAY_LEN(bad)] : bad[i], 0, NULL);
		void *out;
		struct err *e =
			sim_object_from_json(epr ? &cim_computer_system_package_class
						 : &amt_general_settings_class,
					     j, &out);
		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INVALID);
		err_free(e);
		json_decref(j);
	}
}

static void store_finds_by_partial_keys(void **state)
{
	struct sim_store s = {0};
	struct arena a = {0};
	struct wsman_selector sel = {STR("InstanceID"),
				     STR("Intel(r) AMT LMS TLS Settings"), NULL};
	struct wsman_epr one = {.n = 1, .selectors = &sel}, all = {0};

	assert_null(sim_factory_fill(&s));
	const struct amt_tls_setting_data *local =
		sim_store_find(&s, &amt_tls_setting_data_class, &one);
	assert_true(str_eqz(local->element_name, "Intel(r) AMT LMS TLS Settings"));
	assert_ptr_equal(sim_store_nth(&s, &amt_tls_setting_data_class, 1), local);
	assert_ptr_equal(sim_store_find(&s, &amt_tls_setting_data_class, &all),
			 sim_store_first(&s, &amt_tls_setting_data_class));
	assert_ptr_equal(sim_store_twin(&s, &amt_tls_setting_data_class, local), local);
	sel.name = STR("Nothing");
	assert_null(sim_store_find(&s, &amt_tls_setting_data_class, &one));
	struct wsman_epr to = sim_epr_to(&a, &amt_tls_setting_data_class, local);
	assert_int_equal(to.n, 1);
	assert_ptr_equal(sim_store_find(&s, &amt_tls_setting_data_class, &to), local);
	assert_int_equal(sim_store_count(&s, &amt_tls_setting_data_class), 2);
	sim_store_remove(&s, local);
	assert_int_equal(sim_store_count(&s, &amt_tls_setting_data_class), 1);
	arena_fini(&a);
	sim_store_fini(&s);
}

static void template_mistakes_name_their_line(void **state)
{
	const struct {
		const char *text, *says;
	} rows[] = {
		{"\tHostName x\n", "line 1: a property before any class"},
		{"No_Class\n", "line 1: no such class"},
		{"AMT_GeneralSettings\n\tNo x\n", "line 2: no such property"},
		{"AMT_GeneralSettings\n\tDDNSTTL x\n", "line 2: no such value"},
		{"AMT_GeneralSettings\n\tSharedFQDN 1\n", "line 2: no such value"},
		{"AMT_EthernetPortSettings\n\tLinkPolicy 1 x\n", "line 2: no such value"},
		{"CIM_ComputerSystemPackage\n\tDependent No_Class a=b\n",
		 "line 2: no such value"},
		{"CIM_ComputerSystemPackage\n\tDependent CIM_Card a\n",
		 "line 2: no such value"},
		{"CIM_Card\n\tTag a\nCIM_Card\n\tTag a\n", "a second instance"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_store s = {0};
		struct arena a = {0};
		struct err *e = sim_factory_parse(str_of(rows[i].text), &s);
		assert_non_null(e);
		if (strstr(err_str(e, &a), rows[i].says) == NULL)
			fail_msg("%zu: %s", i, err_str(e, &a));
		err_free(e);
		arena_fini(&a);
		sim_store_fini(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_survives_copy_and_json),
		cmocka_unit_test(damaged_instances_are_refused),
		cmocka_unit_test(store_finds_by_partial_keys),
		cmocka_unit_test(template_mistakes_name_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
