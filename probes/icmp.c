/*
 * Does the host answer a ping?  One socket for each family serves all probes of a loop: a ping
 * socket where the kernel lets us have one (net.ipv4.ping_group_range), else a raw one (needs
 * CAP_NET_RAW).  A reply belongs to the attempt with its sequence number and 64 random bits.
 */
#include "base/bytes.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/loop.h"
#include "probes/probe.h"

#include <errno.h>
#include <grp.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SLOTS = 16384, /* a power of two, more than there are attempts at a time */
	ECHO_HEADER = 8,
	ECHO_LEN = 64, /* header, cookie, zeros: as much as ping(8) sends */
	COOKIE_LEN = 8,
	PACKETS_A_TURN = 256,
	SENT_MOST = 64,
	GROUPS_MAX = 256,
};

/* Linux's, not in glibc's headers: <linux/icmp.h>, which cannot stand beside them. */
enum { SOCKET_RAW_LEVEL = 255, SOCKET_ICMP_FILTER = 1 };

struct echo_socket { /* of one family */
	struct icmp_shared *shared;
	int family, fd;
	bool raw;
	uint16_t ident; /* raw: ours; ping sockets get theirs from the kernel */
	struct watch *readable;
};

struct icmp_shared {
	struct loop *loop;
	struct echo_socket v4, v6;
	uint16_t next;
	unsigned sent;                    /* since replies were last looked for */
	struct icmp_probe *asking[SLOTS]; /* by sequence number */
	struct icmp_probe *over;          /* with a report to be told */
	struct watch *tell;               /* ... in the next turn */
};

struct icmp_probe {
	struct icmp_shared *shared;
	const struct probe_target *target;
	uint16_t sequence;
	uint8_t cookie[COOKIE_LEN];
	bool asking;                     /* it stands in `asking` */
	struct icmp_probe *next, **link; /* in `over`; link NULL: it is not */
	struct probe_report report;
	probe_done_fn *done;
	void *cookie_of_done;
};

static const struct field icmp_fields[] = {{.key = NULL}};

static const char no_right[] = "no right to ping";

/* ---- the socket ---- */

static void on_readable(void *cookie, mono_t now);

static bool is_v4(const struct echo_socket *s) { return s->family == AF_INET; }

static int open_socket(int family, bool *raw)
{
	const int protocol = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	*raw = false;
	int fd = socket(family, SOCK_DGRAM | flags, protocol);
	if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EPROTONOSUPPORT)) {
		*raw = true;
		fd = socket(family, SOCK_RAW | flags, protocol);
	}
	return fd;
}

/* A raw socket hears all of the host's ICMP: only echo replies are let through. */
static void set_options(const struct echo_socket *s)
{
	const int on = 1;
	(void)setsockopt(s->fd, is_v4(s) ? IPPROTO_IP : IPPROTO_IPV6,
		is_v4(s) ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on);
	if (s->raw && is_v4(s)) {
		const uint32_t others = ~(1U << ICMP_ECHOREPLY);
		(void)setsockopt(
			s->fd, SOCKET_RAW_LEVEL, SOCKET_ICMP_FILTER, &others, sizeof others);
	} else if (s->raw) {
		struct icmp6_filter replies;
		ICMP6_FILTER_SETBLOCKALL(&replies);
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &replies);
		(void)setsockopt(s->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &replies, sizeof replies);
	}
}

/* 0, or why there is none. */
static int have_socket(struct echo_socket *s)
{
	if (s->fd >= 0)
		return 0;
	s->fd = open_socket(s->family, &s->raw);
	if (s->fd < 0)
		return errno;
	set_options(s);
	s->readable = loop_readable(s->shared->loop, s->fd, on_readable, s);
	return 0;
}

/* ---- packets ---- */

