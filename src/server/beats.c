#include "server/beats.h"

#include "base/mem.h"
#include "base/span.h"
#include "base/text.h"
#include "conf/heartbeat.h"
#include "dns/mac.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	DATAGRAM_MAX = 1024,
	MAC_DIGITS = 2 * MAC_SHA256,
	DATAGRAMS_A_TURN = 64,
	SLEPT_MS = 1000, /* a timer so late: it was us who did not listen */
};

struct beat { /* one check */
	struct beats *beats;
	uint32_t check;
	const char *identity; /* the configuration's, as the next three */
	const struct heartbeat_options *options;
	const struct limits *limits;
	span_t every;
	mono_t began, heard; /* heard.ns 0: not yet */
	int64_t stamp;       /* of the last datagram; at first our own start */
	char value[REPORT_VALUE_MAX];
	mono_t due;
	struct watch *timer;
};

struct beats {
	struct loop *loop;
	int fd;
	const struct beats_events *events;
	const struct beat_keys *keys;
	struct beat *list; /* sorted by identity */
	size_t n;
	int64_t started; /* wall clock */
	struct watch *readable;
	struct log_limit refused;
};

/* ---- judging ---- */

static mono_t since(const struct beat *b) { return b->heard.ns != 0 ? b->heard : b->began; }

/* PASS, FAIL, or nothing while it was not heard and may still be. */
static void judge(const struct beat *b, mono_t now)
{
	const span_t silent = mono_between(since(b), now);
	const bool late = span_at_least(silent, b->options->limit);
	if (b->heard.ns == 0 && !late)
		return;
	struct report report = {.kind = REPORT_OUTCOME,
		.outcome = late ? PROBE_FAIL : PROBE_PASS,
		.started = now,
		.ended = now};
	char text[SPAN_TEXT_MAX];
	if (late)
		(void)snprintf(report.why, sizeof report.why, "silent for %s",
			span_text(span_ms(silent.ns / 1000000000 * 1000), text));
	if (b->heard.ns != 0) {
		memcpy(report.value, b->value, sizeof report.value);
		report.age.ns = silent.ns > 0 ? silent.ns : 1; /* 0: not known */
	}
	const struct finding known = {.at = now, .age = report.age};
	if (!late &&
		!limits_kept(b->limits, report.value, &known, now, report.why, sizeof report.why))
		report.outcome = PROBE_FAIL;
	b->beats->events->outcome(b->beats->events->cookie, b->check, &report);
}

/* When it is judged next: every `every`, and at its limit. */
static void wait_for(struct beat *b, mono_t now)
{
	const mono_t limit = mono_after(since(b), b->options->limit);
	b->due = mono_after(now, b->every);
	if (!mono_reached(limit, now) && mono_reached(b->due, limit) && limit.ns < b->due.ns)
		b->due = limit;
	watch_again(b->timer, b->due);
}

static void on_timer(void *cookie, mono_t now)
{
	struct beat *const b = cookie;
	/* We slept: what was sent meanwhile is read before the silence counts. */
	if (!span_at_least(mono_between(b->due, now), span_ms(SLEPT_MS)))
		judge(b, now);
	wait_for(b, now);
}

static void hear(struct beat *b, const char *value, size_t len)
{
	const mono_t now = loop_now(b->beats->loop);
	b->heard = now;
	(void)text_escape(value, len, b->value, sizeof b->value);
	judge(b, now);
	wait_for(b, now);
}

size_t beats_take(struct beats *beats, const char *name, const char *value)
{
	size_t n = 0;
	for (size_t i = 0; i < beats->n; i++)
		if (strcmp(beats->list[i].options->name, name) == 0) {
			hear(&beats->list[i], value != NULL ? value : "",
				value != NULL ? strlen(value) : 0);
			n++;
		}
	return n;
}

/* ---- datagrams ---- */

struct words { /* of the signed part; borrowed from the datagram */
	const char *key, *name, *value;
	size_t key_len, name_len, value_len;
	int64_t time;
};

static bool next_word(const char **at, const char *end, const char **word, size_t *len)
{
	const char *const blank = *at < end ? memchr(*at, ' ', (size_t)(end - *at)) : NULL;
	*word = *at;
	*len = (size_t)((blank != NULL ? blank : end) - *at);
	*at = blank != NULL ? blank + 1 : end;
	return *len > 0;
}

