#include "probes/talk.h"

#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"
#include "net/octets.h"
#include "probes/talk_tls.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct talks {
	struct loop *loop;
	struct trusts *trusts;
	uint8_t heard[64 * 1024]; /* for one call at a time */
};

struct cover { /* what only TLS needs */
	struct trust *trust;
	struct tls_want want;
	struct tls_found found;
	uint8_t alpn[TALK_ALPN_MAX];
};

struct talk {
	struct talks *talks;
	struct talk_plan plan;
	struct cover *cover; /* NULL: in the clear */
	enum { TALK_IDLE, TALK_FAILING, TALK_CONNECTING, TALK_SHAKING, TALK_TALKING } state;
	struct wire wire;
	struct tls *tls;
	struct watch *reader, *writer, *soon;
	struct octets out;
	size_t sending;           /* octets of `out` before it was begun to be sent */
	bool begun;               /* the peer has said something */
	struct probe_report *why; /* while failing */
};

struct talks *talks_new(struct loop *loop)
{
	struct talks *const talks = mem_new(sizeof *talks);
	talks->loop = loop;
	talks->trusts = trusts_new();
	return talks;
}

void talks_free(struct talks *talks)
{
	trusts_free(talks->trusts);
	free(talks);
}

/* "h2,http/1.1" as RFC 7301 has it: every name behind its length. */
static size_t alpn_wire(const char *names, uint8_t wire[TALK_ALPN_MAX])
{
	size_t used = 0;
	while (names != NULL && *names != '\0') {
		const size_t len = strcspn(names, ",");
		assert(len > 0 && len < 256 && used + 1 + len <= TALK_ALPN_MAX);
		wire[used++] = (uint8_t)len;
		memcpy(wire + used, names, len);
		used += len;
		names += len + (names[len] == ',');
	}
	return used;
}

static struct cover *cover_new(struct talks *talks, const struct talk_plan *plan)
{
	struct cover *const cover = mem_new(sizeof *cover);
	/* Who verifies nothing does not need to know whom to trust. */
	cover->trust = trust_take(
		talks->trusts, plan->tls->verify ? plan->tls->ca : "", loop_now(talks->loop));
	cover->want = (struct tls_want){.options = plan->tls,
		.host = plan->target->host,
		.address = &plan->target->address,
		.alpn = cover->alpn,
		.alpn_len = alpn_wire(plan->alpn, cover->alpn)};
	return cover;
}

struct talk *talk_new(struct talks *talks, const struct talk_plan *plan)
{
	struct talk *const talk = mem_new(sizeof *talk);
	talk->talks = talks;
	talk->plan = *plan;
	talk->wire.fd = -1;
	if (plan->tls != NULL && plan->tls->cover == TALK_TLS)
		talk->cover = cover_new(talks, plan);
	return talk;
}

void talk_free(struct talk *talk)
{
	if (talk == NULL)
		return;
	assert(talk->state == TALK_IDLE);
	if (talk->cover != NULL)
		trust_put(talk->cover->trust);
	free(talk->cover);
	free(talk);
}

void talk_stop(struct talk *talk)
{
	watch_free(talk->soon);
	watch_free(talk->reader);
	watch_free(talk->writer);
	talk->soon = talk->reader = talk->writer = NULL;
	tls_free(talk->tls);
	talk->tls = NULL;
	wire_close(&talk->wire);
	octets_free(&talk->out);
	free(talk->why);
	talk->why = NULL;
	talk->state = TALK_IDLE;
}

/* The talk may be gone when this returns. */
static void end(struct talk *talk, const struct probe_report *broken)
{
	talk_stop(talk);
	talk->plan.part->over(talk->plan.cookie, broken);
}

static void end_for(struct talk *talk, struct probe_report broken) { end(talk, &broken); }

static void on_soon(void *cookie, mono_t now)
{
	struct talk *const talk = cookie;
	(void)now;
	end_for(talk, *talk->why);
}

/* What is found out at once is told from the loop. */
static void end_soon(struct talk *talk, struct probe_report why)
{
	struct loop *const loop = talk->talks->loop;
	talk->state = TALK_FAILING;
	talk->why = mem_copy(&why, sizeof why);
	talk->soon = loop_at(loop, loop_now(loop), on_soon, talk);
}

