/* Which records are served. */
#include "serve_world.h"

static void records_move_in_one_version(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b);
	struct loaded l = load(base, HEAD "services:\n" WWW);
	struct pick picks[8];
	struct serve *const serve = serve_new();

	assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, (uint64_t[]){1}), NOW));
	ANSWERS(serve, "www.example.com", "A 192.0.2.10 5"); /* over the zone file's own */
	ANSWERS(serve, "_http._tcp.example.com", "SRV 0 0 80 fra.example.com. 5");
	ANSWERS(serve, "ns1.example.com", "A 192.0.2.1 300");
	assert_int_equal(serial(serve, "example.com"), NOW);
	assert_int_equal(serial(serve, "example.net"), 7); /* nothing is managed there */

	const uint64_t generation = view_generation(serve_view(serve));
	const uint32_t www = 0;
	assert_true(serve_switch(serve, &www, 1, facts_of(&l, picks, (uint64_t[]){2}), NOW));
	ANSWERS(serve, "www.example.com", "A 192.0.2.20 5");
	ANSWERS(serve, "_http._tcp.example.com", "SRV 0 0 80 ams.example.com. 5");
	assert_int_equal(serial(serve, "example.com"), NOW + 1);
	assert_int_equal(view_generation(serve_view(serve)), generation + 1);

	/* Asked for what is there already: no version, no serial. */
	assert_false(serve_switch(serve, &www, 1, facts_of(&l, picks, (uint64_t[]){2}), NOW + 9));
	assert_int_equal(serial(serve, "example.com"), NOW + 1);

	assert_true(serve_switch(serve, &www, 1, facts_of(&l, picks, (uint64_t[]){3}), NOW + 9));
	ANSWERS(serve, "www.example.com", "A 192.0.2.10 5; A 192.0.2.20 5");
	assert_int_equal(serial(serve, "example.com"), NOW + 9);
	serve_free(serve);
	loaded_end(&l);
	view_unref(base);
}

static void a_service_that_goes_leaves_what_the_file_has(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b);
	struct loaded l = load(base, HEAD "services:\n" WWW), none = load(base, HEAD);
	struct pick picks[8];
	struct serve *const serve = serve_new();
	assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, (uint64_t[]){1}), NOW));
	assert_true(serve_adopt(
		serve, base, none.records, facts_of(&none, picks, (uint64_t[]){0}), NOW));
	ANSWERS(serve, "www.example.com", "A 192.0.2.99 300");
	ANSWERS(serve, "_http._tcp.example.com", "");
	assert_int_equal(serial(serve, "example.com"), NOW + 1); /* never back to the file's 100 */
	assert_false(serve_adopt(
		serve, base, none.records, facts_of(&none, picks, (uint64_t[]){0}), NOW + 5));
	serve_free(serve);
	loaded_end(&l);
	loaded_end(&none);
	view_unref(base);
}

static void a_zone_that_goes_is_gone(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b), *const none = view_empty();
	struct loaded l = load(base, HEAD);
	struct pick picks[8];
	struct serve *const serve = serve_new();
	assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, (uint64_t[]){0}), NOW));
	assert_int_equal(view_zones(serve_view(serve)), 2);
	assert_true(serve_adopt(serve, none, l.records, facts_of(&l, picks, (uint64_t[]){0}), NOW));
	assert_int_equal(view_zones(serve_view(serve)), 0);
	serve_free(serve);
	loaded_end(&l);
	view_unref(base);
	view_unref(none);
}

