#include "dns/name.h"
#include "zone/rrtext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ldns/ldns.h>

static const uint8_t origin[] = "\7example\3com";

/* One example of every type: how it is written, and how it is printed (NULL: the same). */
static const struct example {
	const char *type, *text, *printed;
} examples[] = {
	{"A", "192.0.2.1", NULL},
	{"NS", "ns1", "ns1.example.com."},
	{"MD", "a", "a.example.com."},
	{"MF", "a", "a.example.com."},
	{"CNAME", "@", "example.com."},
	{"SOA", "ns1 host 2026010100 1h 2h30m 1W 60",
		"ns1.example.com. host.example.com. 2026010100 3600 9000 604800 60"},
	{"MB", "a", "a.example.com."},
	{"MG", "a", "a.example.com."},
	{"MR", "a", "a.example.com."},
	{"NULL", "\\# 3 00ff41", NULL},
	{"WKS", "192.0.2.1 tcp 25 80", "192.0.2.1 6 25 80"},
	{"PTR", "a.b.", NULL},
	{"HINFO", "\"a b\" Linux", "\"a b\" \"Linux\""},
	{"MINFO", "a b", "a.example.com. b.example.com."},
	{"MX", "10 mail", "10 mail.example.com."},
	{"TXT", "a \"b c\" \"\" \\065\\\"\\200", "\"a\" \"b c\" \"\" \"A\\\"\\200\""},
	{"RP", "a .", "a.example.com. ."},
	{"AFSDB", "1 a.", "1 a."},
	{"X25", "311061700956", "\"311061700956\""},
	{"ISDN", "150862028003217 004", "\"150862028003217\" \"004\""},
	{"ISDN", "150862028003217", "\"150862028003217\""},
	{"RT", "2 a.", NULL},
	{"NSAP", "0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00",
		"0x47000580005a0000000001e133ffffff00016100"},
	{"NSAP-PTR", "a.", NULL},
	{"SIG", "A 8 2 3600 20300101000000 20250101000000 12345 signer dGVz dA==",
		"A 8 2 3600 20300101000000 20250101000000 12345 signer.example.com. dGVzdA=="},
	{"KEY", "256 3 8 dGVzdA==", NULL},
	{"PX", "50 a. b.", NULL},
	{"GPOS", "-32.6882 116.8652 10.0", "\"-32.6882\" \"116.8652\" \"10.0\""},
	{"AAAA", "2001:DB8:0:0::1", "2001:db8::1"},
	{"LOC", "42 21 54 N 71 06 18 W -24m 30m",
		"42 21 54.000 N 71 06 18.000 W -24m 30m 10000m 10m"},
	{"NXT", "\\# 6 016100020001", NULL},
	{"EID", "ABcd", "abcd"},
	{"NIMLOC", "abcd", NULL},
	{"SRV", "0 5 80 @", "0 5 80 example.com."},
	{"ATMA", "0123456789", NULL},
	{"NAPTR", "100 50 s z3950+I2L \"\" a.", "100 50 \"s\" \"z3950+I2L\" \"\" a."},
	{"KX", "1 a.", NULL},
	{"CERT", "1 12345 RSASHA256 dGVzdA==", "PKIX 12345 8 dGVzdA=="},
	{"A6", "\\# 17 0020010db8000000000000000000000001", NULL},
	{"DNAME", "a.", NULL},
	{"SINK", "\\# 3 010203", NULL},
	{"APL", "1:192.168.32.0/21 !1:192.168.38.0/28", NULL},
	{"APL", "2:FF00:0:0:0:0:0:0:0/8", "2:ff00:0000:0000:0000:0000:0000:0000:0000/8"},
	{"DS", "60485 5 1 2BB183AF5F225881 79A53B0A98631FAD1A292118",
		"60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"},
	{"SSHFP", "1 1 123456789abcdef67890123456789abcdef67890", NULL},
	{"IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==", NULL},
	{"IPSECKEY", "10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==", NULL},
	{"IPSECKEY", "10 3 2 gw A Q= =", "10 3 2 gw.example.com. AQ=="},
	{"IPSECKEY", "10 2 2 2001:0DB8:0:8002::2000:1 AQ==", "10 2 2 2001:db8:0:8002::2000:1 AQ=="},
	{"RRSIG", "TYPE65280 RSASHA256 2 3600 1900000000 20250101000000 12345 @ dGVzdA==",
		"TYPE65280 8 2 3600 20300317174640 20250101000000 12345 example.com. dGVzdA=="},
	{"NSEC", "host A mx RRSIG NSEC TYPE1234", "host.example.com. A MX RRSIG NSEC TYPE1234"},
	{"NSEC", "host", "host.example.com."},
	{"DNSKEY", "256 3 RSASHA256 dGVz dA==", "256 3 8 dGVzdA=="},
	{"DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=", NULL},
	{"NSEC3", "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX SOA NS",
		"1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX"},
	{"NSEC3", "1 1 12 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr", NULL},
	{"NSEC3PARAM", "1 0 12 aabbccdd", NULL},
	{"NSEC3PARAM", "1 0 0 -", NULL},
	{"TLSA", "3 1 1 d2abde240d7cd3ee6b4b28c54df034b9 7983a1d16e8a410e4561cb106618e971",
		"3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"},
	{"SMIMEA", "3 1 1 d2ab", NULL},
	{"HIP", "2 200100107B1A74DF365639CC39F1D578 AwEAAQ== rvs other.",
		"2 200100107b1a74df365639cc39f1d578 AwEAAQ== rvs.example.com. other."},
	{"NINFO", "\"a\"", NULL},
	{"TALINK", "a. .", NULL},
	{"CDS", "0 0 0 00", NULL},
	{"CDNSKEY", "0 3 0 AA==", NULL},
	{"OPENPGPKEY", "dGVzdA==", NULL},
	{"CSYNC", "66 3 A NS AAAA", NULL},
	{"ZONEMD", "2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE",
		"2018031500 1 1 febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee"},
	{"SVCB", "\\# 7 00010140016100", NULL},
	{"SVCB", "1 svc alpn=\"h2,h3\" port=8443 ipv4hint=192.0.2.1,192.0.2.2",
		"1 svc.example.com. alpn=h2,h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2"},
	{"HTTPS", "1 . mandatory=alpn alpn=h2 ipv6hint=2001:db8::1", NULL},
	{"HTTPS", "0 a.", NULL},
	{"SPF", "\"v=spf1 -all\"", NULL},
	{"NID", "10 0014:4fff:ff20:ee64", NULL},
	{"L32", "10 10.1.2.0", NULL},
	{"L64", "10 2001:0db8:1140:1000", NULL},
	{"LP", "10 a.", NULL},
	{"EUI48", "00-00-5e-00-53-2a", NULL},
	{"EUI64", "00-00-5e-ef-10-00-00-2a", NULL},
	{"URI", "10 1 \"ftp://ftp1.example.com/public\"", NULL},
	{"CAA", "0 issue ca.example.net", "0 issue \"ca.example.net\""},
	{"CAA", "128 issue \"ca.example.net; a=\\\"b\\\\\\200\"", NULL},
	{"AVC", "\"a\"", NULL},
	{"RESINFO", "\"qnamemin\"", NULL},
	{"WALLET", "\"a\" \"b\"", NULL},
	{"DLV", "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118", NULL},
	{"TYPE65280", "\\# 4 0a0000ff", NULL},
	{"TYPE65280", "\\# 0", NULL},
};

