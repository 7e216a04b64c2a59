#include "tests/unit/zone_text.h"

/* `text` behind TOP gives `want` behind TOP_OUT, and nothing to say. */
static void records(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *want;
	} rows[] = {
		{"nothing more", "", ""},
		{"a record", "a A 192.0.2.1\n", "a.example.com. 60 A 192.0.2.1\n"},
		{"no newline at the end", "a A 192.0.2.1", "a.example.com. 60 A 192.0.2.1\n"},
		{"CRLF", "a A 192.0.2.1\r\n\r\n A 192.0.2.2\r\n",
			"a.example.com. 60 A 192.0.2.1\na.example.com. 60 A 192.0.2.2\n"},
		{"names are absolute with a dot and folded", "A.Example.COM. a 192.0.2.1\n",
			"a.example.com. 60 A 192.0.2.1\n"},
		{"the owner before, over comments and blank lines",
			"a A 192.0.2.1\n\n; c\n\tTXT x\n",
			"a.example.com. 60 A 192.0.2.1\n"
			"a.example.com. 60 TXT \"x\"\n"},
		{"TTL and class in every order",
			"a 1 A 192.0.2.1\nb 2 IN A 192.0.2.1\nc IN 3 A 192.0.2.1\n"
			"d IN A 192.0.2.1\ne in 4 a 192.0.2.1\nf CLASS1 A 192.0.2.1\n",
			"a.example.com. 1 A 192.0.2.1\nb.example.com. 2 A 192.0.2.1\n"
			"c.example.com. 3 A 192.0.2.1\nd.example.com. 60 A 192.0.2.1\n"
			"e.example.com. 4 A 192.0.2.1\nf.example.com. 60 A 192.0.2.1\n"},
		{"owners that look like TTL, class and type",
			"in A 192.0.2.1\n5 A 192.0.2.1\nmx A 192.0.2.1\n",
			"5.example.com. 60 A 192.0.2.1\nin.example.com. 60 A 192.0.2.1\n"
			"mx.example.com. 60 A 192.0.2.1\n"},
		{"TTLs with units", "a 1h30m A 192.0.2.1\nb 1W2D3H4M5S A 192.0.2.1\n",
			"a.example.com. 5400 A 192.0.2.1\nb.example.com. 788645 A 192.0.2.1\n"},
		{"TTLs 0 and 2^31 - 1", "a 0 A 192.0.2.1\nb 2147483647 A 192.0.2.1\n",
			"a.example.com. 0 A 192.0.2.1\nb.example.com. 2147483647 A 192.0.2.1\n"},
		{"$TTL holds from here on, over TTLs of records",
			"a 7 A 192.0.2.1\nb A 192.0.2.1\n$ttl 1m1s\nc A 192.0.2.1\n",
			"a.example.com. 7 A 192.0.2.1\nb.example.com. 60 A 192.0.2.1\n"
			"c.example.com. 61 A 192.0.2.1\n"},
		{"$ORIGIN, relative, @ and back",
			"$ORIGIN sub\na A 192.0.2.1\n@ MX 10 a\n$ORIGIN b.sub.example.com.\n"
			"* CNAME a\n$ORIGIN @\nc CNAME @\n$ORIGIN com.\nd.example CNAME x\n",
			"d.example.com. 60 CNAME x.com.\n"
			"sub.example.com. 60 MX 10 a.sub.example.com.\n"
			"a.sub.example.com. 60 A 192.0.2.1\n"
			"*.b.sub.example.com. 60 CNAME a.b.sub.example.com.\n"
			"c.b.sub.example.com. 60 CNAME b.sub.example.com.\n"},
		{"parentheses over lines", "a TXT ( \"x\" ; one\n  y\n)\nb MX (\n10\na )\n",
			"a.example.com. 60 TXT \"x\" \"y\"\nb.example.com. 60 MX 10 "
			"a.example.com.\n"},
		{"escapes in names and strings", "a\\.b\\032c TXT \"\\\"\\; (\\000\" d\\ e\n",
			"a\\.b\\032c.example.com. 60 TXT \"\\\"; (\\000\" \"d e\"\n"},
		{"\"$\" escaped is a name", "\\$ttl A 192.0.2.1\n",
			"\\$ttl.example.com. 60 A 192.0.2.1\n"},
		{"generic RDATA",
			"a A \\# 4 c0000201\nb TYPE65280 \\# 2 ab CD\nc TYPE1 192.0.2.2\n"
			"d TYPE65280 \\# (\n0 )",
			"a.example.com. 60 A 192.0.2.1\nb.example.com. 60 TYPE65280 \\# 2 abcd\n"
			"c.example.com. 60 A 192.0.2.2\nd.example.com. 60 TYPE65280 \\# 0\n"},
		{"RRsets are put together from anywhere, in canonical order",
			"a A 192.0.2.2\nb A 192.0.2.1\nA A 192.0.2.1\n",
			"a.example.com. 60 A 192.0.2.1\na.example.com. 60 A 192.0.2.2\n"
			"b.example.com. 60 A 192.0.2.1\n"},
		{"signatures keep to the TTLs of what they sign; the set has one",
			"a 5 RRSIG A 8 3 5 20300101000000 20250101000000 1 a. AA==\n"
			"a 6 RRSIG MX 8 3 6 20300101000000 20250101000000 1 a. AA==\n",
			"a.example.com. 5 RRSIG A 8 3 5 20300101000000 20250101000000 1 a. AA==\n"
			"a.example.com. 5 RRSIG MX 8 3 6 20300101000000 20250101000000 1 a. "
			"AA==\n"},
		{"$GENERATE with step, $, $$ and an escape",
			"$GENERATE 1-5/2 h$ A 192.0.2.$\n$GENERATE 7-7 a TXT $$ \\$ $\n",
			"a.example.com. 60 TXT \"$\" \"$\" \"7\"\nh1.example.com. 60 A 192.0.2.1\n"
			"h3.example.com. 60 A 192.0.2.3\nh5.example.com. 60 A 192.0.2.5\n"},
		{"$GENERATE with offset, width and base",
			"$GENERATE 9-10 h${-1,3} 5 IN TXT ${1} ${0,2,x} ${0,0,X} ${0,4,o}\n",
			"h008.example.com. 5 TXT \"10\" \"09\" \"9\" \"0011\"\n"
			"h009.example.com. 5 TXT \"11\" \"0a\" \"A\" \"0012\"\n"},
		{"$GENERATE with nibbles",
			"$GENERATE 26-26 ${0,5,n} TXT ${0,0,N} ${0,4,n} ${0,1,n}\n",
			"a.1.0.example.com. 60 TXT \"A.1\" \"a.1.\" \"a.1\"\n"},
		{"$GENERATE with quoted RDATA, as BIND has it",
			"$GENERATE 1-1 h$ MX \"1$ m$\"\n$GENERATE 1-1 t$ TXT \"\\\"a $\\\" b\"\n",
			"h1.example.com. 60 MX 11 m1.example.com.\n"
			"t1.example.com. 60 TXT \"a 1\" \"b\"\n"},
		{"$GENERATE leaves the owner before alone",
			"a A 192.0.2.1\n$GENERATE 1-1 b CNAME c\n TXT x\n",
			"a.example.com. 60 A 192.0.2.1\na.example.com. 60 TXT \"x\"\n"
			"b.example.com. 60 CNAME c.example.com.\n"},
		{"$GENERATE at the top of its range",
			"$GENERATE 2147483647-2147483647 h$ A 192.0.2.1\n",
			"h2147483647.example.com. 60 A 192.0.2.1\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *const text = mem_format("%s%s", TOP, rows[i].text);
		char *const want = mem_format("%s%s", TOP_OUT, rows[i].want);
		struct heard heard;
		struct zone *const zone = load_text(text, 0, &heard);
		if (zone == NULL || heard.used > 0)
			fail_msg("%s: %s", rows[i].what, heard.text);
		char *const got = print_zone(zone);
		if (strcmp(got, want) != 0)
			fail_msg("%s: got\n%s", rows[i].what, got);
		zone_unref(zone);
		free(got);
		free(want);
		free(text);
	}
}

