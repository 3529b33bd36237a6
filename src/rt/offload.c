/* SPDX-License-Identifier: Apache-2.0
 * Worker pools. A job is queued under its pool's lock, run by one thread, then put on one
 * list of finished jobs; the loop takes that list as a whole (offload_reap), woken by one
 * uv_async.
 */
#include <rt/offload.h>

#include <pthread.h>
#include <rt/fiber.h>
#include <rt/rt_priv.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct offload_pool {
	const char *name;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct list queue;
	size_t queued, max_queued;
	size_t unfinished; /* loop thread: submitted, done not yet called */
	bool stopping;
	unsigned n_threads;
	pthread_t threads[];
};

static struct offload_pool *crypto;
static pthread_mutex_t finished_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list finished = LIST_INIT(finished);

static void finish(struct offload_job *job)
{
	pthread_mutex_lock(&finished_lock);
	bool first = list_empty(&finished);

	list_add_tail(&finished, &job->link);
	pthread_mutex_unlock(&finished_lock);
	if (first)
		rt_wake();
}

static void *worker(void *arg)
{
	struct offload_pool *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (list_empty(&p->queue) && !p->stopping)
			pthread_cond_wait(&p->more, &p->lock);
		if (list_empty(&p->queue))
			break;
		struct offload_job *job =
			list_entry(p->queue.next, struct offload_job, link);

		list_del(&job->link);
		p->queued--;
		job->started = true;
		pthread_mutex_unlock(&p->lock);
		job->run(job->arg);
		finish(job);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct offload_pool *offload_pool_new(const char *name, unsigned threads,
				      size_t max_queued)
{
	struct offload_pool *p = xcalloc(1, sizeof(*p) + threads * sizeof(p->threads[0]));
	sigset_t all, old;

	OB_ASSERT(threads > 0);
	p->name = name;
	p->max_queued = max_queued;
	p->n_threads = threads;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	list_init(&p->queue);
	/* Signals are the loop thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (unsigned i = 0; i < threads; i++) {
		OB_ASSERT(pthread_create(&p->threads[i], NULL, worker, p) == 0);
		pthread_setname_np(p->threads[i], name);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return p;
}

void offload_pool_free(struct offload_pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	offload_reap();
	OB_ASSERT(p->unfinished == 0);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

struct offload_pool *offload_crypto(void)
{
	if (crypto == NULL) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);

		crypto = offload_pool_new("crypto", cores > 0 ? (unsigned)cores : 1,
					  10000);
	}
	return crypto;
}

void offload_fini(void)
{
	offload_pool_free(crypto);
	crypto = NULL;
}

void offload_reap(void)
{
	struct list jobs;

	pthread_mutex_lock(&finished_lock);
	list_init(&jobs);
	while (!list_empty(&finished)) {
		struct list *l = finished.next;

		list_del(l);
		list_add_tail(&jobs, l);
	}
	pthread_mutex_unlock(&finished_lock);
	while (!list_empty(&jobs)) {
		struct offload_job *job = list_entry(jobs.next, struct offload_job, link);
		uint64_t since = rt_watch_enter();

		list_del(&job->link);
		job->pool->unfinished--;
		rt_release();
		job->done(job->arg);
		rt_watch_leave(since, "offload result");
	}
}

void offload_submit(struct offload_pool *p, struct offload_job *job)
{
	OB_ASSERT(rt_on_loop_thread());
	job->pool = p;
	job->started = false;
	p->unfinished++;
	rt_hold();
	pthread_mutex_lock(&p->lock);
	OB_ASSERT(!p->stopping);
	list_add_tail(&p->queue, &job->link);
	p->queued++;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
}

bool offload_withdraw(struct offload_job *job)
{
	struct offload_pool *p = job->pool;

	pthread_mutex_lock(&p->lock);
	bool queued = !job->started;

	if (queued) {
		list_del(&job->link);
		p->queued--;
	}
	pthread_mutex_unlock(&p->lock);
	if (queued) {
		p->unfinished--;
		rt_release();
	}
	return queued;
}

struct fiber_job {
	struct offload_job job;
	struct waitq q;
	rt_fn *fn;
	void *arg;
	bool done;
};

static void fiber_job_run(void *arg)
{
	struct fiber_job *fj = arg;

	fj->fn(fj->arg);
}

static void fiber_job_done(void *arg)
{
	struct fiber_job *fj = arg;

	fj->done = true;
	waitq_wake_all(&fj->q);
}

struct err *offload(struct offload_pool *p, rt_fn *fn, void *arg, struct deadline until)
{
	struct fiber_job fj = {
		.job = {.run = fiber_job_run, .done = fiber_job_done, .arg = &fj},
		.fn = fn,
		.arg = arg,
	};

	if (fiber_cancelled())
		return err_new(ERR_CANCELLED, "cancelled");
	pthread_mutex_lock(&p->lock);
	bool full = p->queued >= p->max_queued;

	pthread_mutex_unlock(&p->lock);
	if (full)
		return err_new(ERR_UNAVAILABLE,
			       "too much work is waiting (%s); try again later", p->name);
	waitq_init(&fj.q);
	offload_submit(p, &fj.job);
	while (!fj.done) {
		struct err *e = waitq_wait(&fj.q, until);

		if (e == NULL)
			continue;
		if (offload_withdraw(&fj.job))
			return e;
		/* It runs: its result counts, and its memory is ours. */
		err_free(e);
		fiber_shield(1);
		while (!fj.done) {
			e = waitq_wait(&fj.q, DEADLINE_NEVER);
			OB_ASSERT(e == NULL);
		}
		fiber_shield(-1);
	}
	return NULL;
}
