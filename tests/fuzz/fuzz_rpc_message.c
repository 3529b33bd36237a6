/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: messages of the Remote Provisioning Client, and what is within them. What
 * was decoded is encoded to something that decodes to the same.
 */
#include <amt/rpc/message.h>
#include <amt/rpc/payload.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void payload(struct str text, struct arena *a)
{
	struct rpc_payload p, again;
	struct buf b = {0};
	struct err *e = rpc_payload_decode(text, a, &p);

	if (e == NULL) {
		rpc_payload_encode(&b, &p);
		OB_ASSERT(rpc_payload_decode(buf_str(&b), a, &again) == NULL);
		OB_ASSERT(strcmp(p.uuid, again.uuid) == 0);
		OB_ASSERT(p.n_hashes == again.n_hashes);
		rpc_payload_fini(&p);
		rpc_payload_fini(&again);
	}
	err_free(e);
	buf_fini(&b);
}

static void message(const struct rpc_message *m, struct arena *a)
{
	struct rpc_message again;
	struct rpc_command c;
	struct buf b = {0};

	rpc_message_encode(&b, m);
	OB_ASSERT(rpc_message_decode(buf_str(&b), a, &again) == NULL);
	OB_ASSERT(again.method == m->method);
	buf_fini(&b);
	err_free(rpc_version_check(m->protocol_version));
	if (m->method != RPC_COMMAND)
		return;
	err_free(rpc_command_parse(m->command, &c));
	rpc_command_fini(&c);
	payload(m->payload, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct arena a = {0};
	struct rpc_message m;
	struct err *e = rpc_message_decode(text, &a, &m);

	if (e == NULL)
		message(&m, &a);
	err_free(e);
	payload(text, &a);
	arena_fini(&a);
	return 0;
}
