/* SPDX-License-Identifier: Apache-2.0 */
#include "rps_world.h"

#include <base/log.h>
#include <net/tls_test.h>
#include <net/ws.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void ok(struct err *e)
{
	struct arena a = {0};

	if (e != NULL)
		fail_msg("%s", err_str(e, &a));
}

/* ---- servers ---- */

static void configure(struct world *w, const char *const *settings)
{
	static const char *const always[] = {"mps.rest.listen=127.0.0.1:0",
					     "mps.cira.listen=127.0.0.1:0",
					     "rps.rest.listen=127.0.0.1:0",
					     "rps.rpc.listen=127.0.0.1:0",
					     "rps.assistant.listen=127.0.0.1:0",
					     "mps.instance=test",
					     "rps.activation_wait_ms=0",
					     "rps.tls_wait_ms=0",
					     NULL};

	w->config = config_new();
	config_add(w->config, iam_settings, iam_settings_n);
	config_add(w->config, mps_settings, mps_settings_n);
	config_add(w->config, rps_settings, rps_settings_n);
	for (const char *const *s = always; *s != NULL; s++)
		ok(config_set(w->config, *s, "test"));
	for (const char *const *s = settings; s != NULL && *s != NULL; s++)
		ok(config_set(w->config, *s, "test"));
}

