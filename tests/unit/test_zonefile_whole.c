/* Zone files as a whole: their limits, given up, by a second reader, printed and read again,
 * broken. */
#include "tests/unit/zone_text.h"

#include <ldns/ldns.h>

static void limits(void **state)
{
	(void)state;
	struct heard heard;
	/* 64 KB hold 4,079 addresses. */
	const struct file fits[] = {{"z", TOP "$GENERATE 1-4079 a A \\# 4 0a00${0,4,x}\n", 0}, {0}};
	const struct file over[] = {{"z", TOP "$GENERATE 1-4080 a A \\# 4 0a00${0,4,x}\n", 0}, {0}};
	struct zone *const zone = load_within(&many, fits, &heard);
	assert_non_null(zone);
	assert_int_equal(zone_records(zone), 2 + 4079);
	zone_unref(zone);
	assert_null(load_within(&many, over, &heard));
	assert_string_equal(heard.text, "z:4: a.example.com: the A records do not fit in one DNS "
					"message, which has 64 KB\n");

	char text[2000] = TOP;
	for (int i = 0; i < 16; i++) { /* each stops at its first record */
		const size_t used = strlen(text);
		(void)snprintf(text + used, sizeof text - used, "$GENERATE 1-65536 a A \\# 3 00\n");
	}
	assert_null(load_text(text, 0, &heard));
	assert_int_equal(heard.errors, 16);
	assert_non_null(strstr(heard.text, "z:19: $GENERATE: over 1000000 records in all\n"));
}

/* What may stand at a name: said once for each set, however many records are too much. */
static void full_names(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *want;
	} rows[] = {
		{"as many as may be", "$GENERATE 1-100 a A 192.0.2.$\n", ""},
		{"one too many", "$GENERATE 1-101 a A 192.0.2.$\n",
			"z:4: a.example.com: more than 100 A records; if that is meant, raise "
			"records-per-type in the limits of the zone or the server\n"},
		{"many too many", "$GENERATE 1-200 a A 192.0.2.$\nb A 192.0.2.1\n",
			"z:4: a.example.com: more than 100 A records; if that is meant, raise "
			"records-per-type in the limits of the zone or the server\n"},
		{"at two names", "$GENERATE 1-101 a A 192.0.2.$\n$GENERATE 1-101 b A 192.0.2.$\n",
			"z:4: a.example.com: more than 100 A records; if that is meant, raise "
			"records-per-type in the limits of the zone or the server\n"
			"z:5: b.example.com: more than 100 A records; if that is meant, raise "
			"records-per-type in the limits of the zone or the server\n"},
		{"one that is there already is not one more",
			"$GENERATE 1-100 a A 192.0.2.$\na A 192.0.2.7\n",
			"?z:5: a.example.com. A: the record is there already\n"},
		{"each type for itself", "$GENERATE 1-100 a A 192.0.2.$\n$GENERATE 1-100 a TXT $\n",
			""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[1000];
		struct heard heard;
		(void)snprintf(text, sizeof text, TOP "%s", rows[i].text);
		zone_unref(load_text(text, 0, &heard));
		if (strcmp(heard.text, rows[i].want) != 0)
			fail_msg("%s:\n%s", rows[i].what, heard.text);
	}
}

/* 101 types at a name, and what it takes to have them. */
static void full_of_types(void **state)
{
	(void)state;
	char text[8000] = TOP;
	struct heard heard;
	for (int i = 0; i <= 100; i++)
		(void)snprintf(text + strlen(text), sizeof text - strlen(text),
			"a TYPE%d \\# 1 00\n", 65300 + i);
	assert_null(load_text(text, 0, &heard));
	assert_string_equal(heard.text,
		"z:104: a.example.com: records of more than 100 types; if that is meant, raise "
		"types-per-name in the limits of the zone or the server\n");
	const struct file table[] = {{"z", text, 0}, {0}};
	zone_unref(load_within(&many, table, &heard));
	assert_int_equal(heard.errors, 0);
}

static bool not_wanted(void *cookie)
{
	hear(cookie, ZONEFILE_WARNING, (struct master_place){"wanted", 0}, "no");
	return false;
}

/* Nobody waits for the zone any more: that is an error, and the rest is not read. */
static void given_up(void **state)
{
	(void)state;
	static const char line[] = "$TTL 60\n";
	enum { LEN = 2 * MASTER_LINES * (sizeof line - 1) };
	char *const text = mem_new(sizeof TOP + LEN);
	memcpy(text, TOP, sizeof TOP - 1);
	for (size_t at = 0; at < LEN; at += sizeof line - 1)
		memcpy(text + sizeof TOP - 1 + at, line, sizeof line - 1);
	struct file table[] = {{"z", text, 0}, {0}};
	const struct files files = {.cookie = table, .read = table_read};
	struct heard heard = {.used = 0};
	const struct zonefile_report report = {.cookie = &heard, .say = hear, .wanted = not_wanted};
	assert_null(zonefile_load(apex, "z", &files, &few, &report));
	assert_string_equal(heard.text, "?wanted: no\nz: reading was given up\n");
	free(text);
}

