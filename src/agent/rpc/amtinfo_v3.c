/* SPDX-License-Identifier: Apache-2.0
 * amtinfo as v3 writes it: the same rows as text in sections, as a table, and JSON.
 * rpc.md 1.2.
 */
#include <agent/rpc/amtinfo.h>

#include <agent/rpc/words.h>

#define RULE "\xe2\x94\x80" /* a horizontal line */
#define BULLET "\xe2\x80\xa2"

struct row {
	const char *section;	     /* of the text */
	const char *category, *flag; /* of the table */
	const char *label;
	struct str value;
};

struct rows {
	struct rpc *r;
	struct row *v;
	size_t n, cap;
	const char *section, *category, *flag;
};

static void add(struct rows *t, const char *label, struct str value)
{
	if (t->n == t->cap) {
		struct row *grown =
			arena_alloc(&t->r->a, (2 * t->cap + 32) * sizeof(*grown));

		if (t->n > 0)
			memcpy(grown, t->v, t->n * sizeof(*grown));
		t->v = grown;
		t->cap = 2 * t->cap + 32;
	}
	t->v[t->n++] = (struct row){t->section, t->category, t->flag, label, value};
}

static void add_text(struct rows *t, const char *label, const char *value)
{
	add(t, label, str_of(value));
}

static void add_some(struct rows *t, const char *flag, const char *label,
		     struct str value)
{
	t->flag = flag;
	if (value.n > 0)
		add(t, label, value);
}

static void device_rows(struct rows *t, const struct rpc_info *i)
{
	t->section = "AMT Device Information";
	t->category = "Device";
	if (info_shows(i, SHOW_VERSION))
		add_some(t, "-r", "Version", i->version);
	if (info_shows(i, SHOW_BUILD))
		add_some(t, "-b", "Build Number", i->build);
	if (info_shows(i, SHOW_SKU))
		add_some(t, "-s", "SKU", i->sku);
	if (i->features != NULL && i->version.n > 0 && i->sku.n > 0)
		add_some(t, "-r -s", "Features", str_trim(str_of(i->features)));
	add_some(t, "-u", "UUID", str_of(i->uuid));
	t->flag = "-m";
	if (i->has_mode)
		add_text(t, "Control Mode", rpc_word_mode(RPC_V3, i->mode));
	t->flag = "-p";
	if (i->has_state)
		add_text(t, "Provisioning State", rpc_word_state(i->state));
	if (i->operational != NULL)
		add_some(t, "--operationalState", "AMT Operational State (BIOS)",
			 str_of(i->operational));
	t->flag = "-d";
	if (info_shows(i, SHOW_DNS)) {
		add_text(t, "DNS Suffix", i->dns);
		add_text(t, "DNS Suffix (OS)", i->os_dns);
	}
	add_some(t, "--hostname", "Hostname (OS)", str_of(i->hostname));
}

static void remote_rows(struct rows *t, const struct rpc_info *i)
{
	if (!i->has_remote)
		return;
	t->section = t->category = "Remote Access";
	t->flag = "-a";
	add_text(t, "Network", rpc_word_network(RPC_V3, i->remote.network));
	add_text(t, "Remote Status", rpc_word_remote(i->remote.status));
	add_text(t, "Trigger", rpc_word_trigger(i->remote.trigger));
	add(t, "MPS Hostname", i->remote.mps);
	if (i->mps_port > 0)
		add_text(t, "MPS Port",
			 arena_printf(&t->r->a, "%lld", (long long)i->mps_port));
}

static void adapter_rows(struct rows *t, const char *title, const struct info_adapter *a)
{
	struct info_line lines[INFO_ADAPTER_LINES];

	t->section = t->category = title;
	t->flag = "-l";
	rpc_info_adapter_lines(RPC_V3, a, lines);
	for (size_t i = 0; i < INFO_ADAPTER_LINES; i++)
		add_text(t, lines[i].label, lines[i].value);
}

