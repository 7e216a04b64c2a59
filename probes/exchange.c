/*
 * Says something, or nothing, and looks whether what comes back is what it should be: for every
 * protocol that has no kind of its own.
 *
 * The answer is good as soon as the pattern is found in it.  Only where more octets could make
 * something else of the match (a "$", or a captured group that reaches to the end of what has come)
 * it is waited for the end, or for a moment of silence.
 */
#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"
#include "probes/pattern.h"
#include "probes/talk.h"

#include <stdlib.h>
#include <string.h>

enum {
	ANSWER_MAX = 64 * 1024,
	/* An endpoint that sends octet by octet may not make us search the same text again and
	 * again: past so many octets searched, it is done only once the text has grown or in a
	 * silence. */
	SEARCHED_MAX = 256 * 1024,
	GROWN = 8, /* by an eighth */
	SILENCE_MS = 50,
};

struct exchange_options {
	const char *send, *expect;
	uint32_t value;
	struct talk_tls tls;
};

static const struct field exchange_fields[] = {
	{.key = "send",
		.type = FIELD_TEXT,
		.offset = offsetof(struct exchange_options, send),
		.otherwise = "",
		.max = 4096,
		.filled = true,
		.help = "What is said once the connection is open, as it stands here; in double "
			"quotes \\r\\n is a line's end. Without it the endpoint speaks first."},
	{.key = "expect",
		.type = FIELD_TEXT,
		.offset = offsetof(struct exchange_options, expect),
		.otherwise = "",
		.min = 1,
		.max = 4096,
		.help = "A POSIX extended regular expression (regex(7)) that must be found in the "
			"first 64 KB of the answer. ^ is its beginning and $ its end, not that of "
			"a line; . matches line ends too. Without it any octet is a good answer."},
	{.key = "value",
		.type = FIELD_UINT,
		.offset = offsetof(struct exchange_options, value),
		.otherwise = "",
		.min = 1,
		.max = PATTERN_GROUPS_MAX,
		.help = "The group of expect, counted from 1 by their opening parentheses, whose "
			"text is the value that was read."},
	{.key = "tls",
		.type = FIELD_MAP,
		.offset = offsetof(struct exchange_options, tls),
		.otherwise = "false",
		.words = talk_covers,
		.inside = talk_tls_fields,
		.help = "Whether all of it goes through TLS, and what is demanded of it."},
	{.key = NULL},
};

struct exchange_shared {
	struct loop *loop;
	struct talks *talks;
};

struct exchange_probe {
	struct loop *loop;
	struct talk *talk;
	const struct probe_target *target;
	const struct exchange_options *options;
	struct pattern *pattern;

	char *answer; /* what has come, up to ANSWER_MAX */
	size_t len, room, searched_len, searched;
	span_t silence;
	struct watch *timer;
	struct probe_report report;
	probe_done_fn *done;
	void *cookie;
};

static bool exchange_check(const void *options, const char **key, struct err *err)
{
	const struct exchange_options *const o = options;
	*key = "expect";
	if (!pattern_check(o->expect, err))
		return false;
	struct pattern *const pattern = pattern_new(o->expect);
	const size_t groups = pattern != NULL ? pattern_groups(pattern) : 0;
	pattern_free(pattern);
	*key = "value";
	if (o->value > groups)
		return err_set(err,
			"group %u is asked for, but expect has %zu; put what is to be read "
			"in parentheses",
			(unsigned)o->value, groups);
	return true;
}

static bool exchange_valueless(const void *options)
{
	return ((const struct exchange_options *)options)->value == 0;
}

static enum talk_next passed(struct exchange_probe *p, const struct found *found)
{
	p->report = (struct probe_report){.outcome = PROBE_PASS};
	if (p->options->value > 0)
		probe_value(&p->report, p->answer + found->from, found->len);
	return TALK_ENOUGH;
}

static enum talk_next failed(struct exchange_probe *p, const char *what)
{
	char text[56];
	p->report = probe_says(
		PROBE_FAIL, "%s \"%s\"", what, text_escape(p->answer, p->len, text, sizeof text));
	return TALK_ENOUGH;
}

/* TALK_ENOUGH: the report is there. */
static enum talk_next search(struct exchange_probe *p, enum pattern_end end)
{
	struct found found = {0, 0};
	const size_t group = p->options->value;
	p->searched += p->len;
	p->searched_len = p->len;
	if (p->pattern == NULL)
		return passed(p, &found);
	if (!pattern_group(p->pattern, p->answer, p->len, end, group, group > 0 ? &found : NULL))
		return TALK_ON;
	if (end == PATTERN_MORE && group > 0 && found.from + found.len == p->len)
		return TALK_ON;
	return passed(p, &found);
}

static void answer_over(struct exchange_probe *p)
{
	watch_free(p->timer);
	p->timer = NULL;
	free(p->answer);
	p->answer = NULL;
	p->len = p->room = 0;
}

