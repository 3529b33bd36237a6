/* SPDX-License-Identifier: Apache-2.0 */
#include <mps/cira_certs.h>

#include <base/log.h>
#include <net/cert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <rt/offload.h>
#include <arpa/inet.h>

#define SECRET_PATH "MPSCerts"
#define ROOT_BITS 3072
#define VALID_DAYS (30L * 365L)

static void x509_freep(X509 **x)
{
	X509_free(*x);
}

void cira_certs_fini(struct cira_certs *c)
{
	free(c->root_pem);
	free(c->cert_pem);
	secret_fini(&c->key_pem);
	*c = (struct cira_certs){0};
}

/* First 6 hex digits of the public key's SHA-1, as upstream names its roots. */
static void root_suffix(X509 *x, char out[7])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	X509_pubkey_digest(x, EVP_sha1(), md, &n);
	hex_encode(md, 3, out);
}

static struct err *make_root(EVP_PKEY *key, const char *country, X509 **out)
{
	X509 *x = X509_new();
	char cn[32] = "MPSRoot-", suffix[7];

	*out = x;
	if (!cert_fill(x, key, VALID_DAYS))
		return cert_openssl_err("root certificate");
	root_suffix(x, suffix);
	strcat(cn, suffix);
	X509_NAME *name = X509_get_subject_name(x);
	bool ok = cert_add_name(name, "CN", cn) && cert_add_name(name, "O", "unknown") &&
		  cert_add_name(name, "C", country) && X509_set_issuer_name(x, name) &&
		  cert_add_ext(x, x, NID_basic_constraints, "CA:TRUE") &&
		  cert_add_ext(x, x, NID_netscape_cert_type, "sslCA,emailCA,objCA") &&
		  cert_add_ext(x, x, NID_subject_key_identifier, "hash") &&
		  X509_sign(x, key, EVP_sha384()) > 0;
	return ok ? NULL : cert_openssl_err("root certificate");
}

static void subject_alt_names(const char *cn, struct buf *b)
{
	uint8_t addr[16];
	bool ip = inet_pton(AF_INET, cn, addr) == 1 || inet_pton(AF_INET6, cn, addr) == 1;

	buf_addf(b, "URI:http://%s/,URI:http://localhost/,%s:%s", cn, ip ? "IP" : "DNS",
		 cn);
}

static struct err *make_leaf(const struct cira_cert_request *want, EVP_PKEY *key,
			     X509 *root, EVP_PKEY *root_key, X509 **out)
{
	X509 *x = X509_new();
	struct buf san = {0};

	*out = x;
	if (!cert_fill(x, key, VALID_DAYS))
		return cert_openssl_err("server certificate");
	subject_alt_names(want->common_name, &san);
	X509_NAME *name = X509_get_subject_name(x);
	bool ok = cert_add_name(name, "CN", want->common_name) &&
		  cert_add_name(name, "C", want->country) &&
		  cert_add_name(name, "O", want->organization) &&
		  X509_set_issuer_name(x, X509_get_subject_name(root)) &&
		  cert_add_ext(x, root, NID_basic_constraints, "CA:FALSE") &&
		  cert_add_ext(
			  x, root, NID_key_usage,
			  "keyCertSign,digitalSignature,nonRepudiation,keyEncipherment,"
			  "dataEncipherment") &&
		  cert_add_ext(x, root, NID_ext_key_usage, "serverAuth") &&
		  cert_add_ext(x, root, NID_netscape_cert_type, "server") &&
		  cert_add_ext(x, root, NID_subject_key_identifier, "hash") &&
		  cert_add_ext(x, root, NID_subject_alt_name, san.p) &&
		  X509_sign(x, root_key, EVP_sha384()) > 0;
	buf_fini(&san);
	return ok ? NULL
		  : cert_openssl_err(
			    "server certificate (is mps.common_name a host name?)");
}

/* Key generation takes a second: the server's key is made on one worker while another
 * makes the root. */
struct key_job {
	struct offload_job job;
	unsigned bits;
	EVP_PKEY *key;
	bool done;
	struct waitq wake;
};

static void key_run(void *arg)
{
	struct key_job *k = arg;

	k->key = EVP_RSA_gen(k->bits);
}

static void key_done(void *arg)
{
	struct key_job *k = arg;

	k->done = true;
	waitq_wake_all(&k->wake);
}

