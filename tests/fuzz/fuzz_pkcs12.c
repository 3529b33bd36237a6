/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: PKCS#12 files and the chains in them, as somebody uploads them. The seeds'
 * password is theirs.
 */
#include <net/pkcs12.h>

#include <base/util.h>
#include <stdint.h>

#define MAX_CHAIN 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	X509 *leaf, *chain[MAX_CHAIN];
	STACK_OF(X509) * more;
	EVP_PKEY *key;

	enum pkcs12_result result = pkcs12_open((struct str){(const char *)data, size},
						"Pfx-1", &key, &leaf, &more);
	if (leaf != NULL) {
		size_t n = pkcs12_chain(leaf, more, chain, MAX_CHAIN);
		OB_ASSERT(n >= 1 && n <= MAX_CHAIN && chain[0] == leaf);
	}
	OB_ASSERT(result == PKCS12_OPENED || key == NULL);
	X509_free(leaf);
	EVP_PKEY_free(key);
	sk_X509_pop_free(more, X509_free);
	return 0;
}
