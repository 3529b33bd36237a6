/* SPDX-License-Identifier: Apache-2.0
 * What the files of the virtual device's redirection share: a connection's bytes (wire),
 * the host, and the three kinds of sessions.
 */
#ifndef SIM_REDIRECTION_PRIV_H
#define SIM_REDIRECTION_PRIV_H

#include <sim/faults.h>
#include <sim/redirection.h>
#include <sim/screen.h>

/* ---- redirection_wire.c: bytes in and out without blocking each other ---- */

#define SIM_WIRE_IN_MAX 73728u	/* more than the longest message: a cut text */
#define SIM_WIRE_OUT_HIGH 32768 /* makers of output stop here */
#define SIM_WIRE_STALL_MS 30000 /* a peer that takes nothing for so long is given up */

struct sim_wire {
	struct stream *s; /* owned */
	struct waitq *news;
	struct buf in, out;
	bool ended; /* the peer sends no more */
	int64_t moved_ms, heard_ms;
	const struct sim_faults *faults; /* NULL: none */
	int64_t held_ms; /* output waits until then: a fault; 0 = it does not */
};

/* faults: borrowed, looked at all the time; may be NULL. */
void sim_wire_init(struct sim_wire *w, struct stream *s, struct waitq *news,
		   const struct sim_faults *faults);
void sim_wire_fini(struct sim_wire *w);
/* Moves what can be moved now. ERR_CLOSED. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_wire_pump(struct sim_wire *w);
/* Waits for news, or until the deadline (NULL too); then pumps. ERR_CLOSED also when the
 * peer ended and its bytes did not make a message; ERR_UNAVAILABLE when it takes nothing.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_wire_wait(struct sim_wire *w,
						    struct deadline until);
/* Waits until at most left bytes are unsent. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_wire_flush(struct sim_wire *w, size_t left);
/* Sends all, then is silent for a while. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_wire_gap(struct sim_wire *w, uint32_t ms);

/* ---- redirection_host.c: the machine behind the screen ---- */

enum sim_host_state {
	SIM_HOST_POST,
	SIM_HOST_MENU,
	SIM_HOST_SETUP,
	SIM_HOST_LOADING,
	SIM_HOST_LOGIN,
	SIM_HOST_PASSWORD,
	SIM_HOST_SHELL,
	SIM_HOST_GOES_DOWN,	  /* asked to, until power is off or the next boot */
	SIM_HOST_WAITS_FOR_DRIVE, /* for the IDE-R session to read the boot sector */
	SIM_HOST_READS_DRIVE,
	SIM_HOST_RUNS_DRIVE, /* what it found is on the screen */
};

#define SIM_HOST_LINE 64

struct sim_host {
	struct sim_screen screen;
	enum sim_host_state state;
	enum sim_boot_from from;
	uint32_t step_ms;
	const char *what; /* what is booted: URL or file; borrowed */
	int64_t due_ms;	  /* when the state changes by itself; 0 = never */
	unsigned choice;
	uint8_t escape; /* how much of an arrow key's sequence was typed */
	char user[SIM_HOST_LINE], line[SIM_HOST_LINE];
	size_t line_n;
};

/* As if it had booted from disk long ago. */
void sim_host_init(struct sim_host *h, uint32_t step_ms);
/* what: URL or file, or what is erased; empty where there is none. Outlives the host. */
void sim_host_boot(struct sim_host *h, enum sim_boot_from from, const char *what,
		   int64_t now_ms);
/* Does the system run, past BIOS and loading? */
bool sim_host_system_runs(const struct sim_host *h);
/* The system was asked to end, and says so. */
void sim_host_going_down(struct sim_host *h);
/* Does what is due; true when that changed something. */
bool sim_host_tick(struct sim_host *h, int64_t now_ms);
/* A byte as a terminal sends it. */
void sim_host_type(struct sim_host *h, char c, int64_t now_ms);
/* The IDE-R session: text found on the drive, then the end of it. */
void sim_host_drive_text(struct sim_host *h, struct str text);
void sim_host_drive_runs(struct sim_host *h);
void sim_host_drive_failed(struct sim_host *h, const char *why, int64_t now_ms);

/* ---- sessions ---- */

struct sim_session {
	struct sim_redirection *r;
	enum redir_kind kind;
	struct sim_wire wire;
	bool end;	 /* the owner wants it over */
	char user[33];	 /* who logged in */
	struct str from; /* his address; may be empty */
};

/* Made when needed, brought up to now. Power must be on. */
struct sim_host *sim_redirection_host(struct sim_redirection *r);
/* When it changes by itself. */
struct deadline sim_redirection_due(const struct sim_redirection *r);
void sim_redirection_type(struct sim_redirection *r, struct str keys);
/* The first message that a session's own decoder does not know: 0x12 ends the session. */
bool sim_session_asked_to_end(const struct sim_session *s);

/* ---- redirection_talk.c: what SOL and IDE redirection have in common ---- */

struct sim_talk;

struct sim_talk_ops {
	/* The first message in p and what it brings about; *used 0: not all of it is
	 * there. */
	struct err *(*take)(struct sim_talk *t, const char *p, size_t n, size_t *used);
	void (*heartbeat)(struct sim_talk *t);
};

/* First member of a session's own struct. */
struct sim_talk {
	struct sim_session *s;
	const struct sim_talk_ops *ops;
	bool open, ended; /* by the console */
	uint16_t rx_timeout_ms, heartbeat_ms;
	int64_t beat_ms; /* the next heartbeat's time; 0 = none */
	struct deadline opens;
};

void sim_talk_init(struct sim_talk *t, struct sim_session *s,
		   const struct sim_talk_ops *ops);
/* The console opened its session with these; the heartbeat that it gets. 0: none. */
uint16_t sim_talk_open(struct sim_talk *t, uint16_t rx_timeout_ms, uint16_t heartbeat_ms);
/* Takes what came, beats. False in *go_on: the session ends in order. ERR_TIMEOUT: the
 * console is silent, or does not open. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_talk_look(struct sim_talk *t, bool *go_on);
/* Waits for something to look at, at most until then. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_talk_wait(struct sim_talk *t,
						    struct deadline until);
/* What is said next comes in a piece of its own. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_talk_gap(struct sim_talk *t);

OB_MUST_CHECK OB_SUSPENDS struct err *sim_sol_run(struct sim_session *s);
OB_MUST_CHECK OB_SUSPENDS struct err *sim_ider_run(struct sim_session *s);
OB_MUST_CHECK OB_SUSPENDS struct err *sim_kvm_run(struct sim_session *s);

#endif
