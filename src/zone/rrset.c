#include "zone/rrset.h"

#include "base/mem.h"
#include "zone/refs.h"
#include "zone/target.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A pointer to it stands before a split set. */
struct shares {
	uint32_t n, present; /* shares; weight of those that have records */
	struct share {
		struct rrset *set; /* a reference; NULL: it has no records */
		uint32_t upto;     /* weight of this one and all before it */
	} list[];
};

static int rdata_order(struct rdata a, struct rdata b)
{
	const size_t len = a.len < b.len ? a.len : b.len;
	const int d = len > 0 ? memcmp(a.wire, b.wire, len) : 0;
	return d != 0 ? d : a.len - b.len;
}

static int by_order(const void *a, const void *b)
{
	return rdata_order(*(const struct rdata *)a, *(const struct rdata *)b);
}

static struct rrset *alloc(uint16_t type, uint32_t ttl, size_t count, size_t size)
{
	assert(size <= UINT32_MAX && ttl <= INT32_MAX);
	struct rrset *const set = mem_new(sizeof *set + size);
	set->refs = 1;
	set->ttl = ttl & INT32_MAX;
	set->type = type;
	set->count = (uint16_t)count;
	set->size = (uint32_t)size;
	return set;
}

static uint8_t *put_record(uint8_t *to, struct rdata record)
{
	memcpy(to, &record.len, sizeof record.len);
	if (record.len > 0)
		memcpy(to + sizeof record.len, record.wire, record.len);
	return to + sizeof record.len + record.len;
}

static size_t record_size(struct rdata record) { return sizeof record.len + record.len; }

/* The set whose records are all there, with what they point to. */
static struct rrset *finish(struct rrset *set)
{
	const size_t more = targets_size(set);
	if (more == 0)
		return set;
	struct rrset *const whole = mem_new(sizeof *set + set->size + more);
	memcpy(whole, set, sizeof *set + set->size);
	free(set);
	targets_make(whole);
	return whole;
}

/* The set of a list that is in order, without doubles. */
static struct rrset *pack(uint16_t type, uint32_t ttl, const struct rdata list[], size_t n)
{
	size_t size = 0;
	for (size_t i = 0; i < n; i++)
		size += record_size(list[i]);
	struct rrset *const set = alloc(type, ttl, n, size);
	uint8_t *to = set->data;
	for (size_t i = 0; i < n; i++)
		to = put_record(to, list[i]);
	return finish(set);
}

