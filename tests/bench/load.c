/* SPDX-License-Identifier: Apache-2.0
 * Closed-loop HTTP load on loopback: N keep-alive connections, each sends its next
 * request when the last one was answered. Prints one JSON line: rate, latencies,
 * statuses.
 *
 * Usage: load --port P --clients N --seconds S [--requests R] [--method M] [--body TEXT]
 * --path TEMPLATE
 *             [--uuid BASE --count N]
 * "{guid}" in the template becomes a random one of the devices, "{n}" in the body a
 * number of its own. The token comes from LOAD_TOKEN.
 */
#include <base/cursor.h>
#include <base/encode.h>
#include <getopt.h>
#include <net/http.h>
#include <net/socket.h>
#include <rt/fiber.h>
#include <rt/timer.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define CALL_MS 60000
#define MAX_SAMPLES (1u << 24)

struct load {
	uint16_t port;
	unsigned clients, seconds, count;
	uint64_t max_requests;
	const char *method, *path, *body, *token;
	uint8_t uuid[16];
	bool stop;
	uint64_t sent, by_class[6], errors, bytes, bodies;
	uint32_t *samples; /* microseconds */
	size_t n_samples;
	struct fiber_group group;
	char first_error[200];
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void guid_at(const struct load *l, uint32_t n, char out[UUID_TEXT_SIZE])
{
	uint8_t id[16];

	memcpy(id, l->uuid, 16);
	struct rd r = rd_init(l->uuid + 12, 4);
	struct wr w = wr_init(id + 12, 4);
	wr_be32(&w, rd_be32(&r) + n);
	uuid_text_from_smbios(id, out);
}

static void add_body(struct load *l, struct buf *out)
{
	const char *mark = strstr(l->body, "{n}");
	struct buf b = {0};

	if (mark != NULL)
		buf_addf(&b, "%.*s%llu%s", (int)(mark - l->body), l->body,
			 (unsigned long long)l->bodies++, mark + 3);
	else
		buf_adds(&b, l->body);
	buf_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
		 b.len);
	buf_addstr(out, buf_str(&b));
	buf_fini(&b);
}

static void make_request(struct load *l, struct buf *out, unsigned *seed)
{
	char guid[UUID_TEXT_SIZE] = "";
	const char *mark = strstr(l->path, "{guid}");

	buf_clear(out);
	if (mark != NULL)
		guid_at(l, (uint32_t)rand_r(seed) % l->count, guid);
	int before = mark != NULL ? (int)(mark - l->path) : (int)strlen(l->path);
	buf_addf(out, "%s %.*s%s%s HTTP/1.1\r\nHost: localhost\r\n", l->method, before,
		 l->path, guid, mark != NULL ? mark + 6 : "");
	if (l->token != NULL)
		buf_addf(out, "Authorization: Bearer %s\r\n", l->token);
	if (l->body != NULL)
		add_body(l, out);
	else
		buf_adds(out, "\r\n");
}

/* Reads one whole response; *status. */
static struct err *read_response(struct stream *s, struct buf *in, int *status)
{
	struct deadline until = deadline_in(CALL_MS);
	struct http_head h;
	struct http_body b = {0};
	ssize_t head = 0;
	bool have_head = false;

	for (;;) {
		if (!have_head) {
			head = http_parse_response(&h, in->p ? in->p : "", in->len);
			if (head < 0)
				return err_new(ERR_INVALID, "malformed response");
			if (head > 0) {
				*status = h.status;
				http_body_response(&b, &h, false);
				buf_consume(in, (size_t)head);
				have_head = true;
			}
		}
		while (have_head && !b.done && in->len > 0) {
			struct str data;
			ssize_t n = http_body_feed(&b, in->p, in->len, &data);
			if (n < 0)
				return err_new(ERR_INVALID, "malformed body");
			if (n == 0)
				break;
			buf_consume(in, (size_t)n);
		}
		if (have_head && b.done)
			return NULL;
		size_t n;
		TRY(stream_read(s, buf_reserve(in, 32768), 32768, until, &n));
		if (n == 0)
			return err_new(ERR_CLOSED, "closed by the server");
		in->len += n;
	}
}

static struct err *client(struct load *l, struct buf *out, struct buf *in, unsigned seed)
{
	struct stream *s;

