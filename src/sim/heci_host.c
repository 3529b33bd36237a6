/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/heci_host.h>

#include <amt/wsman/classes/cira.h>
#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/network.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/system.h>
#include <arpa/inet.h>
#include <stdio.h>

#define SKU_TEXT "16392"
#define PLATFORM_DESKTOP (1u << 1)
#define BRAND_VPRO (1u << 12)
#define POST_ENDED 3u /* and core BIOS done */

struct sim_heci_host_side {
	struct sim_full *full;
	struct sim_heci *server;
	struct sim_heci_host host;
	struct amthi_version versions[10];
	struct amthi_cert_hash hashes[SIM_MAX_HASHES];
	struct amthi_lan lan[2];
	struct mkhi_rule rules[5];
	char fqdn[600];
	struct sim_home_target target; /* where the tunnel goes; of the last refresh */
};

uint32_t sim_heci_ipv4(struct str text)
{
	char z[INET_ADDRSTRLEN];
	struct in_addr a;

	if (text.n >= sizeof(z))
		return 0;
	snprintf(z, sizeof(z), STR_FMT, STR_ARG(text));
	return inet_pton(AF_INET, z, &a) == 1 ? ntohl(a.s_addr) : 0;
}

void sim_heci_mac(struct str text, uint8_t out[6])
{
	memset(out, 0, 6);
	for (size_t i = 0; i < 6 && text.n == 17; i++)
		if (!hex_decode(str_sub(text, 3 * i, 3 * i + 2), out + i, 1))
			return;
}

/* ---- what does not change ---- */

static void fill_versions(struct sim_heci_host_side *s)
{
	const struct sim_model *m = s->full->config.model;
	struct str version = str_of(m->version), build = str_of(m->build);
	const struct amthi_version all[] = {
		{STR("Flash"), version},
		{STR("Netstack"), version},
		{STR("AMTApps"), version},
		{STR("AMT"), version},
		{STR("Sku"), STR(SKU_TEXT)},
		{STR("VendorID"), STR("8086")},
		{STR("Build Number"), build},
		{STR("Recovery Version"), version},
		{STR("Recovery Build Num"), build},
		{STR("Legacy Mode"), STR("False")},
	};

	memcpy(s->versions, all, sizeof(all));
	s->host.versions = s->versions;
	s->host.n_versions = ARRAY_LEN(all);
}

static void fill_firmware(struct sim_heci_host_side *s)
{
	const struct sim_model *m = s->full->config.model;
	struct str version = str_of(m->version), part;
	uint16_t numbers[3] = {0}; /* major, minor, hotfix */
	uint64_t n;

	for (size_t i = 0; i < 3 && str_split(&version, '.', &part); i++)
		if (str_u64(part, UINT16_MAX, &n))
			numbers[i] = (uint16_t)n;
	uint16_t build = str_u64(str_of(m->build), UINT16_MAX, &n) ? (uint16_t)n : 0;
	s->host.firmware = (struct mkhi_fw_version){
		.major = numbers[0],
		.minor = numbers[1],
		.hotfix = numbers[2],
		.build = build,
		.nft_major = numbers[0],
		.nft_minor = numbers[1],
		.nft_hotfix = numbers[2],
		.nft_build = build,
	};
	s->host.new_interface = numbers[0] > 16 || (numbers[0] == 16 && numbers[1] >= 1);
	s->host.upid.supported = s->host.upid.enabled = s->host.upid.provisioned =
		numbers[0] >= 16;
	sim_on_die_hardware_id(&s->full->state->on_die, s->host.upid.hardware);
}

static void fill_rules(struct sim_heci_host_side *s)
{
	uint32_t sku = MKHI_SKU_AMT | MKHI_SKU_RCA | MKHI_SKU_IPV6 | MKHI_SKU_KVM |
		       MKHI_SKU_TLS | MKHI_SKU_CILA;
	const struct mkhi_rule all[] = {
		{MKHI_RULE_CAPABLE, sku},
		{MKHI_RULE_FW_UPDATE, 1},
		{MKHI_RULE_PLATFORM, PLATFORM_DESKTOP | BRAND_VPRO},
		{MKHI_RULE_ENABLED, sku},
		{MKHI_RULE_AVAILABLE, sku},
	};

	memcpy(s->rules, all, sizeof(all));
	s->host.rules = s->rules;
	s->host.n_rules = ARRAY_LEN(all);
}

/* ---- what the state says now ---- */

static void refresh_hashes(struct sim_heci_host_side *s)
{
	const struct sim_state *st = s->full->state;

	for (size_t i = 0; i < st->n_hashes; i++) {
		const struct sim_trusted_hash *from = &st->hashes[i];
		s->hashes[i] = (struct amthi_cert_hash){
			.is_default = from->is_default,
			.is_active = from->active,
			.algorithm = from->algorithm,
			.name = str_of(from->name),
		};
		memcpy(s->hashes[i].hash, from->digest, sizeof(from->digest));
	}
	s->host.hashes = s->hashes;
	s->host.n_hashes = st->n_hashes;
}

