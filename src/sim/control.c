/* SPDX-License-Identifier: Apache-2.0
 * The control socket of a full device: one command per line, one JSON object per line
 * back.
 */
#include <sim/classes.h>
#include <sim/full.h>
#include <sim/screen.h>

#include <base/encode.h>
#include <base/log.h>
#include <net/socket.h>

#define MAX_WORDS 8
#define MAX_LINE 1024
#define IDLE_MS 600000
#define WRITE_MS 10000

static json_t *refused(const char *why)
{
	return json_pack("{sb ss}", "ok", 0, "error", why);
}

static json_t *fine(void)
{
	return json_pack("{sb}", "ok", 1);
}

/* ---- commands ---- */

static json_t *do_state(struct sim_full *f, const struct str *words, size_t n)
{
	static const char *const modes[] = {"factory", "ccm", "acm"};
	const struct sim_state *st = f->state;
	char uuid[UUID_TEXT_SIZE];
	json_t *j = fine();

	sim_device_tick(&f->device);
	sim_full_redirection_tick(f);
	uuid_text_from_smbios(st->uuid, uuid);
	json_object_update_new(
		j, json_pack("{ss ss sI ss ss sI sb sb sb sb sb sI sI so}", "uuid", uuid,
			     "state", modes[st->mode], "provisioning",
			     (json_int_t)st->provisioning, "realm", st->realm,
			     "dns_suffix", st->dns_suffix, "power",
			     (json_int_t)f->device.power.state, "network", f->network_up,
			     "system", sim_redirection_system_runs(&f->redirection),
			     "lms", f->lms, "tunnel", st->tunnel_connected, "tls",
			     st->tls_network.enabled, "port",
			     (json_int_t)(f->plain != NULL ? listener_port(f->plain) : 0),
			     "tls_port",
			     (json_int_t)(f->tls != NULL ? listener_port(f->tls) : 0),
			     "faults", sim_faults_json(&f->faults)));
	return j;
}

static json_t *do_power(struct sim_full *f, const struct str *words, size_t n)
{
	uint64_t state;
	uint32_t rc;

	if (n != 2 || !str_u64(words[1], 255, &state))
		return refused("power takes a number: 2 on, 8 off, 10 reset, ...");
	rc = sim_power_request(&f->device.power, (int)state, clock_mono_ms(),
			       f->config.model->step_ms);
	return rc == 0 ? fine()
		       : json_pack("{sb ss sI}", "ok", 0, "error", "refused", "value",
				   (json_int_t)rc);
}

static json_t *do_lms(struct sim_full *f, const struct str *words, size_t n)
{
	if (n != 2 || (!str_eqz(words[1], "on") && !str_eqz(words[1], "off")))
		return refused("lms takes on or off: does the host's system have one?");
	if (f->heci != NULL)
		return refused(
			"the host is a real one, by its HECI socket; start or stop "
			"LMS there");
	f->lms = str_eqz(words[1], "on");
	return fine();
}

static json_t *outcome(struct err *e)
{
	struct arena a = {0};
	json_t *j = e == NULL ? fine() : refused(err_str(e, &a));

	err_free(e);
	arena_fini(&a);
	return j;
}

static json_t *do_unplug(struct sim_full *f, const struct str *words, size_t n)
{
	return outcome(sim_full_unplug(f));
}

static json_t *do_network(struct sim_full *f, const struct str *words, size_t n)
{
	if (n == 3 && str_eqz(words[1], "suffix") && sim_domain_valid(words[2])) {
		snprintf(f->state->network_suffix, SIM_SUFFIX_SIZE, STR_FMT,
			 STR_ARG(words[2]));
		sim_full_changed(f, SIM_AFTER_CHANGE);
		return outcome(sim_state_save(f->state));
	}
	if (n != 2 || (!str_eqz(words[1], "up") && !str_eqz(words[1], "down")))
		return refused("network takes up, down, or suffix and a DNS name");
	sim_full_network(f, str_eqz(words[1], "up"));
	return fine();
}

static json_t *do_call(struct sim_full *f, const struct str *words, size_t n)
{
	sim_full_changed(f, SIM_AFTER_CALL);
	return fine();
}

static void faults_changed(struct sim_full *f)
{
	sim_redirection_faults_changed(&f->redirection);
	sim_full_changed(f, SIM_AFTER_CHANGE);
}

static json_t *do_fault(struct sim_full *f, const struct str *words, size_t n)
{
	if (n >= 2 && sim_fault_set(&f->faults, words + 1, n - 1)) {
		faults_changed(f);
		return fine();
	}
	return refused(
		"fault takes latency MS, loss PERCENT, stall, reset, wrong-length, "
		"wrong-digest, "
		"expired-nonce, expired-certificate, lme-drops, clock-skew SECONDS, "
		"class NAME silent, class NAME mute; off ends one");
}

static json_t *do_faults(struct sim_full *f, const struct str *words, size_t n)
{
	return json_pack("{sb so}", "ok", 1, "faults", sim_faults_json(&f->faults));
}

