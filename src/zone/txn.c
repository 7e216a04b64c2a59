#include "zone/txn.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/serial.h"
#include "zone/check.h"
#include "zone/denial.h"
#include "zone/version.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A message holds 64 KB; this bounds what a set that nobody can be sent may cost. */
enum { RRSET_OCTETS_MAX = 64 * 1024 * 1024, SOA_MAX = 2 * NAME_MAX_OCTETS + 20 };

struct pile { /* an RRset that is to be settled: rrset_grow() */
	uint8_t *name;
	uint16_t type;
};

struct txn {
	const struct zone *from; /* NULL: a zone being loaded */
	struct zone *next;       /* ours alone */
	struct pile *piles;
	size_t n_piles, piles_room;
	bool special;  /* types were put that may not stand everywhere */
	bool too_many; /* records of one type at a name, and `err` says where */
	struct err err;
};

struct txn *txn_new(const uint8_t *apex)
{
	struct txn *const txn = mem_new(sizeof *txn);
	txn->next = zone_new(apex);
	return txn;
}

struct txn *txn_begin(const struct zone *from)
{
	struct txn *const txn = txn_new(zone_apex(from));
	txn->from = zone_ref(from);
	txn->next->names = tree_ref(from->names);
	txn->next->n_names = from->n_names;
	txn->next->n_records = from->n_records;
	return txn;
}

void txn_abort(struct txn *txn)
{
	if (txn == NULL)
		return;
	for (size_t i = 0; i < txn->n_piles; i++)
		free(txn->piles[i].name);
	free(txn->piles);
	zone_unref(txn->next);
	zone_unref(txn->from);
	free(txn);
}

/* Where a name stands or will stand in the tree. */
struct spot {
	struct key key;
	const uint8_t *at; /* the key below the apex */
	size_t len;
	struct twig *twig;
};

/* False: outside the zone.  A spot is good until the next one is taken. */
static bool take_spot(struct txn *txn, const uint8_t *name, struct spot *spot)
{
	key_make(&spot->key, name);
	spot->at = zone_below(txn->next, &spot->key, &spot->len);
	if (spot->at == NULL)
		return false;
	spot->twig = tree_edit(&txn->next->names, NODE_KEY_AT, spot->at, spot->len);
	return true;
}

static struct node *spot_node(const struct spot *spot)
{
	return (struct node *)tree_leaf(*spot->twig);
}

static void set_node(struct spot *spot, struct node *node)
{
	struct leaf *const old = tree_leaf(*spot->twig);
	*spot->twig = tree_twig(&node->leaf, node_mark(node));
	leaf_unref(old, &node_kind);
}

/* The place of the RRset in its node; NULL: none of that type, or no node. */
static struct rrset **find_set(struct node *node, uint16_t type)
{
	if (node == NULL)
		return NULL;
	struct rrset **const sets = node_sets(node);
	for (size_t i = 0; i < node->leaf.n; i++)
		if (sets[i]->type == type)
			return &sets[i];
	return NULL;
}

static void put_set(struct txn *txn, struct spot *spot, const struct rrset *set)
{
	struct node *const node = spot_node(spot);
	struct rrset **const old = find_set(node, set->type);
	txn->special |= set->type == TYPE_CNAME || set->type == TYPE_DNAME || set->type == TYPE_SOA;
	txn->next->n_records += set->count;
	txn->next->n_records -= old != NULL ? (*old)->count : 0;
	if (node == NULL) {
		txn->next->n_names++;
		set_node(spot, node_new(spot->at, spot->len, set));
	} else if (old != NULL && leaf_is_own(&node->leaf)) {
		struct rrset *const was = *old;
		*old = rrset_ref(set);
		rrset_unref(was);
	} else {
		set_node(spot, node_with(node, set));
	}
}

bool txn_put(struct txn *txn, const uint8_t *name, const struct rrset *set)
{
	struct spot spot;
	if (!take_spot(txn, name, &spot))
		return false;
	put_set(txn, &spot, set);
	return true;
}

