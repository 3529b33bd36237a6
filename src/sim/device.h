/* SPDX-License-Identifier: Apache-2.0
 * A virtual AMT device: what its firmware remembers. Light: a few hundred bytes,
 * everything that is the same for all devices of a process is in struct sim_model.
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <amt/wsman/wsman.h>
#include <base/encode.h>
#include <sim/power.h>

#define SIM_REALM_SIZE 40 /* "Digest:" + 32 hex + NUL */
#define SIM_NONCE_SIZE 33
#define SIM_NONCE_MS 300000 /* wire-amt.md 7: lifetime not public, 5 minutes taken */
#define SIM_CONTEXTS 4	    /* enumerations open at once; more is a Concurrency fault */
#define SIM_CONTEXT_MS 60000

struct sim_model {
	const char *version;	/* "16.1.25" */
	const char *build;	/* "1932" */
	struct secret password; /* AMT's admin password, for all devices of the process */
	uint32_t step_ms;	/* duration of a power transition's step */
	uint8_t nonce_key[32];
};

/* Boot options of AMT_BootSettingData that a Put may change: one-shot, cleared by the
 * next boot. */
struct sim_boot {
	bool bios_pause, bios_setup, configuration_data_reset, forced_progress_events,
		lock_keyboard, lock_power_button, lock_reset_button, lock_sleep_button,
		reflash_bios, use_ider, use_sol, use_safe_mode, user_password_bypass,
		secure_erase, enforce_secure_boot;
	uint8_t firmware_verbosity, ider_boot_device;
	uint16_t boot_media_index;
	uint8_t source; /* index + 1 of the boot source chosen by ChangeBootOrder; 0 =
			   none */
	uint8_t role;	/* last SetBootConfigRole */
	uint32_t seen_boots; /* sim_power.booted when the options were set */
};

struct sim_context {
	uint32_t id; /* 0 = free */
	uint32_t at; /* instances that were pulled */
	const struct wsman_class *cls;
	int64_t since_ms;
};

struct sim_state;

struct sim_device {
	const struct sim_model *model;
	struct sim_state *state; /* full devices; NULL: light. Not owned */
	uint8_t uuid[16];	 /* SMBIOS order */
	struct sim_power power;
	struct sim_boot boot;
	uint8_t os_saving;	/* IPS OSPowerSavingState */
	uint8_t boot_state_low; /* CIM_BootService.EnabledState - 32768 */
	uint32_t next_context;
	uint64_t next_reply;
	struct sim_context contexts[SIM_CONTEXTS];
};

void sim_device_init(struct sim_device *d, const struct sim_model *m,
		     const uint8_t uuid[16]);
/* Realm of this device: fixed, derived from its UUID. */
void sim_device_realm(const struct sim_device *d, char out[SIM_REALM_SIZE]);
/* A nonce as firmware forms it (wire-amt.md 3.1): made and checked without state. */
void sim_device_nonce(const struct sim_device *d, char out[SIM_NONCE_SIZE]);
bool sim_device_nonce_valid(const struct sim_device *d, struct str nonce);

/* One WS-Management request (its body) of a network administrator to one reply; returns
 * the HTTP status (200 or 400). */
int sim_wsman(struct sim_device *d, struct str xml, struct arena *a, struct buf *out);

/* Serves HTTP on one connection to 16992 until it ends: digest, then sim_wsman. Owns s.
 */
OB_SUSPENDS void sim_http_serve(struct sim_device *d, struct stream *s);
/* The same for full devices, which log the client's address (may be empty; outlives the
 * call). local: a connection from the host itself (HECI, loopback), which is answered
 * before set-up, and on which the local system account is known. */
OB_SUSPENDS void sim_http_serve_from(struct sim_device *d, bool local, struct str from,
				     struct stream *s);

#endif
