/* Rows of what service_pick() decides, all of it in words: for the tests of its rules. */
#ifndef LOCUM_TESTS_SERVICE_ROWS_H
#define LOCUM_TESTS_SERVICE_ROWS_H

#include "service_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/*
 * The policy: "hold=60" and what `rule` says.  What was: who answers "ab", by rule kept, switched
 * at 3, with what `was` says.  The time is 100 unless it says "now=".  The result: who answers, the
 * rule, and whatever else is there.
 */
struct row {
	const char *what, *rule, *ends, *on, *was, *is;
};

static bool is_word(const char *word, const char *key, const char **value)
{
	const size_t n = strlen(key);
	*value = word + n + 1;
	return strncmp(word, key, n) == 0 && (word[n] == '\0' || word[n] == '=');
}

static int64_t number(const char *text) { return strtol(text, NULL, 10); }
static span_t seconds(const char *text) { return span_ms(number(text) * 1000); }

static struct endpoint_set letters(const char *text)
{
	struct endpoint_set set = {0};
	for (; *text >= 'a' && *text <= 'z'; text++)
		endpoint_add(&set, (size_t)(*text - 'a'));
	return set;
}

static void read_rule_word(struct service_rule *rule, const char *word)
{
	const char *value;
	if (is_word(word, "manual", &value))
		rule->failover = FAILOVER_MANUAL;
	else if (is_word(word, "off", &value))
		rule->failover = FAILOVER_OFF;
	else if (is_word(word, "promote", &value))
		rule->on_failover = ON_FAILOVER_PROMOTE;
	else if (is_word(word, "back", &value))
		rule->failback = *value == 'm' ? FAILBACK_MANUAL : FAILBACK_NEVER;
	else if (is_word(word, "none", &value))
		rule->on_none = *value == 'h'   ? ON_NONE_HOME
				: *value == 'a' ? ON_NONE_ALL
				: *value == 's' ? ON_NONE_SERVFAIL
						: ON_NONE_NONE;
	else if (is_word(word, "clear", &value))
		rule->comeback = COMEBACK_CLEAR;
	else if (is_word(word, "cold", &value))
		rule->cold = true;
	else if (is_word(word, "start", &value))
		rule->start = seconds(value);
	else if (is_word(word, "wait", &value))
		rule->wait = seconds(value);
	else if (is_word(word, "hold", &value))
		rule->hold = seconds(value);
	else if (is_word(word, "least", &value))
		rule->least = (uint16_t)number(value);
	else if (is_word(word, "most", &value))
		rule->most = (uint16_t)number(value);
	else if (is_word(word, "limit", &value)) { /* limit=2/60 */
		rule->limit = (uint16_t)number(value);
		rule->limit_per = seconds(strchr(value, '/') + 1);
	} else if (is_word(word, "brief", &value)) { /* the steady TTL */
		rule->brief = true;
		rule->ttl = seconds(value);
	} else if (is_word(word, "follows", &value)) { /* the steady TTL */
		rule->follows = true;
		rule->ttl = seconds(value);
	} else if (is_word(word, "trickle", &value)) /* in 10,000ths */
		rule->trickle = (uint16_t)number(value);
	else
		fail_msg("rule: %s", word);
}

static enum pick_reason reason_of(const char *text)
{
	for (enum pick_reason r = PICK_FIRST; r <= PICK_ORDERED; r++)
		if (strcmp(pick_reason_text(r), text) == 0)
			return r;
	fail_msg("no rule: %s", text);
	return PICK_FIRST;
}

struct asked {
	struct pick was;
	struct about about;
	mono_t now;
};

static void read_was_word(struct asked *q, const char *word)
{
	const char *value;
	if (is_word(word, "now", &value))
		q->now = at(number(value));
	else if (is_word(word, "by", &value))
		q->was.by = reason_of(value);
	else if (is_word(word, "reason", &value))
		q->was.reason = reason_of(value);
	else if (is_word(word, "at", &value))
		q->was.switched = at(number(value));
	else if (is_word(word, "lost", &value)) /* pool */
		q->was.withdrawn = letters(value);
	else if (is_word(word, "deposed", &value))
		q->was.deposed = letters(value);
	else if (is_word(word, "dark4", &value))
		q->was.dark[FAMILY_V4] = letters(value);
	else if (is_word(word, "trickle", &value))
		q->was.trickle = letters(value);
	else if (is_word(word, "home", &value))
		q->was.home = (uint8_t)(*value - 'a');
	else if (is_word(word, "strikes", &value))
		q->was.strikes = (uint8_t)number(value);
	else if (is_word(word, "stay", &value))
		q->was.stay = at(number(value));
	else if (is_word(word, "moves", &value)) /* newest first */
		for (size_t i = 0; value != NULL; i++, value = strchr(value, ','))
			q->was.moves[i] = at(number(value += *value == ','));
	else if (is_word(word, "new", &value))
		q->was.chosen = false;
	else if (is_word(word, "pinned", &value))
		q->about.pinned = (uint8_t)(*value - 'a');
	else if (is_word(word, "frozen", &value))
		q->about.frozen = true;
	else if (is_word(word, "over", &value))
		q->about.over = at(number(value));
	else if (is_word(word, "unsettled", &value))
		q->about.unsettled = true;
	else if (is_word(word, "breaker", &value))
		q->about.failover_at = at(number(value));
	else if (is_word(word, "failbacks", &value))
		q->about.failback_at = at(number(value));
	else
		fail_msg("was: %s", word);
}

