#include "conf/tables.h"
#include "failover/shares.h"

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
		.help = "In mode single: when an endpoint that lost its place by failover may be "
			"chosen again: as soon as it is up, or only when an operator has cleared "
			"it, as where data may have diverged; auto is clear where require is "
			"given, failover promotes or nothing fails back, else up."},
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
			"once all are down, home, all of them, none: no such records, and no such "
			"name where it has no others; or "
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
		.help = "The same for a standby of mode single, where it is judged by other probes "
			"than the active one, as a cold one, which is ready when its service is "
			"stopped; without it the health counts."},
	{.key = "with",
		.type = FIELD_TEXT,
		.offset = offsetof(struct service_keys, with),
		.otherwise = "",
		.help = "A service, with endpoints of the same names, that this one moves together "
			"with, in any zone: its policy decides, and an endpoint is up when the "
			"health of both says so. Those that follow one service may have 1024 "
			"probes together."},
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
