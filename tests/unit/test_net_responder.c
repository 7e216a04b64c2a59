#include "net/thread.h"
#include "responder/publish.h"
#include "responder/responder.h"
#include "tests/unit/ask.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

static const char zone_one[] = "example.\n@ SOA ns1 host 1 3600 600 86400 60\n@ NS ns1\n"
			       "ns1 A 192.0.2.1\nwww A 192.0.2.2\n";
static const char zone_two[] = "example.\n@ SOA ns1 host 2 3600 600 86400 60\n@ NS ns1\n"
			       "ns1 A 192.0.2.1\nwww A 192.0.2.3\n";

static struct response response;

static void publish(const char *zone)
{
	view_unref(publish_view(zone == NULL ? NULL : ask_view((const char *const[]){zone, NULL})));
}

/* An address whose port is free for UDP and TCP. */
static struct address free_address(const char *text)
{
	struct address address;
	assert_true(address_parse(text, &address));
	for (int tries = 0; tries < 100; tries++) {
		struct address bound = address_with_port(address, 0);
		const int udp = socket(address.any.sa_family, SOCK_DGRAM, 0);
		const int tcp = socket(address.any.sa_family, SOCK_STREAM, 0);
		assert_int_equal(bind(udp, &bound.any, bound.len), 0);
		assert_int_equal(getsockname(udp, &bound.any, &bound.len), 0);
		const bool both = bind(tcp, &bound.any, bound.len) == 0;
		(void)close(udp);
		(void)close(tcp);
		if (both)
			return bound;
	}
	fail_msg("no port is free for both");
	return address;
}

static struct responders *started(const struct address listen[], size_t n, unsigned workers)
{
	struct err err;
	struct responders *const responders = responders_open(listen, n, workers, &err);
	if (responders == NULL)
		fail_msg("%s", err.text);
	responders_start(responders);
	return responders;
}

