#include "zone/answer.h"

#include "base/bytes.h"
#include "dns/name.h"
#include "zone/additional.h"
#include "zone/lookup.h"
#include "zone/other.h"
#include "zone/reply.h"
#include "zone/view.h"

#include <assert.h>
#include <string.h>

enum { CHAIN_MAX = 16 }; /* CNAME and DNAME hops in one response */

/* The names asked for so far in one response. */
struct chain {
	size_t n;
	struct owner names[CHAIN_MAX + 1];
	size_t n_made; /* those that DNAMEs made, and the DNAMEs */
	uint8_t made[CHAIN_MAX][NAME_MAX_OCTETS];
	const struct rrset *dnames[CHAIN_MAX];
};

/* What stands at or above the name and leads on from it; both NULL: it was answered. */
struct lead {
	const struct rrset *cname;
	const struct node *dname;
};

static const struct owner nowhere = {NULL, 0};
static const struct lead answered = {NULL, NULL};

/* `asked`, or what stands above it: its key is the first `len` octets of the asked name's. */
static struct owner ancestor(const struct step *step, size_t len)
{
	const size_t before = step->key->len - len; /* octets of a key are octets of its name */
	struct owner owner = {.name = step->asked.name + before, .at = 0};
	if (before == 0)
		owner.at = step->asked.at;
	else if (step->asked.at == MESSAGE_HEADER && len > 0) /* uncompressed: the question */
		owner.at = (uint16_t)(MESSAGE_HEADER + before);
	return owner;
}

/* Octets of the key of a node in the zone that answers. */
static size_t key_len(const struct step *step, const struct node *node)
{
	return (size_t)step->zone->leaf.len + node->leaf.len;
}

/* The name in a CNAME or DNAME; NULL: the RDATA is none. */
static const uint8_t *target_of(const struct rrset *set)
{
	size_t at = 0;
	const struct rdata rdata = rrset_each(set, &at);
	return name_check(rdata.wire, rdata.len) == 0 ? NULL : rdata.wire;
}

/* What the CNAME that was written last leads to. */
static struct owner led_to(const struct step *step, const uint8_t *target)
{
	return (struct owner){
		.name = target, .at = target[0] != 0 ? step->reply->writer.target_at[0] : 0};
}

/* What this answer gets of an RRset; NULL: nothing, and it has failed if there is a set. */
static inline const struct rrset *needed_share(struct step *step, const struct rrset *set)
{
	const struct rrset *const share = share_of(step, set);
	if (share == NULL && set != NULL)
		reply_give_up(step->reply, EDE_INVALID_DATA);
	return share;
}

static __attribute__((noinline)) void refer(struct step *step, const struct node *cut)
{
	const struct owner owner = ancestor(step, key_len(step, cut));
	const struct rrset *const ns = needed_share(step, node_rrset(cut, TYPE_NS));
	if (ns == NULL)
		return;
	if (!reply_put(step->reply, SECTION_AUTHORITY, owner, ns, ns->ttl) ||
		!additional_put_glue(step, ns, key_len(step, cut)))
		reply_cut_short(step->reply);
}

/* NXDOMAIN or NODATA: the SOA says for how long (RFC 2308 3). */
static void deny(struct step *step, enum rcode rcode)
{
	step->reply->rcode = rcode;
	const struct owner owner = ancestor(step, step->zone->leaf.len);
	if (!reply_put_denial(step->reply, owner, step->zone))
		reply_cut_short(step->reply);
}

/* The CNAME at `asked` and where it leads. */
static struct owner follow(struct step *step, const struct rrset *cname)
{
	const uint8_t *const target = target_of(cname);
	if (!reply_put(step->reply, SECTION_ANSWER, step->asked, cname, cname->ttl)) {
		reply_cut_short(step->reply);
		return nowhere;
	}
	return target == NULL ? nowhere : led_to(step, target);
}

