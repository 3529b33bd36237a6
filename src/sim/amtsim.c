/* SPDX-License-Identifier: Apache-2.0
 * amtsim: virtual AMT devices that call home. One program holds any number of light
 * devices; with
 * --state it is one full device (full_main.c), and "amtsim ctl" talks to such a one.
 */
#include <base/config.h>
#include <base/log.h>
#include <errno.h>
#include <getopt.h>
#include <net/socket.h>
#include <signal.h>
#include <sim/cira.h>
#include <sim/full.h>
#include <stdio.h>
#include <unistd.h>

#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 30000
#define TICK_MS 50
#define REPORT_MS 1000

struct options {
	const char *cira, *cira_ca, *cira_user, *uuid, *source, *version;
	uint32_t count, ramp, step_ms;
	bool json, verbose;
};

struct node {
	struct sim_device device;
	struct sim_cira *cira;
};

struct fleet {
	struct options o;
	struct sim_model model;
	struct sim_cira_config cira;
	char host[256];
	struct sim_cira_counts counts;
	struct node *nodes;
	uint32_t started;
	struct fiber_group fibers;
	bool stopping, announced;
	struct waitq stop;
	int exit_code;
};

static void usage(FILE *f)
{
	fputs("Usage: amtsim --cira HOST:PORT --cira-ca FILE [OPTIONS]\n"
	      "       amtsim --state factory|ccm|acm --dir DIR [OPTIONS]: one full "
	      "device\n"
	      "       amtsim ctl PATH COMMAND: to a full device's control socket\n"
	      "       amtsim --abilities: what a full device does, class by class\n"
	      "Virtual Intel AMT devices that call home over CIRA and answer "
	      "WS-Management.\n\n"
	      "  --cira HOST:PORT    server to call home to\n"
	      "  --cira-ca FILE      its root certificate (PEM)\n"
	      "  --cira-user NAME    user name of the CIRA login (default admin)\n"
	      "  --uuid BASE         UUID of the first device; the next ones count up "
	      "(default random)\n"
	      "  --count N           number of devices (default 1)\n"
	      "  --ramp PER_SECOND   how many start per second (default 200)\n"
	      "  --source ADDRESS    local address to connect from (more than 28,000 "
	      "devices need several)\n"
	      "  --version VERSION   AMT version they claim (default 16.1.25)\n"
	      "  --step-ms N         duration of one step of a power transition (default "
	      "1000)\n"
	      "  --json              one JSON line per second instead of a progress "
	      "line\n"
	      "  --verbose           log connects and refusals\n"
	      "  --help              this text\n\n"
	      "Passwords come from the environment: AMTSIM_CIRA_PASSWORD (CIRA login), "
	      "AMTSIM_PASSWORD (AMT admin).\n",
	      f);
}

