#include "conf/tables.h"

#include "failover/shares.h"

#include <string.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

const struct field table_top[] = {
	{.key = "version",
		.type = FIELD_UINT,
		.offset = offsetof(struct top_keys, version),
		.otherwise = "",
		.min = 1,
		.max = 1,
		.help = "The version of this language; the first file must say it."},
	{.key = "include",
		.type = FIELD_TEXTS,
		.offset = offsetof(struct top_keys, include),
		.otherwise = "",
		.help = "More files to read, as paths or glob patterns relative to this file. "
			"They hold the same blocks; a name may be given in one of them only."},
	{.key = "server",
		.type = FIELD_NODE,
		.offset = offsetof(struct top_keys, server),
		.otherwise = "",
		.help = "The daemon itself; must stand in exactly one of the files."},
	{.key = "keys",
		.type = FIELD_NODE,
		.offset = offsetof(struct top_keys, keys),
		.otherwise = "",
		.help = "Shared secrets by name; heartbeats are signed with them."},
	{.key = "zones",
		.type = FIELD_NODE,
		.offset = offsetof(struct top_keys, zones),
		.otherwise = "",
		.help = "Zones by name."},
	{.key = "probes",
		.type = FIELD_NODE,
		.offset = offsetof(struct top_keys, probes),
		.otherwise = "",
		.help = "Probes by name."},
	{.key = "services",
		.type = FIELD_NODE,
		.offset = offsetof(struct top_keys, services),
		.otherwise = "",
		.help = "Services by name."},
	{.key = "tests",
		.type = FIELD_NODE,
		.offset = offsetof(struct top_keys, tests),
		.otherwise = "",
		.help = "Tests of the policies by name; locumd -t runs them, nothing else does."},
	{.key = "group", .type = FIELD_LATER},
	{.key = "alerts", .type = FIELD_LATER},
	{.key = NULL},
};

static const struct word off[] = {{"off", CONF_OFF}, {NULL, 0}};

static const struct field table_cookies[] = {
	{.key = "secret-file",
		.type = FIELD_PATH,
		.offset = offsetof(struct conf_cookies, secret_file),
		.otherwise = "",
		.help = "A file of one or two secrets, each 32 hexadecimal digits on a line of its "
			"own. The first makes cookies, both are accepted. Servers that answer "
			"for each other, as behind one anycast address, must share it; without it "
			"the secret is a random one that ends with the process. To roll over, add "
			"the new secret as the second line on every server, then make it the "
			"first, and an hour later take the old one out; reload each time."},
	{.key = NULL},
};

static const struct field table_rrl[] = {
	{.key = "rate",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_rrl, rate),
		.otherwise = "50",
		.min = 1,
		.max = 1000000,
		.help = "Responses a second that one IPv4 address or IPv6 /56 gets over UDP, after "
			"a burst of twice as many. All of an IPv4 /24 or an IPv6 /32 together get "
			"32 times that."},
	{.key = "slip",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_rrl, slip),
		.otherwise = "1",
		.min = 0,
		.max = 10,
		.help = "Of the responses above the rate, one in so many goes out empty and "
			"truncated, no longer than its query, so that a real client asks again "
			"over TCP; the others are dropped. 0 drops all of them."},
	{.key = "exempt",
		.type = FIELD_PREFIXES,
		.offset = offsetof(struct conf_rrl, exempt),
		.otherwise = "127.0.0.0/8, ::1",
		.min = 0,
		.max = 64,
		.help = "Clients that are never limited."},
	{.key = NULL},
};

static const struct word automatic[] = {{"auto", 0}, {NULL, 0}};

static const struct field table_limits[] = {
	{.key = "records-per-type",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_limits, records_per_type),
		.otherwise = "100",
		.min = 1,
		.max = 65535,
		.help = "Records of one type at a name. A zone with more is refused: answers "
			"that large help nobody but who wants to make work for others."},
	{.key = "types-per-name",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_limits, types_per_name),
		.otherwise = "100",
		.min = 1,
		.max = 65535,
		.help = "Types of records at a name."},
	{.key = NULL},
};

