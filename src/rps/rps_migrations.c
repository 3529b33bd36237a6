/* SPDX-License-Identifier: Apache-2.0
 * The schema of the RPS (rps.md 3). On PostgreSQL it may be adopted from upstream, whose
 * program may go on writing to it: our own columns have no constraint that its statements
 * could break. Names compare without case: citext there, NOCASE on SQLite.
 */
#include <rps/rps_store.h>

/* PostgreSQL: xmin is the version, as upstream has it; SQLite has a column. */
static const struct db_stmt has_citext_stmt = {
	"rps.citext", "SELECT NULL", "SELECT CAST(to_regtype('citext') AS text)"};
static const struct db_stmt add_citext_stmt = {"rps.citext.add", "SELECT 1",
					       "CREATE EXTENSION IF NOT EXISTS citext"};

static struct err *has_citext(struct db_tx *tx, bool *out)
{
	struct arena a = {0};
	struct db_rows *r;
	struct err *e = db_tx_query(tx, &has_citext_stmt, NULL, 0, &a, &r);

	if (e == NULL)
		*out = db_text(r, 0, 0) != NULL;
	arena_fini(&a);
	return e;
}

/* Without citext in the search path, names would compare with case, silently. */
static struct err *need_citext(struct db_tx *tx, void *arg)
{
	bool there;

	if (db_tx_dialect(tx) != DB_POSTGRES)
		return NULL;
	TRY(has_citext(tx, &there));
	if (there)
		return NULL;
	struct err *e = db_tx_exec(tx, &add_citext_stmt, NULL, 0, NULL);
	if (e != NULL)
		return err_wrap(e, "the RPS needs the extension citext; let a superuser "
				   "run CREATE EXTENSION citext in this database");
	TRY(has_citext(tx, &there));
	if (!there)
		return err_new(
			ERR_INVALID,
			"the extension citext is in a schema that the connection's "
			"search_path does not name; add that schema to it");
	return NULL;
}