/* A DNAME may redirect several names of a chain; it stands in the answer once. */
static bool put_dname(
	struct step *step, const struct chain *chain, struct owner owner, const struct rrset *dname)
{
	for (size_t i = 0; i < chain->n_made; i++)
		if (chain->dnames[i] == dname)
			return true;
	return reply_put(step->reply, SECTION_ANSWER, owner, dname, dname->ttl);
}

/* RFC 6672 3.2: the DNAME, the CNAME it makes, and where that leads. */
static struct owner redirect(struct step *step, struct chain *chain, const struct node *node)
{
	const struct owner owner = ancestor(step, key_len(step, node));
	const struct rrset *const dname = needed_share(step, node_rrset(node, TYPE_DNAME));
	if (dname == NULL)
		return nowhere;
	const uint8_t *const target = target_of(dname);
	if (!put_dname(step, chain, owner, dname)) {
		reply_cut_short(step->reply);
		return nowhere;
	}
	if (target == NULL)
		return nowhere;
	const size_t prefix = (size_t)(owner.name - step->asked.name), tail = name_len(target);
	if (prefix + tail > NAME_MAX_OCTETS) {
		step->reply->rcode = RCODE_YXDOMAIN;
		return nowhere;
	}
	chain->dnames[chain->n_made] = dname;
	uint8_t *const made = chain->made[chain->n_made++];
	memcpy(made, step->asked.name, prefix);
	memcpy(made + prefix, target, tail);
	if (!reply_put_cname(step->reply, step->asked, made, dname->ttl)) {
		reply_cut_short(step->reply);
		return nowhere;
	}
	if (step->reply->query->type == TYPE_CNAME)
		return nowhere; /* that one was asked for: RFC 1034 4.3.2, 3a */
	return led_to(step, made);
}

/* For ANY one RRset will do, and a small one (RFC 8482 4.1). */
COLD static const struct rrset *any_of(const struct node *node)
{
	const struct rrset *least = node_rrset_at(node, 0);
	for (size_t i = 1; i < node_count(node); i++) {
		const struct rrset *const set = node_rrset_at(node, i);
		if (set->size < least->size && set->type != TYPE_RRSIG)
			least = set;
	}
	return least;
}

/* RFC 1034 4.3.2, 3a and 3c: the node that stands for the name. */
HOT struct lead answer_from(struct step *step, const struct node *node)
{
	const uint16_t type = step->reply->query->type;
	const struct rrset *set = type == TYPE_ANY ? any_of(node) : node_lookup(node, type);
	if (set == NULL) {
		set = node_rrset(node, TYPE_CNAME);
		/* What may stand beside an alias is not sought elsewhere: RFC 4035 2.5. */
		if (set != NULL && type != TYPE_RRSIG && type != TYPE_NSEC)
			return (struct lead){.cname = needed_share(step, set)};
		deny(step, RCODE_NOERROR);
		return answered;
	}
	set = needed_share(step, set);
	if (set == NULL)
		return answered;
	if (!reply_put(step->reply, SECTION_ANSWER, step->asked, set, set->ttl))
		reply_cut_short(step->reply);
	else if (rrset_points(type))
		additional_put(step, node, set);
	return answered;
}

/*
 * The zone that answers for the name.  The DS of a zone stands in the one above it:
 * when that is ours, too, it answers (RFC 4035 3.1.4.1).
 */
HOT const struct zone *zone_of(const struct step *step)
{
	const struct zone *const zone = view_lookup(step->view, step->key);
	if (step->reply->query->type != TYPE_DS || zone == NULL || step->key->len == 0 ||
		step->key->len != zone->leaf.len)
		return zone;
	struct key above;
	key_make(&above, name_parent(step->asked.name));
	const struct zone *const parent = view_find(step->view, &above);
	return parent == NULL ? zone : parent;
}

