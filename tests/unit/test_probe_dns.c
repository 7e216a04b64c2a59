#include "base/bytes.h"
#include "base/err.h"
#include "tests/unit/probe_once.h"

/* As the table of the kind has them. */
enum { UDP, TCP };
struct dns_options {
	const char *query;
	int transport;
	struct texts rcode;
	bool aa, recursion;
	uint32_t value;
	const char *expect;
};

static const struct text_at noerror[] = {{.text = "NOERROR"}};
static const struct text_at nxdomain[] = {{.text = "3"}, {.text = "refused"}};

/* What the server does with a query, in order. */
enum act {
	END,
	ANSWER,      /* sends the row's flags and records behind the query's id and question */
	OTHER_ID,    /* the same with another id */
	OTHER_QUERY, /* ... with another question */
	HALF,        /* without the last octets of the question */
	HANG_UP,
};

struct row { // NOLINT(clang-analyzer-optin.performance.Padding): as a row reads
	const char *what;
	struct dns_options options;
	enum act acts[4];
	uint16_t flags, answers;
	const char *records;
	size_t len;
	enum probe_outcome outcome;
	const char *why, *value;
};

#define RECORDS(text) (text), sizeof(text) - 1
#define A_RECORD "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\xc0\0\2\7"
#define ALIAS "\xc0\x0c\0\5\0\1\0\0\0\5\0\4\1w\xc0\x0c"
#define SOA_RECORD                                                                                 \
	"\xc0\x0c\0\6\0\1\0\0\0\5\0\x18\xc0\x0c\xc0\x0c\0\0\0\x2a\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1"
#define ASK(text, over) .query = (text), .transport = (over), .rcode = {1, noerror}

enum { AUTHORITATIVE = 0x8400, PLAIN = 0x8000, TRUNCATED = 0x8600 };

struct server {
	int fd, client; /* client: TCP, -1 before */
	struct watch *watch;
	struct loop *loop;
	const struct row *row;
	uint8_t query[600];
	size_t n;
};

static size_t reply(const struct server *s, enum act act, uint8_t out[1024])
{
	const size_t question = s->n;
	memcpy(out, s->query, question);
	out[1] ^= act == OTHER_ID;
	bytes_put16(out + 2, s->row->flags);
	bytes_put16(out + 6, s->row->answers);
	if (act == OTHER_QUERY)
		out[13] ^= 1;
	memcpy(out + question, s->row->records, s->row->len);
	return act == HALF ? question - 3 : question + s->row->len;
}

static void act_on(struct server *s, int fd, int transport, const struct address *to)
{
	for (const enum act *act = s->row->acts; *act != END; act++) {
		uint8_t out[1026];
		const size_t n = reply(s, *act, out + 2);
		bytes_put16(out, (uint16_t)(*act == HALF ? n + 3 : n));
		if (*act == HANG_UP)
			(void)shutdown(fd, SHUT_RDWR);
		else if (transport == TCP)
			assert_int_equal(send(fd, out, n + 2, MSG_NOSIGNAL), n + 2);
		else
			assert_int_equal(sendto(fd, out + 2, n, 0, &to->any, to->len), n);
	}
}

static void on_query(void *cookie, mono_t now)
{
	struct server *const s = cookie;
	(void)now;
	struct address from = {.len = sizeof from.v6};
	const ssize_t n = recvfrom(s->fd, s->query, sizeof s->query, 0, &from.any, &from.len);
	assert_true(n > 12);
	s->n = (size_t)n;
	act_on(s, s->fd, UDP, &from);
}

static void on_client(void *cookie, mono_t now)
{
	struct server *const s = cookie;
	(void)now;
	uint8_t prefix[2];
	if (recv(s->client, prefix, 2, 0) != 2)
		return;
	s->n = bytes_get16(prefix);
	assert_int_equal(recv(s->client, s->query, s->n, 0), s->n);
	act_on(s, s->client, TCP, NULL);
}

static void on_connection(void *cookie, mono_t now)
{
	struct server *const s = cookie;
	(void)now;
	s->client = accept(s->fd, NULL, NULL);
	assert_true(s->client >= 0);
	watch_free(s->watch);
	s->watch = loop_readable(s->loop, s->client, on_client, s);
}

static int bound(const char *text, struct address *address)
{
	assert_true(address_parse(text, address));
	const int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, &address->any, address->len), 0);
	socklen_t len = sizeof address->v6;
	assert_int_equal(getsockname(fd, &address->any, &len), 0);
	return fd;
}

static struct probe_report ask_row(const struct row *row, int64_t ms)
{
	struct address address;
	struct server s = {.loop = loop_new(), .client = -1, .row = row};
	const bool tcp = row->options.transport == TCP;
	s.fd = tcp ? listen_on("127.0.0.1", &address) : bound("127.0.0.1", &address);
	s.watch = loop_readable(s.loop, s.fd, tcp ? on_connection : on_query, &s);
	const struct probe_target target = {
		.address = address, .host = "", .timeout = span_ms(GUARD_MS)};
	const int before = lowest_descriptor();
	const struct probe_report got = ask_within(s.loop, &probe_dns, &target, &row->options, ms);
	if (s.client >= 0)
		(void)close(s.client);
	assert_int_equal(lowest_descriptor(), before);
	watch_free(s.watch);
	loop_free(s.loop);
	(void)close(s.fd);
	return got;
}

