/*
 * Random transactions against a zone that is a sorted list of records: what was
 * published stays as it was, what changed is told exactly, and lookups agree
 * with what the RFCs say word by word.
 */
#include "base/mem.h"
#include "tests/unit/zones.h"
#include "zone/zone.h"

#include <stdlib.h>

enum { RECORDS = 300, RDATA = SOA_OCTETS, KEPT = 6, TURNS = 4000 / SLOWER };

struct record {
	uint8_t name[NAME_MAX_OCTETS];
	uint16_t type;
	uint32_t ttl;
	uint8_t len;
	uint8_t rdata[RDATA];
};

struct list {
	size_t n;
	struct record records[RECORDS];
};

static int by_order(const struct record *a, const struct record *b)
{
	const int names = name_compare(a->name, b->name);
	if (names != 0)
		return names;
	if (a->type != b->type)
		return a->type - b->type;
	const int d = memcmp(a->rdata, b->rdata, a->len < b->len ? a->len : b->len);
	return d != 0 ? d : a->len - b->len;
}

/* The records of an RRset stand side by side: where they begin, and how many they are. */
static size_t find(const struct list *list, const uint8_t *name, uint16_t type, size_t *n)
{
	size_t i = 0;
	while (i < list->n &&
		(name_compare(list->records[i].name, name) < 0 ||
			(name_equal(list->records[i].name, name) && list->records[i].type < type)))
		i++;
	*n = 0;
	while (i + *n < list->n && name_equal(list->records[i + *n].name, name) &&
		list->records[i + *n].type == type)
		++*n;
	return i;
}

static bool has(const struct list *list, const uint8_t *name, uint16_t type)
{
	size_t n = 0;
	(void)find(list, name, type, &n);
	return n > 0;
}

static void list_delete(struct list *list, const uint8_t *name, uint16_t type)
{
	size_t n = 0;
	const size_t i = find(list, name, type, &n);
	memmove(list->records + i, list->records + i + n,
		(list->n - i - n) * sizeof list->records[0]);
	list->n -= n;
}

/* The TTL of a record that joins others is theirs. */
static void list_add(struct list *list, struct record record)
{
	size_t n = 0, i = find(list, record.name, record.type, &n);
	if (n > 0)
		record.ttl = list->records[i].ttl;
	name_lower(record.name);
	while (i < list->n && by_order(&list->records[i], &record) < 0)
		i++;
	if (i < list->n && by_order(&list->records[i], &record) == 0)
		return;
	assert_true(list->n < RECORDS);
	memmove(list->records + i + 1, list->records + i, (list->n - i) * sizeof list->records[0]);
	list->records[i] = record;
	list->n++;
}

static struct rdata rdata_of(const struct record *r) { return (struct rdata){r->rdata, r->len}; }

static void list_put(struct list *list, const uint8_t *name, const struct rrset *set)
{
	list_delete(list, name, set->type);
	struct rdata rdata;
	for (size_t at = 0; (rdata = rrset_each(set, &at)).wire != NULL;) {
		struct record r = {.type = set->type, .ttl = set->ttl, .len = (uint8_t)rdata.len};
		memcpy(r.name, name, name_len(name));
		memcpy(r.rdata, rdata.wire, rdata.len);
		list_add(list, r);
	}
}

/* --- a version reads as the list --- */

struct reading {
	const struct list *list;
	size_t at, names;
};

static bool read_name(void *cookie, const struct zone *zone, const struct node *node)
{
	struct reading *const r = cookie;
	uint8_t name[NAME_MAX_OCTETS];
	node_name(zone, node, name);
	r->names++;
	for (size_t i = 0; i < node_count(node); i++) {
		const struct rrset *const set = node_rrset_at(node, i);
		struct rdata rdata;
		size_t count = 0;
		for (size_t at = 0; (rdata = rrset_each(set, &at)).wire != NULL; count++) {
			assert_true(r->at < r->list->n);
			const struct record *const want = &r->list->records[r->at++];
			assert_memory_equal(name, want->name, name_len(want->name));
			assert_int_equal(set->type, want->type);
			assert_int_equal(set->ttl, want->ttl);
			assert_int_equal(rdata.len, want->len);
			assert_memory_equal(rdata.wire, want->rdata, want->len);
		}
		assert_int_equal(count, set->count);
	}
	return true;
}