static bool number(const char *text, uint32_t min, uint32_t max, const char *name,
		   uint32_t *out)
{
	uint64_t v;

	if (!str_u64(str_of(text), max, &v) || v < min) {
		fprintf(stderr, "amtsim: --%s takes a number from %u to %u\n", name, min,
			max);
		return false;
	}
	*out = (uint32_t)v;
	return true;
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {{"cira", required_argument, NULL, 'c'},
					      {"cira-ca", required_argument, NULL, 'a'},
					      {"cira-user", required_argument, NULL, 'u'},
					      {"uuid", required_argument, NULL, 'i'},
					      {"count", required_argument, NULL, 'n'},
					      {"ramp", required_argument, NULL, 'r'},
					      {"source", required_argument, NULL, 's'},
					      {"version", required_argument, NULL, 'v'},
					      {"step-ms", required_argument, NULL, 't'},
					      {"json", no_argument, NULL, 'j'},
					      {"verbose", no_argument, NULL, 'V'},
					      {"help", no_argument, NULL, 'h'},
					      {0}};
	int ch;

	while ((ch = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		bool ok = true;
		switch (ch) {
		case 'c':
			o->cira = optarg;
			break;
		case 'a':
			o->cira_ca = optarg;
			break;
		case 'u':
			o->cira_user = optarg;
			break;
		case 'i':
			o->uuid = optarg;
			break;
		case 's':
			o->source = optarg;
			break;
		case 'v':
			o->version = optarg;
			break;
		case 'n':
			ok = number(optarg, 1, 1000000, "count", &o->count);
			break;
		case 'r':
			ok = number(optarg, 1, 100000, "ramp", &o->ramp);
			break;
		case 't':
			ok = number(optarg, 0, 600000, "step-ms", &o->step_ms);
			break;
		case 'j':
			o->json = true;
			break;
		case 'V':
			o->verbose = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			fputs("amtsim: see --help; a full device begins with --state\n",
			      stderr);
			return false;
		}
		if (!ok)
			return false;
	}
	if (o->cira == NULL || o->cira_ca == NULL || optind != argc) {
		fputs("amtsim: --cira and --cira-ca are needed; see --help\n", stderr);
		return false;
	}
	return true;
}

/* The n-th device: the base's last four bytes count up. */
static void uuid_at(const uint8_t base[16], uint32_t n, uint8_t out[16])
{
	memcpy(out, base, 16);
	struct rd r = rd_init(base + 12, 4);
	struct wr w = wr_init(out + 12, 4);
	wr_be32(&w, rd_be32(&r) + n);
}

static struct err *read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "re");
	char chunk[4096];
	size_t n;

	if (f == NULL)
		return err_errno(ERR_INVALID, errno, "cannot read %s", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && out->len < 1 << 20)
		buf_add(out, chunk, n);
	fclose(f);
	return NULL;
}

static struct err *set_up(struct fleet *f)
{
	const char *cira = getenv("AMTSIM_CIRA_PASSWORD"),
		   *amt = getenv("AMTSIM_PASSWORD");
	_cleanup_(buf_fini) struct buf ca = {0};
	uint8_t base[16];
	char uuid[UUID_TEXT_SIZE];

	if (cira == NULL || amt == NULL)
		return err_new(ERR_INVALID,
			       "AMTSIM_CIRA_PASSWORD and AMTSIM_PASSWORD must be set");
	if (!config_parse_listen(f->o.cira, f->host, &f->cira.port))
		return err_new(ERR_INVALID, "--cira %s is not HOST:PORT", f->o.cira);
	uuid_random(uuid);
	if (!uuid_smbios_from_text(str_of(f->o.uuid ? f->o.uuid : uuid), base))
		return err_new(ERR_INVALID, "--uuid %s is no UUID", f->o.uuid);
	TRY(read_file(f->o.cira_ca, &ca));
	struct tls_client_config tls = {.ca_pem = ca.p,
					.server_name = f->host,
					.min_version = "TLSv1.2",
					.match_cn = true};
	TRY(tls_client_ctx(&tls, &f->cira.tls));
	f->cira.host = f->host;
	f->cira.source = f->o.source;
	secret_set(&f->cira.user, str_of(f->o.cira_user));
	secret_set(&f->cira.password, str_of(cira));
	f->cira.apf = (struct apf_config){.device = true,
					  .window = 4096,
					  .max_channels = 8,
					  .keepalive_s = 30,
					  .login_ms = 60000};
	f->cira.retry_min_ms = RETRY_MIN_MS;
	f->cira.retry_max_ms = RETRY_MAX_MS;
	f->model = (struct sim_model){
		.version = f->o.version, .build = "1932", .step_ms = f->o.step_ms};
	secret_set(&f->model.password, str_of(amt));
	random_bytes(f->model.nonce_key, sizeof(f->model.nonce_key));
	f->nodes = xcalloc(f->o.count, sizeof(*f->nodes));
	for (uint32_t i = 0; i < f->o.count; i++) {
		uint8_t id[16];
		uuid_at(base, i, id);
		sim_device_init(&f->nodes[i].device, &f->model, id);
		f->nodes[i].cira = sim_cira_new(&f->nodes[i].device, &f->cira, &f->counts,
						&f->fibers);
	}
	return NULL;
}

