/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: frames of a WebSocket. First byte: the peer masks (1), size of the pieces
 * that the bytes come in (the rest). Cut or whole, the same is taken, and what is not
 * taken is wslay's to the byte.
 */
#include <base/cursor.h>
#include <net/ws_priv.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct buf messages, other;
	size_t n;
};

static void feed(struct ws_frames *f, struct str in, struct seen *s)
{
	struct str part;
	enum ws_part kind;

	while ((kind = ws_frames_next(f, &in, &part)) != WS_PART_NONE) {
		if (kind == WS_PART_OTHER) {
			buf_addstr(&s->other, part);
			continue;
		}
		if (kind == WS_PART_BEGIN)
			OB_ASSERT(f->left <= f->max);
		else {
			ws_frames_unmask(f, buf_reserve(&s->messages, part.n), part);
			s->messages.len += part.n;
		}
		s->n += f->left == 0;
	}
	OB_ASSERT(in.n == 0);
}

static void seen_fini(struct seen *s)
{
	buf_fini(&s->messages);
	buf_fini(&s->other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct ws_frames once = {.masked = data[0] & 1, .max = 200}, cut = once;
	struct str in = {(const char *)data + 1, size - 1};
	size_t piece = (data[0] >> 1) + 1u;
	struct seen a = {0}, b = {0};

	feed(&once, in, &a);
	for (size_t at = 0; at < in.n; at += piece)
		feed(&cut, str_sub(in, at, MIN(at + piece, in.n)), &b);
	OB_ASSERT(a.n == b.n && str_eq(buf_str(&a.messages), buf_str(&b.messages)));
	OB_ASSERT(str_eq(buf_str(&a.other), buf_str(&b.other)));
	OB_ASSERT(a.messages.len + a.other.len <= in.n);
	seen_fini(&a);
	seen_fini(&b);
	return 0;
}
