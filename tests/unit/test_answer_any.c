/* Whatever is asked, there is a sound answer: every type, random zones and questions, broken
 * requests. */
#include "tests/unit/answer_rows.h"

/* C04: every type, several classes, every opcode and set of flags: an answer or a drop. */
static void every_type_and_flag(void **state)
{
	(void)state;
	struct view *const view = ask_view((const char *const[]){example, NULL});
	static const uint16_t classes[] = {0, 1, 3, 4, 254, 255, 65535};
	uint8_t wire[512 + 11], out[1232];
	const size_t len = ask_request(wire, "web.example. A", ASK_EDNS, 1232);
	struct request request = {.wire = wire, .len = len, .transport = TRANSPORT_UDP};
	for (unsigned type = 0; type < 65536; type++) {
		wire[len - 15] = (uint8_t)(type >> 8);
		wire[len - 14] = (uint8_t)type;
		wire[len - 13] = (uint8_t)(classes[type % COUNT_OF(classes)] >> 8);
		wire[len - 12] = (uint8_t)classes[type % COUNT_OF(classes)];
		wire[2] = (uint8_t)(type % 3 == 0 ? 0 : type >> 8);
		wire[3] = (uint8_t)type;
		const struct answer answer = answer_request(view, &request, out, sizeof out);
		assert_int_equal(answer.fate, wire[2] >= 128 ? REQUEST_DROPPED : REQUEST_ANSWERED);
		if (answer.fate == REQUEST_ANSWERED &&
			response_suits(&response, out, answer.len, wire, 1232) != NULL)
			fail_msg("type %u: %s", type,
				response_suits(&response, out, answer.len, wire, 1232));
	}
	view_unref(view);
}

/* Requests that get no answer from a zone: the whole response, octet by octet. */
static void refusals(void **state)
{
	(void)state;
#define Q "\3web\7example\0\0\1\0\1"
#define Z "\7example\0\0\6\0\1"
	static const struct {
		const char *what, *request;
		size_t len;
		const char *expected;
		size_t expected_len;
	} rows[] = {
#define ROW(what, request, expected)                                                               \
	{what, request, sizeof request - 1, expected, sizeof expected - 1}
		ROW("no question", "\x12\x34\1\0\0\0\0\0\0\0\0\0",
			"\x12\x34\x81\1\0\0\0\0\0\0\0\0"),
		ROW("RD is copied, AD and CD are not", "\x12\x34\1\x30\0\1\0\0\0\0\0\0" Q "x",
			"\x12\x34\x81\1\0\1\0\0\0\0\0\0" Q),
		ROW("another class", "\x12\x34\0\0\0\1\0\0\0\0\0\0\3web\7example\0\0\1\0\3",
			"\x12\x34\x80\5\0\1\0\0\0\0\0\0\3web\7example\0\0\1\0\3"),
		ROW("NOTIFY", "\x12\x34\x24\0\0\1\0\0\0\0\0\0" Z,
			"\x12\x34\xA0\5\0\1\0\0\0\0\0\0" Z),
		ROW("NOTIFY of what is no zone of ours", "\x12\x34\x24\0\0\1\0\0\0\0\0\0" Q,
			"\x12\x34\xA0\x9\0\1\0\0\0\0\0\0" Q),
		ROW("UPDATE", "\x12\x34\x28\0\0\1\0\0\0\0\0\0" Z,
			"\x12\x34\xA8\5\0\1\0\0\0\0\0\0" Z),
		ROW("UPDATE of what is no zone of ours",
			"\x12\x34\x28\0\0\1\0\0\0\0\0\0\3web\7example\0\0\6\0\1",
			"\x12\x34\xA8\x9\0\1\0\0\0\0\0\0\3web\7example\0\0\6\0\1"),
		ROW("opcode 15", "\x12\x34\x78\0\0\1\0\0\0\0\0\0" Q,
			"\x12\x34\xF8\4\0\1\0\0\0\0\0\0" Q),
		ROW("BADVERS stands in the OPT",
			"\x12\x34\0\0\0\1\0\0\0\0\0\1" Q "\0\0\x29\4\xD0\0\1\0\0\0\0",
			"\x12\x34\x80\0\0\1\0\0\0\0\0\1" Q "\0\0\x29\4\xD0\1\0\0\0\0\0"),
	};
	struct view *const view = ask_view((const char *const[]){example, NULL});
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t out[512];
		const struct request request = {.wire = (const uint8_t *)rows[i].request,
			.len = rows[i].len,
			.transport = TRANSPORT_UDP};
		const struct answer answer = answer_request(view, &request, out, sizeof out);
		assert_int_equal(answer.fate, REQUEST_ANSWERED);
		if (answer.len != rows[i].expected_len ||
			memcmp(out, rows[i].expected, answer.len) != 0)
			fail_msg("%s", rows[i].what);
	}
	const uint8_t response_bit[12] = {0, 0, 0x80};
	uint8_t out[512];
	struct request dropped = {.wire = response_bit, .len = 12, .transport = TRANSPORT_UDP};
	assert_int_equal(answer_request(view, &dropped, out, sizeof out).fate, REQUEST_DROPPED);
	dropped.len = 11;
	assert_int_equal(answer_request(view, &dropped, out, sizeof out).fate, REQUEST_DROPPED);
	view_unref(view);
}

