/*
 * Does a directory answer?  LDAP (RFC 4511): StartTLS and a bind if they are wanted, then one
 * search.  A good answer has an entry, and the attribute if one is asked for: contextCSN of a
 * suffix says how far a replica has come.
 *
 * No library: libldap connects and shakes hands by itself, and takes what length a server says.
 */
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"
#include "probes/ber.h"
#include "probes/ldap_filter.h"
#include "probes/login.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEARD_MAX = 64 * 1024, /* in all: one entry and one attribute are wanted */
	ASK_MAX = 16 * 1024,
	SHOWN_MAX = 64,
	VERSION = 3,
};

enum ldap_tag { /* RFC 4511 */
	LDAP_BIND = 0x60,
	LDAP_BOUND = 0x61,
	LDAP_SEARCH = 0x63,
	LDAP_ENTRY = 0x64,
	LDAP_FOUND = 0x65, /* the last word on a search */
	LDAP_REFERENCE = 0x73,
	LDAP_EXTENDED = 0x77,
	LDAP_DID_EXTENDED = 0x78,
	LDAP_SIMPLE = 0x80,       /* in a bind: a password */
	LDAP_REQUEST_NAME = 0x80, /* in an extended request */
};

enum ldap_result { LDAP_SUCCESS = 0, LDAP_SIZE_LIMIT = 4 };

enum ldap_scope { SCOPE_BASE, SCOPE_ONE, SCOPE_SUB }; /* as in the protocol */

struct ldap_options {
	struct login login;
	const char *base, *filter, *attr;
	int scope;
	uint32_t value;
};

static const struct word scopes[] = {
	{"base", SCOPE_BASE}, {"one", SCOPE_ONE}, {"sub", SCOPE_SUB}, {.text = NULL}};

static const struct field ldap_fields[] = {
	{.key = "base",
		.type = FIELD_TEXT,
		.offset = offsetof(struct ldap_options, base),
		.otherwise = "",
		.max = 1024,
		.help = "The DN to search at; otherwise that of the server itself (the root DSE)."},
	{.key = "scope",
		.type = FIELD_WORD,
		.offset = offsetof(struct ldap_options, scope),
		.otherwise = "base",
		.words = scopes,
		.help = "What is searched: the base itself, one level below it, or all of it."},
	{.key = "filter",
		.type = FIELD_TEXT,
		.offset = offsetof(struct ldap_options, filter),
		.otherwise = "(objectClass=*)",
		.max = 1024,
		.help = "What an entry must be like (RFC 4515, without extensible matches); one "
			"such entry is enough."},
	{.key = "attr",
		.type = FIELD_TEXT,
		.offset = offsetof(struct ldap_options, attr),
		.otherwise = "",
		.min = 1,
		.max = 255,
		.help = "An attribute that the entry must have; what it says is the value."},
	{.key = "value",
		.type = FIELD_UINT,
		.offset = offsetof(struct ldap_options, value),
		.otherwise = "1",
		.min = 1,
		.max = 100,
		.help = "Which of the attribute's values, where it has several."},
	LOGIN_ROWS(offsetof(struct ldap_options, login)),
	{.key = NULL},
};

enum ldap_step { STEP_STARTTLS, STEP_BIND, STEP_SEARCH };

static const struct {
	const char *name;
	uint8_t answer;
} steps[] = {[STEP_STARTTLS] = {"StartTLS", LDAP_DID_EXTENDED},
	[STEP_BIND] = {"bind", LDAP_BOUND},
	[STEP_SEARCH] = {"search", LDAP_FOUND}};

struct ldap_shared {
	struct loop *loop;
	struct talks *talks;
};

struct ldap_probe {
	const struct ldap_shared *shared;
	const struct probe_target *target;
	const struct ldap_options *options;
	struct talk *talk;
	struct watch *late; /* a verdict that needs no conversation, to be given from the loop */

	enum ldap_step step;
	uint8_t *heard; /* what is not a whole message yet */
	size_t len, room, total;
	bool secured;     /* StartTLS was asked for */
	bool entry, attr; /* an entry was found, and the attribute in it */
	struct secret secret;
	struct probe_report report;
	probe_done_fn *done;
	void *cookie;
};

/* ---- what we ask ---- */