static const struct row rows[] = {
	{"an address over UDP", {ASK("a.b A", UDP)}, {ANSWER}, PLAIN, 1, RECORDS(A_RECORD),
		PROBE_PASS, "", "192.0.2.7"},
	{"over TCP", {ASK("a.b A", TCP)}, {ANSWER}, PLAIN, 1, RECORDS(A_RECORD), PROBE_PASS, "",
		"192.0.2.7"},
	{"the value of an SOA is its serial", {ASK("a.b SOA", UDP)}, {ANSWER}, AUTHORITATIVE, 1,
		RECORDS(SOA_RECORD), PROBE_PASS, "", "42"},
	{"another field", {ASK("a.b SOA", UDP), .value = 1}, {ANSWER}, PLAIN, 1,
		RECORDS(SOA_RECORD), PROBE_PASS, "", "a.b."},
	{"a field that is not there", {ASK("a.b A", UDP), .value = 2}, {ANSWER}, PLAIN, 1,
		RECORDS(A_RECORD), PROBE_FAIL, "A record without field 2", ""},
	{"behind an alias", {ASK("a.b A", UDP)}, {ANSWER}, PLAIN, 2, RECORDS(ALIAS A_RECORD),
		PROBE_PASS, "", "192.0.2.7"},
	{"an alias that leads nowhere", {ASK("a.b A", UDP)}, {ANSWER}, PLAIN, 1, RECORDS(ALIAS),
		PROBE_FAIL, "no A record", ""},
	{"no data", {ASK("a.b A", UDP)}, {ANSWER}, PLAIN, 0, RECORDS(""), PROBE_FAIL, "no A record",
		""},
	{"a bad rcode", {ASK("a.b A", UDP)}, {ANSWER}, PLAIN | 2, 0, RECORDS(""), PROBE_FAIL,
		"SERVFAIL", ""},
	{"one that is wanted", {.query = "a.b A", .rcode = {2, nxdomain}}, {ANSWER}, PLAIN | 5, 0,
		RECORDS(""), PROBE_PASS, "", ""},
	{"one that is not", {.query = "a.b A", .rcode = {2, nxdomain}}, {ANSWER}, PLAIN, 1,
		RECORDS(A_RECORD), PROBE_FAIL, "NOERROR", ""},
	{"authority is there", {ASK("a.b A", UDP), .aa = true}, {ANSWER}, AUTHORITATIVE, 1,
		RECORDS(A_RECORD), PROBE_PASS, "", "192.0.2.7"},
	{"authority is not", {ASK("a.b A", UDP), .aa = true}, {ANSWER}, PLAIN, 1, RECORDS(A_RECORD),
		PROBE_FAIL, "not authoritative", ""},
	{"what was expected", {ASK("a.b A", UDP), .expect = "^192\\.0\\.2\\.7$"}, {ANSWER}, PLAIN,
		1, RECORDS(A_RECORD), PROBE_PASS, "", "192.0.2.7"},
	{"what was not", {ASK("a.b A", UDP), .expect = "^192\\.0\\.2\\.8$"}, {ANSWER}, PLAIN, 1,
		RECORDS(A_RECORD), PROBE_FAIL, "no A record as expected", ""},
	{"truncated", {ASK("a.b A", UDP)}, {ANSWER}, TRUNCATED, 0, RECORDS(""), PROBE_FAIL,
		"truncated; transport: tcp has all of it", ""},
	{"forged answers are passed over", {ASK("a.b A", UDP)}, {OTHER_ID, OTHER_QUERY, ANSWER},
		PLAIN, 1, RECORDS(A_RECORD), PROBE_PASS, "", "192.0.2.7"},
	{"nothing but forged ones", {ASK("a.b A", UDP)}, {OTHER_ID, OTHER_QUERY}, PLAIN, 1,
		RECORDS(A_RECORD), PROBE_NO_VERDICT, "no report", ""},
	{"over TCP there is nobody else", {ASK("a.b A", TCP)}, {OTHER_ID}, PLAIN, 1,
		RECORDS(A_RECORD), PROBE_FAIL, "answers another question", ""},
	{"records that are cut short", {ASK("a.b A", UDP)}, {ANSWER}, PLAIN, 2, RECORDS(A_RECORD),
		PROBE_FAIL, "malformed answer", ""},
	{"half an answer over UDP", {ASK("a.b A", UDP)}, {HALF}, PLAIN, 1, RECORDS(A_RECORD),
		PROBE_FAIL, "malformed answer", ""},
	{"half an answer over TCP, then the end", {ASK("a.b A", TCP)}, {HALF, HANG_UP}, PLAIN, 1,
		RECORDS(A_RECORD), PROBE_FAIL, "closed before an answer", ""},
	{"the end at once", {ASK("a.b A", TCP)}, {HANG_UP}, PLAIN, 1, RECORDS(A_RECORD), PROBE_FAIL,
		"closed before an answer", ""},
};

