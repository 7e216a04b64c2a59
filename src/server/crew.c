#include "server/crew.h"

#include "net/thread.h"

#include <assert.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WATCH_MS = 100 };

struct crew {
	const struct crew_job *job;
	size_t next;   /* atomic */
	bool over;     /* atomic: no more pieces */
	unsigned left; /* atomic: threads that still work */
	int done;      /* eventfd: the last one has finished */
	struct member {
		struct crew *crew;
		unsigned number;
		pthread_t thread;
	} members[CREW_MAX];
};

/* The number of the next piece; `job->n`: there is none. */
static size_t take_piece(struct crew *crew)
{
	if (__atomic_load_n(&crew->over, __ATOMIC_RELAXED))
		return crew->job->n;
	const size_t i = __atomic_fetch_add(&crew->next, 1, __ATOMIC_RELAXED);
	return i < crew->job->n ? i : crew->job->n;
}

static void *run_member(void *cookie)
{
	const struct member *const member = cookie;
	struct crew *const crew = member->crew;
	for (size_t i; (i = take_piece(crew)) < crew->job->n;)
		if (!crew->job->work(crew->job->cookie, member->number, i))
			__atomic_store_n(&crew->over, true, __ATOMIC_RELAXED);
	const uint64_t one = 1;
	if (__atomic_sub_fetch(&crew->left, 1, __ATOMIC_ACQ_REL) == 0)
		(void)!write(crew->done, &one, sizeof one);
	return NULL;
}

unsigned crew_size(size_t n)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	const size_t most = cores < 1 ? 1 : cores < CREW_MAX ? (size_t)cores : CREW_MAX;
	return (unsigned)(n < 1 ? 1 : n < most ? n : most);
}

size_t crew_run(const struct crew_job *job, unsigned members)
{
	assert(members >= 1 && members <= CREW_MAX);
	/* Without one the watch would sleep on: then it looks at `left`. */
	struct crew crew = {.job = job, .left = members, .done = eventfd(0, EFD_CLOEXEC)};
	for (unsigned i = 0; i < members; i++) {
		crew.members[i] = (struct member){.crew = &crew, .number = i};
		thread_start(&crew.members[i].thread, "zones", run_member, &crew.members[i]);
	}
	struct pollfd done = {.fd = crew.done, .events = POLLIN};
	while (__atomic_load_n(&crew.left, __ATOMIC_ACQUIRE) > 0)
		if (poll(&done, 1, WATCH_MS) <= 0 && job->watch != NULL)
			job->watch(job->cookie);
	for (unsigned i = 0; i < members; i++)
		(void)pthread_join(crew.members[i].thread, NULL);
	if (crew.done >= 0)
		(void)close(crew.done);
	return crew.next < job->n ? crew.next : job->n;
}