static void on_event(void *cookie, mono_t now);

/* It is always listened to; whether it can be written to matters only while something waits. */
static void wait_to_write(struct talk *talk, bool wait)
{
	if (wait && talk->writer == NULL)
		talk->writer = loop_writable(talk->talks->loop, talk->wire.fd, on_event, talk);
	if (wait || talk->writer == NULL)
		return;
	watch_free(talk->writer);
	talk->writer = NULL;
}

/* ---- octets in and out, covered or not ---- */

static enum tls_state wire_state(const struct wire *wire, enum tls_state otherwise)
{
	if (wire->error != 0 || wire->full)
		return TLS_BROKEN;
	return wire->ended ? TLS_ENDED : otherwise;
}

static enum tls_state read_some(struct talk *talk, size_t *got)
{
	uint8_t *const heard = talk->talks->heard;
	const size_t room = sizeof talk->talks->heard;
	if (talk->tls != NULL)
		return tls_read(talk->tls, heard, room, got);
	*got = wire_read(&talk->wire, heard, room);
	return *got > 0 ? TLS_GOING : wire_state(&talk->wire, TLS_READS);
}

static enum tls_state write_some(struct talk *talk, size_t *sent)
{
	const struct octets *const out = &talk->out;
	if (talk->tls != NULL)
		return tls_write(talk->tls, out->at + out->begin, out->len, sent);
	*sent = wire_write(&talk->wire, out->at + out->begin, out->len);
	if (*sent > 0)
		return TLS_GOING;
	return talk->wire.error != 0 ? TLS_BROKEN : TLS_WRITES;
}

static struct probe_report broken_why(const struct talk *talk)
{
	return talk->tls != NULL ? tls_why(talk->tls) : wire_why(&talk->wire);
}

static enum tls_state flush(struct talk *talk)
{
	enum tls_state state = TLS_GOING;
	while (talk->out.len > 0 && state == TLS_GOING) {
		size_t sent = 0;
		state = write_some(talk, &sent);
		if (state == TLS_GOING)
			octets_drop(&talk->out, sent);
	}
	if (talk->out.len == 0 && talk->sending > 0) {
		probe_step(talk->plan.target, "sent %zu %s", talk->sending,
			text_plural(talk->sending, "octet", "octets"));
		talk->sending = 0;
	}
	wait_to_write(talk, state == TLS_WRITES);
	return state;
}

/* ---- from connected to over ---- */

static struct probe_report closed_early(const struct talk *talk)
{
	return probe_says(PROBE_FAIL, "closed before %s",
		talk->begun ? "the end of the answer" : "an answer");
}

/* False: it is over. */
static bool make_tls(struct talk *talk)
{
	assert(talk->cover != NULL && talk->tls == NULL && talk->out.len == 0);
	struct cover *const cover = talk->cover;
	struct probe_report why;
	SSL_CTX *const context = trust_context(cover->trust, loop_now(talk->talks->loop), &why);
	if (context != NULL)
		talk->tls = tls_new(context, &cover->want, &talk->wire, &cover->found, &why);
	if (talk->tls == NULL) {
		end_for(talk, why);
		return false;
	}
	talk->state = TALK_SHAKING;
	return true;
}

/* Hands on what came.  False: it is over, or goes on otherwise. */
static bool hear(struct talk *talk, size_t len)
{
	if (len > 0 && !talk->begun)
		probe_step(talk->plan.target, "first octet");
	talk->begun = talk->begun || len > 0;
	const enum talk_next next =
		talk->plan.part->heard(talk->plan.cookie, talk->talks->heard, len);
	if (next == TALK_ENOUGH)
		end(talk, NULL);
	else if (next == TALK_SECURE) {
		if (make_tls(talk))
			wait_to_write(talk, true); /* shake() will */
	} else if (len == 0)
		end_for(talk, closed_early(talk));
	else
		return true;
	return false;
}

/* False: it is over. */
static bool flush_or_end(struct talk *talk)
{
	const enum tls_state state = flush(talk);
	if (state == TLS_BROKEN)
		end_for(talk, broken_why(talk));
	else if (state == TLS_ENDED)
		end_for(talk, closed_early(talk));
	else
		return true;
	return false;
}