static void refresh_lan(struct sim_heci_host_side *s)
{
	const struct sim_state *st = s->full->state;

	for (size_t i = 0; i < 2; i++) {
		const struct amt_ethernet_port_settings *p =
			sim_store_nth(&st->store, &amt_ethernet_port_settings_class, i);
		s->host.lan[i] = p != NULL ? &s->lan[i] : NULL;
		if (p == NULL)
			continue;
		bool up = p->link_is_up.v && s->full->network_up;
		s->lan[i] = (struct amthi_lan){
			.enabled = st->mode != IPS_CONTROL_NONE,
			.ipv4 = up ? sim_heci_ipv4(p->ip_address) : 0,
			.dhcp = p->dhcp_enabled.v,
			.dhcp_mode = st->mode != IPS_CONTROL_NONE ? 1 : 2,
			.link = up,
		};
		sim_heci_mac(p->mac_address, s->lan[i].mac);
	}
}

static void refresh_fqdn(struct sim_heci_host_side *s)
{
	const struct amt_general_settings *g =
		sim_store_first(&s->full->state->store, &amt_general_settings_class);

	s->host.fqdn = (struct amthi_fqdn){0};
	if (g == NULL)
		return;
	snprintf(s->fqdn, sizeof(s->fqdn), "%.*s%s%.*s",
		 (int)MIN(g->host_name.n, (size_t)255),
		 g->host_name.n > 0 ? g->host_name.p : "",
		 g->domain_name.n > 0 ? "." : "", (int)MIN(g->domain_name.n, (size_t)255),
		 g->domain_name.n > 0 ? g->domain_name.p : "");
	s->host.fqdn = (struct amthi_fqdn){
		.shared = g->shared_fqdn.v,
		.ddns = g->ddns_update_enabled.v,
		.ddns_interval = (uint32_t)g->ddns_periodic_update_interval.v,
		.ddns_ttl = (uint32_t)g->ddns_ttl.v,
		.host_name_len = (uint32_t)MIN(g->host_name.n, (size_t)255),
		.fqdn = str_of(s->fqdn),
	};
}

static void refresh_remote(struct sim_heci_host_side *s)
{
	/* AMTHI has the trigger "provisioning" between alert and periodic. */
	static const uint32_t triggers[] = {
		[AMT_TRIGGER_USER] = 0,
		[AMT_TRIGGER_ALERT] = 1,
		[AMT_TRIGGER_PERIODIC] = 3,
	};
	const struct sim_state *st = s->full->state;
	struct amthi_remote *r = &s->host.remote;

	*r = (struct amthi_remote){.network = sim_home_outside(st) ? 2 : 0};
	if (!st->tunnel_connected)
		return;
	r->status = 2;
	sim_home_target_fini(&s->target);
	if (!sim_home_target(st, false, &s->target) &&
	    !sim_home_target(st, true, &s->target))
		return;
	r->mps = str_of(s->target.host);
	if (s->target.trigger < ARRAY_LEN(triggers))
		r->trigger = triggers[s->target.trigger];
}

static void refresh(struct sim_heci_host *h, void *arg)
{
	struct sim_heci_host_side *s = container_of(h, struct sim_heci_host_side, host);
	const struct sim_state *st = s->full->state;
	const struct cim_bios_element *bios =
		sim_store_first(&st->store, &cim_bios_element_class);

	h->state = (enum amthi_state)st->provisioning;
	h->mode = (enum amthi_mode)st->mode;
	h->lme_drops = s->full->faults.lme_drops;
	h->stalls = s->full->faults.stall;
	memcpy(h->uuid, st->uuid, sizeof(h->uuid));
	h->bios = bios != NULL ? str_sub(bios->version, 0, AMTHI_BIOS_SIZE - 1) : STR("");
	h->dns_suffix = str_of(st->dns_suffix);
	h->account_user = STR(SIM_LOCAL_USER);
	h->account_password = (struct str){st->local_password.p, st->local_password.n};
	h->may_change = st->provisioning == AMT_PROVISIONING_PRE;
	h->tls_enforced = s->full->setup.tls != NULL ||
			  (st->tls_local.enabled && !st->tls_local.accept_plain);
	h->tls_too = !h->tls_enforced && st->tls_local.enabled;
	refresh_hashes(s);
	refresh_lan(s);
	refresh_fqdn(s);
	refresh_remote(s);
}

/* ---- the server ---- */

/* A graceful request goes through LMS: the host is whoever is on the socket. */
static void on_lms(void *arg, bool there)
{
	struct sim_full *f = arg;

	f->lms = there;
}

static bool serve(void *arg, uint16_t port, struct stream *channel)
{
	return sim_full_connect(arg, port, true, STR("127.0.0.1"), channel) == 0;
}

struct err *sim_heci_host_open(struct sim_full *f, const char *path,
			       struct sim_heci_host_side **out)
{
	struct sim_heci_host_side *s = xcalloc(1, sizeof(*s));

	s->full = f;
	s->host = (struct sim_heci_host){
		.arg = f,
		.refresh = refresh,
		.call = sim_heci_host_call,
		.serve = serve,
		.lms = on_lms,
		.enabled = true,
		.boot_state = POST_ENDED,
		.eop_state = 1,
	};
	fill_versions(s);
	fill_firmware(s);
	fill_rules(s);
	struct err *e = sim_heci_open(path, &s->host, &s->server);

	if (e != NULL) {
		free(s);
		return e;
	}
	f->heci = s->server;
	f->lms = false;
	*out = s;
	return NULL;
}

void sim_heci_host_close(struct sim_heci_host_side *s)
{
	if (s == NULL)
		return;
	s->full->heci = NULL;
	sim_heci_free(s->server);
	s->full->lms = true;
	sim_home_target_fini(&s->target);
	free(s);
}
