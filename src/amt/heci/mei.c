/* SPDX-License-Identifier: Apache-2.0
 * Connecting through the MEI driver: open, then one ioctl that takes the client's GUID
 * and answers with its limits. From then on each write and read is one message. The ioctl
 * waits for the firmware, for seconds when that restarts, so a worker thread makes it.
 */
#include <amt/heci/mei.h>

#include <net/socket.h>
#include <rt/offload.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/mei.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *const nodes[] = {"/dev/mei0", "/dev/mei", "/dev/mei1", "/dev/mei2",
				    "/dev/mei3"};

static struct err *open_failed(const char *path, int why)
{
	if (why == ENOENT || why == ENXIO || why == ENODEV)
		return err_errno(
			ERR_UNAVAILABLE, why,
			"there is no MEI device %s: this machine has no Intel "
			"Management Engine, it is switched off in the BIOS, or its "
			"driver is not loaded (modprobe mei_me)",
			path);
	if (why == EACCES || why == EPERM)
		return err_errno(
			ERR_FORBIDDEN, why,
			"may not open %s: run as root, or as a member of the group "
			"that owns it",
			path);
	if (why == EBUSY)
		return err_errno(ERR_UNAVAILABLE, why,
				 "%s has too many users; stop one of them", path);
	return err_errno(ERR_UNAVAILABLE, why, "cannot open %s", path);
}

static struct err *open_node(const char *path, int *fd)
{
	size_t n = path != NULL ? 1 : ARRAY_LEN(nodes);
	const char *const *list = path != NULL ? &path : nodes;
	int why = ENOENT;

	for (size_t i = 0; i < n; i++) {
		*fd = open(list[i], O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (*fd >= 0)
			return NULL;
		if (errno != ENOENT)
			return open_failed(list[i], errno);
		why = errno;
	}
	return open_failed(list[0], why);
}

struct connect_job {
	int fd, err;
	struct mei_connect_client_data data;
};

static void connect_on_worker(void *arg)
{
	struct connect_job *j = arg;
	int rc;

	do
		rc = ioctl(j->fd, IOCTL_MEI_CONNECT_CLIENT, &j->data);
	while (rc < 0 && errno == EINTR);
	j->err = rc < 0 ? errno : 0;
}

static struct err *mei_connect(const char *path, const uint8_t guid[HECI_GUID_SIZE],
			       struct deadline until, struct heci_connected *c,
			       struct stream **out)
{
	struct connect_job j = {0};

	*out = NULL;
	TRY(open_node(path, &j.fd));
	memcpy(&j.data.in_client_uuid, guid, HECI_GUID_SIZE);
	struct err *e = offload(offload_crypto(), connect_on_worker, &j, until);

	if (e != NULL || j.err != 0) {
		close(j.fd);
		*c = (struct heci_connected){.refused = (uint32_t)j.err};
		return e;
	}
	*c = (struct heci_connected){
		.max_message = MIN(j.data.out_client_properties.max_msg_length,
				   HECI_MESSAGE_MAX),
		.protocol = j.data.out_client_properties.protocol_version,
	};
	*out = socket_stream_device(j.fd);
	return NULL;
}

static const struct heci_driver mei_driver = {
	.name = "MEI",
	.connect = mei_connect,
};

struct heci_place heci_mei(const char *path)
{
	return (struct heci_place){&mei_driver, path};
}