static void assert_reads(const struct zone *zone, const struct list *list)
{
	struct reading r = {list, 0, 0};
	zone_each(zone, read_name, &r);
	assert_int_equal(r.at, list->n);
	assert_int_equal(zone_records(zone), list->n);
	assert_int_equal(zone_names(zone), r.names);
	size_t n = 0;
	const size_t soa = find(list, zone_apex(zone), TYPE_SOA, &n);
	assert_int_equal(zone_serial(zone), bytes_get32(list->records[soa].rdata + 2));
	assert_true(zone_soa(zone) == node_rrset(zone_node(zone, zone_apex(zone)), TYPE_SOA));
}

/* --- lookups, naively --- */

static bool exists(const struct list *list, const uint8_t *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (name_under(list->records[i].name, name))
			return true;
	return false;
}

static bool has_any(const struct list *list, const uint8_t *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (name_equal(list->records[i].name, name))
			return true;
	return false;
}

/* The ancestor (or the name itself) with so many labels. */
static const uint8_t *ancestor(const uint8_t *name, size_t labels)
{
	for (size_t n = name_labels(name); n > labels; n--)
		name = name_parent(name);
	return name;
}

static void assert_is(const struct zone *zone, const uint8_t *asked, const char *which,
	const struct node *node, const uint8_t *want)
{
	uint8_t found[NAME_MAX_OCTETS] = {0};
	if (node != NULL)
		node_name(zone, node, found);
	if ((node != NULL) != (want != NULL) || (node != NULL && !name_equal(found, want)))
		fail_msg("%s: %s is %s, not %s", text(asked), which,
			node != NULL ? text(found) : "nothing",
			want != NULL ? text(want) : "nothing");
}

static void assert_finds(const struct zone *zone, const struct list *list, const uint8_t *name)
{
	const uint8_t *const apex = zone_apex(zone);
	const size_t labels = name_labels(name), top = name_labels(apex);
	const uint8_t *cut = NULL, *dname = NULL;
	size_t encloser = top;
	for (size_t n = top; n <= labels; n++) {
		const uint8_t *const at = ancestor(name, n);
		if (cut == NULL && dname == NULL && n < labels && has(list, at, TYPE_DNAME))
			dname = at;
		if (cut == NULL && n > top && has(list, at, TYPE_NS))
			cut = at;
		if (exists(list, at))
			encloser = n;
	}
	uint8_t wildcard[NAME_MAX_OCTETS + 2] = "\1*";
	const uint8_t *const closest = ancestor(name, encloser);
	memcpy(wildcard + 2, closest, name_len(closest));
	const bool synthesized = encloser < labels && has_any(list, wildcard);

	struct key key;
	key_make(&key, name);
	const struct zone_match m = zone_find(zone, &key);
	assert_is(zone, name, "the exact name", m.exact, has_any(list, name) ? name : NULL);
	assert_is(zone, name, "the cut", m.cut, cut);
	assert_is(zone, name, "the DNAME", m.dname, dname);
	assert_is(zone, name, "the wildcard", m.wildcard, synthesized ? wildcard : NULL);
	assert_int_equal(m.exists, exists(list, name));
	assert_int_equal(key_labels(key.at, m.encloser), encloser);
}

/* --- the rules of a commit, naively --- */

static bool allowed(const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct record *const r = &list->records[i];
		size_t n = 0;
		(void)find(list, r->name, r->type, &n);
		if (n > 1 && (r->type == TYPE_CNAME || r->type == TYPE_DNAME))
			return false;
		if (r->type == TYPE_CNAME || r->type == TYPE_RRSIG ||
			!has(list, r->name, TYPE_CNAME))
			continue;
		return false;
	}
	return true;
}

static void list_serial(struct list *list, const uint8_t *apex, uint32_t serial)
{
	size_t n = 0;
	const size_t i = find(list, apex, TYPE_SOA, &n);
	bytes_put32(list->records[i].rdata + 2, serial);
}

static bool same_records(const struct list *a, const struct list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (by_order(&a->records[i], &b->records[i]) != 0 ||
			a->records[i].ttl != b->records[i].ttl)
			return false;
	return true;
}