static void report(struct fleet *f)
{
	const struct sim_cira_counts *c = &f->counts;

	if (f->o.json)
		printf("{\"devices\":%u,\"started\":%u,\"connected\":%llu,\"logins\":%"
		       "llu,\"refused\":%llu,"
		       "\"failed\":%llu,\"lost\":%llu}\n",
		       f->o.count, f->started, (unsigned long long)c->connected,
		       (unsigned long long)c->logins, (unsigned long long)c->refused,
		       (unsigned long long)c->failed, (unsigned long long)c->lost);
	else if (isatty(STDOUT_FILENO))
		printf("\r%llu of %u connected, %llu refused, %llu failed, %llu lost ",
		       (unsigned long long)c->connected, f->o.count,
		       (unsigned long long)c->refused, (unsigned long long)c->failed,
		       (unsigned long long)c->lost);
	else if (c->connected == f->o.count && !f->announced)
		printf("all %u devices are connected\n", f->o.count);
	f->announced = c->connected == f->o.count;
	fflush(stdout);
}

/* Starts the devices at the asked rate, then reports until told to stop. */
static void run(struct fleet *f)
{
	int64_t since = clock_mono_ms(), reported = 0;

	while (!f->stopping) {
		int64_t now = clock_mono_ms();
		uint64_t due = (uint64_t)(now - since + TICK_MS) * f->o.ramp / 1000 + 1;
		for (; f->started < f->o.count && f->started < due; f->started++)
			sim_cira_start(f->nodes[f->started].cira);
		if (now - reported >= REPORT_MS) {
			report(f);
			reported = now;
		}
		err_free(waitq_wait(
			&f->stop,
			deadline_in(f->started < f->o.count ? TICK_MS : REPORT_MS)));
	}
}

static void tear_down(struct fleet *f)
{
	for (uint32_t i = 0; f->nodes != NULL && i < f->o.count; i++)
		sim_cira_stop(f->nodes[i].cira);
	fiber_group_join(&f->fibers, true);
	/* Sessions report their end on the loop. */
	err_free(fiber_yield());
	err_free(fiber_yield());
	for (uint32_t i = 0; f->nodes != NULL && i < f->o.count; i++)
		sim_cira_free(f->nodes[i].cira);
	free(f->nodes);
	SSL_CTX_free(f->cira.tls);
	secret_fini(&f->cira.user);
	secret_fini(&f->cira.password);
	secret_fini(&f->model.password);
}

static void fleet_main(void *arg)
{
	struct fleet *f = arg;
	struct err *e = set_up(f);

	if (e == NULL)
		run(f);
	else
		f->exit_code = 2;
	if (e != NULL) {
		struct buf b = {0};
		err_text(e, &b);
		fprintf(stderr, "amtsim: %s\n", b.p);
		buf_fini(&b);
		err_free(e);
	}
	tear_down(f);
	rt_stop();
}

static void on_stop(int signum, void *arg)
{
	struct fleet *f = arg;

	f->stopping = true;
	waitq_wake_all(&f->stop);
}

static bool asks_for_full(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (str_starts(str_of(argv[i]), STR("--state")))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "ctl") == 0)
		return sim_ctl_main(argc - 2, argv + 2);
	if (argc == 2 && strcmp(argv[1], "--abilities") == 0)
		return sim_abilities_main();
	if (asks_for_full(argc, argv))
		return sim_full_main(argc, argv);

	struct fleet f = {.o = {.cira_user = "admin",
				.version = "16.1.25",
				.count = 1,
				.ramp = 200,
				.step_ms = 1000}};

	if (!parse(&f.o, argc, argv))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	log_init(f.o.verbose ? LOG_INFO : LOG_WARN, LOG_AUTO);
	secret_protect_process();
	rt_raise_descriptor_limit();
	rt_init();
	waitq_init(&f.stop);
	fiber_group_init(&f.fibers);
	rt_on_signal(SIGINT, on_stop, &f);
	rt_on_signal(SIGTERM, on_stop, &f);
	fiber_spawn(NULL, "amtsim", fleet_main, &f);
	rt_run();
	rt_fini();
	return f.exit_code;
}
