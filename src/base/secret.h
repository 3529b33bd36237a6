/* SPDX-License-Identifier: Apache-2.0
 * Secret text: wiped when released, compared in constant time, never printed.
 * A zeroed struct secret is valid and unset (p == NULL), which differs from empty text.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <base/str.h>

struct secret {
	char *p; /* NUL-terminated */
	size_t n;
};

void secret_set(struct secret *s, struct str text);
void secret_fini(struct secret *s);
/* False when either is unset; time depends on lengths only. */
bool secret_equal(const struct secret *s, struct str text);
/* memset that the compiler keeps. */
void secret_wipe(void *p, size_t n);
/* The core-dump and ptrace guard for processes that hold secrets. */
void secret_protect_process(void);

#endif
