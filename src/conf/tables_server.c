#include "conf/tables.h"

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
		.help = "Clients that are never limited, neither so nor by "
			"connections-per-client."},
	{.key = NULL},
};

static const struct word no_limit[] = {{"off", 0}, {NULL, 0}};
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
			"services, unless the zone has limits of its own."},
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
	{.key = "connections-per-client",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_server, connections_per_client),
		.otherwise = "100",
		.min = 1,
		.max = 65535,
		.words = no_limit,
		.help = "TCP connections that one IPv4 address or IPv6 /56 may hold at a time, of "
			"the 1024 that there are, so that nobody takes all of them. Each worker "
			"gives its part of that, at least four. For one more the longest idle of "
			"the client's own is closed; when none is idle, the new one is."},
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
