/* SPDX-License-Identifier: Apache-2.0
 * Whether a TLS server is genuine Intel firmware: the on-die certificate chain that
 * firmware shows before it is set up. rpc.md 4.5, rps.md 7.1.
 */
#ifndef DEVICE_ODCA_H
#define DEVICE_ODCA_H

#include <base/err.h>
#include <openssl/ssl.h>

#define ODCA_HARDWARE_ID_SIZE 20

/* What is known of the firmware beforehand. Lives as long as connections are made with
 * it. */
struct odca {
	X509 *root; /* borrowed; NULL: Intel's On-Die CA root */
	/* Hash of the leaf, as StartConfigurationHBased told: 32 (SHA-256) or 48 bytes
	 * (SHA-384); 0: not known. */
	uint8_t leaf_hash[48];
	size_t leaf_hash_n;
	/* UPID's hardware id: the beginning of the ROM certificate's SHA-256. */
	bool has_hardware_id;
	uint8_t hardware_id[ODCA_HARDWARE_ID_SIZE];
	/* A single certificate is no chain, but what firmware shows that was set up
	 * meanwhile: taken when the caller has made sure that it was. */
	bool single_is_fine;
	const char *why; /* of the last refusal: static text */
};

/* Takes the hash that AMTHI's answer holds: raw, or as ASCII hex. hash_n: 32 or 48. */
void odca_leaf_hash(struct odca *o, const uint8_t *raw, size_t raw_n, size_t hash_n);

/* Chain as the server sent it, leaf first: 4 or 6 certificates; names of leaf and of the
 * ROM's (the fourth), hash, hardware id, signatures up to the root. ERR_FORBIDDEN that
 * says what is wrong. */
OB_MUST_CHECK struct err *odca_verify(struct odca *o, STACK_OF(X509) * chain);
/* Handshakes of a client's context succeed only with such a chain; host names and the
 * system's roots do not count. Runs on workers: one handshake at a time per o. */
void odca_require(SSL_CTX *ctx, struct odca *o);

#endif
