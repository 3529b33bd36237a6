/* SPDX-License-Identifier: Apache-2.0
 * The two logs of a full device: audit log (who did what, wsman.md C.2) and event log
 * (what the platform told, C.3). Both are part of the state file.
 */
#ifndef SIM_LOGS_H
#define SIM_LOGS_H

#include <amt/log_records.h>
#include <base/err.h>
#include <base/str.h>
#include <jansson.h>

#define SIM_EVENTS_MAX 390
#define SIM_AUDIT_MAX 512
#define SIM_AUDIT_USER_MAX 64
#define SIM_AUDIT_ADDRESS_MAX 64
#define SIM_AUDIT_EXTRA_MAX 255
#define SIM_AUDIT_RECORD_MAX \
	(13 + SIM_AUDIT_USER_MAX + SIM_AUDIT_ADDRESS_MAX + SIM_AUDIT_EXTRA_MAX)
#define SIM_AUDIT_KEPT 5 /* super critical records that survive ClearLog */

/* Groups of audit events. */
enum sim_audit_app {
	SIM_AUDIT_SECURITY = 16,
	SIM_AUDIT_REMOTE_CONTROL = 17,
	SIM_AUDIT_REDIRECTION = 18,
	SIM_AUDIT_LOG = 20,
	SIM_AUDIT_TIME = 21,
	SIM_AUDIT_NETWORK = 22,
	SIM_AUDIT_EVENTS = 24,
	SIM_AUDIT_WIRELESS = 27,
	SIM_AUDIT_KVM = 29,
	SIM_AUDIT_OPT_IN = 30,
};

/* InitiatorType */
enum sim_initiator {
	SIM_BY_USER = AUDIT_BY_USER,
	SIM_BY_LOCAL = AUDIT_BY_LOCAL,
	SIM_BY_KVM_PORT = AUDIT_BY_KVM_PORT,
};

struct sim_actor {
	enum sim_initiator kind;
	struct str user;    /* SIM_BY_USER; cut to SIM_AUDIT_USER_MAX */
	struct str address; /* empty: none */
};

struct sim_audit_record {
	uint16_t n;
	uint8_t *bytes; /* as ReadRecords gives them */
};

struct sim_logs {
	struct sim_audit_record *audit; /* oldest first */
	size_t n_audit;
	bool audit_off; /* only super critical events are written */
	uint32_t lock;	/* handle of who locked the audit log; 0 = nobody */
	int64_t lock_until_ms;
	uint8_t (*events)[EVENT_RECORD_SIZE]; /* oldest first */
	size_t n_events;
	bool frozen;  /* the event log takes no more */
	bool unsaved; /* written to since it was last asked for */
};

/* One platform event; the rest of the record is always the same. */
struct sim_event {
	uint8_t sensor, offset, severity, entity;
	uint8_t data[8];
};

void sim_logs_fini(struct sim_logs *l);
/* Appends, the oldest goes when it is full. False: not written (locked, or switched off).
 */
bool sim_logs_audit(struct sim_logs *l, const struct sim_actor *who, int64_t now_s,
		    unsigned app, unsigned event, const void *extra, size_t n);
/* All but the last super critical ones. */
void sim_logs_audit_clear(struct sim_logs *l);
/* Extended data of the last record of that event; p NULL: there is none. */
struct str sim_logs_audit_last(const struct sim_logs *l, unsigned app, unsigned event);
bool sim_logs_locked(const struct sim_logs *l);
void sim_logs_event(struct sim_logs *l, int64_t now_s, const struct sim_event *e);
void sim_logs_events_clear(struct sim_logs *l);

/* New reference. */
json_t *sim_logs_json(const struct sim_logs *l);
/* Into an empty one. ERR_INVALID names what is wrong; NULL j: stays empty. */
OB_MUST_CHECK struct err *sim_logs_from_json(struct sim_logs *l, const json_t *j);

struct sim_call;
struct sim_state;

/* Who asks, as the audit log names him. */
struct sim_actor sim_audit_actor(const struct sim_call *c);
/* One record by the caller of the request under way; the state is saved with it. Light
 * devices: no effect. */
void sim_audit(struct sim_call *c, unsigned app, unsigned event, const void *extra,
	       size_t n);
/* What an operation that succeeded has to leave in the audit log, by a table; out: a
 * method's results. */
void sim_audit_operation(struct sim_call *c, const void *out);

#endif
