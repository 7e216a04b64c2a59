#include "zone/reply.h"

#include "base/bytes.h"
#include "zone/denial.h"
#include "zone/rrset.h"
#include "zone/zone.h"

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
	bytes_copy(out + MESSAGE_HEADER, request->wire + MESSAGE_HEADER, end - MESSAGE_HEADER);
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

bool reply_put_denial(struct reply *reply, struct owner owner, const struct zone *zone)
{
	const struct denial *const denial = zone_denial(zone);
	const struct rrset *const soa = zone_soa(zone);
	/* Outside the question the apex may stand in pieces, or be nowhere yet. */
	if (denial == NULL || owner.at == 0 || owner.at >= question_end(reply->query))
		return reply_put(reply, SECTION_AUTHORITY, owner, soa,
			denial == NULL ? soa->ttl : denial->ttl);
	if (!writer_denial(&reply->writer, owner.at, denial))
		return false;
	reply->counts[SECTION_AUTHORITY]++;
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
	bytes_put64(to + 1, (uint64_t)TYPE_OPT << 48 | (uint64_t)MESSAGE_UDP_EDNS << 32 |
				    (uint64_t)(rcode >> 4) << 24 | (dnssec_ok ? OPT_DO : 0));
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
	const unsigned flags = FLAG_QR | (query->flags & (OPCODE_MASK | FLAG_RD)) | reply->flags |
			       (reply->rcode & 0xF);
	bytes_put64(out, (uint64_t)query->id << 48 | (uint64_t)flags << 32 |
				 (uint32_t)(query->name_len != 0) << 16 |
				 reply->counts[SECTION_ANSWER]);
	bytes_put32(
		out + 8, (uint32_t)reply->counts[SECTION_AUTHORITY] << 16 | (additional & 0xFFFF));
	return (struct answer){.fate = REQUEST_ANSWERED,
		.len = len,
		.qtype = query->name_len == 0 ? 0 : query->type,
		.rcode = (uint16_t)reply->rcode};
}