/* --- random zones, random questions, mutated requests --- */

static uint32_t seed = 20261122;

static uint32_t roll(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static const char *random_name(char *text)
{
	static const char *const labels[] = {
		"a", "B", "*", "www", "ns", "deep-label-of-some-length"};
	text[0] = '\0';
	for (unsigned n = 1 + roll(4); n > 0; n--) {
		(void)strcat(text, labels[roll(COUNT_OF(labels))]);
		(void)strcat(text, n > 1 ? "." : "");
	}
	return text;
}

static struct view *random_view(void)
{
	char *zone = NULL, one[128], two[128];
	size_t size = 0;
	FILE *const to = open_memstream(&zone, &size);
	(void)fprintf(to, "r.\n" SOA "@ NS ns\n");
	for (unsigned n = roll(60); n > 0; n--) {
		static const char *const kinds[] = {"NS", "MX 5", "SRV 1 2 3", "TXT", "PTR"};
		const unsigned kind = roll(7), octet = roll(250);
		(void)random_name(one);
		if (kind == 5)
			(void)fprintf(to, "%s A 192.0.2.%u\n", one, octet);
		else if (kind == 6)
			(void)fprintf(to, "%s AAAA 2001:db8::%u\n", one, octet);
		else
			(void)fprintf(to, "%s %s %s\n", one, kinds[kind], random_name(two));
	}
	for (unsigned n = roll(6); n > 0; n--)
		(void)fprintf(to, "c%u CNAME %s\n", n, roll(2) ? random_name(one) : "c1");
	for (unsigned n = roll(3); n > 0; n--)
		(void)fprintf(to, "d%u DNAME %s\n", n, roll(2) ? random_name(one) : "d1");
	(void)fclose(to);
	struct view *const view = ask_view((const char *const[]){zone, NULL});
	free(zone);
	return view;
}

static void check_any(const struct view *view, const uint8_t *wire, size_t len, bool edns)
{
	static uint8_t out[ASK_ROOM], again[ASK_ROOM];
	const enum transport transport = roll(4) == 0 ? TRANSPORT_TCP : TRANSPORT_UDP;
	uint8_t *const exact =
		malloc(len + 1); /* ends where the request ends: ASan sees a step too far */
	assert_non_null(exact);
	memcpy(exact, wire, len);
	const struct request request = {
		.wire = exact, .len = len, .transport = transport, .dice = seed * 7919};
	const size_t room = transport == TRANSPORT_TCP ? ASK_ROOM : edns ? 1232 : 512;
	memset(out, 0xA5, room);
	memset(again, 0x5A, room);
	const struct answer one = answer_request(view, &request, out, room);
	const struct answer two = answer_request(view, &request, again, room);
	assert_int_equal(one.fate, two.fate);
	if (one.fate == REQUEST_ANSWERED) {
		assert_int_equal(one.len, two.len);
		assert_memory_equal(out, again, one.len); /* and nothing left from before */
		const char *const wrong = response_suits(&response, out, one.len, exact, room);
		if (wrong != NULL)
			fail_msg("%s", wrong);
	}
	free(exact);
}

static void random_questions(void **state)
{
	(void)state;
	static const char *const types[] = {
		"A", "AAAA", "NS", "MX", "SRV", "TXT", "CNAME", "DS", "ANY", "SOA", "DNAME", "PTR"};
	print_message("seed %u\n", seed);
	for (int round = 0; round < 100; round++) {
		struct view *const view = random_view();
		for (int i = 0; i < 200; i++) {
			char name[128], question[256];
			uint8_t wire[512 + 11];
			const char *const top = roll(20) == 0 ? ""
						: roll(4)     ? "r."
						: roll(2)     ? "c1.r."
							      : "x.d1.r.";
			(void)snprintf(question, sizeof question, "%s.%s %s", random_name(name),
				top, types[roll(COUNT_OF(types))]);
			if (roll(5) == 0)
				(void)snprintf(question, sizeof question, "c%u.r. A", 1 + roll(5));
			const int kind = (int)roll(3);
			const size_t len = ask_request(wire, question, kind, 400 + roll(1000));
			check_any(view, wire, len, kind != 0);
		}
		view_unref(view);
	}
}

static void mutated_requests(void **state)
{
	(void)state;
	struct view *const view = ask_view((const char *const[]){example, other, NULL});
	static const char *const questions[] = {"web.example. A", "_s._tcp.example. SRV",
		"x.example. A", "far.example. A", "example. MX", "example. IXFR"};
	for (int round = 0; round < 50000; round++) {
		uint8_t wire[512 + 11];
		size_t len =
			ask_request(wire, questions[roll(COUNT_OF(questions))], (int)roll(3), 1232);
		for (uint32_t n = roll(4); n > 0; n--)
			wire[roll((uint32_t)len)] = (uint8_t)roll(256);
		if (roll(4) == 0)
			len = roll((uint32_t)len + 1);
		check_any(view, wire, len, true);
	}
	view_unref(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_and_flag),
		cmocka_unit_test(refusals),
		cmocka_unit_test(random_questions),
		cmocka_unit_test(mutated_requests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