static void key_start(struct key_job *k, unsigned bits)
{
	*k = (struct key_job){.job = {.run = key_run, .done = key_done, .arg = k},
			      .bits = bits};
	waitq_init(&k->wake);
	offload_submit(offload_crypto(), &k->job);
}

/* Always waits: the job is in the caller's frame. */
static void key_wait(struct key_job *k)
{
	fiber_shield(1);
	while (!k->done)
		err_free(waitq_wait(&k->wake, DEADLINE_NEVER));
	fiber_shield(-1);
}

struct make_job {
	const struct cira_cert_request *want;
	const char
		*root_pem; /* with root_key_pem: only the server's certificate is made */
	const char *root_key_pem;
	const char *key_pem; /* of a further certificate */
	X509 *root;
	EVP_PKEY *root_key, *key;
	struct cira_certs *out;
	struct secret root_key_text;
	struct err *e;
};

static struct err *make_or_read_root(struct make_job *job)
{
	if (job->root_pem != NULL) {
		job->root = cert_from_pem(job->root_pem);
		job->root_key = cert_key_from_pem(job->root_key_pem);
		return job->root != NULL && job->root_key != NULL
			       ? NULL
			       : cert_openssl_err("stored CIRA root");
	}
	job->root_key = EVP_RSA_gen(ROOT_BITS);
	if (job->root_key == NULL)
		return cert_openssl_err("root key");
	return make_root(job->root_key, job->want->country, &job->root);
}

static struct err *sign_leaf(struct make_job *job)
{
	_cleanup_(x509_freep) X509 *leaf = NULL;

	if (job->key == NULL)
		return cert_openssl_err("server key");
	TRY(make_leaf(job->want, job->key, job->root, job->root_key, &leaf));
	job->out->root_pem = cert_pem(job->root);
	job->out->cert_pem = cert_pem(leaf);
	cert_key_pem(job->key, &job->out->key_pem);
	cert_key_pem(job->root_key, &job->root_key_text);
	return NULL;
}

static void root_run(void *arg)
{
	struct make_job *job = arg;

	job->e = make_or_read_root(job);
}

static void leaf_run(void *arg)
{
	struct make_job *job = arg;

	job->e = sign_leaf(job);
}

static struct err *read_key(struct make_job *job)
{
	job->key = cert_key_from_pem(job->key_pem);
	return job->key != NULL ? NULL : cert_openssl_err("stored CIRA server key");
}

static void further_run(void *arg)
{
	struct make_job *job = arg;

	job->e = make_or_read_root(job);
	if (job->e == NULL)
		job->e = read_key(job);
	if (job->e == NULL)
		job->e = sign_leaf(job);
}

static void make_job_fini(struct make_job *job)
{
	X509_free(job->root);
	EVP_PKEY_free(job->root_key);
	EVP_PKEY_free(job->key);
}

static struct err *make_certs(struct make_job *job, struct deadline until)
{
	struct key_job server;

	key_start(&server, (unsigned)job->want->key_bits);
	struct err *e = offload(offload_crypto(), root_run, job, until);
	key_wait(&server);
	job->key = server.key;
	if (e == NULL)
		e = job->e;
	if (e == NULL)
		e = offload(offload_crypto(), leaf_run, job, until);
	if (e == NULL)
		e = job->e;
	make_job_fini(job);
	return e;
}

static json_t *certs_json(const struct cira_certs *c, const struct secret *root_key)
{
	return json_pack("{s:{s:s,s:s,s:s,s:b,s:b,s:n},s:{s:s,s:s,s:s},s:s}",
			 "mps_tls_config", "cert", c->cert_pem, "key", c->key_pem.p,
			 "minVersion", "TLSv1", "requestCert", 1, "rejectUnauthorized", 0,
			 "ciphers", "web_tls_config", "ca", c->root_pem, "cert",
			 c->cert_pem, "key", c->key_pem.p, "root_key", root_key->p);
}

/* Makes what is missing and stores it before anybody can see it. */
static struct err *make_and_store(struct secrets *s, const struct cira_cert_request *want,
				  const char *root_pem, const char *root_key_pem,
				  struct deadline until, struct cira_certs *out)
{
	struct make_job job = {.want = want,
			       .root_pem = root_pem,
			       .root_key_pem = root_key_pem,
			       .out = out};
	struct err *e = make_certs(&job, until);

