/* SPDX-License-Identifier: Apache-2.0
 * Names of enumerated values, as the schema and upstream's tools have them, for people:
 * state, power state, memory type. wsman.md part B; requests and replies have the
 * numbers.
 */
#ifndef AMT_WSMAN_CLASSES_VALUES_H
#define AMT_WSMAN_CLASSES_VALUES_H

#include <amt/wsman/wsman.h>

/* Name of the value of a property, f of c->fields ("OK", "Wireless LAN"); p NULL when it
 * has none. */
struct str wsman_value_name(const struct wsman_class *c, const struct wsman_field *f,
			    int64_t v);

#endif
