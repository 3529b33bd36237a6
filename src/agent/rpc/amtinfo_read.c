/* SPDX-License-Identifier: Apache-2.0
 * Reading what amtinfo shows, from HECI and the operating system.
 */
#include <agent/rpc/amtinfo.h>

#include <agent/rpc/firmware.h>
#include <agent/rpc/words.h>
#include <amt/heci/clients.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_WITH_OPERATIONAL_STATE 12

static struct deadline soon(void)
{
	return deadline_in(RPC_HECI_MS);
}

/* Logs what went wrong, at error level where upstream does. False when it did; being told
 * to stop is kept for the end. */
static bool good(struct rpc *r, enum log_level level, struct err *e)
{
	if (e == NULL)
		return true;
	rpc_log_err(r, level, e);
	err_free(e);
	return false;
}

static enum log_level level_of_failure(const struct rpc *r)
{
	return r->form == RPC_V2 ? LOG_ERROR : LOG_DEBUG;
}

static void read_versions(struct rpc *r, struct rpc_info *i)
{
	struct rpc_versions v;

	if (!good(r, LOG_ERROR, rpc_read_versions(r, &v)))
		return;
	i->version = v.amt;
	i->build = v.build;
	i->sku = v.sku;
}

static void read_identity(struct rpc *r, struct rpc_info *i)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_uuid uuid;
	struct amthi_value v;

	if (info_shows(i, SHOW_UUID) &&
	    good(r, LOG_ERROR, amthi_get_uuid(&c, soon(), &uuid)))
		uuid_text_from_smbios(uuid.uuid, i->uuid);
	if (info_shows(i, SHOW_UPID) &&
	    good(r, LOG_TRACE, upid_get(&r->place, soon(), &i->upid)))
		i->has_upid = i->upid.has_id;
	if (info_shows(i, SHOW_MODE)) {
		i->has_mode = true;
		i->mode = r->mode;
	}
	if (info_shows(i, SHOW_STATE) &&
	    good(r, LOG_ERROR, amthi_get_provisioning_state(&c, soon(), &v))) {
		i->has_state = true;
		i->state = v.value;
	}
}

static void read_operational(struct rpc *r, struct rpc_info *i)
{
	if (rpc_major_version(i->version) < FIRST_WITH_OPERATIONAL_STATE) {
		rpc_log(r, LOG_DEBUG,
			"OpState will not work on AMT versions 11 and below.");
		return;
	}
	if (r->change & WATCHDOG_NEW_INTERFACE)
		i->operational =
			r->change & WATCHDOG_AMT_ENABLED ? "enabled" : "disabled";
}

static void read_remote(struct rpc *r, struct rpc_info *i)
{
	struct amthi_client c = rpc_amthi(r);

	i->has_remote =
		good(r, level_of_failure(r),
		     amthi_get_remote_access_connection_status(&c, soon(), &i->remote));
}

static void read_adapter(struct rpc *r, uint32_t index, struct info_adapter *out)
{
	static const uint8_t none[6];
	struct amthi_client c = rpc_amthi(r);
	struct amthi_lan lan = {0};

	out->known = good(r, level_of_failure(r),
			  amthi_get_lan_interface_settings(&c, index, soon(), &lan));
	out->enabled = lan.enabled;
	out->dhcp = lan.dhcp;
	out->link = lan.link == 1 ? "up" : "down";
	out->mode = lan.dhcp_mode == 1 ? "active" : "passive";
	snprintf(out->address, sizeof(out->address), "%u.%u.%u.%u", lan.ipv4 >> 24,
		 lan.ipv4 >> 16 & 255, lan.ipv4 >> 8 & 255, lan.ipv4 & 255);
	snprintf(out->mac, sizeof(out->mac), "%02x:%02x:%02x:%02x:%02x:%02x", lan.mac[0],
		 lan.mac[1], lan.mac[2], lan.mac[3], lan.mac[4], lan.mac[5]);
	if (memcmp(lan.mac, none, 6) == 0)
		strcpy(out->os_address, "0.0.0.0");
	else if (!os_adapter_address(lan.mac, out->os_address, NULL))
		strcpy(out->os_address, "Not Found");
}

