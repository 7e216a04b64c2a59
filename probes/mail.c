#include "probes/mail.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE_MAX = 4096, /* SMTP allows 512, IMAP 8,192 where it lists much: we ask for none */
	HEARD_MAX = 64 * 1024, /* in all: an answer of many lines is still an answer */
	SAY_MAX = 4096,
	SHOWN_MAX = 80, /* of an answer, in a reason */
};

struct mail_shared {
	struct loop *loop;
	struct talks *talks;
	const struct mail_protocol *protocol;
};

struct mail_probe {
	const struct mail_shared *shared;
	const struct probe_target *target;
	const struct mail_options *options;
	struct talk *talk;
	struct watch *late; /* a verdict that needs no conversation, to be given from the loop */

	const struct mail_step *step;
	unsigned open; /* of struct mail_line */
	bool asked;    /* the answer before was ANSWER_HALF */
	char line[LINE_MAX + 1];
	size_t len, heard; /* of this line, of all */
	struct secret secret;
	struct probe_report report;
	probe_done_fn *done;
	void *cookie;
};

struct say { /* a line as it is put together */
	char text[SAY_MAX];
	size_t len;
};

static void add(struct say *say, char c)
{
	assert(say->len < sizeof say->text); /* the tables limit what comes from outside */
	say->text[say->len++] = c;
}

enum quotes { PLAIN, QUOTED };

static void add_text(struct say *say, const char *text, enum quotes quotes)
{
	if (quotes == QUOTED)
		add(say, '"');
	for (; text != NULL && *text != '\0'; text++) {
		if (quotes == QUOTED && (*text == '"' || *text == '\\'))
			add(say, '\\');
		/* No second line can be smuggled in. */
		add(say, iscntrl((unsigned char)*text) ? '?' : *text);
	}
	if (quotes == QUOTED)
		add(say, '"');
}

static void add_value(const struct mail_probe *p, struct say *say, char which)
{
	char plain[LOGIN_PLAIN_MAX];
	const enum quotes quotes = isupper((unsigned char)which) ? QUOTED : PLAIN;
	switch (tolower((unsigned char)which)) {
	case 'h': add_text(say, p->options->hello, quotes); break;
	case 'u': add_text(say, p->options->login.user, quotes); break;
	case 'p': add_text(say, p->secret.text, quotes); break;
	case 'm': add_text(say, p->options->place, quotes); break;
	default:
		assert(which == 'b');
		login_plain(p->options->login.user, &p->secret, plain);
		add_text(say, plain, PLAIN);
		explicit_bzero(plain, sizeof plain);
	}
}

static void say_step(struct mail_probe *p)
{
	struct say say = {.len = 0};
	for (const char *c = p->step->say; *c != '\0'; c++)
		if (*c == '%')
			add_value(p, &say, *++c);
		else
			add(&say, *c);
	add(&say, '\r');
	add(&say, '\n');
	probe_step(p->target, "asks: %s", p->step->name);
	talk_send(p->talk, say.text, say.len);
	explicit_bzero(&say, sizeof say);
}

static bool wanted(const struct mail_probe *p, const struct mail_step *step)
{
	switch (step->when) {
	case MAIL_ALWAYS: return true;
	case MAIL_STARTTLS: return login_begins(&p->options->login) == LOGIN_STARTTLS;
	case MAIL_LOGIN: return p->options->login.user != NULL;
	case MAIL_ASKED: return p->asked;
	case MAIL_PLACE: return p->options->place != NULL;
	}
	return false;
}

static void next_step(struct mail_probe *p)
{
	do
		p->step++;
	while (!wanted(p, p->step));
	p->asked = false;
	p->open = 0;
	say_step(p);
}

/* What they said, as far as it may be shown. */
static const char *shown(const struct mail_probe *p, char room[SHOWN_MAX])
{
	if (secret_shows(&p->secret, p->line, p->len))
		return "(not shown: it repeats the password)";
	return text_escape(p->line, p->len, room, SHOWN_MAX);
}

static enum talk_next failed(struct mail_probe *p, const char *why)
{
	p->report = probe_says(PROBE_FAIL, "%s: %s", p->step->name, why);
	return TALK_ENOUGH;
}

static enum talk_next after_yes(struct mail_probe *p, const char *value)
{
	if (p->step->value && value != NULL)
		probe_value(&p->report, value, strcspn(value, " "));
	if (p->step->then == MAIL_SHAKE)
		return TALK_SECURE;
	next_step(p);
	return TALK_ON;
}

static enum talk_next on_line(struct mail_probe *p)
{
	char room[SHOWN_MAX];
	const char *value = NULL;
	const struct mail_line line = {p->line, p->len, p->step->say, &p->open, &value};
	const enum mail_answer answer = p->shared->protocol->answer(&line);
	probe_step(p->target, "heard: %s", shown(p, room));
	/* 1. Whatever is said to a good-bye, all that matters was said before. */
	if (p->step->then == MAIL_END)
		return TALK_ENOUGH;
	switch (answer) {
	case ANSWER_MORE:
		/* An IMAP value stands in a line of its own, before the last one. */
		if (p->step->value && value != NULL)
			probe_value(&p->report, value, strcspn(value, " "));
		return TALK_ON;
	case ANSWER_HALF: p->asked = true; return after_yes(p, NULL);
	case ANSWER_YES: return after_yes(p, value);
	case ANSWER_NO: return failed(p, shown(p, room));
	case ANSWER_ODD: break;
	}
	p->report = probe_says(PROBE_FAIL, "%s: no answer in %s: %s", p->step->name,
		p->shared->protocol->name, shown(p, room));
	return TALK_ENOUGH;
}

