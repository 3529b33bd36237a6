/* SPDX-License-Identifier: Apache-2.0
 * What the firmware of a full virtual device remembers: set-up state, accounts, keys, and
 * the instances of every class it stores. wsman.md D.1, B.1-B.5.
 *
 * Everything above "volatile" is in the state file; a request that changes it is answered
 * only when the file is on disk (state_file.c). Light devices have none of this.
 */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <base/secret.h>
#include <openssl/x509.h>
#include <sim/device.h>
#include <sim/on_die.h>
#include <sim/store.h>
#include <sim/subjects.h>

#define SIM_MAX_ACCOUNTS 16 /* besides admin */
#define SIM_MAX_HASHES 32
#define SIM_MAX_KEYS 16
#define SIM_MAX_CHAIN 5	 /* leaf to root */
#define SIM_USER_SIZE 17 /* 16 characters, wsman.md B.5 */
#define SIM_SUFFIX_SIZE 256
#define SIM_HANDLE_SIZE 64 /* "Intel(r) AMT Certificate: Handle: 0" */
#define SIM_LOCAL_USER "$$OsAdmin"

/* Realms of accounts (wsman.md B.5): bit 1 << code. */
enum sim_realm {
	SIM_REALM_REDIRECTION = 2,
	SIM_REALM_ADMINISTRATION = 3,
	SIM_REALM_HARDWARE_ASSET = 4,
	SIM_REALM_REMOTE_CONTROL = 5,
	SIM_REALM_EVENT_MANAGER = 7,
	SIM_REALM_NETWORK_TIME = 12,
	SIM_REALM_GENERAL_INFO = 13,
	SIM_REALM_EVENT_LOG_READER = 19,
	SIM_REALM_AUDIT_LOG = 20,
	SIM_REALM_USER_ACCESS = 21,
	SIM_REALM_LOCAL_SYSTEM = 24,
};
#define SIM_ALL_REALMS (~0u)

struct sim_account {
	uint32_t handle;	  /* 0 = free; from 1 */
	char user[SIM_USER_SIZE]; /* empty: a Kerberos account */
	uint8_t ha1[16];
	char sid[96];	 /* base64 */
	uint8_t access;	 /* enum amt_access */
	uint32_t realms; /* bits */
	bool enabled;
};

struct sim_trusted_hash {
	char name[64];
	uint8_t algorithm; /* 1 SHA-1, 2 SHA-256, 3 SHA-384 */
	uint8_t digest[48];
	bool active, is_default;
};

struct sim_key {
	char id[SIM_HANDLE_SIZE]; /* InstanceID of its AMT_PublicPrivateKeyPair; empty =
				     free */
	struct secret der;	  /* PKCS#1 RSAPrivateKey */
};

/* TLS settings as committed: what the ports do. */
struct sim_tls_mode {
	bool enabled, accept_plain, mutual;
};

struct sim_faults;

struct sim_state {
	uint8_t uuid[16]; /* SMBIOS order */
	char realm[SIM_REALM_SIZE];
	uint8_t provisioning; /* enum amt_provisioning_state */
	uint8_t mode;	      /* enum ips_control_mode */
	bool client_mode_disabled;
	bool admin_set;
	char admin_user[SIM_USER_SIZE];
	uint8_t admin_ha1[16];
	bool mebx_set;
	uint8_t mebx[32];		  /* SHA-256 of UUID and password */
	char dns_suffix[SIM_SUFFIX_SIZE]; /* trusted, from MEBx; kept by Unprovision */
	char network_suffix[SIM_SUFFIX_SIZE]; /* DHCP option 15: where the device is */
	int64_t clock_offset_s;		      /* device's clock minus this machine's */
	bool clock_set;
	bool tls_enforced; /* a platform without plain ports, as from AMT 19 on */
	struct sim_on_die on_die;
	struct sim_tls_mode tls_network, tls_local;
	/* InstanceID, committed; empty with TLS on: the platform's own. */
	char tls_certificate[SIM_HANDLE_SIZE];
	struct sim_account accounts[SIM_MAX_ACCOUNTS];
	struct sim_trusted_hash hashes[SIM_MAX_HASHES];
	size_t n_hashes;
	struct sim_key keys[SIM_MAX_KEYS];
	struct sim_store store;
	struct sim_subjects subjects; /* in part volatile */

