/* SPDX-License-Identifier: Apache-2.0
 * amtsim ctl PATH COMMAND...: one command to a device's control socket; prints the
 * answer.
 */
#include <sim/full.h>

#include <base/encode.h>
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

/* The PNG that the device sent, in that file. */
static bool write_png(const json_t *j, const char *path)
{
	const char *text = json_string_value(json_object_get(j, "png"));
	struct arena a = {0};
	size_t n = 0;
	const uint8_t *png = text != NULL ? base64_decode(&a, str_of(text), &n) : NULL;
	FILE *f = png != NULL ? fopen(path, "wb") : NULL;
	bool good = f != NULL && fwrite(png, 1, n, f) == n;

	if (f != NULL)
		good = fclose(f) == 0 && good;
	if (!good)
		fprintf(stderr, "amtsim: cannot write %s: %s\n", path,
			png != NULL ? strerror(errno) : "the device sent no picture");
	arena_fini(&a);
	return good;
}

static void usage(FILE *out)
{
	fputs("Usage: amtsim ctl PATH COMMAND [WORD...]\n"
	      "       amtsim ctl PATH screen [--png FILE [DISPLAY]]\n"
	      "Tells a full device what its control socket takes: state, power, unplug, "
	      "network, lms,\n"
	      "call, screen, fault, faults, clear-faults. A wrong one is answered with "
	      "what it "
	      "takes.\n",
	      out);
}

/* What is sent for the words; *png: where a picture goes, or NULL. */
static void command_of(int argc, char **argv, struct buf *command, const char **png)
{
	bool picture = argc > 2 && strcmp(argv[0], "screen") == 0 &&
		       strcmp(argv[1], "--png") == 0;

	*png = picture ? argv[2] : NULL;
	buf_adds(command, picture ? "screen png" : argv[0]);
	for (int i = picture ? 3 : 1; i < argc; i++)
		buf_addf(command, " %s", argv[i]);
	buf_addc(command, '\n');
}

static bool show(const char *command, const char *png, const struct buf *answer)
{
	json_t *j = json_loads(answer->p, 0, NULL);
	bool good = json_is_true(json_object_get(j, "ok"));

	if (good && png != NULL)
		good = write_png(j, png);
	else if (good && strcmp(command, "screen") == 0)
		print_screen(j);
	else
		fputs(answer->p, stdout);
	json_decref(j);
	return good;
}

int sim_ctl_main(int argc, char **argv)
{
	_cleanup_(buf_fini) struct buf command = {0};
	_cleanup_(buf_fini) struct buf answer = {0};
	const char *png;
	int fd;

	if (argc == 1 && strcmp(argv[0], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	command_of(argc - 1, argv + 1, &command, &png);
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
	return show(argv[1], png, &answer) ? 0 : 1;
}
