#include "tests/unit/zones.h"
#include "zone/txn.h"

#include <stdlib.h>

/* A zone with www A, and mail MX and A. */
static struct zone *small(uint32_t serial)
{
	struct txn *const txn = new_zone("ex.", serial);
	add(txn, wire("www.ex."), TYPE_A, "\1\1\1\1", 4);
	add(txn, wire("mail.ex."), TYPE_MX, "\0\1\0", 3);
	add(txn, wire("mail.ex."), TYPE_A, "\2\2\2\2", 4);
	return commit(txn);
}

/* Puts an RRset of one record. */
static void put(struct txn *txn, const char *name, uint16_t type, const char *rdata)
{
	const struct rdata record = {(const uint8_t *)rdata, (uint16_t)strlen(rdata)};
	struct rrset *const set = rrset_new(type, 300, &record, 1);
	assert_true(txn_put(txn, wire(name), set));
	rrset_unref(set);
}

/* Puts an RRset of two. */
static void put_two(
	struct txn *txn, const char *name, uint16_t type, struct rdata one, struct rdata other)
{
	struct rrset *const set = rrset_new(type, 300, (const struct rdata[]){one, other}, 2);
	assert_true(txn_put(txn, wire(name), set));
	rrset_unref(set);
}

static void put_soa(struct txn *txn, uint32_t serial)
{
	uint8_t soa[SOA_OCTETS];
	soa_wire(soa, serial);
	const struct rdata record = {soa, sizeof soa};
	struct rrset *const set = rrset_new(TYPE_SOA, 300, &record, 1);
	assert_true(txn_put(txn, wire("ex."), set));
	rrset_unref(set);
}

static const struct rdata record_x = {(const uint8_t *)"x", 1},
			  record_y = {(const uint8_t *)"y", 1};

struct refusal {
	const char *what;
	void (*spoil)(struct txn *txn);
	const char *says;
};

static void without_soa(struct txn *txn) { txn_delete(txn, wire("ex."), TYPE_SOA); }

static void two_soas(struct txn *txn)
{
	uint8_t one[SOA_OCTETS], other[SOA_OCTETS];
	soa_wire(one, 1);
	soa_wire(other, 77);
	put_two(txn, "ex.", TYPE_SOA, (struct rdata){one, sizeof one},
		(struct rdata){other, sizeof other});
}

static void short_soa(struct txn *txn) { put(txn, "ex.", TYPE_SOA, "x"); }

static void soa_below(struct txn *txn) { put(txn, "www.ex.", TYPE_SOA, "x"); }

static void without_ns(struct txn *txn) { txn_delete(txn, wire("ex."), TYPE_NS); }

static void without_anything(struct txn *txn)
{
	without_soa(txn);
	without_ns(txn);
}

static void cname_beside(struct txn *txn) { put(txn, "mail.ex.", TYPE_CNAME, "x"); }

static void beside_cname(struct txn *txn)
{
	put(txn, "alias.ex.", TYPE_CNAME, "x");
	put(txn, "alias.ex.", TYPE_TXT, "x");
	put(txn, "alias.ex.", TYPE_RRSIG, "x");
}

static void cname_at_apex(struct txn *txn) { put(txn, "ex.", TYPE_CNAME, "x"); }

static void two_cnames(struct txn *txn)
{
	put_two(txn, "alias.ex.", TYPE_CNAME, record_x, record_y);
}

static void two_dnames(struct txn *txn)
{
	put_two(txn, "alias.ex.", TYPE_DNAME, record_x, record_y);
}

