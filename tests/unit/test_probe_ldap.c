/* What real directories do not do: the rest is in tests/interop/test_servers.py. */
#include "base/err.h"
#include "probes/ber.h"
#include "probes/login.h"
#include "tests/unit/talk_server.h"

/* As the table of the kind has them. */
struct ldap_options {
	struct login login;
	const char *base, *filter, *attr;
	int scope;
	uint32_t value;
};

enum { ID = 3, CODE = 0x0a, DONE = 0x65, ENTRY = 0x64, EXTENDED = 0x78 };

struct answers { /* as a script wants them: zeros as \xff */
	uint8_t octets[1024];
	struct ber_out out;
};

static struct ber_out *begin_answers(struct answers *a)
{
	a->out = (struct ber_out){.to = a->octets, .room = sizeof a->octets - 1};
	return &a->out;
}

static void put_result(
	struct ber_out *out, uint16_t id, uint8_t tag, uint16_t code, const char *words)
{
	const size_t message = ber_begin(out, BER_SEQUENCE);
	ber_put_number(out, BER_INTEGER, id);
	const size_t op = ber_begin(out, tag);
	ber_put_number(out, CODE, code);
	ber_put_text(out, BER_OCTETS, "");
	ber_put_text(out, BER_OCTETS, words);
	ber_end(out, op);
	ber_end(out, message);
}

static void put_entry(struct ber_out *out, const char *attr, const char *first, const char *second)
{
	const size_t message = ber_begin(out, BER_SEQUENCE);
	ber_put_number(out, BER_INTEGER, ID);
	const size_t op = ber_begin(out, ENTRY);
	ber_put_text(out, BER_OCTETS, "o=ut");
	const size_t attrs = ber_begin(out, BER_SEQUENCE), one = ber_begin(out, BER_SEQUENCE);
	ber_put_text(out, BER_OCTETS, attr);
	const size_t values = ber_begin(out, BER_SET);
	ber_put_text(out, BER_OCTETS, first);
	ber_put_text(out, BER_OCTETS, second);
	ber_end(out, values);
	ber_end(out, one);
	ber_end(out, attrs);
	ber_end(out, op);
	ber_end(out, message);
}

static const char *as_text(struct answers *a)
{
	assert_false(a->out.full);
	for (size_t i = 0; i < a->out.len; i++)
		a->octets[i] = a->octets[i] == 0 ? 0xff : a->octets[i];
	a->octets[a->out.len] = '\0';
	return (const char *)a->octets;
}

static struct probe_report ask(const struct line script[LINES_MAX], enum login_begin tls,
	const char *attr, uint32_t value, int64_t ms)
{
	struct server server;
	server_start(&server, "127.0.0.1", NULL, script, LINES_MAX);
	server_go(&server);
	const struct ldap_options options = {.login = {.tls = {.how = (int)tls}},
		.base = "o=ut",
		.filter = "(objectClass=*)",
		.attr = attr,
		.value = value};
	const struct probe_target target = {
		.address = server.address, .host = "", .timeout = span_ms(GUARD_MS)};
	struct loop *const loop = loop_new();
	const struct probe_report report = ask_within(loop, &probe_ldap, &target, &options, ms);
	loop_free(loop);
	server_stop(&server);
	return report;
}

static void expect_answer(const char *what, struct answers *a, enum play how, uint32_t value,
	const char *why, const char *wanted)
{
	const struct line script[LINES_MAX] = {
		{PLAY_HEAR, "contextCSN"}, {how, as_text(a)}, {PLAY_HANG, ""}};
	const struct probe_report got = ask(script, LOGIN_CLEAR, "contextCSN", value, GUARD_MS);
	expect_report(what, &got, why[0] == '\0' ? PROBE_PASS : PROBE_FAIL, why);
	assert_string_equal(got.value, wanted);
}

static void values(void **state)
{
	(void)state;
	static const char csn[] = "20261122060000.123456Z#000000#001#000000", other[] = "other";
	struct answers a;
	struct ber_out *out = begin_answers(&a);
	put_entry(out, "contextCSN", csn, other);
	put_result(out, ID, DONE, 0, "");
	expect_answer("the first value", &a, PLAY_SAY, 1, "", csn);

	out = begin_answers(&a);
	put_entry(out, "contextCSN", csn, other);
	put_result(out, ID, DONE, 0, "");
	expect_answer("the second, octet by octet", &a, PLAY_DRIP, 2, "", other);

	out = begin_answers(&a);
	put_entry(out, "contextCSN", csn, other);
	put_result(out, ID, DONE, 4, "size limit");
	expect_answer("there were more entries", &a, PLAY_SAY, 1, "", csn);

	out = begin_answers(&a);
	put_entry(out, "contextCSN", csn, other);
	put_result(out, ID, DONE, 0, "");
	expect_answer("there is no third", &a, PLAY_SAY, 3, "search: no contextCSN number 3", "");

	out = begin_answers(&a);
	put_result(out, ID, DONE, 0, "");
	expect_answer("no entry", &a, PLAY_SAY, 1, "search: no entry", "");

	out = begin_answers(&a);
	put_result(out, ID, DONE, 51, "come\nback");
	expect_answer(
		"busy, in its own words", &a, PLAY_SAY, 1, "search: busy (51): come\\nback", "");

	out = begin_answers(&a);
	put_result(out, ID, DONE, 4711, "");
	expect_answer("a code that nobody knows", &a, PLAY_SAY, 1, "search: error (4711)", "");

	out = begin_answers(&a);
	put_result(out, 0, EXTENDED, 52, "shutting down");
	expect_answer("it leaves", &a, PLAY_SAY, 1, "search: unavailable (52): shutting down", "");

	out = begin_answers(&a);
	put_result(out, 0, EXTENDED, 0, "");
	expect_answer("it leaves, and all is well", &a, PLAY_SAY, 1, "search: error (0)", "");

	out = begin_answers(&a);
	put_result(out, ID + 1, DONE, 0, "");
	expect_answer("another number", &a, PLAY_SAY, 1, "search: an answer to something else", "");

	out = begin_answers(&a);
	put_result(out, ID, EXTENDED, 0, "");
	expect_answer("another kind", &a, PLAY_SAY, 1, "search: an answer to something else", "");

	out = begin_answers(&a);
	put_entry(out, "contextCSN", csn, other);
	expect_answer("entries without end", &a, PLAY_FLOOD, 1,
		"search: an answer of more than 64 KB", "");
}

