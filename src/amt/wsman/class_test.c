/* SPDX-License-Identifier: Apache-2.0
 * Every class and method of the tables: order, look-up, and that what is written is read
 * back.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/wsman/classes/all.h>
#include <amt/wsman/wsman_priv.h>

/* clang-format off */
#define POINTER(name, family, wire, ROWS, METHODS, ops, dated) &name##_class,
static const struct wsman_class *const classes[] = {
	WSMAN_ALL_CLASSES(POINTER)
};
#undef POINTER
/* clang-format on */

/* --- generic instances --- */

/* Each round takes other values: enough for every one of some_text() and some_number().
 */
#define ROUNDS 15
/* More than firmware has in one reply, fewer than the encoder's limit. */
#define PULL_CLASSES 50

static uint32_t seed;

static int64_t some_number(enum wsman_kind kind)
{
	static const int64_t limits[][3] = {
		[WSMAN_BOOL] = {0, 1, 0},
		[WSMAN_U8] = {0, 7, UINT8_MAX},
		[WSMAN_U16] = {0, 16992, UINT16_MAX},
		[WSMAN_U32] = {0, 2147483648, UINT32_MAX},
		[WSMAN_U64] = {0, INT64_MAX, -1},
		[WSMAN_I32] = {INT32_MIN, -1, INT32_MAX},
		[WSMAN_I64] = {INT64_MIN, -1, INT64_MAX},
	};

	return limits[kind][seed++ % 3];
}

static struct str some_text(struct arena *a)
{
	static const char *const texts[] = {"", "Intel(r) AMT", " <b> & \"q\" ",
					    "\xc3\xbc\n\t\r'", "undefined"};

	return str_of(arena_strdup(a, texts[seed++ % ARRAY_LEN(texts)]));
}

static struct wsman_epr some_epr(struct arena *a, bool nested)
{
	struct wsman_epr e = {
		.address = STR("default"),
		.resource_uri =
			STR("http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_X"),
		.n = nested ? 2 : 1,
		.selectors = arena_alloc(a, 2 * sizeof(struct wsman_selector)),
	};

	e.selectors[0] =
		(struct wsman_selector){.name = STR("Na<me"), .value = some_text(a)};
	e.selectors[1] = (struct wsman_selector){.name = STR("Ref")};
	if (nested) {
		e.selectors[1].epr = arena_new(a, struct wsman_epr);
		*e.selectors[1].epr = some_epr(a, false);
	}
	return e;
}

static void fill_array(struct arena *a, const struct wsman_field *f, void *member)
{
	struct wsman_nums *nums = member;
	struct wsman_strs *strs = member;
	struct wsman_eprs *eprs = member;
	size_t n = 1 + seed++ % 3;

	nums->n = n;
	if (f->kind == WSMAN_STR) {
		strs->v = arena_alloc(a, n * sizeof(*strs->v));
		for (size_t i = 0; i < n; i++)
			strs->v[i] = some_text(a);
	} else if (f->kind == WSMAN_EPR) {
		eprs->v = arena_alloc(a, n * sizeof(*eprs->v));
		for (size_t i = 0; i < n; i++)
			eprs->v[i] = some_epr(a, i == 0);
	} else {
		nums->v = arena_alloc(a, n * sizeof(*nums->v));
		for (size_t i = 0; i < n; i++)
			nums->v[i] = some_number(f->kind);
	}
}

/* Instances that methods take as parameters, and one that none does. */
static const struct wsman_class *const embedded[] = {
	&ips_alarm_clock_occurrence_class,
	&cim_wifi_endpoint_settings_class,
	&cim_ieee8021x_settings_class,
	&cim_boot_service_class,
};

static void *filled(struct arena *a, const struct wsman_field *f, size_t n, size_t size)
{
	char *object = arena_zalloc(a, size);

	for (size_t i = 0; i < n; i++, f++) {
		void *member = object + f->offset;

		if (f->flags & WSMAN_ARRAY) {
			fill_array(a, f, member);
		} else if (f->kind == WSMAN_STR) {
			*(struct str *)member = some_text(a);
		} else if (f->kind == WSMAN_DATETIME) {
			*(struct str *)member = seed++ % 2 ? STR("2026-01-15T06:00:00Z")
							   : STR("P1DT2H3M");
		} else if (f->kind == WSMAN_EPR) {
			*(struct wsman_epr *)member = some_epr(a, true);
		} else if (f->kind == WSMAN_OBJECT) {
			const struct wsman_class *c =
				embedded[seed++ % ARRAY_LEN(embedded)];

			*(struct wsman_item *)member = (struct wsman_item){
				c, filled(a, c->fields, c->n_fields, c->size)};
		} else {
			*(struct wsman_num *)member =
				(struct wsman_num){true, some_number(f->kind)};
		}
	}
	return object;
}