static void default_ttls(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *want; /* NULL: an error */
	} rows[] = {
		{"the SOA's MINIMUM, when it has none", "@ SOA a. b. 1 2 3 4 77\n@ NS a.\n",
			"example.com. 77 NS a.\nexample.com. 77 SOA a. b. 1 2 3 4 77\n"},
		{"the last one, also the SOA's",
			"@ 88 SOA a. b. 1 2 3 4 77\n@ NS a.\nb 9 A 192.0.2.1\nc A 192.0.2.1\n",
			"example.com. 88 NS a.\nexample.com. 88 SOA a. b. 1 2 3 4 77\n"
			"b.example.com. 9 A 192.0.2.1\nc.example.com. 9 A 192.0.2.1\n"},
		{"none at all", "@ NS a.\n@ 1 SOA a. b. 1 2 3 4 77\n", NULL},
		{"a MINIMUM that is no TTL", "@ SOA a. b. 1 2 3 4 2147483648\n@ NS a.\n", NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct heard heard;
		struct zone *const zone = load_text(rows[i].text, 0, &heard);
		char *const got = zone != NULL ? print_zone(zone) : NULL;
		if ((got == NULL) != (rows[i].want == NULL))
			fail_msg("%s: %s", rows[i].what, heard.text);
		if (got != NULL && strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got\n%s", rows[i].what, got);
		free(got);
		zone_unref(zone);
	}
}

/* Behind TOP, which has 3 lines: the place and what is said. */
static void errors(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"a A 192.0.2.256\n", "z:4: A: \"192.0.2.256\" is not an IPv4 address\n"},
		{"; x\n\na A\n", "z:6: A: something is missing"},
		{"a MX ( 10\n\n )\nb A 192.0.2.1\n", "z:4: MX: something is missing"},
		{"www.other. A 192.0.2.1\n", "z:4: www.other. is outside the zone example.com.\n"},
		{"$ORIGIN com.\nexample A 192.0.2.1\nxexample A 192.0.2.1\n",
			"z:6: xexample.com. is outside the zone example.com.\n"},
		{"a CH A 192.0.2.1\n", "z:4: class \"CH\": only IN is served\n"},
		{"a 5 CLASS3 A 192.0.2.1\n", "z:4: class \"CLASS3\": only IN is served\n"},
		{"a 192.0.2.1\n", "z:4: the record has no type before \"192.0.2.1\"\n"},
		{"# no comment\n", "z:4: a comment begins with \";\", not so\n"},
		{"// no comment\n", "z:4: a comment begins with \";\", not so\n"},
		{"a FOO x\n", "z:4: \"FOO\" is not a record type; one without a name is written "
			      "TYPE65280\n"},
		{"a\n", "z:4: the record has no type\n"},
		{"a 5 IN\n", "z:4: the record has no type\n"},
		{"a IN IN A 192.0.2.1\n", "z:4: \"IN\" is not a record type; one without a name is "
					  "written TYPE65280\n"},
		{"a 5 6 A 192.0.2.1\n", "z:4: \"6\" is not a record type; one without a name is "
					"written TYPE65280\n"},
		{"a \"A\" 192.0.2.1\n", "z:4: \"A\" is not a record type; one without a name is "
					"written TYPE65280\n"},
		{"a \"\" 192.0.2.1\n", "z:4: \"\" is not a record type; one without a name is "
				       "written TYPE65280\n"},
		{"a 2147483648 A 192.0.2.1\n", "z:4: \"2147483648\" is not a TTL: 0 to 2147483647"},
		{"a 99999999999 A 192.0.2.1\n", "z:4: \"99999999999\" is not a TTL"},
		{"a 4294967296 A 192.0.2.1\n", "z:4: \"4294967296\" is not a TTL"},
		{"a 1h30 A 192.0.2.1\n", "z:4: \"1h30\" is not a TTL"},
		{"a ANY x\n", "z:4: ANY records stand in no zone\n"},
		{"a..b A 192.0.2.1\n", "z:4: \"a..b\": the name has an empty label\n"},
		{"a\\256 A 192.0.2.1\n A 192.0.2.2\n",
			"z:4: \"a\\\\256\": the name has a bad escape"},
		{"\"a\" A 192.0.2.1\n", "z:4: \"a\": a name may have no quotes\n"},
		{"a TXT \"x\n", "z:4: the quote is not closed on its line\n"},
		{"a TXT ( x\n", "z:4: \"(\" is never closed\n"},
		{"a TXT ( x\nb TXT y\nc TXT \"z\n", "z:6: the quote is not closed on its line; the "
						    "parenthesis of line 4 is open here\n"},
		{"a TXT x )\n", "z:4: \")\" without \"(\""},
		{"a SOA a. b. 1 2 3 4 5\n", "z:4: a.example.com.: a SOA stands at the apex only"},
		{"@ SOA a. b. 2 2 3 4 5\n",
			"z:4: example.com: there can be only one SOA record at a name; take the "
			"others out\n"},
		{"a CNAME b\nb A 192.0.2.1\na CNAME c\na CNAME d\n",
			"z:6: a.example.com: there can be only one CNAME record"},
		{"a DNAME b\na CAA 0 issue \"\"\na DNAME c\n",
			"z:6: a.example.com: there can be only one DNAME record"},
		{"a CNAME b\na A 192.0.2.1\na A 192.0.2.2\n",
			"z:5: a.example.com: a CNAME cannot stand beside other records (A); take "
			"it or them out\n"},
		{"a RRSIG A 8 3 5 20300101000000 20250101000000 1 a. AA==\na MX 1 b\na TXT x\na "
		 "CNAME b\n",
			"z:7: a.example.com: a CNAME cannot stand beside other records (MX)"},
		{"@ CNAME b\n", "z:4: example.com: a CNAME cannot stand beside other records (NS)"},
		{"$FOO x\n", "z:4: \"$FOO\": there are $ORIGIN, $TTL, $INCLUDE and $GENERATE\n"},
		{" $TTL 5\n", "z:4: \"$TTL\" is not a record type; one without a name is written "
			      "TYPE65280\n"},
		{"$TTL\n", "z:4: $TTL wants a TTL\n"},
		{"$TTL x\n", "z:4: \"x\" is not a TTL"},
		{"$TTL 5 6\n", "z:4: \"6\" is too much\n"},
		{"$TTL 4294967295\n", "z:4: \"4294967295\" is not a TTL"},
		{"$ORIGIN\n", "z:4: $ORIGIN wants a name\n"},
		{"$ORIGIN a b\n", "z:4: \"b\" is too much\n"},
		{"$ORIGIN a..b\n", "z:4: \"a..b\": the name has an empty label\n"},
		{"$INCLUDE\n", "z:4: $INCLUDE wants a file\n"},
		{"$INCLUDE nope\n", "z:4: nope: no such file\n"},
		{"$INCLUDE ../../etc/shadow\n", "z:4: ../../etc/shadow: no such file\n"},
		{"$INCLUDE z\n", "z:4: $INCLUDE: z includes itself\n"},
		{"$INCLUDE \"\"\n", "z:4: $INCLUDE: that is no file name\n"},
		{"$INCLUDE a\\000b\n", "z:4: $INCLUDE: that is no file name\n"},
		{"$INCLUDE a b c\n", "z:4: \"c\" is too much\n"},
		{"$GENERATE\n", "z:4: $GENERATE wants a range\n"},
		{"$GENERATE 1-3\n", "z:4: $GENERATE wants a name\n"},
		{"$GENERATE 1-3 a\n", "z:4: the record has no type\n"},
		{"$GENERATE 1 a$ A 192.0.2.$\n", "z:4: \"1\" is not a range"},
		{"$GENERATE 1-x a$ A 192.0.2.$\n", "z:4: \"1-x\" is not a range"},
		{"$GENERATE 1-3/ a$ A 192.0.2.$\n", "z:4: \"1-3/\" is not a range"},
		{"$GENERATE 1-3/0 a$ A 192.0.2.$\n", "z:4: the range \"1-3/0\" holds nothing\n"},
		{"$GENERATE 3-1 a$ A 192.0.2.$\n", "z:4: the range \"3-1\" holds nothing\n"},
		{"$GENERATE 0-4294967296 a$ A 192.0.2.1\n", "z:4: \"0-4294967296\" is not a range"},
		{"$GENERATE 0-2147483647 a$ A 192.0.2.1\n",
			"z:4: the range \"0-2147483647\" makes over 65536 records\n"},
		{"$GENERATE 0-65536 a$ A 192.0.2.1\n", "makes over 65536 records\n"},
		{"$GENERATE 1-300 a$ A 192.0.2.$\n", "z:4: A: \"192.0.2.256\" is not an IPv4"},
		{"$GENERATE 1-3 a${ A 192.0.2.$\n", "z:4: \"a${\" for 1: ${OFFSET"},
		{"$GENERATE 1-3 a${-2} A 192.0.2.$\n", "z:4: \"a${-2}\" for 1: ${OFFSET"},
		{"$GENERATE 1-3 a${0,256} A 192.0.2.$\n", "z:4: \"a${0,256}\" for 1: ${OFFSET"},
		{"$GENERATE 1-3 a${0,1,q} A 192.0.2.$\n", "z:4: \"a${0,1,q}\" for 1: ${OFFSET"},
		{"$GENERATE 1-3 a${0,99} A 192.0.2.$\n", "label of over 63 octets\n"},
		{"$GENERATE 1-3 a${0,255}${0,255}${0,255}${0,255}${0,255} A 192.0.2.$\n",
			"becomes longer than 1025 octets\n"},
		{"$GENERATE 1-3 $.other. A 192.0.2.1\n", "z:4: 1.other. is outside the zone"},
		{"$GENERATE 1-3 a$ TXT \"x\n", "z:4: the quote is not closed"},
		{"$GENERATE 1-3 a$ A (192.0.2.$\n", "z:4: \"(\" is never closed\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *const text = mem_format("%s%s", TOP, rows[i].text);
		struct heard heard;
		struct zone *const zone = load_text(text, 0, &heard);
		if (zone != NULL || heard.errors != 1 || strstr(heard.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].text, zone != NULL ? "was taken" : heard.text);
		free(text);
	}
}

