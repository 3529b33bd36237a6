/* SPDX-License-Identifier: Apache-2.0
 * The first message to RPS. rpc.md 5.2.
 */
#include <agent/rpc/remote.h>

#include <agent/rpc/firmware.h>
#include <agent/rpc/local.h>
#include <agent/rpc/os.h>
#include <agent/rpc/words.h>
#include <amt/heci/clients.h>

static struct deadline soon(void)
{
	return deadline_in(RPC_HECI_MS);
}

/* ---- the device ---- */

/* What boards say that were never given a UUID. */
static bool is_bad_uuid(const struct rpc *r, const char *uuid)
{
	return strcmp(uuid, "00000000-0000-0000-0000-000000000000") == 0 ||
	       strcmp(uuid, "03000200-0400-0500-0006-000700080009") == 0 ||
	       (r->form == RPC_V3 &&
		strcmp(uuid, "ffffffff-ffff-ffff-ffff-ffffffffffff") == 0);
}

static struct err *put_uuid(struct rpc *r, struct rpc_payload *p)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_uuid u;
	uint8_t raw[16];

	TRY(amthi_get_uuid(&c, soon(), &u));
	uuid_text_from_smbios(u.uuid, p->uuid);
	if (r->o.uuid != NULL) {
		if (!uuid_smbios_from_text(str_of(r->o.uuid), raw))
			return rpc_exit_error(r, RPC_EXIT_UUID, "%s is no UUID",
					      r->o.uuid);
		uuid_text_from_smbios(raw, p->uuid);
	}
	if (is_bad_uuid(r, p->uuid))
		return rpc_exit_error(r, RPC_EXIT_UUID, NULL);
	return NULL;
}

static struct err *put_hashes(struct rpc *r, struct rpc_payload *p)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_hash_handles handles;

	TRY(amthi_enumerate_hash_handles(&c, soon(), &handles));
	for (uint32_t i = 0; i < handles.n && p->n_hashes < RPC_MAX_HASHES; i++) {
		struct amthi_cert_hash h;
		size_t size;

		TRY(amthi_get_cert_hash_entry(&c, handles.handles[i], soon(), &h));
		rpc_word_hash(r->form, h.algorithm, &size);
		char *hex = arena_alloc(&r->a, 2 * size + 1);

		hex_encode(h.hash, size, hex);
		p->cert_hashes[p->n_hashes++] = (struct str){hex, 2 * size};
	}
	return NULL;
}

/* Given, else MEBx's without its final dot, else the system's. */
static struct err *put_suffix(struct rpc *r, struct rpc_payload *p)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_text t = {0};
	const char *os = "";

	if (r->o.dns != NULL && *r->o.dns != '\0') {
		p->fqdn = str_of(r->o.dns);
		return NULL;
	}
	struct err *e = amthi_get_dns_suffix(&c, soon(), &t);

	if (err_is(e, ERR_CANCELLED))
		return e;
	err_free(e);
	p->fqdn = str_trim(t.text);
	if (p->fqdn.n > 0 && p->fqdn.p[p->fqdn.n - 1] == '.')
		p->fqdn.n--;
	if (p->fqdn.n == 0) {
		e = os_dns_suffix(&r->a, &os);
		if (err_is(e, ERR_CANCELLED))
			return e;
		err_free(e);
		p->fqdn = str_of(os);
	}
	if (p->fqdn.n == 0)
		rpc_log(r, LOG_WARN,
			"DNS suffix is empty, unable to activate AMT in admin Control "
			"Mode "
			"(ACM)");
	return NULL;
}

/* Who RPS shall be towards AMT: the local system account before activation, admin after.
 * A session that was lost under way has changed the mode; nobody knows the new password
 * but the server, which keeps what it was setting. */
static struct err *put_account(struct rpc *r, bool again, struct rpc_payload *p)
{
	struct amthi_client c = rpc_amthi(r);
	_cleanup_(secret_fini) struct secret user = {0};

	TRY(amthi_get_local_system_account(&c, soon(), &user, &p->password));
	p->username = (struct str){arena_strndup(&r->a, user.p, user.n), user.n};
	if (r->mode == AMTHI_NOT_ACTIVATED || (again && r->o.password.n == 0))
		return NULL;
	TRY(rpc_need_password(r));
	secret_set(&p->password, (struct str){r->o.password.p, r->o.password.n});
	return NULL;
}

