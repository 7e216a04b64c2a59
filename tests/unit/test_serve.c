#include "base/mem.h"
#include "conf_fixture.h"
#include "dns/name.h"
#include "server/serve.h"
#include "zone/digest.h"
#include "zone/rrtext.h"
#include "zone/txn.h"
#include "zone/zonefile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- a world without engine: the picks are set by hand ---- */

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"server: {listen: [\"127.0.0.1@5300\"]}\n"                                                 \
	"zones: {example.com: {file: a.zone}, example.net: {file: b.zone}}\n"

#define TIGHT_HEAD                                                                                 \
	"version: 1\n"                                                                             \
	"server: {listen: [\"127.0.0.1@5300\"], limits: {records-per-type: 2, types-per-name: "    \
	"3}}\n"                                                                                    \
	"zones: {example.com: {file: a.zone}, example.net: {file: b.zone}}\n"

#define WWW                                                                                        \
	"  www:\n"                                                                                 \
	"    zone: example.com\n"                                                                  \
	"    ttl: 5s\n"                                                                            \
	"    records: [\"www A {address}\", \"_http._tcp SRV 0 0 80 {host}.\"]\n"                  \
	"    endpoints:\n"                                                                         \
	"      - {name: fra, host: fra.example.com, address: 192.0.2.10}\n"                        \
	"      - {name: ams, host: ams.example.com, address: 192.0.2.20}\n"

static const char zone_a[] = "$TTL 300\n@ SOA ns1 h 100 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.1\n"
			     "www A 192.0.2.99\nstatic CNAME ns1\n";
static const char zone_b[] = "$TTL 300\n@ SOA ns1 h 7 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.2\n";

struct loaded {
	struct parsed parsed;
	struct view *base;
	struct records *records;
};

static void nothing_said(
	void *cookie, enum zonefile_grade grade, struct master_place at, const char *text)
{
	(void)cookie;
	(void)grade;
	fail_msg("%s:%zu: %s", at.path, at.line, text);
}

static void no_file(void *cookie, const char *path)
{
	(void)cookie;
	(void)path;
}

static struct zone *zone_of(const char *apex, const char *text)
{
	const struct memory_file files[] = {{"z", text}, {NULL, NULL}};
	const struct files in_memory = {(void *)(uintptr_t)files, memory_read, memory_glob};
	const struct zonefile_report report = {.say = nothing_said, .file = no_file};
	uint8_t name[NAME_MAX_OCTETS];
	struct err err;
	assert_true(name_parse(name, apex, strlen(apex), NULL, &err));
	static const struct txn_limits limits = {100, 100};
	struct zone *const zone = zonefile_load(name, "z", &in_memory, &limits, &report);
	assert_non_null(zone);
	return zone;
}

static struct view *base_of(const char *a, const char *b)
{
	struct zone *const zones[] = {zone_of("example.com", a), zone_of("example.net", b)};
	struct view *const none = view_empty();
	struct view *const base = view_with(none, zones, COUNT_OF(zones), NULL, 0);
	view_unref(none);
	zone_unref(zones[0]);
	zone_unref(zones[1]);
	return base;
}

/* Takes a reference of `base`. */
static struct loaded load(struct view *base, const char *policy)
{
	struct loaded l = {.parsed = parse_text(policy), .base = view_ref(base)};
	assert_string_equal(parsed_problem(&l.parsed, 0), "");
	assert_non_null(l.parsed.conf);
	l.records = records_render(l.parsed.conf, NULL, base, &l.parsed.problems);
	return l;
}

static void loaded_end(struct loaded *l)
{
	records_free(l->records);
	view_unref(l->base);
	parsed_free(&l->parsed);
}

/* Facts in which service i answers with the endpoints whose bits are set in on[i]. */
static struct engine_facts facts_of(
	const struct loaded *l, struct pick picks[8], const uint64_t on[])
{
	for (size_t i = 0; i < l->parsed.conf->n_services; i++)
		picks[i] = (struct pick){.on = {.bits = {on[i]}}, .chosen = true};
	return (struct engine_facts){.policy = &l->parsed.conf->policy, .services = picks};
}

/* "A 192.0.2.10 5; A ..." of a name, as served; the serial is another matter. */
static const char *answer(const struct serve *serve, const char *text, char room[512])
{
	uint8_t name[NAME_MAX_OCTETS];
	struct err err;
	struct key key;
	assert_true(name_parse(name, text, strlen(text), NULL, &err));
	key_make(&key, name);
	const struct zone *const zone = view_find(serve_view(serve), &key);
	const struct node *const node = zone != NULL ? zone_node(zone, name) : NULL;
	room[0] = '\0';
	for (size_t i = 0; node != NULL && i < node_count(node); i++) {
		const struct rrset *const set = node_rrset_at(node, i);
		size_t at = 0;
		struct rdata rdata;
		while ((rdata = rrset_each(set, &at)).wire != NULL) {
			char type[16], *const value = rdata_text(set->type, rdata);
			const size_t used = strlen(room);
			(void)snprintf(room + used, 512 - used, "%s%s %s %u", used > 0 ? "; " : "",
				rrtype_text(set->type, type), value, set->ttl);
			free(value);
		}
	}
	return room;
}

