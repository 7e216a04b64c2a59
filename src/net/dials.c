#include "net/dials.h"

#include "base/mem.h"
#include "net/loop.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE_MAX = 1024, SPARE_MAX = 16 };

struct spares { /* sockets of one family that are not connected, and that epoll is silent about */
	int n, fds[SPARE_MAX];
};

struct dials {
	struct loop *loop;
	dials_fn *fn;
	int epoll; /* watched by the loop; -1: it could not be made yet */
	struct watch *watch;
	struct spares v4, v6;
	const struct dial *told;               /* this one just now, and it was not dropped since */
	struct epoll_event ready[AT_ONCE_MAX]; /* of which [next, n) are still to be told */
	int next, n;
};

static int error_of(int fd)
{
	int error = 0;
	socklen_t len = sizeof error;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

static void on_ready(void *cookie, mono_t now)
{
	struct dials *const dials = cookie;
	(void)now;
	dials->n = epoll_wait(dials->epoll, dials->ready, AT_ONCE_MAX, 0);
	for (dials->next = 0; dials->next < dials->n;) {
		const struct epoll_event *const event = &dials->ready[dials->next++];
		const struct dial *const dial = event->data.ptr;
		if (dial == NULL)
			continue;
		const bool broken = (event->events & (EPOLLERR | EPOLLHUP)) != 0;
		dials->told = dial;
		dials->fn(dial->cookie, broken ? error_of(dial->fd) : 0);
		dials->told = NULL;
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

static void close_spares(struct spares *spares)
{
	while (spares->n > 0)
		(void)close(spares->fds[--spares->n]);
}

void dials_free(struct dials *dials)
{
	if (dials == NULL)
		return;
	close_spares(&dials->v4);
	close_spares(&dials->v6);
	watch_free(dials->watch);
	if (dials->epoll >= 0)
		(void)close(dials->epoll);
	free(dials);
}

static struct spares *spares_of(struct dials *dials, sa_family_t family)
{
	return family == AF_INET ? &dials->v4 : &dials->v6;
}

static int new_socket(sa_family_t family)
{
	const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* Without it we are less polite, but no less right. */
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	return fd;
}

/* IPv4 in the form of IPv6: the socket speaks IPv4 from then on, whoever else it goes to. */
static bool is_mapped(const struct address *to)
{
	return to->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&to->v6.sin6_addr);
}

/* To be told of once.  0, or an errno. */
static int begin(struct dials *dials, const struct address *to, int change, struct dial *dial)
{
	struct epoll_event wanted = {.events = EPOLLOUT | EPOLLONESHOT, .data.ptr = dial};
	if (!open_epoll(dials))
		return errno;
	/* As said in the header; each connection forgets it. */
	(void)setsockopt(dial->fd, IPPROTO_TCP, TCP_QUICKACK, &(int){0}, sizeof(int));
	if (connect(dial->fd, &to->any, to->len) != 0 && errno != EINPROGRESS)
		return errno;
	return epoll_ctl(dials->epoll, change, dial->fd, &wanted) == 0 ? 0 : errno;
}

int dials_begin(struct dials *dials, const struct address *to, void *cookie, struct dial *dial)
{
	struct spares *const spares = spares_of(dials, to->any.sa_family);
	const bool again = spares->n > 0;
	*dial = (struct dial){.family = to->any.sa_family, .cookie = cookie, .last = is_mapped(to)};
	dial->fd = again ? spares->fds[--spares->n] : new_socket(dial->family);
	if (dial->fd < 0)
		return errno;
	const int error = begin(dials, to, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, dial);
	if (error != 0) {
		(void)close(dial->fd);
		dial->fd = -1;
	}
	return error;
}

/* Whether the socket can serve again: epoll has told of it, so it says no more. */
static bool spare(struct dials *dials, const struct dial *dial)
{
	struct spares *const spares = spares_of(dials, dial->family);
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	if (dials->told != dial || dial->last || spares->n == SPARE_MAX ||
		connect(dial->fd, &nowhere, sizeof nowhere) != 0)
		return false;
	spares->fds[spares->n++] = dial->fd;
	return true;
}

void dials_drop(struct dials *dials, struct dial *dial)
{
	if (!spare(dials, dial))
		(void)close(dial->fd); /* nobody else has it, so epoll forgets it */
	if (dials->told == dial)
		dials->told = NULL;
	for (int i = dials->next; i < dials->n; i++)
		if (dials->ready[i].data.ptr == dial)
			dials->ready[i].data.ptr = NULL;
	dial->fd = -1;
}