static void print_set(char *room, const char *key, const struct endpoint_set *set)
{
	if (endpoint_count(set) == 0)
		return;
	sprintf(room + strlen(room), " %s=", key);
	for (size_t i = 0; i < 26; i++)
		if (endpoint_has(set, i))
			sprintf(room + strlen(room), "%c", (int)('a' + i));
}

static void print_pick(char *room, const struct pick *was, const struct pick *is)
{
	room[0] = '\0';
	print_set(room, "on", &is->on);
	sprintf(room + strlen(room), " %s", pick_reason_text(is->reason));
	print_set(room, "lost", &is->withdrawn);
	print_set(room, "deposed", &is->deposed);
	print_set(room, "dark4", &is->dark[FAMILY_V4]);
	print_set(room, "dark6", &is->dark[FAMILY_V6]);
	print_set(room, "trickle", &is->trickle);
	if (endpoint_count(&is->trickle) > 0)
		sprintf(room + strlen(room), "/%d", (int)is->trickle_by);
	if (is->home != was->home)
		sprintf(room + strlen(room), " home=%c", 'a' + is->home);
	if (is->strikes != was->strikes)
		sprintf(room + strlen(room), " strikes=%d", is->strikes);
	if (is->suspect)
		strcat(room, " suspect");
	if (is->bounded)
		sprintf(room + strlen(room), " ttl=%u", is->ttl_most);
	if (is->review.ns != 0)
		sprintf(room + strlen(room), " review=%d", (int)(is->review.ns / 1000000000));
}

static void check_row(enum service_mode mode, const struct row *row)
{
	char words[200], room[300], *rest;
	struct contender ends[26];
	struct service_rule rule = {.mode = mode, .hold = span_ms(60000)};
	struct asked q = {.was = {.on = letters(row->on),
				  .chosen = true,
				  .reason = PICK_KEPT,
				  .by = PICK_FIRST,
				  .switched = at(3)},
		.about = {.pinned = ENDPOINT_NONE},
		.now = at(100)};
	snprintf(words, sizeof words, "%s", row->rule);
	for (char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		read_rule_word(&rule, w);
	snprintf(words, sizeof words, "%s", row->was);
	for (char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		read_was_word(&q, w);
	const size_t n = read_ends(row->ends, ends);
	if (!q.was.chosen)
		q.was = (struct pick){.home = q.was.home, .deposed = q.was.deposed};
	const struct pick is = service_pick(&rule, ends, n, &q.about, &q.was, q.now);
	print_pick(room, &q.was, &is);
	if (strcmp(room + (room[0] == ' '), row->is) != 0)
		fail_msg("%s\n expected: %s\n got:      %s", row->what, row->is, room);

	/* Asked again at once, nothing more happens. */
	const struct pick again = service_pick(&rule, ends, n, &q.about, &is, q.now);
	if (!endpoint_same(&again.on, &is.on) || again.review.ns != is.review.ns ||
		again.suspect != is.suspect || again.strikes != is.strikes)
		fail_msg("%s: asked twice, it changes twice", row->what);
	/* Whatever turns unknown, nobody moves. */
	for (size_t i = 0; i < n; i++) {
		const struct verdict was = ends[i].health, ready = ends[i].ready;
		ends[i].health = ends[i].ready = (struct verdict){.since = q.now};
		const struct pick then = service_pick(&rule, ends, n, &q.about, &is, q.now);
		if (!endpoint_same(&then.on, &is.on))
			fail_msg("%s: it moves when %c turns unknown", row->what, (int)('a' + i));
		if (!endpoint_same(&then.trickle, &is.trickle))
			fail_msg("%s: a share goes when %c turns unknown", row->what,
				(int)('a' + i));
		for (size_t f = 0; f < FAMILIES_MAX; f++)
			if (!endpoint_same(&then.dark[f], &is.dark[f]))
				fail_msg("%s: an address goes, or comes, when %c turns unknown",
					row->what, (int)('a' + i));
		ends[i].health = was;
		ends[i].ready = ready;
	}
}

#endif
