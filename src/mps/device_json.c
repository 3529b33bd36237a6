/* SPDX-License-Identifier: Apache-2.0
 * Upstream's device object (mps.md 2). Written as text: lists of devices are the busiest
 * answers, and a tree of JSON nodes for each would cost more than the query.
 */
#include <mps/mps_api_priv.h>

#define ROW_BYTES 512 /* a usual row, to grow the buffer seldom */

static void text(struct buf *b, const char *key, const char *value)
{
	buf_adds(b, key);
	if (value != NULL)
		v_json_text(b, value);
	else
		buf_adds(b, "null");
}

static void json(struct buf *b, const char *key, const char *value)
{
	buf_adds(b, key);
	buf_adds(b, value != NULL ? value : "null");
}

static void time_of(struct buf *b, const char *key, int64_t ms)
{
	char iso[CLOCK_ISO_SIZE];

	buf_adds(b, key);
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
	text(b, "{\"guid\":", d->guid);
	text(b, ",\"hostname\":", d->hostname);
	json(b, ",\"tags\":", d->tags);
	text(b, ",\"mpsInstance\":", d->mps_instance);
	json(b, ",\"connectionStatus\":", d->connected ? "true" : "false");
	text(b, ",\"mpsusername\":", d->mps_username);
	text(b, ",\"tenantId\":", d->tenant);
	text(b, ",\"friendlyName\":", d->friendly_name);
	text(b, ",\"dnsSuffix\":", d->dns_suffix);
	if (times) {
		time_of(b, ",\"lastConnected\":", d->last_connected);
		time_of(b, ",\"lastSeen\":", d->last_seen);
		time_of(b, ",\"lastDisconnected\":", d->last_disconnected);
	}
	json(b, ",\"deviceInfo\":", d->device_info);
	buf_addc(b, '}');
}
