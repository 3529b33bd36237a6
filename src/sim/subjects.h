/* SPDX-License-Identifier: Apache-2.0
 * What a full device remembers besides its instances, by subject: logs, boot, alarms,
 * user consent. One member of struct sim_state; everything but consent is in the state
 * file.
 *
 * Who runs the device sets the hooks once and calls sim_device_tick now and then: alarms
 * ring, the code on the screen times out and a boot is noticed only when somebody looks.
 */
#ifndef SIM_SUBJECTS_H
#define SIM_SUBJECTS_H

#include <sim/logs.h>

struct sim_call;
struct sim_device;
struct sim_state;

/* ---- boot (boot_options.c): wsman.md B.7, C.4, C.5 ---- */

#define SIM_BOOT_PATH_SIZE 301

enum sim_boot_way {
	SIM_BOOT_WAY_NORMAL,
	SIM_BOOT_WAY_HARD_DISK,
	SIM_BOOT_WAY_PXE,
	SIM_BOOT_WAY_CD,
	SIM_BOOT_WAY_SETUP,
	SIM_BOOT_WAY_PAUSE,
	SIM_BOOT_WAY_IDER_FLOPPY,
	SIM_BOOT_WAY_IDER_CD,
	SIM_BOOT_WAY_HTTPS,
	SIM_BOOT_WAY_FILE, /* pre-boot application or recovery image */
	SIM_BOOT_WAY_ERASE,
	SIM_BOOT_WAYS,
};

/* What the next boot does: an OCR entry, a plain source or neither (empty). */
struct sim_boot_plan {
	char source[64]; /* InstanceID of CIM_BootSourceSetting */
	bool applied;	 /* SetBootConfigRole: for the next boot */
};

struct sim_last_boot {
	uint32_t number; /* boots since the device was made; 0 = none yet */
	int64_t at_s;	 /* device's clock */
	enum sim_boot_way way;
	char path[SIM_BOOT_PATH_SIZE]; /* URL or file of HTTPS and FILE */
	bool use_sol, lock_keyboard, secure_erase, enforce_secure_boot;
	bool credentials;    /* of HTTPS: a user was given */
	uint32_t erase_mask; /* of ERASE */
};

/* Name of a way ("pxe"), as in the state file. */
const char *sim_boot_way_name(enum sim_boot_way w);

/* Extended data of audit events about boot and power (C.2, group 17). */
#define SIM_BOOT_EXTRA_SIZE 7
void sim_boot_extra(const struct sim_state *st, uint8_t out[SIM_BOOT_EXTRA_SIZE]);
/* All options back to none. */
void sim_boot_clear(struct sim_state *st);
/* The host boots now: the options become the last boot and are used up. True: the
 * firmware is to be reset to factory settings with it. */
bool sim_boot_take(struct sim_state *st);

/* ---- user consent (consent.c): wsman.md D.5 ---- */

#define SIM_CONSENT_CODE_SIZE 7
#define SIM_CONSENT_TRIES 3
#define SIM_CONSENT_BLOCK_MS \
	10000 /* no new start after a failure; firmware's length is not public */

enum sim_consent_for {
	SIM_CONSENT_BOOT,
	SIM_CONSENT_KVM,
	SIM_CONSENT_IDER,
	SIM_CONSENT_SOL
};

struct sim_consent {
	uint8_t state; /* enum ips_opt_in_state */
	uint8_t wrong;
	char code[SIM_CONSENT_CODE_SIZE]; /* while it is on the screen */
	int64_t until_ms;		  /* end of this state; 0 = none */
	int64_t blocked_until_ms;
	unsigned sessions; /* redirection sessions open */
};

/* IPS_OptInService.OptInRequired as it holds: always all in client control mode. */
int64_t sim_consent_required(const struct sim_state *st);
/* Is it required for that, and not given? */
bool sim_consent_missing(struct sim_device *d, enum sim_consent_for what);
/* The same as StartOptIn; how a KVM session asks for it. Its return value. */
int sim_consent_start(struct sim_device *d);
/* The code that the user reads, or NULL. */
const char *sim_consent_code(const struct sim_device *d);
/* A redirection session of that kind began or ended. */
void sim_consent_session(struct sim_device *d, enum sim_consent_for what, bool began);
void sim_consent_tick(struct sim_device *d);

/* ---- alarms (alarm_classes.c): wsman.md B.8 ---- */

void sim_alarms_tick(struct sim_device *d);
/* Unix time (device's clock) of the next one; 0 = none. */
int64_t sim_alarms_next(const struct sim_state *st);

/* ---- together ---- */

struct sim_hooks {
	void *arg;
	/* The code to show on the screen; NULL: take it off. */
	void (*show_code)(void *arg, const char *code);
	/* The host starts, that way. */
	void (*boot)(void *arg, const struct sim_last_boot *b);
	/* Does a running system with LMS take graceful requests? NULL: yes. */
	bool (*agent)(void *arg);
	/* It takes one: it goes down by itself. */
	void (*going_down)(void *arg);
	/* Tell an LMS of the host (amt/heci/lme_alert.h). */
	void (*alert)(void *arg, const char *id, unsigned what);
	/* End sessions of that kind (0 IDER, 1 SOL, 2 KVM); false: there is none. */
	bool (*end_session)(void *arg, unsigned kind);
};

struct sim_subjects {
	struct sim_logs logs;
	struct sim_boot_plan plan;
	struct sim_last_boot last_boot;
	int64_t alarms_seen_s; /* alarms up to then rang */
	/* ---- volatile ---- */
	uint32_t boots_seen; /* sim_power.booted */
	bool unsaved;	     /* an alarm rang or a boot happened: saved by the tick */
	struct sim_consent consent;
	struct sim_hooks hooks; /* outlive everything */
};

/* Empties it; hooks stay. */
void sim_subjects_clear(struct sim_subjects *s);
/* Back to factory settings, as far as firmware forgets (D.4): event log and consent go,
 * the audit log stays. */
void sim_subjects_unprovision(struct sim_state *st);
/* Values that differ per device, into a store filled from the template. */
void sim_inventory_personalize(struct sim_state *st);
/* Tells the host's LMS, where there is one. */
void sim_subjects_alert(const struct sim_subjects *s, const char *id, unsigned what);
/* Part of sim_device_tick. */
void sim_subjects_tick(struct sim_device *d);

/* New reference. */
json_t *sim_subjects_json(const struct sim_subjects *s);
/* Into an empty one. ERR_INVALID names what is wrong; NULL j: stays empty. */
OB_MUST_CHECK struct err *sim_subjects_from_json(struct sim_subjects *s, const json_t *j);

#endif
