#include "base/mem.h"
#include "dns/message.h"
#include "net/clock.h"
#include "net/socket.h"
#include "responder/dice.h"
#include "responder/publish.h"
#include "responder/rrl.h"
#include "responder/worker.h"
#include "zone/answer.h"
#include "zone/fetch.h"
#include "zone/view.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BATCH = 64,
	/* A longer request is cut, and FORMERR: we never offered to take more than 1232 octets. */
	REQUEST_MAX = 2048,
	CONTROL_MAX = CMSG_SPACE(sizeof(struct in6_pktinfo)),
	CACHE_LINE = 64,
	BUSY = 8,      /* a batch of so many: there will be more, which need not be waited for */
	TURN_MAX = 64, /* rounds of the sockets between two looks at all of them */
	WALL_MS = 100, /* the wall clock may be so much behind: it is for cookies */
};

/* What one datagram needs.  Its size is no multiple of the page: a batch uses the whole cache. */
struct slot {
	struct address from;
	union { /* the address that was asked: net/socket.c wants it on wildcard sockets only */
		size_t align;
		uint8_t octets[CONTROL_MAX];
	} control;
	struct iovec in, out;
	bool read; /* its inquiry is to be answered */
	uint8_t request[REQUEST_MAX];
	uint8_t response[MESSAGE_UDP_EDNS];
};

/*
 * poll(2) and not epoll(7): what is watched by epoll has somebody to wake at each datagram that has
 * left, which costs a twentieth of a query.
 */
struct udp {
	struct dice dice;
	struct rrl *rrl;
	mono_t now, wall_at;          /* of this batch; when the wall clock was read */
	const struct rate_rule *rate; /* of this batch's view */
	size_t n_sockets;
	struct pollfd *sockets; /* and behind them the eventfd that ends it */
	uint8_t apart_before[CACHE_LINE];
	struct counters counters;
	uint8_t apart_behind[CACHE_LINE];
	struct inquiry inquiries[FETCH_MAX];
	struct mmsghdr in[BATCH], out[BATCH];
	struct slot slots[BATCH];
};

/* What the kernel may have changed the last time. */
static void prepare(struct msghdr *in)
{
	in->msg_namelen = sizeof(struct sockaddr_in6);
	in->msg_controllen = CONTROL_MAX;
}

static void link_slots(struct udp *udp)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct slot *const slot = &udp->slots[i];
		slot->in = (struct iovec){.iov_base = slot->request, .iov_len = REQUEST_MAX};
		slot->out = (struct iovec){.iov_base = slot->response};
		udp->in[i].msg_hdr = (struct msghdr){.msg_name = &slot->from.any,
			.msg_iov = &slot->in,
			.msg_iovlen = 1,
			.msg_control = &slot->control};
		udp->out[i].msg_hdr.msg_iovlen = 1;
		prepare(&udp->in[i].msg_hdr);
	}
	for (unsigned i = 0; i < FETCH_MAX; i++)
		udp->inquiries[i].request = (struct request){.transport = TRANSPORT_UDP};
}

static bool open_socket(struct udp *udp, const struct address *address, struct err *err)
{
	const int fd = socket_udp(address, err);
	if (fd == -1)
		return false;
	udp->sockets[udp->n_sockets + 1] = udp->sockets[udp->n_sockets];
	udp->sockets[udp->n_sockets++] = (struct pollfd){.fd = fd, .events = POLLIN};
	return true;
}

struct udp *udp_open(const struct address listen[], size_t n, unsigned workers, struct err *err)
{
	struct udp *const udp = mem_new(sizeof *udp);
	const uint64_t seed[2] = {dice_secret(), dice_secret()};
	udp->rrl = rrl_new(workers, seed);
	udp->sockets = mem_list(n + 1, sizeof *udp->sockets);
	udp->sockets[0] =
		(struct pollfd){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .events = POLLIN};
	if (udp->sockets[0].fd == -1) {
		(void)err_set(
			err, "cannot make what a thread is woken with: %s", strerrordesc_np(errno));
		goto fail;
	}
	for (size_t i = 0; i < n; i++)
		if (!open_socket(udp, &listen[i], err))
			goto fail;
	dice_seed(&udp->dice);
	link_slots(udp);
	return udp;
fail:
	udp_close(udp);
	return NULL;
}

