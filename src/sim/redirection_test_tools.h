/* SPDX-License-Identifier: Apache-2.0
 * For the tests of redirection: a console in a fiber, on a socket pair with the virtual
 * device.
 */
#ifndef SIM_REDIRECTION_TEST_TOOLS_H
#define SIM_REDIRECTION_TEST_TOOLS_H

#include <sim/redirection_priv.h>

#define TEST_REALM "Digest:A4070000000000000000000000000000"
#define TEST_PASSWORD "P@ssw0rd"
#define TEST_MS 5000 /* patience */

struct test_device {
	struct sim_redirection_config config;
	struct sim_redirection r;
	struct fiber_group fibers;
};

struct test_console {
	struct test_device *d;
	struct stream *s;
	struct buf in;
	bool ended; /* the device closed */
};

/* Runs fn(device) in a fiber, with a device of steps of 20 ms and no gaps; ends what fn
 * left. */
void test_with_device(void (*fn)(struct test_device *d));

void test_console_open(struct test_console *c, struct test_device *d);
void test_console_close(struct test_console *c);
void test_console_send(struct test_console *c, const struct buf *b);
/* Waits for more bytes of the device; false when it closed. */
bool test_console_more(struct test_console *c);
/* True when the device closes without a further byte. */
bool test_console_closed(struct test_console *c);
/* True when nothing comes for that long. */
bool test_console_silent(struct test_console *c, int64_t ms);

/* 0x10; the status of 0x11. */
uint8_t test_console_start(struct test_console *c, enum redir_kind kind);
/* The next message of start and authentication; slices until the next call. */
struct redir_msg test_console_reply(struct test_console *c);
/* One login: asks for a challenge and answers it; the status. */
uint8_t test_console_digest(struct test_console *c, uint8_t type, const char *user,
			    const char *password);
/* Open, started and logged in; asserts. */
void test_console_login(struct test_console *c, struct test_device *d,
			enum redir_kind kind);

#endif