static uint32_t serial(const struct serve *serve, const char *apex)
{
	uint8_t name[NAME_MAX_OCTETS];
	struct err err;
	assert_true(name_parse(name, apex, strlen(apex), NULL, &err));
	return zone_serial(view_zone(serve_view(serve), name));
}

#define ANSWERS(serve, name, text)                                                                 \
	do {                                                                                       \
		char room[512];                                                                    \
		assert_string_equal(answer(serve, name, room), text);                              \
	} while (0)

/* ---- tests ---- */

enum { NOW = 1000 };

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

static void a_reload_that_changes_nothing_keeps_the_version(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b);
	struct loaded l = load(base, HEAD "services:\n" WWW),
		      again = load(base, HEAD "services:\n" WWW);
	struct pick picks[8];
	struct serve *const serve = serve_new();
	assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, (uint64_t[]){1}), NOW));
	const struct view *const before = serve_view(serve);
	assert_false(serve_adopt(
		serve, base, again.records, facts_of(&again, picks, (uint64_t[]){1}), NOW + 5));
	assert_ptr_equal(serve_view(serve), before);
	serve_free(serve);
	loaded_end(&l);
	loaded_end(&again);
	view_unref(base);
}

/* What another process left is `serial` and the seal of what `sealed` answered by the file `was`.
 */
static void a_seal_keeps_the_serial_of_the_same_alone(void **state)
{
	(void)state;
	static const char other[] =
		"$TTL 300\n@ SOA ns1 h 100 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.9\n"
		"www A 192.0.2.99\nstatic CNAME ns1\n";
	static const char newer[] =
		"$TTL 300\n@ SOA ns1 h 600 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.1\n"
		"www A 192.0.2.99\nstatic CNAME ns1\n";
	static const struct {
		const char *what, *was, *is;
		uint64_t sealed, on; /* 0: there is no seal */
		uint32_t serial, then;
	} rows[] = {
		{"the same", zone_a, zone_a, 2, 2, 500, 500},
		{"a date, which is ahead of the seconds", zone_a, zone_a, 2, 2, 2026112201,
			2026112201},
		{"nobody knows", zone_a, zone_a, 0, 2, 500, NOW},
		{"the other endpoint answers", zone_a, zone_a, 2, 1, 500, NOW},
		{"both do", zone_a, zone_a, 2, 3, 500, NOW},
		{"another address in the file", zone_a, other, 2, 2, 500, NOW},
		{"the file's serial alone rose, and not so far", newer, zone_a, 2, 2, 700, 700},
		{"it rose further", zone_a, newer, 2, 2, 500, NOW},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct view *const was = base_of(rows[i].was, zone_b), *const is = base_of(
									       rows[i].is, zone_b);
		struct loaded before = load(was, HEAD "services:\n" WWW),
			      l = load(is, HEAD "services:\n" WWW);
		struct serve *const first = serve_new(), *const serve = serve_new();
		const uint8_t *const apex = (const uint8_t *)"\7example\3com";
		struct pick picks[8];
		uint8_t seal[DIGEST_OCTETS];
		assert_true(serve_adopt(first, was, before.records,
			facts_of(&before, picks, &rows[i].sealed), NOW - 500));
		digest_make(view_zone(serve_view(first), apex), seal);
		serve_above(serve, apex, rows[i].serial, rows[i].sealed != 0 ? seal : NULL);
		assert_true(
			serve_adopt(serve, is, l.records, facts_of(&l, picks, &rows[i].on), NOW));
		if (serial(serve, "example.com") != rows[i].then)
			fail_msg("%s: %u", rows[i].what, serial(serve, "example.com"));
		const uint32_t www = 0;
		const uint64_t next = rows[i].on ^ 3;
		if (next != 0) {
			assert_true(
				serve_switch(serve, &www, 1, facts_of(&l, picks, &next), NOW + 9));
			assert_true((int32_t)(serial(serve, "example.com") - rows[i].then) > 0);
		}
		serve_free(first);
		serve_free(serve);
		loaded_end(&before);
		loaded_end(&l);
		view_unref(was);
		view_unref(is);
	}
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

static void a_zone_file_that_changed_keeps_the_switch_and_raises_the_serial(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b);
	struct view *const edited = base_of(
		"$TTL 300\n@ SOA ns1 h 50 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.1\nnew A 192.0.2.3\n",
		"$TTL 300\n@ SOA ns1 h 3 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.9\n");
	struct loaded l = load(base, HEAD "services:\n" WWW),
		      is = load(edited, HEAD "services:\n" WWW);
	struct pick picks[8];
	struct serve *const serve = serve_new();
	assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, (uint64_t[]){2}), NOW));
	assert_true(
		serve_adopt(serve, edited, is.records, facts_of(&is, picks, (uint64_t[]){2}), NOW));
	ANSWERS(serve, "www.example.com", "A 192.0.2.20 5");
	ANSWERS(serve, "new.example.com", "A 192.0.2.3 300");
	assert_int_equal(serial(serve, "example.com"), NOW + 1);
	ANSWERS(serve, "ns1.example.net", "A 192.0.2.9 300");
	assert_int_equal(
		serial(serve, "example.net"), NOW); /* the file's went back: ours does not */
	serve_free(serve);
	loaded_end(&l);
	loaded_end(&is);
	view_unref(base);
	view_unref(edited);
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

