/* Threads: named, and deaf to signals, which are the control thread's. */
#ifndef LOCUM_NET_THREAD_H
#define LOCUM_NET_THREAD_H

#include <pthread.h>

/* `name`: at most 15 characters.  When no thread can be made the process ends with a log line. */
void thread_start(pthread_t *thread, const char *name, void *(*run)(void *cookie), void *cookie);

#endif
