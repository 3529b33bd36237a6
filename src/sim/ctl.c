/* SPDX-License-Identifier: Apache-2.0
 * amtsim ctl PATH COMMAND...: one command to a device's control socket; prints the
 * answer.
 */
#include <sim/full.h>

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_S 30
#define MAX_ANSWER (1u << 20)

static int connect_to(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = ANSWER_S};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(at.sun_path)) {
		errno = fd < 0 ? errno : ENAMETOOLONG;
		return -1;
	}
	strcpy(at.sun_path, path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

static bool ask(int fd, const struct buf *command, struct buf *answer)
{
	char chunk[4096];
	ssize_t n;

	if (send(fd, command->p, command->len, MSG_NOSIGNAL) != (ssize_t)command->len)
		return false;
	while (answer->len < MAX_ANSWER &&
	       (answer->len == 0 || answer->p[answer->len - 1] != '\n')) {
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n <= 0)
			return false;
		buf_add(answer, chunk, (size_t)n);
	}
	return true;
}

/* The code in a line of its own: on a device it lies above whatever is shown. */
static void print_screen(const json_t *j)
{
	const char *text = json_string_value(json_object_get(j, "text"));
	const char *code = json_string_value(json_object_get(j, "consent_code"));

	if (code != NULL)
		printf("User consent code: %s\n", code);
	if (text != NULL)
		fputs(text, stdout);
}

int sim_ctl_main(int argc, char **argv)
{
	_cleanup_(buf_fini) struct buf command = {0};
	_cleanup_(buf_fini) struct buf answer = {0};
	json_t *j;
	int fd;

	if (argc < 2) {
		fputs("Usage: amtsim ctl PATH COMMAND [WORD...]\n", stderr);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		buf_addf(&command, "%s%s", i > 1 ? " " : "", argv[i]);
	buf_addc(&command, '\n');
	fd = connect_to(argv[0]);
	if (fd < 0) {
		fprintf(stderr, "amtsim: cannot reach the device at %s: %s\n", argv[0],
			strerror(errno));
		return 2;
	}
	bool told = ask(fd, &command, &answer);
	close(fd);
	if (!told) {
		fprintf(stderr, "amtsim: the device at %s does not answer\n", argv[0]);
		return 2;
	}
	j = json_loads(answer.p, 0, NULL);
	bool good = json_is_true(json_object_get(j, "ok"));
	if (good && strcmp(argv[1], "screen") == 0)
		print_screen(j);
	else
		fputs(answer.p, stdout);
	json_decref(j);
	return good ? 0 : 1;
}