void udp_close(struct udp *udp)
{
	if (udp == NULL)
		return;
	for (size_t i = 0; i <= udp->n_sockets; i++)
		if (udp->sockets[i].fd != -1)
			(void)close(udp->sockets[i].fd);
	free(udp->sockets);
	rrl_free(udp->rrl);
	free(udp);
}

/* The interface is the route's business, but for addresses that mean nothing without it. */
static void free_of_interface(struct msghdr *message)
{
	struct cmsghdr *const control = CMSG_FIRSTHDR(message);
	if (control == NULL || (message->msg_flags & MSG_CTRUNC) != 0) {
		message->msg_controllen = 0;
	} else if (control->cmsg_level == IPPROTO_IP) {
		struct in_pktinfo info;
		memcpy(&info, CMSG_DATA(control), sizeof info);
		info.ipi_ifindex = 0;
		memcpy(CMSG_DATA(control), &info, sizeof info);
	} else {
		struct in6_pktinfo info;
		memcpy(&info, CMSG_DATA(control), sizeof info);
		if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			info.ipi6_ifindex = 0;
		memcpy(CMSG_DATA(control), &info, sizeof info);
	}
}

/* False: the response is not to be sent. */
HOT bool limit(struct udp *udp, struct slot *slot, struct answer *answer)
{
	if (answer->genuine)
		return true;
	switch (rrl_judge(udp->rrl, udp->rate, &slot->from, udp->now)) {
	case RRL_ANSWER: return true;
	case RRL_SLIP:
		counter_add(&udp->counters.rrl_slipped, 1);
		answer_shorten(slot->response, answer);
		return true;
	case RRL_DROP: counter_add(&udp->counters.rrl_dropped, 1); return false;
	}
	return true;
}

/* The response goes where the request came from, by the address that it came to. */
static void address_response(struct slot *slot, const struct msghdr *in, struct msghdr *out)
{
	out->msg_name = in->msg_name;
	out->msg_namelen = in->msg_namelen;
	out->msg_iov = &slot->out;
	out->msg_controllen = in->msg_controllen;
	if (out->msg_controllen != 0) {
		out->msg_control = in->msg_control;
		out->msg_flags = in->msg_flags;
		free_of_interface(out);
	}
}

/* Where the next response goes: this one stands in the slot, unless there is none to be sent. */
HOT struct mmsghdr *respond(struct udp *udp, struct slot *slot, struct msghdr *in,
	struct answer answer, struct mmsghdr *out)
{
	if (answer.fate == REQUEST_DROPPED) {
		counter_add(&udp->counters.dropped, 1);
	} else if (limit(udp, slot, &answer)) {
		counters_rcode(&udp->counters, answer.rcode);
		if ((slot->response[2] & FLAG_TC >> 8) != 0)
			counter_add(&udp->counters.udp_truncated, 1);
		slot->out.iov_len = answer.len;
		address_response(slot, in, &out++->msg_hdr);
	}
	prepare(in);
	return out;
}

/* The request of `len` octets that came; false: nobody can get a response there. */
static inline bool take(struct udp *udp, struct slot *slot, size_t len, struct inquiry *inquiry)
{
	struct request *const request = &inquiry->request; /* what is always the same is set */
	request->wire = slot->request;
	request->len = len;
	request->dice = dice_roll(&udp->dice);
	request->client = &slot->from;
	return slot->from.v4.sin_port != 0; /* stands in the same place in IPv6 */
}

/* In two passes; what the second one will look up comes from memory between them. */
static struct mmsghdr *answer_together(
	struct udp *udp, const struct view *view, unsigned first, unsigned n, struct mmsghdr *out)
{
	struct slot *const slots = &udp->slots[first];
	struct mmsghdr *const in = &udp->in[first];
	struct inquiry *walks[FETCH_MAX];
	size_t n_walks = 0;
	for (unsigned i = 0; i < n; i++) {
		struct inquiry *const inquiry = &udp->inquiries[i];
		slots[i].read = take(udp, &slots[i], in[i].msg_len, inquiry) &&
				answer_read(inquiry, slots[i].response, sizeof slots[i].response);
		if (slots[i].read && answer_walks(inquiry))
			walks[n_walks++] = inquiry;
	}
	fetch_names(view, walks, n_walks);
	for (unsigned i = 0; i < n; i++) {
		struct answer answer = {.fate = REQUEST_DROPPED};
		if (slots[i].read)
			answer = answer_make(view, &udp->inquiries[i], slots[i].response,
				sizeof slots[i].response);
		out = respond(udp, &slots[i], &in[i].msg_hdr, answer, out);
	}
	return out;
}

