/* SPDX-License-Identifier: Apache-2.0
 * Commands and their flags, as data: parser, help, shell completion and man page walk the
 * same tables. One list of commands per form (rpc.md 1).
 */
#ifndef AGENT_RPC_COMMAND_H
#define AGENT_RPC_COMMAND_H

#include <agent/rpc/rpc.h>

enum rpc_flag_kind {
	FLAG_BOOL,
	FLAG_TEXT,
	FLAG_SECRET, /* has a companion NAME-fd that takes a descriptor to read it from */
	FLAG_SHOW,   /* bit sets 1 << bit in rpc_options.show */
	FLAG_CLASS,  /* repeatable; appends to rpc_options.classes */
};

struct rpc_flag {
	const char *name; /* without dashes */
	char letter;	  /* v3: its short form; 0 = none */
	uint8_t kind, bit;
	uint16_t offset;  /* in struct rpc_options */
	uint16_t missing; /* v2: exit code when its value is missing; 0 = 28 */
	const char *env;
	const char *value;	/* what help calls its value */
	const char *by_default; /* or NULL */
	const char *help;
};

#define RPC_FLAG_GROUPS 4

/* What must hold before it runs. */
#define RPC_NEEDS_HECI 1u     /* control mode was read */
#define RPC_NEEDS_ACTIVE 2u   /* activated; else 120 (v3: 115) */
#define RPC_NEEDS_PASSWORD 4u /* asked for when it was not given */
#define RPC_NEEDS_OPTION 8u   /* v2: without any option its options are listed; 28 */

struct rpc_cli_command {
	const char *name; /* "configure wired" */
	const char
		*aliases; /* of its last word: "ethernet addethernetsettings"; or NULL */
	const struct rpc_flag
		*flags[RPC_FLAG_GROUPS]; /* each list ends with a NULL name */
	unsigned needs;
	OB_SUSPENDS struct err *(*run)(struct rpc *r); /* NULL: a group of others */
	const char *help;
	const char *example; /* or NULL */
};

/* Lists end with a NULL name. Groups come before their members. */
extern const struct rpc_cli_command rpc_v2_commands[], rpc_v3_commands[];
const struct rpc_cli_command *rpc_cli_commands(enum rpc_form form);
/* Flags of a command that match: name without dashes. NULL. */
const struct rpc_flag *rpc_flag_find(const struct rpc_cli_command *c, struct str name);
const struct rpc_flag *rpc_flag_letter(const struct rpc_cli_command *c, char letter);
/* The environment variable that feeds f in that form, or NULL. In v3 the name is made of
 * the flag's ("RPC_PROVISIONING_STATE") unless the table has one. */
const char *rpc_flag_env(const struct rpc_flag *f, enum rpc_form form, struct arena *a);

/* ---- lists of flags: flags_v2.c, flags_v3.c ---- */

extern const struct rpc_flag rpc_v2_common[], rpc_v2_force[], rpc_v2_uuid[],
	rpc_v2_amtinfo[], rpc_v2_version[], rpc_v2_activate[], rpc_v2_deactivate[],
	rpc_v2_syncip[], rpc_v2_changepassword[], rpc_v2_config[], rpc_v2_wired[],
	rpc_v2_wireless[], rpc_v2_tls[], rpc_v2_mebx[], rpc_v2_amtfeatures[],
	rpc_v2_amtpassword[], rpc_v2_cira[];
extern const struct rpc_flag rpc_v3_common[], rpc_v3_amtinfo[], rpc_v3_activate[],
	rpc_v3_deactivate[], rpc_v3_mebx[], rpc_v3_amt_password[], rpc_v3_amt_features[],
	rpc_v3_cira[], rpc_v3_wifi_sync[], rpc_v3_wireless[], rpc_v3_wired[],
	rpc_v3_tls[], rpc_v3_proxy[], rpc_v3_output[], rpc_v3_wsman[];

/* ---- what commands do ---- */

OB_MUST_CHECK OB_SUSPENDS struct err *rpc_amtinfo(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_version(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_activate(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_deactivate(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_sync_clock(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_sync_hostname(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_sync_ip(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_change_password(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_sync_device_info(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_diagnostics_cira(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_diagnostics_csme(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_diagnostics_wsman_list(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_diagnostics_wsman_get(struct rpc *r);
OB_MUST_CHECK struct err *rpc_completion_bash(struct rpc *r);
OB_MUST_CHECK struct err *rpc_manual(struct rpc *r);

#endif
