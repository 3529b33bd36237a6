/* SPDX-License-Identifier: Apache-2.0
 * Instances on the heap: copy, free, compare and JSON of any class struct, by one walk
 * over the class's fields. Objects here own everything they point to, unlike decoded
 * ones, which live in an arena.
 */
#ifndef SIM_OBJECT_H
#define SIM_OBJECT_H

#include <amt/wsman/wsman.h>

/* Deep copy of any instance; sim_object_new: every property absent. */
void *sim_object_copy(const struct wsman_class *c, const void *object);
void *sim_object_new(const struct wsman_class *c);
/* NULL is fine. Secrets are wiped. */
void sim_object_free(const struct wsman_class *c, void *object);
bool sim_object_equal(const struct wsman_class *c, const void *a, const void *b);

/* NULL when the class has no such property. */
const struct wsman_field *sim_field(const struct wsman_class *c, const char *name);
bool sim_field_present(const struct wsman_field *f, const void *object);
/* The property of to (heap) becomes a copy of that of from (any instance). */
void sim_field_assign(const struct wsman_field *f, void *to, const void *from);

/* One text of a heap object. */
void sim_text_set(struct str *to, struct str value);
void sim_text_clear(struct str *to);

/* Selectors that are given are all in have, with equal values. */
bool sim_epr_matches(const struct wsman_epr *given, const struct wsman_epr *have);

/* Lossless, with secrets: what the state file holds. New reference. */
json_t *sim_object_json(const struct wsman_class *c, const void *object);
/* ERR_INVALID names the property that is unknown or of a wrong type. */
OB_MUST_CHECK struct err *sim_object_from_json(const struct wsman_class *c,
					       const json_t *j, void **out);

#endif