static void put_bind(const struct ldap_probe *p, struct ber_out *out)
{
	const size_t bind = ber_begin(out, LDAP_BIND);
	ber_put_number(out, BER_INTEGER, VERSION);
	ber_put_text(out, BER_OCTETS, p->options->login.user);
	ber_put_text(out, LDAP_SIMPLE, p->secret.text);
	ber_end(out, bind);
}

static void put_search(const struct ldap_probe *p, struct ber_out *out)
{
	static const uint8_t no = 0;
	struct err err;
	const size_t search = ber_begin(out, LDAP_SEARCH);
	ber_put_text(out, BER_OCTETS, p->options->base);
	ber_put_number(out, BER_ENUM, (uint16_t)p->options->scope);
	ber_put_number(out, BER_ENUM, 0);    /* aliases are not followed */
	ber_put_number(out, BER_INTEGER, 1); /* entries at most */
	ber_put_number(out, BER_INTEGER, 0); /* seconds: the prober's business */
	ber_put(out, BER_BOOLEAN, &no, 1);   /* values too, not only types */
	out->full = !ldap_filter_put(out, p->options->filter, &err) || out->full;
	const size_t attrs = ber_begin(out, BER_SEQUENCE);
	ber_put_text(out, BER_OCTETS, p->options->attr != NULL ? p->options->attr : "1.1");
	ber_end(out, attrs);
	ber_end(out, search);
}

static void put_starttls(struct ber_out *out)
{
	const size_t extended = ber_begin(out, LDAP_EXTENDED);
	ber_put_text(out, LDAP_REQUEST_NAME, "1.3.6.1.4.1.1466.20037");
	ber_end(out, extended);
}

/* Every step has its own message ID. */
static uint16_t message_id(const struct ldap_probe *p) { return (uint16_t)(p->step + 1); }

static enum talk_next failed(struct ldap_probe *p, const char *why)
{
	p->report = probe_says(PROBE_FAIL, "%s: %s", steps[p->step].name, why);
	return TALK_ENOUGH;
}

static enum talk_next ask(struct ldap_probe *p, enum ldap_step step)
{
	uint8_t room[ASK_MAX];
	struct ber_out out = {.to = room, .room = sizeof room};
	p->step = step;
	const size_t message = ber_begin(&out, BER_SEQUENCE);
	ber_put_number(&out, BER_INTEGER, message_id(p));
	switch (step) {
	case STEP_STARTTLS: put_starttls(&out); break;
	case STEP_BIND: put_bind(p, &out); break;
	case STEP_SEARCH: put_search(p, &out); break;
	}
	ber_end(&out, message);
	if (out.full) { /* the check of the options has seen to that */
		p->report = probe_fault(FAULT_LOCAL, "the filter is none");
		return TALK_ENOUGH;
	}
	probe_step(p->target, "asks: %s", steps[step].name);
	talk_send(p->talk, out.to, out.len);
	explicit_bzero(room, out.len);
	return TALK_ON;
}

static enum talk_next on_ready(void *cookie)
{
	struct ldap_probe *const p = cookie;
	if (login_begins(&p->options->login) == LOGIN_STARTTLS && !p->secured) {
		p->secured = true;
		return ask(p, STEP_STARTTLS);
	}
	return ask(p, p->options->login.user != NULL ? STEP_BIND : STEP_SEARCH);
}

/* ---- what they answer ---- */

static const char *result_name(uint32_t code)
{
	static const struct {
		uint32_t code;
		const char *name;
	} known[] = {{1, "operations error"}, {2, "protocol error"}, {3, "time limit exceeded"},
		{7, "login method not supported"}, {8, "stronger login required"}, {10, "referral"},
		{11, "administrative limit exceeded"}, {13, "confidentiality required"},
		{32, "no such entry"}, {34, "malformed DN"}, {48, "inappropriate login"},
		{49, "invalid credentials"}, {50, "insufficient access rights"}, {51, "busy"},
		{52, "unavailable"}, {53, "unwilling to perform"}};
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].code == code)
			return known[i].name;
	return "error";
}

/* "no such entry (32)", and what else the server says. */
static enum talk_next refused(struct ldap_probe *p, uint32_t code, const struct ber *words)
{
	char shown[SHOWN_MAX] = "";
	if (words->len > 0 && !secret_shows(&p->secret, words->at, words->len))
		(void)text_escape(words->at, words->len, shown, sizeof shown);
	p->report = probe_says(PROBE_FAIL, "%s: %s (%u)%s%s", steps[p->step].name,
		result_name(code), (unsigned)code, shown[0] != '\0' ? ": " : "", shown);
	return TALK_ENOUGH;
}

