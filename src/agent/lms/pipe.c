/* SPDX-License-Identifier: Apache-2.0
 * One client's bytes: the client's fiber moves AMT's, one more moves the client's.
 */
#include <agent/lms/lms.h>

#include <stdlib.h>

#define CHUNK 4096
#define WRITE_MS 30000
/* An HTTP client may keep its connection; a redirection session is never this quiet. */
#define IDLE_MS 600000
/* A client that said its last word still gets AMT's answer. */
#define ANSWER_MS 60000

struct pipe {
	struct stream *client, *channel;
	struct fiber *owner;
	bool half_closed; /* the client will send no more */
};

static struct err *move(struct stream *from, struct stream *to, const bool *last_word)
{
	char *chunk = xmalloc(CHUNK);
	struct err *e = NULL;
	size_t n = 1;

	while (e == NULL && n > 0) {
		e = stream_read(from, chunk, CHUNK,
				deadline_in(*last_word ? ANSWER_MS : IDLE_MS), &n);
		if (e == NULL && n > 0)
			e = stream_write(to, chunk, n, deadline_in(WRITE_MS));
	}
	free(chunk);
	return e;
}

/* The client's end is only that of its request; its failure is the end of both. */
static void up_fiber(void *arg)
{
	static const bool never = false;
	struct pipe *p = arg;
	struct err *e = move(p->client, p->channel, &never);

	if (e == NULL)
		p->half_closed = true;
	else
		fiber_cancel(p->owner);
	err_free(e);
}

void lms_pipe(struct stream *client, struct stream *channel)
{
	struct pipe p = {client, channel, fiber_self(), false};
	struct fiber_group up;

	fiber_group_init(&up);
	fiber_spawn(&up, "lms-up", up_fiber, &p);
	struct err *e = move(channel, client, &p.half_closed);

	if (e == NULL)
		stream_shutdown(client);
	err_free(e);
	fiber_group_join(&up, true);
}
