/* SPDX-License-Identifier: Apache-2.0
 * HECI connections of the host.
 */
#include <amt/heci/transport.h>

#include <base/secret.h>
#include <stdlib.h>

#define TRIES 8
#define PAUSE_MS 750

struct heci {
	struct stream *stream;
	const struct heci_client *client;
	struct heci_connected info;
	char *in; /* max_message + 1 bytes */
};

static struct err *refused(const struct heci_client *client, uint32_t why)
{
	if (why == HECI_EBUSY)
		return err_new(ERR_CONFLICT,
			       "the firmware's %s client is busy: another program (LMS?) "
			       "holds it, or the firmware restarts",
			       client->name);
	if (why == HECI_ENOTTY)
		return err_new(ERR_NOT_FOUND, "this firmware has no %s client",
			       client->name);
	return err_errno(ERR_UNAVAILABLE, (int)why,
			 "cannot connect to the firmware's %s client", client->name);
}

static struct err *connect_retrying(const struct heci_place *place,
				    const struct heci_client *client,
				    struct deadline until, struct heci_connected *info,
				    struct stream **stream)
{
	for (int i = 1;; i++) {
		TRY(place->driver->connect(place->path, client->guid, until, info,
					   stream));
		if (info->refused == 0)
			return NULL;
		if (info->refused != HECI_EBUSY || i == TRIES ||
		    deadline_left_ms(until) <= i * PAUSE_MS)
			return refused(client, info->refused);
		TRY(fiber_sleep_ms(i * PAUSE_MS));
	}
}

struct err *heci_connect(const struct heci_place *place, enum heci_client_id id,
			 struct deadline until, struct heci **out)
{
	const struct heci_client *client = heci_client(id);
	struct heci_connected info;
	struct stream *stream = NULL;

	*out = NULL;
	TRY(connect_retrying(place, client, until, &info, &stream));
	struct heci *h = xcalloc(1, sizeof(*h));

	*h = (struct heci){stream, client, info, xmalloc(info.max_message + 1)};
	*out = h;
	return NULL;
}

uint32_t heci_max_message(const struct heci *h)
{
	return h->info.max_message;
}

uint8_t heci_protocol(const struct heci *h)
{
	return h->info.protocol;
}

struct err *heci_send(struct heci *h, struct str message, struct deadline until)
{
	if (message.n > h->info.max_message)
		return err_new(ERR_TOO_LARGE,
			       "a message of %zu bytes is too long for the firmware's %s "
			       "client: it takes %u",
			       message.n, h->client->name, h->info.max_message);
	struct err *e = stream_write(h->stream, message.p, message.n, until);

	return e != NULL ? err_wrap(e, "sending to the firmware's %s client",
				    h->client->name)
			 : NULL;
}

struct err *heci_recv(struct heci *h, struct deadline until, struct str *message)
{
	size_t n = 0;
	struct err *e = stream_read(h->stream, h->in, h->info.max_message + 1, until, &n);

	if (e != NULL)
		return err_wrap(e, "waiting for the firmware's %s client",
				h->client->name);
	if (n == 0)
		return err_new(ERR_CLOSED, "the firmware's %s client went away",
			       h->client->name);
	if (n > h->info.max_message)
		return err_new(ERR_DEVICE,
			       "the firmware's %s client sent too long a message",
			       h->client->name);
	*message = (struct str){h->in, n};
	return NULL;
}

struct err *heci_ask(struct heci *h, struct str message, struct deadline until,
		     struct str *answer)
{
	TRY(heci_send(h, message, until));
	return heci_recv(h, until, answer);
}

struct stream *heci_take_stream(struct heci *h)
{
	struct stream *stream = h->stream;

	h->stream = NULL;
	heci_close(h);
	return stream;
}

void heci_close(struct heci *h)
{
	if (h == NULL)
		return;
	stream_free(h->stream);
	secret_wipe(h->in, h->info.max_message + 1);
	free(h->in);
	free(h);
}