static void nonsense(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct line script[LINES_MAX];
		enum login_begin tls;
		const char *why;
	} rows[] = {
		{"another protocol", {{PLAY_SAY, "220 mail ESMTP\r\n"}, {PLAY_HANG, ""}},
			LOGIN_CLEAR, "search: no answer in LDAP"},
		{"an indefinite length", {{PLAY_SAY, "\x30\x80"}, {PLAY_HANG, ""}}, LOGIN_CLEAR,
			"search: no answer in LDAP"},
		{"an empty message", {{PLAY_SAY, "\x30\xff"}, {PLAY_HANG, ""}}, LOGIN_CLEAR,
			"search: malformed answer"},
		{"elements longer than what holds them",
			{{PLAY_SAY, "\x30\x05\x02\x01\x03\x64\x09"}, {PLAY_HANG, ""}}, LOGIN_CLEAR,
			"search: malformed answer"},
		{"an entry of nothing",
			{{PLAY_SAY, "\x30\x05\x02\x01\x03\x64\xff"}, {PLAY_HANG, ""}}, LOGIN_CLEAR,
			"search: malformed answer"},
		{"a result of nothing",
			{{PLAY_SAY, "\x30\x05\x02\x01\x03\x65\xff"}, {PLAY_HANG, ""}}, LOGIN_CLEAR,
			"search: malformed answer"},
		{"a length of 2 GB is waited for, not believed",
			{{PLAY_SAY, "\x30\x84\x7f\x01\x01\x01\x02\x01"}, {PLAY_HANG, ""}},
			LOGIN_CLEAR, "no report"},
		{"until it has said too much", {{PLAY_FLOOD, "\x30\x84\x7f\x01\x01\x01\x02\x01"}},
			LOGIN_CLEAR, "search: an answer of more than 64 KB"},
		{"silence", {{PLAY_HANG, ""}}, LOGIN_CLEAR, "no report"},
		{"half an answer", {{PLAY_SAY, "\x30\x0c\x02"}, {PLAY_SHUT, ""}, {PLAY_HANG, ""}},
			LOGIN_CLEAR, "closed before the end of the answer"},
		{"closed at once", {{PLAY_SHUT, ""}, {PLAY_HANG, ""}}, LOGIN_CLEAR,
			"closed before an answer"},
		{"no TLS",
			{{PLAY_HEAR, "1.3.6.1.4.1.1466.20037"},
				{PLAY_SAY,
					"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\xff\x04\xff"},
				{PLAY_HANG, ""}},
			LOGIN_STARTTLS, "StartTLS: protocol error (2)"},
		{"somebody in between says what is to count within TLS",
			{{PLAY_HEAR, "1.3.6.1.4.1.1466.20037"},
				{PLAY_SAY, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\xff\x04\xff\x04"
					   "\xff\x30"},
				{PLAY_HANG, ""}},
			LOGIN_STARTTLS, "StartTLS: more than an answer before TLS"},
		{"it does not know TLS after all",
			{{PLAY_HEAR, "1.3.6.1.4.1.1466.20037"},
				{PLAY_SAY, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\xff\x04\xff\x04"
					   "\xff"},
				{PLAY_SHUT, ""}, {PLAY_HANG, ""}},
			LOGIN_STARTTLS, "closed during the TLS handshake"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const bool silent = strcmp(rows[i].why, "no report") == 0;
		const struct probe_report got =
			ask(rows[i].script, rows[i].tls, NULL, 1, silent ? 50 : GUARD_MS);
		expect_report(
			rows[i].what, &got, silent ? PROBE_NO_VERDICT : PROBE_FAIL, rows[i].why);
	}
}

static void the_filter_is_checked(void **state)
{
	(void)state;
	const struct ldap_options options = {.filter = "(uid=x"};
	const char *key = NULL;
	struct err err;
	assert_false(probe_ldap.options.check(&options, &key, &err));
	assert_string_equal(key, "filter");
	assert_string_equal(err.text, "a closing parenthesis is wanted at \"\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(the_filter_is_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