/* One after the other. */
static struct mmsghdr *answer_apart(
	struct udp *udp, const struct view *view, unsigned n, struct mmsghdr *out)
{
	struct inquiry *const inquiry = udp->inquiries;
	struct slot *slot = udp->slots;
	struct mmsghdr *in = udp->in;
	for (const struct mmsghdr *const end = in + n; in < end; in++, slot++) {
		struct answer answer = {.fate = REQUEST_DROPPED};
		if (take(udp, slot, in->msg_len, inquiry))
			answer = answer_inquiry(
				view, inquiry, slot->response, sizeof slot->response);
		out = respond(udp, slot, &in->msg_hdr, answer, out);
	}
	return out;
}

/* Answers the `n` datagrams received; their responses stand in `out`, their number is returned. */
static unsigned compose(struct udp *udp, const struct view *view, unsigned n)
{
	struct mmsghdr *out = udp->out;
	udp->rate = &view_terms(view)->rate;
	if (!fetch_pays(view))
		return (unsigned)(answer_apart(udp, view, n, out) - udp->out);
	for (unsigned first = 0; first < n; first += FETCH_MAX)
		out = answer_together(
			udp, view, first, n - first < FETCH_MAX ? n - first : FETCH_MAX, out);
	return (unsigned)(out - udp->out);
}

/* What the kernel does not take is lost: the client asks again, a queue would only age. */
static void transmit(struct udp *udp, int fd, unsigned n)
{
	unsigned at = 0, sent = 0;
	while (at < n) {
		const int done = sendmmsg(fd, udp->out + at, n - at, MSG_DONTWAIT);
		if (done > 0) {
			at += (unsigned)done;
			sent += (unsigned)done;
		} else if (errno == EAGAIN || errno == ENOBUFS) {
			break;
		} else if (errno != EINTR) {
			at++; /* only this one cannot be sent */
		}
	}
	counter_add(&udp->counters.udp_answers, sent);
	counter_add(&udp->counters.udp_unsent, n - sent);
}

static void look_at_clocks(struct udp *udp)
{
	udp->now = clock_mono();
	if (span_at_least(mono_between(udp->wall_at, udp->now), span_ms(WALL_MS))) {
		udp->wall_at = udp->now;
		const uint32_t unix_now = (uint32_t)(clock_wall_ns() / 1000000000);
		for (unsigned i = 0; i < FETCH_MAX; i++)
			udp->inquiries[i].request.unix_now = unix_now;
	}
}

/* One batch; whether there will be more at once. */
static bool serve(struct udp *udp, int fd)
{
	const int n = recvmmsg(fd, udp->in, BATCH, MSG_DONTWAIT, NULL);
	if (n <= 0)
		return false;
	/*
	 * The view is read behind the receive: a client that saw a new record and then asks for
	 * another gets that from the same view or a later one.
	 */
	const struct view *const view = publish_current();
	look_at_clocks(udp);
	const unsigned responses = compose(udp, view, (unsigned)n);
	publish_rest();
	counter_add(&udp->counters.udp_queries, (uint64_t)n);
	transmit(udp, fd, responses);
	return n >= BUSY;
}

/* Until something is ready; false: the end was asked for. */
static bool wait_ready(struct udp *udp)
{
	publish_sleep();
	const int n = poll(udp->sockets, udp->n_sockets + 1, -1);
	publish_wake();
	return n == -1 || udp->sockets[udp->n_sockets].revents == 0;
}

/* A batch of each socket that is ready; whether one still is. */
static bool serve_ready(struct udp *udp)
{
	bool more = false;
	for (size_t i = 0; i < udp->n_sockets; i++) {
		struct pollfd *const socket = &udp->sockets[i];
		if (socket->revents == 0)
			continue;
		if (serve(udp, socket->fd))
			more = true;
		else
			socket->revents = 0;
	}
	return more;
}

void udp_run(struct udp *udp)
{
	publish_join();
	publish_wake();
	while (wait_ready(udp))
		for (unsigned i = 0; i < TURN_MAX && serve_ready(udp); i++) {}
	publish_leave();
}

void udp_stop(struct udp *udp)
{
	const uint64_t one = 1;
	(void)!write(udp->sockets[udp->n_sockets].fd, &one, sizeof one);
}

const struct counters *udp_counters(const struct udp *udp) { return &udp->counters; }