static bool read_time(const char *digits, size_t len, int64_t *time)
{
	int64_t n = 0;
	if (len == 0 || len > 18 + 1 || (len == 19 && digits[0] > '8'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		n = n * 10 + (digits[i] - '0');
	}
	*time = n;
	return true;
}

/* "beat1 KEY TIME NAME [VALUE]" */
static bool read_line(const char *line, size_t len, struct words *w)
{
	const char *at = line, *const end = line + len, *word;
	size_t n;
	if (!next_word(&at, end, &word, &n) || n != 5 || memcmp(word, "beat1", 5) != 0 ||
		!next_word(&at, end, &w->key, &w->key_len) || !next_word(&at, end, &word, &n) ||
		!read_time(word, n, &w->time) || !next_word(&at, end, &w->name, &w->name_len))
		return false;
	w->value = at;
	w->value_len = (size_t)(end - at);
	return true;
}

/* NULL when it was taken, or why not; in the order of the rules of beats_new(). */
static const char *take(struct beats *beats, const char *datagram, size_t len)
{
	const char *const line = datagram + MAC_DIGITS + 1;
	struct words w;
	uint8_t given[MAC_SHA256], made[MAC_SHA256];
	while (len > 0 && (datagram[len - 1] == '\n' || datagram[len - 1] == '\r'))
		len--;
	if (len <= MAC_DIGITS || datagram[MAC_DIGITS] != ' ' ||
		!mac_from_hex(datagram, MAC_DIGITS, given) ||
		!read_line(line, len - MAC_DIGITS - 1, &w))
		return "malformed";
	/* 1. */
	const struct beat_key *const key = beat_keys_find(beats->keys, w.key, w.key_len);
	if (key == NULL)
		return "unknown key";
	mac_sha256(key->secret, key->len, line, len - MAC_DIGITS - 1, made);
	if (!mac_equal(given, made))
		return "wrong signature";
	/* 2. */
	const int64_t ahead = w.time - clock_wall_ns();
	if (ahead > span_ms(BEAT_WINDOW_MS).ns || ahead < -span_ms(BEAT_WINDOW_MS).ns)
		return "its time is not ours";
	/* 3. and 4. */
	const char *why = "no heartbeat of that name and key";
	bool taken = false;
	for (size_t i = 0; i < beats->n; i++) {
		struct beat *const b = &beats->list[i];
		const struct heartbeat_options *const o = b->options;
		if (strlen(o->name) != w.name_len || memcmp(o->name, w.name, w.name_len) != 0 ||
			o->key == NULL || strcmp(o->key, key->name) != 0)
			continue;
		if (w.time <= b->stamp) {
			why = "a replay";
			continue;
		}
		b->stamp = w.time;
		hear(b, w.value, w.value_len);
		taken = true;
	}
	return taken ? NULL : why;
}

static void on_readable(void *cookie, mono_t now)
{
	struct beats *const beats = cookie;
	for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
		char datagram[DATAGRAM_MAX];
		struct address from = {.len = sizeof from.v6};
		const ssize_t n = recvfrom(beats->fd, datagram, sizeof datagram,
			MSG_DONTWAIT | MSG_TRUNC, &from.any, &from.len);
		if (n < 0)
			return; /* nothing more; what an ICMP error said is of no interest */
		const char *const why =
			(size_t)n > sizeof datagram ? "too long" : take(beats, datagram, (size_t)n);
		if (why == NULL)
			continue;
		const struct log_leave leave = log_limit_ask(&beats->refused, now);
		char text[ADDRESS_TEXT_MAX];
		if (leave.say)
			log_line(LOG_LINE_WARNING,
				"beat=refused from=%s why=\"%s\" suppressed=%llu",
				address_text(&from, text), why,
				(unsigned long long)leave.suppressed);
	}
}

/* ---- the checks ---- */

static int by_identity(const void *left, const void *right)
{
	const struct beat *const a = left, *const b = right;
	return strcmp(a->identity, b->identity);
}

static void free_list(struct beats *beats)
{
	for (size_t i = 0; i < beats->n; i++)
		watch_free(beats->list[i].timer);
	free(beats->list);
}

void beats_adopt(struct beats *beats, const struct load *load)
{
	const struct conf *const conf = load->conf;
	const mono_t now = loop_now(beats->loop);
	struct beat *const next = mem_list(conf->policy.n_checks, sizeof *next);
	size_t n = 0;
	for (size_t i = 0; i < conf->policy.n_checks; i++) {
		const struct conf_check *const check = &conf->checks[i];
		if (check->probe->kind != &heartbeat_kind)
			continue;
		const struct beat like = {.identity = conf->policy.checks[i].identity};
		const struct beat *const was =
			bsearch(&like, beats->list, beats->n, sizeof like, by_identity);
		struct beat *const b = &next[n++];
		*b = was != NULL ? *was : (struct beat){.began = now, .stamp = beats->started};
		b->beats = beats;
		b->check = (uint32_t)i;
		b->identity = like.identity;
		b->options = check->options;
		b->limits = &check->probe->limits;
		b->every = check->probe->every;
	}
	qsort(next, n, sizeof *next, by_identity);
	for (size_t i = 0; i < n; i++) {
		next[i].timer = loop_at(beats->loop, now, on_timer, &next[i]);
		wait_for(&next[i], now);
	}
	free_list(beats);
	beats->list = next;
	beats->n = n;
	beats->keys = &load->beat_keys;
}

struct beats *beats_new(struct loop *loop, int fd, const struct beats_events *events)
{
	struct beats *const beats = mem_new(sizeof *beats);
	beats->loop = loop;
	beats->fd = fd;
	beats->events = events;
	beats->started = clock_wall_ns();
	beats->list = mem_list(0, sizeof *beats->list); /* never NULL: it is searched */
	if (fd >= 0)
		beats->readable = loop_readable(loop, fd, on_readable, beats);
	return beats;
}

void beats_free(struct beats *beats)
{
	if (beats == NULL)
		return;
	watch_free(beats->readable);
	free_list(beats);
	free(beats);
}