/* An answer with the standby's records must not lead to nowhere. */
static void names_that_are_the_standbys_alone_are_there_with_a_trickle(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b);
	struct loaded l = load(base, HEAD
		"services:\n"
		"  www:\n"
		"    zone: example.com\n"
		"    ttl: 5s\n"
		"    records: [\"_http._tcp SRV 0 0 80 {name}.web\", \"{name}.web A {address}\","
		" \"www A {address}\", \"{vars.txt} TXT {name}\"]\n"
		"    endpoints:\n"
		"      - {name: fra, address: 192.0.2.10, vars: {txt: www}}\n"
		"      - {name: ams, address: 192.0.2.20, vars: {txt: fra.web}}\n"
		"    policy: {trickle: 1%}\n");
	struct pick picks[8];
	struct serve *const serve = serve_new();
	const struct engine_facts facts = facts_of(&l, picks, (uint64_t[]){1});
	assert_true(serve_adopt(serve, base, l.records, facts, NOW));
	ANSWERS(serve, "fra.web.example.com", "A 192.0.2.10 5");
	ANSWERS(serve, "ams.web.example.com", "");
	picks[0].trickle = endpoint_only(1);
	assert_true(serve_switch(serve, &(const uint32_t){0}, 1, facts, NOW + 1));
	ANSWERS(serve, "ams.web.example.com", "A 192.0.2.20 5");
	ANSWERS(serve, "fra.web.example.com", "A 192.0.2.10 5"); /* not its TXT: home is there */
	ANSWERS(serve, "www.example.com", "A 192.0.2.10 5; TXT \"fra\" 5");
	ANSWERS(serve, "_http._tcp.example.com", "SRV 0 0 80 fra.web.example.com. 5");
	picks[0].trickle = (struct endpoint_set){0};
	assert_true(serve_switch(serve, &(const uint32_t){0}, 1, facts, NOW + 2));
	ANSWERS(serve, "ams.web.example.com", "");
	serve_free(serve);
	loaded_end(&l);
	view_unref(base);
}

static void bad_records_are_refused_where_they_stand(void **state)
{
	(void)state;
	static const struct {
		const char *what, *records, *text;
	} rows[] = {
		{"outside the zone", "www.example.org. A {address}", "outside the zone"},
		{"a type that is none", "www AAAAA {address}", "AAAAA"},
		{"the SOA", "@ SOA a b 1 2 3 4 5", "the SOA belongs to the zone file"},
		{"a CNAME beside the file's A", "www CNAME {host}.", "take those out"},
		{"an A beside the file's CNAME", "static A {address}", "take that out"},
		{"over records-per-type", "t TXT 1\", \"t TXT 2\", \"t TXT 3",
			"would be 3 records"},
		{"over types-per-name", "t TXT 1\", \"t A {address}\", \"t HINFO x y\", \"t RP . .",
			"stands beside too many types"},
		{"a CNAME at the apex", "@ CNAME {host}.", "apex of a zone"},
		{"two CNAMEs at one name", "q CNAME a\", \"q CNAME b", "a name can have one"},
		{"a CNAME by number", "q TYPE5 \\\\# 3 016100\", \"q CNAME b",
			"a name can have one"},
		{"two DNAMEs at one name", "q DNAME a\", \"q DNAME b", "a name can have one"},
	};
	struct view *const base = base_of(zone_a, zone_b);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *const policy = mem_format(TIGHT_HEAD
			"services:\n  s:\n    zone: example.com\n    records: [\"%s\"]\n"
			"    endpoints: [{name: fra, host: fra.example.com, address: "
			"192.0.2.10}]\n",
			rows[i].records);
		struct loaded l = load(base, policy);
		if (l.records != NULL || strstr(parsed_problem(&l.parsed, 0), rows[i].text) == NULL)
			fail_msg("%s: got \"%s\"", rows[i].what, parsed_problem(&l.parsed, 0));
		if (strstr(parsed_problem(&l.parsed, 0), "/etc/locum.yaml:7:") == NULL)
			fail_msg("%s: not at its line: %s", rows[i].what,
				parsed_problem(&l.parsed, 0));
		loaded_end(&l);
		free(policy);
	}
	view_unref(base);
}

static void one_rrset_belongs_to_one_service(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b);
	struct loaded l = load(base, HEAD "services:\n" WWW "  other:\n"
					  "    zone: example.com\n"
					  "    records: [\"WWW A {address}\"]\n"
					  "    endpoints: [{name: fra, address: 192.0.2.10}]\n");
	assert_null(l.records);
	assert_non_null(strstr(parsed_problem(&l.parsed, 0), "managed by service"));
	loaded_end(&l);
	view_unref(base);
}