/* RFC 1071. */
static uint16_t checksum(const uint8_t *octets, size_t len)
{
	uint32_t sum = 0;
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += bytes_get16(octets + i);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The kernel puts the checksum of IPv6 and the ident of ping sockets in. */
static void write_echo(
	const struct echo_socket *s, const struct icmp_probe *p, uint8_t packet[ECHO_LEN])
{
	memset(packet, 0, ECHO_LEN);
	packet[0] = is_v4(s) ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	bytes_put16(packet + 4, s->ident);
	bytes_put16(packet + 6, p->sequence);
	memcpy(packet + ECHO_HEADER, p->cookie, COOKIE_LEN);
	if (is_v4(s))
		bytes_put16(packet + 2, checksum(packet, ECHO_LEN));
}

static void stop(struct icmp_probe *p)
{
	if (p->asking)
		p->shared->asking[p->sequence % SLOTS] = NULL;
	p->asking = false;
	if (p->link == NULL)
		return;
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	p->link = NULL;
}

/* It is told from the loop, and not while another attempt begins. */
static void finish(struct icmp_probe *p, const struct probe_report *report)
{
	struct icmp_shared *const shared = p->shared;
	stop(p);
	p->report = *report;
	p->next = shared->over;
	p->link = &shared->over;
	if (p->next != NULL)
		p->next->link = &p->next;
	shared->over = p;
	watch_again(shared->tell, loop_now(shared->loop));
}

static void tell(void *cookie, mono_t now)
{
	struct icmp_shared *const shared = cookie;
	(void)now;
	struct icmp_probe *over = shared->over; /* those of now: who is told may start one more */
	shared->over = NULL;
	if (over != NULL)
		over->link = &over;
	while (over != NULL) { /* ... or cancel and close any of these */
		struct icmp_probe *const p = over;
		const struct probe_report report = p->report;
		stop(p);
		p->done(p->cookie_of_done, &report);
	}
}

/* The attempt that an echo of `len` octets, request or reply, belongs to; NULL: none of ours. */
static struct icmp_probe *find(
	const struct echo_socket *s, const uint8_t *echo, size_t len, bool whole)
{
	if (len < ECHO_HEADER)
		return NULL;
	const uint16_t sequence = bytes_get16(echo + 6);
	struct icmp_probe *const p = s->shared->asking[sequence % SLOTS];
	if (p == NULL || p->sequence != sequence || p->target->address.any.sa_family != s->family)
		return NULL;
	if (len < ECHO_HEADER + COOKIE_LEN)
		return whole ? NULL : p;
	return memcmp(echo + ECHO_HEADER, p->cookie, COOKIE_LEN) == 0 ? p : NULL;
}

/* False: nothing more is there. */
static bool take_reply(struct echo_socket *s)
{
	uint8_t packet[512];
	const ssize_t n = recv(s->fd, packet, sizeof packet, 0);
	if (n < 0) /* another errno is that of a packet whose error is in the queue */
		return errno != EAGAIN && errno != EINTR;
	const uint8_t *echo = packet;
	size_t len = (size_t)n;
	if (s->raw && is_v4(s)) {
		const size_t header = len > 0 ? (size_t)(packet[0] & 15) * 4 : 1;
		if (header > len)
			return true;
		echo += header;
		len -= header;
	}
	if (len == 0 || echo[0] != (is_v4(s) ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
		return true;
	struct icmp_probe *const p = find(s, echo, len, true);
	if (p == NULL)
		return true;
	const struct probe_report pass = {.outcome = PROBE_PASS};
	probe_step(p->target, "reply of %zu octets", len);
	finish(p, &pass);
	return true;
}

static const struct sock_extended_err *error_of(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
			(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			return (const void *)CMSG_DATA(c);
	return NULL;
}

/*
 * What somebody said about a request of ours, and which one it was.  Routers quote as little as
 * its header, so the cookie may be missing; whom it was for is told in any case.
 */
static bool take_error(struct echo_socket *s)
{
	uint8_t packet[512];
	_Alignas(struct cmsghdr) uint8_t room[512];
	struct address to = {.len = sizeof to.v6};
	struct iovec part = {packet, sizeof packet};
	struct msghdr message = {.msg_name = &to.any,
		.msg_namelen = sizeof to.v6,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof room};
	const ssize_t n = recvmsg(s->fd, &message, MSG_ERRQUEUE);
	if (n < 0)
		return false;
	to.len = message.msg_namelen;
	const struct sock_extended_err *const error = error_of(&message);
	struct icmp_probe *const p = find(s, packet, (size_t)n, false);
	if (error == NULL || p == NULL || to.any.sa_family != s->family)
		return true;
	const struct address wanted = address_with_port(p->target->address, 0),
			     quoted = address_with_port(to, 0);
	if (!address_equal(&wanted, &quoted))
		return true;
	probe_step(p->target, "error: type %u, code %u", error->ee_type, error->ee_code);
	const struct probe_report report = probe_errno((int)error->ee_errno, PROBE_LATER);
	finish(p, &report);
	return true;
}

static void on_readable(void *cookie, mono_t now)
{
	struct echo_socket *const s = cookie;
	s->shared->sent = 0;
	for (int i = 0; i < PACKETS_A_TURN && take_reply(s); i++)
		;
	for (int i = 0; i < PACKETS_A_TURN && take_error(s); i++)
		;
	tell(s->shared, now);
}

/* ---- the attempt ---- */

static bool take_slot(struct icmp_probe *p)
{
	struct icmp_shared *const shared = p->shared;
	for (int i = 0; i < SLOTS; i++) {
		p->sequence = shared->next++;
		struct icmp_probe **const slot = &shared->asking[p->sequence % SLOTS];
		if (*slot != NULL)
			continue;
		*slot = p;
		p->asking = true;
		return true;
	}
	return false;
}

static int send_echo(struct icmp_probe *p, struct echo_socket *s)
{
	const struct address *const to = &p->target->address;
	uint8_t packet[ECHO_LEN];
	write_echo(s, p, packet);
	/* Many begin in one turn, and the socket holds no more replies than some 250. */
	if (++s->shared->sent >= SENT_MOST) {
		s->shared->sent = 0;
		for (int i = 0; i < PACKETS_A_TURN && take_reply(s); i++)
			;
	}
	/* The errno of an earlier packet may wait here: it is taken back, and not about this one.
	 */
	int before;
	socklen_t len = sizeof before;
	(void)getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &before, &len);
	if (sendto(s->fd, packet, sizeof packet, MSG_NOSIGNAL, &to->any, to->len) < 0)
		return errno;
	probe_step(p->target, "sent an echo request, %d octets%s", ECHO_LEN,
		s->raw ? " (raw socket)" : "");
	return 0;
}

static struct probe_report begin(struct icmp_probe *p)
{
	struct icmp_shared *const shared = p->shared;
	struct echo_socket *const s =
		p->target->address.any.sa_family == AF_INET ? &shared->v4 : &shared->v6;
	int error = have_socket(s);
	if (error == EPERM || error == EACCES)
		return probe_fault(FAULT_LOCAL, "%s", no_right);
	if (error == 0 && (getrandom(p->cookie, sizeof p->cookie, GRND_NONBLOCK) != COOKIE_LEN ||
				  !take_slot(p)))
		error = ENOBUFS;
	if (error == 0)
		error = send_echo(p, s);
	if (error != 0)
		return probe_errno(error, PROBE_AT_ONCE);
	return (struct probe_report){.outcome = PROBE_PASS};
}

static void icmp_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct icmp_probe *const p = probe;
	p->done = done;
	p->cookie_of_done = cookie;
	const struct probe_report report = begin(p);
	if (report.outcome != PROBE_PASS)
		finish(p, &report);
}

static void icmp_cancel(void *probe) { stop(probe); }

/* ---- its frame ---- */

static void *icmp_begin(struct loop *loop)
{
	struct icmp_shared *const shared = mem_new(sizeof *shared);
	uint16_t random[2] = {0};
	(void)!getrandom(random, sizeof random, GRND_NONBLOCK);
	shared->loop = loop;
	shared->tell = loop_at(loop, loop_now(loop), tell, shared);
	shared->next = random[0];
	shared->v4 = (struct echo_socket){shared, AF_INET, -1, .ident = random[1]};
	shared->v6 = (struct echo_socket){shared, AF_INET6, -1, .ident = random[1]};
	return shared;
}

static void close_socket(struct echo_socket *s)
{
	watch_free(s->readable);
	if (s->fd >= 0)
		(void)close(s->fd);
}

static void icmp_end(void *shared)
{
	struct icmp_shared *const s = shared;
	close_socket(&s->v4);
	close_socket(&s->v6);
	watch_free(s->tell);
	free(s);
}

static void *icmp_open(void *shared, const struct probe_target *target, const void *options)
{
	struct icmp_probe *const p = mem_new(sizeof *p);
	(void)options;
	p->shared = shared;
	p->target = target;
	return p;
}

static void icmp_close(void *probe) { free(probe); }

/* ---- whether we may ---- */

static bool group_may_ping(gid_t group)
{
	unsigned long low = 1, high = 0;
	char line[64] = "", *end = line;
	FILE *const file = fopen("/proc/sys/net/ipv4/ping_group_range", "re");
	if (file == NULL)
		return false;
	if (fgets(line, sizeof line, file) != NULL) {
		low = strtoul(line, &end, 10);
		high = strtoul(end, NULL, 10);
	}
	(void)fclose(file);
	return group >= low && group <= high;
}

static bool user_may_ping(const struct passwd *entry)
{
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;
	if (getgrouplist(entry->pw_name, entry->pw_gid, groups, &n) < 0)
		n = GROUPS_MAX;
	for (int i = 0; i < n; i++)
		if (group_may_ping(groups[i]))
			return true;
	return false;
}

static bool we_may_ping(void)
{
	bool raw;
	const int fd = open_socket(AF_INET, &raw);
	if (fd < 0)
		return errno != EPERM && errno != EACCES;
	(void)close(fd);
	return true;
}

static bool icmp_able(const char *user, struct err *err)
{
	struct passwd entry, *found = NULL;
	char room[4096];
	if (user != NULL)
		(void)getpwnam_r(user, &entry, room, sizeof room, &found);
	const bool others =
		found != NULL && found->pw_uid != geteuid(); /* rights will be dropped */
	if (others ? user_may_ping(found) : we_may_ping())
		return true;
	return err_set(err,
		"%s%s here has no right to ping, so nothing will be known; sysctl "
		"net.ipv4.ping_group_range=\"0 2147483647\" gives it, or CAP_NET_RAW does",
		others ? "the user " : "locumd", others ? user : "");
}

const struct probe_kind probe_icmp = {
	.options = {.name = "icmp",
		.fields = icmp_fields,
		.target = TARGET_HOST,
		.valueless = probe_valueless,
		.able = icmp_able},
	.begin = icmp_begin,
	.end = icmp_end,
	.open = icmp_open,
	.close = icmp_close,
	.start = icmp_start,
	.cancel = icmp_cancel,
};
