/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/power.h>

#include <string.h>

void sim_power_init(struct sim_power *p)
{
	*p = (struct sim_power){.state = SIM_ON, .then = SIM_ON};
}

void sim_power_tick(struct sim_power *p, int64_t now_ms)
{
	if (p->until_ms == 0 || now_ms < p->until_ms)
		return;
	if (p->boots)
		p->booted++;
	p->state = p->then;
	p->until_ms = 0;
	p->boots = 0;
}

static uint32_t start(struct sim_power *p, int during, int then, bool boots,
		      int64_t until_ms)
{
	p->state = (uint8_t)during;
	p->then = (uint8_t)then;
	p->boots = boots;
	p->until_ms = until_ms;
	return SIM_POWER_OK;
}

static bool is_request(int requested)
{
	/* 3 and 6 are never accepted by firmware (SDK "Change System Power State"). */
	return requested >= SIM_ON && requested <= SIM_RESET_GRACEFUL &&
	       requested != SIM_SLEEP_LIGHT && requested != SIM_OFF_HARD;
}

bool sim_power_is_graceful(int requested)
{
	return requested >= SIM_OFF_GRACEFUL && requested <= SIM_RESET_GRACEFUL;
}

uint32_t sim_power_request(struct sim_power *p, int requested, int64_t now_ms,
			   uint32_t step_ms)
{
	sim_power_tick(p, now_ms);
	if (!is_request(requested))
		return SIM_POWER_INVALID_PARAMETER;
	if (p->until_ms != 0)
		return SIM_POWER_BUSY;
	bool on = p->state == SIM_ON;
	bool agreed = !p->agentless || !sim_power_is_graceful(requested);
	int64_t down = now_ms + step_ms, up = now_ms + 2 * (int64_t)step_ms;

	switch (requested) {
	case SIM_ON:
		return on ? SIM_POWER_OK : start(p, p->state, SIM_ON, true, up);
	case SIM_OFF_SOFT:
		/* Off works from every state. */
		return p->state == SIM_OFF_SOFT
			       ? SIM_POWER_OK
			       : start(p, p->state, SIM_OFF_SOFT, false, down);
	case SIM_CYCLE_SOFT:
	case SIM_CYCLE_HARD:
		return on ? start(p, SIM_OFF_SOFT, SIM_ON, true, up + step_ms)
			  : SIM_POWER_INVALID_TRANSITION;
	case SIM_RESET:
	case SIM_RESET_GRACEFUL:
		return on && agreed ? start(p, SIM_ON, SIM_ON, true, up)
				    : SIM_POWER_INVALID_TRANSITION;
	case SIM_NMI:
		return on ? SIM_POWER_OK : SIM_POWER_INVALID_TRANSITION;
	case SIM_SLEEP_DEEP:
	case SIM_HIBERNATE:
		return on ? start(p, SIM_ON, requested, false, down)
			  : SIM_POWER_INVALID_TRANSITION;
	case SIM_OFF_GRACEFUL:
	case SIM_OFF_HARD_GRACEFUL:
		return on && agreed ? start(p, SIM_ON, SIM_OFF_SOFT, false, down)
				    : SIM_POWER_INVALID_TRANSITION;
	default:
		return SIM_POWER_INVALID_PARAMETER;
	}
}

unsigned sim_power_available(const struct sim_power *p, int64_t out[8])
{
	/* As captured with the host on (wsman.md B.7); with the host down only coming up
	 * and off. */
	static const int64_t on[] = {10, 8, 5, 11, 4, 7, 14, 12};
	const size_t hard = ARRAY_LEN(on) - 2;
	static const int64_t asleep[] = {8, 2};
	static const int64_t off[] = {2};

	if (p->state == SIM_ON) {
		memcpy(out, on, sizeof(on));
		return p->agentless ? hard : ARRAY_LEN(on);
	}
	if (p->state == SIM_OFF_SOFT) {
		memcpy(out, off, sizeof(off));
		return ARRAY_LEN(off);
	}
	memcpy(out, asleep, sizeof(asleep));
	return ARRAY_LEN(asleep);
}