static void files_that_are_no_zones(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text;
		size_t len;
		const char *why;
	} rows[] = {
		{"nothing", "", 0, "z:1: example.com: the zone has no SOA record"},
		{"no NS", "; x\n@ 5 SOA a. b. 1 2 3 4 5\n", 0,
			"z:2: example.com: the zone has no NS"},
		{"no SOA", "; x\n@ 5 NS a.\n", 0, "z:1: example.com: the zone has no SOA"},
		{"an indented first line", " 5 SOA a. b. 1 2 3 4 5\n@ NS a.\n", 0,
			"z:1: the line begins"},
		{"a first name that is bad, and a line without",
			"a\\256 5 A 192.0.2.1\n 5 A 192.0.2.1\n", 0,
			"z:1: \"a\\\\256\": the name has a bad escape: \\X or \\DDD\nz:2: the line "
			"begins"},
		{"a byte order mark", "\xef\xbb\xbf" TOP, 0,
			"z:1: the file begins with a byte order"},
		{"UTF-16", "\xff\xfe$\0T\0", 6, "z:1: the file is UTF-16"},
		{"a NUL in a comment", TOP "; \0\n", sizeof TOP "; \0\n" - 1, "z:4: a NUL octet"},
		{"a NUL in a string", TOP "a TXT \"\0\"\n", sizeof TOP "a TXT \"\0\"\n" - 1,
			"z:4: a NUL octet"},
		{"a file for old Macs", "$TTL 5\r@ SOA a. b. 1 2 3 4 5\r", 0,
			"z:1: a carriage return within"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct heard heard;
		struct zone *const zone = load_text(rows[i].text, rows[i].len, &heard);
		if (zone != NULL || heard.errors == 0 ||
			strncmp(heard.text, rows[i].why, strlen(rows[i].why)) != 0)
			fail_msg("%s: %s", rows[i].what, zone != NULL ? "was taken" : heard.text);
	}
	struct heard heard;
	const struct file none[] = {{0}};
	const struct zonefile_report quiet = {.cookie = &heard, .say = hear};
	const struct files files = {.cookie = (void *)(uintptr_t)none, .read = table_read};
	heard = (struct heard){.used = 0};
	assert_null(zonefile_load(apex, "zones/a.zone", &files, &few, &quiet));
	assert_string_equal(heard.text, "zones/a.zone: no such file\n");
}

