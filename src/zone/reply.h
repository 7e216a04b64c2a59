/*
 * One response in the making: header, question, sections, OPT.  What to put into
 * it is decided in answer.c.  Owner: the call that makes the response.
 */
#ifndef LOCUM_ZONE_REPLY_H
#define LOCUM_ZONE_REPLY_H

#include "base/attr.h"
#include "base/bytes.h"
#include "dns/query.h"
#include "zone/answer.h"
#include "zone/rrset.h"
#include "zone/writer.h"

#include <assert.h>
#include <string.h>

struct zone;

enum {
	OPT_LEN = 11,
	OPCODE_MASK = 0x7800,
	OPT_DO = 0x8000,
};

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTIONS };

struct reply {
	const struct query *query;
	enum transport transport;
	uint32_t dice;
	enum rcode rcode;
	uint16_t flags;            /* AA and TC */
	uint16_t counts[SECTIONS]; /* records */
	struct writer writer;
};

/* Where what follows the question begins. */
static inline size_t reply_question_end(const struct query *query)
{
	return MESSAGE_HEADER + (query->name_len == 0 ? 0 : query->name_len + 4U);
}

/* What the client takes in one message. */
static inline size_t reply_limit(const struct query *query, enum transport transport, size_t room)
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

/* Copies the question, if there is one, and keeps room for an OPT. */
HOT void reply_start(struct reply *reply, const struct query *query, const struct request *request,
	uint8_t *out, size_t room)
{
	assert(room >= MESSAGE_UDP);
	reply->query = query;
	reply->transport = request->transport;
	reply->dice = request->dice;
	reply->rcode = query->rcode;
	reply->flags = 0;
	memset(reply->counts, 0, sizeof reply->counts);
	const size_t end = reply_question_end(query);
	bytes_copy(out + MESSAGE_HEADER, request->wire + MESSAGE_HEADER, end - MESSAGE_HEADER);
	const size_t limit = reply_limit(query, request->transport, room);
	writer_start(&reply->writer, out, end, query->edns ? limit - OPT_LEN : limit);
}

/* Addresses come in turns, so that clients that take the first one spread. */
static inline unsigned reply_turn(const struct reply *reply, const struct rrset *set)
{
	if (set->count == 1 || (set->type != TYPE_A && set->type != TYPE_AAAA))
		return 0;
	return (unsigned)((uint64_t)reply->dice * set->count >> 32);
}

/* Appends an RRset; false when it does not fit: the response is then as before. */
MUST_USE HOT bool reply_put(struct reply *reply, enum section section, struct owner owner,
	const struct rrset *set, uint32_t ttl)
{
	if (!writer_rrset(&reply->writer, owner, set, ttl, reply_turn(reply, set)))
		return false;
	reply->counts[section] = (uint16_t)(reply->counts[section] + set->count);
	return true;
}

/* The CNAME that a DNAME makes, into the answer section. */
bool reply_put_cname(
	struct reply *reply, struct owner owner, const uint8_t *target, uint32_t ttl) MUST_USE;
/* The SOA of `zone` into the authority section, with the TTL of RFC 2308 3; false as above. */
bool reply_put_denial(struct reply *reply, struct owner owner, const struct zone *zone) MUST_USE;
/* Something needed did not fit: TC over UDP, SERVFAIL over TCP, where asking again is no help. */
void reply_cut_short(struct reply *reply);

/* Root, type, our size, extended rcode, version 0, DO as it came, no options (RFC 6891 6.1). */
static inline size_t reply_put_opt(uint8_t *to, enum rcode rcode, bool dnssec_ok)
{
	to[0] = 0;
	bytes_put64(to + 1, (uint64_t)TYPE_OPT << 48 | (uint64_t)MESSAGE_UDP_EDNS << 32 |
				    (uint64_t)(rcode >> 4) << 24 | (dnssec_ok ? OPT_DO : 0));
	bytes_put16(to + 9, 0);
	return OPT_LEN;
}

/* Writes header and OPT. */
HOT struct answer reply_end(struct reply *reply)
{
	const struct query *const query = reply->query;
	uint8_t *const out = reply->writer.out;
	size_t len = reply->writer.at;
	unsigned additional = reply->counts[SECTION_ADDITIONAL];
	if (query->edns) {
		len += reply_put_opt(out + len, reply->rcode, query->dnssec_ok);
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

#endif
