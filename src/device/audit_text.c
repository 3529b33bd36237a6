/* SPDX-License-Identifier: Apache-2.0
 * What audit records say: initiators and extended data (wsman.md C.2). Texts that
 * upstream has are its; numbers in extended data are big-endian.
 */
#include <device/audit_log.h>

#include <base/clock.h>
#include <base/cursor.h>
#include <base/encode.h>
#include <string.h>

#define CHOICE(names, i) choice(names, ARRAY_LEN(names), i)

static const char *choice(const char *const *names, size_t n, uint32_t i)
{
	return i < n ? names[i] : "unknown";
}

/* Bytes that are no ASCII are shown as such: names come from the device. */
static const char *clean(struct arena *a, struct str s)
{
	char *out = str_dup(a, s);

	for (char *p = out; p < out + s.n; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return out;
}

static struct str counted(struct rd *r)
{
	size_t n = rd_u8(r);
	const uint8_t *p = rd_bytes(r, n);

	return (struct str){(const char *)p, p != NULL ? n : 0};
}

/* S-<revision>-<authority>-<32 bit numbers, little-endian>; wsman.md C.1. */
static const char *sid_text(struct arena *a, struct str s)
{
	struct buf b = {0};

	if (s.n < 8)
		return "";
	buf_addf(&b, "S-%u-%u", (uint8_t)s.p[0], (uint8_t)s.p[7]);
	struct rd r = rd_init(s.p + 8, s.n - 8);
	while (rd_left(&r) >= 4)
		buf_addf(&b, "-%u", rd_le32(&r));
	const char *out = str_dup(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

const char *device_audit_initiator(struct arena *a, const struct audit_record *r)
{
	switch (r->initiator) {
	case AUDIT_BY_USER:
		return clean(a, r->user);
	case AUDIT_BY_KERBEROS:
		return sid_text(a, r->user);
	case AUDIT_BY_LOCAL:
		return "Local";
	default:
		return "KVM Default Port";
	}
}

/* ---- extended data; each reads from r, whose state says whether it was there ---- */

static const char *const on_off[] = {"Disabled", "Enabled"};

/* initiator type, then name or SID */
static const char *account(struct arena *a, struct rd *r)
{
	return rd_u8(r) == 0 ? clean(a, counted(r)) : NULL;
}

static const char *account_modified(struct arena *a, struct rd *r)
{
	rd_u8(r); /* what was modified */
	return account(a, r);
}

static const char *bad_credentials(struct arena *a, struct rd *r)
{
	static const char *const who[] = {"Invalid ME access", "Invalid MEBx access"};

	return CHOICE(who, rd_u8(r));
}

static const char *account_state(struct arena *a, struct rd *r)
{
	const char *state = CHOICE(on_off, rd_u8(r));
	const char *who = account(a, r);

	return who != NULL ? arena_printf(a, "%s, %s", state, who) : state;
}

static const char *provisioned(struct arena *a, struct rd *r)
{
	unsigned method = rd_u8(r);

	return method == 2   ? "Remote configuration"
	       : method == 3 ? "Manual in MEBx"
	       : method == 5 ? "Host based, admin control mode"
			     : "Unknown method";
}

static const char *tls_state(struct arena *a, struct rd *r)
{
	static const char *const kinds[] = {"NoAuth", "ServerAuth", "MutualAuth"};
	unsigned remote = rd_u8(r), local = rd_u8(r);

	return arena_printf(a, "Remote %s, Local %s", CHOICE(kinds, remote),
			    CHOICE(kinds, local));
}

static const char *realm_mode(struct arena *a, struct rd *r)
{
	static const char *const modes[] = {"NoAuth", "Auth", "Disabled"};
	const char *realm = device_realm_name(rd_be32(r));
	unsigned mode = rd_u8(r);

	return arena_printf(a, "%s, %s", realm != NULL ? realm : "Unknown realm",
			    CHOICE(modes, mode));
}

static const char *unprovisioning(struct arena *a, struct rd *r)
{
	static const char *const by[] = {"BIOS", "MEBx", "Local MEI", "Local WSMAN",
					 "Remote WSMAN"};

	return CHOICE(by, rd_u8(r));
}

static const char *boot_command(struct arena *a, struct rd *r)
{
	switch (rd_u8(r)) {
	case 0:
		return "No boot command";
	case 1:
		return "PXE boot";
	case 2:
		return "Hard drive boot";
	case 3:
		return "Hard drive boot in safe mode";
	case 4:
		return "Diagnostic boot";
	case 5:
		return "CD/DVD boot";
	case 193:
		return "Intel boot command";
	case 194:
		return "HTTPS boot";
	case 195:
		return "PBA boot";
	default:
		return "Unknown boot command";
	}
}

static const char *versions(struct arena *a, struct rd *r)
{
	unsigned v[8];

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		v[i] = rd_be16(r);
	return arena_printf(a, "From %u.%u.%u.%u to %u.%u.%u.%u", v[0], v[1], v[2], v[3],
			    v[4], v[5], v[6], v[7]);
}

static const char *recovered(struct arena *a, struct rd *r)
{
	static const char *const why[] = {"Unknown reason", "Migration failure",
					  "Initialization failure"};

	return CHOICE(why, rd_u8(r));
}

static const char *time_set(struct arena *a, struct rd *r)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso((int64_t)rd_be32(r) * 1000, iso);
	return arena_strdup(a, iso);
}

static const char *ipv4(struct arena *a, struct rd *r)
{
	uint32_t v = rd_be32(r);

	return arena_printf(a, "%u.%u.%u.%u", v >> 24, v >> 16 & 255, v >> 8 & 255,
			    v & 255);
}

static const char *ip_settings(struct arena *a, struct rd *r)
{
	uint32_t port = rd_be32(r);
	bool dhcp = rd_u8(r) != 0;
	const char *address = ipv4(a, r), *mask = ipv4(a, r), *gateway = ipv4(a, r);

	return dhcp ? arena_printf(a, "Interface %u, DHCP", port)
		    : arena_printf(a, "Interface %u, address %s, mask %s, gateway %s",
				   port, address, mask, gateway);
}

static const char *name(struct arena *a, struct rd *r)
{
	return clean(a, counted(r));
}

static const char *vlan(struct arena *a, struct rd *r)
{
	uint32_t port = rd_be32(r);
	unsigned tag = rd_be16(r);

	return tag == 0 ? arena_printf(a, "Interface %u, no VLAN", port)
			: arena_printf(a, "Interface %u, VLAN %u", port, tag & 0xfff);
}

static const char *link_policy(struct arena *a, struct rd *r)
{
	uint32_t port = rd_be32(r), policy = rd_be32(r);

	return arena_printf(a, "Interface %u, policy %u", port, policy);
}

static const char *frozen(struct arena *a, struct rd *r)
{
	return rd_u8(r) ? "Frozen" : "Not frozen";
}

static const char *wifi_profile(struct arena *a, struct rd *r)
{
	const uint8_t *ssid = rd_bytes(r, 32);
	unsigned priority = rd_u8(r);
	const char *profile = name(a, r);
	struct str s = {(const char *)ssid,
			ssid != NULL ? strnlen((const char *)ssid, 32) : 0};

	return arena_printf(a, "%s, SSID %s, priority %u", profile, clean(a, s),
			    priority);
}

static const char *wifi_sync(struct arena *a, struct rd *r)
{
	static const char *const modes[] = {"Disabled", "User profiles",
					    "Administrator profiles", "Unrestricted"};

	return CHOICE(modes, rd_be32(r));
}

static const char *link_preference(struct arena *a, struct rd *r)
{
	uint32_t timeout = rd_be32(r), owner = rd_be32(r);

	return arena_printf(a, "%s, time-out %u",
			    owner == 1 ? "Management Engine" : "Host", timeout);
}

static const char *enabled(struct arena *a, struct rd *r)
{
	return CHOICE(on_off, rd_u8(r));
}

static const char *policy_name(unsigned policy)
{
	return policy == 0		      ? "None"
	       : policy == 1		      ? "KVM"
	       : policy == 2 || policy == 255 ? "All"
					      : "unknown";
}

static const char *opt_in_policy(struct arena *a, struct rd *r)
{
	unsigned was = rd_u8(r), now = rd_u8(r);

	return arena_printf(a, "From %s to %s", policy_name(was), policy_name(now));
}

static const char *consent_code(struct arena *a, struct rd *r)
{
	static const char *const how[] = {"Success", "Failed 3 times"};

	return CHOICE(how, rd_u8(r));
}

/* clang-format off */
static const struct {
	unsigned event; /* app * 100 + event */
	const char *(*text)(struct arena *a, struct rd *r);
} rows[] = {
	{1601, provisioned}, {1602, account}, {1603, account_modified}, {1604, account},
	{1605, bad_credentials}, {1606, account_state}, {1607, tls_state}, {1617, realm_mode},
	{1619, unprovisioning}, {1700, boot_command}, {1702, boot_command}, {1703, boot_command},
	{1704, boot_command}, {1706, boot_command}, {1900, versions}, {2005, recovered},
	{2100, time_set}, {2200, ip_settings}, {2201, name}, {2202, name}, {2203, vlan},
	{2204, link_policy}, {2403, frozen}, {2700, wifi_profile}, {2701, name},
	{2702, wifi_profile}, {2703, wifi_sync}, {2704, link_preference}, {2705, enabled},
	{3000, opt_in_policy}, {3001, consent_code},
};
/* clang-format on */

const char *device_audit_extra_text(struct arena *a, const struct audit_record *r)
{
	struct rd data = rd_init(r->extra.p, r->extra.n);

	for (size_t i = 0; i < ARRAY_LEN(rows) && r->event < 100; i++) {
		if (rows[i].event != r->app * 100u + r->event)
			continue;
		const char *text = rows[i].text(a, &data);
		return data.st == RD_OK ? text : NULL;
	}
	return NULL;
}