/* Sorts the list and drops doubles; how many are left. */
static size_t tidy(struct rdata list[], size_t n)
{
	qsort(list, n, sizeof list[0], by_order);
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || rdata_order(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	return kept;
}

struct rrset *rrset_new(uint16_t type, uint32_t ttl, const struct rdata list[], size_t n)
{
	assert(n >= 1 && n <= RRSET_RECORDS_MAX);
	if (n == 1)
		return pack(type, ttl, list, n);
	struct rdata *const sorted = mem_copy(list, n * sizeof list[0]);
	struct rrset *const set = pack(type, ttl, sorted, tidy(sorted, n));
	free(sorted);
	return set;
}

/* Where a record belongs in the set: octets before it, and whether it is there already. */
struct place {
	size_t at;
	bool there;
};

static struct place find_place(const struct rrset *set, struct rdata record)
{
	struct place place = {0, false};
	for (size_t at = 0;;) {
		place.at = at;
		const struct rdata other = rrset_each(set, &at);
		if (other.wire == NULL)
			return place;
		const int d = rdata_order(other, record);
		if (d >= 0) {
			place.there = d == 0;
			return place;
		}
	}
}

static struct rrset *insert(const struct rrset *set, size_t at, struct rdata more)
{
	assert(set->count < RRSET_RECORDS_MAX);
	struct rrset *const next =
		alloc(set->type, set->ttl, set->count + 1U, set->size + record_size(more));
	memcpy(next->data, set->data, at);
	memcpy(put_record(next->data + at, more), set->data + at, set->size - at);
	return finish(next);
}

struct rrset *rrset_with(const struct rrset *set, struct rdata more)
{
	const struct place place = find_place(set, more);
	return place.there ? rrset_ref(set) : insert(set, place.at, more);
}

struct rrset *rrset_at(const struct rrset *set, uint32_t ttl)
{
	struct rrset *const copy = mem_copy(set, sizeof *set + set->size + targets_size(set));
	copy->refs = 1;
	copy->ttl = ttl & INT32_MAX;
	copy->split = 0;
	return copy;
}

struct rrset *rrset_union(const struct rrset *const sets[], size_t n)
{
	size_t total = 0, used = 0;
	for (size_t i = 0; i < n; i++)
		total += sets[i]->count;
	struct rdata *const list = mem_list(total, sizeof list[0]);
	for (size_t i = 0; i < n; i++) {
		struct rdata record;
		for (size_t at = 0; (record = rrset_each(sets[i], &at)).wire != NULL;)
			list[used++] = record;
	}
	used = tidy(list, used);
	assert(used >= 1 && used <= RRSET_RECORDS_MAX);
	struct rrset *const set = pack(sets[0]->type, sets[0]->ttl, list, used);
	free(list);
	return set;
}

struct rrset *rrset_ref(const struct rrset *set)
{
	struct rrset *const own =
		(struct rrset *)(uintptr_t)set; /* NOLINT: the count alone changes */
	refs_more(&own->refs);
	return own;
}

/* ---- split sets ---- */

/* In front of the set stands a pointer: its own size is meant, not that of what it points to. */
enum { SHARES_AT = sizeof(void *) };

static struct shares *shares_of(const struct rrset *set)
{
	struct shares *shares;
	memcpy(&shares, (const uint8_t *)set - SHARES_AT, SHARES_AT);
	return shares;
}

static void free_split(struct rrset *set)
{
	struct shares *const shares = shares_of(set);
	for (size_t i = 0; i < shares->n; i++) { /* none of them is split */
		struct rrset *const share = shares->list[i].set;
		if (share != NULL && refs_less(&share->refs))
			free(share);
	}
	free(shares);
	free((uint8_t *)set - SHARES_AT);
}

struct rrset *rrset_split(const struct rrset *whole, const struct rrset_share list[], size_t n)
{
	const size_t size = sizeof *whole + whole->size + targets_size(whole);
	struct shares *const shares = mem_new(sizeof *shares + n * sizeof(struct share));
	uint8_t *const block = mem_new(SHARES_AT + size);
	memcpy(block, &shares, SHARES_AT);
	struct rrset *const set = (void *)(block + SHARES_AT);
	/* All but the count, which others may be changing. */
	const size_t from = offsetof(struct rrset, refs) + sizeof whole->refs;
	memcpy((uint8_t *)set + from, (const uint8_t *)whole + from, size - from);
	set->refs = 1;
	set->split = 1;
	uint32_t upto = 0;
	for (size_t i = 0; i < n; i++) {
		const struct rrset *const part = list[i].set;
		assert(list[i].weight <= INT32_MAX - upto);
		upto += list[i].weight;
		shares->list[i].upto = upto;
		if (part == NULL)
			continue;
		assert(part->type == whole->type && !part->split);
		shares->list[i].set =
			part->ttl == whole->ttl ? rrset_ref(part) : rrset_at(part, whole->ttl);
		shares->present += list[i].weight;
	}
	shares->n = (uint32_t)n;
	return set;
}

bool rrset_share(const struct rrset *set, size_t i, struct rrset_share *share)
{
	const struct shares *const shares = set->split ? shares_of(set) : NULL;
	if (shares == NULL || i >= shares->n)
		return false;
	const uint32_t before = i > 0 ? shares->list[i - 1].upto : 0;
	*share = (struct rrset_share){shares->list[i].set, shares->list[i].upto - before};
	return true;
}

/* Below `n`.  Which of several addresses comes first is cut from the dice as they are: what is cut
 * here has nothing to do with that. */
static uint32_t draw(uint32_t dice, uint32_t n)
{
	dice = (dice ^ dice >> 16) * 0x85EBCA6BU;
	dice = (dice ^ dice >> 13) * 0xC2B2AE35U;
	return (uint32_t)((uint64_t)(dice ^ dice >> 16) * n >> 32);
}

const struct rrset *rrset_deal(const struct rrset *set, uint32_t dice)
{
	const struct shares *const shares = shares_of(set);
	if (shares->present == 0)
		return NULL;
	const struct share *share = shares->list;
	for (uint32_t drawn = draw(dice, share[shares->n - 1].upto); share->upto <= drawn;
		share++) {}
	if (share->set != NULL)
		return share->set;
	/* Once more, among those that have records. */
	uint32_t drawn = draw(~dice, shares->present), before = 0;
	for (share = shares->list;; before = share->upto, share++) {
		const uint32_t weight = share->set != NULL ? share->upto - before : 0;
		if (drawn < weight)
			return share->set;
		drawn -= weight;
	}
}

static bool same_whole(const struct rrset *a, const struct rrset *b)
{
	return a == b || (a->type == b->type && a->ttl == b->ttl && a->count == b->count &&
				 a->size == b->size && memcmp(a->data, b->data, a->size) == 0);
}

static bool same_shares(const struct rrset *a, const struct rrset *b)
{
	const struct shares *const x = shares_of(a), *const y = shares_of(b);
	if (x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++) {
		const struct rrset *const one = x->list[i].set, *const other = y->list[i].set;
		if (x->list[i].upto != y->list[i].upto || (one == NULL) != (other == NULL) ||
			(one != NULL && !same_whole(one, other)))
			return false;
	}
	return true;
}

void rrset_unref(const struct rrset *set)
{
	if (set == NULL)
		return;
	struct rrset *const own = (struct rrset *)(uintptr_t)set; /* NOLINT: as above */
	if (!refs_less(&own->refs))
		return;
	if (own->split)
		free_split(own);
	else
		free(own);
}

bool rrset_is_own(const struct rrset *set) { return refs_single(&set->refs); }

bool rrset_equal(const struct rrset *a, const struct rrset *b)
{
	return same_whole(a, b) &&
	       (a == b || (a->split == b->split && (!a->split || same_shares(a, b))));
}

bool rrset_fits(const struct rrset *set)
{
	return set->size + (RRSET_RECORD_HEAD - 2U) * set->count <= RRSET_ROOM;
}

struct rdata rrset_each(const struct rrset *set, size_t *at)
{
	struct rdata record = {NULL, 0};
	if (*at >= set->size)
		return record;
	memcpy(&record.len, set->data + *at, sizeof record.len);
	record.wire = set->data + *at + sizeof record.len;
	*at += record_size(record);
	return record;
}

bool rrset_has(const struct rrset *set, struct rdata record)
{
	return find_place(set, record).there;
}

struct rrset *rrset_grow(struct rrset *set, struct rdata more)
{
	assert(rrset_is_own(set) && !set->split);
	const struct place place = find_place(set, more);
	if (place.there)
		return set;
	struct rrset *const next = insert(set, place.at, more);
	free(set);
	return next;
}
