/* SPDX-License-Identifier: Apache-2.0
 * For tests: certificates made on the spot, and a pair of streams in memory.
 */
#ifndef NET_TLS_TEST_H
#define NET_TLS_TEST_H

#include <base/buf.h>
#include <net/stream.h>
#include <rt/timer.h>

/* PEM texts on the heap. */
struct test_cert {
	char *cert, *key;
};

/* Signed by ca, or by itself when ca is NULL (then it is a CA). san: "DNS:x,IP:y" or
 * NULL. P-256. */
struct test_cert test_cert_new(const char *cn, const char *san,
			       const struct test_cert *ca);
void test_cert_free(struct test_cert *c);

/* Two ends of a pipe that holds at most cap bytes each way; no descriptor anywhere. */
void test_pipe(size_t cap, struct stream **a, struct stream **b);

#endif
