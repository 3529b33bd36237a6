/* SPDX-License-Identifier: Apache-2.0
 * The virtual device's side of redirection: serial over LAN, IDE redirection and KVM on
 * the streams of ports 16994 and 16995 or of CIRA channels. wire-amt.md 4, 6.4.
 *
 * A host (BIOS, boot menu, login) writes to one text screen that SOL and KVM show and
 * type on. It is made when the first session needs it: until then a device costs this
 * struct alone. Who owns the device tells about power and boots, and may change the
 * members marked so at any time.
 */
#ifndef SIM_REDIRECTION_H
#define SIM_REDIRECTION_H

#include <amt/redirection/kvm_tile.h>
#include <amt/redirection/session.h>
#include <net/stream.h>

#define SIM_REDIRECTION_CONNECTIONS 8 /* at once, logged in or not; more are closed */
#define SIM_REDIRECTION_FAILURES 3    /* wrong logins that close a connection */

/* H(user:realm:password) of a user who may use redirection; false: there is none. */
typedef bool sim_redirection_ha1_fn(void *arg, struct str user, char ha1[33]);

/* The same for all devices of a process. */
struct sim_redirection_config {
	uint32_t step_ms; /* the BIOS shows itself for one step, the boot menu waits for
			     two */
	/* Silence after messages with which amtterm throws away what comes in the same
	 * piece. */
	uint32_t gap_ms;
	bool rfb_4; /* KVM announces RFB 004.000, as firmware did up to CSME 20 */
	bool zlib;  /* KVM starts with the zlib stream instead of stored blocks */
	bool sol_needs_acks;  /* SOL stops after maxTxBuffer bytes until a heartbeat comes
			       */
	enum kvm_sub kvm_sub; /* KVM_SUB_BEST, or one for all tiles that it can hold */
};

enum sim_boot_from {
	SIM_BOOT_DISK,
	SIM_BOOT_SETUP,
	SIM_BOOT_PXE, /* nobody answers: then the disk */
	SIM_BOOT_IDER_FLOPPY,
	SIM_BOOT_IDER_CD,
	SIM_BOOT_HTTPS, /* named on the screen; nothing is fetched: then the disk */
	SIM_BOOT_FILE,	/* the same */
	SIM_BOOT_ERASE	/* said on the screen, then the disk */
};

#define SIM_BOOT_WHAT_SIZE 301 /* URL or file */

struct sim_faults;
struct sim_host;
struct sim_session;

struct sim_redirection {
	const struct sim_redirection_config *config;
	const char *realm; /* at most 64 characters (amtterm) */
	sim_redirection_ha1_fn *ha1;
	void *arg;
	/* May be changed; looked at when a session starts. */
	uint8_t enabled; /* bits 1 << enum redir_kind; sessions of others: unsupported */
	uint8_t consent_missing; /* bits 1 << enum redir_kind: user consent is required
				    and not given, sessions are refused */
	/* NULL: nobody wants to know. look: a session wants to start, the two above are
	 * to be brought up to date. session: one logged in, or is over. */
	void (*look)(void *arg);
	const struct sim_faults *faults; /* latency, stall, reset, wrong digest */
	void (*session)(void *arg, enum redir_kind kind, const char *user,
			struct str from, bool began);
	/* Not to be changed. */
	bool powered;
	uint8_t display;
	uint32_t boots;
	enum sim_boot_from booted_from;
	char booted_what[SIM_BOOT_WHAT_SIZE];
	int64_t booted_ms;
	unsigned connections;
	uint32_t drives[2]; /* blocks of the redirected floppy and CD; 0 = none */
	struct sim_session *sessions[REDIR_KINDS]; /* logged in; NULL = none */
	struct sim_host *host;			   /* NULL until needed */
	struct waitq
		news; /* input, output left, the host did something: all sessions look */
};

/* realm, ha1's arg and the configuration must outlive it. Power is on, all kinds are
 * enabled. */
void sim_redirection_init(struct sim_redirection *r,
			  const struct sim_redirection_config *c, const char *realm,
			  sim_redirection_ha1_fn *ha1, void *arg);
/* No connection may be left: cancel and join their fibers first. */
void sim_redirection_fini(struct sim_redirection *r);

/* Serves one connection until it ends. Owns s. from: the console's address, may be empty;
 * outlives the call. */
OB_SUSPENDS void sim_redirection_serve(struct sim_redirection *r, struct str from,
				       struct stream *s);

/* Off: the screen goes dark, sessions stay and say so. On without a boot: as
 * sim_redirection_boot from disk. No change, no effect. */
void sim_redirection_power(struct sim_redirection *r, bool on);
/* The host starts (again), from that device; what: URL or file, or empty. Sessions of
 * IDE-R see a reset. */
void sim_redirection_boot(struct sim_redirection *r, enum sim_boot_from from,
			  const char *what);
/* Does the host's system run, past BIOS and loading? */
bool sim_redirection_system_runs(struct sim_redirection *r);
/* The system was asked to end, and says so on its screen. */
void sim_redirection_going_down(struct sim_redirection *r);
/* Which display KVM shows, 0..SIM_DISPLAYS - 1; a session is told the new size. */
void sim_redirection_show(struct sim_redirection *r, unsigned display);

/* Faults were set or ended. */
void sim_redirection_faults_changed(struct sim_redirection *r);
/* Is there a session of that kind, logged in? */
bool sim_redirection_active(const struct sim_redirection *r, enum redir_kind kind);
/* Ends it: the feature was disabled, consent was withdrawn. */
void sim_redirection_end(struct sim_redirection *r, enum redir_kind kind);
/* The screen as text, 25 lines, appended; nothing while power is off. */
void sim_redirection_text(struct sim_redirection *r, struct buf *out);
/* A display as a PNG image, black while power is off; notice as sim_view_png. */
void sim_redirection_png(struct sim_redirection *r, unsigned display, const char *notice,
			 struct buf *out);

#endif
