#include "zone/other.h"

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/tsig.h"
#include "zone/lookup.h"
#include "zone/reply.h"
#include "zone/view.h"

/* RFC 7873 5.4: no question, but a cookie to be made or judged. */
COLD static void answer_cookie(struct reply *reply)
{
	if (!reply->with_cookie)
		reply->rcode = RCODE_FORMERR;
	else if (reply->standing == COOKIE_BAD)
		reply->rcode = RCODE_BADCOOKIE;
}

/* Class CH: who we are, and our version, when we are to tell (RFC 4892). */
COLD static void answer_chaos(struct reply *reply)
{
	static const struct {
		const char *name; /* in wire form */
		bool version;
	} known[] = {{"\2id\6server", false}, {"\10hostname\4bind", false},
		{"\7version\6server", true}, {"\7version\4bind", true}};
	const struct query *const query = reply->query;
	const char *text = "";
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (name_equal(query->name, (const uint8_t *)known[i].name))
			text = known[i].version ? reply->terms->version : reply->terms->identity;
	if (text[0] == '\0' || (query->type != TYPE_TXT && query->type != TYPE_ANY)) {
		reply_fail(reply, RCODE_REFUSED, EDE_NOT_AUTHORITATIVE);
		return;
	}
	reply->flags |= FLAG_AA;
	reply_put_chaos(reply, text);
}

/*
 * UPDATE, NOTIFY and transfers: nobody is let in yet.  1. In other classes: REFUSED.  2. A whole
 * zone does not go over UDP: NOTIMP, as from NSD and Knot.  3. What is no zone of ours: NOTAUTH
 * (RFC 2136 3.1.2, 5936 2.2.1).  4. REFUSED.
 */
COLD static void refuse(struct reply *reply, const struct view *view, const struct key *key)
{
	const struct query *const query = reply->query;
	reply_fail(reply, RCODE_REFUSED, EDE_PROHIBITED);
	if (query->class != CLASS_IN)
		return;
	const bool whole = query->opcode == OPCODE_QUERY && query->type == TYPE_AXFR;
	const struct zone *const zone = view_find(view, key);
	if (whole && reply->transport == TRANSPORT_UDP)
		reply_fail(reply, RCODE_NOTIMP, EDE_NOT_SUPPORTED);
	else if (zone == NULL || key->len != zone->leaf.len)
		reply_fail(reply, RCODE_NOTAUTH, EDE_NOT_AUTHORITATIVE);
}

void other_answer(struct reply *reply, const struct view *view, const struct key *key)
{
	const struct query *const query = reply->query;
	if (query->opcode != OPCODE_QUERY || query->type == TYPE_AXFR || query->type == TYPE_IXFR)
		refuse(reply, view, key);
	else if (query->name_len == 0)
		answer_cookie(reply);
	else if (query->class == CLASS_CH)
		answer_chaos(reply);
	else
		reply_fail(reply, RCODE_REFUSED, EDE_NOT_AUTHORITATIVE);
}

/* Something is wrong with the message itself. */
struct answer other_fault(
	const struct view *view, const struct inquiry *inquiry, uint8_t *out, size_t room)
{
	const struct query *const query = &inquiry->query;
	const struct request *const request = &inquiry->request;
	struct reply reply;
	reply_start(&reply, view->terms, inquiry, out, room);
	if (query->rcode == RCODE_NOTIMP)
		reply.ede = EDE_NOT_SUPPORTED;
	struct answer answer = reply_end(&reply);
	if (query->rcode != RCODE_NOTAUTH)
		return answer;
	/* The key that it is signed with is not ours: RFC 8945 5.2.1. */
	const size_t limit = reply_limit(query, request->transport, room);
	const size_t len =
		tsig_put_bad_key(out + answer.len, limit - answer.len, query, request->wire);
	bytes_put16(out + 10, (uint16_t)(query->edns + (len != 0)));
	answer.len += len;
	return answer;
}