static const struct refusal refusals[] = {
	{"no SOA", without_soa,
		"ex: the zone has no SOA record at its apex; begin the file with one"},
	{"no apex at all", without_anything,
		"ex: the zone has no SOA record at its apex; begin the file with one"},
	{"two SOAs", two_soas,
		"ex: there can be only one SOA record at a name; take the others out"},
	{"an SOA that is none", short_soa, "ex: the SOA record is malformed"},
	{"an SOA below the apex", soa_below,
		"www.ex: an SOA record may stand only at the zone's apex"},
	{"no NS", without_ns,
		"ex: the zone has no NS record at its apex; add one for each of its name servers"},
	{"a CNAME put beside others", cname_beside,
		"mail.ex: a CNAME cannot stand beside other records (A); take it or them out"},
	{"others put beside a CNAME", beside_cname,
		"alias.ex: a CNAME cannot stand beside other records (TXT); take it or them out"},
	{"a CNAME at the apex", cname_at_apex,
		"ex: a CNAME cannot stand beside other records (NS); take it or them out"},
	{"two CNAMEs", two_cnames,
		"alias.ex: there can be only one CNAME record at a name; take the others out"},
	{"two DNAMEs", two_dnames,
		"alias.ex: there can be only one DNAME record at a name; take the others out"},
};

static void assert_refused(const struct refusal *r, struct txn *txn)
{
	struct err err;
	struct changeset *changes = NULL;
	r->spoil(txn);
	if (txn_commit(txn, NULL, 0, &changes, &err) != NULL)
		fail_msg("%s was taken", r->what);
	assert_string_equal(err.text, r->says);
	assert_null(changes);
}

static void rules_are_kept(void **state)
{
	(void)state;
	struct zone *const zone = small(1);
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		assert_refused(&refusals[i], txn_begin(zone));
		struct txn *const loading = new_zone("ex.", 1);
		add(loading, wire("www.ex."), TYPE_A, "\1\1\1\1", 4);
		add(loading, wire("mail.ex."), TYPE_A, "\1\1\1\1", 4);
		assert_refused(&refusals[i], loading);
	}
	assert_int_equal(zone_serial(zone), 1);
	assert_int_equal(zone_records(zone), 5);
	zone_unref(zone);
}

static void cname_may_stand_beside_its_signature(void **state)
{
	(void)state;
	struct txn *const txn = new_zone("ex.", 1);
	put(txn, "alias.ex.", TYPE_CNAME, "x");
	put(txn, "alias.ex.", TYPE_RRSIG, "x");
	put(txn, "alias.ex.", TYPE_NSEC, "x");
	zone_unref(commit(txn));
}

static void names_outside_are_refused(void **state)
{
	(void)state;
	struct txn *const txn = new_zone("ex.", 1);
	const struct rdata record = {(const uint8_t *)"\1\1\1\1", 4};
	struct rrset *const set = rrset_new(TYPE_A, 60, &record, 1);
	static const struct txn_limits limits = {100, 100};
	static const char *const outside[] = {".", "exx.", "e.", "x.com.", "ex.com."};
	for (size_t i = 0; i < COUNT_OF(outside); i++) {
		assert_false(txn_put(txn, wire(outside[i]), set));
		uint32_t ttl = 60;
		struct err err;
		assert_int_equal(
			txn_add(txn, wire(outside[i]), TYPE_A, &ttl, record, &limits, &err),
			TXN_OUTSIDE);
		txn_delete(txn, wire(outside[i]), TYPE_A);
	}
	assert_true(txn_put(txn, wire("A.EX."), set));
	rrset_unref(set);
	txn_abort(txn);
	txn_abort(NULL);
}

static void serials(void **state)
{
	(void)state;
	enum { NONE = 1 }; /* `above` is not given */
	static const struct {
		const char *what;
		uint32_t from, above, put, now, expected;
	} rows[] = {
		{"the clock is ahead", 10, NONE, 10, 1000, 1000},
		{"the clock is behind", 5000, NONE, 5000, 1000, 5001},
		{"put, and higher", 10, NONE, 12, 1000, 12},
		{"put, but lower", 10, NONE, 9, 0, 11},
		{"put, but not above what was served", 10, 50, 12, 0, 51},
		{"put, and above what was served", 10, 50, 51, 0, 51},
		{"served is lower", 10, 5, 10, 0, 11},
		{"the number circle closes", 0xffffffffU, NONE, 0xffffffffU, 0, 0},
		{"put behind the circle's start", 0xfffffff0U, NONE, 3, 0, 3},
		{"at the undefined distance what was served counts", 0, 0x80000000U, 0, 0,
			0x80000001U},
		{"the clock at the undefined distance", 0, NONE, 0, 0x80000000U, 1},
		{"the clock is ahead of one and behind the other", 10, 0x7ffffff0U, 10, 0x8000000fU,
			0x7ffffff1U},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct zone *const zone = small(rows[i].from);
		struct txn *const txn = txn_begin(zone);
		put(txn, "www.ex.", TYPE_A, "9999");
		if (rows[i].put != rows[i].from)
			put_soa(txn, rows[i].put);
		struct err err;
		struct zone *const next = txn_commit(txn,
			rows[i].above != NONE ? &rows[i].above : NULL, rows[i].now, NULL, &err);
		if (zone_serial(next) != rows[i].expected)
			fail_msg("%s: %u", rows[i].what, zone_serial(next));
		size_t at = 0;
		assert_int_equal(
			bytes_get32(rrset_each(zone_soa(next), &at).wire + 2), rows[i].expected);
		assert_int_equal(zone_serial(zone), rows[i].from);
		zone_unref(next);
		zone_unref(zone);
	}
}