/* ldns's own reader gives the same records, where it can read the file. */
static void ldns_reads_the_same(void **state)
{
	(void)state;
	static const char *const zones[] = {
		TOP "a A 192.0.2.1\n  AAAA 2001:db8::1\n\nb 5 IN MX 10 a\n\tTXT \"x y\" ; c\n",
		"$ORIGIN example.com.\n$TTL 1h\n@ IN SOA ns host (\n 1 ; serial\n 2 3 4 5 )\n"
		" NS ns\nns A 192.0.2.1\n$ORIGIN sub.example.com.\n@ NS ns.sub\n* CNAME www\n"
		"_x._tcp SRV 0 1 80 www.example.com.\n",
		TOP
		"a CAA 0 issue \"x.example\"\nb TLSA 3 1 1 aabb\nc DS 1 8 2 ( aabb\n ccdd )\n"
		"d HTTPS 1 . alpn=h2\ne LOC 52 0 0 N 4 0 0 E 0m\nf NAPTR 1 2 \"u\" \"s\" \"\" .\n",
	};
	for (size_t i = 0; i < COUNT_OF(zones); i++) {
		struct heard heard;
		struct zone *const zone = load_text(zones[i], 0, &heard);
		if (zone == NULL)
			fail_msg("%s", heard.text);
		char *const ours = print_zone(zone);
		FILE *const file = fmemopen((void *)(uintptr_t)zones[i], strlen(zones[i]), "r");
		ldns_rdf *const origin = ldns_dname_new_frm_str("example.com.");
		ldns_zone *theirs = NULL;
		int line = 0;
		assert_int_equal(
			ldns_zone_new_frm_fp_l(&theirs, file, origin, 60, LDNS_RR_CLASS_IN, &line),
			LDNS_STATUS_OK);
		ldns_rr_list *const rrs = ldns_zone_rrs(theirs);
		assert_int_equal(ldns_rr_list_rr_count(rrs) + 1, zone_records(zone));
		for (size_t k = 0; k <= ldns_rr_list_rr_count(rrs); k++) {
			const ldns_rr *const rr = k < ldns_rr_list_rr_count(rrs)
							  ? ldns_rr_list_rr(rrs, k)
							  : ldns_zone_soa(theirs);
			uint8_t wire[2000];
			size_t len = 0;
			for (size_t f = 0; f < ldns_rr_rd_count(rr); f++) {
				memcpy(wire + len, ldns_rdf_data(ldns_rr_rdf(rr, f)),
					ldns_rdf_size(ldns_rr_rdf(rr, f)));
				len += ldns_rdf_size(ldns_rr_rdf(rr, f));
			}
			char *const rdata = rdata_text((uint16_t)ldns_rr_get_type(rr),
				(struct rdata){wire, (uint16_t)len});
			char *const owner = ldns_rdf2str(ldns_rr_owner(rr));
			char type[RRTYPE_TEXT_MAX];
			char *const want = mem_format("%s %u %s %s\n", owner, ldns_rr_ttl(rr),
				rrtype_text((uint16_t)ldns_rr_get_type(rr), type), rdata);
			if (strstr(ours, want) == NULL)
				fail_msg("ldns has %s, but we\n%s", want, ours);
			free(want);
			free(owner);
			free(rdata);
		}
		ldns_zone_deep_free(theirs);
		ldns_rdf_deep_free(origin);
		(void)fclose(file);
		free(ours);
		zone_unref(zone);
	}
}

static uint32_t dice(uint32_t *seed, uint32_t sides)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % sides;
}

/* Random names of random octets with random RDATA: printed and read, they are the same. */
static void a_printed_zone_reads_the_same(void **state)
{
	(void)state;
	static const char *const types[] = {"TXT \"%s\"", "HINFO %s x", "NS %s", "MX 5 %s",
		"SRV 1 2 3 %s", "NAPTR 1 2 \"%s\" \"\" \"\" %s", "CAA 0 issue \"%s\"",
		"A 192.0.2.%u", "AAAA 2001:db8::%x", "TYPE65280 \\# 2 00%02x", "NSEC %s A MX"};
	uint32_t seed = 4711;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 40; round++) {
		struct page page = {mem_text(TOP), sizeof TOP - 1, sizeof TOP};
		for (int i = 0; i < 50; i++) {
			char word[200] = "", *line;
			for (uint32_t k = dice(&seed, 20) + 1; k > 0; k--)
				(void)snprintf(word + strlen(word), sizeof word - strlen(word),
					"\\%03u%s", dice(&seed, 256),
					dice(&seed, 5) == 0 && k > 1 ? "." : "");
			const uint32_t pick = dice(&seed, COUNT_OF(types));
			char rdata[500];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the table above */
			if (strchr(types[pick], 's') != NULL && strstr(types[pick], "%s") != NULL)
				(void)snprintf(rdata, sizeof rdata, types[pick], word, word);
			else
				(void)snprintf(rdata, sizeof rdata, types[pick], dice(&seed, 256));
#pragma GCC diagnostic pop
			line = mem_format("%s.n%d 5 %s\n", word, i % 30, rdata);
			const size_t len = strlen(line);
			page.text = mem_grow(page.text, &page.room, page.used + len + 1, 1);
			memcpy(page.text + page.used, line, len + 1);
			page.used += len;
			free(line);
		}
		struct heard heard;
		struct zone *const zone = load_text(page.text, 0, &heard);
		if (zone == NULL)
			fail_msg("%s\n%s", heard.text, page.text);
		char *const once = print_zone(zone);
		struct zone *const again = load_text(once, 0, &heard);
		if (again == NULL || heard.used > 0)
			fail_msg("%s\n%s", heard.text, once);
		char *const twice = print_zone(again);
		assert_string_equal(once, twice);
		assert_true(zone_records(zone) > 40);
		zone_unref(zone);
		zone_unref(again);
		free(once);
		free(twice);
		free(page.text);
	}
}