/* clang-format off */
static const char tables_sqlite[] =
	"CREATE TABLE ciraconfigs(\n"
	"	cira_config_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	mps_server_address TEXT,\n"
	"	mps_port INTEGER,\n"
	"	user_name TEXT,\n"
	"	password TEXT,\n"
	"	common_name TEXT,\n"
	"	server_address_format INTEGER,\n"
	"	auth_method INTEGER,\n"
	"	mps_root_certificate TEXT,\n"
	"	proxydetails TEXT,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	secret_tag TEXT,\n"
	"	version INTEGER NOT NULL,\n"
	"	PRIMARY KEY(cira_config_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE ieee8021xconfigs(\n"
	"	profile_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	auth_protocol INTEGER,\n"
	"	servername TEXT,\n"
	"	domain TEXT,\n"
	"	username TEXT,\n"
	"	password TEXT,\n"
	"	roaming_identity TEXT,\n"
	"	active_in_s0 INTEGER,\n"
	"	pxe_timeout INTEGER,\n"
	"	wired_interface INTEGER NOT NULL,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	version INTEGER NOT NULL,\n"
	"	PRIMARY KEY(profile_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE wirelessconfigs(\n"
	"	wireless_profile_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	authentication_method INTEGER,\n"
	"	encryption_method INTEGER,\n"
	"	ssid TEXT,\n"
	"	psk_value INTEGER,\n"
	"	psk_passphrase TEXT,\n"
	"	link_policy TEXT,\n"
	"	creation_date INTEGER,\n"
	"	created_by TEXT,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	ieee8021x_profile_name TEXT COLLATE NOCASE,\n"
	"	secret_tag TEXT,\n"
	"	version INTEGER NOT NULL,\n"
	"	FOREIGN KEY(ieee8021x_profile_name, tenant_id)\n"
	"		REFERENCES ieee8021xconfigs(profile_name, tenant_id),\n"
	"	PRIMARY KEY(wireless_profile_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE profiles(\n"
	"	profile_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	activation TEXT NOT NULL,\n"
	"	amt_password TEXT,\n"
	"	generate_random_password INTEGER NOT NULL,\n"
	"	cira_config_name TEXT COLLATE NOCASE,\n"
	"	creation_date INTEGER,\n"
	"	created_by TEXT,\n"
	"	mebx_password TEXT,\n"
	"	generate_random_mebx_password INTEGER NOT NULL,\n"
	"	tags TEXT,\n"
	"	dhcp_enabled INTEGER,\n"
	"	ip_sync_enabled INTEGER,\n"
	"	local_wifi_sync_enabled INTEGER,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	tls_mode INTEGER,\n"
	"	user_consent TEXT,\n"
	"	ider_enabled INTEGER,\n"
	"	kvm_enabled INTEGER,\n"
	"	sol_enabled INTEGER,\n"
	"	tls_signing_authority TEXT,\n"
	"	ieee8021x_profile_name TEXT COLLATE NOCASE,\n"
	"	uefi_wifi_sync_enabled INTEGER,\n"
	"	secret_tag TEXT,\n"
	"	version INTEGER NOT NULL,\n"
	"	FOREIGN KEY(cira_config_name, tenant_id)\n"
	"		REFERENCES ciraconfigs(cira_config_name, tenant_id),\n"
	"	FOREIGN KEY(ieee8021x_profile_name, tenant_id)\n"
	"		REFERENCES ieee8021xconfigs(profile_name, tenant_id),\n"
	"	PRIMARY KEY(profile_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE profiles_wirelessconfigs(\n"
	"	wireless_profile_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	profile_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	priority INTEGER NOT NULL,\n"
	"	creation_date INTEGER,\n"
	"	created_by TEXT,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	FOREIGN KEY(wireless_profile_name, tenant_id)\n"
	"		REFERENCES wirelessconfigs(wireless_profile_name, tenant_id),\n"
	"	FOREIGN KEY(profile_name, tenant_id) REFERENCES profiles(profile_name, tenant_id),\n"
	"	PRIMARY KEY(wireless_profile_name, profile_name, priority, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE domains(\n"
	"	name TEXT NOT NULL COLLATE NOCASE,\n"
	"	domain_suffix TEXT NOT NULL COLLATE NOCASE,\n"
	"	provisioning_cert TEXT,\n"
	"	provisioning_cert_storage_format TEXT,\n"
	"	provisioning_cert_key TEXT,\n"
	"	creation_date INTEGER,\n"
	"	expiration_date INTEGER,\n"
	"	created_by TEXT,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	secret_tag TEXT,\n"
	"	version INTEGER NOT NULL,\n"
	"	CONSTRAINT domainname UNIQUE(name, tenant_id),\n"
	"	CONSTRAINT domainsuffix UNIQUE(domain_suffix, tenant_id),\n"
	"	PRIMARY KEY(name, domain_suffix, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE proxyconfigs(\n"
	"	proxy_config_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	address TEXT NOT NULL COLLATE NOCASE,\n"
	"	info_format INTEGER NOT NULL,\n"
	"	port INTEGER NOT NULL,\n"
	"	network_dns_suffix TEXT,\n"
	"	creation_date INTEGER,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	version INTEGER NOT NULL,\n"
	"	CONSTRAINT address_port_tenant_id UNIQUE(address, port, tenant_id),\n"
	"	PRIMARY KEY(proxy_config_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE profiles_proxyconfigs(\n"
	"	proxy_config_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	profile_name TEXT NOT NULL COLLATE NOCASE,\n"
	"	priority INTEGER NOT NULL,\n"
	"	creation_date INTEGER,\n"
	"	created_by TEXT,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	FOREIGN KEY(proxy_config_name, tenant_id)\n"
	"		REFERENCES proxyconfigs(proxy_config_name, tenant_id),\n"
	"	FOREIGN KEY(profile_name, tenant_id) REFERENCES profiles(profile_name, tenant_id),\n"
	"	PRIMARY KEY(proxy_config_name, profile_name, priority, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE INDEX profiles_wirelessconfigs_profile\n"
	"	ON profiles_wirelessconfigs(profile_name, tenant_id)\n"
	";;\n"
	"CREATE INDEX profiles_proxyconfigs_profile\n"
	"	ON profiles_proxyconfigs(profile_name, tenant_id)\n";

