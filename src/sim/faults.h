/* SPDX-License-Identifier: Apache-2.0
 * Faults of a full device on demand: what its web server and LME do wrong. Set by the
 * control socket.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <base/str.h>
#include <jansson.h>

#define SIM_MAX_SILENT 8

struct sim_faults {
	uint32_t latency_ms;	  /* before every answer */
	uint32_t loss_percent;	  /* of requests that are never answered */
	bool stall;		  /* takes requests, answers none */
	bool reset;		  /* cuts the connection in the middle of an answer */
	bool wrong_length;	  /* chunk sizes that do not fit */
	bool wrong_digest;	  /* refuses every login */
	bool expired_nonce;	  /* every nonce is too old */
	bool lme_drops;		  /* LME sessions end with each channel (rpc.md 3.2) */
	bool expired_certificate; /* shows TLS clients a certificate that ended */
	int64_t clock_skew_s;	  /* the device's clock goes wrong by that */
	struct {
		char class[64]; /* its requests are never answered */
		bool done;	/* but done */
	} silent[SIM_MAX_SILENT];
};

/* Sets one by its words ("latency", "200"; "class", "AMT_AuditLog", "silent"; "off" for
 * most ends it). False: no such fault or value. */
bool sim_fault_set(struct sim_faults *f, const struct str *words, size_t n);
void sim_faults_clear(struct sim_faults *f);
/* Those that are set; new reference. */
json_t *sim_faults_json(const struct sim_faults *f);
enum sim_silence { SIM_ANSWERS, SIM_SILENT, SIM_MUTE };
/* Mute: does what the request wants, and does not answer. */
enum sim_silence sim_fault_silence(const struct sim_faults *f, struct str xml);
/* Loses this request? */
bool sim_fault_loses(const struct sim_faults *f);
/* Spoils chunk sizes of a reply. */
void sim_fault_spoil(char *p, size_t n);

#endif