static void includes(void **state)
{
	(void)state;
	static const struct file table[] = {
		{"zones/z",
			TOP "a A 192.0.2.1\n$INCLUDE sub/b ; relative to this file\n TXT x\nc "
			    "A 192.0.2.1\n"
			    "$INCLUDE \"/etc/with space\" d.e\nf A 192.0.2.1\n",
			0},
		{"zones/sub/b", " TXT y\nb 7 A 192.0.2.1\n$ORIGIN g\n$INCLUDE ../h\n$TTL 61\n", 0},
		{"zones/sub/../h", "h A 192.0.2.1", 0},
		{"/etc/with space", "@ A 192.0.2.1\nsub NS sub.f.\n", 0},
		{0},
	};
	struct heard heard;
	struct zone *const zone = load(table, &heard);
	if (zone == NULL)
		fail_msg("%s", heard.text);
	char *const got = print_zone(zone);
	assert_string_equal(got, TOP_OUT "a.example.com. 60 A 192.0.2.1\n"
					 "a.example.com. 60 TXT \"x\"\n"
					 "a.example.com. 60 TXT \"y\"\n"
					 "b.example.com. 7 A 192.0.2.1\n"
					 "c.example.com. 61 A 192.0.2.1\n"
					 "d.e.example.com. 61 A 192.0.2.1\n"
					 "sub.d.e.example.com. 61 NS sub.f.\n"
					 "f.example.com. 61 A 192.0.2.1\n"
					 "h.g.example.com. 60 A 192.0.2.1\n");
	assert_string_equal(heard.files, "zones/z zones/sub/b zones/sub/../h /etc/with space ");
	assert_string_equal(heard.text, "?zones/z:6: a.example.com. TXT: TTL 61, but 60 before: "
					"the first one is taken\n");
	free(got);
	zone_unref(zone);
}