/* Older releases of upstream lack the later tables and columns. */
static const char tables_postgres[] =
	"CREATE TABLE IF NOT EXISTS ciraconfigs(\n"
	"	cira_config_name citext NOT NULL,\n"
	"	mps_server_address varchar(256),\n"
	"	mps_port integer,\n"
	"	user_name varchar(40),\n"
	"	password varchar(63),\n"
	"	common_name varchar(256),\n"
	"	server_address_format integer,\n"
	"	auth_method integer,\n"
	"	mps_root_certificate text,\n"
	"	proxydetails text,\n"
	"	tenant_id varchar(36) NOT NULL,\n"
	"	PRIMARY KEY(cira_config_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE IF NOT EXISTS ieee8021xconfigs(\n"
	"	profile_name citext,\n"
	"	auth_protocol integer,\n"
	"	servername varchar(255),\n"
	"	domain varchar(255),\n"
	"	username varchar(255),\n"
	"	password varchar(255),\n"
	"	roaming_identity varchar(255),\n"
	"	active_in_s0 boolean,\n"
	"	pxe_timeout integer,\n"
	"	wired_interface boolean NOT NULL,\n"
	"	tenant_id varchar(36) NOT NULL,\n"
	"	PRIMARY KEY(profile_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE IF NOT EXISTS wirelessconfigs(\n"
	"	wireless_profile_name citext NOT NULL,\n"
	"	authentication_method integer,\n"
	"	encryption_method integer,\n"
	"	ssid varchar(32),\n"
	"	psk_value integer,\n"
	"	psk_passphrase varchar(63),\n"
	"	link_policy int[],\n"
	"	creation_date timestamp,\n"
	"	created_by varchar(40),\n"
	"	tenant_id varchar(36) NOT NULL,\n"
	"	ieee8021x_profile_name citext,\n"
	"	FOREIGN KEY(ieee8021x_profile_name, tenant_id)\n"
	"		REFERENCES ieee8021xconfigs(profile_name, tenant_id),\n"
	"	PRIMARY KEY(wireless_profile_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE IF NOT EXISTS profiles(\n"
	"	profile_name citext NOT NULL,\n"
	"	activation varchar(20) NOT NULL,\n"
	"	amt_password varchar(40),\n"
	"	generate_random_password boolean NOT NULL,\n"
	"	cira_config_name citext,\n"
	"	creation_date timestamp,\n"
	"	created_by varchar(40),\n"
	"	mebx_password varchar(40),\n"
	"	generate_random_mebx_password boolean NOT NULL,\n"
	"	tags text[],\n"
	"	dhcp_enabled boolean,\n"
	"	ip_sync_enabled boolean,\n"
	"	local_wifi_sync_enabled boolean,\n"
	"	tenant_id varchar(36) NOT NULL,\n"
	"	tls_mode integer,\n"
	"	user_consent varchar(7),\n"
	"	ider_enabled boolean,\n"
	"	kvm_enabled boolean,\n"
	"	sol_enabled boolean,\n"
	"	tls_signing_authority varchar(40),\n"
	"	ieee8021x_profile_name citext,\n"
	"	uefi_wifi_sync_enabled boolean,\n"
	"	FOREIGN KEY(cira_config_name, tenant_id)\n"
	"		REFERENCES ciraconfigs(cira_config_name, tenant_id),\n"
	"	FOREIGN KEY(ieee8021x_profile_name, tenant_id)\n"
	"		REFERENCES ieee8021xconfigs(profile_name, tenant_id),\n"
	"	PRIMARY KEY(profile_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE IF NOT EXISTS profiles_wirelessconfigs(\n"
	"	wireless_profile_name citext,\n"
	"	profile_name citext,\n"
	"	priority integer,\n"
	"	creation_date timestamp,\n"
	"	created_by varchar(40),\n"
	"	tenant_id varchar(36) NOT NULL,\n"
	"	FOREIGN KEY(wireless_profile_name, tenant_id)\n"
	"		REFERENCES wirelessconfigs(wireless_profile_name, tenant_id),\n"
	"	FOREIGN KEY(profile_name, tenant_id) REFERENCES profiles(profile_name, tenant_id),\n"
	"	PRIMARY KEY(wireless_profile_name, profile_name, priority, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE IF NOT EXISTS domains(\n"
	"	name citext NOT NULL,\n"
	"	domain_suffix citext NOT NULL,\n"
	"	provisioning_cert text,\n"
	"	provisioning_cert_storage_format varchar(40),\n"
	"	provisioning_cert_key text,\n"
	"	creation_date timestamp,\n"
	"	expiration_date timestamp,\n"
	"	created_by varchar(40),\n"
	"	tenant_id varchar(36) NOT NULL,\n"
	"	CONSTRAINT domainname UNIQUE(name, tenant_id),\n"
	"	CONSTRAINT domainsuffix UNIQUE(domain_suffix, tenant_id),\n"
	"	PRIMARY KEY(name, domain_suffix, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE IF NOT EXISTS proxyconfigs(\n"
	"	proxy_config_name citext,\n"
	"	address citext NOT NULL,\n"
	"	info_format integer NOT NULL,\n"
	"	port integer NOT NULL,\n"
	"	network_dns_suffix varchar(192),\n"
	"	creation_date timestamp,\n"
	"	tenant_id varchar(36),\n"
	"	CONSTRAINT address_port_tenant_id UNIQUE(address, port, tenant_id),\n"
	"	PRIMARY KEY(proxy_config_name, tenant_id)\n"
	")\n"
	";;\n"
	"CREATE TABLE IF NOT EXISTS profiles_proxyconfigs(\n"
	"	proxy_config_name citext,\n"
	"	profile_name citext,\n"
	"	priority integer,\n"
	"	creation_date timestamp,\n"
	"	created_by varchar(40),\n"
	"	tenant_id varchar(36),\n"
	"	FOREIGN KEY(proxy_config_name, tenant_id)\n"
	"		REFERENCES proxyconfigs(proxy_config_name, tenant_id),\n"
	"	FOREIGN KEY(profile_name, tenant_id) REFERENCES profiles(profile_name, tenant_id),\n"
	"	PRIMARY KEY(proxy_config_name, profile_name, priority, tenant_id)\n"
	")\n"
	";;\n"
	"ALTER TABLE ciraconfigs ADD COLUMN IF NOT EXISTS secret_tag text\n"
	";;\n"
	"ALTER TABLE wirelessconfigs\n"
	"	ADD COLUMN IF NOT EXISTS ieee8021x_profile_name citext,\n"
	"	ADD COLUMN IF NOT EXISTS secret_tag text\n"
	";;\n"
	"ALTER TABLE domains\n"
	"	ADD COLUMN IF NOT EXISTS expiration_date timestamp,\n"
	"	ADD COLUMN IF NOT EXISTS secret_tag text\n"
	";;\n"
	"ALTER TABLE profiles\n"
	"	ADD COLUMN IF NOT EXISTS tls_mode integer,\n"
	"	ADD COLUMN IF NOT EXISTS user_consent varchar(7),\n"
	"	ADD COLUMN IF NOT EXISTS ider_enabled boolean,\n"
	"	ADD COLUMN IF NOT EXISTS kvm_enabled boolean,\n"
	"	ADD COLUMN IF NOT EXISTS sol_enabled boolean,\n"
	"	ADD COLUMN IF NOT EXISTS tls_signing_authority varchar(40),\n"
	"	ADD COLUMN IF NOT EXISTS ieee8021x_profile_name citext,\n"
	"	ADD COLUMN IF NOT EXISTS ip_sync_enabled boolean,\n"
	"	ADD COLUMN IF NOT EXISTS local_wifi_sync_enabled boolean,\n"
	"	ADD COLUMN IF NOT EXISTS uefi_wifi_sync_enabled boolean,\n"
	"	ADD COLUMN IF NOT EXISTS secret_tag text\n";

