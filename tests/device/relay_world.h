/* SPDX-License-Identifier: Apache-2.0
 * For the tests of the redirection relay: a real HTTP server with the relay's routes, iam
 * and a database, a full virtual device behind it, and a console that speaks over a
 * WebSocket as browsers do.
 */
#ifndef TESTS_DEVICE_RELAY_WORLD_H
#define TESTS_DEVICE_RELAY_WORLD_H

#include "world.h"

#include <device/relay.h>
#include <iam/iam.h>
#include <net/ws.h>

#define GUID "4c4c4544-004b-4210-8033-b6c04f504633"

struct relay_world {
	struct world w;
	struct device_host host;
	struct config *config;
	struct db *db;
	struct secrets *secrets;
	struct http_client *client;
	struct iam *iam;
	struct http_server *http;
	const char *shown_out; /* who loses his logins when he asks for the device */
	const char *stored;    /* what the secret store holds as the device's password */
	unsigned told;
	char last_event[64];
	char dir[64];
};

void relay_world_start(struct relay_world *r);
void relay_world_stop(struct relay_world *r);
/* For that device and mode (NULL = any), of a user of tenant "t1". */
const char *relay_token(struct relay_world *r, const char *guid, const char *mode);
const char *relay_token_of(struct relay_world *r, const char *tenant, uint32_t perms,
			   const char *mode);
/* A REST call of a user of that tenant and role; the status, *body in the arena. */
int relay_rest(struct relay_world *r, const char *method, const char *path,
	       const char *tenant, const char *role, const char **body);

struct console {
	struct ws *ws;
	struct buf in;
	bool text; /* frames of the device came as text */
};

/* query: behind "?p=2&host=<guid>&port=16994&tls=0". headers: further ones, or NULL. */
struct err *console_try(struct relay_world *r, const char *token, const char *query,
			const char *headers, struct console *c);
void console_open(struct relay_world *r, const char *mode, const char *more,
		  struct console *c);
void console_send(struct console *c, struct str bytes);
/* Waits for at least n unread bytes; false when the session ended. */
bool console_want(struct console *c, size_t n);
/* Expects the end, and gives the code. */
uint16_t console_ended(struct console *c);
void console_close(struct console *c);
/* The next message of start and login; slices until the next call. */
struct redir_msg console_reply(struct console *c);
/* From the start to the end of the login, with nothing but empty texts. */
void console_login(struct console *c, enum redir_kind kind);

/* Serial over LAN: from the login to the first data; keys; and what the host prints until
 * that text was in it. */
void sol_start(struct console *c);
void sol_type(struct console *c, const char *text, bool as_text);
void sol_expect(struct console *c, const char *text);

/* The host's screen, in the arena; is that text on it? */
const char *relay_screen(struct relay_world *r);
bool relay_screen_shows(struct relay_world *r, const char *text);

#endif
