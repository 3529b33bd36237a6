/* SPDX-License-Identifier: Apache-2.0
 * amtsim --state ...: the command line of one full device.
 */
#include <sim/heci_host.h>

#include <amt/wsman/classes/setup.h>
#include <base/log.h>
#include <getopt.h>
#include <net/socket.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct options {
	const char *state, *dir, *listen, *control, *heci, *uuid, *dns_suffix, *version,
		*source;
	const char *trust[SIM_MAX_HASHES];
	size_t n_trust;
	uint32_t step_ms;
	bool tls, verbose;
};

struct program {
	struct options o;
	struct sim_model model;
	struct waitq stop;
	bool stopping;
	int exit_code;
};

static void usage(FILE *out)
{
	fputs("Usage: amtsim --state factory|ccm|acm --dir DIR [OPTIONS]\n"
	      "       amtsim ctl PATH COMMAND\n"
	      "One full virtual Intel AMT device that keeps its state in a directory.\n\n"
	      "  --state STATE        how a new device begins; a directory with a device "
	      "keeps its own\n"
	      "  --dir DIR            its directory (made when missing)\n"
	      "  --listen ADDRESS     where its ports 16992 to 16995 are (default: only "
	      "calls home)\n"
	      "  --control PATH       control socket for amtsim ctl\n"
	      "  --heci PATH          socket that stands in for the host's HECI device\n"
	      "  --uuid UUID          of a new device (default random)\n"
	      "  --dns-suffix SUFFIX  trusted DNS suffix of a new device, and its "
	      "network's\n"
	      "  --trust-hash HEX     SHA-256 or SHA-384 of a provisioning root it "
	      "trusts; repeatable\n"
	      "  --tls                a new device without plain ports, as from AMT 19 "
	      "on: "
	      "TLS on 16993 and\n"
	      "                       16995, and to its host before set-up too (root in "
	      "DIR/on-die-root.pem)\n"
	      "  --source ADDRESS     local address of its calls home\n"
	      "  --version VERSION    AMT version it claims (default 16.1.25)\n"
	      "  --step-ms N          duration of one step of a power transition "
	      "(default 1000)\n"
	      "  --verbose            log connects and refusals\n\n"
	      "AMTSIM_PASSWORD: admin's password of a new device in state ccm or acm.\n",
	      out);
}

static bool wrong(const char *why)
{
	fprintf(stderr, "amtsim: %s; see amtsim --state acm --help\n", why);
	return false;
}