	if (e == NULL) {
		_cleanup_(json_decrefp) json_t *j = certs_json(out, &job.root_key_text);
		e = root_pem == NULL ? secrets_create(s, SECRET_PATH, j, until)
				     : secrets_put(s, SECRET_PATH, j, until);
	}
	secret_fini(&job.root_key_text);
	return e;
}

static const char *text_at(json_t *j, const char *section, const char *key)
{
	return json_string_value(json_object_get(json_object_get(j, section), key));
}

static bool cn_is(const char *cert_pem, const char *want)
{
	_cleanup_(x509_freep) X509 *x = cert_from_pem(cert_pem);
	char cn[256] = "";

	if (x == NULL)
		return false;
	X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, cn,
				  sizeof(cn));
	return strcmp(cn, want) == 0;
}

static struct err *adopt(struct secrets *s, json_t *stored,
			 const struct cira_cert_request *want, struct deadline until,
			 struct cira_certs *out)
{
	const char *root = text_at(stored, "web_tls_config", "ca");
	const char *cert = text_at(stored, "mps_tls_config", "cert");
	const char *key = text_at(stored, "mps_tls_config", "key");
	const char *root_key = json_string_value(json_object_get(stored, "root_key"));

	if (root == NULL || cert == NULL || key == NULL)
		return err_new(
			ERR_INTERNAL,
			"secret %s has not the expected keys; restore it, or delete it "
			"to make "
			"new certificates (every device must then be configured anew)",
			SECRET_PATH);
	if (!cn_is(cert, want->common_name)) {
		if (root_key != NULL) {
			log_info("CIRA server certificate made for a new name",
				 F_STR("common_name", want->common_name));
			return make_and_store(s, want, root, root_key, until, out);
		}
		log_warn("CIRA certificate has another common name and its root key is "
			 "not stored",
			 F_STR("common_name", want->common_name));
	}
	out->root_pem = xstrdup(root);
	out->cert_pem = xstrdup(cert);
	secret_set(&out->key_pem, str_of(key));
	return NULL;
}

struct err *cira_certs_load(struct secrets *s, const struct cira_cert_request *want,
			    struct deadline until, struct cira_certs *out)
{
	_cleanup_(json_decrefp) json_t *stored = NULL;
	struct err *e = secrets_get(s, SECRET_PATH, until, &stored);

	*out = (struct cira_certs){0};
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		log_info("making the CIRA root and server certificate",
			 F_STR("common_name", want->common_name));
		e = make_and_store(s, want, NULL, NULL, until, out);
		if (err_is(e, ERR_CONFLICT)) {
			/* Another instance was first: its root is the one. */
			err_free(e);
			cira_certs_fini(out);
			e = secrets_get(s, SECRET_PATH, until, &stored);
			if (e == NULL)
				e = adopt(s, stored, want, until, out);
		}
	} else if (e == NULL) {
		e = adopt(s, stored, want, until, out);
	}
	if (e != NULL) {
		cira_certs_fini(out);
		return err_wrap(e, "CIRA certificates");
	}
	return NULL;
}

struct err *cira_certs_further(struct secrets *s, const struct cira_cert_request *want,
			       struct deadline until, struct cira_certs *out)
{
	_cleanup_(json_decrefp) json_t *stored = NULL;
	struct make_job job = {.want = want, .out = out};

	*out = (struct cira_certs){0};
	TRY(secrets_get(s, SECRET_PATH, until, &stored));
	job.root_pem = text_at(stored, "web_tls_config", "ca");
	job.root_key_pem = json_string_value(json_object_get(stored, "root_key"));
	job.key_pem = text_at(stored, "mps_tls_config", "key");
	if (job.root_pem == NULL || job.root_key_pem == NULL || job.key_pem == NULL)
		return err_new(ERR_INVALID,
			       "mps.cira.names: no certificate can be made for %s, since "
			       "secret %s does not hold the root's key",
			       want->common_name, SECRET_PATH);
	struct err *e = offload(offload_crypto(), further_run, &job, until);
	if (e == NULL)
		e = job.e;
	make_job_fini(&job);
	secret_fini(&job.root_key_text);
	if (e != NULL)
		cira_certs_fini(out);
	return e;
}