/* What all endpoints together make is judged when it is loaded, not when the day comes. */
static void what_answers_together_must_fit(void **state)
{
	(void)state;
	static const struct {
		const char *what, *policy, *record, *text; /* text NULL: it may stand */
	} rows[] = {
		{"alone it fits", "mode: single", "q TXT {vars.long}", NULL},
		{"all of a pool", "mode: pool", "q TXT {vars.long}", "one DNS message"},
		{"all of on-none", "policy: {on-none: all}", "q TXT {vars.long}",
			"one DNS message"},
		{"CNAMEs of a pool", "mode: pool", "q TYPE5 \\# 4 02{vars.hex}00",
			"a name can have one"},
	};
	enum { LONG = 40000 };
	char *const text = mem_new(LONG + 1);
	for (size_t i = 0; i < LONG; i++)
		text[i] = i % 200 == 199 ? ' ' : 'x';
	struct view *const base = base_of(zone_a, zone_b);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *const policy = mem_format(HEAD
			"services:\n  s:\n    zone: example.com\n    %s\n    records: ['%s']\n"
			"    endpoints:\n"
			"      - {name: a, address: 192.0.2.1, vars: {hex: '6161', long: a %s}}\n"
			"      - {name: b, address: 192.0.2.2, vars: {hex: '6162', long: b %s}}\n",
			rows[i].policy, rows[i].record, text, text);
		struct loaded l = load(base, policy);
		const bool refused = l.records == NULL && rows[i].text != NULL &&
				     strstr(parsed_problem(&l.parsed, 0), rows[i].text) != NULL;
		if (rows[i].text != NULL ? !refused : l.records == NULL)
			fail_msg("%s: got \"%s\"", rows[i].what, parsed_problem(&l.parsed, 0));
		loaded_end(&l);
		free(policy);
	}
	free(text);
	view_unref(base);
}

static void a_name_below_a_delegation_is_warned_of(void **state)
{
	(void)state;
	struct view *const base = base_of("$TTL 300\n@ SOA ns1 h 100 1 1 1 30\n@ NS ns1\n"
					  "cut NS ns.cut\n",
		zone_b);
	static const struct {
		const char *record;
		bool warned;
	} rows[] = {{"cut A {address}", true}, {"a.b.cut A {address}", true},
		{"cut NS {name}", false}, {"uncut A {address}", false}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *const policy = mem_format(HEAD
			"services:\n  s:\n    zone: example.com\n    records: [\"%s\"]\n"
			"    endpoints: [{name: fra, address: 192.0.2.10}]\n",
			rows[i].record);
		struct loaded l = load(base, policy);
		assert_non_null(l.records);
		assert_int_equal(strstr(parsed_problem(&l.parsed, 0), "never an answer") != NULL,
			rows[i].warned);
		loaded_end(&l);
		free(policy);
	}
	view_unref(base);
}

/* One owner, two zones: the parent's delegation and the child's apex are two RRsets. */
static void parent_and_child_zone_are_not_confused(void **state)
{
	(void)state;
	struct zone *const zones[] = {
		zone_of("example.com", zone_a), zone_of("sub.example.com", zone_b)};
	struct view *const none = view_empty();
	struct view *const base = view_with(none, zones, COUNT_OF(zones), NULL, 0);
	struct loaded l = load(base,
		"version: 1\nserver: {listen: [\"127.0.0.1@5300\"]}\n"
		"zones: {example.com: {file: a.zone}, sub.example.com: {file: b.zone}}\n"
		"services:\n"
		"  p: {zone: example.com, records: [\"sub NS {name}\"], endpoints: [{name: a}]}\n"
		"  c: {zone: sub.example.com, records: [\"@ NS {name}\"], endpoints: [{name: "
		"a}]}\n");
	assert_string_equal(parsed_problem(&l.parsed, 0), "");
	assert_non_null(l.records);
	loaded_end(&l);
	view_unref(none);
	view_unref(base);
	zone_unref(zones[0]);
	zone_unref(zones[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_move_in_one_version),
		cmocka_unit_test(a_service_that_goes_leaves_what_the_file_has),
		cmocka_unit_test(a_zone_that_goes_is_gone),
		cmocka_unit_test(names_that_are_the_standbys_alone_are_there_with_a_trickle),
		cmocka_unit_test(bad_records_are_refused_where_they_stand),
		cmocka_unit_test(one_rrset_belongs_to_one_service),
		cmocka_unit_test(what_answers_together_must_fit),
		cmocka_unit_test(a_name_below_a_delegation_is_warned_of),
		cmocka_unit_test(parent_and_child_zone_are_not_confused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
