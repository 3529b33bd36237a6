/* SPDX-License-Identifier: Apache-2.0
 * What the virtual firmware does per WS-Management class: one row each, in the file of
 * its subject.
 *
 * Light devices know the classes whose rows make their instances themselves. Full devices
 * store instances of every class (store.h), with generic Get, Enumerate, Put, Create and
 * Delete as far as the class description's ops go; a row of a full device adds what is
 * special.
 */
#ifndef SIM_CLASSES_H
#define SIM_CLASSES_H

#include <sim/state.h>

#define SIM_MAX_INSTANCES 16 /* made by one row's instances() */

/* Who asks. */
struct sim_caller {
	bool local;		  /* through the host: HECI or its loopback */
	bool system;		  /* as SIM_LOCAL_USER */
	uint32_t realms;	  /* bits, enum sim_realm */
	struct str user, address; /* for the audit log; may be empty */
};

/* One request under way. */
struct sim_call {
	struct sim_device *d;
	struct sim_state *st; /* NULL: light */
	const struct wsman_request *rq;
	const struct sim_caller *caller;
	struct arena *arena;
	int fault;	/* enum wsman_fault_kind answered instead; SIM_NO_FAULT */
	bool changed;	/* the state is saved before the answer */
	unsigned after; /* SIM_AFTER_... */
};
#define SIM_NO_FAULT (-1)

struct sim_method {
	const struct wsman_method *method;
	/* May suspend in a fiber (key generation). */
	void (*call)(struct sim_call *c, const void *in, void *out);
};

struct sim_class {
	const struct wsman_class *cls;
	/* Instances (of derived classes too) that are made, not stored, in the arena; how
	 * many. NULL: stored ones. */
	size_t (*instances)(struct sim_device *d, struct arena *a,
			    struct wsman_item out[SIM_MAX_INSTANCES]);
	void (*put)(struct sim_device *d,
		    const void *object); /* for made ones; NULL = not supported */
	const struct sim_method *methods;
	size_t n_methods;
	/* Stored ones, each may be NULL.
	 * check: before the change; object is the instance as it will be (Put, Create:
	 * heap, may be amended; was is the old one or NULL) or as it is (Delete). Sets
	 * c->fault to refuse. */
	void (*check)(struct sim_call *c, enum wsman_op op, void *object,
		      const void *was);
	/* Amends a shallow copy for a reply: computed properties. */
	void (*show)(struct sim_call *c, void *copy);
	/* A Delete addressed to this class that is meant for another. */
	bool (*delete)(struct sim_call *c);
	bool put_answers_nothing;
	bool put_changes_keys; /* the keys are the content: the one instance is replaced
				*/
};

/* Row of a class, or NULL. A full device has one for every class there is. */
const struct sim_class *sim_class_find(const struct sim_device *d,
				       const struct wsman_class *c);

extern const struct sim_class sim_power_classes[], sim_boot_classes[],
	sim_system_classes[];
extern const size_t sim_power_classes_n, sim_boot_classes_n, sim_system_classes_n;
/* Full devices only. */
extern const struct sim_class sim_setup_classes[], sim_host_setup_classes[],
	sim_account_classes[], sim_certificate_classes[], sim_tls_classes[],
	sim_remote_access_classes[], sim_network_classes[], sim_log_classes[],
	sim_alarm_classes[], sim_consent_classes[], sim_redirection_classes[],
	sim_boot_option_classes[], sim_proxy_classes[], sim_wifi_classes[],
	sim_ieee8021x_classes[];
extern const size_t sim_setup_classes_n, sim_host_setup_classes_n, sim_account_classes_n,
	sim_certificate_classes_n, sim_tls_classes_n, sim_remote_access_classes_n,
	sim_network_classes_n, sim_log_classes_n, sim_alarm_classes_n,
	sim_consent_classes_n, sim_redirection_classes_n, sim_boot_option_classes_n,
	sim_proxy_classes_n, sim_wifi_classes_n, sim_ieee8021x_classes_n;

/* May this caller do that now? wsman.md D.2, B.5. */
bool sim_access_allowed(const struct sim_call *c);

/* Stored instances of a class and of those derived from it, as a reply shows them
 * (arena). */
size_t sim_stored_list(struct sim_call *c, const struct sim_class *row,
		       const struct wsman_class *cls, struct wsman_item **out);
/* Put, Create, Delete of stored classes. NULL object with SIM_NO_FAULT: an empty answer.
 */
const void *sim_stored_put(struct sim_call *c, const struct sim_class *row);
void *sim_stored_create(struct sim_call *c, const struct sim_class *row);
void sim_stored_delete(struct sim_call *c, const struct sim_class *row);

/* Time passes: transitions end, a boot uses up its boot options. */
void sim_device_tick(struct sim_device *d);

/* As sim_wsman, for a caller with these rights; *after: SIM_AFTER_... for the runner. */
int sim_wsman_as(struct sim_device *d, const struct sim_caller *caller, struct str xml,
		 struct arena *a, struct buf *out, unsigned *after);

/* For rows: numbers and truth. */
static inline struct wsman_num sim_num(int64_t v)
{
	return (struct wsman_num){.set = true, .v = v};
}

#endif