static const char *upper_hex(struct arena *a, const uint8_t *p, size_t n)
{
	char *out = arena_alloc(a, 2 * n + 1);

	hex_encode(p, n, out);
	for (char *c = out; *c != '\0'; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	return out;
}

/* Empty when it is all zeros: not provisioned. */
static const char *oem_id(struct arena *a, const struct upid_msg *m)
{
	static const uint8_t none[UPID_ID_SIZE];

	return memcmp(m->oem, none, UPID_ID_SIZE) == 0
		       ? ""
		       : upper_hex(a, m->oem, UPID_ID_SIZE);
}

static void upid_rows(struct rows *t, const struct rpc_info *i)
{
	struct arena *a = &t->r->a;

	if (!i->has_upid)
		return;
	t->section = t->category = "Intel UPID";
	t->flag = "--upid";
	add_text(t, "Platform ID Type", rpc_word_upid_type(a, i->upid.type));
	add_text(t, "OEM ID", oem_id(a, &i->upid));
	add_text(t, "CSME ID", upper_hex(a, i->upid.hardware, UPID_ID_SIZE));
}

static void network_rows(struct rows *t, const struct rpc_info *i)
{
	if (i->wired.known && rpc_info_has_adapter(&i->wired))
		adapter_rows(t, "Wired Adapter", &i->wired);
	if (i->wireless.known)
		adapter_rows(t, "Wireless Adapter", &i->wireless);
}

static const char *marks(struct arena *a, const char *one, bool has_one, const char *two,
			 bool has_two, const char *between)
{
	return arena_printf(a, "%s%s%s", has_one ? one : "",
			    has_one && has_two ? between : "", has_two ? two : "");
}

/* ---- text ---- */

static void header(struct rpc *r, const char *title)
{
	rpc_print(r, "\n  %s\n  ", title);
	for (size_t i = 0; i < strlen(title); i++)
		rpc_print(r, RULE);
	rpc_print(r, "\n");
}

static void print_rows(struct rpc *r, const struct rows *t, size_t from)
{
	const char *section = NULL;

	for (size_t i = from; i < t->n; i++) {
		const struct row *w = &t->v[i];

		if (section == NULL || strcmp(section, w->section) != 0)
			header(r, w->section);
		section = w->section;
		rpc_print(r, "  %-30s " STR_FMT "\n", w->label, STR_ARG(w->value));
	}
}

/* Asked for by name or by --all: also when there are none. */
static bool asked(const struct rpc_info *i, enum rpc_show what)
{
	return info_shows(i, what) && (info_shows(i, SHOW_ALL) || what != SHOW_PROXY ||
				       i->show == 1u << SHOW_PROXY);
}

static void proxies_text(struct rpc *r, const struct rpc_info *i, bool heci)
{
	if (i->n_proxies == 0 && (!asked(i, SHOW_PROXY) || !heci))
		return;
	header(r, "HTTP Proxy Configuration");
	if (i->n_proxies == 0)
		rpc_print(r, i->has_proxies
				     ? "  No HTTP proxy access points configured\n"
				     : "  Proxy configuration could not be retrieved\n");
	for (size_t k = 0; k < i->n_proxies; k++) {
		const struct info_proxy *p = &i->proxies[k];

		rpc_print(r,
			  "  %-30s " STR_FMT
			  "\n  %-30s %lld\n  %-30s %s\n  %-30s " STR_FMT "\n\n",
			  "Address", STR_ARG(p->address), "Port", (long long)p->port,
			  "Type", p->format, "Network DNS Suffix", STR_ARG(p->suffix));
	}
}

static void bullet(struct rpc *r, struct str name, const char *text)
{
	rpc_print(r, "  " BULLET STR_FMT "%s%s%s\n", STR_ARG(name),
		  *text != '\0' ? " (" : "", text, *text != '\0' ? ")" : "");
}

static void user_certs_text(struct rpc *r, const struct rpc_info *i)
{
	if (!info_shows(i, SHOW_USER_CERTS) ||
	    (i->n_user_certs == 0 && info_shows(i, SHOW_ALL)))
		return;
	header(r, "Public Key Certificates");
	if (i->n_user_certs == 0)
		rpc_print(r, "  No public key certificates found\n");
	for (size_t k = 0; k < i->n_user_certs; k++)
		bullet(r, i->user_certs[k].name,
		       marks(&r->a, "TrustedRoot", i->user_certs[k].trusted_root,
			     "ReadOnly", i->user_certs[k].read_only, ", "));
}

static void hashes_text(struct rpc *r, const struct rpc_info *i)
{
	if (!info_shows(i, SHOW_HASHES) || (i->n_hashes == 0 && info_shows(i, SHOW_ALL)))
		return;
	header(r, "Certificate Hashes");
	if (i->n_hashes == 0)
		rpc_print(r, "  No certificate hashes found\n");
	for (size_t k = 0; k < i->n_hashes; k++) {
		const struct info_hash *h = &i->hashes[k];

		bullet(r, h->name,
		       marks(&r->a, "Default", h->is_default, "Active", h->is_active,
			     ", "));
		rpc_print(r, "    %s: %s\n", h->algorithm, h->hash);
	}
}

static void why_so_little(struct rpc *r, bool heci)
{
	if (!heci)
		rpc_print(r,
			  "\n  MEI/HECI driver not detected \xe2\x80\x94 AMT may not be "
			  "available on this device\n");
}

void rpc_info_v3_text(struct rpc *r, const struct rpc_info *i, bool heci)
{
	struct rows t = {.r = r};
	size_t mark;

	why_so_little(r, heci);
	device_rows(&t, i);
	remote_rows(&t, i);
	print_rows(r, &t, 0);
	mark = t.n;
	proxies_text(r, i, heci);
	network_rows(&t, i);
	upid_rows(&t, i);
	print_rows(r, &t, mark);
	user_certs_text(r, i);
	hashes_text(r, i);
	rpc_print(r, "\n");
}

/* ---- table ---- */

#define COLUMNS 4

static void table_lists(struct rows *t, const struct rpc_info *i)
{
	struct arena *a = &t->r->a;

	t->category = "Certificates";
	t->flag = "-c";
	for (size_t k = 0; k < i->n_hashes; k++) {
		const struct info_hash *h = &i->hashes[k];
		const char *m =
			marks(a, "Default", h->is_default, "Active", h->is_active, " ");

		add_text(t, str_dup(a, h->name),
			 arena_printf(a, "%s%s%s: %s", m, *m != '\0' ? " | " : "",
				      h->algorithm, h->hash));
	}
	t->category = "User Certs";
	t->flag = "--userCert";
	for (size_t k = 0; k < i->n_user_certs; k++)
		add_text(t, str_dup(a, i->user_certs[k].name),
			 marks(a, "TrustedRoot", i->user_certs[k].trusted_root,
			       "ReadOnly", i->user_certs[k].read_only, " "));
	t->category = "HTTP Proxy";
	t->flag = "--proxy";
	for (size_t k = 0; k < i->n_proxies; k++) {
		const struct info_proxy *p = &i->proxies[k];

		add_text(t,
			 arena_printf(a, STR_FMT ":%lld", STR_ARG(p->address),
				      (long long)p->port),
			 arena_printf(a, "%s | " STR_FMT, p->format, STR_ARG(p->suffix)));
	}
	if (i->n_proxies == 0 && asked(i, SHOW_PROXY))
		add_text(t, i->has_proxies ? "None configured" : "Unavailable",
			 i->has_proxies ? ""
					: "Proxy configuration could not be retrieved");
}

static void rule(struct rpc *r, const size_t width[COLUMNS], const char *left,
		 const char *middle, const char *right)
{
	rpc_print(r, "%s", left);
	for (int c = 0; c < COLUMNS; c++) {
		for (size_t k = 0; k < width[c] + 2; k++)
			rpc_print(r, RULE);
		rpc_print(r, "%s", c + 1 < COLUMNS ? middle : right);
	}
	rpc_print(r, "\n");
}

/* Headings stand in the middle. */
static void table_heads(struct rpc *r, const size_t width[COLUMNS],
			const struct str cells[COLUMNS])
{
	for (int c = 0; c < COLUMNS; c++) {
		size_t gap = width[c] + 2 - cells[c].n;

		rpc_print(r, "\xe2\x94\x82%*s" STR_FMT "%*s", (int)(gap / 2), "",
			  STR_ARG(cells[c]), (int)(gap - gap / 2), "");
	}
	rpc_print(r, "\xe2\x94\x82\n");
}

static void table_row(struct rpc *r, const size_t width[COLUMNS],
		      const struct str cells[COLUMNS])
{
	for (int c = 0; c < COLUMNS; c++)
		rpc_print(r, "\xe2\x94\x82 " STR_FMT "%*s ", STR_ARG(cells[c]),
			  (int)(width[c] - cells[c].n), "");
	rpc_print(r, "\xe2\x94\x82\n");
}

void rpc_info_v3_table(struct rpc *r, const struct rpc_info *i)
{
	static const struct str heads[COLUMNS] = {STR("Category"), STR("Flag"),
						  STR("Property"), STR("Value")};
	static const struct str blank[COLUMNS];
	size_t width[COLUMNS] = {8, 4, 8, 5};
	struct rows t = {.r = r};
	const struct row *was = NULL;

	device_rows(&t, i);
	remote_rows(&t, i);
	network_rows(&t, i);
	upid_rows(&t, i);
	table_lists(&t, i);
	if (t.n == 0) {
		rpc_print(r, "\n  No matching information found.\n\n");
		return;
	}
	for (size_t k = 0; k < t.n; k++) {
		width[0] = MAX(width[0], strlen(t.v[k].category));
		width[1] = MAX(width[1], strlen(t.v[k].flag));
		width[2] = MAX(width[2], strlen(t.v[k].label));
		width[3] = MAX(width[3], t.v[k].value.n);
	}
	rpc_print(r, "\n");
	rule(r, width, "\xe2\x95\xad", "\xe2\x94\xac", "\xe2\x95\xae");
	table_heads(r, width, heads);
	rule(r, width, "\xe2\x94\x9c", "\xe2\x94\xbc", "\xe2\x94\xa4");
	for (size_t k = 0; k < t.n; was = &t.v[k++]) {
		const struct row *w = &t.v[k];
		bool same = was != NULL && strcmp(was->category, w->category) == 0;

		if (was != NULL && !same)
			table_row(r, width, blank);
		table_row(
			r, width,
			(struct str[COLUMNS]){
				str_of(same ? "" : w->category),
				str_of(same && strcmp(was->flag, w->flag) == 0 ? ""
									       : w->flag),
				str_of(w->label), w->value});
	}
	rule(r, width, "\xe2\x95\xb0", "\xe2\x94\xb4", "\xe2\x95\xaf");
	rpc_print(r, "\n");
}

/* ---- JSON ---- */

static void put(json_t *o, const char *key, json_t *take_v)
{
	json_object_set_new(o, key, take_v);
}

static void put_some(json_t *o, const char *key, struct str s)
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

		put_some(o, "subject", c->subject);
		put_some(o, "issuer", c->issuer);
		if (c->trusted_root)
			put(o, "trustedRootCertificate", json_true());
		if (c->read_only)
			put(o, "readOnlyCertificate", json_true());
		rpc_json_put(all, c->name, o);
	}
	return all;
}

