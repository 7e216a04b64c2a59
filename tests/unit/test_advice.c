#include "base/arena.h"
#include "zone/advice.h"
#include "zone/rrtext.h"
#include "zone/zonefile.h"
#include "zones.h"

#define TOP "$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"

static const char *read_text(
	void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	const char *const text = cookie;
	(void)path, (void)err;
	*len = strlen(text);
	return arena_text(arena, text, *len);
}

static void refuse(
	void *cookie, enum zonefile_grade grade, struct master_place at, const char *text)
{
	(void)cookie, (void)grade;
	fail_msg("%s:%zu: %s", at.path, at.line, text);
}

static const char *read_one_of(
	void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	const char *const *text = cookie;
	for (; text[0] != NULL; text += 2)
		if (strcmp(text[0], path) == 0) {
			*len = strlen(text[1]);
			return arena_text(arena, text[1], *len);
		}
	(void)err_set(err, "%s: no such file", path);
	return NULL;
}

enum { SAID_MAX = 8000 };

/* What is said of the zone example.com in the file "z", and where: one line each. */
static void advice_of(const struct files *files, char out[SAID_MAX], char where[SAID_MAX])
{
	static const struct txn_limits limits = {1000, 100};
	const struct zonefile_report strict = {.say = refuse};
	struct zone *const zone = zonefile_load(wire("example.com."), "z", files, &limits, &strict);
	struct arena *const arena = arena_new();
	struct remarks *const remarks = arena_alloc(arena, sizeof *remarks);
	zone_advise(zone, arena, remarks);
	remarks_place(remarks, wire("example.com."), "z", files, arena, NULL, NULL);
	out[0] = where[0] = '\0';
	for (size_t i = 0; i < remarks->n; i++) {
		const struct remark *const remark = &remarks->list[i];
		append(out, SAID_MAX, remark->text);
		append(out, SAID_MAX, "\n");
		append(where, SAID_MAX,
			arena_format(arena, "%s:%zu\n",
				remark->at.path != NULL ? remark->at.path : "-", remark->at.line));
	}
	arena_free(arena);
	zone_unref(zone);
}

/* One file of `text`. */
static void advice(const char *text, char out[SAID_MAX])
{
	char where[SAID_MAX];
	union { /* the cookie is not written to */
		const char *in;
		void *out;
	} cookie = {text};
	const struct files files = {.cookie = cookie.out, .read = read_text};
	advice_of(&files, out, where);
}

#define NO_ADDRESS " has no address: this zone has no A or AAAA record for it\n"
#define ALIAS " is an alias (CNAME): name the host itself, many will not follow\n"
#define NO_GLUE                                                                                    \
	" has no glue: its name is within what is delegated, so nobody can find its address; "     \
	"add an A or AAAA record for it\n"

#define TWICE " has the name of the zone twice: the dot at its end is missing\n"
#define NO_NAME " is an address, and a name belongs there\n"
#define FOREIGN                                                                                    \
	": the name is not ASCII, and nobody will ask for it so: write international names as "    \
	"xn--...\n"

