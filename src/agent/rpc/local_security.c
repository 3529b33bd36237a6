/* SPDX-License-Identifier: Apache-2.0
 * Passwords and TLS. rpc.md 1.6, 4.7.
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/words.h>
#include <device/admin.h>
#include <device/certificates.h>
#include <device/clock.h>
#include <device/setup.h>
#include <device/tls.h>

/* ---- passwords ---- */

struct err *local_amt_password(struct rpc *r, struct device_call *c, const void *arg)
{
	struct str realm;

	rpc_log(r, LOG_INFO, "Changing AMT password...");
	TRY(device_setup_realm(c, &realm));
	TRY(device_admin_password(c, realm, &r->o.new_password));
	rpc_log(r, LOG_INFO, "Successfully updated AMT Password.");
	return NULL;
}

struct err *rpc_configure_amt_password(struct rpc *r)
{
	if (r->o.new_password.n == 0)
		TRY(rpc_ask_new_secret(r, "New AMT Password", &r->o.new_password));
	return local_configure(r, RPC_EXIT_AMT_PASSWORD, local_amt_password);
}

struct err *local_mebx(struct rpc *r, struct device_call *c, const void *arg)
{
	rpc_log(r, LOG_INFO, "Configuring MEBx password...");
	if (r->mode != AMTHI_ADMIN_CONTROL) {
		rpc_log(r, LOG_ERROR,
			"MEBx password can only be configured in ACM. Current device "
			"control mode: %s",
			rpc_word_mode(r->form, r->mode));
		return rpc_exit_error(r, RPC_EXIT_MEBX_PASSWORD, NULL);
	}
	struct err *e = device_setup_mebx(c, &r->o.mebx_password);
	if (e != NULL)
		return err_wrap(e, "Failed to configure MEBx Password");
	rpc_log(r, LOG_INFO, "Successfully configured MEBx Password.");
	return NULL;
}

struct err *rpc_configure_mebx(struct rpc *r)
{
	TRY(local_config_apply(r));
	if (r->o.mebx_password.n == 0)
		TRY(rpc_ask_secret(r, "New MEBx Password", &r->o.mebx_password));
	return local_configure(r, RPC_EXIT_MEBX_PASSWORD, local_mebx);
}

/* ---- TLS ---- */

#define ROOT_NAME "RPC Root CA Certificate"
#define LEAF_NAME "Self Signed TLS Certificate"

static const struct {
	const char *name;
	enum device_tls_mode mode;
} modes[] = {
	{"Server", DEVICE_TLS_SERVER}, {"ServerAndNonTLS", DEVICE_TLS_SERVER_AND_PLAIN},
	{"Mutual", DEVICE_TLS_MUTUAL}, {"MutualAndNonTLS", DEVICE_TLS_MUTUAL_AND_PLAIN},
	{"None", DEVICE_TLS_OFF},
};

static struct err *mode_of(struct rpc *r, enum device_tls_mode *out)
{
	struct str name = str_of(r->o.tls_mode != NULL ? r->o.tls_mode : "Server");

	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (str_ieqz(name, modes[i].name)) {
			*out = modes[i].mode;
			return NULL;
		}
	return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE, "invalid TLS mode: " STR_FMT,
			      STR_ARG(name));
}

/* Roots of this program's making. Their keys are gone once TLS is set up, so nothing
 * needs them; the device has room for few. One that firmware does not let go stays. */
static struct err *drop_roots(struct device_call *c)
{
	struct device_list list;

	TRY(device_certificate_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_public_key_certificate *o = list.v[i];
		if (o->trusted_root_certficate.v == 0 ||
		    str_find(o->subject, STR("CN=" ROOT_NAME)) < 0)
			continue;
		struct err *e = device_certificate_delete(c, o->instance_id);
		if (e != NULL && e->kind != ERR_DEVICE)
			return e;
		err_free(e);
	}
	return NULL;
}

/* A root of this machine's own, thrown away afterwards: whoever has the device's
 * certificate from a trusted hand can pin it. */
static struct err *self_signed(struct device_call *c)
{
	struct device_tls_subject subject = {.name = STR(LEAF_NAME)};
	struct device_tls_issuer issuer;
	struct str id;

	TRY(drop_roots(c));
	TRY(device_tls_make_root(c->until, ROOT_NAME, &issuer.cert, &issuer.key));
	unsigned char *der = NULL;
	int n = i2d_X509(issuer.cert, &der);
	struct str base64 = str_of(base64_encode(c->arena, der, (size_t)n));
	OPENSSL_free(der);
	struct err *e = device_certificate_add_root(c, base64, &id);
	if (e == NULL)
		e = device_tls_self_signed(c, &issuer, &subject, NULL);
	X509_free(issuer.cert);
	EVP_PKEY_free(issuer.key);
	return e;
}

static struct err *warn_only(struct rpc *r, struct err *take_e, const char *what)
{
	if (take_e == NULL || take_e->kind == ERR_CANCELLED)
		return take_e;
	rpc_log(r, LOG_WARN, "%s", what);
	rpc_log_err(r, LOG_WARN, take_e);
	err_free(take_e);
	return NULL;
}

struct err *local_tls(struct rpc *r, struct device_call *c, const void *arg)
{
	enum device_tls_mode mode;
	enum ips_control_mode control;
	uint64_t delay_s;
	struct device_tls now;

	rpc_log(r, LOG_INFO, "Configuring TLS settings...");
	TRY(mode_of(r, &mode));
	if (!str_u64(str_of(r->o.tls_delay != NULL ? r->o.tls_delay : "3"), 600,
		     &delay_s))
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "delay must be 0 to 600 seconds");
	if (local_assistant_wanted(r))
		TRY(local_assistant_check(r));
	TRY(device_tls_read(c, &now));
	if (mode == DEVICE_TLS_OFF && now.always)
		return rpc_exit_error(r, RPC_EXIT_TLS_CONFIGURATION,
				      "TLS cannot be disabled on this device");
	if (mode != DEVICE_TLS_OFF) {
		rpc_log(r, LOG_INFO,
			local_assistant_wanted(r)
				? "Configuring TLS with Enterprise Assistant"
				: "Configuring TLS with self-signed certificate");
		TRY(local_assistant_wanted(r)
			    ? local_assistant_tls(
				      r, c,
				      mode == DEVICE_TLS_MUTUAL ||
					      mode == DEVICE_TLS_MUTUAL_AND_PLAIN)
			    : self_signed(c));
		TRY(warn_only(r, device_clock_sync(c),
			      "Time synchronization failed, continuing"));
	}
	rpc_log(r, LOG_INFO, "Start TLS configuration: %s",
		r->o.tls_mode != NULL ? r->o.tls_mode : "Server");
	TRY(device_tls_set(c, mode, NULL, 0));
	TRY(device_setup_commit(c));
	rpc_log(r, LOG_INFO, "Waiting %u seconds after TLS configuration...",
		(unsigned)delay_s);
	TRY(fiber_sleep_ms((int64_t)delay_s * 1000));
	struct err *e = device_setup_wait(c, &control);
	if (e == NULL)
		e = drop_roots(c);
	if (e == NULL)
		e = device_certificate_prune(c, NULL, NULL);
	TRY(warn_only(r, e, "Failed to prune certificates"));
	rpc_log(r, LOG_INFO, "TLS configuration completed successfully");
	return NULL;
}

struct err *rpc_configure_tls(struct rpc *r)
{
	TRY(local_config_apply(r));
	return local_configure(r, RPC_EXIT_TLS_CONFIGURATION, local_tls);
}