static json_t *proxies_json(const struct rpc_info *i)
{
	json_t *all = json_array();

	for (size_t k = 0; k < i->n_proxies; k++) {
		const struct info_proxy *p = &i->proxies[k];

		json_array_append_new(all,
				      json_pack("{s:o,s:I,s:o,s:s}", "address",
						rpc_json_text(p->address), "port",
						(json_int_t)p->port, "networkDnsSuffix",
						rpc_json_text(p->suffix), "infoFormat",
						p->format));
	}
	return all;
}

void rpc_info_v3_json(struct rpc *r, const struct rpc_info *i, bool heci)
{
	json_t *o = json_object();

	put_some(o, "amt", i->version);
	put_some(o, "buildNumber", i->build);
	put_some(o, "sku", i->sku);
	if (i->features != NULL && i->version.n > 0 && i->sku.n > 0)
		put_some(o, "features", str_trim(str_of(i->features)));
	put_some(o, "uuid", str_of(i->uuid));
	if (i->has_mode)
		put(o, "controlMode", json_string(rpc_word_mode(RPC_V3, i->mode)));
	if (i->has_state)
		put(o, "provisioningState", json_string(rpc_word_state(i->state)));
	put_some(o, "operationalState", str_of(i->operational));
	put_some(o, "dnsSuffix", str_of(i->dns));
	put_some(o, "dnsSuffixOS", str_of(i->os_dns));
	put_some(o, "hostnameOS", str_of(i->hostname));
	if (i->has_remote)
		put(o, "ras", rpc_info_remote_json(r, i));
	if (i->wired.known)
		put(o, "wiredAdapter", rpc_info_adapter_json(&i->wired));
	if (i->wireless.known)
		put(o, "wirelessAdapter", rpc_info_adapter_json(&i->wireless));
	if (i->has_upid)
		put(o, "upid",
		    json_pack("{s:s,s:s,s:s}", "oemPlatformIdType",
			      rpc_word_upid_type(&r->a, i->upid.type), "oemId",
			      oem_id(&r->a, &i->upid), "csmeId",
			      upper_hex(&r->a, i->upid.hardware, UPID_ID_SIZE)));
	if (i->n_hashes > 0)
		put(o, "certificateHashes", rpc_info_hashes_json(i));
	if (i->n_user_certs > 0)
		put(o, "userCerts", user_certs_json(i));
	if (i->has_proxies)
		put(o, "proxyAccessPoints", proxies_json(i));
	put(o, "heciAvailable", json_boolean(heci));
	rpc_print_json(r, o);
}