/* In the clear the loop calls again while there is more; TLS may have taken it from the socket. */
static void converse(struct talk *talk)
{
	enum tls_state state = TLS_GOING;
	while (state == TLS_GOING) {
		size_t got = 0;
		state = read_some(talk, &got);
		if (state == TLS_GOING && (!hear(talk, got) || !flush_or_end(talk)))
			return;
		if (state == TLS_GOING && talk->tls == NULL)
			return;
	}
	if (state == TLS_ENDED)
		(void)hear(talk, 0);
	else if (state == TLS_BROKEN)
		end_for(talk, broken_why(talk));
	else if (state == TLS_WRITES)
		wait_to_write(talk, true);
}

static void ready(struct talk *talk)
{
	talk->state = TALK_TALKING;
	if (talk->plan.part->ready(talk->plan.cookie) == TALK_ENOUGH)
		end(talk, NULL);
	else if (flush_or_end(talk) && talk->tls != NULL)
		converse(talk);
}

static void shake(struct talk *talk)
{
	const enum tls_state state = tls_shake(talk->tls);
	switch (state) {
	case TLS_GOING:
		wait_to_write(talk, false);
		tls_tell(talk->tls, talk->plan.target);
		ready(talk);
		return;
	case TLS_ENDED:
		end_for(talk, probe_says(PROBE_FAIL, "closed during the TLS handshake"));
		return;
	case TLS_BROKEN: end_for(talk, broken_why(talk)); return;
	case TLS_READS:
	case TLS_WRITES: wait_to_write(talk, state == TLS_WRITES); return;
	}
}

static void on_event(void *cookie, mono_t now)
{
	struct talk *const talk = cookie;
	(void)now;
	wire_turn(&talk->wire);
	if (talk->state == TALK_SHAKING)
		shake(talk);
	else if (flush_or_end(talk))
		converse(talk);
}

static bool begins_with_tls(const struct talk *talk)
{
	return talk->cover != NULL && talk->plan.begin == TALK_TLS_FIRST;
}

static void on_connected(void *cookie, mono_t now)
{
	struct talk *const talk = cookie;
	int error = 0;
	socklen_t len = sizeof error;
	(void)now;
	if (getsockopt(talk->wire.fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0) {
		end_for(talk, probe_errno(error, PROBE_LATER));
		return;
	}
	watch_free(talk->writer);
	talk->writer = NULL;
	probe_step(talk->plan.target, "connected");
	talk->reader = loop_readable(talk->talks->loop, talk->wire.fd, on_event, talk);
	if (!begins_with_tls(talk))
		ready(talk);
	else if (make_tls(talk))
		shake(talk);
}

void talk_start(struct talk *talk)
{
	assert(talk->state == TALK_IDLE);
	enum wire_use use = WIRE_TLS;
	if (talk->cover != NULL)
		talk->cover->found = (struct tls_found){.certified = false};
	if (!begins_with_tls(talk))
		use = talk->plan.first == TALK_WE_BEGIN ? WIRE_CLEAR_WE_BEGIN
							: WIRE_CLEAR_THEY_BEGIN;
	talk->begun = false;
	talk->sending = 0;
	const int error = wire_connect(&talk->wire, &talk->plan.target->address, use);
	if (error != 0) {
		end_soon(talk, probe_errno(error, PROBE_AT_ONCE));
		return;
	}
	talk->state = TALK_CONNECTING;
	talk->writer = loop_writable(talk->talks->loop, talk->wire.fd, on_connected, talk);
}

void talk_send(struct talk *talk, const void *octets, size_t len)
{
	assert(talk->state == TALK_TALKING);
	octets_add(&talk->out, octets, len);
	talk->sending += len;
}

const char *talk_alpn(const struct talk *talk)
{
	return talk->cover != NULL ? talk->cover->found.alpn : "";
}

bool talk_certified(const struct talk *talk)
{
	return talk->cover != NULL && talk->cover->found.certified;
}

int32_t talk_days(const struct talk *talk)
{
	return talk->cover != NULL ? talk->cover->found.days : 0;
}
