/* SPDX-License-Identifier: Apache-2.0
 * Help and usage.
 */
#include <agent/rpc/help.h>

#define INTRO                  \
	"rpc " OUTBAND_VERSION \
	": Remote Provisioning Client for Intel AMT on this machine\n\n"

static bool is_below(const struct rpc_cli_command *c, const struct rpc_cli_command *group)
{
	size_t n = strlen(group->name);

	return strncmp(c->name, group->name, n) == 0 && c->name[n] == ' ';
}

static void list_commands(struct buf *b, enum rpc_form form,
			  const struct rpc_cli_command *group)
{
	for (const struct rpc_cli_command *c = rpc_cli_commands(form); c->name != NULL;
	     c++) {
		if (c->run == NULL || (group != NULL && !is_below(c, group)))
			continue;
		buf_addf(b, "  %-28s %s\n", c->name, c->help);
	}
}

/* "-u, --url URL" or "-url URL" */
static void flag_head(struct buf *b, enum rpc_form form, const struct rpc_flag *f)
{
	if (form == RPC_V3 && f->letter != 0)
		buf_addf(b, "  -%c, --%s", f->letter, f->name);
	else
		buf_addf(b, form == RPC_V3 ? "      --%s" : "  -%s", f->name);
	if (f->value != NULL)
		buf_addf(b, " %s", f->value);
}

static void list_flags(struct buf *b, struct rpc *r, const struct rpc_flag *f)
{
	for (; f->name != NULL; f++) {
		size_t from = b->len;

		flag_head(b, r->form, f);
		if (b->len - from < 34)
			buf_addf(b, "%*s", (int)(34 - (b->len - from)), "");
		else
			buf_addf(b, "\n%*s", 34, "");
		buf_adds(b, f->help);
		if (f->by_default != NULL)
			buf_addf(b, " (default %s)", f->by_default);
		if (f->env != NULL)
			buf_addf(b, " [%s]", f->env);
		buf_addc(b, '\n');
	}
}

static void command_help(struct buf *b, struct rpc *r)
{
	const struct rpc_cli_command *c = r->command;

	buf_addf(b, "Usage: rpc %s%s\n\n%s.\n", c->name,
		 c->run != NULL ? " [OPTIONS]" : " COMMAND [OPTIONS]", c->help);
	if (c->run == NULL) {
		buf_adds(b, "\nCommands:\n");
		list_commands(b, r->form, c);
		return;
	}
	if (c->example != NULL)
		buf_addf(b, "\nExample: %s\n", c->example);
	buf_adds(b, "\nOptions:\n");
	/* The command's own come first, the common ones last. */
	for (int g = RPC_FLAG_GROUPS - 1; g >= 0; g--)
		if (c->flags[g] != NULL)
			list_flags(b, r, c->flags[g]);
	buf_adds(b,
		 "\nSecrets can be given in the environment (names in brackets), or by "
		 "descriptor:\n--password-fd 3 reads from descriptor 3. On the command "
		 "line they are wiped at once.\n");
}

static void all_help(struct buf *b, struct rpc *r)
{
	buf_adds(b, INTRO
		 "Usage: rpc COMMAND [OPTIONS]\n\n"
		 "Most used:\n"
		 "  rpc amtinfo                                           what this "
		 "device is and does\n"
		 "  rpc activate --url wss://HOST/activate --profile NAME set it up by "
		 "a server\n"
		 "  rpc activate --local --ccm                            set it up "
		 "without a server\n"
		 "  rpc deactivate --url wss://HOST/activate              undo it\n\n"
		 "Commands:\n");
	list_commands(b, RPC_V3, NULL);
	buf_adds(b, "\nCommands and options of rpc 2 work as before, with its output; "
		    "these are "
		    "such alone:\n");
	for (const struct rpc_cli_command *c = rpc_cli_commands(RPC_V2); c->name != NULL;
	     c++)
		if (c->run != NULL && strncmp(c->name, "maintenance", 11) == 0)
			buf_addf(b, "  %-28s %s\n", c->name, c->help);
	buf_adds(b, "\n`rpc COMMAND --help` tells a command's options; `man rpc` all of "
		    "it.\n");
}

void rpc_help(struct rpc *r)
{
	_cleanup_(buf_fini) struct buf b = {0};

	if (r->command == NULL)
		all_help(&b, r);
	else
		command_help(&b, r);
	rpc_write(r, buf_str(&b));
}

void rpc_usage(struct rpc *r)
{
	_cleanup_(buf_fini) struct buf b = {0};

	if (r->command == NULL)
		all_help(&b, r);
	else
		command_help(&b, r);
	rpc_complain(r, "%s", b.p);
}
