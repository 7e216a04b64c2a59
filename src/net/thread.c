#include "net/thread.h"

#include "net/log.h"

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TURN_NS = 100000 }; /* the shortest that Linux takes */

/* Of sched_setattr(2), for which glibc has neither function nor type. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

void thread_start(pthread_t *thread, const char *name, void *(*run)(void *cookie), void *cookie)
{
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	const int error = pthread_create(thread, NULL, run, cookie);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0) {
		log_line(LOG_LINE_ERROR, "cannot start the thread %s: %s", name,
			strerrordesc_np(error));
		abort();
	}
	(void)pthread_setname_np(*thread, name);
}

void thread_hurry(void)
{
	if (sched_getscheduler(0) != SCHED_OTHER)
		return;
	struct scheduling mine = {.size = sizeof mine,
		.policy = SCHED_OTHER,
		.nice = getpriority(PRIO_PROCESS, 0),
		.runtime = TURN_NS};
	(void)syscall(SYS_sched_setattr, 0, &mine, 0);
}