static json_t *screen_png(struct sim_full *f, unsigned display, const char *code)
{
	_cleanup_(buf_fini) struct buf png = {0};
	struct arena a = {0};
	char notice[48];
	json_t *j;

	snprintf(notice, sizeof(notice), "User consent code: %s",
		 code != NULL ? code : "");
	sim_redirection_png(&f->redirection, display, code != NULL ? notice : NULL, &png);
	j = json_pack("{sb sb ss}", "ok", 1, "on", f->device.power.state == SIM_ON, "png",
		      base64_encode(&a, png.p, png.len));
	arena_fini(&a);
	return j;
}

/* What somebody in front of the device reads. */
static json_t *do_screen(struct sim_full *f, const struct str *words, size_t n)
{
	_cleanup_(buf_fini) struct buf text = {0};
	uint64_t display = f->redirection.display;
	const char *code;

	if ((n > 1 && !str_eqz(words[1], "png")) || n > 3 ||
	    (n == 3 && !str_u64(words[2], SIM_DISPLAYS - 1, &display)))
		return refused("screen takes nothing, or png and a display from 0 to 2");
	sim_device_tick(&f->device);
	sim_full_redirection_tick(f);
	code = sim_consent_code(&f->device);
	if (n > 1)
		return screen_png(f, (unsigned)display, code);
	sim_redirection_text(&f->redirection, &text);
	return json_pack("{sb sb ss% ss*}", "ok", 1, "on",
			 f->device.power.state == SIM_ON, "text",
			 text.len > 0 ? text.p : "", text.len, "consent_code", code);
}

static json_t *do_clear(struct sim_full *f, const struct str *words, size_t n)
{
	sim_faults_clear(&f->faults);
	faults_changed(f);
	return fine();
}

static const struct {
	const char *name;
	json_t *(*run)(struct sim_full *f, const struct str *words, size_t n);
} commands[] = {
	{"state", do_state},	    {"power", do_power},   {"unplug", do_unplug},
	{"network", do_network},    {"lms", do_lms},	   {"call", do_call},
	{"fault", do_fault},	    {"screen", do_screen}, {"faults", do_faults},
	{"clear-faults", do_clear},
};

json_t *sim_control(struct sim_full *f, struct str line)
{
	struct str words[MAX_WORDS], word;
	size_t n = 0;

	line = str_trim(line);
	while (n < MAX_WORDS && str_split(&line, ' ', &word))
		if (word.n > 0)
			words[n++] = word;
	for (size_t i = 0; n > 0 && i < ARRAY_LEN(commands); i++)
		if (str_eqz(words[0], commands[i].name))
			return commands[i].run(f, words, n);
	return refused(
		"commands: state, power, unplug, network, lms, call, screen, fault, "
		"faults, clear-faults");
}

/* ---- the socket ---- */

struct sim_control_socket {
	struct sim_full *full;
	struct listener *listener;
	struct fiber_group fibers;
	char *path;
};

struct session {
	struct sim_control_socket *socket;
	struct stream *stream;
};

static struct err *say(struct session *s, json_t *take_j)
{
	char *text = json_dumps(take_j, JSON_COMPACT);
	struct buf out = {0};
	struct err *e;

	json_decref(take_j);
	buf_addf(&out, "%s\n", text != NULL ? text : "{\"ok\":false}");
	free(text);
	e = stream_write(s->stream, out.p, out.len, deadline_in(WRITE_MS));
	buf_fini(&out);
	return e;
}

static struct err *serve(struct session *s, struct buf *in)
{
	for (;;) {
		ptrdiff_t end;
		size_t n;
		while (in->len > 0 && (end = str_chr(buf_str(in), '\n')) >= 0) {
			TRY(say(s, sim_control(s->socket->full,
					       (struct str){in->p, (size_t)end})));
			buf_consume(in, (size_t)end + 1);
		}
		if (in->len >= MAX_LINE)
			return say(s, refused("that command is too long"));
		TRY(stream_read(s->stream, buf_reserve(in, MAX_LINE), MAX_LINE,
				deadline_in(IDLE_MS), &n));
		if (n == 0)
			return NULL;
		in->len += n;
	}
}

static void session_run(void *arg)
{
	struct session s = *(struct session *)arg;
	_cleanup_(buf_fini) struct buf in = {0};
	struct err *e;

	free(arg);
	e = serve(&s, &in);
	if (e != NULL)
		log_debug("control connection ended", F_ERR(e));
	err_free(e);
	stream_free(s.stream);
}

static void accepted(struct stream *stream, const struct net_peer *peer, void *arg)
{
	struct sim_control_socket *c = arg;
	struct session *s = xmalloc(sizeof(*s));

	*s = (struct session){c, stream};
	fiber_spawn(&c->fibers, "sim-control", session_run, s);
}

struct err *sim_control_open(struct sim_full *f, const char *path,
			     struct sim_control_socket **out)
{
	struct sim_control_socket *c = xcalloc(1, sizeof(*c));
	struct buf at = {0};
	struct err *e;

	c->full = f;
	c->path = xstrdup(path);
	fiber_group_init(&c->fibers);
	buf_addf(&at, "unix:%s", path);
	e = listener_open(at.p, accepted, c, &c->listener);
	buf_fini(&at);
	if (e != NULL) {
		free(c->path);
		free(c);
		return e;
	}
	*out = c;
	return NULL;
}

void sim_control_close(struct sim_control_socket *c)
{
	if (c == NULL)
		return;
	listener_free(c->listener);
	fiber_group_join(&c->fibers, true);
	free(c->path);
	free(c);
}
