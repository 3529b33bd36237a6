/* SPDX-License-Identifier: Apache-2.0
 * The sealing key: 32 random bytes, hexadecimal, in a file that only its owner can read.
 */
#include <store/secrets_priv.h>

#include <base/encode.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_PAGE 4096
#define KEY_TEXT (2 * SEAL_KEY_SIZE + 1) /* with a line feed */

uint8_t *seal_key_alloc(void)
{
	uint8_t *key = mmap(NULL, KEY_PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	OB_ASSERT(key != MAP_FAILED);
	/* Best effort: the limit for locked memory may be 0. */
	(void)mlock(key, KEY_PAGE);
	(void)madvise(key, KEY_PAGE, MADV_DONTDUMP);
	return key;
}

void seal_key_free(uint8_t *key)
{
	if (key == NULL)
		return;
	secret_wipe(key, KEY_PAGE);
	munmap(key, KEY_PAGE);
}

static struct err *key_parse(const char *path, const char *text, size_t n, uint8_t *key)
{
	struct str hex = {text, n};

	if (n == KEY_TEXT && text[n - 1] == '\n')
		hex.n--;
	if (hex.n != 2 * SEAL_KEY_SIZE || !hex_decode(hex, key, SEAL_KEY_SIZE))
		return err_new(
			ERR_INVALID,
			"the key file %s does not hold %d hexadecimal digits; restore it "
			"from a backup",
			path, 2 * SEAL_KEY_SIZE);
	return NULL;
}

struct err *seal_key_load(const char *path, uint8_t *key)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[KEY_TEXT + 1];
	struct err *e = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return err_new(ERR_NOT_FOUND, "there is no key file %s", path);
	if (fd < 0)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot read the key file %s",
				 path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		e = err_new(ERR_INVALID, "the key file %s is not a regular file", path);
	else if (st.st_mode & 077)
		e = err_new(ERR_INVALID,
			    "the key file %s is accessible to others; run: chmod 600 %s",
			    path, path);
	if (e == NULL) {
		n = read(fd, text, sizeof(text));
		if (n < 0)
			e = err_errno(ERR_UNAVAILABLE, errno,
				      "cannot read the key file %s", path);
		else
			e = key_parse(path, text, (size_t)n, key);
		secret_wipe(text, sizeof(text));
	}
	close(fd);
	return e;
}

static struct err *key_write(const char *path, const char *tmp, const char *text)
{
	int fd, rc;

	if (unlink(tmp) != 0 && errno != ENOENT)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot remove %s", tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot create %s", tmp);
	rc = write(fd, text, KEY_TEXT) == KEY_TEXT && fsync(fd) == 0 ? 0 : -1;
	/* link, unlike rename, never replaces a key that is there. */
	if (rc == 0)
		rc = link(tmp, path);
	struct err *e = rc == 0 ? NULL
				: err_errno(ERR_UNAVAILABLE, errno,
					    "cannot create the key file %s", path);
	close(fd);
	unlink(tmp);
	return e;
}

static struct err *directory_sync(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err *e = NULL;

	if (fd < 0 || fsync(fd) != 0)
		e = err_errno(ERR_UNAVAILABLE, errno, "cannot sync the directory of %s",
			      path);
	if (fd >= 0)
		close(fd);
	free(copy);
	return e;
}

struct err *seal_key_create(const char *path, uint8_t *key)
{
	char text[KEY_TEXT + 1];
	struct buf tmp = {0};
	struct err *e;

	random_bytes(key, SEAL_KEY_SIZE);
	hex_encode(key, SEAL_KEY_SIZE, text);
	text[KEY_TEXT - 1] = '\n';
	/* Whole or not at all: half a key would pass for a damaged one at the next start.
	 */
	buf_addf(&tmp, "%s.new", path);
	e = key_write(path, tmp.p, text);
	if (e == NULL)
		e = directory_sync(path);
	secret_wipe(text, sizeof(text));
	buf_fini(&tmp);
	return e;
}
