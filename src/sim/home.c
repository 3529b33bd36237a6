/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/home.h>

#include <amt/wsman/classes/certificates.h>
#include <amt/wsman/classes/cira.h>
#include <amt/wsman/classes/network.h>
#include <amt/wsman/classes/setup.h>
#include <base/cursor.h>
#include <base/log.h>
#include <openssl/pem.h>

#define CREDENTIAL "Intel(r) AMT:MPS Username Password"
#define ANSWER_MS 200 /* for an answer that is still on its way in the tunnel */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 30000
#define CLOSE_MS 5000
#define DAY_S 86400

/* ---- what is asked for ---- */

/* Outside when the network's suffix is none of the given ones; nothing given: cannot
 * tell. */
bool sim_home_outside(const struct sim_state *st)
{
	const struct amt_environment_detection_setting_data *s = sim_store_first(
		&st->store, &amt_environment_detection_setting_data_class);

	if (s == NULL || s->detection_strings.n == 0)
		return false;
	for (size_t i = 0; i < s->detection_strings.n; i++)
		if (str_ieq(s->detection_strings.v[i], str_of(st->network_suffix)))
			return false;
	return true;
}

static char *roots_pem(const struct sim_state *st)
{
	const struct amt_public_key_certificate *c;
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *copy = NULL;

	for (size_t i = 0;
	     (c = sim_store_nth(&st->store, &amt_public_key_certificate_class, i)); i++) {
		X509 *cert = c->trusted_root_certficate.v
				     ? sim_state_certificate(st, c->instance_id)
				     : NULL;
		if (cert != NULL)
			PEM_write_bio_X509(bio, cert);
		X509_free(cert);
	}
	long n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		copy = xstrndup(text, (size_t)n);
	BIO_free(bio);
	return copy;
}

static const struct amt_management_presence_remote_sap *server_of(
	const struct sim_state *st, const struct amt_remote_access_policy_rule *rule)
{
	const struct amt_remote_access_policy_applies_to_mps *p, *best = NULL;
	struct arena a = {0};
	struct wsman_epr me = sim_epr_to(&a, &amt_remote_access_policy_rule_class, rule);

	for (size_t i = 0;
	     (p = sim_store_nth(&st->store,
				&amt_remote_access_policy_applies_to_mps_class, i));
	     i++)
		if (sim_epr_matches(&me, &p->policy_set) &&
		    p->mps_type.v != AMT_MPS_INTERNAL &&
		    (best == NULL || p->order_of_access.v < best->order_of_access.v))
			best = p;
	arena_fini(&a);
	return best == NULL ? NULL
			    : sim_store_find(&st->store,
					     &amt_management_presence_remote_sap_class,
					     &best->managed_element);
}

static uint32_t interval_of(struct str extended)
{
	struct arena a = {0};
	size_t n;
	const uint8_t *raw = extended.p != NULL ? base64_decode(&a, extended, &n) : NULL;
	uint32_t seconds = DAY_S;

	if (raw != NULL && n == 8) {
		struct rd r = rd_init(raw + 4, 4);
		seconds = rd_be32(&r);
	}
	arena_fini(&a);
	return seconds;
}

static bool fill(const struct sim_state *st,
		 const struct amt_remote_access_policy_rule *rule,
		 struct sim_home_target *t)
{
	const struct amt_management_presence_remote_sap *sap = server_of(st, rule);
	const char *number = sap != NULL ? strrchr(sap->name.p, ' ') : NULL;
	const struct amt_mps_username_password *c;
	char id[64];

	if (number == NULL || sap->access_info.n >= sizeof(t->host) ||
	    sap->cn.n >= sizeof(t->name))
		return false;
	snprintf(id, sizeof(id), CREDENTIAL "%.16s", number);
	c = sim_store_by_text(&st->store, &amt_mps_username_password_class, "InstanceID",
			      str_of(id));
	if (c == NULL)
		return false;
	snprintf(t->host, sizeof(t->host), STR_FMT, STR_ARG(sap->access_info));
	snprintf(t->name, sizeof(t->name), STR_FMT, STR_ARG(sap->cn));
	t->port = (uint16_t)sap->port.v;
	t->trigger = (uint8_t)rule->trigger.v;
	t->lifetime_s = (uint32_t)rule->tunnel_life_time.v;
	t->interval_s = interval_of(rule->extended_data);
	secret_set(&t->user, c->remote_id);
	secret_set(&t->password, c->secret);
	t->roots_pem = roots_pem(st);
	return t->roots_pem != NULL;
}

