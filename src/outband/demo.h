/* SPDX-License-Identifier: Apache-2.0
 * outband demo: what its files share.
 *
 *   demo.c        set-up, end, command line
 *   demo_job.c    the steps
 *   demo_sol.c    a serial console through the relay
 *   demo_tools.c  showing steps, programs as children, calls of the REST APIs
 *   demo_cert.c   a provisioning certificate, as one buys it
 */
#ifndef OUTBAND_DEMO_H
#define OUTBAND_DEMO_H

#include <net/http_client.h>
#include <outband/app.h>
#include <rt/fiber.h>

#define DEMO_DEVICES 3
#define DEMO_STEP_MS 60000
#define DEMO_SUFFIX "demo.outband.example"

struct demo_child {
	uv_process_t handle;
	bool running;
	int64_t status;
	struct waitq ended;
};

struct demo_cert {
	char root_sha256[65]; /* what a device trusts from the factory */
	char *pfx;	      /* base64, in the arena */
};

struct demo {
	bool once, json, tty, stopping;
	char dir[64];
	char bin[4096], sim[4096], rpc[4096]; /* paths of the programs */
	/* of the administrator, of AMT, of the provisioning certificate's file */
	char password[24], device_password[24], pfx_password[24];
	uint16_t rest_port, cira_port, rps_port, rpc_port;
	char *token;
	struct demo_child server, sims[DEMO_DEVICES], tool;
	struct http_client *http;
	struct demo_cert cert;
	struct arena arena;
	struct waitq stop;
	int exit_code, steps;
	const char *step_text;
	int64_t step_since;
};

/* ---- demo_tools.c ---- */

/* text stays valid until the step ends. */
void demo_step(struct demo *d, const char *text);
void demo_held(struct demo *d, const char *result);
/* One JSON line. */
void demo_say(json_t *take_json);

/* args and env end with NULL; output goes to the file log in the demo's folder. */
OB_MUST_CHECK struct err *demo_spawn(struct demo *d, struct demo_child *c,
				     const char *file, const char **args,
				     const char **env, const char *log);
OB_MUST_CHECK OB_SUSPENDS struct err *demo_wait(struct demo_child *c,
						struct deadline until);
OB_SUSPENDS void demo_stop(struct demo_child *c);

/* Of the MPS, or of the RPS (path begins with "admin/"). out (may be NULL): JSON. Another
 * status than expect is an error with the answer in it. */
OB_MUST_CHECK OB_SUSPENDS struct err *demo_call(struct demo *d, const char *method,
						const char *path, const char *body,
						long expect, json_t **out);
/* The same for an answer that is no JSON. */
OB_MUST_CHECK OB_SUSPENDS struct err *demo_get_text(struct demo *d, const char *path,
						    struct str *out);
/* Asks again until want is answered. */
OB_MUST_CHECK OB_SUSPENDS struct err *demo_await(struct demo *d, const char *path,
						 const char *key, int64_t want);

/* ---- demo_cert.c ---- */

OB_MUST_CHECK OB_SUSPENDS struct err *demo_cert_make(struct demo *d);

/* ---- demo_sol.c ---- */

/* Logs in to the host's system and asks what it is. said: what both wrote, on one line;
 * in the demo's arena. */
OB_MUST_CHECK OB_SUSPENDS struct err *demo_sol(struct demo *d, const char *guid,
					       char **said);

/* ---- demo_job.c ---- */

OB_MUST_CHECK OB_SUSPENDS struct err *demo_job(struct demo *d);

#endif
