#include "zone/reply.h"

#include "base/bytes.h"
#include "zone/rrset.h"

#include <assert.h>
#include <string.h>

enum {
	OPT_LEN = 11,
	OPCODE_MASK = 0x7800,
	OPT_DO = 0x8000,
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

void reply_start(struct reply *reply, const struct query *query, const struct request *request,
	uint8_t *out, size_t room)
{
	assert(room >= MESSAGE_UDP);
	reply->query = query;
	reply->transport = request->transport;
	reply->dice = request->dice;
	reply->rcode = query->rcode;
	reply->flags = 0;
	memset(reply->counts, 0, sizeof reply->counts);
	const size_t end = question_end(query);
	memcpy(out + MESSAGE_HEADER, request->wire + MESSAGE_HEADER, end - MESSAGE_HEADER);
	const size_t limit = limit_of(query, request->transport, room);
	writer_start(&reply->writer, out, end, query->edns ? limit - OPT_LEN : limit);
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
	reply->rcode = RCODE_SERVFAIL;
	reply->flags = 0;
	reply->writer.at = question_end(reply->query);
	memset(reply->counts, 0, sizeof reply->counts);
}

/* Root, type, our size, extended rcode, version 0, DO as it came, no options (RFC 6891 6.1). */
static size_t put_opt(uint8_t *to, enum rcode rcode, bool dnssec_ok)
{
	to[0] = 0;
	bytes_put16(to + 1, TYPE_OPT);
	bytes_put16(to + 3, MESSAGE_UDP_EDNS);
	bytes_put32(to + 5, ((uint32_t)rcode >> 4) << 24 | (dnssec_ok ? OPT_DO : 0));
	bytes_put16(to + 9, 0);
	return OPT_LEN;
}

struct answer reply_end(struct reply *reply)
{
	const struct query *const query = reply->query;
	uint8_t *const out = reply->writer.out;
	size_t len = reply->writer.at;
	unsigned additional = reply->counts[SECTION_ADDITIONAL];
	if (query->edns) {
		len += put_opt(out + len, reply->rcode, query->dnssec_ok);
		additional++;
	}
	bytes_put16(out, query->id);
	bytes_put16(out + 2, (uint16_t)(FLAG_QR | (query->flags & (OPCODE_MASK | FLAG_RD)) |
					reply->flags | (reply->rcode & 0xF)));
	bytes_put16(out + 4, query->name_len != 0);
	bytes_put16(out + 6, reply->counts[SECTION_ANSWER]);
	bytes_put16(out + 8, reply->counts[SECTION_AUTHORITY]);
	bytes_put16(out + 10, (uint16_t)additional);
	return (struct answer){.fate = REQUEST_ANSWERED,
		.len = len,
		.qtype = query->name_len == 0 ? 0 : query->type,
		.rcode = (uint16_t)reply->rcode};
}