bool sim_home_target(const struct sim_state *st, bool called, struct sim_home_target *out)
{
	static const struct {
		const char *policy;
		bool on_call;
	} order[] = {{"User Initiated", true}, {"Periodic", false}};

	*out = (struct sim_home_target){0};
	if (st->mode == IPS_CONTROL_NONE || !sim_home_outside(st))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		const struct amt_remote_access_policy_rule *rule = sim_store_by_text(
			&st->store, &amt_remote_access_policy_rule_class,
			"PolicyRuleName", str_of(order[i].policy));
		if (rule == NULL || (order[i].on_call && !called))
			continue;
		if (fill(st, rule, out))
			return true;
		sim_home_target_fini(out);
	}
	return false;
}

void sim_home_target_fini(struct sim_home_target *t)
{
	secret_fini(&t->user);
	secret_fini(&t->password);
	free(t->roots_pem);
	*t = (struct sim_home_target){0};
}

/* But for the roots. */
static bool same_server(const struct sim_home_target *a, const struct sim_home_target *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->name, b->name) == 0 &&
	       a->port == b->port && a->trigger == b->trigger &&
	       a->lifetime_s == b->lifetime_s &&
	       secret_equal(&a->user, (struct str){b->user.p, b->user.n}) &&
	       secret_equal(&a->password, (struct str){b->password.p, b->password.n});
}

/* ---- the tunnel ---- */

struct sim_home {
	struct sim_device *d;
	struct sim_home_config config;
	struct fiber_group runner, link;
	struct waitq wake, closed;
	bool up, called, hang_up, stopping;
	int64_t not_before_ms, end_ms; /* of the tunnel; 0 = none */
	struct sim_home_target target;
	struct sim_cira_config cira_config;
	struct sim_cira_counts counts;
	struct sim_cira *cira; /* NULL: no tunnel wanted */
};

static void on_link(void *arg, bool up)
{
	struct sim_home *h = arg;

	h->d->state->tunnel_connected = up;
	h->end_ms = up && h->target.lifetime_s > 0
			    ? clock_mono_ms() + (int64_t)h->target.lifetime_s * 1000
			    : 0;
	waitq_wake_all(&h->wake);
}

static enum apf_open_failure on_open(void *arg, uint16_t port, struct stream *channel)
{
	struct sim_home *h = arg;

	return h->config.open(h->config.arg, port, channel);
}

static struct err *tls_for(const struct sim_home_target *t, SSL_CTX **out)
{
	struct tls_client_config tls = {.ca_pem = t->roots_pem,
					.server_name = t->name,
					.min_version = "TLSv1.2",
					.match_cn = true};

	return tls_client_ctx(&tls, out);
}

/* For the next handshake. */
static void change_roots(struct sim_home *h, struct sim_home_target *t)
{
	SSL_CTX *tls;
	struct err *e = tls_for(t, &tls);

	if (e != NULL) {
		log_warn("the trusted roots cannot be used to call home", F_ERR(e));
		err_free(e);
		return;
	}
	SSL_CTX_free(h->cira_config.tls);
	h->cira_config.tls = tls;
	free(h->target.roots_pem);
	h->target.roots_pem = t->roots_pem;
	t->roots_pem = NULL;
}

static void open_link(struct sim_home *h, struct sim_home_target take_target)
{
	struct sim_cira_config *c = &h->cira_config;
	struct err *e;

	h->target = take_target;
	*c = (struct sim_cira_config){
		.host = h->target.host,
		.name = h->target.name,
		.port = h->target.port,
		.source = h->config.source,
		.user = h->target.user,
		.password = h->target.password,
		.apf = {.device = true,
			.one_message_per_write = true,
			.window = 4096,
			.max_channels = 8,
			.keepalive_s = 30,
			.login_ms = 60000,
			.trigger = h->target.trigger + 1u},
		.retry_min_ms = RETRY_MIN_MS,
		.retry_max_ms = RETRY_MAX_MS,
		.open = on_open,
		.link = on_link,
		.arg = h,
	};
	e = tls_for(&h->target, &c->tls);
	if (e != NULL) {
		log_warn("the trusted roots cannot be used to call home", F_ERR(e));
		err_free(e);
		sim_home_target_fini(&h->target);
		h->not_before_ms = clock_mono_ms() + RETRY_MAX_MS;
		return;
	}
	h->cira = sim_cira_new(h->d, c, &h->counts, &h->link);
	sim_cira_start(h->cira);
}

