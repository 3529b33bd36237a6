/* SPDX-License-Identifier: Apache-2.0
 * What the files of the runtime share among themselves.
 */
#ifndef RT_RT_PRIV_H
#define RT_RT_PRIV_H

#include <rt/rt.h>

/* Keeps rt_run going although no handle is active: a fiber lives, a job is on a worker.
 */
void rt_hold(void);
void rt_release(void);
/* Any thread: makes the loop call offload_reap and run the posted functions. */
void rt_wake(void);

void timers_init(void);
/* Runs what is due; what a callback arms waits for the next round. */
void timers_run(void);
void timers_fini(void);

/* Calls done for the jobs that workers finished. */
void offload_reap(void);
/* Frees the process's crypto pool. */
void offload_fini(void);

void fibers_cancel_all(void);
size_t fibers_live(void);
/* Logs the names of fibers that are still alive. */
void fibers_report(void);
void fibers_fini(void);
void fibers_stats(struct rt_stats *out);

#endif