	TRY(socket_connect("127.0.0.1", l->port, NULL, deadline_in(CALL_MS), &s));
	struct err *e = NULL;
	while (e == NULL && !l->stop && l->sent < l->max_requests) {
		int status = 0;
		make_request(l, out, &seed);
		l->sent++;
		uint64_t since = now_us();
		e = stream_write(s, out->p, out->len, deadline_in(CALL_MS));
		if (e == NULL)
			e = read_response(s, in, &status);
		if (e != NULL)
			break;
		l->by_class[status / 100 < 6 ? status / 100 : 0]++;
		if (l->n_samples < MAX_SAMPLES)
			l->samples[l->n_samples++] = (uint32_t)(now_us() - since);
	}
	stream_free(s);
	return e;
}

static void client_run(void *arg)
{
	struct load *l = arg;
	struct buf out = {0}, in = {0};
	unsigned seed;

	random_bytes(&seed, sizeof(seed));
	struct err *e = client(l, &out, &in, seed);
	if (e != NULL) {
		struct arena a = {0};
		if (l->errors++ == 0)
			snprintf(l->first_error, sizeof(l->first_error), "%s",
				 err_str(e, &a));
		arena_fini(&a);
		err_free(e);
	}
	buf_fini(&out);
	buf_fini(&in);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double percentile_ms(const struct load *l, double p)
{
	return l->n_samples == 0
		       ? 0
		       : l->samples[(size_t)(p * (double)(l->n_samples - 1))] / 1000.0;
}

static void stop_clients(void *arg)
{
	((struct load *)arg)->stop = true;
}

static void load_main(void *arg)
{
	struct load *l = arg;
	struct timer end = {0};
	uint64_t since = now_us();

	fiber_group_init(&l->group);
	for (unsigned i = 0; i < l->clients; i++)
		fiber_spawn(&l->group, "client", client_run, l);
	timer_arm(&end, clock_mono_ms() + (int64_t)l->seconds * 1000, stop_clients, l);
	fiber_group_join(&l->group, false);
	timer_disarm(&end);
	double took = (double)(now_us() - since) / 1e6;
	struct rusage ru;
	getrusage(RUSAGE_SELF, &ru);
	qsort(l->samples, l->n_samples, sizeof(*l->samples), compare);
	uint64_t ok = l->by_class[2];
	printf("{\"requests\":%zu,\"ok\":%llu,\"failed\":%llu,\"errors\":%llu,"
	       "\"seconds\":%.3f,\"rate\":%.1f,"
	       "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"cpu_s\":%.3f,\"first_"
	       "error\":\"%s\"}\n",
	       l->n_samples, (unsigned long long)ok,
	       (unsigned long long)(l->n_samples - ok), (unsigned long long)l->errors,
	       took, (double)ok / took, percentile_ms(l, 0.5), percentile_ms(l, 0.99),
	       percentile_ms(l, 1.0),
	       (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
		       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6,
	       l->first_error);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"port", 1, NULL, 'p'},	   {"clients", 1, NULL, 'c'},
		{"seconds", 1, NULL, 's'}, {"requests", 1, NULL, 'r'},
		{"method", 1, NULL, 'm'},  {"path", 1, NULL, 'P'},
		{"body", 1, NULL, 'b'},	   {"uuid", 1, NULL, 'u'},
		{"count", 1, NULL, 'n'},   {0}};
	struct load l = {.clients = 1,
			 .seconds = 5,
			 .count = 1,
			 .method = "GET",
			 .max_requests = UINT64_MAX,
			 .token = getenv("LOAD_TOKEN")};
	int ch;

	while ((ch = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (ch) {
		case 'p':
			l.port = (uint16_t)atoi(optarg);
			break;
		case 'c':
			l.clients = (unsigned)atoi(optarg);
			break;
		case 's':
			l.seconds = (unsigned)atoi(optarg);
			break;
		case 'r':
			l.max_requests = strtoull(optarg, NULL, 10);
			break;
		case 'm':
			l.method = optarg;
			break;
		case 'P':
			l.path = optarg;
			break;
		case 'b':
			l.body = optarg;
			break;
		case 'n':
			l.count = (unsigned)atoi(optarg);
			break;
		case 'u':
			if (uuid_smbios_from_text(str_of(optarg), l.uuid))
				break;
			/* fall through */
		default:
			fputs("see the head of load.c\n", stderr);
			return 2;
		}
	}
	if (l.port == 0 || l.path == NULL) {
		fputs("--port and --path are needed\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	rt_raise_descriptor_limit();
	l.samples = xmalloc(MAX_SAMPLES * sizeof(*l.samples));
	rt_main(load_main, &l);
	free(l.samples);
	return l.errors > 0;
}
