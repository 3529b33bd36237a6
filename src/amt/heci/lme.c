/* SPDX-License-Identifier: Apache-2.0
 * APF messages in HECI messages.
 */
#include <amt/heci/lme.h>

/* apf_decode cannot know the end of a global request with an unknown name; here it is the
 * message's. */
static bool is_unknown_request(const uint8_t *p, size_t n)
{
	static const char *const known[] = {"tcpip-forward", "cancel-tcpip-forward",
					    "udp-send-to@amt.intel.com"};
	struct rd r = rd_init(p, n);

	if (rd_u8(&r) != APF_GLOBAL_REQUEST)
		return false;
	struct str name = rd_lv32(&r, APF_STRING_MAX);
	if (r.st != RD_OK)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eqz(name, known[i]))
			return false;
	return true;
}

enum lme_decoded lme_decode(const void *p, size_t n, struct apf_msg *m, const char **why)
{
	const uint8_t *b = p;
	bool has_port = n > 1 && b[0] == APF_REQUEST_SUCCESS;

	if (is_unknown_request(p, n))
		return LME_SKIP;
	ssize_t used = apf_decode(p, n, has_port, m, why);
	if (used == (ssize_t)n && n > 0)
		return LME_MESSAGE;
	if (used == 0)
		*why = "APF message cut short";
	else if (used > 0)
		*why = "bytes behind an APF message";
	return LME_MALFORMED;
}
