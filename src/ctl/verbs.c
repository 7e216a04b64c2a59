#include "ctl/verbs.h"

#include "base/text.h"
#include "ctl/attempts.h"
#include "ctl/show.h"
#include "ctl/talk.h"

#include <string.h>

enum {
	SAY = OPTION_REASON | OPTION_DRY_RUN,
	FORCE = SAY | OPTION_FORCE,
	NAMES_MAX = 64,
};

#define SERVICE .words = {"service"}, .least = 1, .patience_s = 10, .show = show_said
#define ENDPOINT .words = {"service", "endpoint"}, .least = 2, .patience_s = 10, .show = show_said

static const struct verb verbs[] = {
	{.name = "status",
		.arguments = "[SERVICE]",
		.help = "what is answered now, and why",
		.words = {"service"},
		.patience_s = 5,
		.body = "status",
		.show = show_status,
		.show_one = show_status_checks},
	{.name = "probe",
		.arguments = "SERVICE/ENDPOINT [PROBE]",
		.help = "ask an endpoint now, and show every step",
		.words = {"service/endpoint", "probe"},
		.least = 1,
		.options = OPTION_WATCH,
		.patience_s = 70, /* a timeout has a minute at most */
		.body = "probe",
		.show = attempts_show,
		.good = attempts_passed},
	{.name = "explain",
		.arguments = "NAME [TYPE]",
		.help = "why a name is answered as it is, and what would change it",
		.words = {"name", "type"},
		.least = 1,
		.options = OPTION_AT,
		.patience_s = 5,
		.body = "explain",
		.show = show_explain},
	{.name = "plan",
		.arguments = "SERVICE [ENDPOINT]",
		.help = "what a switch would change, every gate with its value; does nothing",
		.words = {"service", "endpoint"},
		.least = 1,
		.options = OPTION_FOR | OPTION_FORCE,
		.patience_s = 10,
		.body = "plan",
		.show = show_plan},
	{.name = "switch",
		.arguments = "SERVICE ENDPOINT",
		.help = "make it active; failback leaves it alone until --for is over",
		.options = FORCE | OPTION_FOR | OPTION_YES,
		.asks = true,
		ENDPOINT},
	{.name = "promote",
		.arguments = "SERVICE ENDPOINT",
		.help = "make it active, and home from now on",
		.options = FORCE | OPTION_YES,
		.asks = true,
		ENDPOINT},
	{.name = "failback",
		.arguments = "SERVICE",
		.help = "make home active",
		.options = FORCE,
		SERVICE},
	{.name = "clear",
		.arguments = "SERVICE ENDPOINT",
		.help = "its failure was dealt with: it is not deposed any more",
		.options = SAY,
		ENDPOINT},
	{.name = "online",
		.arguments = "SERVICE ENDPOINT",
		.help = "takes back offline, out and maintenance",
		.options = SAY,
		ENDPOINT},
	{.name = "offline",
		.arguments = "SERVICE ENDPOINT",
		.help = "the last resort: only when no other one fits",
		.options = FORCE | OPTION_FOR,
		ENDPOINT},
	{.name = "out",
		.arguments = "SERVICE ENDPOINT",
		.help = "never",
		.options = FORCE | OPTION_FOR,
		ENDPOINT},
	{.name = "pin",
		.arguments = "SERVICE ENDPOINT",
		.help = "it answers whatever happens, until --for is over",
		.options = FORCE | OPTION_FOR,
		ENDPOINT},
	{.name = "unpin", .arguments = "SERVICE", .help = "ends that", .options = SAY, SERVICE},
	{.name = "freeze",
		.arguments = "SERVICE|--all",
		.help = "nothing moves by itself, until --for is over",
		.options = SAY | OPTION_FOR | OPTION_ALL,
		SERVICE},
	{.name = "thaw",
		.arguments = "SERVICE|--all",
		.help = "ends that, and forgets how often it switched",
		.options = SAY | OPTION_ALL,
		SERVICE},
	{.name = "maintenance",
		.arguments = "SERVICE ENDPOINT",
		.help = "offline from --from on, --for so long; the short TTL before",
		.options = FORCE | OPTION_FROM | OPTION_FOR,
		ENDPOINT},
	{.name = "drill",
		.arguments = "SERVICE --fail ENDPOINT|--end",
		.help = "takes it for down, --for so long",
		.options = FORCE | OPTION_FOR | OPTION_FAIL | OPTION_END,
		SERVICE},
	{.name = "history",
		.arguments = "[SERVICE]",
		.help = "what happened and was said, from the journal",
		.words = {"service"},
		.options = OPTION_SINCE,
		.patience_s = 60,
		.body = "history",
		.show = show_history},
	{.name = "export",
		.arguments = "[FILE]",
		.help = "the whole journal as lines of text",
		.words = {"file"},
		.patience_s = 600,
		.show = show_export},
	{.name = "check",
		.arguments = "",
		.help = "whether the journal is whole, and as it was written",
		.patience_s = 60,
		.show = show_said},
	{.name = "backup",
		.arguments = "FILE",
		.help = "journal, state and history into a file, as of now",
		.words = {"file"},
		.least = 1,
		.options = OPTION_SINCE_LAST,
		.patience_s = 600,
		.show = show_said},
	{.name = "restore",
		.arguments = "FILE [INCREMENT...]",
		.help = "takes on a backup: services are as they were then",
		.words = {"file", "increments"},
		.many = true,
		.least = 1,
		.patience_s = 600,
		.show = show_said},
	{.name = "test",
		.arguments = "FILE",
		.help = "plays the tests of a configuration; asks no daemon",
		.words = {"configuration"},
		.least = 1,
		.run = talk_test},
	{.name = "replay",
		.arguments = "--policy FILE",
		.help = "recorded outcomes under another policy: what would have moved",
		.options = OPTION_POLICY | OPTION_OLD | OPTION_SINCE,
		.patience_s = 60,
		.run = talk_replay},
	{.name = "reload",
		.arguments = "",
		.help = "take on the changed configuration and zones, all or nothing",
		.options = OPTION_DRY_RUN,
		.patience_s = 600,
		.show = show_said},
	{.name = "beat",
		.arguments = "NAME [VALUE]",
		.help = "report in: the heartbeat NAME is alive",
		.words = {"name", "value"},
		.least = 1,
		.patience_s = 5,
		.show = show_said},
	{.name = "stop",
		.arguments = "",
		.help = "end the daemon",
		.patience_s = 5,
		.show = show_said},
	{.name = NULL},
};