/* A name that is not there, or below something special: the walk to it ended at `end`. */
static struct lead take_odd_step(struct step *step, struct twig end)
{
	struct reply *const reply = step->reply;
	const size_t apex = step->zone->leaf.len;
	const struct zone_match match =
		zone_judge(step->zone, end, step->key->at + apex, step->key->len - apex);
	const bool at_cut = match.cut != NULL && match.cut == match.exact;
	const bool covered = match.dname != NULL &&
			     (match.cut == NULL || match.dname->leaf.len < match.cut->leaf.len);
	if (match.cut != NULL && !covered && !(at_cut && reply->query->type == TYPE_DS)) {
		refer(step, match.cut);
		return answered;
	}
	if (step->first)
		reply->flags |= FLAG_AA; /* of the first name: RFC 1035 4.1.1 */
	if (covered)
		return (struct lead){.dname = match.dname};
	const struct node *const node = match.exists ? match.exact : match.wildcard;
	if (node != NULL)
		return answer_from(step, node);
	deny(step, match.exists || match.covered ? RCODE_NOERROR : RCODE_NXDOMAIN);
	return answered;
}

/* Answers for one name, unless it leads on.  The walk to it may have come to `from` already. */
static __attribute__((noinline)) struct lead take_step(struct step *step, struct twig from)
{
	const size_t apex = step->zone->leaf.len, len = step->key->len - apex;
	const uint8_t *const at = step->key->at + apex;
	const struct twig end = walk_plain(from, at, len);
	if (!node_is(end, at, len))
		return take_odd_step(step, end);
	if (step->first)
		step->reply->flags |= FLAG_AA;
	return answer_from(step, node_at(end));
}

static bool was_asked(const struct chain *chain, const uint8_t *name)
{
	for (size_t i = 0; i < chain->n; i++)
		if (name_equal(chain->names[i].name, name))
			return true;
	return false;
}

/* Goes where the question's name leads: to the end, out of our zones, round, or too far. */
static __attribute__((noinline)) void follow_chain(const struct step *from, struct lead lead)
{
	struct chain chain;
	struct key key;
	struct step step = *from;
	chain.n = chain.n_made = 0;
	step.first = false;
	while ((lead.cname != NULL || lead.dname != NULL) && chain.n < CHAIN_MAX) {
		const struct owner next = lead.cname != NULL ? follow(&step, lead.cname)
							     : redirect(&step, &chain, lead.dname);
		if (next.name == NULL)
			return;
		chain.names[chain.n++] = step.asked;
		if (was_asked(&chain, next.name))
			return;
		step.asked = next;
		key_make(&key, next.name);
		step.key = &key;
		step.zone = zone_of(&step);
		if (step.zone == NULL)
			return;
		lead = take_step(&step, step.zone->names);
	}
}

static void resolve(
	struct reply *reply, const struct view *view, const struct key *key, struct place place)
{
	/* The question as the response has it. */
	const uint8_t *const name = reply->writer.out + MESSAGE_HEADER;
	struct step step = {.reply = reply,
		.view = view,
		.asked = {.name = name, .at = name[0] == 0 ? 0 : MESSAGE_HEADER},
		.zone = place.zone,
		.key = key,
		.first = true};
	if (step.zone == NULL) {
		step.zone = zone_of(&step);
		if (step.zone == NULL) {
			reply_fail(reply, RCODE_REFUSED, EDE_NOT_AUTHORITATIVE);
			return;
		}
		place.at = step.zone->names;
	}
	const struct lead lead = take_step(&step, place.at);
	if (lead.cname != NULL || lead.dname != NULL)
		follow_chain(&step, lead);
}

HOT void answer_query(
	struct reply *reply, const struct view *view, const struct key *key, struct place place)
{
	const struct query *const query = reply->query;
	const bool transfer = query->type == TYPE_AXFR || query->type == TYPE_IXFR;
	if (query->opcode != OPCODE_QUERY || transfer || query->name_len == 0 ||
		(query->class != CLASS_IN && query->class != CLASS_ANY)) {
		other_answer(reply, view, key);
		return;
	}
	resolve(reply, view, key, place);
	if (query->class == CLASS_ANY) /* other classes may have more: RFC 1035 6.2 */
		reply->flags &= (uint16_t) ~(unsigned)FLAG_AA;
}

