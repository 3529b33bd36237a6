/* SPDX-License-Identifier: Apache-2.0
 * User consent: the code that the device shows on its screen, asked for, sent back,
 * cancelled. mps.md 3.6, wsman.md D.5.
 */
#ifndef DEVICE_CONSENT_H
#define DEVICE_CONSENT_H

#include <device/call.h>

/* The device shows a code (StartOptIn). In each reply return_value says whether it took
 * the call: 0; 2 in no such state (consent is not required, or not started, or the code
 * was wrong); 3 blocked for a while after too many wrong codes. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_consent_start(struct device_call *c,
							   struct wsman_reply *out);
/* code: the six digits as a number. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_consent_send(struct device_call *c,
							  uint32_t code,
							  struct wsman_reply *out);
OB_MUST_CHECK OB_SUSPENDS struct err *device_consent_cancel(struct device_call *c,
							    struct wsman_reply *out);

#endif
