/* What a response says besides the answer: options of the OPT, cookies, class CH. */
#include "tests/unit/ask.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1559731985 };

static struct response parsed;

static size_t octets(uint8_t *out, const char *hex)
{
	size_t n = 0;
	for (; *hex != '\0'; hex++)
		if (*hex != ' ') {
			const char two[3] = {hex[0], hex[1], '\0'};
			out[n++] = (uint8_t)strtoul(two, NULL, 16);
			hex++;
		}
	return n;
}

#define SOA "@ SOA ns1 host 1 3600 600 86400 60\n"
static const char example[] = "example.\n" SOA "@ NS ns1\nns1 A 192.0.2.1\nweb A 192.0.2.80\n"
			      "60 big TXT \"0123456789012345678901234567890123456789\"\n";

static struct view *telling(const char *identity, const char *version, const char *secret)
{
	struct view *const view = ask_view((const char *const[]){example, NULL});
	struct terms *const terms = terms_new();
	(void)snprintf(terms->identity, sizeof terms->identity, "%s", identity);
	(void)snprintf(terms->version, sizeof terms->version, "%s", version);
	terms->cookies.n = octets(terms->cookies.secret[0], secret) > 0;
	struct view *const on = view_on(view, terms);
	terms_unref(terms);
	view_unref(view);
	return on;
}

#define SECRET "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define CLIENT "2464c4abcf10c957"
#define GOOD CLIENT "010000005cf79f111f8130c3eee29480"

struct asked {
	uint8_t wire[1024], out[1232];
	size_t len;
	struct answer answer;
	char options[512]; /* of the response, as hex; "-": no OPT */
};

static void ask(struct asked *a, const struct view *view, enum transport transport)
{
	struct address client;
	assert_true(address_parse("198.51.100.100", &client));
	const struct request request = {.wire = a->wire,
		.len = a->len,
		.transport = transport,
		.unix_now = NOW,
		.idle = 100,
		.client = &client};
	a->answer = answer_request(view, &request, a->out, sizeof a->out);
	assert_int_equal(a->answer.fate, REQUEST_ANSWERED);
	(void)strcpy(a->options, "-");
	if (a->answer.opt_at == 0)
		return;
	const size_t n = response_16(a->out + a->answer.opt_at + 9);
	assert_int_equal(a->answer.opt_at + 11 + n, a->answer.len);
	a->options[0] = '\0';
	for (size_t i = 0; i < n; i++)
		(void)snprintf(a->options + 2 * i, 3, "%02x", a->out[a->answer.opt_at + 11 + i]);
}

static void question(struct asked *a, const char *text, const char *options)
{
	a->len = ask_request(a->wire, text, ASK_EDNS, 1232);
	const size_t n = octets(a->wire + a->len, options);
	a->wire[a->len - 2] = (uint8_t)(n >> 8);
	a->wire[a->len - 1] = (uint8_t)n;
	a->len += n;
}