static void nothing_changed(void **state)
{
	(void)state;
	struct zone *const zone = small(7);
	struct txn *const txn = txn_begin(zone);
	put(txn, "www.ex.", TYPE_A, "9999");
	put(txn, "www.ex.", TYPE_A, "\1\1\1\1"); /* as it was */
	add(txn, wire("mail.ex."), TYPE_A, "\2\2\2\2", 4);
	put(txn, "new.ex.", TYPE_A, "9999");
	txn_delete(txn, wire("new.ex."), TYPE_A);
	txn_delete(txn, wire("new.ex."), TYPE_A);
	txn_delete(txn, wire("www.ex."), TYPE_TXT);
	put_soa(txn, 7);
	struct changeset *changes = NULL;
	struct err err;
	const uint32_t above = 6;
	struct zone *const same = txn_commit(txn, &above, 5000, &changes, &err);
	assert_true(same == zone);
	assert_int_equal(zone_serial(same), 7);
	assert_int_equal(changes->n, 0);
	assert_int_equal(changes->from, 7);
	assert_int_equal(changes->to, 7);
	changeset_free(changes);
	zone_unref(same);

	/* A serial as high was served already: the same records, but above it. */
	const uint32_t served = 7;
	struct zone *const raised = txn_commit(txn_begin(zone), &served, 5, &changes, &err);
	assert_int_equal(zone_serial(raised), 8);
	assert_int_equal(changes->n, 1);
	changeset_free(changes);
	zone_unref(raised);
	zone_unref(zone);
	changeset_free(NULL);
}

/* A zone that was loaded anew: its serial must rise above what was served all the same. */
static void nothing_but_the_serial(void **state)
{
	(void)state;
	struct zone *const zone = small(7);
	const uint32_t served[] = {7, 100};
	for (size_t i = 0; i < COUNT_OF(served); i++) {
		struct changeset *changes = NULL;
		struct err err;
		struct zone *const next =
			txn_commit(txn_begin(zone), &served[i], 0, &changes, &err);
		assert_int_equal(zone_serial(next), served[i] + 1);
		assert_int_equal(changes->n, 1);
		assert_int_equal(changes->list[0].is->type, TYPE_SOA);
		assert_int_equal(zone_serial(zone), 7);
		changeset_free(changes);
		zone_unref(next);
	}
	zone_unref(zone);
}

/* The changes as text: "NAME TYPE was>is" by their numbers of records. */
static const char *show(const struct changeset *changes)
{
	static char out[1000];
	size_t used = 0;
	out[0] = '\0';
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *const c = &changes->list[i];
		used += (size_t)snprintf(out + used, sizeof out - used, "%s %u %u>%u, ",
			text(c->name), c->is != NULL ? c->is->type : c->was->type,
			c->was != NULL ? c->was->count : 0, c->is != NULL ? c->is->count : 0);
	}
	return out;
}