static const struct field table_references[] = {
	{.key = "probe",
		.type = FIELD_TEXT,
		.offset = offsetof(struct conf_references, probe),
		.otherwise = "",
		.help = "The name of the probe that asks them; its fall and rise do not matter, "
			"its "
			"every is how soon a trouble is seen, and timeout how long a failure of an "
			"endpoint may have to wait for their word."},
	{.key = "addresses",
		.type = FIELD_TEXTS,
		.offset = offsetof(struct conf_references, addresses),
		.otherwise = "",
		.min = 2,
		.max = 64,
		.help = "The addresses of at least two hosts that have nothing in common but the "
			"way to them, and are not endpoints."},
	{.key = "share",
		.type = FIELD_TEXT,
		.offset = offsetof(struct conf_references, share),
		.otherwise = "50%",
		.help = "How many of them, as a percentage or a number, mean that it is us when "
			"they "
			"do not answer. A failure that speaks against the state of an endpoint is "
			"believed only after so many have answered once more that this share "
			"cannot be reached."},
	{.key = NULL},
};

static const struct field table_breaker[] = {
	{.key = "share",
		.type = FIELD_TEXT,
		.offset = offsetof(struct conf_breaker, share),
		.otherwise = "50%",
		.help = "How many services may fail over in any window: a percentage of all "
			"services, at least one of them, or a number."},
	{.key = "per",
		.type = FIELD_SPAN,
		.offset = offsetof(struct conf_breaker, per),
		.otherwise = "1m",
		.min = 1000,
		.max = DAY_MS,
		.help = "The window."},
	{.key = "failbacks",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_breaker, failbacks),
		.otherwise = "0",
		.min = 0,
		.max = 1000000,
		.help = "How many services may fail back in any window; 0 is no limit."},
	{.key = NULL},
};

