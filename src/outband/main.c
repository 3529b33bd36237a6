/* SPDX-License-Identifier: Apache-2.0
 * The server's main program: picks the command.
 */
#include <outband/app.h>

#include <signal.h>
#include <stdio.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"serve", cmd_serve, "run the server"},
	{"demo", cmd_demo,
	 "run a server with virtual devices and show the main job step by step"},
	{"migrate", cmd_migrate, "bring the database's schema up to date"},
	{"config", cmd_config, "show the effective settings and where each comes from"},
	{"token", cmd_token, "print a login token (for the operator of this machine)"},
	{"secret", cmd_secret, "get, put or list secrets"},
	{"device", cmd_device, "import or list devices"},
	{"profile", cmd_profile,
	 "export all that the RPS keeps to an encrypted file, or import it"},
};

static void usage(FILE *f)
{
	fprintf(f,
		"outband %s: out-of-band management for Intel AMT devices\n\n"
		"Usage: outband COMMAND [OPTIONS]\n\nCommands:\n",
		OUTBAND_VERSION);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(f, "  %-9s %s\n", commands[i].name, commands[i].help);
	fprintf(f, "\n`outband COMMAND --help` tells a command's options.\n");
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("outband %s\n", OUTBAND_VERSION);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, argv[1]) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "outband: unknown command %s\n\n", argv[1]);
	usage(stderr);
	return 2;
}
