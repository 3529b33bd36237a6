/* SPDX-License-Identifier: Apache-2.0
 * Which certificates an 802.1X profile uses: associations of wired and Wi-Fi profiles.
 * wsman.md B.9.
 */
#ifndef SIM_CREDENTIALS_H
#define SIM_CREDENTIALS_H

#include <sim/state.h>

/* Do the certificates exist, and is there a client's where the protocol needs one? Absent
 * references are none; one with an empty InstanceID is refused. */
bool sim_credentials_fit(const struct sim_state *st, bool is_8021x, int64_t protocol,
			 const struct wsman_epr *client, const struct wsman_epr *ca);
/* cls: AMT_8021xCredentialContext or IPS_8021xCredentialContext. An absent certificate
 * adds none. */
void sim_credentials_add(struct sim_state *st, const struct wsman_class *cls,
			 const struct wsman_epr *profile,
			 const struct wsman_epr *certificate);
/* All of the profile with that InstanceID. */
void sim_credentials_remove(struct sim_state *st, const struct wsman_class *cls,
			    struct str profile_id);

#endif