static void bad_includes(void **state)
{
	(void)state;
	static const struct file loop[] = {{"z", TOP "$INCLUDE a\n", 0}, {"a", "\n$INCLUDE b\n", 0},
		{"b", "$INCLUDE a\nx FOO y\n", 0}, {0}};
	struct heard heard;
	assert_null(load(loop, &heard));
	assert_string_equal(heard.text,
		"b:1: $INCLUDE: a includes itself\n"
		"b:2: \"FOO\" is not a record type; one without a name is written TYPE65280\n");

	char names[12][4], texts[12][64]; /* each includes the next */
	struct file deep[13] = {{0}};
	for (int n = 8; n <= 9; n++) {
		for (int i = 0; i <= n; i++) {
			(void)snprintf(names[i], sizeof names[i], "f%d", i);
			(void)snprintf(texts[i], sizeof texts[i], "%s%s%d\n", i == 0 ? TOP : "",
				i < n ? "$INCLUDE f" : "; ", i + 1);
			deep[i] = (struct file){names[i], texts[i], 0};
		}
		struct zone *const zone = load(deep, &heard);
		assert_int_equal(zone != NULL, n == 8);
		if (n == 9)
			assert_string_equal(
				heard.text, "f8:1: $INCLUDE: files within files, over 8 deep\n");
		zone_unref(zone);
	}
}

