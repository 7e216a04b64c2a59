#include "zone/reply.h"

#include "base/bytes.h"
#include "zone/denial.h"
#include "zone/rrset.h"
#include "zone/zone.h"

#include <assert.h>
#include <string.h>

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
	if (denial == NULL || owner.at == 0 || owner.at >= reply_question_end(reply->query))
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
	reply->writer.at = reply_question_end(reply->query);
	memset(reply->counts, 0, sizeof reply->counts);
}
