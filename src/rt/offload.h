/* SPDX-License-Identifier: Apache-2.0
 * Worker pools for blocking or heavy work (SQL, TLS handshakes, key generation, password
 * hashing). Separate pools, so that a storm of one kind starves nobody else.
 */
#ifndef RT_OFFLOAD_H
#define RT_OFFLOAD_H

#include <base/list.h>
#include <rt/rt.h>

struct offload_pool;

/* name: static text, also the threads' name. max_queued: offload fails ERR_UNAVAILABLE
 * beyond. */
struct offload_pool *offload_pool_new(const char *name, unsigned threads,
				      size_t max_queued);
/* Waits for running jobs; queued ones are run too. Loop thread, after the users are gone.
 */
void offload_pool_free(struct offload_pool *p);

/* The process's pool for cryptography: as many threads as cores; made on first use, freed
 * by rt_fini. */
struct offload_pool *offload_crypto(void);

/* Runs fn(arg) on a worker; the fiber sleeps meanwhile. Cancelled or past its deadline
 * while still queued: not run, error. Once running it is always waited for, so arg may
 * live on the stack. */
OB_MUST_CHECK OB_SUSPENDS struct err *offload(struct offload_pool *p, rt_fn *fn,
					      void *arg, struct deadline until);

/* The same for events: run on a worker, then done(arg) on the loop. The job is caller's
 * memory and must stay until done was called. */
struct offload_job {
	struct list link;
	rt_fn *run, *done;
	void *arg;
	struct offload_pool *pool;
	bool started; /* under the pool's lock */
};
/* Sets the rest of the job from run, done, arg. Not bounded by max_queued: the submitter
 * bounds how many of its things there are. */
void offload_submit(struct offload_pool *p, struct offload_job *job);
/* Takes a job back that no worker has started: true, and done will not be called. */
bool offload_withdraw(struct offload_job *job);

#endif
