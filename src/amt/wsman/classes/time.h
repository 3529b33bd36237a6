/* SPDX-License-Identifier: Apache-2.0
 * The clock of the management engine. wsman.md B.2.
 */
#ifndef AMT_WSMAN_CLASSES_TIME_H
#define AMT_WSMAN_CLASSES_TIME_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_TIME_SYNCHRONIZATION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, local_time_sync_enabled, "LocalTimeSyncEnabled", U32, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, time_source, "TimeSource", U32, 0)

#define AMT_TIME_SYNCHRONIZATION_SERVICE_GET_LOW_ACCURACY_TIME_SYNCH_OUT(F, T) \
	F(T, ta0, "Ta0", U32, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_TIME_SYNCHRONIZATION_SERVICE_SET_HIGH_ACCURACY_TIME_SYNCH_IN(F, T) \
	F(T, ta0, "Ta0", U32, WSMAN_REQUIRED) \
	F(T, tm1, "Tm1", U32, WSMAN_REQUIRED) \
	F(T, tm2, "Tm2", U32, WSMAN_REQUIRED)

#define AMT_TIME_SYNCHRONIZATION_SERVICE_ENABLE_LOCAL_TIME_SYNC_IN(F, T) \
	F(T, enable, "Enable", BOOL, WSMAN_REQUIRED)

#define AMT_TIME_SYNCHRONIZATION_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_time_synchronization_service_get_low_accuracy_time_synch, \
	  "GetLowAccuracyTimeSynch", \
	  WSMAN_NO_ROWS, AMT_TIME_SYNCHRONIZATION_SERVICE_GET_LOW_ACCURACY_TIME_SYNCH_OUT) \
	M(amt_time_synchronization_service_set_high_accuracy_time_synch, \
	  "SetHighAccuracyTimeSynch", \
	  AMT_TIME_SYNCHRONIZATION_SERVICE_SET_HIGH_ACCURACY_TIME_SYNCH_IN, WSMAN_RETURN) \
	M(amt_time_synchronization_service_enable_local_time_sync, "EnableLocalTimeSync", \
	  AMT_TIME_SYNCHRONIZATION_SERVICE_ENABLE_LOCAL_TIME_SYNC_IN, WSMAN_RETURN)

#define WSMAN_TIME_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_time_synchronization_service, AMT, "AMT_TimeSynchronizationService", \
	  AMT_TIME_SYNCHRONIZATION_SERVICE, AMT_TIME_SYNCHRONIZATION_SERVICE_METHODS, READ, true)

WSMAN_TIME_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