static struct err *put_link(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_lan lan;

	TRY(amthi_get_lan_interface_settings(&c, 0, soon(), &lan));
	if (lan.link != 1)
		rpc_log(r, LOG_WARN,
			"link status is down, unable to activate AMT in Admin Control "
			"Mode "
			"(ACM)");
	return NULL;
}

static struct err *put_host(struct rpc *r, const struct remote_task *t,
			    struct rpc_payload *p)
{
	const char *name = r->o.hostname, *os = "";

	if (name == NULL || *name == '\0')
		TRY(os_hostname(&r->a, &name));
	p->hostname = str_of(name);
	if (!t->has_hostname_info)
		return NULL;
	TRY(os_hostname(&r->a, &name));
	if (*name == '\0') {
		rpc_log(r, LOG_ERROR, "OS hostname is not available");
		return rpc_exit_error(r, RPC_EXIT_OS_NETWORK, NULL);
	}
	struct err *e = os_dns_suffix(&r->a, &os);

	if (e != NULL)
		rpc_log_err(r, LOG_ERROR, e);
	err_free(e);
	p->os_suffix = str_of(os);
	p->os_hostname = str_of(name);
	return NULL;
}

static struct err *fill(struct rpc *r, const struct remote_task *t, bool again,
			struct rpc_payload *p)
{
	struct rpc_versions v;

	TRY(put_link(r));
	TRY(rpc_read_versions(r, &v));
	p->ver = v.amt;
	p->build = v.build;
	p->sku = v.sku;
	p->features = str_of(rpc_word_features(&r->a, v.amt, v.sku));
	if (r->form == RPC_V3)
		p->features = str_trim(p->features);
	TRY(put_uuid(r, p));
	p->current_mode = r->mode;
	TRY(put_account(r, again, p));
	TRY(put_host(r, t, p));
	p->client = STR("RPC");
	TRY(put_hashes(r, p));
	TRY(put_suffix(r, p));
	p->has_ip = p->has_hostname_info = true;
	p->ip = t->ip;
	p->friendly_name = str_of(r->o.name);
	p->tls_enforced = rpc_tls_enforced(r);
	p->tls_tunnel = r->o.tls_tunnel;
	p->lms_installed = rpc_way_is_lms(r);
	p->progress = true;
	return NULL;
}

/* ---- the command line ---- */

static void put_command(struct rpc *r, const struct remote_task *t, struct buf *out)
{
	const struct secret *pw = &r->o.password;

	buf_reserve(out, 256 + pw->n + r->o.static_password.n);
	switch (t->action) {
	case RPC_ACTIVATE:
		buf_addf(out, "activate --profile %s", r->o.profile);
		break;
	case RPC_DEACTIVATE:
		buf_addf(out, "deactivate --password %s", pw->p != NULL ? pw->p : "");
		break;
	case RPC_MAINTENANCE:
		buf_addf(out, "maintenance -password %s --%s", pw->p != NULL ? pw->p : "",
			 rpc_task_name(t->maintenance));
		if (t->maintenance == RPC_CHANGE_PASSWORD && r->o.static_password.n > 0)
			buf_addf(out, " %s", r->o.static_password.p);
		break;
	}
	if (r->o.force)
		buf_adds(out, " -f");
}

struct err *remote_hello(struct rpc *r, const struct remote_task *t, bool again,
			 struct buf *out)
{
	_cleanup_(buf_fini_wipe) struct buf command = {0};
	_cleanup_(buf_fini_wipe) struct buf payload = {0};
	struct rpc_payload p = {.current_mode = -1};
	struct err *e = fill(r, t, again, &p);

	if (e == NULL) {
		put_command(r, t, &command);
		rpc_payload_encode(&payload, &p);
		struct rpc_message m = {.method = RPC_COMMAND,
					.command = buf_str(&command),
					.payload = buf_str(&payload),
					.tenant = str_of(r->o.tenant),
					.from_client = true};

		buf_reserve(out, 2 * payload.len + 1024);
		rpc_message_encode(out, &m);
	}
	rpc_payload_fini(&p);
	return e;
}