const struct field table_server[] = {
	{.key = "listen",
		.type = FIELD_ADDRESSES,
		.offset = offsetof(struct conf_server, listen),
		.min = 1,
		.max = 256,
		.help = "Where queries are answered, over UDP and TCP. A change needs a restart."},
	{.key = "status",
		.type = FIELD_ADDRESS_PORT,
		.offset = offsetof(struct conf_server, status),
		.otherwise = "",
		.help = "Where the status pages are served over HTTP; without it they are not. "
			"A change needs a restart."},
	{.key = "control",
		.type = FIELD_PATH,
		.offset = offsetof(struct conf_server, control),
		.otherwise = "",
		.help = "The socket that locumctl talks to; by default the file control in the "
			"directory that state names. A change needs a restart."},
	{.key = "state",
		.type = FIELD_PATH,
		.offset = offsetof(struct conf_server, state),
		.otherwise = "/var/lib/locum",
		.help = "The directory of everything that must outlive a restart. A change needs "
			"a restart."},
	{.key = "workers",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_server, workers),
		.otherwise = "auto",
		.min = 1,
		.max = 256,
		.words = automatic,
		.help = "Threads that answer queries; auto is one per core. A change needs a "
			"restart."},
	{.key = "user",
		.type = FIELD_TEXT,
		.offset = offsetof(struct conf_server, user),
		.otherwise = "",
		.min = 1,
		.help = "The user to become once the sockets are bound; by default nobody else. A "
			"change needs a restart."},
	{.key = "limits",
		.type = FIELD_MAP,
		.offset = offsetof(struct conf_server, limits),
		.otherwise = "",
		.inside = table_limits,
		.help = "How much may stand at one name of a zone, be it from a file or from "
			"services."},
	{.key = "identity",
		.type = FIELD_TEXT,
		.offset = offsetof(struct conf_server, identity),
		.otherwise = "",
		.min = 1,
		.max = 100,
		.help = "What this server is called when a client asks for it, by NSID (RFC 5001) "
			"or by a TXT query of class CH for id.server or hostname.bind; without it "
			"nothing is said."},
	{.key = "version",
		.type = FIELD_BOOL,
		.offset = offsetof(struct conf_server, version),
		.otherwise = "false",
		.help = "Whether a TXT query of class CH for version.server or version.bind gets "
			"the version."},
	{.key = "cookies",
		.type = FIELD_MAP,
		.offset = offsetof(struct conf_server, cookies),
		.otherwise = "",
		.words = off,
		.inside = table_cookies,
		.help = "DNS cookies (RFC 7873, RFC 9018). They are answered, never asked for; a "
			"client with a good one is not rate-limited."},
	{.key = "rrl",
		.type = FIELD_MAP,
		.offset = offsetof(struct conf_server, rrl),
		.otherwise = "",
		.words = off,
		.inside = table_rrl,
		.help = "Response rate limiting, so that forged queries cannot turn this server "
			"against others. It is for UDP, and not for clients with a good cookie."},
	{.key = "attempts-per-host",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_server, attempts_per_host),
		.otherwise = "64",
		.min = 1,
		.max = 4096,
		.help = "Probes that may ask one address at the same time, whatever the port; the "
			"others wait, and the addresses take turns. While a host hangs each of "
			"its attempts takes its whole timeout, so this limits how soon many "
			"probes of one host are seen to fail."},
	{.key = "probers",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_server, probers),
		.otherwise = "auto",
		.min = 1,
		.max = 64,
		.words = automatic,
		.help = "Processes that probe. Each address is asked by one of them, references "
			"by all, and what one cannot tell moves nothing; more than there are "
			"addresses are of no use. auto is one per 10000 attempts a second, at "
			"most one per core; checks that cost much, as TLS does, may want more."},
	{.key = "references",
		.type = FIELD_MAP,
		.offset = offsetof(struct conf_server, references),
		.otherwise = "",
		.inside = table_references,
		.help = "Targets that should always answer. While they do not it is us, or our "
			"network: failures count for nothing, endpoints turn unknown, and no "
			"record moves."},
	{.key = "beats",
		.type = FIELD_ADDRESS_PORT,
		.offset = offsetof(struct conf_server, beats),
		.otherwise = "",
		.help = "Where signed datagrams for probes of type heartbeat are taken, over UDP; "
			"without it only locumctl can report. A change needs a restart."},
	{.key = "hooks",
		.type = FIELD_PATH,
		.offset = offsetof(struct conf_server, hooks),
		.otherwise = "",
		.help = "The directory of the programs that probes of type exec may run; no other "
			"program is. It, and each program that is used, must belong to root or "
			"to the user that locumd runs as, and nobody else may write to it."},
	{.key = "breaker",
		.type = FIELD_MAP,
		.offset = offsetof(struct conf_server, breaker),
		.otherwise = "off",
		.words = off,
		.inside = table_breaker,
		.help = "How many services may switch by themselves at once; the others stay as "
			"they are, and an alarm says so. Off by default."},
	{.key = NULL},
};

static const struct word algorithms[] = {
	{"hmac-sha224", CONF_HMAC_SHA224},
	{"hmac-sha256", CONF_HMAC_SHA256},
	{"hmac-sha384", CONF_HMAC_SHA384},
	{"hmac-sha512", CONF_HMAC_SHA512},
	{NULL, 0},
};

const struct field table_key[] = {
	{.key = "algorithm",
		.type = FIELD_WORD,
		.offset = offsetof(struct conf_key, algorithm),
		.otherwise = "hmac-sha256",
		.words = algorithms,
		.help = "The only algorithm that is accepted with this key."},
	{.key = "secret",
		.type = FIELD_TEXT,
		.offset = offsetof(struct conf_key, secret),
		.otherwise = "",
		.min = 1,
		.help = "The secret in base64; either this or file."},
	{.key = "file",
		.type = FIELD_PATH,
		.offset = offsetof(struct conf_key, file),
		.otherwise = "",
		.help = "A file with the secret in base64, readable by nobody else, so that this "
			"file may be."},
	{.key = NULL},
};

const struct field table_zone[] = {
	{.key = "file",
		.type = FIELD_PATH,
		.offset = offsetof(struct conf_zone, file),
		.otherwise = "",
		.help = "The zone file (RFC 1035 master file); every zone but * must have one."},
	{.key = "dir",
		.type = FIELD_PATH,
		.offset = offsetof(struct conf_zone, dir),
		.otherwise = "",
		.help = "Only for the entry \"*\", and needed there: a directory in which every "
			"file NAME.zone is the zone NAME."},
	{.key = "secondaries", .type = FIELD_LATER},
	{.key = "update", .type = FIELD_LATER},
	{.key = NULL},
};

