/* SPDX-License-Identifier: Apache-2.0
 * Alarm clock. wsman.md B.8.
 */
#ifndef AMT_WSMAN_CLASSES_ALARMS_H
#define AMT_WSMAN_CLASSES_ALARMS_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_ALARM_CLOCK_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, amt_alarm_clock_interval, "AMTAlarmClockInterval", DATETIME, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, next_amt_alarm_time, "NextAMTAlarmTime", DATETIME, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_ALARM_CLOCK_SERVICE_ADD_ALARM_IN(F, T) \
	F(T, alarm_template, "AlarmTemplate", OBJECT, WSMAN_REQUIRED)

#define AMT_ALARM_CLOCK_SERVICE_ADD_ALARM_OUT(F, T) \
	F(T, alarm_clock, "AlarmClock", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_ALARM_CLOCK_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_alarm_clock_service_add_alarm, "AddAlarm", \
	  AMT_ALARM_CLOCK_SERVICE_ADD_ALARM_IN, AMT_ALARM_CLOCK_SERVICE_ADD_ALARM_OUT)

#define IPS_ALARM_CLOCK_OCCURRENCE(F, T) /* member, wire name, kind, flags */ \
	F(T, delete_on_completion, "DeleteOnCompletion", BOOL, WSMAN_SENT(5)) \
	F(T, element_name, "ElementName", STR, WSMAN_SENT(2)) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY | WSMAN_SENT(1)) \
	F(T, interval, "Interval", DATETIME, WSMAN_SENT(4)) \
	F(T, start_time, "StartTime", DATETIME, WSMAN_SENT(3))

#define WSMAN_ALARMS_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_alarm_clock_service, AMT, "AMT_AlarmClockService", \
	  AMT_ALARM_CLOCK_SERVICE, AMT_ALARM_CLOCK_SERVICE_METHODS, READ, true) \
	C(ips_alarm_clock_occurrence, IPS, "IPS_AlarmClockOccurrence", \
	  IPS_ALARM_CLOCK_OCCURRENCE, WSMAN_NO_METHODS, DELETE, true)

WSMAN_ALARMS_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
