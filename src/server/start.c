#include "server/start.h"

#include "base/mem.h"
#include "net/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct passwd *find_user(const char *user, struct err *err)
{
	errno = 0;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	const struct passwd *const entry = getpwnam(user);
	if (entry == NULL)
		(void)err_set(err, "server.user: there is no user \"%s\"%s%s", user,
			errno != 0 ? ": " : "", errno != 0 ? strerrordesc_np(errno) : "");
	return entry;
}

bool start_give(const char *path, const char *user, struct err *err)
{
	if (user == NULL || geteuid() != 0)
		return true;
	const struct passwd *const entry = find_user(user, err);
	if (entry == NULL)
		return false;
	if (lchown(path, entry->pw_uid, entry->pw_gid) != 0)
		return err_set(err, "%s: cannot give it to the user %s: %s", path, user,
			strerrordesc_np(errno));
	return true;
}

bool start_directory(const char *path, const char *user, struct err *err)
{
	if (mkdir(path, 0700) == 0)
		return start_give(path, user, err);
	struct stat there;
	if (errno != EEXIST)
		return err_set(err, "server.state: cannot make the directory %s: %s", path,
			strerrordesc_np(errno));
	return (stat(path, &there) == 0 && S_ISDIR(there.st_mode)) ||
	       err_set(err, "server.state: %s is no directory; remove it or name another one",
		       path);
}

/* `how` it could be opened; -1: not at all.  What was there before is nobody's to give away. */
static int open_lock(const char *file, const char *user, int *how)
{
	struct err ignored;
	const int always = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	*how = O_RDWR;
	int fd = open(file, O_RDWR | O_CREAT | O_EXCL | always, 0600);
	if (fd >= 0) {
		(void)fchmod(fd, 0600);
		if (!start_give(file, user, &ignored))
			(void)unlink(file); /* it would be in the way of who is to have it */
		return fd;
	}
	if (errno == EEXIST)
		fd = open(file, O_RDWR | always);
	if (fd < 0 && errno == EROFS) {
		*how = O_RDONLY;
		fd = open(file, O_RDONLY | always);
	}
	return fd;
}

/*
 * Two octets: one is locked for the open file, which only its own close() ends, and not that of
 * any other descriptor of the file, as when a zone includes it; one for the process, to tell who
 * it is.
 */
enum lock_octet { LOCK_ITSELF, LOCK_OWNER };

static struct flock lock_of(enum lock_octet octet, int how)
{
	return (struct flock){
		.l_type = how == O_RDWR ? F_WRLCK : F_RDLCK, .l_start = octet, .l_len = 1};
}

/* False: another process has it (0: it cannot be told which), or (holder -1) no lock can be had. */
static bool take_lock(int fd, int how, pid_t *holder)
{
	*holder = -1;
	while (fd >= 0) {
		struct flock lock = lock_of(LOCK_ITSELF, how), owner = lock_of(LOCK_OWNER, how);
		if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
			(void)fcntl(fd, F_SETLK, &owner);
			return true;
		}
		if ((errno != EAGAIN && errno != EACCES) || fcntl(fd, F_OFD_GETLK, &lock) != 0)
			break;
		if (lock.l_type != F_UNLCK) { /* else it ended just now */
			const bool told =
				fcntl(fd, F_GETLK, &owner) == 0 && owner.l_type != F_UNLCK;
			*holder = told ? owner.l_pid : 0;
			break;
		}
	}
	return false;
}

bool start_lock(const char *path, const char *user, int *lock, struct err *err)
{
	char *const file = mem_format("%s/journal.lock", path);
	int how;
	pid_t holder;
	*lock = open_lock(file, user, &how);
	const bool ours = take_lock(*lock, how, &holder), another = !ours && holder != -1;
	if (!ours && !another)
		log_line(LOG_LINE_WARNING,
			"state=unlocked why=\"%s: %s\": nothing keeps a second locumd away from it",
			file, strerrordesc_np(errno));
	free(file);
	if (!ours && *lock >= 0) {
		(void)close(*lock);
		*lock = -1;
	}
	if (!another)
		return true;
	if (holder == 0) /* as when it is in a namespace that we do not see */
		return err_set(err,
			"server.state: another process, perhaps of another container, has the "
			"directory %s; end it, or name another directory",
			path);
	return err_set(err,
		"server.state: the process %d has the directory %s; end it, or name another "
		"directory",
		(int)holder, path);
}

bool start_become(const char *user, struct err *err)
{
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (user == NULL)
		return true;
	const struct passwd *const entry = find_user(user, err);
	if (entry == NULL)
		return false;
	if (geteuid() == entry->pw_uid)
		return true;
	if (geteuid() != 0)
		return err_set(err,
			"server.user: only root can become %s; start as root or take server.user "
			"out",
			user);
	if (initgroups(user, entry->pw_gid) != 0 ||
		setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
		setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0)
		return err_set(
			err, "server.user: cannot become %s: %s", user, strerrordesc_np(errno));
	if (entry->pw_uid != 0 && (setuid(0) == 0 || geteuid() == 0))
		return err_set(err, "server.user: became %s but could go back", user);
	return true;
}

/* Otherwise a socket of ours would get the number that log lines are written to. */
static void fill_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR); /* NOLINT(android-cloexec-open): as the others */
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

void start_descriptors(void)
{
	fill_standard_descriptors();
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}
