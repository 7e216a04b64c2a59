#include "conf/tables.h"

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

static const struct field table_zone_limits[] = {
	{.key = "records-per-type",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_limits, records_per_type),
		.otherwise = "",
		.min = 1,
		.max = UINT16_MAX,
		.help = "Records of one type at a name of this zone."},
	{.key = "types-per-name",
		.type = FIELD_UINT,
		.offset = offsetof(struct conf_limits, types_per_name),
		.otherwise = "",
		.min = 1,
		.max = UINT16_MAX,
		.help = "Types of records at a name of this zone."},
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
	{.key = "limits",
		.type = FIELD_MAP,
		.offset = offsetof(struct conf_zone, limits),
		.otherwise = "",
		.inside = table_zone_limits,
		.help = "How much may stand at one name of this zone, or of the zones of this "
			"directory, where it is not as server.limits has it."},
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
