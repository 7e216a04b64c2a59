#include "probes/talk_wire.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURN_MAX = 128 * 1024 };

/* Manners; without them the conversation is less polite but no less right. */
static void set_manners(int fd, enum wire_use use)
{
	/* No TIME_WAIT: talk.h says why. */
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	/* Our first octets acknowledge the handshake: a packet less.  Who waits to be spoken to
	 * must not do so, the server would get its connection 40 ms late. */
	if (use != WIRE_CLEAR_THEY_BEGIN)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &(int){0}, sizeof(int));
	/* The end of the TLS handshake and the first words are two writes. */
	if (use == WIRE_TLS)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

int wire_connect(struct wire *wire, const struct address *to, enum wire_use use)
{
	assert(wire->fd < 0);
	*wire = (struct wire){.fd = -1};
	const int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	set_manners(fd, use);
	wire->fd = fd;
	if (connect(fd, &to->any, to->len) != 0 && errno != EINPROGRESS)
		return errno;
	return 0;
}

void wire_close(struct wire *wire)
{
	if (wire->fd >= 0)
		(void)close(wire->fd);
	wire->fd = -1;
}

void wire_turn(struct wire *wire) { wire->turn = 0; }

static bool not_now(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

size_t wire_read(struct wire *wire, void *out, size_t room)
{
	if (wire_over(wire) || wire->turn >= TURN_MAX || room == 0)
		return 0;
	const ssize_t got = recv(wire->fd, out, room, 0);
	if (got < 0) {
		wire->error = not_now(errno) ? 0 : errno;
		return 0;
	}
	wire->ended = got == 0;
	wire->turn += (size_t)got;
	wire->heard += (size_t)got;
	wire->full = wire->heard > TALK_HEARD_MAX;
	return (size_t)got;
}

size_t wire_write(struct wire *wire, const void *octets, size_t len)
{
	if (wire->error != 0)
		return 0;
	const ssize_t sent = send(wire->fd, octets, len, MSG_NOSIGNAL);
	if (sent < 0) {
		wire->error = not_now(errno) ? 0 : errno;
		return 0;
	}
	return (size_t)sent;
}

struct probe_report wire_why(const struct wire *wire)
{
	if (wire->full)
		return probe_says(PROBE_FAIL, "more than %d KB received", TALK_HEARD_MAX / 1024);
	return probe_errno(wire->error, PROBE_LATER);
}