/* Whether the list's RRset is this one; NULL: it has none. */
static bool is_set(
	const struct list *list, const uint8_t *name, uint16_t type, const struct rrset *set)
{
	struct list one = {.n = 0};
	size_t n = 0;
	const size_t i = find(list, name, type, &n);
	if (set == NULL)
		return n == 0;
	list_put(&one, name, set);
	if (one.n != n)
		return false;
	for (size_t k = 0; k < n; k++)
		if (by_order(&one.records[k], &list->records[i + k]) != 0 ||
			one.records[k].ttl != list->records[i + k].ttl)
			return false;
	return true;
}

/* The changes lead from one list to the other, say nothing needless, and are in order. */
static void assert_leads(
	const struct changeset *changes, const struct list *was, const struct list *is)
{
	struct list list = *was;
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *const c = &changes->list[i];
		const uint16_t type = c->is != NULL ? c->is->type : c->was->type;
		assert_int_equal(i == 0, type == TYPE_SOA);
		if (i > 1) {
			const struct change *const b = c - 1;
			const int d = name_compare(b->name, c->name);
			assert_true(
				d < 0 || (d == 0 && (b->is != NULL ? b->is : b->was)->type < type));
		}
		assert_true(is_set(was, c->name, type, c->was));
		assert_true(is_set(is, c->name, type, c->is));
		assert_false(c->was != NULL && c->is != NULL && rrset_equal(c->was, c->is));
		if (c->is != NULL)
			list_put(&list, c->name, c->is);
		else
			list_delete(&list, c->name, type);
	}
	assert_true(same_records(&list, is));
}

/* --- the turns --- */

struct version {
	struct zone *zone;
	struct list list;
};

struct game {
	struct dice dice;
	const uint8_t *apex;
	struct version now, kept[KEPT];
	unsigned commits, refused, unchanged;
};

/* Near names that are there, so that they often meet. */
static void some_name(struct game *g, uint8_t name[NAME_MAX_OCTETS])
{
	const struct list *const list = &g->now.list;
	const uint8_t *const near = list->records[roll(&g->dice, (uint32_t)list->n)].name;
	switch (roll(&g->dice, 4)) {
	case 0: random_name(&g->dice, g->apex, 3, name); break;
	case 1: random_name(&g->dice, near, 2, name); break;
	case 2:
		random_name(
			&g->dice, name_equal(near, g->apex) ? near : name_parent(near), 1, name);
		break;
	default: memcpy(name, near, name_len(near)); break;
	}
}

static struct record some_record(struct game *g, const uint8_t *name)
{
	static const uint16_t types[] = {TYPE_A, TYPE_A, TYPE_A, TYPE_MX, TYPE_TXT, TYPE_RRSIG,
		TYPE_AAAA, TYPE_NS, TYPE_DNAME, TYPE_CNAME};
	struct record r = {.type = types[roll(&g->dice, COUNT_OF(types))],
		.ttl = roll(&g->dice, 3),
		.len = (uint8_t)roll(&g->dice, 3)};
	/* A CNAME or a second DNAME seldom may stand: not so often that nothing is committed. */
	if ((r.type == TYPE_CNAME || r.type == TYPE_DNAME) && roll(&g->dice, 3) > 0)
		r.type = TYPE_A;
	memcpy(r.name, name, name_len(name));
	name_lower(r.name);
	for (size_t i = 0; i < r.len; i++)
		r.rdata[i] = (uint8_t)roll(&g->dice, 3);
	return r;
}

static void change_something(struct game *g, struct txn *txn, struct list *list)
{
	uint8_t name[NAME_MAX_OCTETS];
	some_name(g, name);
	struct record r = some_record(g, name);
	const bool full = list->n > RECORDS - 40;
	const bool keep =
		name_equal(name, g->apex) && r.type == TYPE_NS; /* rule 2 has its own test */
	switch (full ? 2 + roll(&g->dice, 3) : roll(&g->dice, 5)) {
	case 0: {
		static const struct txn_limits wide = {RRSET_RECORDS_MAX, UINT16_MAX};
		uint32_t ttl = r.ttl;
		struct err err;
		const enum txn_added added =
			txn_add(txn, name, r.type, &ttl, rdata_of(&r), &wide, &err);
		assert_int_not_equal(added, TXN_OUTSIDE);
		if (added != TXN_FULL) /* which may not stand there is left out at once */
			list_add(list, r);
		break;
	}
	case 1: {
		struct record other = some_record(g, name);
		const struct rdata two[] = {rdata_of(&r), rdata_of(&other)};
		struct rrset *const set = rrset_new(r.type, r.ttl, two, 1 + roll(&g->dice, 2));
		assert_true(txn_put(txn, name, set));
		list_put(list, r.name, set);
		rrset_unref(set);
		break;
	}
	default: {
		const struct record *const there =
			&list->records[roll(&g->dice, (uint32_t)list->n)];
		if (roll(&g->dice, 3) > 0 && there->type != TYPE_SOA &&
			!(name_equal(there->name, g->apex) && there->type == TYPE_NS))
			r = *there;
		if (keep)
			break;
		txn_delete(txn, r.name, r.type);
		list_delete(list, r.name, r.type);
		break;
	}
	}
}