/* In the clear, before the greeting; and again once TLS is there, to ask what follows STARTTLS. */
static enum talk_next on_ready(void *cookie)
{
	struct mail_probe *const p = cookie;
	if (p->step->then == MAIL_SHAKE)
		next_step(p);
	return TALK_ON;
}

static enum talk_next on_heard(void *cookie, const uint8_t *octets, size_t len)
{
	struct mail_probe *const p = cookie;
	enum talk_next next = len == 0 && p->step->then == MAIL_END ? TALK_ENOUGH : TALK_ON;
	p->heard += len;
	for (size_t i = 0; i < len && next == TALK_ON; i++) {
		if (octets[i] != '\n') {
			if (p->len == LINE_MAX)
				return failed(p, "a line without end");
			p->line[p->len++] = (char)octets[i];
			continue;
		}
		if (p->len > 0 && p->line[p->len - 1] == '\r')
			p->len--;
		p->line[p->len] = '\0';
		next = on_line(p);
		p->len = 0;
		/* Somebody in between could put it there, for us to take as said through TLS. */
		if (next == TALK_SECURE && i + 1 < len)
			return failed(p, "more than an answer before TLS");
	}
	if (next == TALK_ON && p->heard > HEARD_MAX)
		return failed(p, "an answer without end");
	return next;
}

static void finish(struct mail_probe *p)
{
	const struct probe_report report = p->report;
	secret_forget(&p->secret);
	explicit_bzero(p->line, sizeof p->line);
	p->done(p->cookie, &report);
}

static void on_over(void *cookie, const struct probe_report *broken)
{
	struct mail_probe *const p = cookie;
	/* They may well close before the good-bye is whole. */
	if (broken != NULL && p->step->then != MAIL_END)
		p->report = *broken;
	finish(p);
}

static void on_late(void *cookie, mono_t now)
{
	(void)now;
	struct mail_probe *const p = cookie;
	watch_free(p->late);
	p->late = NULL;
	finish(p);
}

void mail_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct mail_probe *const p = probe;
	const struct login *const login = &p->options->login;
	struct err err;
	p->done = done;
	p->cookie = cookie;
	p->report = (struct probe_report){.outcome = PROBE_PASS};
	p->step = p->shared->protocol->steps;
	p->asked = false;
	p->open = 0;
	p->len = p->heard = 0;
	if (login->password_file == NULL || secret_read(login->password_file, &p->secret, &err)) {
		talk_start(p->talk);
		return;
	}
	p->report = probe_fault(FAULT_LOCAL, "password-file %s", err.text);
	p->late = loop_at(p->shared->loop, loop_now(p->shared->loop), on_late, p);
}

void mail_cancel(void *probe)
{
	struct mail_probe *const p = probe;
	watch_free(p->late);
	p->late = NULL;
	talk_stop(p->talk);
	secret_forget(&p->secret);
}

void *mail_open(void *shared, const struct probe_target *target, const void *options)
{
	static const struct talk_part part = {on_ready, on_heard, on_over};
	const struct mail_shared *const s = shared;
	struct mail_probe *const p = mem_new(sizeof *p);
	p->shared = s;
	p->target = target;
	p->options = options;
	const struct talk_plan plan =
		login_plan(&p->options->login, target, &part, p, TALK_THEY_BEGIN);
	p->talk = talk_new(s->talks, &plan);
	return p;
}

void mail_close(void *probe)
{
	struct mail_probe *const p = probe;
	talk_free(p->talk);
	free(p);
}

void *mail_begin(struct loop *loop, const struct mail_protocol *protocol)
{
	struct mail_shared *const s = mem_new(sizeof *s);
	s->loop = loop;
	s->talks = talks_new(loop);
	s->protocol = protocol;
	return s;
}

void mail_end(void *shared)
{
	struct mail_shared *const s = shared;
	talks_free(s->talks);
	free(s);
}

bool mail_check(const void *options, const char **key, struct err *err)
{
	const struct mail_options *const o = options;
	*key = "type";
	if (!login_in_line(o->hello) || !login_in_line(o->place))
		return err_set(err, "no control characters can be sent; take them out");
	return login_check(&o->login, key, err);
}

enum mail_answer mail_code(const struct mail_line *line)
{
	unsigned code = 0;
	for (size_t i = 0; i < 3 && isdigit((unsigned char)line->text[i]); i++)
		code = 10 * code + (unsigned)(line->text[i] - '0');
	const char after = (char)(code >= 100 ? line->text[3] : 'x');
	/* 1. Within an answer of many lines nothing counts but its end. */
	if (*line->open != 0 && (code != *line->open || after != ' '))
		return ANSWER_MORE;
	if (code >= 100 && after == '-') {
		*line->open = code;
		return ANSWER_MORE;
	}
	*line->open = 0;
	if (code < 100 || code > 599 || (after != ' ' && after != '\0'))
		return ANSWER_ODD;
	if (after == ' ')
		*line->value = line->text + 4;
	/* 2. 1yz: wait, another will come. */
	switch (code / 100) {
	case 1: return ANSWER_MORE;
	case 2: return ANSWER_YES;
	case 3: return ANSWER_HALF;
	default: return ANSWER_NO;
	}
}

bool mail_valueless(const void *options)
{
	return ((const struct mail_options *)options)->place == NULL;
}

bool mail_valueless_unless_login(const void *options)
{
	return ((const struct mail_options *)options)->login.user == NULL;
}
