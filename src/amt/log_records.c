/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/log_records.h>

#include <base/cursor.h>

static struct str text(struct rd *r)
{
	size_t n = rd_u8(r);
	const uint8_t *p = rd_bytes(r, n);

	return (struct str){(const char *)p, p != NULL ? n : 0};
}

/*  0      2        4       5                             p       p+4        p+5
 *  | app  | event  | type  | user (0), domain user (1)   | time  | location | n |
 *    address | n | extended data |                               big-endian
 */
bool audit_record_decode(struct str bytes, struct audit_record *out)
{
	struct rd r = rd_init(bytes.p, bytes.n);

	*out = (struct audit_record){.app = rd_be16(&r), .event = rd_be16(&r)};
	out->initiator = rd_u8(&r);
	if (out->initiator > AUDIT_BY_KVM_PORT)
		return false;
	if (out->initiator == AUDIT_BY_KERBEROS)
		out->user_in_domain = rd_be32(&r);
	if (out->initiator <= AUDIT_BY_KERBEROS)
		out->user = text(&r);
	out->time_s = rd_be32(&r);
	out->location = rd_u8(&r);
	out->address = text(&r);
	out->extra = text(&r);
	return r.st == RD_OK && rd_left(&r) == 0;
}

static void put(struct wr *w, struct str s)
{
	w->ok &= s.n <= 255;
	wr_u8(w, (uint8_t)s.n);
	wr_bytes(w, s.p, s.n);
}

size_t audit_record_encode(const struct audit_record *r, void *out, size_t max)
{
	struct wr w = wr_init(out, max);

	wr_be16(&w, r->app);
	wr_be16(&w, r->event);
	wr_u8(&w, r->initiator);
	if (r->initiator == AUDIT_BY_KERBEROS)
		wr_be32(&w, r->user_in_domain);
	if (r->initiator <= AUDIT_BY_KERBEROS)
		put(&w, r->user);
	wr_be32(&w, r->time_s);
	wr_u8(&w, r->location);
	put(&w, r->address);
	put(&w, r->extra);
	return w.ok ? wr_len(&w) : 0;
}

/* Time is little-endian, alone among all of AMT's logs. */
bool event_record_decode(struct str bytes, struct event_record *out)
{
	struct rd r = rd_init(bytes.p, bytes.n);

	*out = (struct event_record){.time_s = rd_le32(&r)};
	out->device_address = rd_u8(&r);
	out->sensor = rd_u8(&r);
	out->type = rd_u8(&r);
	out->offset = rd_u8(&r);
	out->source = rd_u8(&r);
	out->severity = rd_u8(&r);
	out->sensor_number = rd_u8(&r);
	out->entity = rd_u8(&r);
	out->entity_instance = rd_u8(&r);
	const uint8_t *data = rd_bytes(&r, sizeof(out->data));
	if (data != NULL)
		memcpy(out->data, data, sizeof(out->data));
	return r.st == RD_OK && rd_left(&r) == 0;
}

void event_record_encode(const struct event_record *e, uint8_t out[EVENT_RECORD_SIZE])
{
	struct wr w = wr_init(out, EVENT_RECORD_SIZE);

	wr_le32(&w, e->time_s);
	wr_u8(&w, e->device_address);
	wr_u8(&w, e->sensor);
	wr_u8(&w, e->type);
	wr_u8(&w, e->offset);
	wr_u8(&w, e->source);
	wr_u8(&w, e->severity);
	wr_u8(&w, e->sensor_number);
	wr_u8(&w, e->entity);
	wr_u8(&w, e->entity_instance);
	wr_bytes(&w, e->data, sizeof(e->data));
	OB_ASSERT(w.ok && wr_len(&w) == EVENT_RECORD_SIZE);
}
