/* SPDX-License-Identifier: Apache-2.0
 * Connecting to a virtual device: the GUID is the first packet, the ioctl's answer comes
 * back.
 */
#include <amt/heci/virtual.h>

#include <net/socket.h>

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RETRY_MS 10 /* its queue of connections is full */

static struct err *open_socket(const char *path, struct stream **out)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof(sun.sun_path)) {
		close(fd);
		return err_new(ERR_INVALID, "%s is too long for a socket's path", path);
	}
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0) {
		*out = socket_stream(fd);
		return NULL;
	}
	int err = errno;

	if (fd >= 0)
		close(fd);
	if (err == EAGAIN)
		return NULL;
	return err_errno(ERR_UNAVAILABLE, err,
			 "cannot reach the virtual device's HECI at %s; is it running?",
			 path);
}

static struct err *exchange(struct stream *s, const uint8_t guid[HECI_GUID_SIZE],
			    struct deadline until, struct heci_connected *c)
{
	char answer[HECI_CONNECTED_SIZE + 1];
	size_t n;

	TRY(stream_write(s, guid, HECI_GUID_SIZE, until));
	TRY(stream_read(s, answer, sizeof(answer), until, &n));
	if (!heci_decode_connected(answer, n, c))
		return err_new(ERR_UNAVAILABLE,
			       "what listens there is no virtual device's HECI");
	return NULL;
}

static struct err *virtual_connect(const char *path, const uint8_t guid[HECI_GUID_SIZE],
				   struct deadline until, struct heci_connected *c,
				   struct stream **out)
{
	struct stream *s = NULL;

	*out = NULL;
	TRY(open_socket(path, &s));
	while (s == NULL) {
		if (deadline_passed(until))
			return err_new(ERR_TIMEOUT, "the virtual device at %s is overrun",
				       path);
		TRY(fiber_sleep_ms(RETRY_MS));
		TRY(open_socket(path, &s));
	}
	struct err *e = exchange(s, guid, until, c);

	if (e != NULL) {
		stream_free(s);
		return err_wrap(e, "connecting to %s", path);
	}
	if (c->refused != 0)
		stream_free(s);
	else
		*out = s;
	return NULL;
}

static const struct heci_driver virtual_driver = {
	.name = "virtual",
	.connect = virtual_connect,
};

struct heci_place heci_virtual(const char *path)
{
	return (struct heci_place){&virtual_driver, path};
}
