#include "tests/unit/zones.h"
#include "zone/view.h"
#include "zone/zone.h"

#include <stdlib.h>

static const uint8_t ns_wire[] = "\2ns\7example";

struct row {
	const char *name;
	uint16_t type;
};

static struct zone *zone_of(const char *apex, const struct row *rows, size_t n)
{
	struct txn *const txn = new_zone(apex, 1);
	for (size_t i = 0; i < n; i++)
		add(txn, wire(rows[i].name), rows[i].type, ns_wire, sizeof ns_wire);
	return commit(txn);
}

/* What zone_find() should say: names as text, NULL for nothing. */
struct expected {
	const char *what, *name;
	bool exists;
	const char *exact, *cut, *dname, *wildcard;
	size_t encloser;
};

static void assert_node(const struct zone *zone, const struct expected *e, const char *which,
	const struct node *node, const char *name)
{
	uint8_t found[NAME_MAX_OCTETS] = {0};
	if (node != NULL)
		node_name(zone, node, found);
	if ((node != NULL) != (name != NULL))
		fail_msg("%s: %s: %s is %s", e->what, e->name, which,
			node != NULL ? text(found) : "missing");
	if (node == NULL || name == NULL)
		return;
	if (!name_equal(found, wire(name)))
		fail_msg("%s: %s: %s is %s", e->what, e->name, which, text(found));
	assert_int_equal(node_labels(zone, node), name_labels(found));
}

static void assert_finds(const struct zone *zone, const struct expected *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct expected *const e = &rows[i];
		struct key key;
		key_make(&key, wire(e->name));
		const struct zone_match m = zone_find(zone, &key);
		assert_node(zone, e, "the exact name", m.exact, e->exact);
		assert_node(zone, e, "the cut", m.cut, e->cut);
		assert_node(zone, e, "the DNAME", m.dname, e->dname);
		assert_node(zone, e, "the wildcard", m.wildcard, e->wildcard);
		if (m.exists != e->exists)
			fail_msg("%s: %s: exists %d", e->what, e->name, m.exists);
		const size_t encloser = key_labels(key.at, m.encloser);
		if (encloser != e->encloser)
			fail_msg("%s: %s: encloser %zu", e->what, e->name, encloser);
		assert_true(zone_node(zone, wire(e->name)) == m.exact);
	}
}

/* The zone of RFC 4592 2.2.1. */
static void rfc_4592_2_2_1(void **state)
{
	(void)state;
	static const struct row rows[] = {{"*.example.", TYPE_TXT}, {"*.example.", TYPE_MX},
		{"sub.*.example.", TYPE_TXT}, {"host1.example.", TYPE_A},
		{"_ssh._tcp.host1.example.", TYPE_SRV}, {"_ssh._tcp.host2.example.", TYPE_SRV},
		{"subdel.example.", TYPE_NS}};
	static const struct expected expected[] = {
		{"synthesized", "host3.example.", false, NULL, NULL, NULL, "*.example.", 1},
		{"synthesized, two labels deeper", "foo.bar.example.", false, NULL, NULL, NULL,
			"*.example.", 1},
		{"host1 exists", "host1.example.", true, "host1.example.", NULL, NULL, NULL, 2},
		{"sub.*.example exists", "sub.*.example.", true, "sub.*.example.", NULL, NULL, NULL,
			3},
		{"the closest encloser is _tcp.host1", "_telnet._tcp.host1.example.", false, NULL,
			NULL, NULL, NULL, 3},
		{"host.subdel is below a zone cut", "host.subdel.example.", false, NULL,
			"subdel.example.", NULL, NULL, 2},
		{"the asterisk label exists: *.example is the encloser", "ghost.*.example.", false,
			NULL, NULL, NULL, NULL, 2},
		{"an empty non-terminal", "_tcp.host1.example.", true, NULL, NULL, NULL, NULL, 3},
		{"an empty non-terminal of a host without records", "host2.example.", true, NULL,
			NULL, NULL, NULL, 2},
		{"the wildcard's own name", "*.example.", true, "*.example.", NULL, NULL, NULL, 2},
		{"the apex", "example.", true, "example.", NULL, NULL, NULL, 1},
		{"the cut itself", "subdel.example.", true, "subdel.example.", "subdel.example.",
			NULL, NULL, 2},
		{"upper case", "HOST1.EXAMPLE.", true, "host1.example.", NULL, NULL, NULL, 2},
		{"a name that only begins like another", "host.example.", false, NULL, NULL, NULL,
			"*.example.", 1},
		{"a name that goes on like another", "host11.example.", false, NULL, NULL, NULL,
			"*.example.", 1},
	};
	struct zone *const zone = zone_of("example.", rows, COUNT_OF(rows));
	assert_finds(zone, expected, COUNT_OF(expected));
	assert_int_equal(zone_names(zone), 7);
	assert_int_equal(zone_records(zone), 9);
	zone_unref(zone);
}