static void on_silence(void *cookie, mono_t now)
{
	struct exchange_probe *const p = cookie;
	(void)now;
	p->silence.ns *= 2;
	if (search(p, PATTERN_WHOLE) != TALK_ENOUGH)
		return;
	talk_stop(p->talk);
	answer_over(p);
	p->done(p->cookie, &p->report);
}

static void wait_for_silence(struct exchange_probe *p)
{
	const mono_t due = mono_after(loop_now(p->loop), p->silence);
	if (p->timer == NULL)
		p->timer = loop_at(p->loop, due, on_silence, p);
	else
		watch_again(p->timer, due);
}

static void tell(const struct exchange_probe *p, const uint8_t *octets, size_t len)
{
	char text[200];
	if (p->target->trace != NULL)
		probe_step(p->target, "heard \"%s\"", text_escape(octets, len, text, sizeof text));
}

static enum talk_next on_heard(void *cookie, const uint8_t *octets, size_t len)
{
	struct exchange_probe *const p = cookie;
	const size_t room = ANSWER_MAX - p->len;
	const size_t taken = len < room ? len : room;
	/* 1. The end: what is there is all. */
	if (len == 0 && (p->len == 0 || search(p, PATTERN_WHOLE) == TALK_ENOUGH))
		return p->len == 0 ? TALK_ON : TALK_ENOUGH;
	if (len == 0)
		return failed(p, "closed after");
	p->answer = mem_grow(p->answer, &p->room, p->len + taken + 1, 1);
	memcpy(p->answer + p->len, octets, taken);
	p->len += taken;
	p->answer[p->len] = '\0';
	tell(p, octets, taken);
	/* 2. As much as will be looked at: as if it were all. */
	if (p->len == ANSWER_MAX) {
		if (search(p, PATTERN_WHOLE) == TALK_ENOUGH)
			return TALK_ENOUGH;
		return failed(p, "no match in the first 64 KB:");
	}
	/* 3. A match that no more octets can undo. */
	if ((p->searched < SEARCHED_MAX || p->len - p->searched_len > p->searched_len / GROWN) &&
		search(p, PATTERN_MORE) == TALK_ENOUGH)
		return TALK_ENOUGH;
	/* 4. One that they could, or that was not looked for. */
	wait_for_silence(p);
	return TALK_ON;
}

static enum talk_next on_ready(void *cookie)
{
	struct exchange_probe *const p = cookie;
	if (p->options->send != NULL)
		talk_send(p->talk, p->options->send, strlen(p->options->send));
	return TALK_ON;
}

static void on_over(void *cookie, const struct probe_report *broken)
{
	struct exchange_probe *const p = cookie;
	if (broken != NULL)
		p->report = *broken;
	answer_over(p);
	p->done(p->cookie, &p->report);
}

static const struct talk_part exchange_part = {on_ready, on_heard, on_over};

static void exchange_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct exchange_probe *const p = probe;
	const int64_t quarter = p->target->timeout.ns / 4, usual = span_ms(SILENCE_MS).ns;
	p->done = done;
	p->cookie = cookie;
	p->silence.ns = quarter > 0 && quarter < usual ? quarter : usual;
	p->searched = p->searched_len = 0;
	talk_start(p->talk);
}

static void exchange_cancel(void *probe)
{
	struct exchange_probe *const p = probe;
	talk_stop(p->talk);
	answer_over(p);
}

static void *exchange_open(void *shared, const struct probe_target *target, const void *options)
{
	const struct exchange_shared *const s = shared;
	struct exchange_probe *const p = mem_new(sizeof *p);
	p->loop = s->loop;
	p->target = target;
	p->options = options;
	p->pattern = pattern_new(p->options->expect);
	const struct talk_plan plan = {.target = target,
		.tls = &p->options->tls,
		.first = p->options->send != NULL ? TALK_WE_BEGIN : TALK_THEY_BEGIN,
		.part = &exchange_part,
		.cookie = p};
	p->talk = talk_new(s->talks, &plan);
	return p;
}

static void exchange_close(void *probe)
{
	struct exchange_probe *const p = probe;
	talk_free(p->talk);
	pattern_free(p->pattern);
	free(p);
}

static void *exchange_begin(struct loop *loop)
{
	struct exchange_shared *const s = mem_new(sizeof *s);
	s->loop = loop;
	s->talks = talks_new(loop);
	return s;
}

static void exchange_end(void *shared)
{
	struct exchange_shared *const s = shared;
	talks_free(s->talks);
	free(s);
}

const struct probe_kind probe_exchange = {
	.options = {.name = "exchange",
		.watch = probe_watch,
		.valueless = exchange_valueless,
		.fields = exchange_fields,
		.size = sizeof(struct exchange_options),
		.check = exchange_check},
	.begin = exchange_begin,
	.end = exchange_end,
	.open = exchange_open,
	.close = exchange_close,
	.start = exchange_start,
	.cancel = exchange_cancel,
};