static void note_too_many(struct txn *txn, const uint8_t *name, uint16_t type)
{
	if (!txn->too_many)
		txn->too_many = !check_too_many(name, type, &txn->err);
}

static void note_pile(struct txn *txn, const uint8_t *name, uint16_t type)
{
	txn->piles = mem_grow(txn->piles, &txn->piles_room, txn->n_piles + 1, sizeof txn->piles[0]);
	txn->piles[txn->n_piles++] =
		(struct pile){.name = mem_copy(name, name_len(name)), .type = type};
}

/* One record more in a set that is ours alone, so that many can be added in little time. */
static void grow_set(struct txn *txn, const uint8_t *name, struct rrset **set, struct rdata more)
{
	const uint16_t before = (*set)->count, type = (*set)->type;
	if ((*set)->size + more.len + sizeof more.len > RRSET_OCTETS_MAX) {
		note_too_many(txn, name, type);
		return;
	}
	*set = rrset_grow(*set, more);
	txn->next->n_records += (*set)->count;
	txn->next->n_records -= before;
	if (before > 0 && (*set)->count == 0)
		note_pile(txn, name, type);
}

bool txn_add(struct txn *txn, const uint8_t *name, uint16_t type, uint32_t ttl, struct rdata more)
{
	struct spot spot;
	if (!take_spot(txn, name, &spot))
		return false;
	struct node *const node = spot_node(&spot);
	struct rrset **const set = find_set(node, type);
	if (set != NULL && leaf_is_own(&node->leaf) && rrset_is_own(*set)) {
		grow_set(txn, name, set, more);
		return true;
	}
	const struct rrset *const first = set != NULL ? *set : NULL;
	struct rrset *const own =
		first != NULL ? rrset_union(&first, 1) : rrset_new(type, ttl, &more, 1);
	put_set(txn, &spot, own);
	rrset_unref(own);
	if (first != NULL)
		grow_set(txn, name, find_set(spot_node(&spot), type), more);
	return true;
}

void txn_delete(struct txn *txn, const uint8_t *name, uint16_t type)
{
	const struct node *const there = zone_node(txn->next, name);
	const struct rrset *const set = there != NULL ? node_rrset(there, type) : NULL;
	struct spot spot;
	if (set == NULL || !take_spot(txn, name, &spot))
		return;
	txn->next->n_records -= set->count;
	if (node_count(there) > 1)
		set_node(&spot, node_without(there, type));
	else
		txn->next->n_names -= tree_remove(&txn->next->names, &node_kind, spot.at, spot.len);
}

/* Makes an RRset of the pile, if it is still there.  Piles stand only in nodes that are ours. */
static void settle(struct txn *txn, const uint8_t *name, uint16_t type)
{
	const struct node *const there = zone_node(txn->next, name);
	const struct rrset *const pile = there != NULL ? node_rrset(there, type) : NULL;
	struct spot spot;
	if (pile == NULL || pile->count > 0 || !take_spot(txn, name, &spot))
		return;
	bool whole = true;
	struct rrset **const set = find_set(spot_node(&spot), type);
	*set = rrset_settle(*set, &whole);
	txn->next->n_records += (*set)->count;
	if (!whole)
		note_too_many(txn, name, type);
}

const struct rrset *txn_find(struct txn *txn, const uint8_t *name, uint16_t type)
{
	settle(txn, name, type);
	const struct node *const node = zone_node(txn->next, name);
	return node != NULL ? node_rrset(node, type) : NULL;
}

static struct rdata soa_rdata(const struct rrset *soa)
{
	size_t at = 0;
	return rrset_each(soa, &at);
}

static uint32_t soa_serial(const struct rrset *soa)
{
	const struct rdata rdata = soa_rdata(soa);
	return bytes_get32(rdata.wire + check_serial_at(rdata));
}

/* Rule 6.  Of two serials at the undefined distance the one that was served counts. */
static uint32_t pick_serial(uint32_t put, uint32_t from, const uint32_t *above, uint32_t unix_now)
{
	if (serial_newer(put, from) && (above == NULL || serial_newer(put, *above)))
		return put;
	const uint32_t top = above != NULL && !serial_newer(from, *above) ? *above : from;
	const uint32_t next = serial_next(top, unix_now);
	return serial_newer(next, from) && serial_newer(next, top) ? next : top + 1;
}

