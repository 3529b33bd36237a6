/* SPDX-License-Identifier: Apache-2.0 */
#include <device/device.h>

/* How long a connection to the firmware's web server is kept for the next call: saves a
 * channel per call when an operator clicks through pages, and leaves the pool of 8
 * channels free soon. */
#define KEEP_MS 2000

void device_init(struct device *d, const char *guid, const struct limiter_config *limits,
		 amt_open_fn *open, void *open_arg)
{
	d->refs = 1;
	snprintf(d->guid, sizeof(d->guid), "%s", guid);
	amt_http_init(&d->http, open, open_arg, 16992);
	d->http.host = d->guid;
	limiter_init(&d->limiter, limits);
}

static void drop_idle(void *arg)
{
	struct device *d = arg;

	timer_disarm(&d->idle_timer);
	amt_conn_free(d->idle);
	d->idle = NULL;
}

void device_gone(struct device *d)
{
	d->gone = true;
	drop_idle(d);
}

struct device *device_ref(struct device *d)
{
	d->refs++;
	return d;
}

void device_unref(struct device *d)
{
	if (d == NULL)
		return;
	OB_ASSERT(d->refs > 0);
	if (--d->refs > 0)
		return;
	drop_idle(d);
	amt_http_fini(&d->http);
	d->destroy(d);
}

/* Whoever asks a device whose link died shall not wait for the whole time: it is probed
 * meanwhile. */
static void slow(void *arg)
{
	struct device *d = arg;

	if (!d->gone && d->suspect != NULL)
		d->suspect(d);
}

static void slow_rearm(struct device *d)
{
	timer_disarm(&d->slow_timer);
	if (d->exchanges > 0 && d->suspect != NULL)
		timer_arm(&d->slow_timer, clock_mono_ms() + device_exchange_ms(d) / 3,
			  slow, d);
}

static struct err *call_enter(void *arg, struct deadline until)
{
	struct device_call *c = arg;
	struct device *d = c->device;

	TRY(limiter_enter(&d->limiter, until));
	if (d->exchanges++ == 0)
		slow_rearm(d);
	return NULL;
}

static void call_leave(void *arg)
{
	struct device_call *c = arg;

	limiter_leave(&c->device->limiter);
	c->device->exchanges--;
	slow_rearm(c->device);
}

void device_call_begin(struct device_call *c, struct device *d, struct arena *a,
		       struct deadline until)
{
	*c = (struct device_call){
		.device = device_ref(d),
		.arena = a,
		.until = until,
		.wsman = {.enter = call_enter, .leave = call_leave, .limiter_arg = c},
	};
	c->wsman.conn = d->idle != NULL ? d->idle : amt_conn_new(&d->http);
	d->idle = NULL;
	timer_disarm(&d->idle_timer);
}

struct deadline device_call_exchange(const struct device_call *c)
{
	return deadline_min(c->until, deadline_in(device_exchange_ms(c->device)));
}

struct err *device_call_end(struct device_call *c, struct err *e)
{
	struct device *d = c->device;

	if (e == NULL && !d->gone && d->idle == NULL) {
		d->idle = c->wsman.conn;
		timer_arm(&d->idle_timer, clock_mono_ms() + KEEP_MS, drop_idle, d);
	} else {
		amt_conn_free(c->wsman.conn);
	}
	if (err_is(e, ERR_TIMEOUT) && !d->gone && d->suspect != NULL)
		d->suspect(d);
	device_unref(d);
	return e;
}
