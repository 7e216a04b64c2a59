/* Threads: named, and deaf to signals, which are the control thread's. */
#ifndef LOCUM_NET_THREAD_H
#define LOCUM_NET_THREAD_H

#include <pthread.h>

/* `name`: at most 15 characters.  When no thread can be made the process ends with a log line. */
void thread_start(pthread_t *thread, const char *name, void *(*run)(void *cookie), void *cookie);

/*
 * The calling thread has little to do and is waited for: when it wakes up it runs at once, not when
 * the thread that runs has had its turn of milliseconds.  Linux does so from 6.12 on; older ones
 * take no notice.  A thread that was given another policy than SCHED_OTHER keeps it.
 */
void thread_hurry(void);

#endif
