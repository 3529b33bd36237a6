/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <net/tls.h>
#include <net/tls_test.h>

static const struct limiter_config unlimited = {0};

void ok(struct err *e)
{
	struct arena a = {0};

	if (e != NULL)
		fail_msg("%s", err_str(e, &a));
}

void fails(struct err *e, enum err_kind kind, const char *part)
{
	struct arena a = {0};

	if (e == NULL)
		fail_msg("no error where \"%s\" was expected", part);
	const char *text = err_str(e, &a);
	if (e->kind != kind || strstr(text, part) == NULL)
		fail_msg("%s: \"%s\", expected %s: \"%s\"", err_kind_name(e->kind), text,
			 err_kind_name(kind), part);
	err_free(e);
	arena_fini(&a);
}

struct secret secret_of(const char *text)
{
	return (struct secret){(char *)(uintptr_t)text, strlen(text)};
}

static struct err *open_port(void *arg, uint16_t port, struct deadline until,
			     struct stream **out)
{
	struct world *w = arg;
	struct stream *ours, *theirs;

	if (w->tls != NULL)
		port = SIM_PORT_TLS;
	test_pipe(65536, &ours, &theirs);
	if (sim_full_connect(w->full, port, w->local, STR("127.0.0.1"), theirs) != 0) {
		stream_free(ours);
		stream_free(theirs);
		return err_new(ERR_CLOSED, "the port is closed");
	}
	w->opened++;
	if (w->tls != NULL)
		return tls_connect(ours, w->tls, NULL, until, out);
	*out = ours;
	return NULL;
}

static void on_destroy(struct device *d)
{
}

void world_as(struct world *w, const char *user, const char *password)
{
	amt_http_credentials(&w->device.http, str_of(user), str_of(password));
}

void world_as_host(struct world *w)
{
	const struct secret *p = &w->full->state->local_password;

	w->local = true;
	amt_http_credentials(&w->device.http, STR(SIM_LOCAL_USER),
			     (struct str){p->p, p->n});
}

void world_again(struct world *w)
{
	ok(device_call_end(&w->call, NULL));
	device_gone(&w->device);
	w->device.gone = false;
	device_call_begin(&w->call, &w->device, &w->a, SOON);
}

static void platform(struct sim_state *st, const struct world_options *o)
{
	struct amt_tls_setting_data *t;

	for (size_t i = 0; o->tls_always && i < 2; i++) {
		t = sim_store_nth(&st->store, &amt_tls_setting_data_class, i);
		t->non_secure_connections_supported = sim_num(0);
		t->accept_non_secure_connections = sim_num(0);
	}
	if (o->no_wireless)
		sim_store_remove(
			&st->store,
			sim_store_nth(&st->store, &amt_ethernet_port_settings_class, 1));
}

void world_start(struct world *w, const struct world_options *o)
{
	static const struct world_options none;
	struct sim_birth b = {.uuid = {1, 2, 3},
			      .dns_suffix = "corp.example.com",
			      .mode = (o = o != NULL ? o : &none)->mode,
			      .password = STR(WORLD_PASSWORD)};
	struct sim_full_config c = {.model = &w->model};
	struct sim_state *st;

	*w = (struct world){0};
	w->model =
		(struct sim_model){.version = "16.1.25", .build = "1932", .step_ms = 10};
	if (o->suffix != NULL)
		b.dns_suffix = o->suffix;
	b.trust = &o->trust;
	b.n_trust = o->trust != NULL;
	ok(sim_state_new(&b, &st));
	platform(st, o);
	ok(sim_full_new(&c, st, &w->full));
	device_init(&w->device, "4c4c4544-004b-4210-8033-b6c04f504633", &unlimited,
		    open_port, w);
	w->device.destroy = on_destroy;
	if (o->mode == IPS_CONTROL_NONE)
		world_as_host(w);
	else
		world_as(w, "admin", WORLD_PASSWORD);
	device_call_begin(&w->call, &w->device, &w->a, SOON);
}

void world_stop(struct world *w)
{
	ok(device_call_end(&w->call, NULL));
	device_gone(&w->device);
	device_unref(&w->device);
	sim_full_free(w->full);
	SSL_CTX_free(w->tls);
	arena_fini(&w->a);
}

const void *world_object(struct world *w, const struct wsman_class *c)
{
	return sim_store_first(&w->full->state->store, c);
}

size_t world_count(struct world *w, const struct wsman_class *c)
{
	return sim_store_count(&w->full->state->store, c);
}

void world_settle(struct world *w)
{
	for (int i = 0; i < 5; i++)
		ok(fiber_sleep_ms(1));
}
