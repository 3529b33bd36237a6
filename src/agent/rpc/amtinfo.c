/* SPDX-License-Identifier: Apache-2.0
 * amtinfo: what is asked for, and in which form it is written.
 */
#include <agent/rpc/amtinfo.h>

#include <agent/rpc/command.h>
#include <agent/rpc/parse.h>
#include <agent/rpc/sync.h>
#include <agent/rpc/words.h>

#define BIT(what) (1u << (what))
#define BASIC                                                                   \
	(BIT(SHOW_VERSION) | BIT(SHOW_BUILD) | BIT(SHOW_SKU) | BIT(SHOW_UUID) | \
	 BIT(SHOW_MODE) | BIT(SHOW_DNS) | BIT(SHOW_RAS) | BIT(SHOW_LAN) |       \
	 BIT(SHOW_HOSTNAME) | BIT(SHOW_OPERATIONAL))

/* v2: everything when nothing else is on the line than -json; -password alone selects
 * nothing. */
static bool nothing_asked(const struct rpc *r)
{
	for (size_t i = r->n_environment; i < r->n_given; i++)
		if (strcmp(r->given[i], "json") != 0 && strcmp(r->given[i], "heci") != 0)
			return false;
	return true;
}

static uint32_t shown_v2(struct rpc *r)
{
	uint32_t show = r->o.show;

	if (show & BIT(SHOW_ALL))
		show |= BASIC | BIT(SHOW_HASHES);
	else if (nothing_asked(r))
		show |= BASIC;
	if (show & BIT(SHOW_HASHES) && r->o.password.n > 0)
		show |= BIT(SHOW_USER_CERTS);
	return show;
}

/* User certificates need a password; asked for before anything is shown. */
static struct err *check_user_certs(struct rpc *r, uint32_t *show)
{
	if (!(*show & BIT(SHOW_USER_CERTS)) || r->o.password.n > 0)
		return NULL;
	if (r->mode == AMTHI_NOT_ACTIVATED) {
		rpc_log(r, LOG_WARN,
			"Device is in pre-provisioning mode. User certificates are not "
			"available");
		*show &= ~BIT(SHOW_USER_CERTS);
		return NULL;
	}
	return rpc_need_password(r);
}

static struct err *amtinfo_v2(struct rpc *r)
{
	struct rpc_info i = {.show = shown_v2(r)};

	TRY(check_user_certs(r, &i.show));
	TRY(rpc_info_read(r, true, &i));
	if (r->o.json)
		rpc_info_v2_json(r, &i);
	else
		rpc_info_v2_text(r, &i);
	return NULL;
}

static uint32_t shown_v3(const struct rpc *r)
{
	uint32_t basic = BASIC | BIT(SHOW_UPID) | BIT(SHOW_STATE) | BIT(SHOW_PROXY);
	uint32_t show = r->o.show;

	if (show & BIT(SHOW_ALL) || r->o.sync)
		return show | basic | BIT(SHOW_ALL) | BIT(SHOW_HASHES) |
		       BIT(SHOW_USER_CERTS);
	return show == 0 ? basic : show;
}

static struct err *amtinfo_v3(struct rpc *r)
{
	struct rpc_info i = {.show = shown_v3(r)};
	struct err *e = rpc_read_mode(r);
	bool heci = e == NULL, forbidden = err_is(e, ERR_FORBIDDEN);

	if (err_is(e, ERR_CANCELLED))
		return e;
	if (forbidden && r->o.sync)
		return rpc_exit_wrap(r, e, RPC_EXIT_PERMISSIONS);
	if (e != NULL)
		rpc_log_err(r,
			    forbidden	? LOG_ERROR
			    : r->o.sync ? LOG_WARN
					: LOG_DEBUG,
			    e);
	err_free(e);
	TRY(rpc_info_read(r, heci, &i));
	if (r->o.sync)
		TRY(rpc_sync_info(r, &i, heci));
	if (r->o.json)
		rpc_info_v3_json(r, &i, heci);
	else if (r->o.table)
		rpc_info_v3_table(r, &i);
	else
		rpc_info_v3_text(r, &i, heci);
	return forbidden ? rpc_exit_error(r, RPC_EXIT_PERMISSIONS, NULL) : NULL;
}

struct err *rpc_amtinfo(struct rpc *r)
{
	return r->form == RPC_V2 ? amtinfo_v2(r) : amtinfo_v3(r);
}

/* ---- adapters ---- */

void rpc_info_adapter_lines(enum rpc_form form, const struct info_adapter *a,
			    struct info_line out[INFO_ADAPTER_LINES])
{
	static const char *const labels[INFO_ADAPTER_LINES][2] = {
		{"DHCP Enabled \t\t", "DHCP Enabled"},
		{"DHCP Mode    \t\t", "DHCP Mode"},
		{"Link Status  \t\t", "Link Status"},
		{"AMT IP Address\t\t", "AMT IP Address"},
		{"OS  IP Address\t\t", "OS IP Address"},
		{"MAC Address  \t\t", "MAC Address"},
	};
	const char *const values[INFO_ADAPTER_LINES] = {a->dhcp ? "true" : "false",
							a->mode,
							a->link,
							a->address,
							a->os_address,
							a->mac};

	for (size_t i = 0; i < INFO_ADAPTER_LINES; i++)
		out[i] = (struct info_line){labels[i][form == RPC_V3], values[i]};
}

bool rpc_info_has_adapter(const struct info_adapter *a)
{
	return strcmp(a->mac, "00:00:00:00:00:00") != 0;
}

/* ---- parts of JSON ---- */

json_t *rpc_info_remote_json(struct rpc *r, const struct rpc_info *i)
{
	const struct amthi_remote *m = &i->remote;
	bool has = i->has_remote;
	json_t *o = json_pack("{s:s,s:s,s:s,s:o}", "networkStatus",
			      has ? rpc_word_network(r->form, m->network) : "",
			      "remoteStatus", has ? rpc_word_remote(m->status) : "",
			      "remoteTrigger", has ? rpc_word_trigger(m->trigger) : "",
			      "mpsHostname", rpc_json_text(m->mps));

	if (i->mps_port != 0)
		json_object_set_new(o, "mpsPort", json_integer(i->mps_port));
	return o;
}

json_t *rpc_info_adapter_json(const struct info_adapter *a)
{
	return json_pack("{s:b,s:s,s:b,s:s,s:s,s:s,s:s}", "isEnable", a->enabled,
			 "linkStatus", a->link, "dhcpEnabled", a->dhcp, "dhcpMode",
			 a->mode, "ipAddress", a->address, "osIpAddress", a->os_address,
			 "macAddress", a->mac);
}

json_t *rpc_info_hashes_json(const struct rpc_info *i)
{
	json_t *all = json_object();

	for (size_t k = 0; k < i->n_hashes; k++) {
		const struct info_hash *h = &i->hashes[k];
		json_t *o =
			json_pack("{s:s,s:o,s:s,s:b,s:b}", "Hash", h->hash, "Name",
				  rpc_json_text(h->name), "Algorithm", h->algorithm,
				  "IsActive", h->is_active, "IsDefault", h->is_default);

		rpc_json_put(all, h->name, o);
	}
	return all;
}
