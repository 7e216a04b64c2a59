/*
 * Answers the questions of one kind COUNT times and does nothing else: run twice under callgrind,
 * the difference is what an answer costs (tests/bench/instructions.py).  usage: answers KIND COUNT
 */
#include "tests/unit/ask.h"

enum { HOSTS = 10000, LINE = 128, QUESTIONS = 1024, QUERY_MAX = 512 + 11 };

static const struct kind {
	const char *name, *before; /* of the question: a number follows */
	int digits;
	const char *behind;
	unsigned below, rcode;
} kinds[] = {
	{"positive", "h", 7, ".bench.test. A", HOSTS, RCODE_NOERROR},
	{"srv", "_s", 5, "._tcp.bench.test. SRV", HOSTS / 10, RCODE_NOERROR},
	{"wildcard", "w", 7, ".wild.bench.test. A", HOSTS, RCODE_NOERROR},
	{"nxdomain", "x", 7, ".bench.test. A", HOSTS, RCODE_NXDOMAIN},
	{"referral", "h", 7, ".sub.bench.test. A", HOSTS, RCODE_NOERROR},
};

static const char *const fixed[] = {"@ SOA ns1 hostmaster 1 3600 600 86400 60", "@ NS ns1",
	"@ NS ns2", "ns1 A 198.18.0.1", "ns2 A 198.18.0.2", "*.wild A 198.18.0.3", "sub NS ns1.sub",
	"sub NS ns2.sub", "ns1.sub A 198.18.0.4", "ns2.sub A 198.18.0.5"};

static struct view *bench_view(void)
{
	const uint8_t *const apex = (const uint8_t *)"\5bench\4test";
	struct txn *const txn = txn_new(apex);
	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		ask_add(txn, apex, fixed[i]);
	for (unsigned i = 0; i < HOSTS; i++) {
		char line[LINE];
		(void)snprintf(line, sizeof line, "h%07u A 198.18.%u.%u", i, i >> 8 & 255, i & 255);
		ask_add(txn, apex, line);
		(void)snprintf(line, sizeof line, "_s%05u._tcp SRV %u 50 5060 h%07u", i / 10,
			i % 2 * 10, i);
		if (i % 10 < 2) /* a thousand names with two records each */
			ask_add(txn, apex, line);
	}
	struct err err;
	struct zone *const zone = txn_commit(txn, NULL, 0, NULL, &err);
	if (zone == NULL)
		ask_die("the zone", err.text);
	struct view *const none = view_empty(), *const view = view_with(none, &zone, 1, NULL, 0);
	zone_unref(zone);
	view_unref(none);
	return view;
}

int main(int argc, char **argv)
{
	static uint8_t queries[QUESTIONS][QUERY_MAX], out[MESSAGE_UDP_EDNS];
	static size_t lens[QUESTIONS];
	static struct inquiry inquiry = {.request = {.transport = TRANSPORT_UDP}};
	const struct kind *kind = kinds;
	while (argc == 3 && kind < kinds + COUNT_OF(kinds) && strcmp(kind->name, argv[1]) != 0)
		kind++;
	if (argc != 3 || kind == kinds + COUNT_OF(kinds))
		ask_die(argv[0], "usage: answers KIND COUNT");
	struct view *const view = bench_view();
	for (unsigned i = 0; i < QUESTIONS; i++) {
		char question[LINE]; /* all over the zone, the same in every run */
		(void)snprintf(question, sizeof question, "%s%0*u%s", kind->before, kind->digits,
			i * 3889 % kind->below, kind->behind);
		lens[i] = ask_request(queries[i], question, ASK_EDNS, 1232);
	}
	const unsigned long count = strtoul(argv[2], NULL, 10);
	for (unsigned long i = 0; i < count; i++) {
		inquiry.request.wire = queries[i % QUESTIONS];
		inquiry.request.len = lens[i % QUESTIONS];
		inquiry.request.dice = (uint32_t)i;
		const struct answer answer = answer_inquiry(view, &inquiry, out, sizeof out);
		if (answer.fate != REQUEST_ANSWERED || answer.rcode != kind->rcode ||
			(out[2] & FLAG_TC >> 8) != 0)
			ask_die(kind->name, "the answer is not what it should be");
	}
	view_unref(view);
	return 0;
}