static void changes_are_exact(void **state)
{
	(void)state;
	struct zone *const zone = small(7);
	struct txn *const txn = txn_begin(zone);
	put(txn, "Www.ex.", TYPE_A, "9999");
	add(txn, wire("mail.ex."), TYPE_A, "\3\3\3\3", 4);
	txn_delete(txn, wire("mail.ex."), TYPE_MX);
	put(txn, "b.a.ex.", TYPE_TXT, "x");
	put(txn, "ex.", TYPE_A, "9999");
	put(txn, "ex.", TYPE_TXT, "9999");
	struct changeset *changes = NULL;
	struct err err;
	struct zone *const next = txn_commit(txn, NULL, 0, &changes, &err);
	assert_string_equal(show(changes), "ex. 6 1>1, ex. 1 0>1, ex. 16 0>1, b.a.ex. 16 0>1, "
					   "mail.ex. 1 1>2, mail.ex. 15 1>0, www.ex. 1 1>1, ");
	assert_int_equal(changes->from, 7);
	assert_int_equal(changes->to, 8);
	changeset_free(changes);
	struct changeset *const back = changeset_between(next, zone);
	assert_string_equal(show(back), "ex. 6 1>1, ex. 1 1>0, ex. 16 1>0, b.a.ex. 16 1>0, "
					"mail.ex. 1 2>1, mail.ex. 15 0>1, www.ex. 1 1>1, ");
	changeset_free(back);
	assert_int_equal(zone_names(next), 4);
	assert_int_equal(zone_records(next), 8);
	zone_unref(next);
	zone_unref(zone);
}

static void a_loaded_zone_has_no_changes(void **state)
{
	(void)state;
	struct txn *const txn = new_zone("ex.", 7);
	struct err err;
	struct changeset *changes = (void *)&err;
	const uint32_t above = 100;
	struct zone *const zone = txn_commit(txn, &above, 5000, &changes, &err);
	assert_null(changes);
	assert_int_equal(zone_serial(zone), 7);
	zone_unref(zone);
}

/* Records of two large RRsets in turns, looked at between: neither is slow nor wrong. */
static void large_rrsets(void **state)
{
	(void)state;
	enum { EACH = 3000 };
	struct txn *txn = new_zone("ex.", 7);
	for (uint32_t i = 0; i < 2 * EACH; i++) {
		const uint32_t n = i * 7919 % EACH; /* each twice */
		const uint8_t rdata[4] = {(uint8_t)(n >> 8), (uint8_t)n, 1, 1};
		add(txn, wire("a.ex."), TYPE_A, rdata, 4);
		add(txn, wire("b.ex."), TYPE_A, rdata, 4);
		if (i == EACH) {
			add(txn, wire("gone.ex."), TYPE_A, rdata, 4);
			for (uint32_t k = 0; k < 100; k++)
				add(txn, wire("gone.ex."), TYPE_TXT, &k, 4);
		}
	}
	txn_delete(txn, wire("gone.ex."), TYPE_TXT);
	struct zone *const zone = commit(txn);
	assert_int_equal(zone_records(zone), 2 * EACH + 3);
	const struct rrset *const a = node_rrset(zone_node(zone, wire("a.ex.")), TYPE_A);
	assert_true(rrset_equal(a, node_rrset(zone_node(zone, wire("b.ex.")), TYPE_A)));
	assert_int_equal(a->count, EACH);
	size_t at = 0;
	for (uint32_t n = 0; n < EACH; n++)
		assert_int_equal(bytes_get16(rrset_each(a, &at).wire), n);

	txn = txn_begin(zone);
	for (uint32_t i = 0; i < 1000; i++)
		add(txn, wire("a.ex."), TYPE_A, &i, 3);
	struct zone *const next = commit(txn);
	assert_int_equal(zone_records(next), 2 * EACH + 1003);
	assert_int_equal(zone_records(zone), 2 * EACH + 3);
	assert_int_equal(node_rrset(zone_node(zone, wire("a.ex.")), TYPE_A)->count, EACH);
	zone_unref(zone);
	zone_unref(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_kept),
		cmocka_unit_test(cname_may_stand_beside_its_signature),
		cmocka_unit_test(names_outside_are_refused),
		cmocka_unit_test(serials),
		cmocka_unit_test(nothing_changed),
		cmocka_unit_test(nothing_but_the_serial),
		cmocka_unit_test(changes_are_exact),
		cmocka_unit_test(a_loaded_zone_has_no_changes),
		cmocka_unit_test(large_rrsets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