/* Paths of secrets whose row is gone or needs them no more: deleted after the row's
 * change is durable, and again at the next start if that did not happen. */
static const char own_sqlite[] =
	"CREATE TABLE rps_secret_garbage(path TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID\n"
	";;\n"
	"CREATE TABLE rps_devices(\n"
	"	guid TEXT NOT NULL PRIMARY KEY,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	profile_name TEXT,\n"
	"	activated_at INTEGER,\n"
	"	password_set_at INTEGER\n"
	")\n"
	";;\n"
	"CREATE INDEX rps_devices_due ON rps_devices(password_set_at)\n";

static const char own_postgres[] =
	"CREATE TABLE rps_secret_garbage(path text PRIMARY KEY)\n"
	";;\n"
	"CREATE TABLE rps_devices(\n"
	"	guid uuid PRIMARY KEY,\n"
	"	tenant_id varchar(36) NOT NULL,\n"
	"	profile_name text,\n"
	"	activated_at timestamp with time zone,\n"
	"	password_set_at timestamp with time zone\n"
	")\n"
	";;\n"
	"CREATE INDEX rps_devices_due ON rps_devices(password_set_at)\n";

/* Of devices that were activated before, the profile tells. */
#define ROTATION(time)                                                                    \
	"ALTER TABLE rps_devices ADD COLUMN password_generated boolean NOT NULL DEFAULT FALSE\n" \
	";;\n"                                                                            \
	"ALTER TABLE rps_devices ADD COLUMN rotate_after " time "\n"                      \
	";;\n"                                                                            \
	"UPDATE rps_devices SET password_generated = TRUE WHERE EXISTS(SELECT 1 FROM profiles p" \
	" WHERE p.profile_name = rps_devices.profile_name"                                \
	" AND p.tenant_id = rps_devices.tenant_id AND p.generate_random_password)\n"
static const char rotation_sqlite[] = ROTATION("INTEGER");
static const char rotation_postgres[] = ROTATION("timestamp with time zone");
/* clang-format on */

const struct migration rps_migrations[] = {
	{.version = 1, .title = "names that compare without case", .code = need_citext},
	{.version = 2,
	 .title = "profiles and their parts, as upstream has them",
	 .sqlite = tables_sqlite,
	 .postgres = tables_postgres},
	{.version = 3,
	 .title = "secrets to be deleted, devices that were activated",
	 .sqlite = own_sqlite,
	 .postgres = own_postgres},
	{.version = 4,
	 .title = "which passwords were generated, and when they are due",
	 .sqlite = rotation_sqlite,
	 .postgres = rotation_postgres},
};
const size_t rps_migrations_n = ARRAY_LEN(rps_migrations);