static int connected(const struct address *to, int type)
{
	const int fd = socket(to->any.sa_family, type, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(connect(fd, &to->any, to->len), 0);
	return fd;
}

static void wait_for(int fd, short what)
{
	struct pollfd poll_fd = {.fd = fd, .events = what};
	assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
}

/* The last octet of the first address in the response. */
static unsigned checked(const uint8_t *wire, size_t len, const uint8_t *request)
{
	const char *const wrong = response_suits(&response, wire, len, request, 65535);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	assert_true(response.n > 0);
	return response.records[0].rdata[3];
}

static unsigned ask_udp(int fd, uint16_t id)
{
	uint8_t wire[512 + 11], out[2048];
	const size_t len = ask_request(wire, "www.example. A", ASK_EDNS, 1232);
	wire[0] = (uint8_t)(id >> 8);
	wire[1] = (uint8_t)id;
	assert_int_equal(send(fd, wire, len, 0), len);
	wait_for(fd, POLLIN);
	const ssize_t got = recv(fd, out, sizeof out, 0);
	assert_true(got > 0);
	return checked(out, (size_t)got, wire);
}

static void read_all(int fd, uint8_t *to, size_t n)
{
	while (n > 0) {
		wait_for(fd, POLLIN);
		const ssize_t got = recv(fd, to, n, 0);
		assert_true(got > 0);
		to += got;
		n -= (size_t)got;
	}
}

/* `n` requests one behind the other, their IDs counting up from `id`; octets. */
static size_t requests(uint8_t *out, unsigned n, unsigned id)
{
	size_t at = 0;
	for (unsigned i = 0; i < n; i++) {
		const size_t len = ask_request(out + at + 2, "www.example. A", 0, 0);
		out[at] = 0;
		out[at + 1] = (uint8_t)len;
		out[at + 2] = (uint8_t)((id + i) >> 8);
		out[at + 3] = (uint8_t)(id + i);
		at += 2 + len;
	}
	return at;
}

static void take_responses(int fd, unsigned n, unsigned id)
{
	uint8_t request[600];
	for (unsigned i = 0; i < n; i++) {
		uint8_t out[2048];
		(void)requests(request, 1, id + i);
		read_all(fd, out, 2);
		const size_t len = (size_t)out[0] << 8 | out[1];
		assert_true(len <= sizeof out);
		read_all(fd, out, len);
		assert_int_equal(checked(out, len, request + 2), 2);
	}
}

static void udp_and_counters(void **state)
{
	(void)state;
	publish(zone_one);
	const struct address at = free_address("127.0.0.1");
	struct responders *const responders = started(&at, 1, 2);
	const int fd = connected(&at, SOCK_DGRAM);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(ask_udp(fd, (uint16_t)i), 2);
	publish(zone_two);
	assert_int_equal(ask_udp(fd, 77), 3); /* at once: the publication has returned */
	const struct counters counters = responders_counters(responders);
	assert_int_equal(counters.udp_queries, 21);
	assert_int_equal(counters.rcode_noerror, 21);
	assert_int_equal(counters.dropped, 0);
	(void)close(fd);
	responders_stop(responders);
	publish(NULL);
}

/* More at once than a batch holds: each gets its own answer. */
static void bursts(void **state)
{
	(void)state;
	publish(zone_one);
	const struct address at = free_address("127.0.0.1");
	struct responders *const responders = started(&at, 1, 1);
	const int fd = connected(&at, SOCK_DGRAM);
	enum { BURST = 150 };
	bool seen[BURST] = {false};
	uint8_t wire[512 + 11], out[2048];
	const size_t len = ask_request(wire, "www.example. A", 0, 0);
	for (unsigned i = 0; i < BURST; i++) {
		wire[1] = (uint8_t)i;
		assert_int_equal(send(fd, wire, len, 0), len);
	}
	for (unsigned i = 0; i < BURST; i++) {
		wait_for(fd, POLLIN);
		const ssize_t got = recv(fd, out, sizeof out, 0);
		assert_true(got > 12 && out[1] < BURST && !seen[out[1]]);
		seen[out[1]] = true;
		wire[1] = out[1];
		assert_int_equal(checked(out, (size_t)got, wire), 2);
	}
	(void)close(fd);
	responders_stop(responders);
	publish(NULL);
}

/* What is no query gets no answer: the next answer belongs to the next query. */
static void dropped_datagrams(void **state)
{
	(void)state;
	publish(zone_one);
	const struct address at = free_address("127.0.0.1");
	struct responders *const responders = started(&at, 1, 1);
	const int fd = connected(&at, SOCK_DGRAM);
	uint8_t wire[512 + 11];
	const size_t len = ask_request(wire, "www.example. A", 0, 0);
	wire[2] |= 0x80;
	assert_int_equal(send(fd, wire, len, 0), len);
	assert_int_equal(send(fd, wire, 11, 0), 11);
	assert_int_equal(send(fd, wire, 0, 0), 0);
	assert_int_equal(ask_udp(fd, 5), 2);
	assert_int_equal(responders_counters(responders).dropped, 3);
	(void)close(fd);
	responders_stop(responders);
	publish(NULL);
}

/* On a wildcard socket the answer comes from the address that was asked. */
static void wildcard_addresses(void **state)
{
	(void)state;
	static const struct {
		const char *listen, *ask;
	} rows[] = {{"0.0.0.0", "127.0.0.1"}, {"0.0.0.0", "127.8.9.10"}, {"::", "::1"}};
	publish(zone_one);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct address ask;
		assert_true(address_parse(rows[i].ask, &ask));
		const int probe = socket(ask.any.sa_family, SOCK_DGRAM, 0);
		const bool have = probe != -1 && bind(probe, &ask.any, ask.len) == 0;
		if (probe != -1)
			(void)close(probe);
		if (!have) { /* a machine without IPv6 */
			print_message("%s is not there: not tested\n", rows[i].ask);
			continue;
		}
		const struct address at = free_address(rows[i].listen);
		struct responders *const responders = started(&at, 1, 1);
		const struct address to = address_with_port(ask, address_port(&at));
		const int fd = connected(&to, SOCK_DGRAM); /* takes nothing from elsewhere */
		assert_int_equal(ask_udp(fd, 9), 2);
		(void)close(fd);
		responders_stop(responders);
	}
	publish(NULL);
}

static void tcp_in_pieces(void **state)
{
	(void)state;
	publish(zone_one);
	const struct address at = free_address("127.0.0.1");
	struct responders *const responders = started(&at, 1, 1);
	const int fd = connected(&at, SOCK_STREAM);
	static uint8_t wire[65536];
	size_t len = requests(wire, 1, 100);
	for (size_t i = 0; i < len; i++) /* octet by octet */
		assert_int_equal(send(fd, wire + i, 1, 0), 1);
	take_responses(fd, 1, 100);
	len = requests(wire, 50, 200); /* many in one segment, and the last in two */
	assert_int_equal(send(fd, wire, len - 7, 0), len - 7);
	take_responses(fd, 49, 200);
	assert_int_equal(send(fd, wire + len - 7, 7, 0), 7);
	take_responses(fd, 1, 249);
	len = requests(wire, 3, 300); /* half closed behind the last */
	assert_int_equal(send(fd, wire, len, 0), len);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	take_responses(fd, 3, 300);
	wait_for(fd, POLLIN);
	assert_int_equal(recv(fd, wire, 1, 0), 0);
	(void)close(fd);
	const struct counters counters = responders_counters(responders);
	assert_int_equal(counters.tcp_queries, 54);
	assert_int_equal(counters.tcp_answers, 54);
	responders_stop(responders);
	publish(NULL);
}

