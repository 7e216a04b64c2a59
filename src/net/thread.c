#include "net/thread.h"

#include "net/log.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

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