static void assert_same_text(struct str x, struct str y)
{
	assert_int_equal(x.p == NULL, y.p == NULL);
	assert_true(str_eq(x, y));
}

static void assert_same_epr(const struct wsman_epr *x, const struct wsman_epr *y)
{
	assert_same_text(x->address, y->address);
	assert_same_text(x->resource_uri, y->resource_uri);
	assert_int_equal(x->n, y->n);
	for (size_t i = 0; i < x->n; i++) {
		assert_same_text(x->selectors[i].name, y->selectors[i].name);
		assert_same_text(x->selectors[i].value, y->selectors[i].value);
		if (x->selectors[i].epr != NULL)
			assert_same_epr(x->selectors[i].epr, y->selectors[i].epr);
		else
			assert_null(y->selectors[i].epr);
	}
}

static void assert_same_array(const struct wsman_field *f, const void *x, const void *y)
{
	const struct wsman_nums *nx = x, *ny = y;
	const struct wsman_strs *sx = x, *sy = y;
	const struct wsman_eprs *ex = x, *ey = y;

	assert_int_equal(nx->n, ny->n);
	for (size_t i = 0; i < nx->n; i++) {
		if (f->kind == WSMAN_STR)
			assert_same_text(sx->v[i], sy->v[i]);
		else if (f->kind == WSMAN_EPR)
			assert_same_epr(&ex->v[i], &ey->v[i]);
		else
			assert_int_equal(nx->v[i], ny->v[i]);
	}
}

static void assert_same(const struct wsman_field *f, size_t n, const void *x,
			const void *y)
{
	assert_non_null(y);
	for (size_t i = 0; i < n; i++, f++) {
		const void *mx = wsman_member(f, x), *my = wsman_member(f, y);
		const struct wsman_num *nx = mx, *ny = my;
		const struct wsman_item *ix = mx, *iy = my;

		if (f->flags & WSMAN_ARRAY) {
			assert_same_array(f, mx, my);
		} else if (f->kind == WSMAN_STR || f->kind == WSMAN_DATETIME) {
			assert_same_text(*(const struct str *)mx,
					 *(const struct str *)my);
		} else if (f->kind == WSMAN_EPR) {
			assert_same_epr(mx, my);
		} else if (f->kind == WSMAN_OBJECT) {
			assert_ptr_equal(ix->cls, iy->cls);
			if (ix->cls != NULL)
				assert_same(ix->cls->fields, ix->cls->n_fields,
					    ix->object, iy->object);
		} else {
			assert_int_equal(nx->set, ny->set);
			assert_int_equal(nx->v, ny->v);
		}
	}
}

/* --- the tables --- */

static void properties_are_in_ascii_order_and_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		const struct wsman_class *c = classes[i];

		assert_true(c->n_fields > 0);
		for (size_t k = 0; k < c->n_fields; k++) {
			assert_true(c->fields[k].offset < c->size);
			if (k > 0 &&
			    strcmp(c->fields[k - 1].name, c->fields[k].name) >= 0)
				fail_msg("%s: %s", c->name, c->fields[k].name);
		}
	}
}

static void every_class_has_a_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		bool key = false;

		for (size_t k = 0; k < classes[i]->n_fields; k++)
			key |= (classes[i]->fields[k].flags & WSMAN_KEY) != 0;
		/* abstract, of classes with different keys */
		if (!key && classes[i] != &amt_filter_entry_base_class)
			fail_msg("%s", classes[i]->name);
	}
}

static void classes_are_found_by_name_and_uri(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		const struct wsman_class *c = classes[i];

		assert_true(str_ends(str_of(c->uri), str_of(c->name)));
		assert_ptr_equal(wsman_class_find(str_of(c->name)), c);
		assert_ptr_equal(wsman_class_find(str_of(c->uri)), c);
		/* a piece of a longer text */
		assert_null(wsman_class_find((struct str){c->name, strlen(c->name) - 1}));
	}
	assert_null(wsman_class_find(STR("")));
	assert_null(wsman_class_find(STR("AMT_Nothing")));
	assert_null(wsman_class_find(STR("zzz")));
	assert_null(wsman_class_find(STR("AMT_GeneralSettingsX")));
	assert_null(wsman_class_find(STR("http://intel.com/AMT_GeneralSettings")));
	assert_null(wsman_class_find(STR("http://intel.com/")));
}

