/* SPDX-License-Identifier: Apache-2.0
 * admin's password and the secret store, which must hold it whatever happens: the new one
 * is stored, the device gets it, it is settled (store/device_secrets.h). For RPS, which
 * reaches a device through its client, and for MPS, which reaches it when it called home.
 * rps.md 4, 7.5 (4), 7.16.
 */
#ifndef DEVICE_PASSWORD_H
#define DEVICE_PASSWORD_H

#include <device/call.h>
#include <store/device_secrets.h>

/* Longest time from storing a password to knowing whether the device took it. */
#define DEVICE_PASSWORD_CHANGE_MS 90000

/* 16 characters that firmware and WS-Management take (rps.md 4). */
void device_password_generate(struct secret *out);

/* The passwords that a device may have. */
struct device_password_known {
	const struct secret *given;	     /* tried first, or NULL */
	const struct device_secrets *stored; /* NULL: only the given one */
};
/* Logs in with the one that it has, and settles what an earlier change left open. found:
 * a copy (the caller wipes it). ERR_DEVICE with device->http.denied: none of them. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_password_login(
	struct device_call *c, struct secrets *s,
	const struct device_password_known *known, struct str *realm,
	struct secret *found);
/* After that: the new password, stored ahead and settled. When the device does not say
 * whether it took it, it is asked with both. From now on the call's device has the one
 * that is valid. ERR_CONFLICT: another change is under way, nothing was done. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_password_change(struct device_call *c,
							     struct secrets *s,
							     struct str realm,
							     const struct secret *old,
							     const struct secret *new);
/* Settles one, also when the caller is cancelled; a failure is logged too: who comes next
 * finds out. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_password_settle(struct secrets *s,
							     const char *guid,
							     enum device_password which,
							     const struct secret *next,
							     enum device_settling how);

/* A device that is known by its stored passwords gets a generated one. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_password_rotate(struct device_call *c,
							     struct secrets *s);
/* The device refused what it was asked with: what is stored now becomes the call's
 * device's password. Of a change that was broken off, the one that the device has. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_password_renew(struct device_call *c,
							    struct secrets *s);

#endif