static enum talk_next found(struct ldap_probe *p)
{
	if (!p->entry)
		return failed(p, "no entry");
	if (p->options->attr == NULL || p->attr)
		return TALK_ENOUGH;
	char attr[SHOWN_MAX];
	p->report = probe_says(PROBE_FAIL,
		p->options->value == 1 ? "search: no %s" : "search: no %s number %u",
		text_escape(p->options->attr, strlen(p->options->attr), attr, sizeof attr),
		(unsigned)p->options->value);
	return TALK_ENOUGH;
}

enum result_kind { RESULT_ANSWER, RESULT_NOTICE };

/* LDAPResult: code, DN, words. */
static enum talk_next on_result(struct ldap_probe *p, struct ber result, enum result_kind kind)
{
	uint32_t code;
	struct ber dn, words;
	if (!ber_get_number(&result, BER_ENUM, &code) || !ber_get(&result, BER_OCTETS, &dn) ||
		!ber_get(&result, BER_OCTETS, &words))
		return failed(p, "malformed answer");
	probe_step(p->target, "heard: %s, %s (%u)", steps[p->step].name,
		code == LDAP_SUCCESS ? "success" : result_name(code), (unsigned)code);
	if (kind == RESULT_NOTICE)
		return refused(p, code, &words);
	if (code != LDAP_SUCCESS && !(code == LDAP_SIZE_LIMIT && p->step == STEP_SEARCH))
		return refused(p, code, &words);
	switch (p->step) {
	case STEP_STARTTLS: return TALK_SECURE;
	case STEP_BIND: return ask(p, STEP_SEARCH);
	case STEP_SEARCH: break;
	}
	return found(p);
}

/* SearchResultEntry: DN, then attributes with their values.  One was asked for. */
static enum talk_next on_entry(struct ldap_probe *p, struct ber entry)
{
	struct ber dn, attrs, attr, type, values, value;
	if (!ber_get(&entry, BER_OCTETS, &dn) || !ber_get(&entry, BER_SEQUENCE, &attrs))
		return failed(p, "malformed answer");
	p->entry = true;
	while (attrs.len > 0) {
		if (!ber_get(&attrs, BER_SEQUENCE, &attr) || !ber_get(&attr, BER_OCTETS, &type) ||
			!ber_get(&attr, BER_SET, &values))
			return failed(p, "malformed answer");
		for (uint32_t n = 1; values.len > 0; n++) {
			if (!ber_get(&values, BER_OCTETS, &value))
				return failed(p, "malformed answer");
			if (p->options->attr == NULL || p->attr || n != p->options->value)
				continue;
			p->attr = true;
			probe_value(&p->report, value.at, value.len);
			probe_step(p->target, "heard: value %s", p->report.value);
		}
	}
	return TALK_ON;
}

static enum talk_next on_message(struct ldap_probe *p, struct ber message)
{
	uint32_t id;
	uint8_t tag;
	struct ber op;
	if (!ber_get_number(&message, BER_INTEGER, &id) ||
		ber_next(&message, &tag, &op) != BER_WHOLE)
		return failed(p, "malformed answer");
	/* 1. ID 0: it will close (notice of disconnection). */
	if (id == 0 && tag == LDAP_DID_EXTENDED)
		return on_result(p, op, RESULT_NOTICE);
	/* 2. The last word on what was asked. */
	if (id == message_id(p) && tag == steps[p->step].answer)
		return on_result(p, op, RESULT_ANSWER);
	/* 3. What a search finds comes before. */
	if (id == message_id(p) && p->step == STEP_SEARCH && tag == LDAP_ENTRY)
		return on_entry(p, op);
	if (id == message_id(p) && p->step == STEP_SEARCH && tag == LDAP_REFERENCE)
		return TALK_ON;
	return failed(p, "an answer to something else");
}

static enum talk_next on_heard(void *cookie, const uint8_t *octets, size_t len)
{
	struct ldap_probe *const p = cookie;
	enum talk_next next = TALK_ON;
	if (len == 0)
		return TALK_ON; /* and it fails: closed too early */
	p->total += len;
	if (p->total > HEARD_MAX)
		return failed(p, "an answer of more than 64 KB");
	p->heard = mem_grow(p->heard, &p->room, p->len + len, 1);
	memcpy(p->heard + p->len, octets, len);
	p->len += len;

