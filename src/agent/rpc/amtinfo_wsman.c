/* SPDX-License-Identifier: Apache-2.0
 * What amtinfo reads over WS-Management: user certificates, the MPS's port, HTTP proxies.
 * v3 does it as admin when it has the password, else with the local system account;
 * before activation there is nothing to read.
 */
#include <agent/rpc/amtinfo.h>

#include <agent/rpc/local.h>
#include <agent/rpc/words.h>
#include <amt/wsman/classes/certificates.h>
#include <amt/wsman/classes/cira.h>
#include <amt/wsman/classes/proxy.h>

#define READ_MS 30000

/* "CN=Root,O=Example" -> "Root"; empty when there is none. */
static struct str common_name(struct str subject)
{
	struct str part;

	while (str_split(&subject, ',', &part))
		if (str_starts(part, STR("CN=")))
			return str_sub(part, 3, part.n);
	return STR("");
}

static void add_user_cert(struct rpc_info *i, const struct amt_public_key_certificate *c)
{
	struct info_user_cert out = {.name = common_name(c->subject),
				     .instance = c->instance_id,
				     .subject = c->subject,
				     .issuer = c->issuer,
				     .x509 = c->x509_certificate,
				     .element = c->element_name,
				     .trusted_root = c->trusted_root_certficate.v == 1,
				     .read_only = c->read_only_certificate.v == 1};
	size_t at = 0;

	if (out.name.n == 0)
		out.name = c->instance_id;
	while (at < i->n_user_certs && !str_eq(i->user_certs[at].name, out.name))
		at++;
	i->user_certs[at] = out;
	i->n_user_certs = MAX(i->n_user_certs, at + 1);
}

static struct err *read_user_certs(struct device_call *c, struct rpc_info *i)
{
	struct wsman_reply rs;

	TRY(wsman_enumerate(&c->wsman, &amt_public_key_certificate_class, c->arena,
			    device_call_exchange(c), &rs));
	i->user_certs = arena_zalloc(c->arena, (rs.n_items + 1) * sizeof(*i->user_certs));
	i->has_user_certs = true;
	for (size_t k = 0; k < rs.n_items; k++) {
		const struct amt_public_key_certificate *cert =
			wsman_item_as(&rs.items[k], &amt_public_key_certificate_class);

		if (cert != NULL)
			add_user_cert(i, cert);
	}
	return NULL;
}

static struct err *read_mps(struct device_call *c, struct rpc_info *i)
{
	const struct wsman_class *cls = &amt_management_presence_remote_sap_class;
	struct wsman_reply rs;

	TRY(wsman_enumerate(&c->wsman, cls, c->arena, device_call_exchange(c), &rs));
	const struct amt_management_presence_remote_sap *sap =
		rs.n_items > 0 ? wsman_item_as(&rs.items[0], cls) : NULL;

	if (sap != NULL) {
		i->remote.mps = sap->access_info;
		i->mps_port = sap->port.v;
	}
	return NULL;
}

static struct err *read_proxies(struct device_call *c, struct rpc_info *i)
{
	const struct wsman_class *cls = &ips_http_proxy_access_point_class;
	struct wsman_reply rs;

	TRY(wsman_enumerate(&c->wsman, cls, c->arena, device_call_exchange(c), &rs));
	i->proxies = arena_zalloc(c->arena, (rs.n_items + 1) * sizeof(*i->proxies));
	i->has_proxies = true;
	for (size_t k = 0; k < rs.n_items; k++) {
		const struct ips_http_proxy_access_point *p =
			wsman_item_as(&rs.items[k], cls);

		if (p != NULL)
			i->proxies[i->n_proxies++] = (struct info_proxy){
				p->access_info, p->network_dns_suffix,
				rpc_word_info_format(p->info_format.v), p->port.v};
	}
	return NULL;
}

static bool drop(struct rpc *r, enum log_level level, const char *what, struct err *e)
{
	if (e == NULL)
		return true;
	e = err_wrap(e, "%s", what);
	rpc_log_err(r, level, e);
	err_free(e);
	return false;
}

void rpc_info_read_wsman(struct rpc *r, struct rpc_info *i)
{
	bool certs = info_shows(i, SHOW_USER_CERTS);
	bool more = r->form == RPC_V3;
	bool wanted = certs || (more && i->show & (1u << SHOW_RAS | 1u << SHOW_PROXY));
	struct device_call c;

	if (!wanted || r->mode == AMTHI_NOT_ACTIVATED)
		return;
	struct err *e =
		rpc_call_begin(r, r->o.password.n > 0 ? RPC_AS_ADMIN : RPC_AS_HOST,
			       deadline_in(READ_MS), &c);

	if (e == NULL && more && i->has_remote)
		drop(r, LOG_DEBUG, "cannot read the MPS", read_mps(&c, i));
	if (e == NULL && certs)
		drop(r, LOG_ERROR, "Failed to get user certificates",
		     read_user_certs(&c, i));
	if (e == NULL && more && info_shows(i, SHOW_PROXY))
		drop(r, LOG_DEBUG, "cannot read HTTP proxies", read_proxies(&c, i));
	drop(r, certs ? LOG_ERROR : LOG_DEBUG, "cannot talk to AMT",
	     rpc_call_end(r, &c, e));
}