static void methods_are_unique_and_end_in_the_return_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		const struct wsman_class *c = classes[i];

		for (size_t k = 0; k < c->n_methods; k++) {
			const struct wsman_method *m = c->methods[k];

			assert_ptr_equal(wsman_method_find(c, str_of(m->name)), m);
			assert_string_equal(m->out[m->n_out - 1].name, "ReturnValue");
		}
		assert_null(wsman_method_find(c, STR("Nothing")));
	}
}

static void every_class_can_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		assert_int_equal(classes[i]->ops & WSMAN_OPS_READ, WSMAN_OPS_READ);
	assert_true(amt_tls_credential_context_class.ops & 1u << WSMAN_CREATE);
	assert_false(amt_general_settings_class.ops & 1u << WSMAN_DELETE);
}

/* Places in embedded instances have no gaps; parameters have none. */
static void places_are_numbered_from_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		const struct wsman_class *c = classes[i];
		uint64_t places = 0;

		for (size_t k = 0; k < c->n_fields; k++) {
			uint64_t place = 1ull << (c->fields[k].flags >> WSMAN_SENT_SHIFT);

			assert_false(place > 1 && (places & place));
			places |= place;
		}
		places |= 1;
		assert_int_equal(places & (places + 1), 0);
	}
}

/* --- round trips --- */

static void reply_round_trip(const struct wsman_class *c)
{
	struct arena a = {0};
	struct buf b = {0};
	void *object = filled(&a, c->fields, c->n_fields, c->size);
	struct wsman_request rq = {.op = WSMAN_GET,
				   .cls = c,
				   .message_id = STR("7"),
				   .resource_uri = str_of(c->uri)};
	struct wsman_call call = {.op = WSMAN_GET, .cls = c};
	struct wsman_reply rp;

	wsman_encode_object(&b, &rq, 0x6A4, object);
	assert_null(wsman_decode_reply(buf_str(&b), &call, &a, &rp));
	assert_false(rp.is_fault);
	assert_true(str_eqz(rp.header.relates_to, "7"));
	assert_true(str_eqz(rp.header.resource_uri, c->uri));
	assert_same(c->fields, c->n_fields, object, rp.object);
	buf_fini(&b);
	arena_fini(&a);
}

static void every_class_round_trips_as_reply(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < ARRAY_LEN(classes); i++)
			reply_round_trip(classes[i]);
}

static void put_round_trip(const struct wsman_class *c)
{
	struct arena a = {0};
	struct buf b = {0};
	struct wsman_epr selectors = some_epr(&a, true);
	struct wsman_call call = {.op = WSMAN_PUT, .cls = c, .selectors = &selectors};
	struct wsman_request rq;

	call.object = filled(&a, c->fields, c->n_fields, c->size);
	wsman_encode_request(&b, &call, 4294967295u);
	assert_null(wsman_decode_request(buf_str(&b), &a, &rq));
	assert_int_equal(rq.op, WSMAN_PUT);
	assert_ptr_equal(rq.cls, c);
	assert_true(str_eqz(rq.message_id, "4294967295"));
	assert_null(rq.misfit);
	/* Selectors of a header have no address or URI of their own. */
	selectors.address = selectors.resource_uri = (struct str){NULL, 0};
	assert_same_epr(&selectors, &rq.selectors);
	assert_same(c->fields, c->n_fields, call.object, rq.object);
	buf_fini(&b);
	arena_fini(&a);
}

static void every_class_round_trips_as_put(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < ARRAY_LEN(classes); i++)
			put_round_trip(classes[i]);
}

static void method_round_trip(const struct wsman_class *c, const struct wsman_method *m)
{
	struct arena a = {0};
	struct buf b = {0};
	struct wsman_call call = {.op = WSMAN_INVOKE, .cls = c, .method = m};
	void *output = filled(&a, m->out, m->n_out, m->out_size);
	struct wsman_request rq;
	struct wsman_reply rp;

	call.object = filled(&a, m->in, m->n_in, m->in_size);
	wsman_encode_request(&b, &call, 0);
	assert_null(wsman_decode_request(buf_str(&b), &a, &rq));
	assert_int_equal(rq.op, WSMAN_INVOKE);
	assert_ptr_equal(rq.method, m);
	assert_true(str_eqz(rq.method_name, m->name));
	assert_same(m->in, m->n_in, call.object, rq.object);
	buf_clear(&b);
	wsman_encode_object(&b, &rq, 1, output);
	assert_null(wsman_decode_reply(buf_str(&b), &call, &a, &rp));
	assert_same(m->out, m->n_out, output, rp.object);
	assert_true(rp.return_value.set);
	buf_fini(&b);
	arena_fini(&a);
}