static uint16_t type_of(const char *text)
{
	uint16_t type;
	if (!rrtype_parse(text, strlen(text), &type))
		fail_msg("%s is no type", text);
	return type;
}

static struct rdata parse(uint16_t type, const char *text, uint8_t out[RDATA_MAX])
{
	struct err err;
	uint16_t len;
	if (!rdata_parse(type, text, strlen(text), origin, out, &len, &err))
		fail_msg("%s: %s", text, err.text);
	return (struct rdata){out, len};
}

static void every_type_goes_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(examples); i++) {
		const struct example *const e = &examples[i];
		const char *const want = e->printed != NULL ? e->printed : e->text;
		const uint16_t type = type_of(e->type);
		uint8_t one[RDATA_MAX], two[RDATA_MAX], three[RDATA_MAX];
		const struct rdata first = parse(type, e->text, one);
		assert_true(rdata_check(type, first.wire, first.len));

		char *const text = rdata_text(type, first);
		if (strcmp(text, want) != 0)
			fail_msg("%s %s: printed as %s", e->type, e->text, text);
		const struct rdata second = parse(type, text, two);
		assert_int_equal(first.len, second.len);
		assert_memory_equal(first.wire, second.wire, first.len);
		free(text);

		char generic[1024]; /* RFC 3597 5: it does for known types too */
		int used = snprintf(generic, sizeof generic, "\\# %u ", first.len);
		for (size_t k = 0; k < first.len; k++)
			used += snprintf(generic + used, sizeof generic - (size_t)used,
				k % 5 == 4 ? "%02X " : "%02x", first.wire[k]);
		const struct rdata third = parse(type, generic, three);
		assert_int_equal(first.len, third.len);
		assert_memory_equal(first.wire, third.wire, first.len);
	}
}