static const struct option options[] = {
	{"--dry-run", "dry-run", OPTION_FLAG, OPTION_DRY_RUN, NULL, "show what would happen"},
	{"--yes", NULL, OPTION_FLAG, OPTION_YES, NULL, "do not ask"},
	{"--reason", "reason", OPTION_TEXT, OPTION_REASON, "TEXT", "why, for the log"},
	{"--for", "for", OPTION_TEXT, OPTION_FOR, "TIME", "how long, such as 90s or 4h"},
	{"--from", "from", OPTION_TEXT, OPTION_FROM, "TIME", "2026-11-22T22:00Z, or 30m from now"},
	{"--force", "force", OPTION_NUMBERS, OPTION_FORCE, "N[,N]", "in spite of these refusals"},
	{"--all", "all", OPTION_FLAG, OPTION_ALL, NULL, "every service"},
	{"--fail", "endpoint", OPTION_TEXT, OPTION_FAIL, "ENDPOINT", "who is taken for down"},
	{"--watch", NULL, OPTION_FLAG, OPTION_WATCH, NULL, "again every interval, until ^C"},
	{"--since", "since", OPTION_TEXT, OPTION_SINCE, "TIME", "not older than that, such as 7d"},
	{"--since-last", "since-last", OPTION_FLAG, OPTION_SINCE_LAST, NULL,
		"what the last backup in that directory does not have"},
	{"--policy", "policy", OPTION_TEXT, OPTION_POLICY, "FILE", "the configuration in question"},
	{"--old", "old", OPTION_TEXT, OPTION_OLD, "FILE", "... and the one it is compared with"},
	{"--at", "at", OPTION_TEXT, OPTION_AT, "TIME", "2026-11-22T22:00Z, or 30m ago"},
	{"--end", "end", OPTION_FLAG, OPTION_END, NULL, "the drill is over"},
	{.name = NULL},
};

const struct verb *verb_list(void) { return verbs; }

const struct option *option_list(void) { return options; }

const struct verb *verb_find(const char *name)
{
	for (const struct verb *v = verbs; v->name != NULL; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

const struct option *option_find(const char *name)
{
	for (const struct option *o = options; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

const char *verb_near(const char *name)
{
	const char *names[NAMES_MAX];
	size_t n = 0;
	for (const struct verb *v = verbs; v->name != NULL && n < NAMES_MAX; v++)
		names[n++] = v->name;
	return text_nearest(name, names, n);
}

const char *option_near(const char *name)
{
	static const char *const others[] = {"-s", "--json", "--help", "--version"};
	const char *names[NAMES_MAX];
	size_t n = COUNT_OF(others);
	memcpy(names, others, sizeof others);
	for (const struct option *o = options; o->name != NULL && n < NAMES_MAX; o++)
		names[n++] = o->name;
	return text_nearest(name, names, n);
}
