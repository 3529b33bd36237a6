/* SPDX-License-Identifier: Apache-2.0 */
#include <device/assistant.h>

#include <device/certificates.h>
#include <device/tls.h>

/* One of them at a time. */
struct errand {
	const struct device_assistant *a;
	bool is_8021x;
	struct assistant_answer answer; /* the latest */
};

/* ---- asking ---- */

static struct err *ask(struct errand *n, struct device_call *c,
		       struct assistant_request q, const char *failed)
{
	q.node_id = n->a->node_id;
	q.device_name = n->a->device_name;
	assistant_answer_fini(&n->answer);
	n->answer = (struct assistant_answer){0};
	struct err *e = n->a->ask(n->a->arg, c, &q, &n->answer);
	if (e == NULL && n->answer.error != NULL)
		e = err_new(ERR_DEVICE, "the Enterprise Assistant says: %s",
			    n->answer.error);
	return e == NULL ? NULL
			 : err_wrap(e, "%s%s", failed, n->is_8021x ? " in 802.1x" : "");
}

static struct err *lacks(const char *what)
{
	return err_new(ERR_DEVICE, "the Enterprise Assistant's answer has no %s", what);
}

/* Base64 DER of what may have line breaks or be PEM. */
static struct err *certificate_of(struct device_call *c, struct str text,
				  const char *what, struct str *out)
{
	const char *base64 = text.n > 0 ? device_certificate_text(c->arena, text) : NULL;

	if (text.n == 0)
		return lacks(what);
	if (base64 == NULL)
		return err_new(ERR_DEVICE,
			       "the Enterprise Assistant's %s is neither base64 of DER "
			       "nor PEM",
			       what);
	*out = str_of(base64);
	return NULL;
}

/* ---- the signer of a certificate ---- */

static struct err *request(void *arg, struct device_call *c, struct str key_id,
			   struct str der_key, struct str *null_signed)
{
	struct errand *n = arg;

	/* Upstream's messages of these steps have protocol 0 whatever the profile's is,
	 * and its assistant knows no other. */
	TRY(ask(n, c,
		(struct assistant_request){
			.step = ASSISTANT_KEY_PAIR, .der_key = der_key, .key_id = key_id},
		"Failed to send key pair to enterprise assistant"));
	*null_signed = n->answer.csr;
	return null_signed->n > 0 ? NULL : lacks("certificate request (csr)");
}

static struct err *issue(void *arg, struct device_call *c, struct str signed_request,
			 struct str *certificate)
{
	struct errand *n = arg;

	TRY(ask(n, c,
		(struct assistant_request){.step = ASSISTANT_CSR,
					   .signed_request = signed_request},
		"Failed to get cert from Microsoft CA"));
	return certificate_of(c, n->answer.certificate, "certificate", certificate);
}

static struct err *introduce(struct errand *n, struct device_call *c, int protocol)
{
	return ask(n, c,
		   (struct assistant_request){.step = ASSISTANT_PROFILE,
					      .protocol = protocol},
		   "Failed to initiate cert request with enterprise assistant");
}

static struct err *root_of(struct errand *n, struct device_call *c, struct str *out)
{
	return certificate_of(c, n->answer.root, "root certificate (rootcert)", out);
}

/* Best effort: the next configuration clears the device anyway. */
static struct err *take_back(struct device_call *c, struct err *e)
{
	if (e != NULL)
		err_free(device_certificate_prune(c, NULL, NULL));
	return e;
}

/* ---- TLS ---- */

static struct err *tls(struct errand *n, struct device_call *c,
		       struct device_assistant_tls *out)
{
	const struct device_tls_signer signer = {n, request, issue};
	struct device_tls_signed made;

	*out = (struct device_assistant_tls){0};
	TRY(introduce(n, c, DEVICE_8021X_TLS));
	TRY(device_tls_signed_certificate(c, &signer, &made));
	out->certificate = made.base64;
	if (n->answer.root.n > 0)
		TRY(root_of(n, c, &out->root));
	return device_tls_use(c, made.id);
}

struct err *device_assistant_tls(struct device_call *c, const struct device_assistant *a,
				 struct device_assistant_tls *out)
{
	struct errand n = {.a = a};
	struct err *e = tls(&n, c, out);

	assistant_answer_fini(&n.answer);
	return take_back(c, e);
}

/* ---- 802.1X ---- */

static struct err *by_certificate(struct errand *n, struct device_call *c,
				  struct device_8021x *x)
{
	const struct device_tls_signer signer = {n, request, issue};
	struct device_tls_signed made;

	TRY(device_tls_signed_certificate(c, &signer, &made));
	x->client_certificate = made.id;
	return NULL;
}

static struct err *by_password(struct errand *n, struct device_8021x *x,
			       struct secret *password)
{
	if (n->answer.password.n == 0)
		return lacks("password");
	*password = n->answer.password;
	n->answer.password = (struct secret){0};
	x->password = password;
	return NULL;
}

static struct err *credentials(struct errand *n, struct device_call *c,
			       struct device_8021x *x, struct secret *password)
{
	struct str root;

	TRY(introduce(n, c, (int)x->protocol));
	if (device_8021x_is_tls(x->protocol))
		TRY(by_certificate(n, c, x));
	else
		TRY(by_password(n, x, password));
	x->username = n->answer.username;
	if (x->username.n == 0)
		return lacks("user name");
	TRY(root_of(n, c, &root));
	struct err *e = device_certificate_add_root(c, root, &x->ca_certificate);
	return e == NULL ? NULL
			 : err_wrap(e, "Failed to add radius server root certificate in "
				       "802.1x");
}

struct err *device_assistant_8021x(struct device_call *c,
				   const struct device_assistant *a,
				   struct device_8021x *x, struct secret *password)
{
	struct errand n = {.a = a, .is_8021x = true};
	struct err *e = credentials(&n, c, x, password);

	assistant_answer_fini(&n.answer);
	return take_back(c, e);
}
