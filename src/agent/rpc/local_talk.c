/* SPDX-License-Identifier: Apache-2.0
 * Conversations of the local flows, and small things that several of them need.
 */
#include <agent/rpc/local_priv.h>

#include <base/encode.h>
#include <device/certificates.h>

struct err *local_talk(struct rpc *r, enum rpc_account as, local_fn *fn, const void *arg)
{
	struct device_call c;
	struct err *e = rpc_call_begin(r, as, deadline_in(LOCAL_CALL_MS), &c);

	if (e == NULL)
		e = fn(r, &c, arg);
	if (e != NULL && r->code == RPC_EXIT_OK && c.device->http.denied)
		e = err_wrap_as(ERR_UNAUTHENTICATED, e,
				"Unable to authenticate with AMT");
	return rpc_call_end(r, &c, e);
}

struct err *local_configure(struct rpc *r, enum rpc_exit code, local_fn *fn)
{
	struct err *e = local_talk(r, RPC_AS_ADMIN, fn, NULL);

	if (e == NULL || r->code != RPC_EXIT_OK)
		return e;
	return rpc_exit_wrap(r, e,
			     e->kind == ERR_UNAUTHENTICATED ? RPC_EXIT_AMT_AUTHENTICATION
							    : code);
}

struct err *local_guid(struct rpc *r, const char **out)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_uuid uuid;
	char text[UUID_TEXT_SIZE];

	if (r->o.uuid != NULL) {
		*out = r->o.uuid;
		return NULL;
	}
	TRY(amthi_get_uuid(&c, deadline_in(RPC_HECI_MS), &uuid));
	uuid_text_from_smbios(uuid.uuid, text);
	*out = arena_strdup(&r->a, text);
	return NULL;
}

struct err *local_certificate(struct rpc *r, const char *text, const char *what,
			      struct str *out)
{
	const char *base64 = device_certificate_text(&r->a, str_of(text));

	if (base64 == NULL)
		return err_new(ERR_INVALID, "%s is neither base64 of DER nor PEM", what);
	*out = str_of(base64);
	return NULL;
}

/* One of each kind, in random places; none of the bytes is likelier than another. */
void local_random_password(struct secret *out, size_t n)
{
	static const char *const kinds[] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
					    "abcdefghijklmnopqrstuvwxyz", "0123456789",
					    "!@#$%^*()"};
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789!@#$%^*()";
	char text[64];
	unsigned seen;

	OB_ASSERT(n >= ARRAY_LEN(kinds) && n <= sizeof(text));
	do {
		seen = 0;
		for (size_t i = 0; i < n;) {
			uint8_t byte;
			random_bytes(&byte, 1);
			if (byte >= 256 - 256 % (sizeof(all) - 1))
				continue;
			text[i] = all[byte % (sizeof(all) - 1)];
			for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
				if (strchr(kinds[k], text[i]) != NULL)
					seen |= 1u << k;
			i++;
		}
	} while (seen != (1u << ARRAY_LEN(kinds)) - 1);
	secret_set(out, (struct str){text, n});
	secret_wipe(text, sizeof(text));
}