/* RFC 1034 4.3.2 and its kin: cuts, glue, DNAMEs, wildcards that are odd. */
static void cuts_and_dnames(void **state)
{
	(void)state;
	static const struct row rows[] = {{"sub.ex.", TYPE_NS}, {"ns.sub.ex.", TYPE_A},
		{"deep.sub.ex.", TYPE_NS}, {"a.b.c.ex.", TYPE_A}, {"d.ex.", TYPE_DNAME},
		{"x.d.ex.", TYPE_A}, {"e.d.ex.", TYPE_DNAME}, {"cut.ex.", TYPE_NS},
		{"x.cut.ex.", TYPE_DNAME}, {"both.ex.", TYPE_NS}, {"both.ex.", TYPE_DNAME},
		{"x.*.w.ex.", TYPE_A}, {"*.v.ex.", TYPE_NS}, {"\\000.z.ex.", TYPE_A},
		{"\\255.z.ex.", TYPE_A}};
	static const struct expected expected[] = {
		{"glue exists and is below the cut", "ns.sub.ex.", true, "ns.sub.ex.", "sub.ex.",
			NULL, NULL, 3},
		{"the highest cut counts", "x.deep.sub.ex.", false, NULL, "sub.ex.", NULL, NULL, 3},
		{"NS at the apex is no cut", "ex.", true, "ex.", NULL, NULL, NULL, 1},
		{"empty non-terminals in a row", "c.ex.", true, NULL, NULL, NULL, NULL, 2},
		{"the second of them", "b.c.ex.", true, NULL, NULL, NULL, NULL, 3},
		{"beside an empty non-terminal", "x.c.ex.", false, NULL, NULL, NULL, NULL, 2},
		{"a DNAME is not above itself", "d.ex.", true, "d.ex.", NULL, NULL, NULL, 2},
		{"below a DNAME", "y.d.ex.", false, NULL, NULL, "d.ex.", NULL, 2},
		{"below a DNAME where a name is", "x.d.ex.", true, "x.d.ex.", NULL, "d.ex.", NULL,
			3},
		{"the highest DNAME counts", "y.e.d.ex.", false, NULL, NULL, "d.ex.", NULL, 3},
		{"a DNAME below a cut does not", "y.x.cut.ex.", false, NULL, "cut.ex.", NULL, NULL,
			3},
		{"a DNAME at a cut is told too", "y.both.ex.", false, NULL, "both.ex.", "both.ex.",
			NULL, 2},
		{"a wildcard that is an empty non-terminal synthesizes nothing", "y.w.ex.", false,
			NULL, NULL, NULL, NULL, 2},
		{"it exists, though", "*.w.ex.", true, NULL, NULL, NULL, NULL, 3},
		{"below it", "y.*.w.ex.", false, NULL, NULL, NULL, NULL, 3},
		{"a delegated wildcard as source", "y.v.ex.", false, NULL, NULL, NULL, "*.v.ex.",
			2},
		{"a delegated wildcard as cut", "y.*.v.ex.", false, NULL, "*.v.ex.", NULL, NULL, 3},
		{"NUL", "\\000.z.ex.", true, "\\000.z.ex.", NULL, NULL, NULL, 3},
		{"two NULs", "\\000\\000.z.ex.", false, NULL, NULL, NULL, NULL, 2},
		{"octet 1", "\\001.z.ex.", false, NULL, NULL, NULL, NULL, 2},
		{"octet 255", "\\255.z.ex.", true, "\\255.z.ex.", NULL, NULL, NULL, 3},
		{"octet 254", "\\254.z.ex.", false, NULL, NULL, NULL, NULL, 2},
	};
	struct zone *const zone = zone_of("ex.", rows, COUNT_OF(rows));
	assert_finds(zone, expected, COUNT_OF(expected));
	zone_unref(zone);
}

