/* SPDX-License-Identifier: Apache-2.0
 * The virtual device's power model: states, transitions that take time, what is refused
 * when. wsman.md B.7 "Power states". Evaluated when looked at: no timer per device.
 */
#ifndef SIM_POWER_H
#define SIM_POWER_H

#include <base/util.h>

enum {
	SIM_ON = 2,
	SIM_SLEEP_LIGHT = 3,
	SIM_SLEEP_DEEP = 4,
	SIM_CYCLE_SOFT = 5,
	SIM_OFF_HARD = 6,
	SIM_HIBERNATE = 7,
	SIM_OFF_SOFT = 8,
	SIM_CYCLE_HARD = 9,
	SIM_RESET = 10,
	SIM_NMI = 11,
	SIM_OFF_GRACEFUL = 12,
	SIM_OFF_HARD_GRACEFUL = 13,
	SIM_RESET_GRACEFUL = 14,
};

/* Return values of RequestPowerStateChange (CIM table, wsman.md A.7). */
enum {
	SIM_POWER_OK = 0,
	SIM_POWER_NOT_SUPPORTED = 1,
	SIM_POWER_INVALID_PARAMETER = 5,
	SIM_POWER_INVALID_TRANSITION = 4097,
	SIM_POWER_BUSY = 4099,
};

struct sim_power {
	uint8_t state;	/* now: SIM_ON, SIM_SLEEP_DEEP, SIM_HIBERNATE, SIM_OFF_SOFT */
	uint8_t then;	/* after until_ms */
	uint8_t boots;	/* the transition under way passes through the BIOS: boot options
			   are used up */
	bool agentless; /* no LMS runs in the host's system: graceful requests are
			   refused */
	int64_t until_ms; /* monotonic; 0 = nothing under way */
	uint32_t booted;  /* how often the host booted */
};

void sim_power_init(struct sim_power *p);
/* Brings state up to now. */
void sim_power_tick(struct sim_power *p, int64_t now_ms);
/* 12 to 14: asked of the running system through its LMS. */
bool sim_power_is_graceful(int requested);
/* Requests a state; step_ms: how long going down takes (coming up takes twice that). */
uint32_t sim_power_request(struct sim_power *p, int requested, int64_t now_ms,
			   uint32_t step_ms);
/* AvailableRequestedPowerStates in that state; returns how many of out[8]. */
unsigned sim_power_available(const struct sim_power *p, int64_t out[8]);

#endif