static void every_method_round_trips(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < ARRAY_LEN(classes); i++)
			for (size_t k = 0; k < classes[i]->n_methods; k++)
				method_round_trip(classes[i], classes[i]->methods[k]);
}

static void pull_round_trip(const struct wsman_class *const *of, size_t n)
{
	struct arena a = {0};
	struct buf b = {0};
	struct wsman_item items[2 * PULL_CLASSES];
	struct wsman_request rq = {.op = WSMAN_PULL,
				   .cls = of[0],
				   .message_id = STR("1"),
				   .resource_uri = str_of(of[0]->uri)};
	struct wsman_call call = {.op = WSMAN_PULL, .cls = of[0]};
	struct wsman_reply rp;

	for (size_t i = 0; i < 2 * n; i++) {
		const struct wsman_class *c = of[i % n];

		items[i] = (struct wsman_item){
			c, filled(&a, c->fields, c->n_fields, c->size)};
	}
	wsman_encode_pull(&b, &rq, 1, items, 2 * n, NULL);
	assert_null(wsman_decode_reply(buf_str(&b), &call, &a, &rp));
	assert_true(rp.end_of_sequence);
	assert_int_equal(rp.n_items, 2 * n);
	for (size_t i = 0; i < 2 * n; i++) {
		const struct wsman_class *c = items[i].cls;

		assert_ptr_equal(rp.items[i].cls, c);
		assert_null(wsman_item_as(&rp.items[i], of[(i + 1) % n]));
		assert_same(c->fields, c->n_fields, items[i].object, rp.items[i].object);
	}
	buf_fini(&b);
	arena_fini(&a);
}

static void many_classes_round_trip_in_one_pull(void **state)
{
	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_LEN(classes); i += PULL_CLASSES)
		pull_round_trip(classes + i, MIN(PULL_CLASSES, ARRAY_LEN(classes) - i));
}

static void an_empty_instance_round_trips(void **state)
{
	struct arena a = {0};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		const struct wsman_class *c = classes[i];
		struct wsman_call call = {.op = WSMAN_PUT, .cls = c};
		struct wsman_request rq;

		call.object = arena_zalloc(&a, c->size);
		buf_clear(&b);
		wsman_encode_request(&b, &call, 0);
		assert_null(wsman_decode_request(buf_str(&b), &a, &rq));
		assert_same(c->fields, c->n_fields, call.object, rq.object);
	}
	buf_fini(&b);
	arena_fini(&a);
}

/* Kinds that no class above uses. */
struct odd {
	struct wsman_num signed32, signed64;
	struct wsman_nums bools;
	struct wsman_item object;
};
static const struct wsman_field odd_fields[] = {
	{"Bools", WSMAN_BOOL, WSMAN_ARRAY, offsetof(struct odd, bools)},
	{"Object", WSMAN_OBJECT, 0, offsetof(struct odd, object)},
	{"Signed32", WSMAN_I32, 0, offsetof(struct odd, signed32)},
	{"Signed64", WSMAN_I64, 0, offsetof(struct odd, signed64)},
};

static void signed_numbers_and_embedded_instances_round_trip(void **state)
{
	const struct wsman_class c = {
		.name = "AMT_Odd",
		.uri = "urn:odd/AMT_Odd",
		.fields = odd_fields,
		.n_fields = ARRAY_LEN(odd_fields),
		.size = sizeof(struct odd),
	};

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++)
		reply_round_trip(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(properties_are_in_ascii_order_and_unique),
		cmocka_unit_test(every_class_has_a_key),
		cmocka_unit_test(classes_are_found_by_name_and_uri),
		cmocka_unit_test(methods_are_unique_and_end_in_the_return_value),
		cmocka_unit_test(every_class_can_be_read),
		cmocka_unit_test(places_are_numbered_from_one),
		cmocka_unit_test(every_class_round_trips_as_reply),
		cmocka_unit_test(every_class_round_trips_as_put),
		cmocka_unit_test(every_method_round_trips),
		cmocka_unit_test(many_classes_round_trip_in_one_pull),
		cmocka_unit_test(an_empty_instance_round_trips),
		cmocka_unit_test(signed_numbers_and_embedded_instances_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