static void options(void **state)
{
	(void)state;
	static const struct {
		const char *what, *question, *options;
		enum transport transport;
		unsigned rcode;
		const char *response;
	} rows[] = {
		{"none asked", "web.example. A", "", TRANSPORT_UDP, 0, ""},
		{"an unknown one", "web.example. A", "fde9 0002 0102", TRANSPORT_UDP, 0, ""},
		{"NSID", "web.example. A", "0003 0000", TRANSPORT_UDP, 0, "000300046e6f6465"},
		{"NSID twice", "web.example. A", "0003 0000 0003 0000", TRANSPORT_UDP, 0,
			"000300046e6f6465"},
		{"padding, not encrypted", "web.example. A", "000c 0004 00000000", TRANSPORT_TCP, 0,
			""},
		{"a subnet: the answer is the same for all", "web.example. A",
			"0008 0007 0001 18 00 c00002", TRANSPORT_UDP, 0, "0008000700011800c00002"},
		{"a subnet of 0 bits", "web.example. A", "0008 0004 0001 00 00", TRANSPORT_UDP, 0,
			"0008000400010000"},
		{"a subnet of 20 bits", "web.example. A", "0008 0007 0001 14 00 c000f0",
			TRANSPORT_UDP, 0, "0008000700011400c000f0"},
		{"an IPv6 subnet", "web.example. A", "0008 000b 0002 38 00 20010db8000000",
			TRANSPORT_UDP, 0, "0008000b0002380020010db8000000"},
		{"a subnet with bits behind it", "web.example. A", "0008 0007 0001 14 00 c000f8",
			TRANSPORT_UDP, 1, ""},
		{"too few octets", "web.example. A", "0008 0006 0001 18 00 c000", TRANSPORT_UDP, 1,
			""},
		{"too many", "web.example. A", "0008 0008 0001 18 00 c0000200", TRANSPORT_UDP, 1,
			""},
		{"33 bits", "web.example. A", "0008 0009 0001 21 00 c000020000", TRANSPORT_UDP, 1,
			""},
		{"a scope in a query", "web.example. A", "0008 0007 0001 18 18 c00002",
			TRANSPORT_UDP, 1, ""},
		{"a family nobody knows", "web.example. A", "0008 0005 0003 08 00 01",
			TRANSPORT_UDP, 1, ""},
		{"a subnet of 3 octets", "web.example. A", "0008 0003 0001 00", TRANSPORT_UDP, 1,
			""},
		{"keepalive over TCP", "web.example. A", "000b 0000", TRANSPORT_TCP, 0,
			"000b00020064"},
		{"keepalive over UDP", "web.example. A", "000b 0000", TRANSPORT_UDP, 0, ""},
		{"keepalive of 3 octets over UDP means nothing either (RFC 7828 3.3.2)",
			"web.example. A", "000b 0003 000000", TRANSPORT_UDP, 0, ""},
		{"a client cookie", "web.example. A", "000a 0008" CLIENT, TRANSPORT_UDP, 0,
			"000a0018" GOOD},
		{"the first of two", "web.example. A",
			"000a 0008" CLIENT "000a 0008 ffffffffffffffff", TRANSPORT_UDP, 0,
			"000a0018" GOOD},
		{"a bad one is answered as if there was none", "web.example. A",
			"000a 0018" CLIENT "010000005cf79f11ffffffffffffffff", TRANSPORT_UDP, 0,
			"000a0018" GOOD},
		{"not our zone", "example.org. A", "", TRANSPORT_UDP, 5, "000f00020014"},
		{"a transfer", "example. AXFR", "", TRANSPORT_TCP, 5, "000f00020012"},
		{"all together", "example.org. A",
			"0003 0000 000a 0008" CLIENT "000b 0000 0008 0004 0001 00 00",
			TRANSPORT_TCP, 5,
			"000a0018" GOOD "000300046e6f6465"
			"0008000400010000"
			"000b00020064"
			"000f00020014"},
	};
	struct view *const view = telling("node", "", SECRET);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked a;
		question(&a, rows[i].question, rows[i].options);
		ask(&a, view, rows[i].transport);
		if (a.answer.rcode != rows[i].rcode || strcmp(a.options, rows[i].response) != 0)
			fail_msg("%s: rcode %u, %s", rows[i].what, a.answer.rcode, a.options);
	}
	view_unref(view);
}

static void nothing_to_tell(void **state)
{
	(void)state;
	struct view *const view = telling("", "", "");
	struct asked a;
	question(&a, "web.example. A", "0003 0000 000a 0018" GOOD);
	ask(&a, view, TRANSPORT_UDP);
	assert_string_equal(a.options, "");
	assert_false(a.answer.genuine);
	a.wire[a.len - 1] ^= 1;
	ask(&a, view, TRANSPORT_UDP);
	assert_false(a.answer.genuine);
	view_unref(view);
}

static void genuine_clients(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		bool genuine;
	} rows[] = {
		{"", false},
		{"000a 0008" CLIENT, false},
		{"000a 0018" GOOD, true},
		{"000a 0018" CLIENT "010000005cf79f11ffffffffffffffff", false},
	};
	struct view *const view = telling("", "", SECRET);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked a;
		question(&a, "web.example. A", rows[i].options);
		ask(&a, view, TRANSPORT_UDP);
		assert_int_equal(a.answer.genuine, rows[i].genuine);
	}
	view_unref(view);
}

