/* SPDX-License-Identifier: Apache-2.0
 * The device's clock set to this machine's. wsman.md B.2, rps.md 7.13 (6), 7.16.
 */
#ifndef DEVICE_CLOCK_H
#define DEVICE_CLOCK_H

#include <device/call.h>

/* AMT_TimeSynchronizationService: GetLowAccuracyTimeSynch (Ta0), SetHighAccuracyTimeSynch
 * with Tm1 when Ta0 came and Tm2 now. Unix seconds. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_clock_sync(struct device_call *c);
/* The device's time. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_clock_read(struct device_call *c,
							int64_t *unix_s);

#endif
