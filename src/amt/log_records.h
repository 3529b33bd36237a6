/* SPDX-License-Identifier: Apache-2.0
 * Records of AMT's two logs as they are on the wire, once base64 is off: audit log (who
 * did what, AMT_AuditLog.ReadRecords; wsman.md C.2) and event log (what the platform
 * told, AMT_MessageLog.GetRecords; C.3). What they say to people: device/audit_log.h,
 * device/event_log.h.
 */
#ifndef AMT_LOG_RECORDS_H
#define AMT_LOG_RECORDS_H

#include <base/str.h>

enum audit_initiator {
	AUDIT_BY_USER = 0,
	AUDIT_BY_KERBEROS = 1,
	AUDIT_BY_LOCAL = 2,
	AUDIT_BY_KVM_PORT = 3,
};

/* MCLocationType */
enum audit_location { AUDIT_IPV4 = 0, AUDIT_IPV6 = 1, AUDIT_NOWHERE = 2 };

struct audit_record {
	uint16_t app, event;
	uint8_t initiator;
	struct str user; /* AUDIT_BY_USER: name; AUDIT_BY_KERBEROS: bytes of a SID */
	uint32_t user_in_domain; /* AUDIT_BY_KERBEROS */
	uint32_t time_s;	 /* Unix */
	uint8_t location;
	struct str address; /* text */
	struct str extra;   /* bytes, by app and event */
};

/* Slices point into bytes. False: cut off, longer than its parts, or by an unknown
 * initiator. */
bool audit_record_decode(struct str bytes, struct audit_record *out);
/* At most 255 bytes of each part. Returns the length; 0 when it does not fit. */
size_t audit_record_encode(const struct audit_record *r, void *out, size_t max);

#define EVENT_RECORD_SIZE 21

struct event_record {
	uint32_t time_s; /* 0 and 0xffffffff: unknown */
	uint8_t device_address, sensor, type, offset, source, severity, sensor_number,
		entity, entity_instance;
	uint8_t data[8];
};

bool event_record_decode(struct str bytes, struct event_record *out);
void event_record_encode(const struct event_record *r, uint8_t out[EVENT_RECORD_SIZE]);

#endif
