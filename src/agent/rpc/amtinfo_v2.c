/* SPDX-License-Identifier: Apache-2.0
 * amtinfo as v2 writes it, byte by byte: agents parse it. rpc.md 1.14.
 */
#include <agent/rpc/amtinfo.h>

#include <agent/rpc/words.h>

static void line(struct rpc *r, const char *label, const char *value)
{
	rpc_print(r, "%s: %s\n", label, value);
}

static void line_str(struct rpc *r, const char *label, struct str value)
{
	rpc_print(r, "%s: " STR_FMT "\n", label, STR_ARG(value));
}

static void adapter(struct rpc *r, const char *title, const struct info_adapter *a)
{
	struct info_line lines[INFO_ADAPTER_LINES];

	rpc_print(r, "---%s---\n", title);
	rpc_info_adapter_lines(RPC_V2, a, lines);
	for (size_t i = 0; i < INFO_ADAPTER_LINES; i++)
		line(r, lines[i].label, lines[i].value);
}

static void hashes(struct rpc *r, const struct rpc_info *i)
{
	rpc_print(r, i->n_hashes > 0 ? "---Certificate Hashes---\n"
				     : "---No Certificate Hashes Found---\n");
	for (size_t k = 0; k < i->n_hashes; k++) {
		const struct info_hash *h = &i->hashes[k];
		const char *marks = h->is_default && h->is_active ? "  (Default, Active)"
				    : h->is_default		  ? "  (Default)"
				    : h->is_active		  ? "  (Active)"
								  : "";

		rpc_print(r, STR_FMT "%s\n   %s: %s\n", STR_ARG(h->name), marks,
			  h->algorithm, h->hash);
	}
}

static void user_certs(struct rpc *r, const struct rpc_info *i)
{
	rpc_print(r, i->n_user_certs > 0 ? "---Public Key Certs---\n"
					 : "---No Public Key Certs Found---\n");
	for (size_t k = 0; k < i->n_user_certs; k++) {
		const struct info_user_cert *c = &i->user_certs[k];
		const char *marks = c->trusted_root && c->read_only
					    ? "  (TrustedRoot, ReadOnly)"
				    : c->trusted_root ? "  (TrustedRoot)"
				    : c->read_only    ? "  (ReadOnly)"
						      : "";

		rpc_print(r, STR_FMT "%s\n", STR_ARG(c->name), marks);
	}
}

static void remote(struct rpc *r, const struct rpc_info *i)
{
	const struct amthi_remote *m = &i->remote;

	line(r, "RAS Network      \t",
	     i->has_remote ? rpc_word_network(RPC_V2, m->network) : "");
	line(r, "RAS Remote Status\t", i->has_remote ? rpc_word_remote(m->status) : "");
	line(r, "RAS Trigger      \t", i->has_remote ? rpc_word_trigger(m->trigger) : "");
	line_str(r, "RAS MPS Hostname \t", m->mps);
}

void rpc_info_v2_text(struct rpc *r, const struct rpc_info *i)
{
	if (info_shows(i, SHOW_VERSION))
		line_str(r, "Version\t\t\t", i->version);
	if (info_shows(i, SHOW_BUILD))
		line_str(r, "Build Number\t\t", i->build);
	if (info_shows(i, SHOW_SKU))
		line_str(r, "SKU\t\t\t", i->sku);
	if (i->features != NULL)
		line(r, "Features\t\t", i->features);
	if (info_shows(i, SHOW_UUID))
		line(r, "UUID\t\t\t", i->uuid);
	if (info_shows(i, SHOW_MODE))
		line(r, "Control Mode\t\t", rpc_word_mode(RPC_V2, i->mode));
	if (i->operational != NULL)
		line(r, "Operational State\t", i->operational);
	if (info_shows(i, SHOW_DNS)) {
		line(r, "DNS Suffix\t\t", i->dns);
		line(r, "DNS Suffix (OS)\t\t", i->os_dns);
	}
	if (info_shows(i, SHOW_HOSTNAME))
		line(r, "Hostname (OS)\t\t", i->hostname);
	if (info_shows(i, SHOW_RAS))
		remote(r, i);
	if (info_shows(i, SHOW_LAN)) {
		if (rpc_info_has_adapter(&i->wired))
			adapter(r, "Wired Adapter", &i->wired);
		adapter(r, "Wireless Adapter", &i->wireless);
	}
	if (info_shows(i, SHOW_HASHES))
		hashes(r, i);
	if (info_shows(i, SHOW_USER_CERTS))
		user_certs(r, i);
}

static void put(json_t *o, const char *key, json_t *take_v)
{
	json_object_set_new(o, key, take_v);
}

static void put_nonempty(json_t *o, const char *key, struct str s)
{
	if (s.n > 0)
		put(o, key, rpc_json_text(s));
}

static json_t *user_certs_json(const struct rpc_info *i)
{
	json_t *all = json_object();

	for (size_t k = 0; k < i->n_user_certs; k++) {
		const struct info_user_cert *c = &i->user_certs[k];
		json_t *o = json_object();

		put_nonempty(o, "ElementName", c->element);
		put_nonempty(o, "InstanceID", c->instance);
		put_nonempty(o, "X509Certificate", c->x509);
		put(o, "TrustedRootCertficate", json_boolean(c->trusted_root));
		put_nonempty(o, "Issuer", c->issuer);
		put_nonempty(o, "Subject", c->subject);
		put(o, "ReadOnlyCertificate", json_boolean(c->read_only));
		rpc_json_put(all, c->name, o);
	}
	return all;
}

/* Keys in the order of the alphabet, as Go writes a map. */
void rpc_info_v2_json(struct rpc *r, const struct rpc_info *i)
{
	json_t *o = json_object();

	if (info_shows(i, SHOW_VERSION))
		put(o, "amt", rpc_json_text(i->version));
	if (info_shows(i, SHOW_BUILD))
		put(o, "buildNumber", rpc_json_text(i->build));
	if (info_shows(i, SHOW_HASHES))
		put(o, "certificateHashes", rpc_info_hashes_json(i));
	if (info_shows(i, SHOW_MODE))
		put(o, "controlMode", json_string(rpc_word_mode(RPC_V2, i->mode)));
	if (info_shows(i, SHOW_DNS)) {
		put(o, "dnsSuffix", rpc_json_text(str_of(i->dns)));
		put(o, "dnsSuffixOS", rpc_json_text(str_of(i->os_dns)));
	}
	if (i->features != NULL)
		put(o, "features", rpc_json_text(str_trim(str_of(i->features))));
	if (info_shows(i, SHOW_HOSTNAME))
		put(o, "hostnameOS", rpc_json_text(str_of(i->hostname)));
	if (i->operational != NULL)
		put(o, "operationalState", json_string(i->operational));
	if (info_shows(i, SHOW_USER_CERTS))
		put(o, "publicKeyCerts", user_certs_json(i));
	if (info_shows(i, SHOW_RAS))
		put(o, "ras", rpc_info_remote_json(r, i));
	if (info_shows(i, SHOW_SKU))
		put(o, "sku", rpc_json_text(i->sku));
	if (info_shows(i, SHOW_UUID))
		put(o, "uuid", json_string(i->uuid));
	if (info_shows(i, SHOW_LAN)) {
		put(o, "wiredAdapter", rpc_info_adapter_json(&i->wired));
		put(o, "wirelessAdapter", rpc_info_adapter_json(&i->wireless));
	}
	rpc_print_json(r, o);
}
