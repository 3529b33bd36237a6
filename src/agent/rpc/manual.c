/* SPDX-License-Identifier: Apache-2.0
 * Manual page and shell completion, from the tables of commands and flags: they cannot
 * differ from what the program does.
 */
#include <agent/rpc/command.h>

#include <agent/rpc/exit.h>

/* ---- bash ---- */

static void flag_words(struct buf *b, const struct rpc_cli_command *c, const char *dash)
{
	for (int g = 0; g < RPC_FLAG_GROUPS && c->flags[g] != NULL; g++)
		for (const struct rpc_flag *f = c->flags[g]; f->name != NULL; f++) {
			buf_addf(b, " %s%s", dash, f->name);
			if (f->kind == FLAG_SECRET)
				buf_addf(b, " %s%s-fd", dash, f->name);
		}
}

/* The next word of a command behind "group ". */
static void sub_words(struct buf *b, const char *group)
{
	size_t n = strlen(group);

	for (enum rpc_form form = RPC_V2; form <= RPC_V3; form++)
		for (const struct rpc_cli_command *c = rpc_cli_commands(form);
		     c->name != NULL; c++) {
			if (strncmp(c->name, group, n) != 0 ||
			    (n > 0 && c->name[n] != ' ') ||
			    strchr(c->name + n + (n > 0), ' ') != NULL)
				continue;
			buf_addf(b, " %s", c->name + n + (n > 0));
		}
}

static void bash_cases(struct buf *b, enum rpc_form form)
{
	for (const struct rpc_cli_command *c = rpc_cli_commands(form); c->name != NULL;
	     c++) {
		buf_addf(b, "\t\"%s\")\n\t\twords=\"$words", c->name);
		if (c->run == NULL)
			sub_words(b, c->name);
		else
			flag_words(b, c, form == RPC_V2 ? "-" : "--");
		buf_adds(b, "\" ;;\n");
	}
}

struct err *rpc_completion_bash(struct rpc *r)
{
	_cleanup_(buf_fini) struct buf b = {0};

	buf_adds(&b, "# rpc: completion for bash, made by `rpc completion bash`\n"
		     "_rpc()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd= words= i\n"
		     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		     "\t\t[[ ${COMP_WORDS[i]} == -* ]] && break\n"
		     "\t\tcmd+=\"${cmd:+ }${COMP_WORDS[i]}\"\n\tdone\n"
		     "\tcase $cmd in\n\t\"\")\n\t\twords=\"");
	sub_words(&b, "");
	buf_adds(&b, " --help\" ;;\n\tesac\n\tcase $cmd in\n");
	bash_cases(&b, RPC_V2);
	buf_adds(&b, "\tesac\n\tcase $cmd in\n");
	bash_cases(&b, RPC_V3);
	buf_adds(&b, "\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		     "\t[[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "
		     "\"$cur\"))\n"
		     "}\ncomplete -F _rpc rpc\n");
	rpc_write(r, buf_str(&b));
	return NULL;
}

/* ---- manual page ---- */

/* Text where roff would see commands. */
static void roff(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '-' || *s == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *s);
	}
}

static void roff_flag(struct buf *b, enum rpc_form form, const struct rpc_flag *f)
{
	buf_adds(b, ".TP\n.B ");
	if (form == RPC_V3 && f->letter != 0)
		buf_addf(b, "\\-%c, ", f->letter);
	buf_adds(b, form == RPC_V3 ? "\\-\\-" : "\\-");
	roff(b, f->name);
	if (f->value != NULL)
		buf_addf(b, " \\fI%s\\fR", f->value);
	buf_addc(b, '\n');
	roff(b, f->help);
	if (f->by_default != NULL) {
		buf_adds(b, " (default ");
		roff(b, f->by_default);
		buf_addc(b, ')');
	}
	if (f->env != NULL)
		buf_addf(b, ". Environment: %s", f->env);
	buf_addc(b, '\n');
}

static void roff_flags(struct buf *b, enum rpc_form form, const struct rpc_flag *f)
{
	for (; f->name != NULL; f++)
		roff_flag(b, form, f);
}

static void roff_commands(struct buf *b, enum rpc_form form,
			  const struct rpc_flag *common)
{
	for (const struct rpc_cli_command *c = rpc_cli_commands(form); c->name != NULL;
	     c++) {
		if (c->run == NULL)
			continue;
		buf_adds(b, ".SS ");
		roff(b, c->name);
		buf_addc(b, '\n');
		roff(b, c->help);
		buf_adds(b, ".\n");
		if (c->example != NULL) {
			buf_adds(b, "Example:\n.IP\n.B ");
			roff(b, c->example);
			buf_addc(b, '\n');
		}
		for (int g = 0; g < RPC_FLAG_GROUPS && c->flags[g] != NULL; g++)
			if (c->flags[g] != common)
				roff_flags(b, form, c->flags[g]);
	}
}

static void roff_exits(struct buf *b)
{
#define ROW(code, name, text, kind) buf_addf(b, ".TP\n.B %d\n%s\n", code, text);
	RPC_EXITS(ROW)
#undef ROW
	buf_adds(b, ".TP\n.B 130\ninterrupted\n");
}

struct err *rpc_manual(struct rpc *r)
{
	_cleanup_(buf_fini) struct buf b = {0};

	buf_adds(&b,
		 ".TH RPC 1 \"\" \"outband " OUTBAND_VERSION "\" \"User Commands\"\n"
		 ".SH NAME\nrpc \\- Remote Provisioning Client for Intel AMT on this "
		 "machine\n"
		 ".SH SYNOPSIS\n.B rpc\n.I COMMAND\n.RI [ OPTIONS ]\n"
		 ".SH DESCRIPTION\n"
		 "Shows, activates, configures and deactivates Intel AMT, alone or by a "
		 "Remote "
		 "Provisioning Server (RPS). It needs the MEI driver and the right to "
		 "open "
		 "/dev/mei0: root, or the group that owns it.\n.PP\n"
		 "Two command lines are understood, told apart by their form. Version 3 "
		 "has two "
		 "dashes before long options; version 2 has one, and its output is what "
		 "scripts "
		 "parse. OUTBAND_RPC_FORM=v2 or v3 decides where both would fit.\n.PP\n"
		 "Secrets come from the environment, from a descriptor "
		 "(\\-\\-password\\-fd 3), "
		 "or are asked for. On the command line they are wiped at once, but were "
		 "visible "
		 "until then.\n"
		 ".SH COMMANDS\n");
	roff_commands(&b, RPC_V3, rpc_v3_common);
	buf_adds(&b, ".SH COMMON OPTIONS\n");
	roff_flags(&b, RPC_V3, rpc_v3_common);
	buf_adds(&b, ".SH COMMANDS OF VERSION 2\n");
	roff_commands(&b, RPC_V2, rpc_v2_common);
	buf_adds(&b, ".SH COMMON OPTIONS OF VERSION 2\n");
	roff_flags(&b, RPC_V2, rpc_v2_common);
	buf_adds(&b, ".SH EXIT STATUS\n"
		     "In the form of version 2 a run that an RPS reports as failed ends "
		     "with 0, "
		     "as scripts expect; \\-strict (or RPC_STRICT=true) makes it tell. "
		     "In the form "
		     "of version 3 such a run ends with 10, with \\-\\-strict with its "
		     "own code.\n");
	roff_exits(&b);
	buf_adds(&b, ".SH SEE ALSO\n.BR lms (8)\n");
	rpc_write(r, buf_str(&b));
	return NULL;
}