static void the_root_zone(void **state)
{
	(void)state;
	static const struct row rows[] = {{"com.", TYPE_NS}, {"ns.com.", TYPE_A}, {"*.", TYPE_TXT}};
	static const struct expected expected[] = {
		{"the apex", ".", true, ".", NULL, NULL, NULL, 0},
		{"a delegation", "www.com.", false, NULL, "com.", NULL, NULL, 1},
		{"a wildcard below the root", "a.b.c.", false, NULL, NULL, NULL, "*.", 0},
	};
	struct zone *const zone = zone_of(".", rows, COUNT_OF(rows));
	assert_finds(zone, expected, COUNT_OF(expected));
	zone_unref(zone);
}

static void a_dname_at_the_apex(void **state)
{
	(void)state;
	static const struct row rows[] = {{"ex.", TYPE_DNAME}, {"a.ex.", TYPE_A}};
	static const struct expected expected[] = {
		{"the apex is not below itself", "ex.", true, "ex.", NULL, NULL, NULL, 1},
		{"below it", "a.ex.", true, "a.ex.", NULL, "ex.", NULL, 2},
		{"deeper", "x.y.ex.", false, NULL, NULL, "ex.", NULL, 1},
	};
	struct zone *const zone = zone_of("ex.", rows, COUNT_OF(rows));
	assert_finds(zone, expected, COUNT_OF(expected));
	zone_unref(zone);
}

/* 127 labels and 255 octets, and the empty non-terminals on the way. */
static void the_longest_name(void **state)
{
	(void)state;
	char name[NAME_TEXT_MAX] = "";
	for (int i = 0; i < 127; i++)
		append(name, sizeof name, "x.");
	struct txn *const txn = new_zone("x.", 1);
	add(txn, wire(name), TYPE_A, "\1\2\3\4", 4);
	struct zone *const zone = commit(txn);
	const uint8_t *at = wire(name);
	for (size_t labels = 127; labels > 1; labels--, at = name_parent(at)) {
		struct key key;
		key_make(&key, at);
		const struct zone_match m = zone_find(zone, &key);
		assert_true(m.exists);
		assert_int_equal(m.exact != NULL, labels == 127);
		assert_int_equal(key_labels(key.at, m.encloser), labels);
	}
	zone_unref(zone);
}

enum { SEEN = 200 };

static bool note_type(void *cookie, const struct zone *zone, const struct node *node)
{
	(void)zone;
	for (size_t i = 0; i < node_count(node); i++) {
		char type[8];
		(void)snprintf(type, sizeof type, "%u ", node_rrset_at(node, i)->type);
		append(cookie, SEEN, type);
	}
	append(cookie, SEEN, "/ ");
	return true;
}

