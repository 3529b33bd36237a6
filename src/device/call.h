/* SPDX-License-Identifier: Apache-2.0
 * The exchanges that the blocks of this folder are made of: one class, one operation, and
 * an error that names the step and what the device said.
 *
 * Every function suspends, takes at most DEVICE_EXCHANGE_MS per exchange, and returns
 * objects in the call's arena. Errors: ERR_DEVICE (fault, ReturnValue, malformed answer,
 * wrong password), ERR_CLOSED, ERR_TIMEOUT, ERR_CANCELLED.
 */
#ifndef DEVICE_CALL_H
#define DEVICE_CALL_H

#include <device/device.h>

/* Instances of exactly the class that was asked for. */
struct device_list {
	size_t n;
	void **v; /* the class's structs */
};

/* A reference to an instance by one key, as clients write it. value must live as long as
 * the reference. */
struct wsman_epr device_epr(struct arena *a, const struct wsman_class *cls,
			    const char *key, struct str value);
/* Value of a reference's selector; p NULL when it has none of that name. */
struct str device_epr_key(const struct wsman_epr *e, const char *key);

OB_MUST_CHECK OB_SUSPENDS struct err *device_get(struct device_call *c,
						 const struct wsman_class *cls,
						 void **out);
OB_MUST_CHECK OB_SUSPENDS struct err *device_list(struct device_call *c,
						  const struct wsman_class *cls,
						  struct device_list *out);
/* by: selectors, or NULL. *echo: the instance as the device has it now, NULL when it sent
 * none; echo may be NULL. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_put(struct device_call *c,
						 const struct wsman_class *cls,
						 const struct wsman_epr *by,
						 const void *object, void **echo);
/* *existed: there was one already (fault AlreadyExists); nothing was changed then. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_create(struct device_call *c,
						    const struct wsman_class *cls,
						    const void *object, bool *existed);
/* An instance that is not there is no error. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_delete(struct device_call *c,
						    const struct wsman_class *cls,
						    const struct wsman_epr *by);
/* The method's ReturnValue must be 0: any other is an ERR_DEVICE with its name, and the
 * number in c->return_value (-1 when the device gave no answer or a fault). out may be
 * NULL. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_invoke(struct device_call *c,
						    const struct wsman_class *cls,
						    const struct wsman_method *m,
						    const struct wsman_epr *by,
						    const void *in, void **out);
/* The same, where other values are the caller's affair: *value is never negative. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_invoke_value(struct device_call *c,
							  const struct wsman_class *cls,
							  const struct wsman_method *m,
							  const struct wsman_epr *by,
							  const void *in, void **out,
							  int64_t *value);
/* "AMT_Foo.Bar: INVALID_PARAMETER (36)", for such a value. */
OB_NEW_ERR struct err *device_refusal(const struct wsman_class *cls,
				      const struct wsman_method *m, int64_t value);

/* A class, or an instance, that this firmware does not have is no error: *out is NULL
 * then. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_get_if_any(struct device_call *c,
							const struct wsman_class *cls,
							void **out);

/* Of an ERR_DEVICE: the device understood and will not (fault or ReturnValue), rather
 * than answered wrongly. Denied: because the caller may not, or the user did not consent.
 */
bool device_refused(const struct device_call *c);
bool device_denied(const struct device_call *c);

static inline bool device_true(struct wsman_num v)
{
	return v.set && v.v != 0;
}
static inline struct wsman_num device_num(int64_t v)
{
	return (struct wsman_num){.set = true, .v = v};
}

#endif