/* RFC 7873 5.4. */
static void cookies_without_a_question(void **state)
{
	(void)state;
	static const struct {
		const char *what, *message;
		bool cookies;
		unsigned rcode;
		const char *options;
	} rows[] = {
		{"a new one",
			"12340000 0000 0000 0000 0001 00 0029 04d0 00000000 000c 000a 0008" CLIENT,
			true, 0, "000a0018" GOOD},
		{"a good one",
			"12340000 0000 0000 0000 0001 00 0029 04d0 00000000 001c 000a 0018" GOOD,
			true, 0, "000a0018" GOOD},
		{"a bad one",
			"12340000 0000 0000 0000 0001 00 0029 04d0 00000000 001c 000a 0018" CLIENT
			"010000005cf79f11ffffffffffffffff",
			true, 23, "000a0018" GOOD},
		{"we have none",
			"12340000 0000 0000 0000 0001 00 0029 04d0 00000000 000c 000a 0008" CLIENT,
			false, 1, ""},
		{"no cookie", "12340000 0000 0000 0000 0001 00 0029 04d0 00000000 0004 0003 0000",
			true, 1, "000300046e6f6465"},
		{"no OPT", "12340000 0000 0000 0000 0000", true, 1, "-"},
		{"another version",
			"12340000 0000 0000 0000 0001 00 0029 04d0 00010000 000c 000a 0008" CLIENT,
			true, 1, ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct view *const view = telling("node", "", rows[i].cookies ? SECRET : "");
		struct asked a;
		a.len = octets(a.wire, rows[i].message);
		ask(&a, view, TRANSPORT_UDP);
		if (a.answer.rcode != rows[i].rcode || strcmp(a.options, rows[i].options) != 0)
			fail_msg("%s: rcode %u, %s", rows[i].what, a.answer.rcode, a.options);
		assert_int_equal(response_16(a.out + 4), 0);
		view_unref(view);
	}
}

/* Names in any case; "": REFUSED. */
static void class_ch(void **state)
{
	(void)state;
	static const struct {
		const char *question, *identity, *version, *expected;
	} rows[] = {
		{"id.server. TXT", "node", "v1", "node"},
		{"ID.Server. ANY", "node", "v1", "node"},
		{"hostname.bind. TXT", "node", "v1", "node"},
		{"version.bind. TXT", "node", "v1", "v1"},
		{"VERSION.server. TXT", "node", "v1", "v1"},
		{"id.server. TXT", "", "v1", ""},
		{"version.bind. TXT", "node", "", ""},
		{"id.server. A", "node", "v1", ""},
		{"authors.bind. TXT", "node", "v1", ""},
		{"x.id.server. TXT", "node", "v1", ""},
		{"web.example. A", "node", "v1", ""},
		{". TXT", "node", "v1", ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct view *const view = telling(rows[i].identity, rows[i].version, "");
		struct asked a;
		question(&a, rows[i].question, "");
		a.wire[a.len - 12] = CLASS_CH;
		ask(&a, view, TRANSPORT_UDP);
		const size_t len = strlen(rows[i].expected);
		const bool answered = len > 0;
		if ((a.answer.rcode == 0) != answered || response_16(a.out + 6) != answered)
			fail_msg("%s: rcode %u", rows[i].question, a.answer.rcode);
		assert_string_equal(a.options, answered ? "" : "000f00020014");
		if (!answered) {
			assert_int_equal(a.answer.rcode, 5);
		} else { /* AA; TXT CH 0 */
			const uint8_t head[] = {0xC0, 12, 0, 16, 0, 3, 0, 0, 0, 0, 0,
				(uint8_t)(len + 1), (uint8_t)len};
			const uint8_t *const record = a.out + a.answer.body_at;
			assert_memory_equal(record, head, sizeof head);
			assert_memory_equal(record + sizeof head, rows[i].expected, len);
			assert_true((a.out[2] & FLAG_AA >> 8) != 0);
		}
		view_unref(view);
	}
}

/* What we have of all classes is that of IN; it is not authoritative (RFC 1035 6.2). */
static void class_any(void **state)
{
	(void)state;
	struct view *const view = telling("node", "", "");
	struct asked a;
	question(&a, "web.example. A", "");
	a.wire[a.len - 12] = CLASS_ANY;
	ask(&a, view, TRANSPORT_UDP);
	assert_int_equal(a.answer.rcode, 0);
	assert_int_equal(response_16(a.out + 6), 1);
	assert_int_equal(a.out[2] & FLAG_AA >> 8, 0);
	a.wire[a.len - 12] = CLASS_NONE;
	ask(&a, view, TRANSPORT_UDP);
	assert_int_equal(a.answer.rcode, 5);
	view_unref(view);
}

/* The longest question and all options at once, in the smallest message. */
static void the_least_room(void **state)
{
	(void)state;
	char identity[TERMS_TEXT_MAX + 1];
	memset(identity, 'i', sizeof identity - 1);
	identity[sizeof identity - 1] = '\0';
	struct view *const view = telling(identity, identity, SECRET);
	char name[300] = "";
	for (unsigned i = 0; i < 123; i++)
		(void)strcat(name, "a.");
	(void)strcat(name, "example. A");
	struct asked a;
	question(&a, name,
		"0003 0000 000a 0008" CLIENT
		"000b 0000 0008 0014 0002 80 00 00112233445566778899aabbccddeeff");
	a.wire[11 + 1 + 255 + 4 + 3] = 0; /* the size: 0x04D0 becomes 0xD0 */
	ask(&a, view, TRANSPORT_UDP);
	assert_int_equal(a.answer.rcode, 3);
	assert_true(a.answer.len <= 512);
	view_unref(view);
}

static void shortened(void **state)
{
	(void)state;
	static const struct {
		const char *what, *question, *options;
		unsigned rcode;
		bool truncated;
		const char *kept;
	} rows[] = {
		{"an answer", "big.example. TXT", "", 0, true, ""},
		{"NXDOMAIN is not told", "no.example. TXT", "", 0, true, ""},
		{"a cookie stays, all else goes", "big.example. TXT", "0003 0000 000a 0008" CLIENT,
			0, true, "000a0018" GOOD},
		{"an error", "example.org. TXT", "0003 0000", 5, false, ""},
	};
	struct view *const view = telling("node", "", SECRET);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked a;
		question(&a, rows[i].question, rows[i].options);
		ask(&a, view, TRANSPORT_UDP);
		answer_shorten(a.out, &a.answer);
		const char *const wrong = response_read(&parsed, a.out, a.answer.len);
		if (wrong != NULL)
			fail_msg("%s: %s", rows[i].what, wrong);
		const struct response *const r = &parsed;
		assert_int_equal(r->rcode, rows[i].rcode);
		assert_int_equal(a.answer.rcode, rows[i].rcode);
		assert_int_equal((r->flags & FLAG_TC) != 0, rows[i].truncated);
		assert_int_equal(r->flags & FLAG_AA, 0);
		assert_int_equal(r->n, 0);
		assert_true(r->opt);
		uint8_t kept[64];
		const size_t n = octets(kept, rows[i].kept);
		assert_int_equal(a.answer.len, a.answer.opt_at + 11 + n);
		assert_memory_equal(a.out + a.answer.opt_at + 11, kept, n);
		if (n == 0)
			assert_true(a.answer.len <= a.len);
	}
	struct asked a;
	a.len = ask_request(a.wire, "big.example. TXT", 0, 0);
	ask(&a, view, TRANSPORT_UDP);
	answer_shorten(a.out, &a.answer);
	assert_int_equal(a.answer.len, a.len);
	assert_null(response_read(&parsed, a.out, a.answer.len));
	view_unref(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options),
		cmocka_unit_test(nothing_to_tell),
		cmocka_unit_test(genuine_clients),
		cmocka_unit_test(cookies_without_a_question),
		cmocka_unit_test(class_ch),
		cmocka_unit_test(class_any),
		cmocka_unit_test(the_least_room),
		cmocka_unit_test(shortened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
