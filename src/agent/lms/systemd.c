/* SPDX-License-Identifier: Apache-2.0
 * What systemd passes by the environment, without its library: sockets from descriptor 3
 * on (sd_listen_fds(3)), and where to tell that the service is ready (sd_notify(3)).
 */
#include <agent/lms/lms.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3

size_t lms_inherited(int *fds)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t who, n = 0;

	fds[0] = -1;
	if (pid == NULL || count == NULL || !str_u64(str_of(pid), INT32_MAX, &who) ||
	    (pid_t)who != getpid() || !str_u64(str_of(count), LMS_MAX_INHERITED, &n))
		return 0;
	for (size_t i = 0; i < n; i++) {
		fds[i] = FIRST_FD + (int)i;
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
		fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL) | O_NONBLOCK);
	}
	fds[n] = -1;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return n;
}

void lms_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	size_t n = path != NULL ? strlen(path) : 0;

	if (n == 0 || n >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, n);
	if (path[0] == '@') /* abstract */
		sun.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	/* Nobody may be listening: the service runs all the same. */
	ssize_t sent =
		sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sun,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	(void)sent;
	close(fd);
}
