/* SPDX-License-Identifier: Apache-2.0
 * TLS of the CIRA port: the stored certificate, and one for each further name.
 */
#include <mps/cira_priv.h>

#include <mps/cira_certs.h>
#include <stdlib.h>

#define CERTS_MS 60000

static struct err *make_ctx(const struct cira_certs *certs,
			    const struct tls_server_config *like, SSL_CTX **out)
{
	struct tls_server_config tls = *like;

	tls.cert_pem = certs->cert_pem;
	tls.key_pem = certs->key_pem.p;
	return tls_server_ctx(&tls, out);
}

/* On a worker: c->names does not change after the start. */
static SSL_CTX *ctx_of_name(const char *name, void *arg)
{
	const struct cira *c = arg;

	for (size_t i = 0; i < c->n_names; i++)
		if (str_ieqz(str_of(name), c->names[i].name))
			return c->names[i].tls;
	return NULL;
}

static struct err *make_names(struct cira *c, struct cira_cert_request *want,
			      const struct tls_server_config *tls)
{
	const char *const *names = config_list(c->mps->config, "mps.cira.names");
	size_t n = 0;

	while (names != NULL && names[n] != NULL)
		n++;
	if (n == 0)
		return NULL;
	c->names = xcalloc(n, sizeof(*c->names));
	for (size_t i = 0; i < n; i++) {
		struct cira_certs certs;

		want->common_name = c->names[i].name = names[i];
		TRY(cira_certs_further(c->mps->secrets, want, deadline_in(CERTS_MS),
				       &certs));
		struct err *e = make_ctx(&certs, tls, &c->names[i].tls);
		cira_certs_fini(&certs);
		TRY(e);
		c->n_names++;
	}
	tls_server_sni(c->tls, ctx_of_name, c);
	return NULL;
}

struct err *cira_tls_make(struct cira *c)
{
	const struct config *cfg = c->mps->config;
	struct cira_cert_request want = {
		.common_name = config_str(cfg, "mps.common_name"),
		.country = config_str(cfg, "mps.country"),
		.organization = config_str(cfg, "mps.organization"),
		.key_bits = atoi(config_str(cfg, "mps.cira.cert_key_size")),
	};
	struct cira_certs certs;

	const char *oldest = config_str(cfg, "mps.cira.tls_min_version");
	const char *ciphers = config_str(cfg, "mps.cira.tls_ciphers");
	bool modern = strcmp(oldest, "TLSv1.2") == 0 || strcmp(oldest, "TLSv1.3") == 0;
	struct tls_server_config tls = {
		.min_version = oldest,
		.ciphers = ciphers != NULL ? ciphers
			   : modern	   ? TLS_CIPHERS_CIRA
					   : NULL,
	};

	TRY(cira_certs_load(c->mps->secrets, &want, deadline_in(CERTS_MS), &certs));
	struct err *e = make_ctx(&certs, &tls, &c->tls);
	c->mps->root_pem = certs.root_pem;
	certs.root_pem = NULL;
	cira_certs_fini(&certs);
	return e != NULL ? e : make_names(c, &want, &tls);
}

void cira_tls_free(struct cira *c)
{
	SSL_CTX_free(c->tls);
	for (size_t i = 0; i < c->n_names; i++)
		SSL_CTX_free(c->names[i].tls);
	free(c->names);
}
