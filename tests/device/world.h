/* SPDX-License-Identifier: Apache-2.0
 * For the tests of what is done with a device: a full virtual one in this process, its
 * ports reached by pipes in memory, and a device_call to it.
 */
#ifndef TESTS_DEVICE_WORLD_H
#define TESTS_DEVICE_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/wsman/classes/all.h>
#include <device/call.h>
#include <openssl/ssl.h>
#include <sim/classes.h>
#include <sim/full.h>

#define WORLD_PASSWORD "P@ssw0rd"
#define SOON deadline_in(20000)

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

struct world_options {
	int mode;	    /* enum ips_control_mode to begin in */
	const char *trust;  /* SHA-256 of a root, or NULL */
	const char *suffix; /* of MEBx; NULL: corp.example.com */
	bool tls_always;    /* a platform without plain connections */
	bool no_wireless;
};

struct world {
	struct sim_model model;
	struct sim_full *full;
	bool local; /* come from the host */
	unsigned opened;
	SSL_CTX *tls; /* set: connections are TLS, to 16993 */
	struct device device;
	struct device_call call; /* c */
	struct arena a;
};

/* Local system account while it is not set up, else admin from the network. */
void world_start(struct world *w, const struct world_options *o);
void world_stop(struct world *w);
/* Calls after this have these credentials. */
void world_as(struct world *w, const char *user, const char *password);
/* As the host's own account, from the host. */
void world_as_host(struct world *w);
/* A new conversation: the last one's connection is not kept. */
void world_again(struct world *w);

struct secret secret_of(const char *text);
/* Takes e; fails the test unless it is NULL. */
void ok(struct err *e);
/* Takes e; it is of that kind, and its text holds part. */
void fails(struct err *e, enum err_kind kind, const char *part);
/* First instance of the class in the device. */
const void *world_object(struct world *w, const struct wsman_class *c);
size_t world_count(struct world *w, const struct wsman_class *c);
/* Lets the device's timers run. */
void world_settle(struct world *w);

#endif