static void put_serial(struct txn *txn, const struct rrset *soa, uint32_t serial)
{
	uint8_t wire[SOA_MAX];
	const struct rdata old = soa_rdata(soa);
	memcpy(wire, old.wire, old.len);
	bytes_put32(wire + check_serial_at(old), serial);
	const struct rdata fresh = {.wire = wire, .len = old.len};
	struct rrset *const set = rrset_new(TYPE_SOA, soa->ttl, &fresh, 1);
	const bool put = txn_put(txn, zone_apex(txn->next), set);
	assert(put);
	rrset_unref(set);
}

/* The finished version; `txn` is gone. */
static struct zone *finish(struct txn *txn)
{
	struct zone *const zone = zone_ref(txn->next);
	txn_abort(txn);
	return zone;
}

static const struct rrset *apex_soa(const struct zone *zone)
{
	return node_rrset(zone_node(zone, zone_apex(zone)), TYPE_SOA);
}

static void set_serial(struct zone *zone)
{
	zone->soa = apex_soa(zone);
	zone->serial = soa_serial(zone->soa);
	zone->denial = denial_new(zone_apex(zone), zone->soa);
}

static bool check_each(void *cookie, const struct zone *zone, const struct node *node)
{
	struct err *const err = cookie;
	err->text[0] = '\0';
	return check_node(zone, node, err);
}

/* Rules 3 and 4 at the names that changed. */
static bool check_changes(const struct zone *zone, const struct changeset *changes, struct err *err)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct node *const node =
			changes->list[i].is != NULL ? zone_node(zone, changes->list[i].name) : NULL;
		if (node != NULL && !check_node(zone, node, err))
			return false;
	}
	return true;
}

static struct zone *commit_loaded(struct txn *txn, struct err *err)
{
	struct err found = {""};
	if (txn->special)
		zone_each(txn->next, check_each, &found);
	if (found.text[0] != '\0') {
		*err = found;
		txn_abort(txn);
		return NULL;
	}
	set_serial(txn->next);
	return finish(txn);
}

static struct zone *commit_changed(struct txn *txn, const uint32_t *above, uint32_t unix_now,
	struct changeset **changes, struct err *err)
{
	struct zone *const next = txn->next;
	const struct rrset *const soa = apex_soa(next);
	const bool same_soa = rrset_equal(soa, txn->from->soa);
	const uint32_t put = soa_serial(soa);
	const uint32_t serial = pick_serial(put, txn->from->serial, above, unix_now);
	if (serial != put)
		put_serial(txn, soa, serial);
	set_serial(next);
	struct changeset *const found = changeset_between(txn->from, next);
	const bool above_all = above == NULL || serial_newer(txn->from->serial, *above);
	if (same_soa && found->n == 1 && above_all) { /* rule 5: nothing but what we raised */
		struct zone *const from = zone_ref(txn->from);
		changeset_free(found);
		txn_abort(txn);
		if (changes != NULL)
			*changes = changeset_between(from, from);
		return from;
	}
	if (!check_changes(next, found, err)) {
		changeset_free(found);
		txn_abort(txn);
		return NULL;
	}
	if (changes != NULL)
		*changes = found;
	else
		changeset_free(found);
	return finish(txn);
}

struct zone *txn_commit(struct txn *txn, const uint32_t *above, uint32_t unix_now,
	struct changeset **changes, struct err *err)
{
	if (changes != NULL)
		*changes = NULL;
	for (size_t i = 0; i < txn->n_piles; i++)
		settle(txn, txn->piles[i].name, txn->piles[i].type);
	if (txn->too_many)
		*err = txn->err;
	if (txn->too_many || !check_apex(txn->next, err)) {
		txn_abort(txn);
		return NULL;
	}
	if (txn->from == NULL)
		return commit_loaded(txn, err);
	return commit_changed(txn, above, unix_now, changes, err);
}
