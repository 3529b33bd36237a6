/* SPDX-License-Identifier: Apache-2.0
 * Keys of our own tokens, in the secret store under "outband/keys": one for login tokens,
 * another for redirection tokens, so that neither passes for the other. Made at the first
 * start.
 */
#include <iam/iam_priv.h>

#include <base/encode.h>

#define KEYS_PATH "outband/keys"
#define KEY_BYTES 32
#define MIN_SECRET 16
#define SECRETS_MS 10000

/* From upstream's sample files, charts and documents. */
static const char *const known_defaults[] = {
	"notUsed",
	"secret",
	"mpssecret",
	"supersecret",
	"changeme",
	"password",
	"jwtsecret",
	"mySecret",
	"your-256-bit-secret",
	"supersecretsupersecret",
};

static struct err *secret_check(const char *configured)
{
	for (size_t k = 0; k < ARRAY_LEN(known_defaults); k++)
		if (str_ieqz(str_of(configured), known_defaults[k]))
			return err_new(
				ERR_INVALID,
				"auth.jwt.secret (MPS_JWT_SECRET) is a published default "
				"that anybody can sign with; remove it, and a key is "
				"made and kept, or give one of at least %d random bytes",
				MIN_SECRET);
	if (strlen(configured) < MIN_SECRET)
		return err_new(
			ERR_INVALID,
			"auth.jwt.secret (MPS_JWT_SECRET) is shorter than %d bytes; "
			"remove it, and a key is made and kept, or give a longer one",
			MIN_SECRET);
	return NULL;
}

/* True when one had to be made. */
static bool key_take(json_t *stored, const char *name, struct secret *out)
{
	const char *text = json_string_value(json_object_get(stored, name));
	struct arena a = {0};
	uint8_t key[KEY_BYTES];
	char *made;

	if (text != NULL && strlen(text) >= MIN_SECRET) {
		secret_set(out, str_of(text));
		return false;
	}
	random_bytes(key, sizeof(key));
	made = base64url_encode(&a, key, sizeof(key));
	secret_set(out, str_of(made));
	json_object_set_new(stored, name, json_string(made));
	secret_wipe(key, sizeof(key));
	secret_wipe(made, strlen(made));
	arena_fini(&a);
	return true;
}

static struct err *keys_load(struct iam *i, struct secrets *s, const char *configured,
			     bool again)
{
	struct deadline until = deadline_in(SECRETS_MS);
	_cleanup_(json_freep) json_t *stored = NULL;
	struct err *e;
	bool made, absent = false;

	if (configured != NULL)
		TRY(secret_check(configured));
	e = secrets_get(s, KEYS_PATH, until, &stored);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		absent = true;
		stored = json_object();
	} else if (e != NULL) {
		return err_wrap(e, "the keys of our tokens cannot be read");
	}
	made = key_take(stored, "redirection", &i->redirection_key);
	made = key_take(stored, "login", &i->login_key) || made;
	if (made) {
		e = absent && !again ? secrets_create(s, KEYS_PATH, stored, until)
				     : secrets_put(s, KEYS_PATH, stored, until);
		/* Another instance was first: its keys count. */
		if (err_is(e, ERR_CONFLICT)) {
			err_free(e);
			return keys_load(i, s, configured, true);
		}
		if (e != NULL)
			return err_wrap(e, "the keys of our tokens cannot be stored");
	}
	if (configured != NULL)
		secret_set(&i->login_key, str_of(configured));
	return NULL;
}

struct err *iam_keys_load(struct iam *i, struct secrets *s, const char *configured)
{
	return keys_load(i, s, configured, false);
}
