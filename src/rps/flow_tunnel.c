/* SPDX-License-Identifier: Apache-2.0
 * TLS between this server and the device's local port 16993, through the client: the
 * client sees records only. rps.md 6.5, 7.4.
 *
 * Whom we speak with: a device fresh from the factory proves itself with the chain from
 * its chip to Intel's on-die authority; an activated one by the password that only it
 * and we know; one that got its certificate from us by that.
 */
#include <rps/flow.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define TLS_PORT 16993

/* root: whom to trust; neither it nor fresh: the password alone tells. */
static struct err *tunnel(struct flow *f, const char *root_pem, bool fresh)
{
	const struct tls_client_config c = {
		.ca_pem = root_pem,
		.insecure = root_pem == NULL,
		.min_version = config_str(f->rps->config, "rps.tls_min_version"),
	};
	SSL_CTX *ctx;

	TRY(tls_client_ctx(&c, &ctx));
	if (fresh)
		odca_require(ctx, &f->odca);
	/* Firmware's certificates name other usages than a web server's. */
	else
		SSL_CTX_set_purpose(ctx, X509_PURPOSE_ANY);
	rpc_session_tunnel(f->rpc, ctx);
	SSL_CTX_free(ctx);
	f->device.http.port = TLS_PORT;
	f->device.http.close_each = false;
	return NULL;
}

/* A few lines, read at most once per device that is TLS-only and new. */
static struct err *read_root(struct flow *f)
{
	const char *path = config_str(f->rps->config, "rps.odca_root_file");

	if (path == NULL)
		return NULL;
	BIO *b = BIO_new_file(path, "r");
	f->odca.root = b != NULL ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
	BIO_free(b);
	ERR_clear_error();
	return f->odca.root != NULL
		       ? NULL
		       : err_new(ERR_UNAVAILABLE,
				 "rps.odca_root_file is no certificate in PEM");
}

struct err *flow_tunnel_begin(struct flow *f)
{
	bool fresh = f->payload.current_mode == IPS_CONTROL_NONE;
	struct err *e = fresh ? read_root(f) : NULL;

	if (e == NULL)
		e = tunnel(f, NULL, fresh);

	return e == NULL ? NULL : err_wrap(e, "Failed to initialize TLS tunnel");
}

struct err *flow_tunnel_switch(struct flow *f)
{
	if (!f->payload.tls_enforced) {
		struct err *e = rpc_session_switch_port(
			f->rpc, TLS_PORT,
			(int)(config_int(f->rps->config, "rps.tls_wait_ms") / 1000),
			f->until);
		if (e != NULL)
			return err_wrap(e, "Failed to complete port switch to TLS");
	}
	struct err *e = tunnel(f, f->tls_root_pem, false);
	return e == NULL ? NULL
			 : err_wrap(e, "Failed to establish TLS tunnel connection");
}
