#include "zone/additional.h"

#include "base/bytes.h"
#include "dns/name.h"
#include "zone/lookup.h"
#include "zone/reply.h"

enum { ADDITIONAL_MAX = 32 }; /* records of an answer whose targets' addresses are looked up */

static bool is_svcb(uint16_t type) { return type == TYPE_SVCB || type == TYPE_HTTPS; }

bool additional_wanted(uint16_t type)
{
	return type == TYPE_SRV || type == TYPE_MX || type == TYPE_NS || is_svcb(type);
}

/* Octets before the name in a record of `type`. */
static size_t target_skip(uint16_t type)
{
	return type == TYPE_SRV ? 6 : type == TYPE_MX || is_svcb(type) ? 2 : 0;
}

/* The same as a key; false: none. */
static bool target_key(uint16_t type, struct rdata rdata, struct key *key)
{
	const size_t skip = target_skip(type);
	uint8_t label_at[NAME_MAX_LABELS];
	unsigned labels = 0;
	const size_t len = rdata.len <= skip ? 0
					     : name_scan(rdata.wire + skip, rdata.len - skip,
						       label_at, &labels);
	if (len != 0)
		key_read(key, rdata.wire + skip, len, label_at, labels);
	return len != 0;
}

/* The owner of record `i`'s addresses, in the RRset that was written last. */
static struct owner target_owner(const struct step *step, const uint8_t *target, size_t i)
{
	return (struct owner){.name = target,
		.at = i < WRITER_TARGETS && target[0] != 0 ? step->reply->writer.target_at[i] : 0};
}

static bool put_addresses(struct step *step, struct owner owner, const struct node *node)
{
	static const uint16_t types[] = {TYPE_A, TYPE_AAAA};
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		const struct rrset *const set = share_of(step, node_rrset(node, types[i]));
		if (set != NULL &&
			!reply_put(step->reply, SECTION_ADDITIONAL, owner, set, set->ttl))
			return false;
	}
	return true;
}

/*
 * Where the addresses of a name stand in the zone: its own node or a wildcard's.
 * Those of another zone of ours no resolver would believe.
 */
static const struct node *address_node(const struct zone *zone, const struct key *key)
{
	size_t below = 0;
	if (zone_below(zone, key, &below) == NULL)
		return NULL;
	struct tree_walk walk;
	zone_walk(zone, key, &walk);
	const struct node *const node = zone_plain(zone, key, &walk);
	if (node != NULL)
		return node;
	const struct zone_match match = zone_judge(zone, key, &walk);
	if (match.exists)
		return match.dname == NULL ? match.exact : NULL;
	return match.cut == NULL && match.dname == NULL ? match.wildcard : NULL;
}

/* What one record of an answer points to. */
struct pointed {
	const uint8_t *name;
	const struct node *node; /* NULL: nothing of ours */
	struct owner owner;
	bool alias; /* SVCB in AliasMode: the records it stands for help, too */
};

/* Of record `i` in the RRset that was just written; `node` is where that stands. */
static struct pointed pointed_by(const struct step *step, const struct node *node,
	const struct rrset *set, struct rdata rdata, size_t i)
{
	struct pointed to = {.name = NULL};
	struct key key;
	if (!target_key(set->type, rdata, &key))
		return to;
	to.name = rdata.wire + target_skip(set->type);
	if (is_svcb(set->type)) {
		to.alias = bytes_get16(rdata.wire) == 0;
		if (to.name[0] == 0) { /* RFC 9460 2.5: no such service, or the owner itself */
			if (!to.alias)
				to = (struct pointed){step->asked.name, node, step->asked, false};
			return to;
		}
	}
	to.node = address_node(step->zone, &key);
	to.owner = target_owner(step, to.name, i);
	return to;
}

/*
 * Addresses of what an answer of NS, MX, SRV or SVCB records points to, as far as they fit: none
 * for a long answer, whose client will not use them all.
 */
void additional_put(struct step *step, const struct node *node, const struct rrset *set)
{
	struct pointed to[ADDITIONAL_MAX];
	size_t at = 0;
	for (size_t i = 0; i < set->count && set->count <= ADDITIONAL_MAX; i++) {
		to[i] = pointed_by(step, node, set, rrset_each(set, &at), i);
		if (to[i].node == NULL)
			continue;
		size_t same = 0; /* several records may point to one host */
		while (same < i &&
			(to[same].node != to[i].node || !name_equal(to[same].name, to[i].name)))
			same++;
		if (same < i)
			continue;
		const struct rrset *const more =
			to[i].alias ? share_of(step, node_rrset(to[i].node, set->type)) : NULL;
		if (more != NULL && more != set &&
			!reply_put(step->reply, SECTION_ADDITIONAL, to[i].owner, more, more->ttl))
			return;
		if (!put_addresses(step, to[i].owner, to[i].node))
			return;
	}
}

/*
 * Addresses of the servers below the cut, whose key is the first `cut` octets of the asked name's:
 * without them nobody can follow the referral (RFC 9471).  False when they do not all fit.  Those
 * of servers beside it help: as far as they fit.
 */
bool additional_put_glue(struct step *step, const struct rrset *ns, size_t cut)
{
	const struct zone *const zone = step->zone;
	const size_t apex = zone->leaf.len;
	const struct node *beside[ADDITIONAL_MAX];
	struct owner owners[ADDITIONAL_MAX];
	size_t at = 0, n_beside = 0;
	for (size_t i = 0; i < ns->count; i++) {
		const struct rdata rdata = rrset_each(ns, &at);
		struct key key;
		if (!target_key(TYPE_NS, rdata, &key))
			continue;
		const size_t common = key_common(key.at, key.len, step->key->at, cut);
		if (common < apex)
			continue;
		const struct node *const node =
			node_of(tree_find(zone->names, NODE_KEY_AT, key.at + apex, key.len - apex));
		const struct owner owner = target_owner(step, rdata.wire, i);
		if (node == NULL)
			continue;
		if (common == cut) {
			if (!put_addresses(step, owner, node))
				return false;
		} else if (n_beside < ADDITIONAL_MAX) {
			beside[n_beside] = node;
			owners[n_beside++] = owner;
		}
	}
	for (size_t i = 0; i < n_beside && put_addresses(step, owners[i], beside[i]); i++) {}
	return true;
}
