/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: records of AMT's logs. First byte: 0 audit log, else event log; then the
 * record. What decodes must encode, and decode again to the same; and it has a text for
 * people.
 */
#include <device/audit_log.h>
#include <device/event_log.h>

#include <base/util.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void audit(struct str bytes)
{
	struct audit_record r, again;
	uint8_t out[2048];

	if (!audit_record_decode(bytes, &r))
		return;
	size_t n = audit_record_encode(&r, out, sizeof(out));
	OB_ASSERT(n > 0 && n <= bytes.n);
	OB_ASSERT(audit_record_decode((struct str){(const char *)out, n}, &again));
	OB_ASSERT(r.app == again.app && r.event == again.event &&
		  r.initiator == again.initiator && r.time_s == again.time_s &&
		  r.location == again.location && str_eq(r.user, again.user) &&
		  str_eq(r.address, again.address) && str_eq(r.extra, again.extra));
	OB_ASSERT(audit_record_encode(&r, out, n - 1) == 0);
	struct arena a = {0};
	(void)device_audit_initiator(&a, &r);
	(void)device_audit_extra_text(&a, &r);
	(void)device_audit_event_name(r.app, r.event);
	arena_fini(&a);
}

static void event(struct str bytes)
{
	struct event_record r;
	uint8_t out[EVENT_RECORD_SIZE];

	if (!event_record_decode(bytes, &r))
		return;
	event_record_encode(&r, out);
	OB_ASSERT(bytes.n == sizeof(out) && memcmp(out, bytes.p, sizeof(out)) == 0);
	struct arena a = {0};
	(void)device_event_text(&a, &r);
	OB_ASSERT(device_event_entity(r.entity) != NULL);
	arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data + 1, size - 1};

	if (size == 0)
		return 0;
	if (data[0] == 0)
		audit(bytes);
	else
		event(bytes);
	return 0;
}