const struct field table_probe[] = {
	{.key = "type",
		.type = FIELD_TEXT,
		.offset = offsetof(struct probe_keys, type),
		.help = "The kind of probe; the kinds and their own options follow below."},
	{.key = "every",
		.type = FIELD_SPAN,
		.offset = offsetof(struct probe_keys, every),
		.otherwise = "2s",
		.min = 10,
		.max = HOUR_MS,
		.help = "From the start of one attempt to the start of the next. Attempts never "
			"overlap: one that takes longer delays the next."},
	{.key = "fast",
		.type = FIELD_SPAN,
		.offset = offsetof(struct probe_keys, fast),
		.otherwise = "",
		.min = 10,
		.max = HOUR_MS,
		.help = "The interval while the last outcomes speak against the state, up or down, "
			"so that fall or rise is soon reached; at most every, which it is by "
			"default."},
	{.key = "down",
		.type = FIELD_SPAN,
		.offset = offsetof(struct probe_keys, down),
		.otherwise = "",
		.min = 10,
		.max = HOUR_MS,
		.help = "The interval while the endpoint is down; by default that of every."},
	{.key = "timeout",
		.type = FIELD_SPAN,
		.offset = offsetof(struct probe_keys, timeout),
		.otherwise = "1s",
		.min = 1,
		.max = MINUTE_MS,
		.help = "An attempt that is not over by then has failed. It may be longer than "
			"every, but at most ten times every and ten times down: an endpoint that "
			"hangs would be asked so much less often than is written there."},
	{.key = "fall",
		.type = FIELD_UINT,
		.offset = offsetof(struct probe_keys, fall),
		.otherwise = "3",
		.min = 1,
		.max = 100,
		.help = "Failures in a row that turn up into down."},
	{.key = "rise",
		.type = FIELD_UINT,
		.offset = offsetof(struct probe_keys, rise),
		.otherwise = "2",
		.min = 1,
		.max = 100,
		.help = "Passes in a row that turn down into up."},
	{.key = "port",
		.type = FIELD_UINT,
		.offset = offsetof(struct probe_keys, port),
		.otherwise = "",
		.min = 1,
		.max = 65535,
		.help = "The port of the endpoint's address that is asked; some kinds have a "
			"default."},
	{.key = "watch",
		.type = FIELD_BOOL,
		.offset = offsetof(struct probe_keys, watch),
		.otherwise = "false",
		.help = "Whether a TCP connection stands idle beside the attempts while the "
			"endpoint passes. When it ends, as it does in the moment in which the "
			"program behind it dies, attempts follow each other until fall is reached "
			"or the endpoint passes again; so a crash is seen within milliseconds "
			"however long every is. That an endpoint closes idle connections is "
			"learnt and proves nothing. For kinds that ask a TCP port which is to be "
			"open; at most half of the prober's descriptors are used so."},
	{.key = "min",
		.type = FIELD_NUMBER,
		.offset = offsetof(struct probe_keys, limits.min),
		.otherwise = "",
		.help = "The least that the value may be which an attempt reads; below it, or when "
			"nothing or no number was read, the attempt has failed. Numbers are "
			"decimal and compared exactly."},
	{.key = "max",
		.type = FIELD_NUMBER,
		.offset = offsetof(struct probe_keys, limits.max),
		.otherwise = "",
		.help = "The most that the value may be."},
	{.key = "max-age",
		.type = FIELD_SPAN,
		.offset = offsetof(struct probe_keys, limits.max_age),
		.otherwise = "",
		.min = 1,
		.max = (int64_t)366 * DAY_MS,
		.help = "How old the value may be. A type that learns its age (a file's, a "
			"heartbeat's) says it; else it is the time since the value last changed, "
			"as a counter's that must not stand still, from the first time on that "
			"the prober read it."},
	{.key = NULL},
};

