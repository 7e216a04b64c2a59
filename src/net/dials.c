#include "net/dials.h"

#include "base/mem.h"
#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { AT_ONCE_MAX = 1024 };

struct dials {
	struct loop *loop;
	dials_fn *fn;
	int epoll; /* watched by the loop; -1: it could not be made yet */
	struct watch *watch;
	struct epoll_event ready[AT_ONCE_MAX]; /* of which [next, n) are still to be told */
	int next, n;
};

static void on_ready(void *cookie, mono_t now)
{
	struct dials *const dials = cookie;
	(void)now;
	dials->n = epoll_wait(dials->epoll, dials->ready, AT_ONCE_MAX, 0);
	for (dials->next = 0; dials->next < dials->n;) {
		const struct epoll_event *const event = &dials->ready[dials->next++];
		if (event->data.ptr != NULL)
			dials->fn(event->data.ptr, (event->events & (EPOLLERR | EPOLLHUP)) != 0);
	}
	dials->next = dials->n = 0;
}

static bool open_epoll(struct dials *dials)
{
	if (dials->epoll < 0)
		dials->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (dials->epoll >= 0 && dials->watch == NULL)
		dials->watch = loop_readable(dials->loop, dials->epoll, on_ready, dials);
	return dials->epoll >= 0;
}

struct dials *dials_new(struct loop *loop, dials_fn *fn)
{
	struct dials *const dials = mem_new(sizeof *dials);
	dials->loop = loop;
	dials->fn = fn;
	dials->epoll = -1;
	(void)open_epoll(dials);
	return dials;
}

void dials_free(struct dials *dials)
{
	if (dials == NULL)
		return;
	watch_free(dials->watch);
	if (dials->epoll >= 0)
		(void)close(dials->epoll);
	free(dials);
}

int dials_add(struct dials *dials, int fd, void *cookie)
{
	struct epoll_event wanted = {.events = EPOLLOUT, .data.ptr = cookie};
	if (!open_epoll(dials) || epoll_ctl(dials->epoll, EPOLL_CTL_ADD, fd, &wanted) != 0)
		return errno;
	return 0;
}

void dials_drop(struct dials *dials, int fd, const void *cookie)
{
	(void)close(fd); /* nobody else has it, so epoll forgets it */
	for (int i = dials->next; i < dials->n; i++)
		if (dials->ready[i].data.ptr == cookie)
			dials->ready[i].data.ptr = NULL;
}
