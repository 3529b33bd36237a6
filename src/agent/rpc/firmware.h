/* SPDX-License-Identifier: Apache-2.0
 * Questions to the firmware that more than one command asks.
 */
#ifndef AGENT_RPC_FIRMWARE_H
#define AGENT_RPC_FIRMWARE_H

#include <agent/rpc/rpc.h>

struct rpc_versions {
	struct str amt, build,
		sku; /* empty when firmware does not tell; in the run's arena */
};

/* Firmware that is not ready is asked again every 5 s until -t (2 minutes) is over. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_read_versions(struct rpc *r,
							struct rpc_versions *out);
/* Go's form of a duration ("2m", "1m30s", "500ms"); false when it is none. */
bool rpc_duration_ms(const char *text, int64_t *ms);

#endif