	struct ber all = {p->heard, p->len};
	while (next == TALK_ON && all.len > 0) {
		struct ber message;
		uint8_t tag;
		const bool odd = all.at[0] != BER_SEQUENCE;
		const enum ber_whole whole = ber_next(&all, &tag, &message);
		if (odd || whole == BER_ODD)
			return failed(p, "no answer in LDAP");
		if (whole == BER_CUT)
			break;
		next = on_message(p, message);
	}
	/* Somebody in between could put it there, for us to take as said through TLS. */
	if (next == TALK_SECURE && all.len > 0)
		return failed(p, "more than an answer before TLS");
	memmove(p->heard, all.at, all.len);
	p->len = all.len;
	return next;
}

/* ---- an attempt ---- */

static void clean(struct ldap_probe *p)
{
	watch_free(p->late);
	p->late = NULL;
	free(p->heard);
	p->heard = NULL;
	p->len = p->room = p->total = 0;
	secret_forget(&p->secret);
}

static void finish(struct ldap_probe *p)
{
	const struct probe_report report = p->report;
	clean(p);
	p->done(p->cookie, &report);
}

static void on_over(void *cookie, const struct probe_report *broken)
{
	struct ldap_probe *const p = cookie;
	if (broken != NULL)
		p->report = *broken;
	finish(p);
}

static void on_late(void *cookie, mono_t now)
{
	(void)now;
	finish(cookie);
}

static void ldap_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct ldap_probe *const p = probe;
	const char *const file = p->options->login.password_file;
	struct err err;
	p->done = done;
	p->cookie = cookie;
	p->report = (struct probe_report){.outcome = PROBE_PASS};
	p->entry = p->attr = p->secured = false;
	if (file == NULL || secret_read(file, &p->secret, &err)) {
		talk_start(p->talk);
		return;
	}
	p->report = probe_fault(FAULT_LOCAL, "password-file %s", err.text);
	p->late = loop_at(p->shared->loop, loop_now(p->shared->loop), on_late, p);
}

static void ldap_cancel(void *probe)
{
	struct ldap_probe *const p = probe;
	talk_stop(p->talk);
	clean(p);
}

static void *ldap_open(void *shared, const struct probe_target *target, const void *options)
{
	static const struct talk_part part = {on_ready, on_heard, on_over};
	const struct ldap_shared *const s = shared;
	struct ldap_probe *const p = mem_new(sizeof *p);
	p->shared = s;
	p->target = target;
	p->options = options;
	const struct talk_plan plan =
		login_plan(&p->options->login, target, &part, p, TALK_WE_BEGIN);
	p->talk = talk_new(s->talks, &plan);
	return p;
}

static void ldap_close(void *probe)
{
	struct ldap_probe *const p = probe;
	talk_free(p->talk);
	free(p);
}

static void *ldap_begin(struct loop *loop)
{
	struct ldap_shared *const s = mem_new(sizeof *s);
	s->loop = loop;
	s->talks = talks_new(loop);
	return s;
}

static void ldap_end(void *shared)
{
	struct ldap_shared *const s = shared;
	talks_free(s->talks);
	free(s);
}

static bool ldap_check(const void *options, const char **key, struct err *err)
{
	const struct ldap_options *const o = options;
	uint8_t room[ASK_MAX];
	struct ber_out out = {.to = room, .room = sizeof room};
	*key = "filter";
	if (!ldap_filter_put(&out, o->filter, err))
		return false;
	return login_check(&o->login, key, err);
}

static bool ldap_valueless(const void *options)
{
	return ((const struct ldap_options *)options)->attr == NULL;
}

const struct probe_kind probe_ldap = {
	.options = {.name = "ldap",
		.watch = probe_watch,
		.valueless = ldap_valueless,
		.fields = ldap_fields,
		.size = sizeof(struct ldap_options),
		.port = 389,
		.check = ldap_check},
	.begin = ldap_begin,
	.end = ldap_end,
	.open = ldap_open,
	.close = ldap_close,
	.start = ldap_start,
	.cancel = ldap_cancel,
};
