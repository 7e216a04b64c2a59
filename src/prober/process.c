#include "prober/process.h"

#include "base/attr.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

size_t process_descriptors(void)
{
	struct rlimit files = {.rlim_cur = 1024, .rlim_max = 1024};
	(void)getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < files.rlim_max) {
		const struct rlimit most = {files.rlim_max, files.rlim_max};
		if (setrlimit(RLIMIT_NOFILE, &most) == 0)
			files = most;
	}
	/* Kept back: what the process has anyway. */
	const rlim_t kept = 32 + files.rlim_cur / 32;
	return files.rlim_cur <= kept ? 1 : (size_t)(files.rlim_cur - kept);
}

bool process_become(int fd)
{
	/* Between these lines it may end unseen: then we have another parent.  Before them, and if
	 * the kernel knew no PDEATHSIG, the end of its socket tells. */
	const pid_t parent = getppid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return false;
	(void)prctl(PR_SET_NAME, "locum-prober");
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	/* A terminal sends INT and HUP to all of us; locumd decides what they mean. */
	static const int ignored[] = {SIGPIPE, SIGINT, SIGHUP};
	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	sigset_t none;
	(void)sigemptyset(&none);
	(void)pthread_sigmask(SIG_SETMASK, &none, NULL);
	return true;
}

void process_give_way(void) { (void)sched_yield(); }
