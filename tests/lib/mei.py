# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the MEI device, preloaded: what the kernel's driver does, by a virtual device's socket, or its refusal.

In the environment: LD_PRELOAD, and MEI_SHIM with the socket's path or "EACCES"."""
import subprocess

SHIM = r"""
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
static int mei = -1;
static int take(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *how = getenv("MEI_SHIM");
	if (how == NULL || strncmp(path, "/dev/mei0", 9) != 0)
		return -2;
	if (strcmp(how, "EACCES") == 0) {
		errno = EACCES;
		return -1;
	}
	mei = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	strcpy(sun.sun_path, how);
	if (connect(mei, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		return -1;
	return mei;
}
#define OPEN(name)                                                                       \
	int name(const char *path, int flags, ...)                                       \
	{                                                                                \
		va_list ap;                                                              \
		va_start(ap, flags);                                                     \
		int mode = va_arg(ap, int), fd = take(path);                             \
		va_end(ap);                                                              \
		int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name);           \
		return fd != -2 ? fd : real(path, flags, mode);                          \
	}
OPEN(open)
OPEN(open64)
/* IOCTL_MEI_CONNECT_CLIENT: the GUID goes out, limits or an errno come back. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	va_start(ap, request);
	unsigned char *data = va_arg(ap, void *);
	va_end(ap);
	if (fd != mei || request != 0xC0104801UL) {
		int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
		return real(fd, request, data);
	}
	unsigned char answer[64];
	ssize_t n;
	if (write(fd, data, 16) != 16)
		return -1;
	while ((n = read(fd, answer, sizeof(answer))) < 0 && errno == EAGAIN)
		usleep(1000);
	if (n == 4) {
		errno = answer[0];
		return -1;
	}
	if (n != 8)
		return -1;
	memset(data, 0, 16);
	memcpy(data, answer, 5);
	return 0;
}
"""


def shim_library(folder):
    """The MEI device as the kernel shows it, over a virtual device's socket: open, ioctl, read, write, poll."""
    source, out = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM)
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", out, source, "-ldl"], check=True, timeout=60)
    return str(out)