	/* ---- volatile ---- */
	char *dir; /* NULL: nothing is written */
	int lock_fd;
	uint8_t nonce[20]; /* ConfigurationNonce */
	X509 *chain[SIM_MAX_CHAIN];
	size_t n_chain;
	bool chain_complete;
	struct secret local_password; /* of SIM_LOCAL_USER, new with every start */
	bool tunnel_connected;	      /* set by the one who calls home */
	struct sim_faults *faults;    /* borrowed; NULL = none */
	/* Called on the loop, soon after a change was saved or SIM_AFTER_ flags were
	 * raised. */
	void (*notify)(void *arg, unsigned after);
	void *notify_arg;
};

/* What an answered request asks the device's runner to do. */
#define SIM_AFTER_CHANGE                                                                \
	1u		     /* something was saved: look at ports and calls home again \
			      */
#define SIM_AFTER_RESTART 2u /* the network stack restarts: connections drop */
#define SIM_AFTER_HANG_UP 4u /* close the tunnel to the MPS */
#define SIM_AFTER_CALL 8u    /* somebody at the device asks for help: call home now */

/* How a device leaves the factory. */
struct sim_birth {
	uint8_t uuid[16];
	const char *dns_suffix;	  /* or NULL */
	const char *const *trust; /* SHA-256 (64 hex digits) or SHA-384 (96) of roots to
				     trust besides the built-in ones */
	size_t n_trust;
	bool tls;	     /* no plain ports, as from AMT 19 on */
	int mode;	     /* enum ips_control_mode to begin in */
	struct str password; /* of admin, when mode is not 0 */
};

/* A device as it leaves the factory (and is set up when birth says so); nothing on disk.
 * ERR_INVALID: a hash or a name is none. */
OB_MUST_CHECK struct err *sim_state_new(const struct sim_birth *b,
					struct sim_state **out);
void sim_state_free(struct sim_state *st);

/* Loads DIR/state.json, or makes it for a device as born. One process at a time:
 * ERR_CONFLICT when another has it; ERR_INVALID when the file is damaged, naming what. */
OB_MUST_CHECK struct err *sim_state_open(const char *dir, const struct sim_birth *b,
					 struct sim_state **out);
/* On disk when it returns NULL. After an error memory may be ahead: sim_state_reload. */
OB_MUST_CHECK struct err *sim_state_save(struct sim_state *st);
/* As after a loss of power: what is on disk, everything volatile new. After an error the
 * state is as it was. */
OB_MUST_CHECK struct err *sim_state_reload(struct sim_state *st);

/* ---- set-up ---- */

/* HA1 over the realm becomes admin's, the mode changes, a provisioning record is written;
 * the nonce changes and the certificate chain is dropped. */
void sim_state_provision(struct sim_state *st, int mode, const uint8_t ha1[16]);
/* Back to factory settings (wsman.md D.4); partial keeps admin, host and domain name. */
void sim_state_unprovision(struct sim_state *st, bool partial);
void sim_state_chain_drop(struct sim_state *st);
/* 8 to 32 characters, all four kinds. */
bool sim_password_strong(struct str password);
/* Letters, digits, hyphens, underscores and dots, shorter than SIM_SUFFIX_SIZE. "" is
 * one: no domain. */
bool sim_domain_valid(struct str name);
void sim_state_set_mebx(struct sim_state *st, struct str password);
bool sim_state_mebx_is(const struct sim_state *st, struct str password);

/* ---- accounts ---- */

void sim_ha1(const struct sim_state *st, struct str user, struct str password,
	     uint8_t out[16]);
struct sim_account *sim_state_account(struct sim_state *st, uint32_t handle);
struct sim_account *sim_state_account_named(struct sim_state *st, struct str user);

/* ---- keys and certificates ---- */

/* Private key of a key pair's InstanceID, or NULL. */
const struct sim_key *sim_state_key(const struct sim_state *st, struct str id);
void sim_state_key_remove(struct sim_state *st, struct str id);
/* Adds key pair and private key; its InstanceID, or NULL when all places are taken. */
const char *sim_state_key_add(struct sim_state *st, EVP_PKEY *key);
/* New reference or NULL. */
EVP_PKEY *sim_key_open(const struct sim_key *k);
EVP_PKEY *sim_state_key_of(const struct sim_state *st, const X509 *cert);
/* The certificate of an InstanceID; new reference or NULL. */
X509 *sim_state_certificate(const struct sim_state *st, struct str id);

/* Unix time as the device sees it. */
int64_t sim_state_now(const struct sim_state *st);

/* Puts the template's instances into an empty store. */
OB_MUST_CHECK struct err *sim_factory_fill(struct sim_store *s);
/* The same for any template text, for tests. ERR_INVALID names the line. */
OB_MUST_CHECK struct err *sim_factory_parse(struct str text, struct sim_store *s);

#endif
