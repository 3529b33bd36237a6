/* SPDX-License-Identifier: Apache-2.0
 * Vault's token: read from its file when that changes, renewed at half of its life.
 * Nothing that is connected notices (upstream's deployments restart every service for a
 * new token).
 */
#include <store/vault_priv.h>

#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LOOK_MS 1000
#define MAX_TOKEN 8192
#define MIN_WAIT_MS 500
#define BACKOFF_MS 1000
#define BACKOFF_MAX_MS 60000
#define ENDLESS_WAIT_MS 3600000 /* tokens without an end are looked at this often */
#define CALL_MS 10000

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	       a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool token_fine(struct str t)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.p[i] <= ' ' || t.p[i] == 0x7f)
			return false;
	return t.n > 0;
}

/* text: MAX_TOKEN bytes of the caller, who wipes them. */
static struct err *read_text(struct vault *v, char *text, struct str *token)
{
	int fd = open(v->token_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot open it");
	if (fstat(fd, &v->token_stat) != 0)
		memset(&v->token_stat, 0, sizeof(v->token_stat));
	n = read(fd, text, MAX_TOKEN);
	close(fd);
	if (n < 0)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot read it");
	*token = str_trim((struct str){text, (size_t)n});
	if (n == MAX_TOKEN || !token_fine(*token))
		return err_new(ERR_INVALID, "it does not hold one token");
	return NULL;
}

/* Some dozens of bytes of a local file: not worth a worker. */
static struct err *read_file(struct vault *v)
{
	struct buf b = {0};
	struct str token;
	struct err *e = read_text(v, buf_reserve(&b, MAX_TOKEN), &token);

	if (e == NULL && !secret_equal(&v->token, token)) {
		secret_set(&v->token, token);
		v->token_serial++;
		waitq_wake_all(&v->token_changed);
		log_info("Vault token read", F_STR("file", v->token_file));
	}
	buf_fini_wipe(&b);
	return e;
}

void vault_token_refresh(struct vault *v, bool now)
{
	int64_t at = clock_mono_ms();
	struct stat st = {0};
	struct err *e;

	if (v->token_file == NULL || (!now && at < v->next_look_ms))
		return;
	v->next_look_ms = at + LOOK_MS;
	if (!now && v->token.p != NULL &&
	    (stat(v->token_file, &st) != 0 || same_file(&st, &v->token_stat)))
		return; /* a file that is gone for a moment: keep the token */
	e = read_file(v);
	if (e != NULL)
		log_warn("Vault token file not usable", F_STR("file", v->token_file),
			 F_ERR(e));
	err_free(e);
}

/* --- the keeper --- */

struct life {
	int64_t ttl_ms; /* 0 = endless */
	bool renewable;
};

static struct err *look_up(struct vault *v, struct life *out)
{
	struct vault_answer r;
	json_t *data;

	TRY(vault_call(v, "GET", "auth/token/lookup-self", (struct str){NULL, 0},
		       deadline_in(CALL_MS), &r));
	data = json_object_get(r.json, "data");
	out->ttl_ms = json_integer_value(json_object_get(data, "ttl")) * 1000;
	out->renewable = json_is_true(json_object_get(data, "renewable"));
	bool fine = json_is_integer(json_object_get(data, "ttl"));

	vault_answer_fini(&r);
	return fine ? NULL
		    : err_new(ERR_UNAVAILABLE, "Vault does not tell the token's life");
}

static struct err *renew(struct vault *v)
{
	struct vault_answer r;

	TRY(vault_call(v, "POST", "auth/token/renew-self", STR("{}"),
		       deadline_in(CALL_MS), &r));
	bool fine = r.status < 300;

	vault_answer_fini(&r);
	return fine ? NULL : err_new(ERR_UNAVAILABLE, "Vault has no such token");
}

/* One look at the token and, half a life later, its renewal. *told: the serial, plus one,
 * of the token whose end was announced. */
static struct err *keep_once(struct vault *v, uint64_t *told)
{
	uint64_t serial = v->token_serial;
	struct life life;
	int64_t wait;
	struct err *e;

	TRY(look_up(v, &life));
	wait = life.ttl_ms > 0 ? MAX(life.ttl_ms / 2, MIN_WAIT_MS) : ENDLESS_WAIT_MS;
	if (life.ttl_ms > 0 && !life.renewable && *told != serial + 1) {
		*told = serial + 1;
		log_warn("Vault token cannot be renewed: a new one is needed before it "
			 "ends",
			 F_I64("seconds_left", life.ttl_ms / 1000),
			 F_STR("file",
			       v->token_file ? v->token_file : "(none configured)"));
	}
	e = waitq_wait(&v->token_changed, deadline_in(wait));
	if (err_is(e, ERR_CANCELLED))
		return e;
	err_free(e);
	if (v->token_serial != serial || life.ttl_ms == 0 || !life.renewable)
		return NULL;
	return renew(v);
}

void vault_token_keep(void *arg)
{
	struct vault *v = arg;
	int64_t backoff = BACKOFF_MS;
	uint64_t told = 0;
	bool failing = false;

	for (;;) {
		struct err *e = keep_once(v, &told);

		if (err_is(e, ERR_CANCELLED) || fiber_cancelled()) {
			err_free(e);
			return;
		}
		if (e == NULL) {
			if (failing)
				log_info("Vault token kept again");
			failing = false;
			backoff = BACKOFF_MS;
			continue;
		}
		if (!failing)
			log_warn("Vault token not kept, trying again", F_ERR(e));
		failing = true;
		err_free(e);
		err_free(waitq_wait(&v->token_changed, deadline_in(backoff)));
		backoff = MIN(backoff * 2, BACKOFF_MAX_MS);
	}
}
