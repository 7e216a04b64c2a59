#include "zone/reply.h"

#include "base/bytes.h"
#include "zone/opt.h"
#include "zone/rrset.h"

#include <assert.h>
#include <string.h>

enum {
	OPCODE_MASK = 0x7800,
	RCODE_MASK = 0xF,
	NAME_POINTER = 0xC000 | MESSAGE_HEADER, /* to the question's name */
	TXT_FIXED = 13,                         /* of a TXT record, before its text */
};

static size_t question_end(const struct query *query)
{
	return MESSAGE_HEADER + (query->name_len == 0 ? 0 : query->name_len + 4U);
}

/* What the client takes in one message. */
static size_t limit_of(const struct query *query, enum transport transport, size_t room)
{
	size_t limit = MESSAGE_MAX;
	if (transport == TRANSPORT_UDP) {
		limit = MESSAGE_UDP;
		if (query->edns && query->udp_size > MESSAGE_UDP)
			limit = query->udp_size < MESSAGE_UDP_EDNS ? query->udp_size
								   : MESSAGE_UDP_EDNS;
	}
	return limit < room ? limit : room;
}

void reply_start(struct reply *reply, const struct query *query, const struct terms *terms,
	const struct request *request, uint8_t *out, size_t room)
{
	assert(room >= MESSAGE_UDP);
	reply->query = query;
	reply->terms = terms;
	reply->transport = request->transport;
	reply->dice = request->dice;
	reply->rcode = query->rcode;
	reply->ede = EDE_NONE;
	reply->idle = request->idle;
	reply->with_cookie = false;
	reply->flags = 0;
	memset(reply->counts, 0, sizeof reply->counts);
	const size_t end = question_end(query);
	memcpy(out + MESSAGE_HEADER, request->wire + MESSAGE_HEADER, end - MESSAGE_HEADER);
	const size_t limit = limit_of(query, request->transport, room);
	reply->opt_len = query->edns ? opt_begin(reply, request) : 0;
	writer_start(&reply->writer, out, end, limit - reply->opt_len);
}

void reply_fail(struct reply *reply, enum rcode rcode, enum ede ede)
{
	reply->rcode = rcode;
	reply->ede = ede;
}

/* Addresses come in turns, so that clients that take the first one spread. */
static unsigned turn(const struct reply *reply, const struct rrset *set)
{
	if (set->count == 1 || (set->type != TYPE_A && set->type != TYPE_AAAA))
		return 0;
	return (unsigned)((uint64_t)reply->dice * set->count >> 32);
}

bool reply_put(struct reply *reply, enum section section, struct owner owner,
	const struct rrset *set, uint32_t ttl)
{
	if (!writer_rrset(&reply->writer, owner, set, ttl, turn(reply, set)))
		return false;
	reply->counts[section] = (uint16_t)(reply->counts[section] + set->count);
	return true;
}

bool reply_put_cname(struct reply *reply, struct owner owner, const uint8_t *target, uint32_t ttl)
{
	if (!writer_cname(&reply->writer, owner, target, ttl))
		return false;
	reply->counts[SECTION_ANSWER]++;
	return true;
}

void reply_cut_short(struct reply *reply)
{
	if (reply->transport == TRANSPORT_UDP) {
		reply->flags |= FLAG_TC;
		return;
	}
	reply_fail(reply, RCODE_SERVFAIL, EDE_OTHER);
	reply->flags = 0;
	reply->writer.at = question_end(reply->query);
	memset(reply->counts, 0, sizeof reply->counts);
}

void reply_put_chaos(struct reply *reply, const char *text)
{
	struct writer *const writer = &reply->writer;
	const size_t len = strlen(text);
	if (writer->room - writer->at < TXT_FIXED + len) {
		reply_cut_short(reply);
		return;
	}
	uint8_t *const to = writer->out + writer->at;
	bytes_put16(to, NAME_POINTER);
	bytes_put16(to + 2, TYPE_TXT);
	bytes_put16(to + 4, CLASS_CH);
	bytes_put32(to + 6, 0);
	bytes_put16(to + 10, (uint16_t)(len + 1));
	to[TXT_FIXED - 1] = (uint8_t)len;
	memcpy(to + TXT_FIXED, text,
		len); /* NOLINT(bugprone-not-null-terminated-result): a TXT has none */
	writer->at += TXT_FIXED + len;
	reply->counts[SECTION_ANSWER]++;
}

struct answer reply_end(struct reply *reply)
{
	const struct query *const query = reply->query;
	uint8_t *const out = reply->writer.out;
	size_t len = reply->writer.at;
	unsigned additional = reply->counts[SECTION_ADDITIONAL];
	const size_t opt_at = reply->opt_len == 0 ? 0 : len;
	if (opt_at != 0) {
		len += opt_put(reply, out + len);
		additional++;
	}
	bytes_put16(out, query->id);
	bytes_put16(out + 2, (uint16_t)(FLAG_QR | (query->flags & (OPCODE_MASK | FLAG_RD)) |
					reply->flags | (reply->rcode & RCODE_MASK)));
	bytes_put16(out + 4, query->name_len != 0);
	bytes_put16(out + 6, reply->counts[SECTION_ANSWER]);
	bytes_put16(out + 8, reply->counts[SECTION_AUTHORITY]);
	bytes_put16(out + 10, (uint16_t)additional);
	return (struct answer){.fate = REQUEST_ANSWERED,
		.len = len,
		.qtype = query->name_len == 0 ? 0 : query->type,
		.rcode = (uint16_t)reply->rcode,
		.genuine =
			reply->opt_len != 0 && reply->with_cookie && reply->standing == COOKIE_GOOD,
		.body_at = (uint16_t)question_end(query),
		.opt_at = (uint16_t)opt_at,
		.opt_least = opt_least(reply)};
}

void answer_shorten(uint8_t *out, struct answer *answer)
{
	const size_t opt_len = answer->opt_at == 0 ? 0 : answer->opt_least;
	memmove(out + answer->body_at, out + answer->opt_at, opt_len);
	if (opt_len != 0)
		opt_set_len(out + answer->body_at, opt_len);
	if (answer->rcode == RCODE_NOERROR || answer->rcode == RCODE_NXDOMAIN) {
		const unsigned out_of = FLAG_AA | RCODE_MASK, flags = bytes_get16(out + 2);
		bytes_put16(out + 2, (uint16_t)((flags & ~out_of) | FLAG_TC));
		answer->rcode = RCODE_NOERROR;
	}
	bytes_put32(out + 6, 0);
	bytes_put16(out + 10, opt_len != 0);
	answer->len = answer->body_at + opt_len;
	answer->opt_at = opt_len == 0 ? 0 : answer->body_at;
}