static void answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const bool waits = rows[i].outcome == PROBE_NO_VERDICT;
		const struct probe_report got = ask_row(&rows[i], waits ? 50 : GUARD_MS);
		expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
		if (strcmp(got.value, rows[i].value) != 0)
			fail_msg("%s: value \"%s\", not \"%s\"", rows[i].what, got.value,
				rows[i].value);
	}
}

static void no_server(void **state)
{
	(void)state;
	for (int over = UDP; over <= TCP; over++) {
		const struct dns_options options = {ASK("a.b A", over)};
		struct address address;
		const int fd = bound("127.0.0.1", &address);
		(void)close(fd);
		const struct probe_target target = {
			.address = address, .host = "", .timeout = span_ms(GUARD_MS)};
		struct loop *const loop = loop_new();
		struct probe_report got = ask_within(loop, &probe_dns, &target, &options, GUARD_MS);
		expect_report("nobody listens", &got, PROBE_FAIL, "connection refused");
		const struct rlimit was = no_descriptors();
		got = ask_within(loop, &probe_dns, &target, &options, GUARD_MS);
		descriptors_back(was);
		expect_report("no descriptor left", &got, PROBE_NO_VERDICT, "out of descriptors");
		assert_int_equal(got.fault, FAULT_LOCAL);
		loop_free(loop);
	}
}

/* RFC 5452: neither can be guessed from the last one. */
struct seen {
	struct loop *loop;
	int fd, left, same_port, same_id;
	uint16_t port, id;
};

static void look(void *cookie, mono_t now)
{
	struct seen *const s = cookie;
	(void)now;
	uint8_t query[512];
	struct address from = {.len = sizeof from.v6};
	assert_true(recvfrom(s->fd, query, sizeof query, 0, &from.any, &from.len) > 12);
	s->same_port += s->port == address_port(&from);
	s->same_id += s->id == bytes_get16(query);
	s->port = address_port(&from);
	s->id = bytes_get16(query);
	loop_stop(s->loop);
}

static void every_attempt_is_new(void **state)
{
	(void)state;
	struct address address;
	struct seen s = {.loop = loop_new()};
	s.fd = bound("127.0.0.1", &address);
	const struct dns_options options = {ASK("a.b A", UDP)};
	const struct probe_target target = {
		.address = address, .host = "", .timeout = span_ms(GUARD_MS)};
	struct watch *const watch = loop_readable(s.loop, s.fd, look, &s);
	for (int i = 0; i < 20; i++)
		(void)!ask_within(s.loop, &probe_dns, &target, &options, GUARD_MS).outcome;
	assert_true(s.same_port <= 1 && s.same_id <= 1);
	watch_free(watch);
	loop_free(s.loop);
	(void)close(s.fd);
}

static void options(void **state)
{
	(void)state;
	static const struct text_at nonsense[] = {{.text = "NOSUCH"}};
	static const struct {
		const char *what;
		struct dns_options options;
		const char *key, *why; /* NULL: right */
	} checks[] = {
		{"a name and a type", {ASK("example.com  TYPE65", UDP)}, NULL, NULL},
		{"no type", {ASK("example.com", UDP)}, "query",
			"it must be a name and a type, such as \"example.com SOA\""},
		{"too many words", {ASK("example.com IN SOA", UDP)}, "query",
			"it must be a name and a type, such as \"example.com SOA\""},
		{"no type of that name", {ASK("example.com SAO", UDP)}, "query",
			"there is no type \"SAO\" of records"},
		{"no name", {ASK("a..b A", UDP)}, "query", NULL},
		{"no such rcode", {.query = "a A", .rcode = {1, nonsense}}, "rcode",
			"there is no response code \"NOSUCH\"; write NOERROR, NXDOMAIN, REFUSED or "
			"another name, or a number 0 to 15"},
		{"no expression", {ASK("a A", UDP), .expect = "("}, "expect", NULL},
		{"a back reference", {ASK("a A", UDP), .expect = "(a)\\1"}, "expect",
			"a back reference such as \\1 is not supported; write the pattern without "
			"it"},
	};
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		struct err err = {""};
		const char *key = NULL;
		const bool good = probe_dns.options.check(&checks[i].options, &key, &err);
		if (good != (checks[i].key == NULL) || (!good && strcmp(key, checks[i].key) != 0) ||
			(checks[i].why != NULL && strcmp(err.text, checks[i].why) != 0))
			fail_msg("%s: %s: %s", checks[i].what, key, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(no_server),
		cmocka_unit_test(every_attempt_is_new),
		cmocka_unit_test(options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
