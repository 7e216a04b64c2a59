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

enum { SOA_MAX = 2 * NAME_MAX_OCTETS + 20 };

/* Where a name stands or will stand in the tree. */
struct spot {
	struct key key;
	const uint8_t *at; /* the key below the apex */
	size_t len;
	struct twig *twig; /* NULL: not known any more */
};

struct txn {
	const struct zone *from; /* NULL: a zone being loaded */
	struct zone *next;       /* ours alone */
	bool special;            /* something was put that may not stand everywhere */
	struct spot last;        /* where the last change was; often the next one is there too */
	uint8_t name[NAME_MAX_OCTETS]; /* its name */
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
	zone_unref(txn->next);
	zone_unref(txn->from);
	free(txn);
}

/* NULL: outside the zone.  A spot is good until the next one is taken. */
static struct spot *take_spot(struct txn *txn, const uint8_t *name)
{
	struct spot *const spot = &txn->last;
	const size_t len = name_len(name);
	if (spot->twig != NULL && len == spot->key.len + 1U && memcmp(name, txn->name, len) == 0)
		return spot;
	spot->twig = NULL;
	key_make(&spot->key, name);
	spot->at = zone_below(txn->next, &spot->key, &spot->len);
	if (spot->at == NULL)
		return NULL;
	memcpy(txn->name, name, len);
	spot->twig = tree_edit(&txn->next->names, NODE_KEY_AT, spot->at, spot->len);
	return spot;
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
	txn->special |= set->type == TYPE_CNAME || set->type == TYPE_DNAME ||
			(set->type == TYPE_SOA && spot->len > 0);
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
	struct spot *const spot = take_spot(txn, name);
	if (spot == NULL)
		return false;
	put_set(txn, spot, set);
	return true;
}

/* Rules 1, 3 and 4, for a reader that says where: whether the record may stand beside those of the
 * node; `set` is NULL when it is the first of its type. */
static bool may_stand(struct node *node, const struct rrset *set, const uint8_t *name,
	uint16_t type, struct err *err)
{
	if (set != NULL)
		return !check_is_single(type) || check_single(name, type, err);
	if (node == NULL || type == TYPE_RRSIG || type == TYPE_NSEC)
		return true;
	const uint16_t other = type == TYPE_CNAME                   ? check_beside_cname(node)
			       : find_set(node, TYPE_CNAME) != NULL ? type
								    : 0;
	return other == 0 || check_alone(name, other, err);
}

/* Whether there is room for the record; `set` is NULL when it is the first of its type. */
static bool has_room(struct node *node, const struct rrset *set, const uint8_t *name, uint16_t type,
	const struct txn_limits *limits, struct err *err)
{
	const uint32_t types = limits->types;
	const uint32_t records = type != TYPE_RRSIG ? limits->records : RRSET_RECORDS_MAX;
	if (!may_stand(node, set, name, type, err))
		return false;
	if (set == NULL)
		return node == NULL || node->leaf.n < types || check_types_full(name, types, err);
	return set->count < records || check_records_full(name, type, records, err);
}

/* Whether one message holds the set with the record; `set` may be NULL. */
static bool fits_message(const struct rrset *set, struct rdata more)
{
	const size_t there =
		set != NULL ? set->size + (RRSET_RECORD_HEAD - 2U) * (size_t)set->count : 0;
	return there + RRSET_RECORD_HEAD + more.len <= RRSET_ROOM;
}

/* One record more in a set that is there, which others may hold too. */
static void grow_set(struct txn *txn, struct spot *spot, struct rrset **set, struct rdata more)
{
	if (leaf_is_own(&spot_node(spot)->leaf) && rrset_is_own(*set)) {
		*set = rrset_grow(*set, more);
		txn->next->n_records++;
		return;
	}
	struct rrset *const next = rrset_with(*set, more);
	put_set(txn, spot, next);
	rrset_unref(next);
}