static int by_name(const void *a, const void *b)
{
	const struct info_hash *x = a, *y = b;
	size_t n = MIN(x->name.n, y->name.n);
	int c = n > 0 ? memcmp(x->name.p, y->name.p, n) : 0;

	return c != 0 ? c : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

/* Upstream keeps them in a map: of equal names the last one stays. */
static void add_hash(struct rpc *r, struct rpc_info *i, const struct amthi_cert_hash *h)
{
	struct info_hash out = {
		.name = h->name, .is_default = h->is_default, .is_active = h->is_active};
	size_t size, at = 0;

	out.algorithm = rpc_word_hash(r->form, h->algorithm, &size);
	hex_encode(h->hash, size, out.hash);
	while (at < i->n_hashes && !str_eq(i->hashes[at].name, h->name))
		at++;
	i->hashes[at] = out;
	i->n_hashes = MAX(i->n_hashes, at + 1);
}

static void read_hashes(struct rpc *r, struct rpc_info *i)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_hash_handles handles;
	struct amthi_cert_hash h;

	if (!good(r, level_of_failure(r),
		  amthi_enumerate_hash_handles(&c, soon(), &handles)))
		return;
	i->has_hashes = true;
	i->hashes = arena_zalloc(&r->a, (handles.n + 1) * sizeof(*i->hashes));
	for (uint32_t k = 0; k < handles.n; k++)
		if (good(r, level_of_failure(r),
			 amthi_get_cert_hash_entry(&c, handles.handles[k], soon(), &h)))
			add_hash(r, i, &h);
	qsort(i->hashes, i->n_hashes, sizeof(*i->hashes), by_name);
}

static void read_os(struct rpc *r, struct rpc_info *i)
{
	i->os_dns = i->hostname = "";
	if (info_shows(i, SHOW_DNS))
		good(r, level_of_failure(r), os_dns_suffix(&r->a, &i->os_dns));
	if (info_shows(i, SHOW_HOSTNAME))
		good(r, level_of_failure(r), os_hostname(&r->a, &i->hostname));
}

static struct err *read_firmware(struct rpc *r, struct rpc_info *i)
{
	const uint32_t versions = 1u << SHOW_VERSION | 1u << SHOW_BUILD | 1u << SHOW_SKU |
				  1u << SHOW_OPERATIONAL;
	struct amthi_client c = rpc_amthi(r);
	struct amthi_text dns = {0};

	if (i->show & versions)
		read_versions(r, i);
	if (info_shows(i, SHOW_VERSION) && info_shows(i, SHOW_SKU))
		i->features = rpc_word_features(&r->a, i->version, i->sku);
	read_identity(r, i);
	if (info_shows(i, SHOW_OPERATIONAL)) {
		if (r->form == RPC_V2 && i->version.n == 0)
			return err_new(ERR_DEVICE, "AMT does not tell its version");
		read_operational(r, i);
	}
	i->dns = "";
	if (info_shows(i, SHOW_DNS) &&
	    good(r, level_of_failure(r), amthi_get_dns_suffix(&c, soon(), &dns)))
		i->dns = str_dup(&r->a, dns.text);
	if (info_shows(i, SHOW_RAS))
		read_remote(r, i);
	if (info_shows(i, SHOW_LAN)) {
		read_adapter(r, 0, &i->wired);
		read_adapter(r, 1, &i->wireless);
	}
	if (info_shows(i, SHOW_HASHES))
		read_hashes(r, i);
	return NULL;
}

struct err *rpc_info_read(struct rpc *r, bool heci, struct rpc_info *i)
{
	i->dns = "";
	read_os(r, i);
	if (heci) {
		TRY(read_firmware(r, i));
		rpc_info_read_wsman(r, i);
	}
	if (i->uuid[0] == '\0' && r->form == RPC_V3 && info_shows(i, SHOW_UUID))
		good(r, LOG_WARN, os_smbios_uuid(i->uuid));
	if (fiber_cancelled())
		return err_new(ERR_CANCELLED, "interrupted");
	return NULL;
}
