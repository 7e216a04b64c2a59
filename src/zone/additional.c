#include "zone/additional.h"

#include "base/bytes.h"
#include "dns/name.h"
#include "zone/lookup.h"
#include "zone/reply.h"
#include "zone/target.h"

/* What one record points to. */
struct pointed {
	const uint8_t *name;
	const struct node *node; /* NULL: nothing of ours */
	struct owner owner;
	bool alias; /* SVCB in AliasMode: the records it stands for help, too */
};

/* The target of record `i` as an owner, in the RRset that was written last. */
static struct owner target_owner(const struct step *step, const uint8_t *name, size_t i)
{
	const struct writer *const writer = &step->reply->writer;
	struct owner owner = {.name = name, .at = 0};
	if (name[0] != 0 && i < WRITER_TARGETS)
		owner.at = writer->target_at[i];
	return owner;
}

/* Addresses at the node, A before AAAA, as its RRsets stand. */
static bool put_addresses(struct step *step, struct owner owner, const struct node *node)
{
	for (size_t i = 0; i < node->leaf.n; i++) {
		const struct rrset *set = node_list(node)[i];
		if (set->type != TYPE_A && set->type != TYPE_AAAA)
			continue;
		set = share_of(step, set);
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
static const struct node *address_node(const struct step *step, const uint8_t *key, size_t len)
{
	const struct zone *const zone = step->zone;
	const size_t apex = zone->leaf.len;
	if (len < apex || !key_same(key, step->key->at, apex))
		return NULL;
	const struct twig end = walk_plain(zone->names, key + apex, len - apex);
	if (node_is(end, key + apex, len - apex))
		return node_at(end);
	const struct zone_match match = zone_judge(zone, end, key + apex, len - apex);
	if (match.exists)
		return match.dname == NULL ? match.exact : NULL;
	return match.cut == NULL && match.dname == NULL ? match.wildcard : NULL;
}

/* Of record `i` in the RRset that was just written for `node`. */
static struct pointed pointed_by(const struct step *step, const struct node *node,
	const struct rrset *set, const struct targets *targets, size_t i)
{
	const struct target *const target = &targets->list[i];
	struct pointed to = {.name = set->data + target->name_at};
	if (set->type >= TYPE_SVCB) {
		to.alias = bytes_get16(to.name - target_skip(set->type)) == 0;
		if (to.name[0] == 0) { /* RFC 9460 2.5: no such service, or the owner itself */
			if (!to.alias)
				to = (struct pointed){step->asked.name, node, step->asked, false};
			return to;
		}
	}
	to.node = address_node(step, target_key(targets, target), target->key_len);
	to.owner = target_owner(step, to.name, i);
	return to;
}

/* Several records may point to one host. */
static bool is_repeated(const struct pointed to[], size_t i)
{
	for (size_t same = 0; same < i; same++)
		if (to[same].node == to[i].node && name_equal(to[same].name, to[i].name))
			return true;
	return false;
}

void additional_put(struct step *step, const struct node *node, const struct rrset *set)
{
	const struct targets *const targets = targets_of(set);
	const size_t n = targets == NULL ? 0 : targets->n;
	struct pointed to[TARGETS_MAX];
	for (size_t i = 0; i < n; i++)
		to[i] = pointed_by(step, node, set, targets, i);
	for (size_t i = 0; i < n; i++) {
		if (to[i].node == NULL || is_repeated(to, i))
			continue;
		const struct rrset *const more =
			to[i].alias ? share_of(step, node_lookup(to[i].node, set->type)) : NULL;
		if (more != NULL && more != set &&
			!reply_put(step->reply, SECTION_ADDITIONAL, to[i].owner, more, more->ttl))
			return;
		if (!put_addresses(step, to[i].owner, to[i].node))
			return;
	}
}

/* The key of record `i`'s target, made in `room` when the RRset has none; NULL: it has no name. */
static const uint8_t *server_key(
	const struct rrset *ns, struct rdata rdata, size_t i, struct key *room, size_t *len)
{
	const struct targets *const targets = targets_of(ns);
	if (targets != NULL) {
		*len = targets->list[i].key_len;
		return target_key(targets, &targets->list[i]);
	}
	if (name_check(rdata.wire, rdata.len) == 0)
		return NULL;
	key_make(room, rdata.wire);
	*len = room->len;
	return room->at;
}

/* Without those below the cut nobody can follow the referral; those of servers beside it help. */
bool additional_put_glue(struct step *step, const struct rrset *ns, size_t cut)
{
	const struct zone *const zone = step->zone;
	const size_t apex = zone->leaf.len;
	struct pointed beside[TARGETS_MAX];
	size_t at = 0, n_beside = 0;
	for (size_t i = 0; i < ns->count; i++) {
		const struct rdata rdata = rrset_each(ns, &at);
		struct key room;
		size_t len = 0;
		const uint8_t *const key = server_key(ns, rdata, i, &room, &len);
		const size_t common = key == NULL ? 0 : key_common(key, len, step->key->at, cut);
		if (key == NULL || common < apex)
			continue;
		const struct node *const node =
			node_of(tree_find(zone->names, NODE_KEY_AT, key + apex, len - apex));
		const struct owner owner = target_owner(step, rdata.wire, i);
		if (node == NULL)
			continue;
		if (common == cut) {
			if (!put_addresses(step, owner, node))
				return false;
		} else if (n_beside < TARGETS_MAX) {
			beside[n_beside++] = (struct pointed){.node = node, .owner = owner};
		}
	}
	for (size_t i = 0; i < n_beside && put_addresses(step, beside[i].owner, beside[i].node);
		i++) {}
	return true;
}
