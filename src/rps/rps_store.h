/* SPDX-License-Identifier: Apache-2.0
 * What the RPS keeps: rows as upstream has them (rps.md 3) and secrets under upstream's
 * paths (rps.md 4), read and written as one thing.
 *
 * Names are compared without case, answers and secret paths use the stored spelling.
 * Every call takes the tenant it may see; "" is the default one, whose secrets are at
 * upstream's paths ("profiles/<name>"); those of others are below "tenants/<tenant>/".
 * Rows that upstream wrote for another tenant are found at upstream's path too, until
 * this program writes them.
 *
 * A row and its secret change together. The secret is written first, beside its
 * predecessor, each with a tag; the row's tag says which of them is valid. So a crash, a
 * version conflict or a database that refuses leaves the old pair, complete.
 *
 * Common errors: ERR_NOT_FOUND (no such row for this tenant), ERR_UNAVAILABLE and
 * ERR_TIMEOUT (a store cannot be asked), ERR_CANCELLED.
 */
#ifndef RPS_RPS_STORE_H
#define RPS_RPS_STORE_H

#include <base/secret.h>
#include <store/db.h>
#include <store/device_secrets.h>
#include <store/migrate.h>

extern const struct migration rps_migrations[];
extern const size_t rps_migrations_n;

struct rps_store;

/* Does not own the two. */
struct rps_store *rps_store_new(struct db *d, struct secrets *s);
void rps_store_free(struct rps_store *s);

/* ---- rows; texts may be NULL where the column may be ---- */

struct rps_ciraconfig {
	const char *name, *mps_address, *user, *common_name;
	int address_format; /* 3 IPv4, 4 IPv6, 201 FQDN */
	int auth_method;    /* 1 mutual, 2 user and password */
	int mps_port;
	const char *root_certificate; /* as sent: base64 of DER, or PEM */
	const char *proxy_details;
	const char *version;
};

struct rps_ieee8021x {
	const char *name;
	int protocol;	 /* rps.md 2.7 */
	int pxe_timeout; /* s */
	bool wired;
	const char *version;
};

struct rps_wireless {
	const char *name, *ssid;
	int authentication; /* 4 WPA-PSK, 5 WPA-802.1x, 6 WPA2-PSK, 7 WPA2-802.1x */
	int encryption;	    /* 3 TKIP, 4 CCMP */
	int psk_value;
	const char *link_policy;    /* JSON array of integers or NULL */
	const char *ieee8021x_name; /* or NULL */
	const char *version;
};

struct rps_proxy {
	const char *name, *address, *dns_suffix;
	int info_format; /* 3 IPv4, 4 IPv6, 201 FQDN */
	int port;
};

struct rps_domain {
	const char *name, *suffix, *storage_format;
	int64_t expires; /* wall-clock ms: the earliest end in the chain; -1 = unknown */
	const char *version;
};

/* A name in a profile's list. */
struct rps_link {
	const char *name;
	int priority;
};

enum rps_tristate {
	RPS_UNSET = -1,
	RPS_NO,
	RPS_YES
}; /* a boolean column that may be NULL */

struct rps_profile {
	const char *name;
	const char *activation; /* "acmactivate" | "ccmactivate" */
	bool random_amt, random_mebx;
	const char *cira_name;	    /* or NULL */
	const char *ieee8021x_name; /* or NULL; wired */
	const char *tags;	    /* JSON array or NULL */
	enum rps_tristate dhcp, ip_sync, local_wifi_sync, uefi_wifi_sync;
	enum rps_tristate ider, kvm, sol;
	int tls_mode;		   /* 1..4, 0 = none */
	const char *tls_authority; /* "SelfSigned" | "MicrosoftCA" | NULL */
	const char *user_consent;  /* "None" | "All" | "KVM" | NULL */
	const char *version;
	struct rps_link *wifi,
		*proxies; /* wifi: by priority, then name; proxies: by name */
	size_t n_wifi, n_proxies;
};

static inline bool rps_profile_is_acm(const struct rps_profile *p)
{
	return strcmp(p->activation, "acmactivate") == 0;
}

/* ---- for flows: one profile with all that it names, and the secrets ---- */

struct rps_setup_wifi {
	struct rps_wireless config;
	int priority;
	struct secret psk;		       /* unset with 802.1x */
	const struct rps_ieee8021x *ieee8021x; /* or NULL */
};

/* The certificates at TLS/<profile>: made with a profile whose authority is "SelfSigned".
 */
struct rps_setup_tls {
	struct str root_der, leaf_der;
	struct secret root_key, leaf_key; /* PEM */
};

struct rps_setup {
	struct rps_profile profile;
	struct secret amt_password;	   /* unset = to be generated per device */
	struct secret mebx_password;	   /* unset = to be generated, or none in CCM */
	const struct rps_ciraconfig *cira; /* or NULL */
	struct secret mps_password;	   /* unset = to be generated per device */
	const struct rps_ieee8021x *wired; /* or NULL */
	struct rps_setup_wifi *wifi;	   /* in the order of profile.wifi */
	size_t n_wifi;
	struct rps_proxy *proxies; /* in the order of profile.proxies */
	size_t n_proxies;
	bool has_tls;
	struct rps_setup_tls tls;
};

/* Everything in the arena but the secrets: rps_setup_fini wipes those (a zeroed one is
 * fine). ERR_NOT_FOUND: no such profile, or a part or secret that the profile names is
 * missing (the message says which). */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_setup_read(struct rps_store *s,
						     const char *tenant, const char *name,
						     struct arena *a,
						     struct deadline until,
						     struct rps_setup *out);
void rps_setup_fini(struct rps_setup *s);

/* The domain for a device's DNS name: the whole of it, then without its leftmost label,
 * down to two labels (rps.md 7). pfx: base64 of the PKCS#12 file; parse it with
 * rps_pfx_read (rps_pfx.h). The caller fini's both secrets. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_domain_match(
	struct rps_store *s, const char *tenant, const char *fqdn, struct arena *a,
	struct deadline until, struct rps_domain *out, struct secret *pfx,
	struct secret *password);

/* ---- devices ---- */

/* What was activated here: whose it is, with which profile, and how old its password is.
 * Their secrets: store/device_secrets.h. */
struct rps_device {
	const char *guid, *tenant, *profile;
	int64_t activated_at, password_set_at; /* wall-clock ms, -1 = unknown */
	bool password_generated;	       /* by us; else somebody chose it */
};
/* Inserts or replaces. ERR_CONFLICT when another tenant has the GUID. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_device_put(struct rps_store *s,
						     const struct rps_device *d,
						     struct deadline until);
/* tenant NULL: whosever it is. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_device_get(struct rps_store *s,
						     const char *tenant, const char *guid,
						     struct arena *a,
						     struct deadline until,
						     struct rps_device *out);
OB_MUST_CHECK OB_SUSPENDS struct err *rps_device_delete(struct rps_store *s,
							const char *guid,
							struct deadline until);
/* Rotation: those of all tenants whose password was generated before the instant, oldest
 * first; nobody else gets them for lease_ms. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_device_claim(
	struct rps_store *s, int64_t set_before, int64_t lease_ms, size_t max,
	struct arena *a, struct deadline until, struct rps_device **out, size_t *n);
/* A claimed one is due again at an instant (wall clock, ms). */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_device_rotate_after(struct rps_store *s,
							      const char *guid,
							      int64_t at,
							      struct deadline until);
/* Its password is of now. A device without a record is no error. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_device_password_set(struct rps_store *s,
							      const char *guid,
							      bool generated,
							      struct deadline until);

#endif