void world_start(struct world *w, const char *const *settings)
{
	char url[128];

	*w = (struct world){.suffix = "corp.example.com"};
	log_init(getenv("RPS_WORLD_LOG") != NULL ? LOG_DEBUG : LOG_ERROR, LOG_HUMAN);
	configure(w, settings);
	strcpy(w->dir, "/tmp/ob-rps-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->http = http_client_new(&(struct http_client_config){0});
	snprintf(url, sizeof(url), "sqlite:%s/world.db", w->dir);
	ok(db_open(url, 0, &w->db));
	snprintf(url, sizeof(url), "file:%s/secrets.db", w->dir);
	ok(secrets_open(&(struct secrets_config){.url = url}, &w->secrets));
	ok(iam_start(w->config, w->db, w->secrets, w->http, &w->iam, NULL));
	ok(mps_start(w->config, w->db, w->secrets, w->iam, NULL, &w->mps));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", mps_rest_port(w->mps));
	config_default(w->config, "rps.mps.url", url, "test");
	ok(rps_start(w->config, w->db, w->secrets, w->iam, w->http, NULL, &w->rps));
	w->rpc_port = rps_rpc_port(w->rps);
	w->store = rps_store_new(w->db, w->secrets);
	ok(iam_issue(w->iam, "tester", "", "admin", 60, &w->a, &w->token));
	pki_start(&w->pki, NULL);
}

void world_of(struct world *w, uint16_t rpc_port, const char *suffix, const char *trust)
{
	*w = (struct world){.rpc_port = rpc_port, .suffix = suffix};
	log_init(LOG_ERROR, LOG_HUMAN);
	snprintf(w->pki.root_sha256, sizeof(w->pki.root_sha256), "%s", trust);
}

void world_stop(struct world *w)
{
	char cmd[128];

	rps_store_free(w->store);
	rps_stop(w->rps, deadline_in(5000));
	mps_stop(w->mps, deadline_in(5000));
	iam_stop(w->iam);
	secrets_close(w->secrets);
	db_close(w->db);
	http_client_free(w->http);
	config_free(w->config);
	pki_stop(&w->pki);
	arena_fini(&w->a);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", w->dir);
	assert_int_equal(system(cmd), 0);
}

static struct answer call(struct world *w, uint16_t port, const char *method,
			  const char *path, const char *body)
{
	const char *headers[] = {
		"Content-Type: application/json",
		arena_printf(&w->a, "Authorization: Bearer %s", w->token), NULL};
	struct http_fetch f = {
		.method = method,
		.url = arena_printf(&w->a, "http://127.0.0.1:%u%s", port, path),
		.headers = headers,
		.body = str_of(body),
	};

	ok(http_fetch(w->http, &f, &w->a, SOON));
	return (struct answer){f.status, str_dup(&w->a, f.response)};
}

struct answer rps_call(struct world *w, const char *method, const char *path,
		       const char *body)
{
	return call(w, rps_rest_port(w->rps), method, path, body);
}

struct answer mps_call(struct world *w, const char *method, const char *path,
		       const char *body)
{
	return call(w, mps_rest_port(w->mps), method, path, body);
}

/* ---- profiles ---- */

void world_create(struct world *w, const char *what, const char *body)
{
	struct answer a =
		rps_call(w, "POST", arena_printf(&w->a, "/api/v1/admin/%s", what), body);

	if (a.status != 201)
		fail_msg("POST %s %s: %ld %s", what, body, a.status, a.text);
}

static const char *root_of_mps(struct world *w)
{
	struct answer a = mps_call(w, "GET", "/api/v1/ciracert", NULL);
	struct buf b = {0};

	assert_int_equal(a.status, 200);
	for (const char *p = a.text; *p != '\0';) {
		size_t n = strcspn(p, "\n");
		if (n > 0 && *p != '-')
			buf_add(&b, p, n - (p[n - 1] == '\r'));
		p += n + (p[n] == '\n');
	}
	const char *out = str_dup(&w->a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static void profile(struct world *w, const char *name, bool acm, bool random)
{
	const char *passwords = random ? "\"generateRandomPassword\":true,"
					 "\"generateRandomMEBxPassword\":%s"
				       : "\"amtPassword\":\"" AMT_PASSWORD "\","
					 "\"generateRandomPassword\":false%s";
	const char *mebx = random ? (acm ? "true" : "false")
			   : acm  ? ",\"mebxPassword\":\"" MEBX_PASSWORD "\""
				  : "";
	struct buf b = {0};

	buf_addf(&b,
		 "{\"profileName\":\"%s\",\"activation\":\"%s\","
		 "\"ciraConfigName\":\"home\",\"dhcpEnabled\":true,\"tags\":[\"t1\"],"
		 "\"userConsent\":\"%s\",\"kvmEnabled\":true,\"solEnabled\":true,"
		 "\"iderEnabled\":false,",
		 name, acm ? "acmactivate" : "ccmactivate", acm ? "None" : "All");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_addf(&b, passwords, mebx);
#pragma GCC diagnostic pop
	buf_adds(&b, "}");
	world_create(w, "profiles", b.p);
	buf_fini(&b);
}

void world_profile(struct world *w, const char *name, bool acm, const char *more)
{
	world_create(w, "profiles",
		     arena_printf(&w->a,
				  "{\"profileName\":\"%s\",\"activation\":\"%s\","
				  "\"amtPassword\":\"" AMT_PASSWORD "\"%s,%s}",
				  name, acm ? "acmactivate" : "ccmactivate",
				  acm ? ",\"mebxPassword\":\"" MEBX_PASSWORD "\"" : "",
				  more));
}

void world_profiles(struct world *w)
{
	struct str pfx = pki_file(&w->pki, &w->a);

	world_create(
		w, "ciraconfigs",
		arena_printf(&w->a,
			     "{\"configName\":\"home\",\"mpsServerAddress\":\"localhost."
			     "example.com\","
			     "\"mpsPort\":4433,\"username\":\"" MPS_USER "\","
			     "\"password\":\"" MPS_PASSWORD "\","
			     "\"commonName\":\"localhost.example.com\","
			     "\"serverAddressFormat\":201,\"authMethod\":2,"
			     "\"mpsRootCertificate\":\"%s\",\"proxyDetails\":\"\"}",
			     root_of_mps(w)));
	world_create(
		w, "domains",
		arena_printf(
			&w->a,
			"{\"profileName\":\"corp\",\"domainSuffix\":\"corp.example.com\","
			"\"provisioningCert\":\"%s\","
			"\"provisioningCertPassword\":\"" PKI_PASSWORD "\","
			"\"provisioningCertStorageFormat\":\"string\"}",
			base64_encode(&w->a, pfx.p, pfx.n)));
	profile(w, "ccm", false, false);
	profile(w, "acm", true, false);
	profile(w, "ccm-random", false, true);
	profile(w, "acm-random", true, true);
}

/* ---- devices ---- */

void machine_start(struct world *w, struct machine *m, uint16_t number)
{
	machine_start_in(w, m, number, IPS_CONTROL_NONE, NULL);
}

static void machine_new(struct world *w, struct machine *m, uint16_t number,
			struct sim_birth b)
{
	const char *trust = w->pki.root_sha256;
	const uint8_t uuid[16] = {1,
				  2,
				  3,
				  4,
				  5,
				  6,
				  7,
				  8,
				  9,
				  10,
				  [14] = (uint8_t)(number >> 8),
				  (uint8_t)number};
	struct sim_full_config c = {.model = &m->model};
	struct sim_state *st;

	memcpy(b.uuid, uuid, sizeof(uuid));
	b.dns_suffix = w->suffix;
	b.trust = &trust;
	b.n_trust = 1;
	*m = (struct machine){.model = {.version = b.tls ? "19.0.5" : "16.1.25",
					.build = "1932",
					.step_ms = 10}};
	ok(sim_state_new(&b, &st));
	ok(sim_full_new(&c, st, &m->full));
	uuid_text_from_smbios(b.uuid, m->guid);
}

void machine_start_in(struct world *w, struct machine *m, uint16_t number, int mode,
		      const char *password)
{
	machine_new(w, m, number,
		    (struct sim_birth){.mode = mode, .password = str_of(password)});
}

void machine_start_tls(struct world *w, struct machine *m, uint16_t number)
{
	machine_new(w, m, number, (struct sim_birth){.tls = true});
}

void machine_stop(struct machine *m)
{
	sim_full_free(m->full);
}

bool machine_has_password(const struct machine *m, const struct secret *p)
{
	const struct sim_state *st = m->full->state;
	uint8_t ha1[16];

	if (p->p == NULL)
		return false;
	sim_ha1(st, STR("admin"), (struct str){p->p, p->n}, ha1);
	return memcmp(ha1, st->admin_ha1, sizeof(ha1)) == 0;
}

size_t machine_count(const struct machine *m, const struct wsman_class *cls)
{
	return sim_store_count(&m->full->state->store, cls);
}

void machine_check_activated(struct world *w, const struct machine *m, int mode)
{
	struct device_secrets s;
	struct rps_device d;

	assert_int_equal(m->full->state->mode, mode);
	ok(device_secrets_get(w->secrets, m->guid, &w->a, SOON, &s));
	assert_true(machine_has_password(m, &s.amt_password));
	assert_null(s.next_amt_password.p);
	if (mode == IPS_CONTROL_ADMIN)
		assert_true(sim_state_mebx_is(
			m->full->state,
			(struct str){s.mebx_password.p, s.mebx_password.n}));
	device_secrets_fini(&s);
	ok(rps_device_get(w->store, "", m->guid, &w->a, SOON, &d));
	struct answer a = mps_call(
		w, "GET", arena_printf(&w->a, "/api/v1/devices/%s", m->guid), NULL);
	assert_int_equal(a.status, 200);
}
