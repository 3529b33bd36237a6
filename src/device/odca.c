/* SPDX-License-Identifier: Apache-2.0 */
#include <device/odca.h>

#include <base/encode.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define ROM 3 /* where the ROM's certificate is in the chain */

/* "OnDie CA Root Cert Signing", valid until 2049; published by Intel at
 * https://tsci.intel.com/content/OnDieCA/certs/OnDie_CA_RootCA_Certificate.cer. */
static const char intel_root[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIICujCCAj6gAwIBAgIUPLLiHTrwySRtWxR4lxKLlu7MJ7wwDAYIKoZIzj0EAwMF\n"
	"ADCBiTELMAkGA1UEBgwCVVMxCzAJBgNVBAgMAkNBMRQwEgYDVQQHDAtTYW50YSBD\n"
	"bGFyYTEaMBgGA1UECgwRSW50ZWwgQ29ycG9yYXRpb24xIzAhBgNVBAsMGk9uRGll\n"
	"IENBIFJvb3QgQ2VydCBTaWduaW5nMRYwFAYDVQQDDA13d3cuaW50ZWwuY29tMB4X\n"
	"DTE5MDQwMzAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowgYkxCzAJBgNVBAYMAlVTMQsw\n"
	"CQYDVQQIDAJDQTEUMBIGA1UEBwwLU2FudGEgQ2xhcmExGjAYBgNVBAoMEUludGVs\n"
	"IENvcnBvcmF0aW9uMSMwIQYDVQQLDBpPbkRpZSBDQSBSb290IENlcnQgU2lnbmlu\n"
	"ZzEWMBQGA1UEAwwNd3d3LmludGVsLmNvbTB2MBAGByqGSM49AgEGBSuBBAAiA2IA\n"
	"BK8SfB2UflvXZqb5Kc3+lokrABHWazvNER2axPURP64HILkXChPB0OEX5hLB7Okw\n"
	"7Dy6oFqB5tQVDupgfvUX/SgYBEaDdG5rCVFrGAis6HX5TA2ewQmj14r2ncHBgnpp\n"
	"B6NjMGEwHwYDVR0jBBgwFoAUtFjJ9uQIQKPyWMg5eG6ujgqNnDgwDwYDVR0TAQH/\n"
	"BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFLRYyfbkCECj8ljIOXhu\n"
	"ro4KjZw4MAwGCCqGSM49BAMDBQADaAAwZQIxAP9B4lFF86uvpHmkcp61cWaU565a\n"
	"yE3p7ezu9haLE/lPLh5hFQfmTi1nm/sG3JEXMQIwNpKfHoDmUTrUyezhhfv3GG+1\n"
	"CqBXstmCYH40buj9jKW3pHWc71s9arEmPWli7I8U\n"
	"-----END CERTIFICATE-----\n";

static X509 *root_of(const struct odca *o)
{
	if (o->root != NULL) {
		X509_up_ref(o->root);
		return o->root;
	}
	BIO *b = BIO_new_mem_buf(intel_root, -1);
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);
	BIO_free(b);
	OB_ASSERT(x != NULL);
	return x;
}

void odca_leaf_hash(struct odca *o, const uint8_t *raw, size_t raw_n, size_t hash_n)
{
	struct str hex = {(const char *)raw, 2 * hash_n};

	OB_ASSERT(hash_n <= sizeof(o->leaf_hash) && hash_n <= raw_n);
	o->leaf_hash_n = hash_n;
	if (hex.n <= raw_n && hex_decode(hex, o->leaf_hash, hash_n))
		return;
	memcpy(o->leaf_hash, raw, hash_n);
}

static bool name_part(X509_NAME *name, int nid, int after, char *out, size_t cap)
{
	int at = X509_NAME_get_index_by_NID(name, nid, after);
	ASN1_STRING *s =
		at >= 0 ? X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)) : NULL;

	if (s == NULL || ASN1_STRING_length(s) <= 0 ||
	    (size_t)ASN1_STRING_length(s) >= cap)
		return false;
	memcpy(out, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	out[ASN1_STRING_length(s)] = '\0';
	return true;
}

