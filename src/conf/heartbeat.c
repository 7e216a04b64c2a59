#include "conf/heartbeat.h"

#include "base/err.h"

static const struct field fields[] = {
	{.key = "name",
		.type = FIELD_TEXT,
		.offset = offsetof(struct heartbeat_options, name),
		.min = 1,
		.max = BEAT_NAME_MAX,
		.filled = true,
		.help = "What reports call it: locumctl beat NAME. With {name} or {vars.x} in it "
			"every endpoint has its own, without them they share one."},
	{.key = "limit",
		.type = FIELD_SPAN,
		.offset = offsetof(struct heartbeat_options, limit),
		.min = 10,
		.max = 366LL * 24 * 3600 * 1000,
		.help = "Silence for so long fails. After the start of locumd nothing is known "
			"until a report comes or so much time is over."},
	{.key = "key",
		.type = FIELD_TEXT,
		.offset = offsetof(struct heartbeat_options, key),
		.otherwise = "",
		.min = 1,
		.help = "The one of keys with which datagrams to server.beats must be signed, of "
			"algorithm hmac-sha256. Without it only locumctl can report."},
	{.key = NULL},
};

static bool check(const void *options, const char **key, struct err *err)
{
	const struct heartbeat_options *const o = options;
	*key = "name";
	for (const char *c = o->name; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 127)
			return err_set(err, "it must have no blanks or control characters; write "
					    "a - for them");
	return true;
}

const struct option_set heartbeat_kind = {.name = "heartbeat",
	.fields = fields,
	.size = sizeof(struct heartbeat_options),
	.target = TARGET_NONE,
	.check = check};