static void rules(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *want;
	} rows[] = {
		{"a zone that is well", "www A 192.0.2.1\n@ MX 10 www\n_x._tcp SRV 0 0 1 www\n",
			""},
		{"glue within what is delegated", "sub NS ns.sub\nns.sub AAAA 2001:db8::1\n", ""},
		{"glue at the cut", "sub NS sub\nsub A 192.0.2.1\n", ""},
		{"no glue", "sub NS ns.sub\n", "sub.example.com: NS ns.sub.example.com" NO_GLUE},
		{"no glue among others", "sub NS a.sub\nsub NS b.sub\na.sub A 192.0.2.1\n",
			"sub.example.com: NS b.sub.example.com" NO_GLUE},
		{"glue of a sibling is not needed", "sub NS ns.other\nother NS ns\n", ""},
		{"a host elsewhere", "sub NS ns.example.net.\n@ MX 1 mx.example.net.\n", ""},
		{"no address", "sub NS gone\n", "sub.example.com: NS gone.example.com" NO_ADDRESS},
		{"no address but other records", "sub NS gone\ngone TXT x\n",
			"sub.example.com: NS gone.example.com" NO_ADDRESS},
		{"an empty non-terminal has none", "a.gone A 192.0.2.1\n@ MX 1 gone\n",
			"example.com: MX gone.example.com" NO_ADDRESS},
		{"at the apex", "@ NS gone\n", "example.com: NS gone.example.com" NO_ADDRESS},
		{"from a wildcard", "sub NS x.any\n*.any A 192.0.2.1\n", ""},
		{"of an MX and an SRV", "a MX 1 gone\nb SRV 0 0 1 gone\n",
			"a.example.com: MX gone.example.com" NO_ADDRESS
			"b.example.com: SRV gone.example.com" NO_ADDRESS},
		{"no mail, no service", "a MX 0 .\nb SRV 0 0 0 .\n", ""},
		{"NS to an alias", "sub NS c\nc CNAME ns\n",
			"sub.example.com: NS c.example.com" ALIAS},
		{"MX to an alias", "a MX 1 c\nc CNAME ns\n",
			"a.example.com: MX c.example.com" ALIAS},
		{"SRV to an alias elsewhere", "a SRV 0 0 1 c\nc CNAME www.example.net.\n",
			"a.example.com: SRV c.example.com" ALIAS},
		{"MX to a wildcard alias", "a MX 1 x.any\n*.any CNAME ns\n",
			"a.example.com: MX x.any.example.com" ALIAS},
		{"MX below a DNAME", "a MX 1 x.d\nd DNAME example.net.\n",
			"a.example.com: MX x.d.example.com is an alias (DNAME): name the host "
			"itself, many will not follow\n"},
		{"below a cut", "sub NS ns\nwww.sub TXT x\n",
			"www.sub.example.com: the TXT record is never answered: the name is below "
			"sub.example.com, which is delegated\n"},
		{"addresses below a cut may be glue for others", "sub NS ns\nwww.sub A 192.0.2.1\n",
			""},
		{"hosts below a cut are not looked at", "sub NS ns\nx.sub NS gone\n",
			"x.sub.example.com: the NS record is never answered: the name is below "
			"sub.example.com, which is delegated\n"},
		{"beside a cut in order, but not below", "sub NS ns\nsub-x TXT x\nsubx TXT x\n",
			""},
		{"at a cut", "sub NS ns\nsub MX 1 gone\nsub TXT x\n",
			"sub.example.com: the MX record is never answered: the name is delegated "
			"by "
			"its NS records\n"},
		{"a signed zone",
			"@ DNSKEY 256 3 8 AQID\n@ RRSIG SOA 8 2 300 20300101000000 20200101000000 "
			"1 "
			"example.com. AQID\n",
			"example.com: the zone is signed, but answers come without its signatures: "
			"where the zone above has a DS record for it, those who validate refuse "
			"them\n"},
		{"a signed delegation", "sub NS ns\nsub DS 1 8 2 ( 0011 )\n", ""},
		{"a signed delegation that is none", "sub DS 1 8 2 0011\n",
			"sub.example.com: DS without NS: it says how a delegation is signed, and "
			"there is none\n"},
		{"below a DNAME", "d DNAME example.net.\nwww.d A 192.0.2.1\nd TXT x\n",
			"www.d.example.com: the A record is never answered: the name is below "
			"d.example.com, which has a DNAME\n"},
		{"below a DNAME at the apex", "@ DNAME example.net.\n",
			"example.com: NS ns.example.com is an alias (DNAME): name the host itself, "
			"many will not follow\n"
			"ns.example.com: the A record is never answered: the name is below "
			"example.com, which has a DNAME\n"},
		{"a final dot is missing",
			"www.example.com A 192.0.2.1\na NS ns.example.com\nb MX 1 ns.example.com\n"
			"c SRV 0 0 1 ns.example.com\nd CNAME www.example.com.example.com\n",
			"a.example.com: NS ns.example.com.example.com" TWICE
			"b.example.com: MX ns.example.com.example.com" TWICE
			"c.example.com: SRV ns.example.com.example.com" TWICE
			"www.example.com.example.com: the name has that of the zone twice: the dot "
			"at its end is missing\n"
			"d.example.com: CNAME www.example.com.example.com.example.com" TWICE},
		{"the zone's name behind another label",
			"myexample.com A 192.0.2.1\ncom A 192.0.2.1\nb MX 1 myexample.com\n"
			"c CNAME example.com.x\nd CNAME www.example.com.example.net.\n"
			"e CNAME twelve-twelv.bb.ccc.ddd.\n", /* as long as it twice */
			""},
		{"an address for a host",
			"a NS 192.0.2.1.\nb MX 1 192.0.2.1\nc CNAME 192.0.2.1\nd CNAME "
			"4.3.2.1.in-addr.arpa.\ne MX 1 10.0.x.y\nf CNAME 192.0.2.1.example.net.\n"
			"10.0.x.y A 192.0.2.1\n",
			"a.example.com: NS 192.0.2.1" NO_NAME
			"b.example.com: MX 192.0.2.1.example.com" NO_NAME
			"c.example.com: CNAME 192.0.2.1.example.com" NO_NAME},
		{"names beyond ASCII",
			"m\xc3\xbcller A 192.0.2.1\nM\xc3\xbcller._http._tcp SRV 0 0 1 ns\n"
			"\\195._tcp.x A 192.0.2.1\n\\195_.x A 192.0.2.1\nxn--mller-kva A "
			"192.0.2.1\n",
			"m\\195\\188ller.example.com" FOREIGN "\\195_.x.example.com" FOREIGN},
		{"just what fits over UDP", "$GENERATE 1-74 a A 192.0.2.$\n", ""},
		{"one more does not",
			"$GENERATE 1-75 a A 192.0.2.$\n$GENERATE 1-80 b A 192.0.2.$\n",
			"b.example.com A takes 1322 octets: more than 1232 over UDP are cut off "
			"and "
			"asked for again over TCP (2 RRsets in example.com)\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[1000], said[8000];
		(void)snprintf(text, sizeof text, TOP "%s", rows[i].text);
		advice(text, said);
		if (strcmp(said, rows[i].want) != 0)
			fail_msg("%s: said \"%s\", not \"%s\"", rows[i].what, said, rows[i].want);
	}
}

