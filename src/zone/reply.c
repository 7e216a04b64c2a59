#include "zone/reply.h"

#include "base/bytes.h"
#include "zone/denial.h"
#include "zone/rrset.h"
#include "zone/zone.h"

#include <string.h>

enum {
	NAME_POINTER = 0xC000 | MESSAGE_HEADER, /* to the question's name */
	TXT_FIXED = 13,                         /* of a TXT record, before its text */
};

void reply_fail(struct reply *reply, enum rcode rcode, enum ede ede)
{
	reply->rcode = rcode;
	reply->ede = ede;
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
	if (denial == NULL || owner.at == 0 || owner.at >= reply->query->end)
		return reply_put(reply, SECTION_AUTHORITY, owner, soa,
			denial == NULL ? soa->ttl : denial->ttl);
	if (!writer_denial(&reply->writer, owner.at, denial))
		return false;
	reply->counts[SECTION_AUTHORITY]++;
	return true;
}

void reply_give_up(struct reply *reply, enum ede ede)
{
	reply_fail(reply, RCODE_SERVFAIL, ede);
	reply->flags = 0;
	reply->writer.at = reply->query->end;
	memset(reply->counts, 0, sizeof reply->counts);
}

void reply_cut_short(struct reply *reply)
{
	if (reply->transport == TRANSPORT_UDP)
		reply->flags |= FLAG_TC;
	else
		reply_give_up(reply, EDE_OTHER);
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
	bytes_copy(to + TXT_FIXED, (const uint8_t *)text, len);
	writer->at += TXT_FIXED + len;
	reply->counts[SECTION_ANSWER]++;
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
	answer->len = (uint32_t)(answer->body_at + opt_len);
	answer->opt_at = opt_len == 0 ? 0 : answer->body_at;
}