/* The examples miss no type, and the names are ldns's. */
static void ldns_knows_the_same_types(void **state)
{
	(void)state;
	for (unsigned type = 1; type <= UINT16_MAX; type++) {
		const ldns_rr_descriptor *const known = ldns_rr_descript((uint16_t)type);
		if (known == NULL || known->_name == NULL || known->_type != type)
			continue;
		char room[RRTYPE_TEXT_MAX];
		uint16_t again;
		assert_string_equal(rrtype_text((uint16_t)type, room), known->_name);
		assert_true(rrtype_parse(room, strlen(room), &again));
		assert_int_equal(again, type);
		bool shown = !rrtype_in_zone((uint16_t)type);
		for (size_t i = 0; i < COUNT_OF(examples); i++)
			shown = shown || type_of(examples[i].type) == type;
		if (!shown)
			fail_msg("no example of %s", known->_name);
	}
}

/* ldns reads what it knows to the same octets as we do. */
static void ldns_reads_the_same(void **state)
{
	(void)state;
	size_t compared = 0;
	for (size_t i = 0; i < COUNT_OF(examples); i++) {
		const struct example *const e = &examples[i];
		const uint16_t type = type_of(e->type);
		uint8_t ours[RDATA_MAX], theirs[RDATA_MAX];
		const struct rdata rdata = parse(type, e->text, ours);
		char *const text = rdata_text(type, rdata), line[1024];
		ldns_rr *rr = NULL;
		(void)snprintf(line, sizeof line, ". 0 IN %s %s", e->type, text);
		free(text);
		/* For ldns a string where RFC 1706 6 says a name; and it drops all but one octet.
		 */
		if (strcmp(e->type, "NSAP-PTR") == 0 || strcmp(e->type, "SINK") == 0 ||
			ldns_rr_descript(type)->_name == NULL ||
			ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) != LDNS_STATUS_OK)
			continue;
		size_t len = 0;
		for (size_t k = 0; k < ldns_rr_rd_count(rr); k++) {
			const ldns_rdf *const field = ldns_rr_rdf(rr, k);
			memcpy(theirs + len, ldns_rdf_data(field), ldns_rdf_size(field));
			len += ldns_rdf_size(field);
		}
		ldns_rr_free(rr);
		if (len != rdata.len || memcmp(ours, theirs, len) != 0)
			fail_msg("%s %s", e->type, e->text);
		compared++;
	}
	assert_true(compared > 70);
}

static void type_names(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int type; /* -1: none */
	} rows[] = {{"A", 1}, {"a", 1}, {"Mx", 15}, {"TYPE1", 1}, {"type65535", 65535},
		{"TYPE0", 0}, {"nsap-ptr", 23}, {"TYPE65536", -1}, {"TYPE", -1}, {"TYPE1x", -1},
		{"TYPE000001", -1}, {"", -1}, {"AAA", -1}, {"AAAAA", -1}, {"\1", -1}, {"!", -1},
		{"OPENPGPKEYS", -1}, {"OPENPGPKEYOPENPGPKEY", -1}, {"ANY", 255}, {"OPT", 41}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint16_t type;
		const bool found = rrtype_parse(rows[i].text, strlen(rows[i].text), &type);
		if (found != (rows[i].type >= 0) || (found && type != rows[i].type))
			fail_msg("%s", rows[i].text);
	}
	char room[RRTYPE_TEXT_MAX];
	assert_string_equal(rrtype_text(65280, room), "TYPE65280");
	assert_string_equal(rrtype_text(65535, room), "TYPE65535");
}