static bool take(struct options *o, int ch, const char *value)
{
	uint64_t n;

	switch (ch) {
	case 's':
		o->state = value;
		return true;
	case 'd':
		o->dir = value;
		return true;
	case 'l':
		o->listen = value;
		return true;
	case 'c':
		o->control = value;
		return true;
	case 'e':
		o->heci = value;
		return true;
	case 'i':
		o->uuid = value;
		return true;
	case 'D':
		o->dns_suffix = value;
		return true;
	case 'S':
		o->source = value;
		return true;
	case 'v':
		o->version = value;
		return true;
	case 'T':
		o->tls = true;
		return true;
	case 'V':
		o->verbose = true;
		return true;
	case 'H':
		if (o->n_trust == SIM_MAX_HASHES)
			return wrong("that is more --trust-hash than a device has room "
				     "for");
		o->trust[o->n_trust++] = value;
		return true;
	case 't':
		if (!str_u64(str_of(value), 600000, &n))
			return wrong("--step-ms takes a number from 0 to 600000");
		o->step_ms = (uint32_t)n;
		return true;
	case 'h':
		usage(stdout);
		exit(0);
	default: /* getopt said what is wrong */
		return wrong("a full device does not know that option");
	}
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{"state", required_argument, NULL, 's'},
		{"dir", required_argument, NULL, 'd'},
		{"listen", required_argument, NULL, 'l'},
		{"control", required_argument, NULL, 'c'},
		{"heci", required_argument, NULL, 'e'},
		{"uuid", required_argument, NULL, 'i'},
		{"dns-suffix", required_argument, NULL, 'D'},
		{"trust-hash", required_argument, NULL, 'H'},
		{"tls", no_argument, NULL, 'T'},
		{"source", required_argument, NULL, 'S'},
		{"version", required_argument, NULL, 'v'},
		{"step-ms", required_argument, NULL, 't'},
		{"verbose", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{0}};
	int ch;

	while ((ch = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		if (!take(o, ch, optarg))
			return false;
	if (optind != argc)
		return wrong("options only, no other words");
	if (o->state == NULL || o->dir == NULL)
		return wrong("--dir DIR is needed: where the device keeps its state");
	return true;
}

static struct err *birth_of(const struct options *o, struct sim_birth *b)
{
	static const char *const states[] = {"factory", "ccm", "acm"};
	const char *password = getenv("AMTSIM_PASSWORD");
	char uuid[UUID_TEXT_SIZE];

	*b = (struct sim_birth){.dns_suffix = o->dns_suffix,
				.trust = o->trust,
				.n_trust = o->n_trust,
				.tls = o->tls,
				.mode = -1,
				.password = str_of(password)};
	for (int i = 0; i < 3; i++)
		if (strcmp(o->state, states[i]) == 0)
			b->mode = i;
	if (b->mode < 0)
		return err_new(ERR_INVALID, "--state takes factory, ccm or acm");
	if (b->mode != IPS_CONTROL_NONE && password == NULL)
		return err_new(ERR_INVALID, "AMTSIM_PASSWORD must be set for --state %s",
			       o->state);
	if (b->mode != IPS_CONTROL_NONE && !sim_password_strong(b->password))
		return err_new(ERR_INVALID,
			       "AMTSIM_PASSWORD takes 8 to 32 characters, as firmware "
			       "does: lower and upper case, a digit and a special one "
			       "that is not \" : or ,");
	uuid_random(uuid);
	if (!uuid_smbios_from_text(str_of(o->uuid != NULL ? o->uuid : uuid), b->uuid))
		return err_new(ERR_INVALID, "--uuid %s is no UUID", o->uuid);
	return NULL;
}

static struct err *serve(struct program *p)
{
	struct sim_full_config c = {.model = &p->model,
				    .listen = p->o.listen,
				    .plain_port = SIM_PORT_PLAIN,
				    .tls_port = SIM_PORT_TLS,
				    .redirection_port = SIM_PORT_REDIRECTION,
				    .redirection_tls_port = SIM_PORT_REDIRECTION_TLS,
				    .source = p->o.source};
	struct sim_control_socket *control = NULL;
	struct sim_heci_host_side *heci = NULL;
	struct sim_birth birth;
	struct sim_state *st;
	struct sim_full *f;
	struct err *e;

	TRY(birth_of(&p->o, &birth));
	TRY(sim_state_open(p->o.dir, &birth, &st));
	TRY(sim_full_new(&c, st, &f));
	e = p->o.control != NULL ? sim_control_open(f, p->o.control, &control) : NULL;
	if (e == NULL && p->o.heci != NULL)
		e = sim_heci_host_open(f, p->o.heci, &heci);
	if (e == NULL) {
		puts("ready");
		fflush(stdout);
	}
	while (e == NULL && !p->stopping)
		err_free(waitq_wait(&p->stop, DEADLINE_NEVER));
	sim_heci_host_close(heci);
	sim_control_close(control);
	sim_full_free(f);
	return e;
}

static void program_run(void *arg)
{
	struct program *p = arg;
	struct err *e = serve(p);

	if (e != NULL) {
		_cleanup_(buf_fini) struct buf b = {0};
		err_text(e, &b);
		fprintf(stderr, "amtsim: %s\n", b.p);
		err_free(e);
		p->exit_code = 2;
	}
	rt_stop();
}

static void on_stop(int signum, void *arg)
{
	struct program *p = arg;

	p->stopping = true;
	waitq_wake_all(&p->stop);
}

int sim_full_main(int argc, char **argv)
{
	struct program p = {.o = {.version = "16.1.25", .step_ms = 1000}};

	if (!parse(&p.o, argc, argv))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	log_init(p.o.verbose ? LOG_INFO : LOG_WARN, LOG_AUTO);
	secret_protect_process();
	p.model = (struct sim_model){
		.version = p.o.version, .build = "1932", .step_ms = p.o.step_ms};
	random_bytes(p.model.nonce_key, sizeof(p.model.nonce_key));
	rt_init();
	waitq_init(&p.stop);
	rt_on_signal(SIGINT, on_stop, &p);
	rt_on_signal(SIGTERM, on_stop, &p);
	fiber_spawn(NULL, "amtsim", program_run, &p);
	rt_run();
	rt_fini();
	return p.exit_code;
}
