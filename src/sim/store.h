/* SPDX-License-Identifier: Apache-2.0
 * The instances a full device stores: heap objects by class, in the order they were made.
 * Instances of one class differ in their keys.
 */
#ifndef SIM_STORE_H
#define SIM_STORE_H

#include <sim/object.h>

struct sim_instance {
	const struct wsman_class *cls;
	void *object; /* owned */
};

struct sim_store {
	struct sim_instance *v;
	size_t n, cap;
};

void sim_store_fini(struct sim_store *s);
/* Owns take_object; returns it. */
void *sim_store_add(struct sim_store *s, const struct wsman_class *c, void *take_object);
/* Frees the object, which must be in the store. */
void sim_store_remove(struct sim_store *s, const void *object);
/* All of the class. */
void sim_store_remove_class(struct sim_store *s, const struct wsman_class *c);
/* The object (in the store) becomes take_new, at the same place. */
void sim_store_replace(struct sim_store *s, const void *object, void *take_new);

size_t sim_store_count(const struct sim_store *s, const struct wsman_class *c);
/* The nth (from 0) of the class, or NULL. */
void *sim_store_nth(const struct sim_store *s, const struct wsman_class *c, size_t nth);
static inline void *sim_store_first(const struct sim_store *s,
				    const struct wsman_class *c)
{
	return sim_store_nth(s, c, 0);
}
/* First that the selectors match; no selectors match all (wsman.md A.3). */
void *sim_store_find(const struct sim_store *s, const struct wsman_class *c,
		     const struct wsman_epr *selectors);
/* First with that text in a property. */
void *sim_store_by_text(const struct sim_store *s, const struct wsman_class *c,
			const char *property, struct str value);
/* The one whose keys equal the object's. */
void *sim_store_twin(const struct sim_store *s, const struct wsman_class *c,
		     const void *object);

/* A given selector must name a property and equal it; not giving one is fine. */
bool sim_selectors_match(const struct wsman_class *c, const void *object,
			 const struct wsman_epr *selectors);
/* An EPR to the object, by its keys, in the arena. */
struct wsman_epr sim_epr_to(struct arena *a, const struct wsman_class *c,
			    const void *object);

/* "prefix N" with the smallest N from 0 that no instance's property has; the number. */
unsigned sim_store_free_number(const struct sim_store *s, const struct wsman_class *c,
			       const char *property, const char *prefix);

#endif