/* RFC 5155 7.2.8: there are no such names for queries, wildcards and denials. */
static void hashed_names(void **state)
{
	(void)state;
	struct heard heard;
	struct zone *const zone = load_text(TOP
		"2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 1 0 - "
		"3t7b4g4vsa5smi47k61mv5bv1a22bojr A\n RRSIG NSEC3 8 3 60 20300101000000 "
		"20200101000000 1 @ AQID\n@ NSEC3PARAM 1 0 0 -\n",
		0, &heard);
	assert_non_null(zone);
	char *const got = print_zone(zone);
	assert_string_equal(got, TOP_OUT "example.com. 60 NSEC3PARAM 1 0 0 -\n");
	assert_string_equal(heard.text, "");
	free(got);
	zone_unref(zone);
}

static void warnings(void **state)
{
	(void)state;
	struct heard heard;
	struct zone *zone =
		load_text(TOP "a A 192.0.2.1\na 5 A 192.0.2.2\na A 192.0.2.1\n", 0, &heard);
	assert_non_null(zone);
	char *const got = print_zone(zone);
	assert_string_equal(got, TOP_OUT "a.example.com. 60 A 192.0.2.1\n"
					 "a.example.com. 60 A 192.0.2.2\n");
	assert_string_equal(heard.text,
		"?z:5: a.example.com. A: TTL 5, but 60 before: the first one is taken\n"
		"?z:6: a.example.com. A: the record is there already\n");
	free(got);
	zone_unref(zone);

	zone = load_text("$TTL 60\n@ SOA ns host@example.com. 1 2 3 4 5\n@ NS ns\n", 0, &heard);
	assert_non_null(zone);
	assert_string_equal(heard.text,
		"?z:2: the mail address in the SOA has an @: write a dot in "
		"its place, and one at its end\n");
	zone_unref(zone);
	zone = load_text(
		"$TTL 60\n@ SOA n@s host.a@b. 1 2 3 4 5\n@ NS ns\n# A 192.0.2.1\n", 0, &heard);
	assert_non_null(zone);
	assert_string_equal(heard.text, "");
	zone_unref(zone);

	zone = load_text(TOP "$GENERATE 1-100 a A 192.0.2.1\n", 0, &heard);
	assert_non_null(zone);
	assert_int_equal(heard.warnings, ZONEFILE_WARNINGS_MAX + 1);
	assert_non_null(strstr(heard.text, "?z: 79 more warnings\n"));
	zone_unref(zone);
}