enum txn_added txn_add(struct txn *txn, const uint8_t *name, uint16_t type, uint32_t *ttl,
	struct rdata more, const struct txn_limits *limits, struct err *err)
{
	if (!fits_message(NULL, more)) { /* no twig may stay without a leaf */
		(void)check_octets_full(name, type, err);
		return TXN_FULL;
	}
	struct spot *const spot = take_spot(txn, name);
	if (spot == NULL)
		return TXN_OUTSIDE;
	struct node *const node = spot_node(spot);
	struct rrset **const set = find_set(node, type);
	if (set != NULL) {
		*ttl = (*set)->ttl;
		if (rrset_has(*set, more))
			return TXN_THERE_ALREADY;
	}
	const struct rrset *const there = set != NULL ? *set : NULL;
	if (!has_room(node, there, name, type, limits, err))
		return TXN_FULL;
	if (!fits_message(there, more)) {
		(void)check_octets_full(name, type, err);
		return TXN_FULL;
	}
	if (set != NULL) {
		grow_set(txn, spot, set, more);
		return TXN_ADDED;
	}
	struct rrset *const first = rrset_new(type, *ttl, &more, 1);
	put_set(txn, spot, first);
	rrset_unref(first);
	return TXN_ADDED;
}

void txn_delete(struct txn *txn, const uint8_t *name, uint16_t type)
{
	const struct node *const there = zone_node(txn->next, name);
	const struct rrset *const set = there != NULL ? node_rrset(there, type) : NULL;
	if (set == NULL)
		return;
	struct spot *const spot = take_spot(txn, name);
	txn->next->n_records -= set->count;
	if (node_count(there) > 1) {
		set_node(spot, node_without(there, type));
		return;
	}
	txn->next->n_names -= tree_remove(&txn->next->names, &node_kind, spot->at, spot->len);
	spot->twig = NULL;
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

static const struct rrset *apex_soa(const struct zone *zone)
{
	return node_rrset(zone_node(zone, zone_apex(zone)), TYPE_SOA);
}

void txn_put_serial(struct txn *txn, uint32_t serial)
{
	uint8_t wire[SOA_MAX];
	const struct rrset *const soa = apex_soa(txn->next);
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

/* What a transaction changed. */
struct survey {
	const struct zone *zone;
	const struct node *checked;
	size_t n; /* RRsets, the SOA among them */
	bool sound;
	struct err *err;
};

/* Rules 3 and 4 at the names that changed. */
static void look_at(void *cookie, struct difference d)
{
	struct survey *const s = cookie;
	s->n++;
	if (d.is == NULL || d.is == s->checked || !s->sound)
		return;
	s->checked = d.is;
	s->sound = check_node(s->zone, d.is, s->err);
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
		txn_put_serial(txn, serial);
	set_serial(next);
	struct survey survey = {.zone = next, .sound = true, .err = err};
	changeset_walk(txn->from, next, look_at, &survey);
	const bool above_all = above == NULL || serial_newer(txn->from->serial, *above);
	/* Rule 5: nothing but what we raised. */
	const bool idle = same_soa && survey.n == 1 && above_all;
	if (!idle && !survey.sound) {
		txn_abort(txn);
		return NULL;
	}
	if (changes != NULL)
		*changes = changeset_between(txn->from, idle ? txn->from : next);
	if (!idle)
		return finish(txn);
	struct zone *const from = zone_ref(txn->from);
	txn_abort(txn);
	return from;
}

struct zone *txn_commit(struct txn *txn, const uint32_t *above, uint32_t unix_now,
	struct changeset **changes, struct err *err)
{
	if (changes != NULL)
		*changes = NULL;
	if (!check_apex(txn->next, err)) {
		txn_abort(txn);
		return NULL;
	}
	if (txn->from == NULL)
		return commit_loaded(txn, err);
	return commit_changed(txn, above, unix_now, changes, err);
}
