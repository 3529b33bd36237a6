/* SPDX-License-Identifier: Apache-2.0
 * Vocabularies.
 */
#include <agent/rpc/words.h>

#include <amt/wsman/classes/cira.h>
#include <base/buf.h>

static const char *pick(const char *const *words, size_t n, uint32_t i, const char *other)
{
	return i < n ? words[i] : other;
}
#define PICK(words, i, other) pick(words, ARRAY_LEN(words), i, other)

const char *rpc_word_mode(enum rpc_form form, uint32_t mode)
{
	static const char *const two[] = {"pre-provisioning state",
					  "activated in client control mode",
					  "activated in admin control mode"};
	static const char *const three[] = {"not activated", "client control mode",
					    "admin control mode"};

	return form == RPC_V2 ? PICK(two, mode, "unknown state")
			      : PICK(three, mode, "unknown control mode");
}

const char *rpc_word_state(uint32_t state)
{
	static const char *const words[] = {"pre-provisioning", "in provisioning",
					    "post-provisioning"};

	return PICK(words, state, "unknown");
}

const char *rpc_word_network(enum rpc_form form, uint32_t status)
{
	static const char *const two[] = {"direct", "vpn", "outside enterprise"};
	static const char *const three[] = {"direct (LAN)", "vpn",
					    "outside enterprise (CIRA)"};

	return form == RPC_V2 ? PICK(two, status, "unknown")
			      : PICK(three, status, "unknown");
}

const char *rpc_word_remote(uint32_t status)
{
	static const char *const words[] = {"not connected", "connecting", "connected"};

	return PICK(words, status, "unknown");
}

const char *rpc_word_trigger(uint32_t trigger)
{
	static const char *const words[] = {"user initiated", "alert", "periodic",
					    "provisioning"};

	return PICK(words, trigger, "unknown");
}

const char *rpc_word_hash(enum rpc_form form, uint8_t algorithm, size_t *size)
{
	static const struct {
		const char *name;
		size_t size;
	} words[] = {
		{"MD5", 16},	{"SHA1", 20}, {"SHA256", 32},
		{"SHA384", 48}, {NULL, 0},    {"SHA512", 64},
	};

	*size = 0;
	if (algorithm >= ARRAY_LEN(words) || words[algorithm].name == NULL ||
	    (algorithm == 5 && form == RPC_V2))
		return "UNKNOWN";
	*size = words[algorithm].size;
	return words[algorithm].name;
}

int rpc_major_version(struct str version)
{
	struct str part;
	uint64_t major;

	if (str_chr(version, '.') < 0 || !str_split(&version, '.', &part) ||
	    !str_u64(part, 1000, &major))
		return -1;
	return (int)major;
}

/* below: the first major version that no longer has the feature; 0 = all have it */
static const struct {
	uint32_t bit;
	int below;
	const char *word;
} features[] = {
	{0x02, 7, "iQST "},	   {0x04, 6, "ASF "},
	{0x08, 0, "AMT Pro "},	   {0x10, 0, "Intel Standard Manageability "},
	{0x20, 6, "TPM "},	   {0x100, 6, "Home IT "},
	{0x400, 6, "WOX "},	   {0x2000, 0, "AT-p "},
	{0x4000, 0, "Corporate "}, {0x8000, 8, "L3 Mgt Upgrade"},
};

static const char *old_features(struct arena *a, int major, uint64_t sku)
{
	static const char *const before3[] = {"AMT + ASF + iQST", "ASF + iQST", "iQST"};

	if (major <= 2)
		return sku < ARRAY_LEN(before3) ? before3[sku] : "Unknown";
	return arena_printf(a, "%s%s%s", sku & 2 ? "iQST " : "", sku & 4 ? "ASF " : "",
			    sku & 8 ? "AMT" : "");
}

const char *rpc_word_features(struct arena *a, struct str version, struct str sku)
{
	_cleanup_(buf_fini) struct buf b = {0};
	int major = rpc_major_version(version);
	uint64_t bits;

	if (str_chr(version, '.') < 0)
		return "Invalid AMT version format";
	if (major < 0)
		return "Invalid AMT version";
	if (!str_u64(sku, UINT32_MAX, &bits))
		return "Invalid SKU";
	if (major < 5)
		return old_features(a, major, bits);
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		if (bits & features[i].bit &&
		    (features[i].below == 0 || major < features[i].below))
			buf_adds(&b, features[i].word);
	return arena_strndup(a, b.p != NULL ? b.p : "", b.len);
}

const char *rpc_word_upid_type(struct arena *a, uint32_t type)
{
	static const char *const words[] = {"Not Set (0)", "Binary (1)",
					    "Printable String (2)"};

	return type < ARRAY_LEN(words) ? words[type]
				       : arena_printf(a, "Unknown (%u)", type);
}

const char *rpc_word_info_format(int64_t format)
{
	switch (format) {
	case AMT_INFO_IPV4:
		return "IPv4";
	case AMT_INFO_IPV6:
		return "IPv6";
	case AMT_INFO_FQDN:
		return "FQDN";
	default:
		return "Unknown";
	}
}