static void lists_20_errors(void **state)
{
	(void)state;
	char text[2000] = TOP;
	for (size_t i = 0, used = strlen(text); i < 100; i++, used += strlen("a FOO x\n"))
		(void)snprintf(text + used, sizeof text - used, "a FOO x\n");
	struct heard heard;
	assert_null(load_text(text, 0, &heard));
	assert_int_equal(heard.errors, ZONEFILE_ERRORS_MAX + 1);
	assert_non_null(strstr(heard.text, "z:23: "));
	assert_null(strstr(heard.text, "z:24: "));
	assert_non_null(strstr(heard.text, "z: 80 more errors\n"));

	/* At 10,000 reading stops, of whatever kind they are. */
	assert_null(load_text(
		TOP "$GENERATE 1-12000 g$ CNAME a\n$GENERATE 1-12000 g$ CNAME b\n", 0, &heard));
	assert_int_equal(heard.errors, ZONEFILE_ERRORS_MAX + 1);
	assert_non_null(strstr(heard.text, "z: 9980 more errors; the rest was not read\n"));
}

/* What may stand beside a CNAME, and what is told of several names at once, each where it stands.
 */
static void what_stands_together(void **state)
{
	(void)state;
	static const struct file table[] = {
		{"z",
			TOP
			"a CNAME b\na RRSIG CNAME 8 3 5 20300101000000 20250101000000 1 a. AA==\n"
			"a NSEC b CNAME\na CNAME b\n$INCLUDE i\n$GENERATE 1-2 g$ CNAME (\n\nh )\n"
			"g1 TXT x\n",
			0},
		{"i", "\nd TXT x\nd CNAME b\nd CNAME c\na MX 1 d\n", 0}, {0}};
	struct heard heard;
	assert_null(load(table, &heard));
	assert_string_equal(heard.text,
		"?z:7: a.example.com. CNAME: the record is there already\n"
		"i:3: d.example.com: a CNAME cannot stand beside other records (TXT); take it or "
		"them out\n"
		"i:5: a.example.com: a CNAME cannot stand beside other records (MX); take it or "
		"them out\n"
		"z:12: g1.example.com: a CNAME cannot stand beside other records (TXT); take it or "
		"them out\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(default_ttls),
		cmocka_unit_test(errors),
		cmocka_unit_test(files_that_are_no_zones),
		cmocka_unit_test(includes),
		cmocka_unit_test(bad_includes),
		cmocka_unit_test(hashed_names),
		cmocka_unit_test(warnings),
		cmocka_unit_test(lists_20_errors),
		cmocka_unit_test(what_stands_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
