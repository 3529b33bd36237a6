/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant_peer.h"

#include <base/json.h>
#include <net/socket.h>
#include <net/ws.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_MESSAGE (1u << 20)

/* ---- its authority ---- */

static json_t *base64_json(struct arena *a, const unsigned char *der, int n)
{
	return json_string(base64_encode(a, der, (size_t)n));
}

static EVP_PKEY *key_of(struct arena *a, const json_t *m)
{
	size_t n;
	const uint8_t *der = base64_decode(
		a, str_of(json_string_value(json_object_get(m, "DERKey"))), &n);

	return der != NULL ? d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, (long)n) : NULL;
}

/* Upstream's has an empty signature; this one's is by a key that is not the device's. */
static json_t *request_for(struct assistant_peer *p, struct arena *a, const json_t *m)
{
	EVP_PKEY *key = key_of(a, m);
	X509_REQ *rq = X509_REQ_new();
	unsigned char *der = NULL;

	OB_ASSERT(key != NULL);
	X509_REQ_set_pubkey(rq, key);
	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(rq), "CN", MBSTRING_UTF8,
				   (const uint8_t *)"desk7.corp.example.com", -1, -1, 0);
	X509_REQ_sign(rq, p->w->pki.ca_key, EVP_sha256());
	int n = i2d_X509_REQ(rq, &der);
	json_t *j = base64_json(a, der, n);
	OPENSSL_free(der);
	X509_REQ_free(rq);
	EVP_PKEY_free(key);
	return j;
}

static json_t *certificate_json(struct arena *a, X509 *x)
{
	return json_string(pki_base64(a, x));
}

/* For what the device's own key signed. */
static json_t *certificate_for(struct assistant_peer *p, struct arena *a, const json_t *m)
{
	size_t n;
	const uint8_t *der = base64_decode(
		a, str_of(json_string_value(json_object_get(m, "signedcsr"))), &n);
	X509_REQ *rq = d2i_X509_REQ(NULL, &der, (long)n);
	EVP_PKEY *key = X509_REQ_get0_pubkey(rq);

	OB_ASSERT(X509_REQ_verify(rq, key) == 1);
	X509 *x = pki_cert(p->fault == PEER_MISTAKES ? p->w->pki.leaf_key : key,
			   "desk7.corp.example.com", p->w->pki.ca_key, "Enterprise Root",
			   false, "serverAuth,clientAuth", -1, 1);
	json_t *j = certificate_json(a, x);
	X509_free(x);
	X509_REQ_free(rq);
	return j;
}

/* ---- answers ---- */

static bool is(const json_t *m, const char *subaction)
{
	const char *s = json_string_value(json_object_get(m, "subaction"));

	return s != NULL && strcmp(s, subaction) == 0;
}

static bool faulty(const struct assistant_peer *p, enum peer_fault fault)
{
	return p->fault == fault && (p->at == 0 || p->at == p->asked);
}

static void add_root(struct assistant_peer *p, struct arena *a, json_t *response)
{
	if (!p->without_root)
		json_object_set_new(response, "rootcert", certificate_json(a, p->root));
}

/* NULL: no response, the question goes back as it came. */
static json_t *response_to(struct assistant_peer *p, struct arena *a, const json_t *m)
{
	int protocol = (int)json_integer_value(json_object_get(m, "authProtocol"));
	bool junk = faulty(p, PEER_ISSUES_JUNK);
	json_t *r = json_object();

	if (is(m, "802.1x-KeyPair-Response")) {
		json_object_set_new(r, "csr",
				    junk ? json_string("AAAA") : request_for(p, a, m));
		json_object_set(r, "keyInstanceId", json_object_get(m, "keyInstanceId"));
		return r;
	}
	json_object_set_new(r, "authProtocol", json_integer(protocol));
	json_object_set_new(r, "domain", json_string("corp.example.com"));
	json_object_set_new(r, "username", json_string(PEER_USER));
	add_root(p, a, r);
	if (is(m, "802.1x-CSR-Response")) {
		json_object_set_new(r, "certificate",
				    junk ? json_string("no base64")
					 : certificate_for(p, a, m));
		return r;
	}
	if (protocol == 0) {
		json_decref(r);
		return NULL;
	}
	json_object_set_new(r, "password", json_string(PEER_PASSWORD));
	if (junk)
		json_object_set_new(r, "rootcert", json_string("no base64"));
	return r;
}

