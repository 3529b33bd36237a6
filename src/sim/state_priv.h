/* SPDX-License-Identifier: Apache-2.0
 * Shared by the files of a full device's state.
 */
#ifndef SIM_STATE_PRIV_H
#define SIM_STATE_PRIV_H

#include <sim/state.h>

struct sim_state *sim_state_blank(void);
/* What is new with every start: nonce, local account's password; no chain. */
void sim_state_volatile(struct sim_state *st);
/* Empties everything but directory, lock and callbacks. */
void sim_state_clear(struct sim_state *st);
void sim_state_unlock(struct sim_state *st);

/* The state as JSON (new reference) and back into a cleared state. */
json_t *sim_state_json(const struct sim_state *st);
OB_MUST_CHECK struct err *sim_state_from_json(struct sim_state *st, const json_t *j);

/* st becomes what from holds, and keeps its place and its listeners; from becomes blank.
 */
void sim_state_take(struct sim_state *st, struct sim_state *from);

#endif