static const struct field table_endpoint[] = {
	{.key = "name",
		.type = FIELD_TEXT,
		.offset = offsetof(struct conf_endpoint, name),
		.help = "What people and {name} call it; unique in the service."},
	{.key = "host",
		.type = FIELD_TEXT,
		.offset = offsetof(struct conf_endpoint, host_text),
		.otherwise = "",
		.help = "Its own domain name, for {host} and for probes that send one; never "
			"looked up."},
	{.key = "address",
		.type = FIELD_ADDRESS,
		.offset = offsetof(struct conf_endpoint, address),
		.otherwise = "",
		.help = "Its address, for {address} and for the probes."},
	{.key = "address6",
		.type = FIELD_ADDRESS,
		.offset = offsetof(struct conf_endpoint, address6),
		.otherwise = "",
		.help = "Its IPv6 address, for {address6} and for the probes, beside an IPv4 "
			"address; each is probed by itself."},
	{.key = "vars",
		.type = FIELD_PAIRS,
		.offset = offsetof(struct conf_endpoint, vars),
		.otherwise = "",
		.help = "Texts of your own; {vars.x} in a record is the one called x."},
	{.key = "weight",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_endpoint, weight),
		.otherwise = "1",
		.min = 0,
		.max = WEIGHT_MAX,
		.help = "With answer: weighted, its share of the answers, in proportion to the "
			"weights of the others that answer; with 0 it gets none while one with "
			"more answers."},
	{.key = NULL},
};

static const struct word failovers[] = {
	{"auto", FAILOVER_AUTO}, {"manual", FAILOVER_MANUAL}, {"off", FAILOVER_OFF}, {NULL, 0}};

static const struct word on_failovers[] = {
	{"activate", ON_FAILOVER_ACTIVATE}, {"promote", ON_FAILOVER_PROMOTE}, {NULL, 0}};

static const struct word failbacks[] = {
	{"auto", FAILBACK_AUTO}, {"manual", FAILBACK_MANUAL}, {"never", FAILBACK_NEVER}, {NULL, 0}};

static const struct word on_nones[] = {{"keep", ON_NONE_KEEP}, {"home", ON_NONE_HOME},
	{"all", ON_NONE_ALL}, {"none", ON_NONE_NONE}, {"servfail", ON_NONE_SERVFAIL}, {NULL, 0}};

static const struct word comebacks[] = {
	{"auto", -2}, {"up", COMEBACK_UP}, {"clear", COMEBACK_CLEAR}, {NULL, 0}};

static const struct word discards[] = {{"refuse", 0}, {"accept", 1}, {NULL, 0}};

#define POLICY(member)                                                                             \
	(offsetof(struct service_keys, policy.member) - offsetof(struct service_keys, policy))

#define LIMIT(member)                                                                              \
	(offsetof(struct service_keys, policy.limit.member) -                                      \
		offsetof(struct service_keys, policy.limit))

static const struct field table_limit[] = {
	{.key = "switches",
		.type = FIELD_UINT,
		.offset = LIMIT(switches),
		.min = 1,
		.max = MOVES_MAX,
		.help = "How often."},
	{.key = "per",
		.type = FIELD_SPAN,
		.offset = LIMIT(per),
		.min = 1000,
		.max = DAY_MS,
		.help = "The window."},
	{.key = NULL},
};

