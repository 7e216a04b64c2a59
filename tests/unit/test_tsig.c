/* What is said of a signature by a key that nobody knows. */
#include "tests/unit/ask.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct asked {
	uint8_t wire[1024];
	size_t len;
};

/* Hex, and text in quotes. */
static void put(struct asked *a, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"') {
			for (text++; *text != '"'; text++)
				a->wire[a->len++] = (uint8_t)*text;
		} else if (*text != ' ') {
			const char two[3] = {text[0], text[1], '\0'};
			a->wire[a->len++] = (uint8_t)strtoul(two, NULL, 16);
			text++;
		}
	}
}

#define HEAD(records) "1234 0000 0001 0000 0000 " records " 03 \"www\" 07 \"Example\" 00 0001 0001 "
#define OPT "00 0029 04D0 00008000 0000 "
#define FIXED " 00FA 00FF 00000000 "
#define REQUEST_RDATA "0C \"hmac-sha256x\" 00 000012345678 012C 0004 AABBCCDD 4321 0000 0000"
#define REQUEST_TSIG FIXED "0022 " REQUEST_RDATA
#define RESPONSE_TSIG FIXED "001E 0C \"hmac-sha256x\" 00 000012345678 012C 0000 4321 0011 0000"
#define LABEL "3F \"0123456789012345678901234567890123456789012345678901234567890-a\" "
#define LONG_NAME LABEL LABEL LABEL "28 \"0123456789012345678901234567890123456789\" "

static size_t answered(const struct asked *a, uint8_t out[ASK_ROOM], enum transport transport)
{
	const struct view *const view = view_empty();
	uint8_t *const exact = malloc(a->len);
	assert_non_null(exact);
	memcpy(exact, a->wire, a->len);
	const struct request request = {.wire = exact, .len = a->len, .transport = transport};
	const struct answer answer = answer_request(view, &request, out, ASK_ROOM);
	assert_int_equal(answer.fate, REQUEST_ANSWERED);
	assert_int_equal(answer.rcode, RCODE_NOTAUTH);
	static struct response parsed;
	const char *const wrong = response_suits(&parsed, out, answer.len, exact, ASK_ROOM);
	assert_null(wrong);
	free(exact);
	view_unref(view);
	return answer.len;
}

static void rows(void **state)
{
	(void)state;
	static const struct {
		const char *what, *request, *response; /* behind flags and counts */
		int opt, tsig;                         /* records in it */
	} table[] = {
		{"the signature without its MAC, BADKEY", HEAD("0001") "03 \"Key\" 00" REQUEST_TSIG,
			"03 \"Key\" 00" RESPONSE_TSIG, 0, 1},
		{"behind the OPT", HEAD("0002") OPT "03 \"Key\" 00" REQUEST_TSIG,
			"00 0029 04D0 00008000 0000 03 \"Key\" 00" RESPONSE_TSIG, 1, 1},
		{"a key of the root", HEAD("0001") "00" REQUEST_TSIG, "00" RESPONSE_TSIG, 0, 1},
		{"a key that ends as the question", HEAD("0001") "01 \"k\" C010" REQUEST_TSIG,
			"01 \"k\" 07 \"Example\" 00" RESPONSE_TSIG, 0, 1},
		{"a key that is the question", HEAD("0001") "C00C" REQUEST_TSIG,
			"03 \"www\" 07 \"Example\" 00" RESPONSE_TSIG, 0, 1},
		{"a key that is the question's root", HEAD("0001") "01 \"k\" C018" REQUEST_TSIG,
			"01 \"k\" 00" RESPONSE_TSIG, 0, 1},
		{"a pointer into a label is not followed", HEAD("0001") "C00D" REQUEST_TSIG, "", 0,
			0},
		{"nor one behind the question's name", HEAD("0001") "C019" REQUEST_TSIG, "", 0, 0},
		{"nor to what would be too long",
			HEAD("0001") LONG_NAME "09 \"123456789\" C00C" REQUEST_TSIG, "", 0, 0},
	};
	static uint8_t out[ASK_ROOM];
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct asked request = {.len = 0}, response = {.len = 0};
		put(&request, table[i].request);
		put(&response, HEAD("0000"));
		const size_t body = response.len;
		put(&response, table[i].response);
		for (enum transport transport = TRANSPORT_UDP; transport <= TRANSPORT_TCP;
			transport++) {
			const size_t len = answered(&request, out, transport);
			if (len != response.len ||
				memcmp(out + body, response.wire + body, len - body) != 0)
				fail_msg("%s", table[i].what);
			assert_int_equal(response_16(out + 10), table[i].opt + table[i].tsig);
		}
	}
}

/* Where it has no room it is left out: the response to a request of over 512 octets over UDP. */
static void no_room(void **state)
{
	(void)state;
	struct asked request = {.len = 0};
	put(&request, "1234 0000 0001 0000 0000 0001 " LONG_NAME "00 0001 0001 " LONG_NAME
		      "00" REQUEST_TSIG);
	static uint8_t out[ASK_ROOM];
	assert_in_range(answered(&request, out, TRANSPORT_TCP), MESSAGE_UDP + 1, 600);
	assert_int_equal(response_16(out + 10), 1);
	assert_in_range(answered(&request, out, TRANSPORT_UDP), 200, MESSAGE_UDP);
	assert_int_equal(response_16(out + 10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(no_room)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
