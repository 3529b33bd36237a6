/* SPDX-License-Identifier: Apache-2.0 */
#include <agent/rpc/local_settings.h>

#include <base/encode.h>
#include <base/json.h>
#include <base/yaml_json.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#define NONCE_SIZE 12
#define TAG_SIZE 16

/* ---- reading ---- */

static struct err *read_all(int fd, const char *path, struct buf *out)
{
	for (;;) {
		ssize_t n = read(fd, buf_reserve(out, 4096), 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(ERR_INVALID, errno, "%s cannot be read", path);
		if (n == 0)
			return NULL;
		out->len += (size_t)n;
		if (out->len > SETTINGS_MAX_FILE)
			return err_new(ERR_INVALID, "%s has more than 1 MiB", path);
	}
}

struct err *settings_file(const char *path, struct secret *out)
{
	_cleanup_(buf_fini_wipe) struct buf b = {0};
	int fd;

	if (str_istarts(str_of(path), STR("smb:")))
		return err_new(ERR_INVALID,
			       "smb: addresses are not read; copy the file here first");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_errno(ERR_INVALID, errno, "%s cannot be opened", path);
	/* What was reserved beforehand is not copied when it grows. */
	buf_reserve(&b, 65536);
	struct err *e = read_all(fd, path, &b);
	close(fd);
	if (e == NULL)
		secret_set(out, buf_str(&b));
	return e;
}

struct err *settings_parse(struct str text, json_t **out)
{
	TRY(yaml_json_read(text, out));
	if (json_is_object(*out))
		return NULL;
	json_wipe(*out);
	*out = NULL;
	return err_new(ERR_INVALID, "the file is no mapping of settings");
}

/* ---- encryption ---- */

static const EVP_CIPHER *cipher_of(size_t key_n)
{
	switch (key_n) {
	case 16:
		return EVP_aes_128_gcm();
	case 24:
		return EVP_aes_192_gcm();
	case 32:
		return EVP_aes_256_gcm();
	default:
		return NULL;
	}
}

static bool open_sealed(const EVP_CIPHER *cipher, const struct secret *key,
			const uint8_t *p, size_t n, struct buf *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	size_t text_n = n - NONCE_SIZE - TAG_SIZE;
	uint8_t *to = (uint8_t *)buf_reserve(out, text_n + 1);
	int got = 0, rest = 0;
	bool good =
		EVP_DecryptInit_ex(c, cipher, NULL, (const uint8_t *)key->p, p) == 1 &&
		EVP_DecryptUpdate(c, to, &got, p + NONCE_SIZE, (int)text_n) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_SIZE,
				    (uint8_t *)(uintptr_t)(p + n - TAG_SIZE)) == 1 &&
		EVP_DecryptFinal_ex(c, to + got, &rest) == 1;

	out->len = good ? text_n : 0;
	EVP_CIPHER_CTX_free(c);
	return good;
}

struct err *settings_decrypt(struct str text, const struct secret *key,
			     struct secret *out)
{
	const EVP_CIPHER *cipher = cipher_of(key->n);
	_cleanup_(arena_fini) struct arena a = {0};
	_cleanup_(buf_fini_wipe) struct buf plain = {0};
	size_t n;
	uint8_t *raw = base64_decode(&a, str_trim(text), &n);

	if (cipher == NULL)
		return err_new(ERR_INVALID,
			       "the key of an encrypted profile has 16, 24 or 32 "
			       "characters");
	if (raw == NULL || n < NONCE_SIZE + TAG_SIZE)
		return err_new(ERR_INVALID, "the profile is neither YAML or JSON nor "
					    "base64 of an encrypted one");
	if (!open_sealed(cipher, key, raw, n, &plain))
		return err_new(ERR_INVALID,
			       "the key does not decrypt the profile, or it was damaged");
	secret_set(out, buf_str(&plain));
	return NULL;
}

static struct err *decrypt_and_parse(struct str text, const struct secret *key,
				     json_t **out)
{
	_cleanup_(secret_fini) struct secret plain = {0};

	TRY(settings_decrypt(text, key, &plain));
	return settings_parse((struct str){plain.p, plain.n}, out);
}

/* {"filename", "content", "key"}: what a Console hands out. */
static struct err *open_envelope(json_t *take_envelope, const struct secret *key,
				 json_t **out)
{
	const char *content = json_string_value(setting(take_envelope, "content")),
		   *own = json_string_value(setting(take_envelope, "key"));
	_cleanup_(secret_fini) struct secret own_key = {0};

	secret_set(&own_key, str_of(own));
	struct err *e =
		decrypt_and_parse(str_of(content), key->n > 0 ? key : &own_key, out);
	json_wipe(take_envelope);
	return e;
}

static bool is_envelope(const json_t *v)
{
	static const char *const names[] = {"filename", "content", "key"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *s = json_string_value(setting(v, names[i]));
		if (s == NULL || s[0] == '\0')
			return false;
	}
	return true;
}

struct err *settings_profile(struct str text, const struct secret *key, json_t **out)
{
	struct err *e = settings_parse(text, out);

	if (e == NULL)
		return is_envelope(*out) ? open_envelope(*out, key, out) : NULL;
	if (key->n == 0)
		return err_wrap(e, "the profile is no YAML or JSON; an encrypted one "
				   "needs its key (--key)");
	err_free(e);
	return decrypt_and_parse(text, key, out);
}

/* ---- values ---- */

static json_t *member_of(const json_t *o, struct str name)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, key,
			    v) if (str_ieqz(name, key)) return v;
	return NULL;
}

json_t *setting(const json_t *o, const char *path)
{
	struct str rest = str_of(path), name;

	while (o != NULL && str_split(&rest, '.', &name))
		o = member_of(o, name);
	return (json_t *)(uintptr_t)o;
}

const char *setting_text(struct rpc *r, const json_t *o, const char *path)
{
	const json_t *v = setting(o, path);

	if (json_is_integer(v))
		return arena_printf(&r->a, "%lld", (long long)json_integer_value(v));
	if (!json_is_string(v) || json_string_length(v) == 0)
		return NULL;
	return arena_strdup(&r->a, json_string_value(v));
}

bool setting_bool(const json_t *o, const char *path)
{
	return json_is_true(setting(o, path));
}

void setting_secret(const json_t *o, const char *path, struct secret *out)
{
	const json_t *v = setting(o, path);

	if (out->n > 0)
		return;
	if (json_is_integer(v)) {
		char text[24];
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(v));
		secret_set(out, str_of(text));
	} else if (json_is_string(v) && json_string_length(v) > 0) {
		secret_set(out,
			   (struct str){json_string_value(v), json_string_length(v)});
	}
}