/* What came before it is answered. */
static void tcp_that_is_no_query_is_closed(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint8_t octets[16];
		size_t len;
	} rows[] = {
		{"a length of 0", {0, 0}, 2},
		{"a length under a header's", {0, 3, 1, 2, 3}, 5},
		{"a response", {0, 12, 0, 0, 0x80}, 14},
	};
	publish(zone_one);
	const struct address at = free_address("127.0.0.1");
	struct responders *const responders = started(&at, 1, 1);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const int fd = connected(&at, SOCK_STREAM);
		uint8_t wire[4096];
		size_t len = requests(wire, 2, 10);
		memcpy(wire + len, rows[i].octets, rows[i].len);
		len += rows[i].len;
		len += requests(wire + len, 1, 20);
		assert_int_equal(send(fd, wire, len, 0), len);
		take_responses(fd, 2, 10);
		wait_for(fd, POLLIN);
		if (recv(fd, wire, sizeof wire, 0) != 0)
			fail_msg("%s did not end it", rows[i].what);
		(void)close(fd);
	}
	responders_stop(responders);
	publish(NULL);
}

static unsigned open_descriptors(void)
{
	unsigned n = 0;
	DIR *const dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

/* Versions come and go while queries are answered; what is freed nobody reads (ASan, TSan). */
static void publications_under_load(void **state)
{
	(void)state;
	const unsigned before = open_descriptors();
	publish(zone_one);
	const struct address at[] = {free_address("127.0.0.1"), free_address("127.0.0.2")};
	struct responders *const responders = started(at, COUNT_OF(at), 2);
	const int udp = connected(&at[0], SOCK_DGRAM), tcp = connected(&at[1], SOCK_STREAM);
	uint8_t wire[600];
	for (unsigned i = 0; i < 200; i++) {
		publish(i % 2 == 0 ? zone_two : zone_one);
		assert_int_equal(ask_udp(udp, (uint16_t)i), i % 2 == 0 ? 3 : 2);
		if (i % 2 == 1) {
			const size_t len = requests(wire, 1, i);
			assert_int_equal(send(tcp, wire, len, 0), len);
			take_responses(tcp, 1, i);
		}
	}
	(void)close(udp);
	responders_stop(responders); /* with a connection open */
	(void)close(tcp);
	publish(NULL);
	assert_int_equal(open_descriptors(), before);
}

static void an_address_in_use(void **state)
{
	(void)state;
	const unsigned before = open_descriptors();
	const struct address at[] = {free_address("127.0.0.2"), free_address("127.0.0.1")};
	const int taken = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(taken, &at[1].any, at[1].len), 0);
	struct err err = {""};
	assert_null(responders_open(at, COUNT_OF(at), 2, &err));
	assert_non_null(strstr(err.text, "already in use"));
	(void)close(taken);
	struct responders *const never_started = responders_open(at, COUNT_OF(at), 2, &err);
	assert_non_null(never_started);
	responders_stop(never_started);
	responders_stop(NULL);
	assert_int_equal(open_descriptors(), before);
}

static void counters_have_names(void **state)
{
	(void)state;
	size_t n = 0;
	for (const struct counter_name *name = counter_names; name->name != NULL; name++) {
		assert_int_equal(name->offset, n++ * sizeof(uint64_t));
		assert_non_null(name->help);
	}
	assert_int_equal(n, sizeof(struct counters) / sizeof(uint64_t));
	struct counters counters = {0};
	for (unsigned rcode = 0; rcode < 30; rcode++)
		counters_rcode(&counters, rcode);
	assert_int_equal(counters.rcode_noerror, 1);
	assert_int_equal(counters.rcode_refused, 1);
	assert_int_equal(counters.rcode_other, 24);
	struct counters sum = counters;
	counters_add(&sum, &counters);
	assert_int_equal(sum.rcode_other, 48);
}

/* Who started us with another policy, of real time maybe, meant it. */
static void a_policy_is_kept(void **state)
{
	(void)state;
	const struct sched_param none = {0};
	thread_hurry();
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
	assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &none), 0);
	thread_hurry();
	assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
	assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_is_kept),
		cmocka_unit_test(udp_and_counters),
		cmocka_unit_test(bursts),
		cmocka_unit_test(dropped_datagrams),
		cmocka_unit_test(wildcard_addresses),
		cmocka_unit_test(tcp_in_pieces),
		cmocka_unit_test(tcp_that_is_no_query_is_closed),
		cmocka_unit_test(publications_under_load),
		cmocka_unit_test(an_address_in_use),
		cmocka_unit_test(counters_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