static const struct field table_policy[] = {
	{.key = "failover",
		.type = FIELD_WORD,
		.offset = POLICY(failover),
		.otherwise = "auto",
		.words = failovers,
		.help = "Who moves the records away from an endpoint that is down: locum, or an "
			"operator with locumctl; off is manual without the alarm's call to act."},
	{.key = "on-failover",
		.type = FIELD_WORD,
		.offset = POLICY(on_failover),
		.otherwise = "activate",
		.words = on_failovers,
		.help = "What the endpoint becomes that takes over: active, or home too, so that "
			"nothing fails back from it."},
	{.key = "failback",
		.type = FIELD_WORD,
		.offset = POLICY(failback),
		.otherwise = "auto",
		.words = failbacks,
		.help = "Who moves the records back once a better endpoint is up again: locum, an "
			"operator with locumctl failback, or nobody: then only switch and promote "
			"move them. A pool takes auto only."},
	{.key = "hold",
		.type = FIELD_SPAN,
		.offset = POLICY(hold),
		.otherwise = "60s",
		.min = 0,
		.max = DAY_MS,
		.help = "No failback until an endpoint was up, and the last switch is past, for "
			"so long. A failover within the hold of a failback doubles it, up "
			"to 32 times."},
	{.key = "comeback",
		.type = FIELD_WORD,
		.offset = POLICY(comeback),
		.otherwise = "auto",
		.words = comebacks,
		.help = "When an endpoint that lost its place by failover may be chosen again: as "
			"soon as it is up, or only when an operator has cleared it, as where data "
			"may have diverged; auto is clear where require is given, failover "
			"promotes or "
			"nothing fails back, else up."},
	{.key = "wait",
		.type = FIELD_SPAN,
		.offset = POLICY(wait),
		.otherwise = "0s",
		.min = 0,
		.max = DAY_MS,
		.help = "How long the active endpoint must be down before records move."},
	{.key = "start",
		.type = FIELD_SPAN,
		.offset = POLICY(start),
		.otherwise = "60s",
		.min = 0,
		.max = DAY_MS,
		.help = "Where ready is given: how long a standby that was made active may take to "
			"come up."},
	{.key = "require",
		.type = FIELD_NODE,
		.offset = POLICY(require),
		.otherwise = "",
		.help = "What the values of probes must say of an endpoint before it is chosen; "
			"see GATES."},
	{.key = "least",
		.type = FIELD_TEXT,
		.offset = POLICY(least),
		.otherwise = "1",
		.help = "In a pool: with fewer endpoints up than this number, or percentage of "
			"all, on-none decides."},
	{.key = "most",
		.type = FIELD_UINT,
		.offset = POLICY(most),
		.otherwise = "0",
		.min = 0,
		.max = ENDPOINTS_MAX,
		.help = "In a pool: at most so many answer, the first that fit; 0 is no limit."},
	{.key = "trickle",
		.type = FIELD_TEXT,
		.offset = POLICY(trickle),
		.otherwise = "",
		.help = "In mode single: this share of the answers, such as 1% or 0.25%, at most "
			"50%, goes to the first standby that fits, so that one knows it works, "
			"while home answers the rest. Secondaries do not get its records."},
	{.key = "on-none",
		.type = FIELD_WORD,
		.offset = POLICY(on_none),
		.otherwise = "keep",
		.words = on_nones,
		.help = "The answer when no endpoint is up: keep those that answered last; or, "
			"once all are down, home, all of them, none: no such records; or "
			"servfail: the query fails, and resolvers may go on with what they had. "
			"Secondaries, which know nothing of it, get the records of a first start "
			"then."},
	{.key = "limit",
		.type = FIELD_MAP,
		.offset = POLICY(limit),
		.otherwise = "",
		.inside = table_limit,
		.help = "How often the service may switch by itself; past it, it stays as it is "
			"until the window has room or an operator thaws it."},
	{.key = "discard",
		.type = FIELD_WORD,
		.offset = POLICY(discard),
		.otherwise = "refuse",
		.words = discards,
		.help = "Where require is given and failback is auto, data that came in since the "
			"failover may be lost by it: accept says that you know."},
	{.key = "fence", .type = FIELD_LATER},
	{.key = "confirm", .type = FIELD_LATER},
	{.key = "step", .type = FIELD_LATER},
	{.key = NULL},
};

static const struct word modes[] = {{"single", MODE_SINGLE}, {"pool", MODE_POOL}, {NULL, 0}};

static const struct word answers[] = {{"all", false}, {"weighted", true}, {NULL, 0}};

static const struct word families[] = {{"any", false}, {"all", true}, {NULL, 0}};

