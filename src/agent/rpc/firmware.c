/* SPDX-License-Identifier: Apache-2.0
 * Versions of the firmware.
 */
#include <agent/rpc/firmware.h>

#include <ctype.h>
#include <stdlib.h>

#define READY_MS 120000
#define PAUSE_MS 5000

bool rpc_duration_ms(const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {{"ms", 1}, {"h", 3600e3}, {"m", 60e3}, {"s", 1e3}};
	double sum = 0;

	for (const char *p = text; *p != '\0' || p == text;) {
		char *end;
		double v = strtod(p, &end);
		size_t u = 0;

		if (end == p || !isdigit((unsigned char)*p))
			return false;
		while (u < ARRAY_LEN(units) &&
		       strncmp(end, units[u].unit, strlen(units[u].unit)) != 0)
			u++;
		if (u == ARRAY_LEN(units))
			return false;
		sum += v * units[u].ms;
		p = end + strlen(units[u].unit);
	}
	if (!(sum < 1e12))
		return false;
	*ms = (int64_t)sum;
	return true;
}

/* Busy with something else, or starting: worth a second question. */
static bool not_ready(const struct amthi_client *c, const struct err *e)
{
	return err_is(e, ERR_TIMEOUT) || err_is(e, ERR_CLOSED) ||
	       (err_is(e, ERR_DEVICE) && c->status == AMTHI_NOT_READY);
}

static struct str find(const struct amthi_code_versions *v, const char *what)
{
	for (uint32_t i = 0; i < v->n; i++)
		if (str_eqz(v->versions[i].description, what))
			return v->versions[i].version;
	return STR("");
}

struct err *rpc_read_versions(struct rpc *r, struct rpc_versions *out)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_code_versions v;
	int64_t ms = READY_MS;

	*out = (struct rpc_versions){0};
	if (r->o.amt_timeout != NULL && !rpc_duration_ms(r->o.amt_timeout, &ms))
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "-t takes a duration such as 30s or 2m, not %s",
				      r->o.amt_timeout);
	struct deadline until = deadline_in(ms);

	for (;;) {
		struct err *e = amthi_get_code_versions(&c, deadline_in(RPC_HECI_MS), &v);

		if (e == NULL)
			break;
		if (!not_ready(&c, e) || deadline_left_ms(until) < PAUSE_MS)
			return e;
		rpc_log_err(r, LOG_DEBUG, e);
		err_free(e);
		TRY(fiber_sleep_ms(PAUSE_MS));
	}
	*out = (struct rpc_versions){find(&v, "AMT"), find(&v, "Build Number"),
				     find(&v, "Sku")};
	return NULL;
}