static const char *check_leaf(const struct odca *o, X509 *leaf)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	char cn[64];
	unsigned n;

	if (!name_part(X509_get_subject_name(leaf), NID_commonName, -1, cn, sizeof(cn)) ||
	    (strcmp(cn, "iAMT CSME IDevID RCFG") != 0 && strcmp(cn, "AMT RCFG") != 0))
		return "leaf certificate CN is not allowed";
	if (o->leaf_hash_n == 0)
		return NULL;
	X509_digest(leaf, o->leaf_hash_n == 32 ? EVP_sha256() : EVP_sha384(), md, &n);
	return n == o->leaf_hash_n && memcmp(md, o->leaf_hash, n) == 0
		       ? NULL
		       : "leaf certificate is not the one that the firmware announced";
}

static bool issued_by_csme(X509 *rom)
{
	X509_NAME *issuer = X509_get_issuer_name(rom);
	char ou[64];
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(issuer, NID_organizationalUnitName,
						at)) >= 0)
		if (name_part(issuer, NID_organizationalUnitName, at - 1, ou,
			      sizeof(ou)) &&
		    (strncmp(ou, "ODCA 2 CSME", 11) == 0 ||
		     strncmp(ou, "On Die CSME", 11) == 0))
			return true;
	return false;
}

static const char *check_rom(const struct odca *o, X509 *rom)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	char cn[64];

	if (!name_part(X509_get_subject_name(rom), NID_commonName, -1, cn, sizeof(cn)) ||
	    (strstr(cn, "ROM CA") == NULL && strstr(cn, "ROM DE") == NULL))
		return "invalid ROM ODCA Certificate";
	if (!issued_by_csme(rom))
		return "ROM ODCA Certificate OU does not have a valid prefix";
	if (!o->has_hardware_id)
		return NULL;
	X509_digest(rom, EVP_sha256(), md, NULL);
	return memcmp(md, o->hardware_id, sizeof(o->hardware_id)) == 0
		       ? NULL
		       : "UPID CSME HW ID does not match ROM ODCA certificate hash";
}

static const char *check_signatures(const struct odca *o, STACK_OF(X509) * chain)
{
	X509 *root = root_of(o);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *c = X509_STORE_CTX_new();

	X509_STORE_add_cert(store, root);
	X509_STORE_CTX_init(c, store, sk_X509_value(chain, 0), chain);
	bool good = X509_verify_cert(c) == 1;
	X509_STORE_CTX_free(c);
	X509_STORE_free(store);
	X509_free(root);
	ERR_clear_error();
	return good ? NULL
		    : "the certificate chain does not end at Intel's On-Die CA root";
}

static const char *judge(const struct odca *o, STACK_OF(X509) * chain)
{
	int n = sk_X509_num(chain);
	const char *why;

	if (n == 1 && o->single_is_fine)
		return NULL;
	if (n != 4 && n != 6)
		return "unexpected number of certificates received from AMT";
	if ((why = check_leaf(o, sk_X509_value(chain, 0))) != NULL ||
	    (why = check_rom(o, sk_X509_value(chain, ROM))) != NULL)
		return why;
	return check_signatures(o, chain);
}

struct err *odca_verify(struct odca *o, STACK_OF(X509) * chain)
{
	o->why = judge(o, chain);
	return o->why == NULL ? NULL : err_new(ERR_FORBIDDEN, "%s", o->why);
}

static int on_verify(X509_STORE_CTX *c, void *arg)
{
	struct odca *o = arg;

	o->why = judge(o, X509_STORE_CTX_get0_untrusted(c));
	if (o->why != NULL)
		X509_STORE_CTX_set_error(c, X509_V_ERR_APPLICATION_VERIFICATION);
	return o->why == NULL;
}

void odca_require(SSL_CTX *ctx, struct odca *o)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_verify, o);
}
