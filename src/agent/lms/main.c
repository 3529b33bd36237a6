/* SPDX-License-Identifier: Apache-2.0
 * The program lms: a service for systemd or the foreground.
 */
#include <agent/lms/lms.h>

#include <amt/heci/mei.h>
#include <base/log.h>
#include <base/secret.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef OB_VIRTUAL_HECI
#include <amt/heci/virtual.h>
#define HECI_HELP                                                              \
	"  --heci PATH       socket of a virtual device instead of /dev/mei0 " \
	"[OUTBAND_HECI]\n"
#else
#define HECI_HELP ""
#endif

#define MAX_ADDRESSES 4
#define POWER_COMMAND "/usr/bin/systemctl"

struct program {
	struct lms_config c;
	const char *addresses[MAX_ADDRESSES];
	int inherited[LMS_MAX_INHERITED + 1];
	const char *heci;
	bool verbose, stopping;
	struct fiber *runs;
	int exit_code;
};

static void usage(FILE *f)
{
	fputs("Usage: lms [OPTIONS]\n"
	      "Lets programs of this machine reach Intel AMT on loopback, ports 16992 to "
	      "16995.\n\n"
	      "  --listen ADDRESS  127.0.0.1 and ::1 unless given; repeatable\n"
	      "  --port N          the first of the four ports (16992)\n" HECI_HELP
	      "  --power-command P called with poweroff, reboot, suspend or hibernate "
	      "when the\n"
	      "                    administrator asks for it (" POWER_COMMAND
	      "); empty: none\n"
	      "  --verbose         log each client\n"
	      "  --version         version\n"
	      "  --help            this text\n\n"
	      "Sockets that systemd hands over are used instead of --listen.\n"
	      "It ends with 2 when there is no AMT to reach, and says why.\n",
	      f);
}

static bool take(struct program *p, int ch, const char *value)
{
	uint64_t n;

	switch (ch) {
	case 'l':
		if (p->c.n_addresses == MAX_ADDRESSES)
			return false;
		p->addresses[p->c.n_addresses++] = value;
		return true;
	case 'p':
		if (!str_u64(str_of(value), UINT16_MAX - LMS_PORTS, &n) || n == 0)
			return false;
		p->c.port = (uint16_t)n;
		return true;
	case 'e':
		p->heci = value;
		return true;
	case 'P':
		p->c.power_command = value;
		return true;
	case 'v':
		p->verbose = true;
		return true;
	case 'V':
		puts("lms " OUTBAND_VERSION);
		exit(0);
	case 'h':
		usage(stdout);
		exit(0);
	default:
		return false;
	}
}

static bool parse(struct program *p, int argc, char **argv)
{
	static const struct option longs[] = {
		{"listen", required_argument, NULL, 'l'},
		{"port", required_argument, NULL, 'p'},
#ifdef OB_VIRTUAL_HECI
		{"heci", required_argument, NULL, 'e'},
#endif
		{"power-command", required_argument, NULL, 'P'},
		{"verbose", no_argument, NULL, 'v'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{0}};
	int ch;

	while ((ch = getopt_long(argc, argv, "hv", longs, NULL)) != -1)
		if (!take(p, ch, optarg)) {
			if (ch != '?')
				fprintf(stderr, "lms: wrong value %s\n", optarg);
			return false;
		}
	if (optind != argc)
		fprintf(stderr, "lms: unexpected argument %s\n", argv[optind]);
	return optind == argc;
}

static void choose_defaults(struct program *p)
{
	if (p->c.n_addresses == 0) {
		p->addresses[p->c.n_addresses++] = "127.0.0.1";
		p->addresses[p->c.n_addresses++] = "::1";
	}
	p->c.addresses = p->addresses;
	lms_inherited(p->inherited);
	p->c.inherited = p->inherited;
	p->c.place = heci_mei(NULL);
#ifdef OB_VIRTUAL_HECI
	if (p->heci == NULL)
		p->heci = getenv("OUTBAND_HECI");
	if (p->heci != NULL)
		p->c.place = heci_virtual(p->heci);
#endif
}

/* Firmware that says nothing is not waited for either. */
static void on_stop(int signum, void *arg)
{
	struct program *p = arg;

	p->stopping = true;
	fiber_cancel(p->runs);
}

static void run(void *arg)
{
	struct program *p = arg;
	struct waitq stop;
	struct lms *l = NULL;
	struct err *e = lms_start(&p->c, &l);

	waitq_init(&stop);
	if (e != NULL && p->stopping) {
		err_free(e);
	} else if (e != NULL) {
		log_error("cannot start", F_ERR(e));
		err_free(e);
		p->exit_code = 2;
	} else {
		lms_notify("READY=1\nSTATUS=AMT is reachable on loopback");
		while (!p->stopping)
			err_free(waitq_wait(&stop, DEADLINE_NEVER));
		lms_notify("STOPPING=1");
	}
	lms_stop(l);
	rt_stop();
}

int main(int argc, char **argv)
{
	struct program p = {.c.port = LMS_FIRST_PORT, .c.power_command = POWER_COMMAND};

	signal(SIGPIPE, SIG_IGN);
	if (!parse(&p, argc, argv)) {
		fputs("lms --help tells the options\n", stderr);
		return 1;
	}
	choose_defaults(&p);
	log_init(p.verbose ? LOG_DEBUG : LOG_INFO, LOG_AUTO);
	secret_protect_process();
	rt_init();
	p.runs = fiber_spawn(NULL, "lms", run, &p);
	rt_on_signal(SIGINT, on_stop, &p);
	rt_on_signal(SIGTERM, on_stop, &p);
	rt_run();
	rt_fini();
	return p.exit_code;
}