HOT bool read_inquiry(struct inquiry *inquiry, uint8_t *out, size_t room)
{
	struct query *const query = &inquiry->query;
	if (!query_read(query, inquiry->request.wire, inquiry->request.len))
		return false;
	assert(room >= MESSAGE_UDP);
	const size_t end = query->end;
	bytes_copy(out, inquiry->request.wire, end);
	/* Read from the copy: there is room behind it. */
	if (query->name_len != 0)
		key_read(&inquiry->key, out + MESSAGE_HEADER, query->name_len, query->label_at,
			query->name_labels);
	return true;
}

/* A response that is made section by section. */
static __attribute__((noinline)) struct answer answer_in_parts(const struct view *view,
	const struct inquiry *inquiry, uint8_t *out, size_t room, struct place place)
{
	if (inquiry->query.rcode != RCODE_NOERROR)
		return other_fault(view, inquiry, out, room);
	struct reply reply;
	reply_start(&reply, view->terms, inquiry, out, room);
	answer_query(&reply, view, &inquiry->key, place);
	return reply_end(&reply);
}

/* Whether the answer can be one RRset that stands at the name and goes out as it is. */
static inline bool is_plain(const struct inquiry *inquiry)
{
	const uint16_t type = inquiry->query.type;
	return inquiry->query.bare && inquiry->key.len != 0 && type != TYPE_SVCB &&
	       type != TYPE_HTTPS &&
	       !rrset_type_in(rrset_compressing | rrset_pointing | UINT64_C(1) << TYPE_DS, type);
}

/* That RRset; NULL: it is not as simple as that. */
HOT const struct rrset *plain_answer(
	const struct view *view, const struct inquiry *inquiry, size_t room, struct place *place)
{
	if (!is_plain(inquiry))
		return NULL;
	if (place->zone == NULL) {
		place->zone = view_lookup(view, &inquiry->key);
		if (place->zone == NULL)
			return NULL;
		place->at = place->zone->names;
	}
	const size_t apex = place->zone->leaf.len, len = inquiry->key.len - apex;
	const uint8_t *const at = inquiry->key.at + apex;
	place->at = walk_plain(place->at, at, len);
	if (!node_is(place->at, at, len))
		return NULL;
	const struct rrset *set = node_lookup(node_at(place->at), inquiry->query.type);
	if (set != NULL && set->split)
		set = rrset_deal(set, inquiry->request.dice);
	return set != NULL && reply_fits(inquiry, set, room) ? set : NULL;
}

bool answer_read(struct inquiry *inquiry, uint8_t *out, size_t room)
{
	inquiry->place.zone = NULL;
	return read_inquiry(inquiry, out, room);
}

struct answer answer_make(
	const struct view *view, const struct inquiry *inquiry, uint8_t *out, size_t room)
{
	struct place place = inquiry->place;
	const struct rrset *const set = plain_answer(view, inquiry, room, &place);
	if (set != NULL)
		return reply_whole(inquiry, set, out);
	return answer_in_parts(view, inquiry, out, room, place);
}

struct answer answer_inquiry(
	const struct view *view, struct inquiry *inquiry, uint8_t *out, size_t room)
{
	if (!read_inquiry(inquiry, out, room))
		return (struct answer){.fate = REQUEST_DROPPED};
	struct place place = {NULL, {0}};
	const struct rrset *const set = plain_answer(view, inquiry, room, &place);
	if (set != NULL)
		return reply_whole(inquiry, set, out);
	return answer_in_parts(view, inquiry, out, room, place);
}

struct answer answer_request(
	const struct view *view, const struct request *request, uint8_t *out, size_t room)
{
	struct inquiry inquiry;
	inquiry.request = *request;
	return answer_inquiry(view, &inquiry, out, room);
}
