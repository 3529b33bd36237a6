/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: requests as the virtual device decodes them. What decodes must survive
 * being answered and being read back.
 */
#include <amt/wsman/wsman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reply with the instance just decoded, and a request with it, must be readable. */
static void answer(const struct wsman_request *rq, struct arena *a)
{
	struct wsman_call call = {.op = rq->op, .cls = rq->cls, .method = rq->method};
	struct wsman_request again;
	struct wsman_reply reply;
	struct buf b = {0};
	struct err *e;

	wsman_encode_object(&b, rq, 1, rq->object);
	e = wsman_decode_reply(buf_str(&b), &call, a, &reply);
	OB_ASSERT(e == NULL && !reply.is_fault);
	OB_ASSERT(str_eq(reply.header.relates_to, rq->message_id));

	buf_clear(&b);
	call.object = rq->object;
	call.selectors = &rq->selectors;
	wsman_encode_request(&b, &call, 7);
	e = wsman_decode_request(buf_str(&b), a, &again);
	OB_ASSERT(e == NULL && again.cls == rq->cls && again.misfit == NULL);
	OB_ASSERT(again.selectors.n == rq->selectors.n);
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct buf b = {0};
	struct wsman_request rq;
	struct err *e =
		wsman_decode_request((struct str){(const char *)data, size}, &a, &rq);

	if (e == NULL && rq.op == WSMAN_PUT && rq.object != NULL)
		answer(&rq, &a);
	wsman_encode_fault(&b, &rq, 1, WSMAN_DESTINATION_UNREACHABLE);
	buf_fini(&b);
	err_free(e);
	arena_fini(&a);
	return 0;
}