/* Sample text with octets, words and lines changed at random never does any harm. */
static void mutations(void **state)
{
	(void)state;
	static const char sample[] =
		"$ORIGIN example.com.\n$TTL 1h\n@ IN SOA ns host (\n 1 ; serial\n 2 3 4 5 )\n"
		" NS ns\nns 5m A 192.0.2.1\n AAAA 2001:db8::1\n$INCLUDE i x\n$GENERATE 1-9/2 "
		"h${0,3,d} "
		"CNAME \"a$\"\nt TXT \"a\\\"b;\\032\" c\ns SRV 0 1 80 @\nd DS 1 8 2 ( aa\nbb )\n"
		"l LOC 52 0 0 N 4 0 0 E 0m 1m 2m 3m\nh HTTPS 1 . alpn=\"h2,h3\" port=53\n"
		"n NSEC a A MX TYPE65280\ni IPSECKEY 10 3 2 gw AQ==\np APL 1:10.0.0.0/8 "
		"!2:fe80::/10\nr RRSIG A 8 2 3600 20300101000000 20250101000000 1 a AA==\n"
		"3 NSEC3 1 1 12 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr A\nc CERT PKIX 1 8 AA==\n"
		"u TYPE65280 \\# 3 aabbcc\ne EUI48 00-00-5e-00-53-2a\nw WKS 192.0.2.1 tcp 25\n"
		"k NID 10 0014:4fff:ff20:ee64\nx CAA 0 issue \"a\"\ny URI 1 2 \"b\"\n"
		"q HIP 2 200100107B1A74DF AwEAAQ== rvs\nz NSAP 0x47.0005\nm SVCB 1 a key7=x\n";
	static const char *const odd[] = {"(", ")", "\"", "\\", "\n", "\r\n", ";", "$", " ", "@",
		"-", "99999999999", "\\#", "\\000", "\xff", "${", "}", ".", "=", ",", "/", "%s",
		":", "*"};
	uint32_t seed = 1;
	size_t loaded = 0;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 2000; round++) {
		char text[2 * sizeof sample];
		size_t len = sizeof sample - 1;
		memcpy(text, sample, len);
		for (uint32_t k = dice(&seed, 4) + 1; k > 0; k--) {
			const uint32_t what = dice(&seed, 4);
			const size_t at = dice(&seed, (uint32_t)len);
			size_t cut = what == 0 ? dice(&seed, 40) : what == 1 ? 1 : 0;
			const char *put = what == 0 ? "" : odd[dice(&seed, COUNT_OF(odd))];
			size_t more = strlen(put);
			if (what == 3) { /* a piece from elsewhere */
				put = sample + dice(&seed, sizeof sample - 40);
				more = dice(&seed, 40);
			}
			cut = cut > len - at ? len - at : cut;
			if (len - cut + more >= sizeof text)
				continue;
			memmove(text + at + more, text + at + cut, len - at - cut);
			memcpy(text + at, put, more);
			len += more - cut;
		}
		const struct file table[] = {{"z", text, round == 0 ? sizeof sample - 1 : len},
			{"i", "b MX 1 b\n", 0}, {0}};
		if (round == 0)
			memcpy(text, sample, sizeof sample);
		struct heard heard;
		struct zone *const zone = load(table, &heard);
		assert_int_equal(zone == NULL, heard.errors > 0);
		if (round == 0 && zone == NULL)
			fail_msg("%s", heard.text);
		loaded += zone != NULL;
		zone_unref(zone);
	}
	assert_in_range(loaded, 20, 1900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(full_names),
		cmocka_unit_test(full_of_types),
		cmocka_unit_test(given_up),
		cmocka_unit_test(ldns_reads_the_same),
		cmocka_unit_test(a_printed_zone_reads_the_same),
		cmocka_unit_test(mutations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
