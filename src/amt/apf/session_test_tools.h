/* SPDX-License-Identifier: Apache-2.0
 * Tools of the tests of APF sessions: both roles against each other, and each role
 * against a peer made of bytes. The clock stands still and is moved by hand; waiting
 * means letting the loop turn. Failures are cmocka's.
 */
#ifndef AMT_APF_SESSION_TEST_TOOLS_H
#define AMT_APF_SESSION_TEST_TOOLS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/apf/session.h>
#include <net/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURNS 20000
#define LONG deadline_in(3600 * 1000)

#define TEST(name)                                    \
	static void name##_body(void *arg);           \
	static void name(void **state)                \
	{                                             \
		clock_freeze(1000000, 1700000000000); \
		rt_main(name##_body, NULL);           \
	}                                             \
	static void name##_body(void *arg)

#define WAIT(cond)                                  \
	do {                                        \
		int turns_ = 0;                     \
		while (!(cond) && turns_++ < TURNS) \
			turn();                     \
		assert_true(cond);                  \
	} while (0)

void turn(void);
void turns(int n);
/* A connected pair of descriptors. */
void fd_pair(int type, int fds[2]);

/* ---- one side of a session, and what it was told ---- */

enum answer { ACCEPT, REFUSE, LATER };

struct side {
	struct apf_session *s;
	enum answer answer;
	bool ready, authenticated, refused, close_in_version, own_free;
	int n_auth, n_version, n_alive;
	char user[32], password[32];
	uint8_t uuid[16];
	char why[96];
	bool closed;
	struct stream *channels[8];
	size_t n_channels;
};

extern const uint8_t test_uuid[16];
extern const uint16_t test_ports[7];

void side_start(struct side *k, int fd, struct apf_config c);
void side_login(struct side *k, const char *password, size_t n_ports);
/* Closes and waits for closed(). */
void side_end(struct side *k);
/* Waits for the other side to close it, with that reason. */
void assert_closed(struct side *k, const char *why);
/* Both roles, logged in. */
void connect_both(struct side *server, struct side *device, struct apf_config sc,
		  struct apf_config dc);
struct stream *open_channel(struct side *server, uint16_t port);

/* ---- a peer made of bytes ---- */

void raw_send(int fd, struct str bytes);
size_t raw_read(int fd, char *p, size_t cap);
void raw_expect(int fd, struct str want);
void raw_expect_end(int fd);
void raw_expect_nothing(int fd);

#define N18 "\0\0\0\x12"
#define Z8 "\0\0\0\0\0\0\0\0"
#define Z64 Z8 Z8 Z8 Z8 Z8 Z8 Z8 Z8
#define UUID_BYTES "\x44\x45\x4c\x4c\x4b\x00\x10\x42\x80\x33\xb6\xc0\x4f\x50\x46\x33"
#define VERSION "\xc0\0\0\0\x01\0\0\0\0\0\0\0\x01" UUID_BYTES Z64
#define ASK_AUTH "\x05" N18 APF_SERVICE_AUTH
#define ASK_PFWD "\x05" N18 APF_SERVICE_PFWD
#define OK_AUTH "\x06" N18 APF_SERVICE_AUTH
#define OK_PFWD "\x06" N18 APF_SERVICE_PFWD
#define USERAUTH                                                      \
	"\x32\0\0\0\x05"                                              \
	"admin" N18 APF_SERVICE_PFWD "\0\0\0\x08password\0\0\0\0\x06" \
	"secret"
#define FORWARD(hi, lo) "\x50\0\0\0\x0dtcpip-forward\x01\0\0\0\0\0\0" hi lo
#define FORWARD_16992 FORWARD("\x42", "\x60")
#define FORWARD_5900 FORWARD("\x17", "\x0c")
#define BYE(reason) "\x01\0\0\0" reason "\0\0"
#define OPEN_16992(id, window, oport)         \
	"\x5a\0\0\0\x0f"                      \
	"forwarded-tcpip"                     \
	"\0\0\0" id window "\xff\xff\xff\xff" \
	"\0\0\0\0"                            \
	"\0\0\x42\x60"                        \
	"\0\0\0\x07"                          \
	"1.2.3.4"                             \
	"\0\0\x04" oport
#define CONFIRM(to, id, window) "\x5b\0\0\0" to "\0\0\0" id window "\xff\xff\xff\xff"
#define CLOSE(to) "\x61\0\0\0" to
#define W1000 "\0\0\x03\xe8" /* 1000 bytes */
#define W80K "\0\x01\x40\0"

/* A server session that a raw device logged in to; returns the device's descriptor. */
int raw_device_type(struct side *server, struct apf_config c, int type);
int raw_device(struct side *server, struct apf_config c);

/* A fiber in apf_channel_open. */
struct opening {
	struct side *server;
	uint16_t port;
	struct deadline until;
	struct stream *out;
	struct err *e;
	bool done;
};
void open_fiber(void *arg);
struct fiber *spawn_open(struct opening *o, struct side *server, uint16_t port);
/* Opens channel 4 against a raw device, which numbers it 1 and grants 4096 bytes. */
struct stream *raw_channel(struct side *server, int fd, struct str want_open);

void assert_reads(struct stream *s, const char *want);
void assert_writes(struct stream *s, const char *text);
void assert_ends(struct stream *s);
void assert_read_fails(struct stream *s, enum err_kind kind);

#endif
