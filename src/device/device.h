/* SPDX-License-Identifier: Apache-2.0
 * One reachable device, however it is reached (CIRA, direct, local): what REST handlers,
 * relays and activation hold. Nothing here knows of REST: its routes are in device_api.h.
 *
 * The owner (mps, console) fills it and keeps a reference; each call pins it with one
 * more, so a device that goes away mid-call stays dereferenceable while its streams
 * answer ERR_CLOSED.
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <amt/wsman/wsman.h>
#include <base/encode.h>
#include <device/limiter.h>
#include <rt/timer.h>

/* Greatest time for one exchange with a device: a dead link answers in seconds. */
#define DEVICE_EXCHANGE_MS 10000

struct device {
	uint32_t refs;
	void (*destroy)(struct device *d); /* the last reference went */
	/* No answer for a third of an exchange's time, or none in time: the owner checks
	 * the link. Does not suspend. May be NULL. */
	void (*suspect)(struct device *d);
	char guid[UUID_TEXT_SIZE];
	struct amt_http http;
	struct limiter limiter;
	uint32_t exchange_ms; /* for one exchange; 0 = DEVICE_EXCHANGE_MS */
	bool gone;	      /* the link is lost: nothing is kept for a next call */
	bool kvm_busy, sol_busy, ider_busy; /* redirection sessions */
	struct amt_conn *idle; /* a connection kept for the next call, or NULL */
	struct timer idle_timer;
	uint32_t exchanges; /* under way */
	struct timer slow_timer;
};

static inline int64_t device_exchange_ms(const struct device *d)
{
	return d->exchange_ms != 0 ? d->exchange_ms : DEVICE_EXCHANGE_MS;
}
void device_init(struct device *d, const char *guid, const struct limiter_config *limits,
		 amt_open_fn *open, void *open_arg);
/* The link is lost: drops the kept connection. */
void device_gone(struct device *d);
struct device *device_ref(struct device *d);
void device_unref(struct device *d);

/* One conversation with a device: the calls of one REST request, on one connection. */
struct device_call {
	struct device *device;
	struct wsman wsman;
	struct arena *arena;
	struct deadline until;
	int64_t return_value; /* of the last device_invoke (call.h) */
};
void device_call_begin(struct device_call *c, struct device *d, struct arena *a,
		       struct deadline until);
/* Deadline of one exchange within the call. */
struct deadline device_call_exchange(const struct device_call *c);
/* e: the call's outcome; a connection that failed is not kept. Returns e. */
struct err *device_call_end(struct device_call *c, struct err *e);

#endif