static void close_link(struct sim_home *h)
{
	if (h->cira == NULL)
		return;
	fiber_shield(1);
	err_free(fiber_sleep_ms(h->stopping || !h->up ? 0 : ANSWER_MS));
	sim_cira_stop(h->cira);
	fiber_group_join(&h->link, true);
	/* The session reports its end on the loop. */
	err_free(fiber_yield());
	err_free(fiber_yield());
	fiber_shield(-1);
	sim_cira_free(h->cira);
	h->cira = NULL;
	h->end_ms = 0;
	h->d->state->tunnel_connected = false;
	SSL_CTX_free(h->cira_config.tls);
	sim_home_target_fini(&h->target);
	waitq_wake_all(&h->closed);
}

/* The tunnel's time is over: a periodic policy opens the next one later. */
static bool time_is_over(struct sim_home *h)
{
	bool over = h->hang_up || (h->end_ms != 0 && clock_mono_ms() >= h->end_ms);

	h->hang_up = false;
	if (!over || h->cira == NULL)
		return false;
	h->not_before_ms = clock_mono_ms() + (int64_t)h->target.interval_s * 1000;
	h->called = false;
	return true;
}

/* Whether the roots are those that the link knows; a tunnel that is up learns them. */
static bool may_stay(struct sim_home *h, struct sim_home_target *t)
{
	if (strcmp(t->roots_pem, h->target.roots_pem) == 0)
		return true;
	if (!h->d->state->tunnel_connected)
		return false;
	change_roots(h, t);
	return true;
}

static void look(struct sim_home *h)
{
	struct sim_home_target t;
	bool wanted;

	if (time_is_over(h))
		close_link(h);
	wanted = sim_home_target(h->d->state, h->called, &t) && h->up;
	if (h->cira != NULL &&
	    !(wanted && same_server(&t, &h->target) && may_stay(h, &t))) {
		close_link(h);
		h->not_before_ms = 0;
	}
	if (h->cira == NULL && wanted &&
	    (h->called || clock_mono_ms() >= h->not_before_ms))
		open_link(h, t);
	else
		sim_home_target_fini(&t);
}

static struct deadline next_look(const struct sim_home *h)
{
	int64_t at = INT64_MAX, now = clock_mono_ms();

	if (h->end_ms != 0)
		at = h->end_ms;
	if (h->cira == NULL && h->not_before_ms > now)
		at = MIN(at, h->not_before_ms);
	return (struct deadline){at};
}

static void run(void *arg)
{
	struct sim_home *h = arg;

	while (!h->stopping) {
		look(h);
		if (!h->stopping)
			err_free(waitq_wait(&h->wake, next_look(h)));
	}
	close_link(h);
}

struct sim_home *sim_home_new(struct sim_device *d, const struct sim_home_config *c)
{
	struct sim_home *h = xcalloc(1, sizeof(*h));

	h->d = d;
	h->config = *c;
	h->up = true;
	fiber_group_init(&h->runner);
	fiber_group_init(&h->link);
	waitq_init(&h->wake);
	waitq_init(&h->closed);
	fiber_spawn(&h->runner, "sim-home", run, h);
	return h;
}

void sim_home_wake(struct sim_home *h)
{
	waitq_wake_all(&h->wake);
}

void sim_home_network(struct sim_home *h, bool up)
{
	h->up = up;
	h->not_before_ms = 0;
	waitq_wake_all(&h->wake);
}

void sim_home_drop(struct sim_home *h)
{
	struct err *e = NULL;

	sim_home_network(h, false);
	while (h->cira != NULL && e == NULL)
		e = waitq_wait(&h->closed, deadline_in(CLOSE_MS));
	err_free(e);
}

void sim_home_call(struct sim_home *h)
{
	h->called = true;
	waitq_wake_all(&h->wake);
}

void sim_home_hang_up(struct sim_home *h)
{
	h->hang_up = true;
	waitq_wake_all(&h->wake);
}

void sim_home_free(struct sim_home *h)
{
	if (h == NULL)
		return;
	h->stopping = true;
	waitq_wake_all(&h->wake);
	fiber_group_join(&h->runner, false);
	free(h);
}