static void bad_rdata_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *type, *text, *why; /* what the error has to say */
	} rows[] = {
		{"A", "192.0.2.256", "not an IPv4 address"},
		{"A", "192.0.2", "not an IPv4 address"},
		{"A", "192.0.2.01", "not an IPv4 address"},
		{"A", "2001:db8::1", "not an IPv4 address"},
		{"A", "192.0.2.1.192.0.2.1.192.0.2.1.192.0.2.1.192.0.2.1.192.0.2.1", "not an IPv4"},
		{"A", "", "something is missing: IPV4-ADDRESS is needed"},
		{"A", "192.0.2.1 192.0.2.2", "\"192.0.2.2\" is too much"},
		{"A", "\"192.0.2.1\"", "quotes"},
		{"AAAA", "2001:db8::1::", "not an IPv6 address"},
		{"AAAA", "192.0.2.1", "not an IPv6 address"},
		{"MX", "mail", "\"mail\" is not a number from 0 to 65535"},
		{"MX", "65536 mail", "not a number from 0 to 65535"},
		{"MX", "-1 mail", "not a number"},
		{"MX", "10", "NUMBER NAME is needed"},
		{"MX", "10 a..b", "empty label"},
		{"MX", "10 \"a\"", "quotes"},
		{"NS", "a\"b", "not closed"},
		{"SRV", "0 5 80 a b", "too much"},
		{"SOA", "a b 1 2 3 4", "something is missing"},
		{"SOA", "a b 4294967296 2 3 4 5", "not a number"},
		{"SOA", "a b 1 2x 3 4 5", "not a length of time"},
		{"SOA", "a b 1 2 3 4 7102w", "not a length of time"},
		{"TXT", "", "TEXT... is needed"},
		{"TXT", "a\\256", "bad escape"},
		{"TXT", "a\\25", "bad escape"},
		{"TXT", "\"\\1\"", "bad escape"},
		{"TXT", "a\"b\"", "a quote within"},
		{"TXT", "\"a", "not closed"},
		{"TXT", "a;b", "bare \";\""},
		{"TXT", "(a)", "bare parenthesis"},
		{"TXT", "a\nb", "newline"},
		{"WKS", "192.0.2.1 6 65536", "not the number of a port"},
		{"WKS", "192.0.2.1 foo", "not a number from 0 to 255"},
		{"DS", "70000 5 1 aabb", "\"70000\" is not a number from 0 to 65535"},
		{"CAA", "300 issue x", "\"300\" is not a number from 0 to 255"},
		{"DS", "1 5 1 abc", "odd number of hexadecimal digits"},
		{"DS", "1 5 1", "something is missing"},
		{"DS", "1 5 1 xyaa", "\\# LENGTH HEX"},
		{"DS", "1 5 1 (aabb)", "bare parenthesis"},
		{"DNSKEY", "256 3 999 AA==", "\"999\" is not a number from 0 to 255"},
		{"DNSKEY", "+1 3 8 AA==", "\"+1\" is not a number from 0 to 65535"},
		{"DNSKEY", "256 3 FOO AA==", "DNSKEY: "},
		{"NSEC", "a A FOO", "\"FOO\" is not a record type"},
		{"NSEC", "a \"A\"", "not a record type"},
		{"NSEC", "a\"b\" A", "quotes"},
		{"NSEC3PARAM", "1 0 0 - more", "\"more\" is too much"},
		{"RRSIG", "FOO 8 2 3600 20300101000000 20250101000000 1 a. AA==",
			"not a record type"},
		{"RRSIG", "A 8 2 3600 99999999999 20250101000000 1 a. AA==",
			"is not a time like 20300101000000"},
		{"RRSIG", "A 8 2 99999999999 20300101000000 20250101000000 1 a. AA==",
			"not a number"},
		{"LOC", "52 N 4 E 0m junk", "\"junk\" does not fit"},
		{"LOC", "52 N 4 E 0m 1m 2m 3m 4m", "\"4m\" does not fit"},
		{"LOC", "52 N 4 E 99999999m", "does not fit"},
		{"LOC", "91 N 4 E 0m", "no LOC record"},
		{"APL", "1:192.168.32.0/33", "APL"},
		{"APL", "1:192.168.32.0/300", "APL"},
		{"HTTPS", "1 . port=99999", "does not fit"},
		{"HTTPS", "1 . port", "no HTTPS record"},
		{"SVCB", "16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "escapes"},
		{"SVCB", "16 foo.example.org. alpn=f\\\\,bar,h2", "escapes"},
		{"SVCB", "1 \\@.example.org. alpn=h2", "label"},
		{"NSEC", "\\064.example.org. A", "label"},
		{"HTTPS", "1 . alpn=h2 alpn=h3", "no HTTPS record"},
		{"IPSECKEY", "999 1 2 192.0.2.38 AQ==", "not a number from 0 to 255"},
		{"IPSECKEY", "10 3 2 a..b AQ==", "empty label"},
		{"IPSECKEY", "10 1 2 192.0.2 AQ==", "\"192.0.2\" does not fit"},
		{"IPSECKEY", "10 3 2 gw AQ=", "the key is not base64"},
		{"IPSECKEY", "10 3 2 gw AZ==", "the key is not base64"},
		{"IPSECKEY", "10 3 2 gw AAB=", "the key is not base64"},
		{"IPSECKEY", "10 3 2 gw A !", "the key is not base64"},
		{"CERT", "0 1 8 AA==", "\"0\" does not fit"},
		{"CERT", "FOO 1 8 AA==", "\"FOO\" does not fit"},
		{"HIP", "999 2001 AQ==", "not a number from 0 to 255"},
		{"URI", "1 1 \"\"", "no URI record"},
		{"CAA", "0 issue \"a\" \"b\"", "too much"},
		{"CAA", "0 is-sue \"a\"", "CAA"},
		{"NULL", "abcd", "\\# LENGTH HEX"},
		{"TYPE65280", "abcd", "write its RDATA as \\# LENGTH HEX"},
		{"TYPE65280", "\\# 4 aabbcc", "says 4 octets, but 3 follow"},
		{"TYPE65280", "\\# 2 aabbcc", "says 2 octets, but 3 follow"},
		{"TYPE65280", "\\# 1 aabb", "says 1 octet, but 2 follow"},
		{"TYPE65280", "\\# 2 aa", "says 2 octets, but 1 follows"},
		{"TYPE65280", "\\# 2 aab bcc", "two digits an octet"},
		{"TYPE65280", "\\# 2 aaxx", "not hexadecimal"},
		{"TYPE65280", "\\#", "wants the length"},
		{"TYPE65280", "\\# 65536 aa", "wants the length"},
		{"TYPE65280", "\\# -1 aa", "wants the length"},
		{"A", "\\# 5 c000020101", "no A record"},
		{"NS", "\\# 2 c000", "no NS record"},
		{"TXT", "\\# 0", "no TXT record"},
		{"OPT", "\\# 0", "stand in no zone"},
		{"ANY", "a", "stand in no zone"},
		{"TSIG", "a", "stand in no zone"},
		{"TYPE0", "\\# 0", "stand in no zone"},
		{"TYPE128", "\\# 0", "stand in no zone"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t out[RDATA_MAX];
		uint16_t len;
		struct err err;
		if (rdata_parse(type_of(rows[i].type), rows[i].text, strlen(rows[i].text), origin,
			    out, &len, &err))
			fail_msg("%s %s was taken", rows[i].type, rows[i].text);
		if (strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s %s: %s", rows[i].type, rows[i].text, err.text);
	}
}

static void text_too_long(void **state)
{
	(void)state;
	static char text[200001];
	static const struct {
		const char *type, *head;
		size_t n;
		const char *why;
	} rows[] = {
		{"TXT", "", 256, "over 255 octets"},
		{"TXT", "\"", 256, "not closed"},
		{"OPENPGPKEY", "", 60000, "write it as \\# LENGTH HEX"},
		{"DS", "1 1 1 ", 60002, "\\# LENGTH HEX"},
		{"NSEC", "a ", 59980, "not a record type"},
		{"NSEC", "", 59980, "label of over 63 octets"},
		{"NSAP", "0x", 30001, "odd number"},
		{"SVCB", "1 . ", 59980, "SVCB"},
		{"CAA", "0 ", 59980, "CAA"},
		{"LOC", "", 59980, "does not fit"},
		{"TYPE65280", "\\# 65535 ", 131072, "more than 65535 octets"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const size_t head = strlen(rows[i].head);
		uint8_t out[RDATA_MAX];
		uint16_t len;
		struct err err;
		memcpy(text, rows[i].head, head);
		memset(text + head, 'a', rows[i].n);
		if (rdata_parse(
			    type_of(rows[i].type), text, head + rows[i].n, origin, out, &len, &err))
			fail_msg("%s: was taken", rows[i].type);
		if (strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].type, err.text);
	}
}

/* The largest RDATA there is, of strings and of anything, as text and back. */
static void the_largest_rdata(void **state)
{
	(void)state;
	static uint8_t wire[RDATA_MAX], again[RDATA_MAX];
	for (size_t i = 0; i < RDATA_MAX; i++)
		wire[i] = i % 256 == 0 ? (uint8_t)(RDATA_MAX - i > 255 ? 255 : RDATA_MAX - i - 1)
				       : (uint8_t)(200 + i % 50);
	static const char *const types[] = {"TXT", "TYPE65280", "OPENPGPKEY"};
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		char *const text = rdata_text(type_of(types[i]), (struct rdata){wire, RDATA_MAX});
		const struct rdata rdata = parse(type_of(types[i]), text, again);
		assert_int_equal(rdata.len, RDATA_MAX);
		assert_memory_equal(again, wire, RDATA_MAX);
		free(text);
	}
}

/* What a wire check lets through can be printed and read again: PITFALLS C01's classes. */
static void any_octets_go_round(void **state)
{
	(void)state;
	uint32_t seed = 20260101;
	size_t sound = 0;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < COUNT_OF(examples); i++) {
			const uint16_t type = type_of(examples[i].type);
			uint8_t wire[RDATA_MAX], again[RDATA_MAX];
			struct rdata rdata = parse(type, examples[i].text, wire);
			for (int k = 0; k < 1 + round % 3 && rdata.len > 0; k++) {
				seed = seed * 1664525 + 1013904223;
				const size_t at = (seed >> 8) % rdata.len;
				const uint8_t odd[] = {0, 1, 255, 63, 64, 192, (uint8_t)seed};
				wire[at] = odd[(seed >> 24) % sizeof odd];
			}
			seed = seed * 1664525 + 1013904223;
			if (seed >> 30 == 0 && rdata.len > 0)
				rdata.len = (uint16_t)(seed % rdata.len);
			else if (seed >> 30 == 1)
				rdata.len++;
			const bool is_sound = rdata_check(type, wire, rdata.len);
			char *const text = rdata_text(type, rdata);
			if (is_sound) {
				const struct rdata back = parse(type, text, again);
				assert_int_equal(back.len, rdata.len);
				assert_memory_equal(back.wire, wire, rdata.len);
				sound++;
			} else if (strncmp(text, "\\# ", 3) != 0) {
				fail_msg("%s: %s", examples[i].type, text);
			}
			free(text);
		}
	}
	assert_true(sound > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_goes_round),
		cmocka_unit_test(ldns_knows_the_same_types),
		cmocka_unit_test(ldns_reads_the_same),
		cmocka_unit_test(type_names),
		cmocka_unit_test(bad_rdata_is_refused),
		cmocka_unit_test(text_too_long),
		cmocka_unit_test(the_largest_rdata),
		cmocka_unit_test(any_octets_go_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
