#include "net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	RECEIVE_OCTETS = 1 << 20, /* of queries that came while a responder was busy */
	TCP_BACKLOG = 1024,
	UNIX_BACKLOG = 64,
	UNIX_MODE = 0660,
};

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

static bool set_or_say(int fd, int level, int option, const char *what, struct err *err)
{
	return set(fd, level, option, 1) ||
	       err_set(err, "cannot set %s: %s", what, strerrordesc_np(errno));
}

/* What the person can do about it, in words. */
static bool refused(int why, const struct address *address, int type, struct err *err)
{
	const unsigned port = address_port(address);
	const char *const what = strerrordesc_np(why);
	switch (why) {
	case EADDRINUSE:
		return err_set(err,
			"address already in use; stop the other server (ss -ln%cp 'sport = :%u' "
			"shows it) or choose another address",
			type == SOCK_DGRAM ? 'u' : 't', port);
	case EADDRNOTAVAIL:
		return err_set(err, "no interface of this machine has this address; add it (ip "
				    "address add) or choose another one");
	case EACCES:
		return err_set(err,
			"not allowed to use port %u; start as root (server.user names the user "
			"to become), with CAP_NET_BIND_SERVICE, or choose a port from 1024 on",
			port);
	case EAFNOSUPPORT:
		return err_set(err, "this machine has %s switched off; choose another address",
			address->any.sa_family == AF_INET6 ? "IPv6" : "IPv4");
	case EMFILE:
	case ENFILE: return err_set(err, "%s; raise the limit (ulimit -n, LimitNOFILE=)", what);
	default: return err_set(err, "%s", what != NULL ? what : "unknown error");
	}
}

/* Whether several may have the address at a time. */
enum sharing { ALONE, SHARED };

static bool prepare(
	int fd, const struct address *address, int type, enum sharing sharing, struct err *err)
{
	/* After a restart, connections of the one before are still in TIME_WAIT. */
	if (type == SOCK_STREAM && !set_or_say(fd, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR", err))
		return false;
	if (sharing == SHARED && !set_or_say(fd, SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT", err))
		return false;
	return address->any.sa_family != AF_INET6 ||
	       set_or_say(fd, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", err);
}

/* A bound socket, or -1 and `err` without the address. */
static int bound(const struct address *address, int type, enum sharing sharing, struct err *err)
{
	const int fd = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		(void)refused(errno, address, type, err);
		return -1;
	}
	if (!prepare(fd, address, type, sharing, err))
		goto fail;
	if (bind(fd, &address->any, address->len) != 0) {
		(void)refused(errno, address, type, err);
		goto fail;
	}
	return fd;
fail:
	(void)close(fd);
	return -1;
}

static bool named(const struct address *address, struct err *err)
{
	char text[ADDRESS_TEXT_MAX];
	return err_within(err, "%s", address_text(address, text));
}

bool socket_is_free(const struct address *address, struct err *err)
{
	static const int types[] = {SOCK_DGRAM, SOCK_STREAM};
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		const int fd = bound(address, types[i], ALONE, err);
		if (fd == -1)
			return named(address, err);
		(void)close(fd);
	}
	return true;
}

static bool is_wildcard(const struct address *address)
{
	if (address->any.sa_family == AF_INET)
		return address->v4.sin_addr.s_addr == htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

/*
 * Forged ICMP may not talk us into fragmenting (OMIT), nor may a path MTU that was learnt: answers
 * fit the smallest path anyway.  Kernels before 3.15 know only DONT.
 */
static void ignore_path_mtu(int fd, sa_family_t family)
{
	if (family == AF_INET6) {
		if (!set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT))
			(void)set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
	} else {
		if (!set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT))
			(void)set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	}
}

int socket_udp(const struct address *address, struct err *err)
{
	const sa_family_t family = address->any.sa_family;
	const int fd = bound(address, SOCK_DGRAM, SHARED, err);
	if (fd == -1)
		goto fail;
	ignore_path_mtu(fd, family);
	/* FORCE goes past net.core.rmem_max, for root. */
	if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_OCTETS))
		(void)set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_OCTETS);
	/* An answer leaves from the address that was asked. */
	if (is_wildcard(address) &&
		!(family == AF_INET6 ? set_or_say(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO,
					       "IPV6_RECVPKTINFO", err)
				     : set_or_say(fd, IPPROTO_IP, IP_PKTINFO, "IP_PKTINFO", err)))
		goto fail_socket;
	return fd;
fail_socket:
	(void)close(fd);
fail:
	(void)named(address, err);
	return -1;
}

int socket_tcp(const struct address *address, struct err *err)
{
	const int fd = bound(address, SOCK_STREAM, SHARED, err);
	if (fd == -1)
		goto fail;
	(void)set(fd, IPPROTO_TCP, TCP_NODELAY, 1); /* accepted connections inherit it */
	if (listen(fd, TCP_BACKLOG) != 0) {
		(void)refused(errno, address, SOCK_STREAM, err);
		goto fail_socket;
	}
	return fd;
fail_socket:
	(void)close(fd);
fail:
	(void)named(address, err);
	return -1;
}

/* Makes way at `path`: false when something is there that may not be removed. */
static bool make_way(const struct sockaddr_un *at, struct err *err)
{
	const char *const path = at->sun_path;
	struct stat there;
	if (lstat(path, &there) != 0)
		return errno == ENOENT || err_set(err, "%s: %s", path, strerrordesc_np(errno));
	if (!S_ISSOCK(there.st_mode))
		return err_set(err,
			"%s: is there and is not a socket; remove it or choose another path", path);
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_set(err, "%s: %s", path, strerrordesc_np(errno));
	const bool connected = connect(fd, (const struct sockaddr *)at, sizeof *at) == 0;
	const int why = connected ? 0 : errno;
	(void)close(fd);
	if (connected || why == EAGAIN) /* EAGAIN: it lives, and its backlog is full */
		return err_set(err,
			"another locumd answers on %s; stop it (locumctl -s %s stop) or choose "
			"another path",
			path, path);
	if (why != ECONNREFUSED && why != ENOENT)
		return err_set(err, "%s: cannot tell whether somebody listens there: %s", path,
			strerrordesc_np(why));
	if (unlink(path) != 0 && errno != ENOENT)
		return err_set(err, "%s: cannot remove the stale socket: %s", path,
			strerrordesc_np(errno));
	return true;
}

/*
 * The file takes its mode from the socket's inode and the umask: never more than 0660, also for a
 * moment; chmod gives back what the umask took.  umask() would change it for all threads.
 */
static bool put_at(int fd, const struct sockaddr_un *at)
{
	return fchmod(fd, UNIX_MODE) == 0 &&
	       bind(fd, (const struct sockaddr *)at, sizeof *at) == 0 &&
	       chmod(at->sun_path, UNIX_MODE) == 0 && listen(fd, UNIX_BACKLOG) == 0;
}

int socket_unix(const char *path, struct err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const size_t len = strlen(path);
	if (len == 0 || len >= sizeof at.sun_path) {
		(void)err_set(err, "%s: a socket's path has 1 to %zu octets, not %zu", path,
			sizeof at.sun_path - 1, len);
		return -1;
	}
	memcpy(at.sun_path, path, len);
	if (!make_way(&at, err))
		return -1;
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 || !put_at(fd, &at)) {
		(void)err_set(err, "%s: cannot listen there: %s", path, strerrordesc_np(errno));
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	return fd;
}
