/* SPDX-License-Identifier: Apache-2.0
 * Who knows of a device besides itself: our own record, its secret, and the MPS, told
 * over its public API (rps.md 7.1 (3), 7.6, 7.15, 7.16) whether it runs in this process
 * or another. What the MPS has to be told is a job (rps_jobs.h): written before it is
 * tried, and tried until it holds.
 */
#ifndef RPS_RPS_REGISTRY_H
#define RPS_RPS_REGISTRY_H

#include <rps/flow.h>

/* Setting rps.prevent_orphaned_devices: ERR_CONFLICT when a device that says it was never
 * set up is known to the MPS. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_registry_check_orphan(struct flow *f);
/* ERR_FORBIDDEN when the MPS has it for another tenant. An MPS that cannot be asked lets
 * it pass: our own record was asked before. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_registry_check_tenant(struct flow *f);

/* The device has its control mode and its secret is settled: our record, the MPS's.
 * Also when the client is gone. Errors are about our own stores only. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_registry_activated(struct flow *f);
/* The outcome of the whole flow, for the MPS's record. */
OB_SUSPENDS void rps_registry_outcome(struct flow *f);
/* The device is unprovisioned: secret, then records. *mps_told (may be NULL): false: the
 * MPS will be told later. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_registry_deactivated(struct flow *f,
							       bool *mps_told);

/* The device's password was changed: our record has the time, the MPS forgets the old
 * one (or is told to when the device is used next: it reads the store again). */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_registry_password_set(struct flow *f,
								bool generated);
/* Merges body into the MPS's record, now. ERR_NOT_FOUND, ERR_UNAVAILABLE, ... */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_registry_patch(struct flow *f,
							 json_t *take_body);
/* {"fwVersion":..,...} of the client's payload; new reference. */
json_t *rps_registry_device_info(const struct flow *f);

#endif
