/* SPDX-License-Identifier: Apache-2.0
 * What the MPS has to be told about devices, kept in the database until it was told: one
 * job per device, the newest. A fiber tries those that are due, so an MPS that is away
 * while devices are activated hears of them when it is back, whatever happened to this
 * process meanwhile.
 */
#ifndef RPS_RPS_JOBS_H
#define RPS_RPS_JOBS_H

#include <rps/rps_priv.h>

struct rps_jobs;

OB_MUST_CHECK OB_SUSPENDS struct err *rps_jobs_migrate(struct db *d,
						       struct deadline until,
						       int *applied);
/* Starts the fiber. r must outlive it. */
struct rps_jobs *rps_jobs_start(struct rps *r);
OB_SUSPENDS void rps_jobs_stop(struct rps_jobs *j);

/* Writes the job (durable on return), then tries it once: *told. method: "POST" or
 * "DELETE". body: JSON text or NULL. Errors are the database's. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_jobs_put(struct rps_jobs *j, const char *guid,
						   const char *tenant, const char *method,
						   const char *body, bool *told);

/* One call of the MPS: path below /api/v1 ("devices", "devices/<guid>"). *status: of the
 * answer, whatever it is; *answer (may be NULL): its body. ERR_UNAVAILABLE, ERR_TIMEOUT
 * (10 s).
 */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_mps_call(struct rps *r, const char *tenant,
						   const char *method, const char *path,
						   const char *body, struct arena *a,
						   struct deadline until, long *status,
						   struct str *answer);
/* The same, for what takes a device's time: until. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_mps_work(struct rps *r, const char *tenant,
						   const char *method, const char *path,
						   const char *body, struct arena *a,
						   struct deadline until, long *status,
						   struct str *answer);
/* Whether a device without a record here is the tenant's: the MPS knows. Without tenants
 * (auth.tenancy) it is, and nobody is asked. ERR_UNAVAILABLE. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_mps_has(struct rps *r, const char *tenant,
						  const char *guid, struct arena *a,
						  struct deadline until, bool *has);

#endif