/* By an operator's mistake, or a directory that was not mounted for a moment. */
static void a_zone_that_comes_back_goes_on_from_its_serial(void **state)
{
	(void)state;
	enum { DATE = 2026112201 }; /* ahead of the seconds: they do not help */
	static const char was[] = "$TTL 300\n@ SOA ns1 h 2026112201 1 1 1 30\n@ NS ns1\n";
	static const char rose[] = "$TTL 300\n@ SOA ns1 h 2026112210 1 1 1 30\n@ NS ns1\n";
	static const char fell[] = "$TTL 300\n@ SOA ns1 h 2026112101 1 1 1 30\n@ NS ns1\n";
	static const struct {
		const char *what;
		bool managed, sealed;
		const char *then; /* the file */
		uint32_t rise;
	} rows[] = {
		{"a zone with a service", true, false, was, 1},
		{"which another process left sealed", true, true, was, 1},
		{"a zone without, as its file has it", false, false, was, 0},
		{"whose file's serial rose", false, false, rose, 9},
		{"whose file's serial went back", false, false, fell, 1},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct view *const base = base_of(was, zone_b), *const none = view_empty(),
				   *const back = base_of(rows[i].then, zone_b);
		struct loaded l = load(base, rows[i].managed ? HEAD "services:\n" WWW : HEAD),
			      gone = load(base, HEAD);
		const uint8_t *const apex = (const uint8_t *)"\7example\3com";
		const uint32_t www = 0;
		const uint64_t fra = 1, ams = 2;
		struct pick picks[8];
		uint8_t seal[DIGEST_OCTETS];
		struct serve *const serve = serve_new(), *const first = serve_new();
		assert_true(serve_adopt(first, base, l.records, facts_of(&l, picks, &fra), NOW));
		digest_make(view_zone(serve_view(first), apex), seal);
		if (rows[i].sealed)
			serve_above(serve, apex, DATE + 1, seal);
		assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, &fra), NOW));
		if (rows[i].managed)
			assert_true(
				serve_switch(serve, &www, 1, facts_of(&l, picks, &ams), NOW + 1));
		const uint32_t before = serial(serve, "example.com");
		assert_true(serve_adopt(
			serve, none, gone.records, facts_of(&gone, picks, &fra), NOW + 2));
		assert_true(
			serve_adopt(serve, back, l.records, facts_of(&l, picks, &fra), NOW + 3));
		if (serial(serve, "example.com") != before + rows[i].rise)
			fail_msg("%s: %u after %u", rows[i].what, serial(serve, "example.com"),
				before);
		serve_free(serve);
		serve_free(first);
		loaded_end(&l);
		loaded_end(&gone);
		view_unref(base);
		view_unref(back);
		view_unref(none);
	}
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
		cmocka_unit_test(a_reload_that_changes_nothing_keeps_the_version),
		cmocka_unit_test(a_seal_keeps_the_serial_of_the_same_alone),
		cmocka_unit_test(a_service_that_goes_leaves_what_the_file_has),
		cmocka_unit_test(a_zone_file_that_changed_keeps_the_switch_and_raises_the_serial),
		cmocka_unit_test(a_zone_that_goes_is_gone),
		cmocka_unit_test(names_that_are_the_standbys_alone_are_there_with_a_trickle),
		cmocka_unit_test(a_zone_that_comes_back_goes_on_from_its_serial),
		cmocka_unit_test(bad_records_are_refused_where_they_stand),
		cmocka_unit_test(one_rrset_belongs_to_one_service),
		cmocka_unit_test(what_answers_together_must_fit),
		cmocka_unit_test(a_name_below_a_delegation_is_warned_of),
		cmocka_unit_test(parent_and_child_zone_are_not_confused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
