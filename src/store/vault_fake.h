/* SPDX-License-Identifier: Apache-2.0
 * For tests: a small KV version 2 server on the real HTTP server, on a loopback port.
 */
#ifndef STORE_VAULT_FAKE_H
#define STORE_VAULT_FAKE_H

#include <net/http_server.h>

struct vault_fake {
	struct http_server *server;
	json_t *data;	  /* path -> object */
	json_t *versions; /* path -> number */
	char token[64];	  /* the valid one */
	int ttl;	  /* seconds; 0 = endless */
	bool renewable;
	int status;	/* answer all but health with it; 0 = work */
	bool no_engine; /* 404 as for an unknown mount */
	bool version_1; /* writes are answered as by a KV version 1 engine: nothing to
			   read */
	bool no_json;	/* 404 of something that is no Vault */
	int health;	/* status of sys/health */
	unsigned requests, refused, renewals;
	char last_namespace[64];
};

/* Fills in a working state; port of the listener. */
uint16_t vault_fake_start(struct vault_fake *f);
void vault_fake_stop(struct vault_fake *f);

#endif
