#include "server/files.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GIB = 1 << 30 };

static const char *reason(int error)
{
	switch (error) {
	case ENOENT: return "no such file";
	case EACCES:
	case EPERM: return "permission denied";
	case ENOTDIR: return "a part of the path is not a directory";
	case EMFILE:
	case ENFILE: return "too many open files";
	default: {
		const char *const text = strerrordesc_np(error);
		return text != NULL ? text : "cannot be read";
	}
	}
}

/* `size` octets into `text`; false with errno 0: the file is of another size by now. */
static bool read_all(int fd, char *text, size_t size)
{
	size_t used = 0;
	char more;
	while (used < size) {
		const ssize_t n = read(fd, text + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? 0 : errno;
			return false;
		}
		used += (size_t)n;
	}
	const ssize_t left = read(fd, &more, 1);
	errno = left < 0 ? errno : 0;
	return left == 0;
}

static const char *take(int fd, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0) {
		(void)err_set(err, "%s: %s", path, reason(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		(void)err_set(err, "%s: %s, not a file", path,
			S_ISDIR(st.st_mode) ? "a directory" : "a device or pipe");
		return NULL;
	}
	if (st.st_size > GIB) {
		(void)err_set(err, "%s: larger than 1 GiB", path);
		return NULL;
	}
	*len = (size_t)st.st_size;
	char *const text = arena_alloc(arena, *len + 1);
	if (read_all(fd, text, *len))
		return text;
	(void)err_set(err, "%s: %s", path,
		errno == 0 ? "changed while it was read: try again" : reason(errno));
	return NULL;
}

static const char *disk_read(
	void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	(void)cookie;
	/* O_NONBLOCK: opening a FIFO does not wait for a writer. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		(void)err_set(err, "%s: %s", path, reason(errno));
		return NULL;
	}
	const char *const text = take(fd, path, arena, len, err);
	(void)close(fd);
	return text;
}

/* Of a directory on the way: one that is not there matches nothing, any other error is one. */
static int unreadable(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static bool disk_glob(void *cookie, const char *pattern, struct arena *arena, const char ***paths,
	size_t *n, struct err *err)
{
	(void)cookie;
	glob_t found = {0};
	*paths = NULL;
	*n = 0;
	errno = 0;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): only with GLOB_TILDE and a changing locale */
	const int failed = glob(pattern, 0, unreadable, &found);
	if (failed == 0) {
		*paths = arena_list(arena, found.gl_pathc, sizeof(char *));
		for (; *n < found.gl_pathc; ++*n)
			(*paths)[*n] =
				arena_text(arena, found.gl_pathv[*n], strlen(found.gl_pathv[*n]));
	} else if (failed != GLOB_NOMATCH) {
		(void)err_set(err, "%s: its directory cannot be read: %s", pattern, reason(errno));
	}
	globfree(&found);
	return failed == 0 || failed == GLOB_NOMATCH;
}

const struct files *files_disk(void)
{
	static const struct files disk = {.read = disk_read, .glob = disk_glob};
	return &disk;
}
