/* SPDX-License-Identifier: Apache-2.0
 * Tools of the tests of the virtual HECI: a server with a filled host struct, and the
 * host side of this house against it, in one loop. Failures are cmocka's.
 */
#ifndef SIM_HECI_TEST_TOOLS_H
#define SIM_HECI_TEST_TOOLS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/heci/amthi_client.h>
#include <amt/heci/virtual.h>
#include <sim/heci.h>

#define SOON deadline_in(10000)

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

/* Lets the loop turn until cond holds; at most 10 s. Evaluates it more than once. */
#define WAIT(cond)                                          \
	do {                                                \
		struct deadline until_ = SOON;              \
		while (!(cond) && !deadline_passed(until_)) \
			assert_ok(fiber_sleep_ms(1));       \
		assert_true(cond);                          \
	} while (0)

struct heci_fixture {
	char dir[32], path[64];
	struct sim_heci *server;
	struct sim_heci_host host;
	struct heci_place place;
	struct arena a;
	struct amthi_client amthi; /* place and arena are set */
	/* what host.call was asked, and what it answers */
	struct amthi_request asked;
	char asked_text[64];
	uint32_t answer;
};

void fixture_open(struct heci_fixture *f);
void fixture_close(struct heci_fixture *f);

/* Takes e. */
void assert_ok(struct err *e);
void assert_fails(struct err *e, enum err_kind kind);

/* A raw connection: the GUID was sent, nothing read. */
int raw_connect(const struct heci_fixture *f, const void *guid, size_t n);
void raw_send(int fd, struct str bytes);
/* Waits for a packet; its length, 0 at the end, -1 when the connection broke. */
ssize_t raw_recv(int fd, char *p, size_t cap);
/* Connected to a client. */
int raw_client(const struct heci_fixture *f, enum heci_client_id id);

#endif