const struct field table_service[] = {
	{.key = "zone",
		.type = FIELD_DOMAIN,
		.offset = offsetof(struct service_keys, zone),
		.help = "The zone that the records stand in."},
	{.key = "mode",
		.type = FIELD_WORD,
		.offset = offsetof(struct service_keys, mode),
		.otherwise = "single",
		.words = modes,
		.help = "single: one endpoint answers, the others stand by; pool: every endpoint "
			"that is up answers."},
	{.key = "answer",
		.type = FIELD_WORD,
		.offset = offsetof(struct service_keys, answer),
		.otherwise = "all",
		.words = answers,
		.help = "In a pool: whether an answer has the records of all endpoints that are "
			"up, or of one of them, drawn anew for each query by weight. Secondaries "
			"get those of all with a weight."},
	{.key = "ttl",
		.type = FIELD_SPAN,
		.offset = offsetof(struct service_keys, ttl),
		.otherwise = "30s",
		.min = 0,
		.max = DAY_MS,
		.help = "The TTL of the records, in whole seconds: so long may a client go on with "
			"an old answer."},
	{.key = "records",
		.type = FIELD_TEXTS,
		.offset = offsetof(struct service_keys, records),
		.min = 1,
		.max = 1000,
		.help = "The records that move together, as zone file lines without TTL and "
			"class, relative to the zone. {address}, {address6}, {host}, {name} and "
			"{vars.x} are those of the endpoint that answers."},
	{.key = "endpoints",
		.type = FIELD_LIST,
		.offset = offsetof(struct service_keys, endpoints),
		.min = 1,
		.max = ENDPOINTS_MAX,
		.inside = table_endpoint,
		.size = sizeof(struct conf_endpoint),
		.help = "Who may bear the records, in order of preference; the first is home."},
	{.key = "suspect-ttl",
		.type = FIELD_SPAN,
		.offset = offsetof(struct service_keys, suspect_ttl),
		.otherwise = "",
		.min = 0,
		.max = DAY_MS,
		.help = "The TTL while a change may be near: a probe speaks against the state of "
			"who answers, a failback or maintenance is due within the TTL, or a rule "
			"keeps records where they are. By default the TTL."},
	{.key = "ttl-follows",
		.type = FIELD_BOOL,
		.offset = offsetof(struct service_keys, follows),
		.otherwise = "false",
		.help = "Whether the TTL is never above the time that is left until the next "
			"change that is due: the end of a hold, a wait, a window or an operator's "
			"word, or maintenance. It is halved step by step, down to 0."},
	{.key = "families",
		.type = FIELD_WORD,
		.offset = offsetof(struct service_keys, families),
		.otherwise = "any",
		.words = families,
		.help = "Of an endpoint with an IPv4 and an IPv6 address: whether it needs all or "
			"any of them to be up. A pool leaves out the addresses of the family that "
			"is down."},
	{.key = "health",
		.type = FIELD_NODE,
		.offset = offsetof(struct service_keys, health),
		.otherwise = "",
		.help = "What makes an endpoint up: {all: [...]}, {any: [...]} or {at-least: N, "
			"of: [...]} with names of probes, or more such maps, in the list; without "
			"it nothing is probed and all are."},
	{.key = "ready",
		.type = FIELD_NODE,
		.offset = offsetof(struct service_keys, ready),
		.otherwise = "",
		.help = "The same for a standby, where it is judged by other probes than the "
			"active "
			"one, as a cold one, which is ready when its service is stopped; without "
			"it the health counts."},
	{.key = "with",
		.type = FIELD_TEXT,
		.offset = offsetof(struct service_keys, with),
		.otherwise = "",
		.help = "A service, with endpoints of the same names, that this one moves together "
			"with, in any zone: its policy decides, and an endpoint is up when the "
			"health of both says so."},
	{.key = "after",
		.type = FIELD_TEXT,
		.offset = offsetof(struct service_keys, after),
		.otherwise = "",
		.help = "A service that this one depends on: it does not fail over while that one "
			"is not settled."},
	{.key = "policy",
		.type = FIELD_MAP,
		.offset = offsetof(struct service_keys, policy),
		.otherwise = "",
		.inside = table_policy,
		.help = "When the records move."},
	{.key = "sync", .type = FIELD_LATER},
	{.key = "runbooks", .type = FIELD_LATER},
	{.key = NULL},
};

const struct field table_test[] = {
	{.key = "given",
		.type = FIELD_NODE,
		.offset = offsetof(struct test_keys, given),
		.otherwise = "",
		.help = "What happens, by time: {at 10s: www/fra fail}; several things of one time "
			"as a list. Until something else is given all probes pass."},
	{.key = "expect",
		.type = FIELD_NODE,
		.offset = offsetof(struct test_keys, expect),
		.help = "What must be so then: at a time, once what is due at it is done, or "
			"until a time, at every moment before it and since the expectation "
			"before."},
	{.key = NULL},
};
