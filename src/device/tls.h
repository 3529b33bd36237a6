/* SPDX-License-Identifier: Apache-2.0
 * TLS of the device's ports: its certificate, its mode, and taking both away. wsman.md
 * B.4, rps.md 7.7 (8-12), 7.13; rpc.md 4.7. Nothing takes effect before
 * device_setup_commit.
 */
#ifndef DEVICE_TLS_H
#define DEVICE_TLS_H

#include <amt/wsman/classes/tls.h>
#include <device/call.h>
#include <openssl/x509.h>

/* Numbers of a profile's tlsMode (rps.md 2.4). */
enum device_tls_mode {
	DEVICE_TLS_OFF = 0,
	DEVICE_TLS_SERVER = 1,
	DEVICE_TLS_SERVER_AND_PLAIN = 2,
	DEVICE_TLS_MUTUAL = 3,
	DEVICE_TLS_MUTUAL_AND_PLAIN = 4,
};

/* Both settings, as firmware has them (not yet committed ones included). */
struct device_tls {
	struct amt_tls_setting_data *network, *local; /* 802.3, LMS; never NULL */
	/* Plain connections cannot be had on this platform (NonSecureConnectionsSupported
	 * false): TLS cannot be switched off either. */
	bool always;
};
OB_MUST_CHECK OB_SUSPENDS struct err *device_tls_read(struct device_call *c,
						      struct device_tls *out);

/* Who signs a device's certificate. */
struct device_tls_issuer {
	X509 *cert;    /* NULL: key is a throw-away root's and the name is subject's */
	EVP_PKEY *key; /* RSA or EC */
};
struct device_tls_subject {
	struct str name; /* common name */
	struct str san;	 /* DNS names, comma-separated; empty: none */
};
/* A certificate for a key pair made in the device, signed here (on a worker), added and
 * used for TLS. *cert_pem (may be NULL): the certificate, in the arena. The issuer's root
 * is not added: device_certificate_add_root. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_tls_self_signed(
	struct device_call *c, const struct device_tls_issuer *issuer,
	const struct device_tls_subject *subject, const char **cert_pem);
/* A throw-away root ("SelfSigned" without a root of the server's): caller frees both. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_tls_make_root(struct deadline until,
							   const char *name, X509 **cert,
							   EVP_PKEY **key);

/* A certificate signed by others: makes a key pair, has signer make the request for it,
 * has the device sign that, has signer issue the certificate, and adds it. For 802.1X, or
 * for device_tls_use. When it fails the pair is taken away again. ERR_DEVICE: what was
 * issued is not for that pair. */
struct device_tls_signer {
	void *arg;
	/* *null_signed: base64 PKCS#10 with an empty signature for the pair. der_key:
	 * base64, as firmware shows it. */
	OB_SUSPENDS struct err *(*request)(void *arg, struct device_call *c,
					   struct str key_id, struct str der_key,
					   struct str *null_signed);
	/* *certificate: base64 DER. */
	OB_SUSPENDS struct err *(*issue)(void *arg, struct device_call *c,
					 struct str signed_request,
					 struct str *certificate);
};
struct device_tls_signed {
	struct str id, base64; /* the certificate's InstanceID, and itself */
};
OB_MUST_CHECK OB_SUSPENDS struct err *device_tls_signed_certificate(
	struct device_call *c, const struct device_tls_signer *signer,
	struct device_tls_signed *out);

/* AMT_TLSCredentialContext: Create, or Put when there is one. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_tls_use(struct device_call *c,
						     struct str certificate_id);
/* Writes both settings. trusted: common names of clients that mutual TLS lets in, or
 * none. Where plain connections cannot be had AcceptNonSecureConnections is left as it
 * is, and DEVICE_TLS_OFF is an ERR_CONFLICT. Mutual needs a trusted root and a set clock
 * at commit. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_tls_set(struct device_call *c,
						     enum device_tls_mode mode,
						     const struct str *trusted, size_t n);
/* Takes the credential context and all key pairs away (after device_tls_set OFF and its
 * commit). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_tls_forget(struct device_call *c);

#endif
