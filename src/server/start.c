#include "server/start.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
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
