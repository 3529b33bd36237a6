/* SPDX-License-Identifier: Apache-2.0
 * Upstream's device object (mps.md 2). Written as text: lists of devices are the busiest
 * answers, and a tree of JSON nodes for each would cost more than the query.
 */
#include <mps/mps_api_priv.h>

#define ROW_BYTES 512 /* a usual row, to grow the buffer seldom */

static void text(struct buf *b, struct str key, const char *value)
{
	buf_addstr(b, key);
	if (value != NULL)
		v_json_text(b, value);
	else
		buf_adds(b, "null");
}

static void json(struct buf *b, struct str key, const char *value)
{
	buf_addstr(b, key);
	buf_adds(b, value != NULL ? value : "null");
}

static void time_of(struct buf *b, struct str key, int64_t ms)
{
	char iso[CLOCK_ISO_SIZE];

	buf_addstr(b, key);
	if (ms < 0) {
		buf_adds(b, "null");
		return;
	}
	clock_iso(ms, iso);
	buf_addc(b, '"');
	buf_adds(b, iso);
	buf_addc(b, '"');
}

void mps_device_json(struct buf *b, const struct mps_device *d, bool times)
{
	buf_reserve(b, ROW_BYTES);
	text(b, STR("{\"guid\":"), d->guid);
	text(b, STR(",\"hostname\":"), d->hostname);
	json(b, STR(",\"tags\":"), d->tags);
	text(b, STR(",\"mpsInstance\":"), d->mps_instance);
	json(b, STR(",\"connectionStatus\":"), d->connected ? "true" : "false");
	text(b, STR(",\"mpsusername\":"), d->mps_username);
	text(b, STR(",\"tenantId\":"), d->tenant);
	text(b, STR(",\"friendlyName\":"), d->friendly_name);
	text(b, STR(",\"dnsSuffix\":"), d->dns_suffix);
	if (times) {
		time_of(b, STR(",\"lastConnected\":"), d->last_connected);
		time_of(b, STR(",\"lastSeen\":"), d->last_seen);
		time_of(b, STR(",\"lastDisconnected\":"), d->last_disconnected);
	}
	json(b, STR(",\"deviceInfo\":"), d->device_info);
	buf_addc(b, '}');
}