/* In a zone for addresses a host below it is a slip; what looks like an address is none.  In one of
 * a single label its name may well come twice. */
static void other_zones(void **state)
{
	(void)state;
	static const struct {
		const char *apex, *text, *want;
	} rows[] = {
		{"2.0.192.in-addr.arpa.", "1 PTR www.example.net\n2 PTR a.\n3 CNAME 3.0-9\n",
			"1.2.0.192.in-addr.arpa: PTR www.example.net.2.0.192.in-addr.arpa is below "
			"this zone: the dot at its end is missing\n"},
		{"10.in-addr.arpa.", "1.2.3 CNAME 1.2.3.0\n", ""},
		{"com.", "com A 192.0.2.1\nx.com.com. A 192.0.2.1\na CNAME b.com\n", ""},
		{".", "com NS a.\na A 192.0.2.1\n", ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[500], said[SAID_MAX] = "";
		const char *table[] = {"z", text, NULL};
		const struct files files = {.cookie = table, .read = read_one_of};
		static const struct txn_limits limits = {100, 100};
		const struct zonefile_report strict = {.say = refuse};
		(void)snprintf(text, sizeof text, "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n%s",
			rows[i].text);
		struct zone *const zone =
			zonefile_load(wire(rows[i].apex), "z", &files, &limits, &strict);
		struct arena *const arena = arena_new();
		struct remarks remarks;
		zone_advise(zone, arena, &remarks);
		for (size_t k = 0; k < remarks.n; k++) {
			append(said, SAID_MAX, remarks.list[k].text);
			append(said, SAID_MAX, "\n");
		}
		if (strcmp(said, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].apex, said);
		arena_free(arena);
		zone_unref(zone);
	}
}

/* However bad a zone is, 20 lines say so, and one how many more there were. */
static void bounded(void **state)
{
	(void)state;
	char said[8000];
	size_t lines = 0;
	advice(TOP "$GENERATE 1-1000 s$ NS ns.s$\n", said);
	for (const char *at = said; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, ADVICE_MAX + 1);
	assert_non_null(strstr(said, "\nexample.com: 980 more warnings\n"));
}

/* The line where the record in question begins, in the file where it is. */
static void places(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *included, *want;
	} rows[] = {
		{"one of several records of a name", "@ MX 1 ns\n@ MX 2 gone\n@ MX 3 ns\n", "",
			"z:6\n"},
		{"a record over several lines", "; x\n@ MX (\n\n2\ngone )\nx A 192.0.2.1\n", "",
			"z:6\n"},
		{"without a name of its own", "a A 192.0.2.1\n\n MX 1 gone\n", "", "z:7\n"},
		{"relative and in capitals", "$ORIGIN SUB\nA MX 1 Gone.SUB.Example.com.\n", "",
			"z:6\n"},
		{"in a file that is included, and behind it", "$INCLUDE i deep\nb MX 1 gone\n",
			"\nc MX 1 gone\n@ MX 1 lost\n", "z:6\ni:3\ni:2\n"},
		{"by $GENERATE", "a A 192.0.2.1\n$GENERATE 1-2 g$ MX 1 gone\n", "", "z:6\nz:6\n"},
		{"a type that is never answered: its first record",
			"sub NS ns\nx.sub TXT x\nx.sub TXT y\nsub MX 1 ns\n", "", "z:8\nz:6\n"},
		{"DS without NS", "\nsub DS 1 8 2 0011\n", "", "z:6\n"},
		{"the largest set: its first record",
			"x A 192.0.2.1\n$GENERATE 1-80 b A 192.0.2.$\n", "", "z:6\n"},
		{"a signed zone: its key",
			"@ RRSIG SOA 8 2 300 20300101000000 20200101000000 1 @ AQID\n"
			"@ DNSKEY 256 3 8 AQID\n",
			"", "z:6\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[1000], said[SAID_MAX], where[SAID_MAX];
		const char *table[] = {"z", text, "i", rows[i].included, NULL};
		const struct files files = {.cookie = table, .read = read_one_of};
		(void)snprintf(text, sizeof text, TOP "%s", rows[i].text);
		advice_of(&files, said, where);
		if (strcmp(where, rows[i].want) != 0)
			fail_msg("%s: said of \"%s\", not \"%s\": %s", rows[i].what, where,
				rows[i].want, said);
	}
}

/* The count of the rest is about no record; a file that has changed meanwhile tells no place. */
static void without_places(void **state)
{
	(void)state;
	char said[SAID_MAX], where[SAID_MAX];
	const char *table[] = {"z", TOP "$GENERATE 1-22 s$ NS ns.s$\n", NULL};
	struct files files = {.cookie = table, .read = read_one_of};
	advice_of(&files, said, where);
	assert_non_null(strstr(where, "z:5\n-:0\n"));

	struct arena *const arena = arena_new();
	struct remarks remarks = {
		.n = 1, .list = {{.text = "", .owner = wire("gone.example.com."), .type = 1}}};
	remarks_place(&remarks, wire("example.com."), "z", &files, arena, NULL, NULL);
	assert_null(remarks.list[0].at.path);
	table[0] = "other";
	remarks_place(&remarks, wire("example.com."), "z", &files, arena, NULL, NULL);
	assert_null(remarks.list[0].at.path);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(other_zones),
		cmocka_unit_test(bounded),
		cmocka_unit_test(places),
		cmocka_unit_test(without_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
