/*
 * One response in the making: header, question, sections, OPT.  What to put into
 * it is decided in answer.c, additional.c and other.c.  Owner: the call that makes the response.
 */
#ifndef LOCUM_ZONE_REPLY_H
#define LOCUM_ZONE_REPLY_H

#include "base/attr.h"
#include "base/bytes.h"
#include "dns/cookie.h"
#include "dns/query.h"
#include "zone/answer.h"
#include "zone/opt.h"
#include "zone/rrset.h"
#include "zone/writer.h"

#include <assert.h>
#include <string.h>

struct terms;
struct zone;

enum { OPCODE_MASK = 0x7800, RCODE_MASK = 0xF, OPT_DO = 0x8000 };

enum ede { /* RFC 8914: the reason, for whoever looks into it */
	EDE_OTHER = 0,
	EDE_PROHIBITED = 18,
	EDE_NOT_AUTHORITATIVE = 20,
	EDE_NOT_SUPPORTED = 21,
	EDE_INVALID_DATA = 24, /* we have nothing to say for a name of ours */
	EDE_NONE = 0x10000,    /* no number of theirs */
};

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTIONS };

struct reply {
	const struct query *query;
	const struct terms *terms;
	enum transport transport;
	uint32_t dice;
	enum rcode rcode;
	enum ede ede;
	bool with_cookie;              /* the OPT carries `cookie` */
	enum cookie_standing standing; /* with_cookie */
	uint16_t idle;                 /* as in struct request */
	uint16_t opt_len;              /* of the OPT to come, but for what `ede` adds; 0: none */
	uint8_t cookie[COOKIE_WHOLE];
	uint16_t flags;            /* AA and TC */
	uint16_t counts[SECTIONS]; /* records */
	struct writer writer;
};

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

/* The question is there already.  Keeps room for an OPT and judges the cookie. */
HOT void reply_start(struct reply *reply, const struct terms *terms, const struct inquiry *inquiry,
	uint8_t *out, size_t room)
{
	const struct query *const query = &inquiry->query;
	const struct request *const request = &inquiry->request;
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
	const size_t limit = reply_limit(query, request->transport, room);
	reply->opt_len = OPT_FIXED;
	if (query->asks != 0)
		reply->opt_len = opt_begin(reply, request);
	else if (!query->edns)
		reply->opt_len = 0;
	writer_start(&reply->writer, out, query->end, limit - reply->opt_len, &inquiry->key);
}

/* Sets rcode and reason. */
void reply_fail(struct reply *reply, enum rcode rcode, enum ede ede);

/* Addresses come in turns, so that clients that take the first one spread. */
static inline unsigned reply_turn(uint32_t dice, const struct rrset *set)
{
	if (set->count == 1 || (set->type != TYPE_A && set->type != TYPE_AAAA))
		return 0;
	return (unsigned)((uint64_t)dice * set->count >> 32);
}

/* Appends an RRset; false when it does not fit: the response is then as before. */
MUST_USE HOT bool reply_put(struct reply *reply, enum section section, struct owner owner,
	const struct rrset *set, uint32_t ttl)
{
	if (!writer_rrset(&reply->writer, owner, set, ttl, reply_turn(reply->dice, set)))
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
/* In place of all that was put: SERVFAIL. */
COLD void reply_give_up(struct reply *reply, enum ede ede);
/* One TXT record of class CH and TTL 0 at the question's name. */
void reply_put_chaos(struct reply *reply, const char *text);

/* An OPT without options: root, type, our size, extended rcode, version 0, DO as it came (RFC
 * 6891 6.1). */
static inline void reply_put_bare_opt(const struct query *query, enum rcode rcode, uint8_t *to)
{
	to[0] = 0;
	bytes_put64(to + 1, (uint64_t)TYPE_OPT << 48 | (uint64_t)MESSAGE_UDP_EDNS << 32 |
				    (uint64_t)((unsigned)rcode >> 4) << 24 |
				    (query->dnssec_ok ? OPT_DO : 0));
	bytes_put16(to + 9, 0);
}

/* The four counts of the header as one number. */
static inline uint64_t reply_counts(
	uint16_t questions, uint16_t answers, uint16_t authorities, uint16_t additionals)
{
	return (uint64_t)questions << 48 | (uint64_t)answers << 32 | (uint32_t)authorities << 16 |
	       additionals;
}

/* The question's ID is there already.  `flags`: AA, TC and rcode; `counts`: reply_counts(). */
static inline void reply_put_header(
	const struct query *query, unsigned flags, uint64_t counts, uint8_t *out)
{
	flags |= FLAG_QR | (query->flags & (OPCODE_MASK | FLAG_RD));
	bytes_put16(out + 2, (uint16_t)flags);
	bytes_put64(out + 4, counts);
}

/* Writes header and OPT. */
HOT struct answer reply_end(struct reply *reply)
{
	const struct query *const query = reply->query;
	uint8_t *const out = reply->writer.out;
	const size_t body_len = reply->writer.at;
	size_t len = body_len;
	if (query->asks != 0 || (reply->ede != EDE_NONE && query->edns)) {
		len += opt_put(reply, out + len);
	} else if (query->edns) {
		reply_put_bare_opt(query, reply->rcode, out + len);
		len += OPT_FIXED;
	}
	const uint16_t *const n = reply->counts;
	const uint16_t additionals = (uint16_t)(n[SECTION_ADDITIONAL] + query->edns);
	reply_put_header(query, reply->flags | ((unsigned)reply->rcode & RCODE_MASK),
		reply_counts(
			query->name_len != 0, n[SECTION_ANSWER], n[SECTION_AUTHORITY], additionals),
		out);
	return (struct answer){.fate = REQUEST_ANSWERED,
		.len = (uint32_t)len,
		.rcode = (uint16_t)reply->rcode,
		.genuine = reply->with_cookie && reply->standing == COOKIE_GOOD,
		.body_at = query->end,
		.opt_at = (uint16_t)(query->edns ? body_len : 0),
		.opt_least = reply->with_cookie ? opt_least(reply) : OPT_FIXED};
}

/* Whether the whole response to a bare question can be one RRset without names at its name. */
HOT bool reply_fits(const struct inquiry *inquiry, const struct rrset *set, size_t room)
{
	const struct query *const query = &inquiry->query;
	const size_t len = query->end + writer_plain_size(set) + OPT_FIXED;
	return len <= MESSAGE_UDP || /* nobody takes less */
	       len - (query->edns ? 0 : OPT_FIXED) <=
		       reply_limit(query, inquiry->request.transport, room);
}

/* That response. */
HOT struct answer reply_whole(const struct inquiry *inquiry, const struct rrset *set, uint8_t *out)
{
	const struct query *const query = &inquiry->query;
	const size_t end = query->end + writer_plain_size(set);
	writer_plain(out + query->end, MESSAGE_HEADER, set, set->ttl,
		reply_turn(inquiry->request.dice, set));
	reply_put_header(query, FLAG_AA, reply_counts(1, set->count, 0, query->edns), out);
	struct answer answer = {.fate = REQUEST_ANSWERED,
		.len = (uint32_t)end,
		.rcode = RCODE_NOERROR,
		.body_at = query->end,
		.opt_least = OPT_FIXED};
	if (query->edns) {
		reply_put_bare_opt(query, RCODE_NOERROR, out + end);
		answer.len = (uint32_t)end + OPT_FIXED;
		answer.opt_at = (uint16_t)end;
	}
	return answer;
}

#endif
