/* SPDX-License-Identifier: Apache-2.0
 * What RPS or rpc and an Enterprise Assistant - a program beside the enterprise's
 * certificate authority and directory - tell each other: rps.md 7.9, rpc.md 4.7. To RPS
 * the assistant opens a WebSocket, and each message is a text frame; rpc sends the same
 * fields as bodies of HTTP requests.
 *
 *   {"action":"satellite","subaction":s,"satelliteFlags":2,"nodeid":s,"domain":"",
 *    "reqid":s,"authProtocol":n,"osname":"win11","devname":s,"icon":1,"ver":"", ...}
 *
 *   asked                     with                     answered in "response"
 *   802.1x-ProFile-Request    cert, certid: null       PEAP: username, password,
 * rootcert; EAP-TLS: nothing, the message again 802.1x-KeyPair-Response   DERKey,
 * keyInstanceId    csr 802.1x-CSR-Response       signedcsr                certificate,
 * rootcert, username
 *
 * An answer repeats nodeid and reqid. What the assistant cannot do it tells rpc as
 * {"status":"Error","details":s}; towards RPS upstream's keeps silent.
 */
#ifndef AMT_RPC_ASSISTANT_H
#define AMT_RPC_ASSISTANT_H

#include <base/err.h>
#include <base/secret.h>

enum assistant_step { ASSISTANT_PROFILE, ASSISTANT_KEY_PAIR, ASSISTANT_CSR };

struct assistant_request {
	enum assistant_step step;
	struct str node_id;	/* the device's GUID */
	struct str device_name; /* of the computer account; not empty */
	struct str request_id;	/* so that an answer finds its question; may be empty */
	int protocol;		/* AuthenticationProtocol of the 802.1X profile */
	/* ASSISTANT_KEY_PAIR: the public half as firmware shows it, its InstanceID. */
	struct str der_key, key_id;
	struct str signed_request; /* ASSISTANT_CSR: base64 of PKCS#10 */
};

struct assistant_answer {
	struct str node_id, request_id; /* p NULL: not there */
	const char *error;		/* what it could not do, or NULL */
	/* p NULL: not there. Base64 but for the name. */
	struct str csr, certificate, root, username;
	struct secret password;
};

/* frame: to RPS's assistant, else rpc's body. */
void assistant_request_encode(struct buf *out, const struct assistant_request *q,
			      bool frame);
/* ERR_INVALID: no JSON object, or a field of another type; what is not known is left
 * out, so that any message can be read. Text in the arena; wipe with
 * assistant_answer_fini, on failure too. */
OB_MUST_CHECK struct err *assistant_answer_decode(struct str text, struct arena *a,
						  struct assistant_answer *out);
void assistant_answer_fini(struct assistant_answer *x);

/* As the path of rpc's request says it: "profile", "keypair", "csr". */
const char *assistant_step_name(enum assistant_step s);

#endif