static struct err *say(struct assistant_peer *p, json_t *m)
{
	char *text = json_dumps(m, JSON_COMPACT);
	struct err *e = ws_send(p->ws, false, str_of(text), SOON);

	free(text);
	return e;
}

static struct err *answer(struct assistant_peer *p, json_t *m)
{
	struct arena a = {0};

	if (p->without_request_id)
		json_object_set_new(m, "reqid", json_string(""));
	if (faulty(p, PEER_SAYS_ERROR)) {
		json_object_set_new(m, "status", json_string("Error"));
		json_object_set_new(m, "details", json_string("no CA configured"));
		return say(p, m);
	}
	json_t *r = faulty(p, PEER_LEAVES_OUT) ? NULL : response_to(p, &a, m);
	if (r != NULL) {
		json_object_set_new(m, "subaction",
				    json_string(is(m, "802.1x-KeyPair-Response")
							? "CSR-Request"
							: "Profile-Completed"));
		json_object_set_new(m, "response", r);
	}
	arena_fini(&a);
	return say(p, m);
}

static void note(struct assistant_peer *p, const json_t *m)
{
	const char *name = json_string_value(json_object_get(m, "devname"));
	unsigned i = p->asked++;

	if (i >= ARRAY_LEN(p->devices))
		return;
	snprintf(p->devices[i], sizeof(p->devices[i]), "%s", name != NULL ? name : "");
	p->protocols[i] = (int)json_integer_value(json_object_get(m, "authProtocol"));
}

static struct err *next(struct assistant_peer *p)
{
	struct ws_message text;

	TRY(ws_recv(p->ws, DEADLINE_NEVER, &text));
	json_t *m = json_read(text.data, 0, NULL);
	note(p, m);
	struct err *e = NULL;
	if (faulty(p, PEER_GOES))
		e = err_new(ERR_CLOSED, "it goes");
	else if (faulty(p, PEER_TALKS_JUNK))
		e = ws_send(p->ws, false, STR("certificate, please"), SOON);
	else if (!faulty(p, PEER_STALLS))
		e = answer(p, m);
	json_decref(m);
	return e;
}

static void peer_run(void *arg)
{
	struct assistant_peer *p = arg;
	struct err *e = NULL;

	while (e == NULL)
		e = next(p);
	p->connected = false;
	ws_close(p->ws, 1000, NULL);
	p->close_code = ws_close_code(p->ws);
	err_free(e);
}

/* ---- life ---- */

const char *assistant_peer_login(struct world *w, const char *user, const char *password)
{
	return arena_printf(&w->a, "%s,%s", base64_encode(&w->a, user, strlen(user)),
			    base64_encode(&w->a, password, strlen(password)));
}

struct err *assistant_peer_connect(struct world *w, struct assistant_peer *p,
				   const char *login)
{
	const struct ws_config c = {.max_message = MAX_MESSAGE};
	const char *header =
		login != NULL ? arena_printf(&w->a, "x-meshauth: %s\r\n", login) : NULL;
	struct stream *s;

	p->w = w;
	fiber_group_init(&p->fibers);
	ok(socket_connect("127.0.0.1", rps_assistant_port(w->rps), NULL, SOON, &s));
	TRY(ws_connect(s, "localhost", "/", header, &c, SOON, &p->ws));
	p->root = pki_cert(w->pki.ca_key, "Enterprise Root", w->pki.ca_key,
			   "Enterprise Root", true, NULL, -1, 1);
	/* As upstream's does first. */
	ok(ws_send(p->ws, false, STR("{\"action\":\"satellite\",\"setFlags\":3}"), SOON));
	p->connected = true;
	fiber_spawn(&p->fibers, "assistant", peer_run, p);
	return NULL;
}

void assistant_peer_start(struct world *w, struct assistant_peer *p, const char *tenant)
{
	const char *token;

	ok(iam_issue(w->iam, "ea", tenant, "assistant", 60, &w->a, &token));
	ok(assistant_peer_connect(w, p, assistant_peer_login(w, "ea", token)));
}

void assistant_peer_stop(struct assistant_peer *p)
{
	fiber_group_join(&p->fibers, true);
	ws_free(p->ws);
	X509_free(p->root);
	p->ws = NULL;
	p->root = NULL;
}