static void names_and_types_come_in_order(void **state)
{
	(void)state;
	static const struct row rows[] = {{"b.ex.", TYPE_MX}, {"b.ex.", TYPE_A},
		{"a.ex.", TYPE_TXT}, {"b.ex.", TYPE_TXT}, {"a.b.ex.", TYPE_A}};
	struct zone *const zone = zone_of("ex.", rows, COUNT_OF(rows));
	char seen[SEEN] = "";
	zone_each(zone, note_type, seen);
	assert_string_equal(seen, "2 6 / 16 / 1 15 16 / 1 / ");
	zone_unref(zone);
}

static const char *apex_of(const struct view *view, const char *name)
{
	struct key key;
	key_make(&key, wire(name));
	const struct zone *const zone = view_find(view, &key);
	return zone != NULL ? text(zone_apex(zone)) : "none";
}

static bool note_apex(void *cookie, const struct zone *zone)
{
	append(cookie, SEEN, text(zone_apex(zone)));
	append(cookie, SEEN, " ");
	return true;
}

static void views(void **state)
{
	(void)state;
	static const char *const apexes[] = {
		"example.", "Sub.example.", "a.b.sub.example.", "test."};
	struct zone *zones[COUNT_OF(apexes)];
	for (size_t i = 0; i < COUNT_OF(apexes); i++)
		zones[i] = zone_of(apexes[i], NULL, 0);
	struct view *const none = view_empty();
	assert_string_equal(apex_of(none, "example."), "none");
	struct view *const view = view_with(none, zones, COUNT_OF(zones), NULL, 0);
	assert_int_equal(view_generation(view), 1);
	assert_int_equal(view_zones(view), 4);
	assert_int_equal(view_zones(none), 0);
	static const struct {
		const char *name, *apex;
	} rows[] = {{"example.", "example."}, {"www.example.", "example."},
		{"SUB.Example.", "sub.example."}, {"b.sub.example.", "sub.example."},
		{"x.b.sub.example.", "sub.example."}, {"x.a.b.sub.example.", "a.b.sub.example."},
		{"subx.example.", "example."}, {"su.example.", "example."}, {"xexample.", "none"},
		{".", "none"}, {"exampl.", "none"}, {"test.test.", "test."},
		{"\\000.example.", "example."}};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(apex_of(view, rows[i].name), rows[i].apex) != 0)
			fail_msg("%s is in %s", rows[i].name, apex_of(view, rows[i].name));
	char seen[SEEN] = "";
	view_each(view, note_apex, seen);
	assert_string_equal(seen, "example. sub.example. a.b.sub.example. test. ");
	assert_true(view_zone(view, wire("TEST.")) == zones[3]);
	assert_null(view_zone(view, wire("www.test.")));

	struct zone *const root = zone_of(".", NULL, 0);
	const uint8_t *const drop[] = {wire("SUB.example."), wire("not.there.")};
	struct view *const next = view_with(view, &root, 1, drop, COUNT_OF(drop));
	assert_int_equal(view_generation(next), 2);
	assert_int_equal(view_zones(next), 4);
	assert_string_equal(apex_of(next, "nowhere."), ".");
	assert_string_equal(apex_of(next, "."), ".");
	assert_string_equal(apex_of(next, "b.sub.example."), "example.");
	assert_string_equal(apex_of(view, "b.sub.example."), "sub.example.");
	struct view *const again = view_with(next, &zones[3], 1, NULL, 0);
	assert_int_equal(view_zones(again), 4);
	view_unref(next);
	view_unref(view);
	view_unref(none);
	zone_unref(root);
	for (size_t i = 0; i < COUNT_OF(zones); i++)
		zone_unref(zones[i]);
	assert_string_equal(apex_of(again, "x.test."), "test.");
	view_unref(view_ref(again));
	view_unref(again);
	view_unref(NULL);
	zone_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_4592_2_2_1),
		cmocka_unit_test(cuts_and_dnames),
		cmocka_unit_test(the_root_zone),
		cmocka_unit_test(a_dname_at_the_apex),
		cmocka_unit_test(the_longest_name),
		cmocka_unit_test(names_and_types_come_in_order),
		cmocka_unit_test(views),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