static void take_turn(struct game *g)
{
	struct txn *const txn = txn_begin(g->now.zone);
	static struct list list;
	list = g->now.list;
	for (uint32_t n = 1 + roll(&g->dice, 6); n > 0; n--)
		change_something(g, txn, &list);
	if (roll(&g->dice, 20) == 0) {
		txn_abort(txn);
		return;
	}
	struct changeset *changes = NULL;
	struct err err;
	struct zone *const next = txn_commit(txn, NULL, 0, &changes, &err);
	assert_int_equal(next != NULL, allowed(&list));
	if (next == NULL) {
		g->refused++;
		assert_null(changes);
		return;
	}
	const bool same = same_records(&list, &g->now.list);
	assert_int_equal(next == g->now.zone, same);
	assert_int_equal(zone_serial(next), zone_serial(g->now.zone) + (same ? 0 : 1));
	list_serial(&list, g->apex, zone_serial(next));
	assert_leads(changes, &g->now.list, &list);
	changeset_free(changes);
	g->commits++;
	g->unchanged += same;
	zone_unref(g->now.zone);
	g->now = (struct version){next, list};
}

static void play(struct game *g)
{
	for (int turn = 0; turn < TURNS; turn++) {
		take_turn(g);
		uint8_t name[NAME_MAX_OCTETS];
		for (int i = 0; i < 3; i++) {
			some_name(g, name);
			assert_finds(g->now.zone, &g->now.list, name);
		}
		if (roll(&g->dice, 10) > 0)
			continue;
		struct version *const old = &g->kept[roll(&g->dice, KEPT)];
		assert_reads(g->now.zone, &g->now.list);
		assert_reads(old->zone, &old->list);
		assert_finds(old->zone, &old->list, name);
		struct changeset *const changes = changeset_between(old->zone, g->now.zone);
		assert_leads(changes, &old->list, &g->now.list);
		assert_int_equal(changes->from, zone_serial(old->zone));
		assert_int_equal(changes->to, zone_serial(g->now.zone));
		changeset_free(changes);
		if (roll(&g->dice, 3) == 0) {
			zone_unref(old->zone);
			*old = (struct version){zone_ref(g->now.zone), g->now.list};
		}
	}
}

static void play_below(const char *apex, uint64_t seed)
{
	struct game *const g = mem_new(sizeof *g);
	uint8_t top[NAME_MAX_OCTETS];
	memcpy(top, wire(apex), NAME_MAX_OCTETS);
	g->dice.state = seed;
	g->apex = top;
	g->now.zone = commit(new_zone(apex, 1));
	list_put(&g->now.list, top, zone_soa(g->now.zone));
	list_put(&g->now.list, top, node_rrset(zone_node(g->now.zone, top), TYPE_NS));
	for (size_t i = 0; i < KEPT; i++)
		g->kept[i] = (struct version){zone_ref(g->now.zone), g->now.list};
	play(g);
	print_message("zone %s, seed %u: %u commits, %u of them changed nothing, %u refused\n",
		apex, (unsigned)seed, g->commits, g->unchanged, g->refused);
	assert_true(g->commits > TURNS / 2 && g->refused > 0 && g->unchanged > 0);
	zone_unref(g->now.zone);
	for (size_t i = 0; i < KEPT; i++) {
		assert_reads(g->kept[i].zone, &g->kept[i].list);
		zone_unref(g->kept[i].zone);
	}
	free(g);
}

static void random_transactions(void **state)
{
	(void)state;
	play_below("example.", 1);
	play_below(".", 2);
	play_below("a\\000b.\\001.A.", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_transactions)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
