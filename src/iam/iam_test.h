/* SPDX-License-Identifier: Apache-2.0
 * For the tests of src/iam: authentication started on a database and secrets of its own,
 * with two users.
 */
#ifndef IAM_IAM_TEST_H
#define IAM_IAM_TEST_H

#include <store/store_test.h>

#include <iam/iam_audit.h>
#include <iam/iam_priv.h>

#define NOW_S 1768456800 /* 2026-01-15T06:00:00Z */
#define GUID "4c4c4544-004b-4210-8033-b6c04f504633"
#define PEER "192.0.2.7"

struct iam_world {
	struct store_test *t;
	struct config *conf;
	struct secrets *secrets;
	struct http_client *http;
	struct iam *i;
	struct secret generated;
	struct arena *a;
};
extern struct iam_world x;

/* One setting, "key=value". */
void set(const char *assignment);
void conf_fresh(void);
struct err *try_start(void);
void stop(void);
/* Password hashing is cheap from then on. */
void restart(void);
/* Not started yet. */
void open_all(struct store_test *t);
void close_all(void);
/* Started, with users "eva" (operator of tenant t1) and "admin". */
void usual(struct store_test *t);

struct err *login(const char *user, const char *password, const char *peer);
const char *token_for(const char *user, const char *password);
struct err *authenticate(const char *token, const char *project, struct iam_caller **out);

#endif
