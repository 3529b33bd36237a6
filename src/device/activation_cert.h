/* SPDX-License-Identifier: Apache-2.0
 * The certificate that proves to firmware who may take a device into admin control mode:
 * a PKCS#12 file, its chain in order, and what must be right about it. rps.md 7.1 (4),
 * 7.3; rpc.md 4.3; wsman.md D.3.
 */
#ifndef DEVICE_ACTIVATION_CERT_H
#define DEVICE_ACTIVATION_CERT_H

#include <base/clock.h>
#include <base/err.h>
#include <base/secret.h>
#include <openssl/evp.h>

#define ACTIVATION_CERT_MAX_CHAIN 4 /* firmware's limit, leaf and root included */
#define ACTIVATION_CERT_MAX_FILE (64u << 10)
#define ACTIVATION_CERT_NONCE_SIZE 20

struct activation_cert {
	size_t n;
	struct str der[ACTIVATION_CERT_MAX_CHAIN]; /* leaf, intermediates, root; arena */
	EVP_PKEY *key;				   /* of the leaf, RSA; owned */
	struct str name;			   /* the leaf's common name */
	int64_t not_before_ms, not_after_ms;	   /* of the leaf */
	/* SHA-1, SHA-256 and SHA-384 of the root, lower-case hex */
	char root_sha1[41], root_sha256[65], root_sha384[97];
};

/* Why a file is no good, for those whose API names them (rpc.md 1.10: 121-126). */
enum activation_cert_fault {
	ACTIVATION_CERT_OK,
	ACTIVATION_CERT_NOT_BASE64,
	ACTIVATION_CERT_WRONG_PASSWORD,
	ACTIVATION_CERT_MALFORMED, /* no PKCS#12, or not for activation */
	ACTIVATION_CERT_EMPTY,	   /* no certificate in it */
	ACTIVATION_CERT_NO_KEY,	   /* no private key of the leaf, or none that is RSA */
	ACTIVATION_CERT_NO_ROOT,   /* no self-signed root, or the chain has a gap */
};

/* Opens and orders the file. Slow (key derivation): runs on a worker. der: the raw file.
 * ERR_INVALID says what is wrong with this file; *fault (may be NULL) says the kind. */
OB_MUST_CHECK OB_SUSPENDS struct err *activation_cert_open(
	struct activation_cert *out, struct str der, const struct secret *password,
	struct arena *a, struct deadline until, enum activation_cert_fault *fault);
/* The same, of base64 text (blanks and line breaks are skipped). */
OB_MUST_CHECK OB_SUSPENDS struct err *activation_cert_open_text(
	struct activation_cert *out, struct str base64, const struct secret *password,
	struct arena *a, struct deadline until, enum activation_cert_fault *fault);
void activation_cert_fini(struct activation_cert *c);

/* What firmware will check too, said before: ERR_INVALID when the leaf is not valid now
 * (wall clock), or lacks server authentication or Intel's activation usage (EKU
 * 2.16.840.1.113741.1.2.3, or OU "Intel(R) Client Setup Certificate"). */
OB_MUST_CHECK struct err *activation_cert_usable(const struct activation_cert *c,
						 int64_t now_ms);
/* Its common name is of this DNS suffix: equal, one label more, or "*." before it. */
bool activation_cert_of_suffix(const struct activation_cert *c, struct str suffix);
/* One of the device's trusted hashes (hex of 40, 64 or 96 digits, any case) is the
 * root's. */
bool activation_cert_trusted(const struct activation_cert *c, const struct str *hashes,
			     size_t n);

/* RSASSA-PKCS1-v1_5 with SHA-256 over the firmware's nonce and ours, on a worker; out in
 * the arena. Whatever hash signed the leaf: firmware knows this algorithm only. */
OB_MUST_CHECK OB_SUSPENDS struct err *activation_cert_sign(
	const struct activation_cert *c, struct str firmware_nonce,
	const uint8_t nonce[ACTIVATION_CERT_NONCE_SIZE], struct arena *a,
	struct deadline until, struct str *out);

#endif
