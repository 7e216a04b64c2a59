/*
 * Does a name server give a good answer?  One query from a fresh port with a fresh id; what is no
 * answer to it (another id, another question) is passed over, as a resolver would.
 *
 * A good answer has a listed rcode; with NOERROR also a record of the type that was asked for.
 */
#include "base/bytes.h"
#include "base/mem.h"
#include "base/text.h"
#include "dns/heard.h"
#include "dns/rrtype.h"
#include "net/loop.h"
#include "probes/pattern.h"
#include "probes/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum dns_transport { OVER_UDP, OVER_TCP };

enum {
	DATAGRAMS_A_TURN = 16,
	FIELD_SERIAL = 3, /* of an SOA */
	LENGTH = 2,       /* octets before a message over TCP: RFC 1035 4.2.2 */
};

struct dns_options {
	const char *query;
	int transport;
	struct texts rcode;
	bool aa, recursion;
	uint32_t value;
	const char *expect;
};

static const struct word transports[] = {{"udp", OVER_UDP}, {"tcp", OVER_TCP}, {.text = NULL}};

static const struct word values[] = {{"auto", 0}, {.text = NULL}};

static const struct field dns_fields[] = {
	{.key = "query",
		.type = FIELD_TEXT,
		.offset = offsetof(struct dns_options, query),
		.min = 1,
		.max = 1100,
		.filled = true,
		.help = "What is asked: a name and a type, such as \"example.com SOA\"."},
	{.key = "transport",
		.type = FIELD_WORD,
		.offset = offsetof(struct dns_options, transport),
		.otherwise = "udp",
		.words = transports,
		.help = "How it is asked."},
	{.key = "rcode",
		.type = FIELD_TEXTS,
		.offset = offsetof(struct dns_options, rcode),
		.otherwise = "NOERROR",
		.min = 1,
		.max = 16,
		.help = "Response codes of a good answer, by name or number. With NOERROR the "
			"answer must have a record of the type that was asked for."},
	{.key = "aa",
		.type = FIELD_BOOL,
		.offset = offsetof(struct dns_options, aa),
		.otherwise = "false",
		.help = "Whether a good answer must be authoritative."},
	{.key = "recursion",
		.type = FIELD_BOOL,
		.offset = offsetof(struct dns_options, recursion),
		.otherwise = "false",
		.help = "Whether recursion is asked for, as a resolver wants it."},
	{.key = "value",
		.type = FIELD_UINT,
		.offset = offsetof(struct dns_options, value),
		.otherwise = "auto",
		.min = 1,
		.max = 20,
		.words = values,
		.help = "Which field of the first record of that type is the value: 3 is the "
			"serial of an SOA. With auto it is that serial, and for other types the "
			"data as a whole."},
	{.key = "expect",
		.type = FIELD_TEXT,
		.offset = offsetof(struct dns_options, expect),
		.otherwise = "",
		.min = 1,
		.max = 1024,
		.help = "An extended regular expression that the data of one record of that type, "
			"written as in a zone file, must match."},
	{.key = NULL},
};

struct dns_probe {
	struct loop *loop;
	const struct probe_target *target;
	const struct dns_options *options;
	struct pattern *expect;
	uint8_t name[NAME_MAX_OCTETS];
	struct asked asked;

	int fd;    /* -1: none */
	int error; /* of the calls that begin the attempt */
	struct watch *watch;
	uint8_t *got; /* over TCP; grows to what the length says */
	size_t n_got, got_room;
	probe_done_fn *done;
	void *cookie;
};

/* ---- options ---- */

/* "example.com SOA" */
static bool read_query(
	const char *text, uint8_t name[NAME_MAX_OCTETS], uint16_t *type, struct err *err)
{
	const char *const blank = strrchr(text, ' ');
	const size_t len = blank != NULL ? strcspn(text, " ") : 0;
	struct err why = {""};
	if (blank == NULL || len == 0 || text[len + strspn(text + len, " ")] == '\0' ||
		text + len + strspn(text + len, " ") != blank + 1)
		return err_set(err, "it must be a name and a type, such as \"example.com SOA\"");
	if (!name_parse(name, text, len, NULL, &why))
		return err_set(err, "\"%.*s\" is no domain name: %.200s", (int)len, text, why.text);
	if (!rrtype_parse(blank + 1, strlen(blank + 1), type))
		return err_set(err, "there is no type \"%.40s\" of records", blank + 1);
	return true;
}

static bool dns_check(const void *options, const char **key, struct err *err)
{
	const struct dns_options *const o = options;
	uint8_t name[NAME_MAX_OCTETS];
	uint16_t type;
	enum rcode rcode;
	*key = "query";
	if (!read_query(o->query, name, &type, err))
		return false;
	*key = "rcode";
	for (size_t i = 0; i < o->rcode.n; i++)
		if (!rcode_parse(o->rcode.list[i].text, &rcode))
			return err_set(err,
				"there is no response code \"%.40s\"; write NOERROR, NXDOMAIN, "
				"REFUSED or another name, or a number 0 to 15",
				o->rcode.list[i].text);
	*key = "expect";
	return pattern_check(o->expect, err);
}

/* ---- the answer ---- */

static bool rcode_listed(const struct dns_options *options, enum rcode rcode)
{
	for (size_t i = 0; i < options->rcode.n; i++) {
		enum rcode good;
		if (rcode_parse(options->rcode.list[i].text, &good) && good == rcode)
			return true;
	}
	return false;
}

/* The records of the type that was asked for: the value of the first, what is expected of any. */
static struct probe_report judge_records(const struct dns_probe *p, struct heard *heard)
{
	struct probe_report report = {.outcome = PROBE_PASS};
	const unsigned field = p->options->value != 0      ? p->options->value
			       : p->asked.type == TYPE_SOA ? FIELD_SERIAL
							   : 0;
	struct heard_record record;
	char data[HEARD_DATA_MAX], type[RRTYPE_TEXT_MAX];
	size_t n = 0;
	bool expected = p->expect == NULL;
	enum heard_next next;
	while ((next = heard_next(heard, &record)) == HEARD_RECORD) {
		if (record.class != CLASS_IN ||
			(record.type != p->asked.type && p->asked.type != TYPE_ANY))
			continue;
		if (n++ == 0) {
			if (!heard_data(heard, &record, field, data))
				return probe_says(PROBE_FAIL, "%s record without field %u",
					rrtype_text(record.type, type), field);
			probe_value(&report, data, strlen(data));
		}
		if (!expected && heard_data(heard, &record, 0, data))
			expected = pattern_find(p->expect, data, strlen(data), NULL);
	}
	if (next == HEARD_CUT)
		return probe_says(PROBE_FAIL, "malformed answer");
	if (n == 0)
		return probe_says(PROBE_FAIL, "no %s record", rrtype_text(p->asked.type, type));
	if (!expected)
		return probe_says(
			PROBE_FAIL, "no %s record as expected", rrtype_text(p->asked.type, type));
	return report;
}

static struct probe_report judge(const struct dns_probe *p, struct heard *heard)
{
	char text[RCODE_TEXT_MAX];
	probe_step(p->target, "answer: %s, %u %s%s%s, %zu octets", rcode_text(heard->rcode, text),
		heard->left, text_plural(heard->left, "record", "records"),
		(heard->flags & FLAG_AA) != 0 ? ", authoritative" : "",
		(heard->flags & FLAG_TC) != 0 ? ", truncated" : "", heard->len);
	/* 1. The response code must be a good one. */
	if (!rcode_listed(p->options, heard->rcode))
		return probe_says(PROBE_FAIL, "%s", rcode_text(heard->rcode, text));
	/* 2. So must be who says it. */
	if (p->options->aa && (heard->flags & FLAG_AA) == 0)
		return probe_says(PROBE_FAIL, "not authoritative");
	/* 3. An error needs no records. */
	if (heard->rcode != RCODE_NOERROR)
		return (struct probe_report){.outcome = PROBE_PASS};
	/* 4. Half an answer proves nothing. */
	if ((heard->flags & FLAG_TC) != 0)
		return probe_says(PROBE_FAIL, "truncated; transport: tcp has all of it");
	/* 5. The records. */
	return judge_records(p, heard);
}

/* ---- the attempt ---- */

static void dns_cancel(void *probe)
{
	struct dns_probe *const p = probe;
	watch_free(p->watch);
	p->watch = NULL;
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
	free(p->got);
	p->got = NULL;
	p->n_got = p->got_room = 0;
}

static void finish(struct dns_probe *p, const struct probe_report *report)
{
	const struct probe_report kept = *report;
	dns_cancel(p);
	p->done(p->cookie, &kept);
}

static void finish_errno(struct dns_probe *p, int error, enum probe_when when)
{
	const struct probe_report report = probe_errno(error, when);
	finish(p, &report);
}

static void not_begun(void *probe, mono_t now)
{
	struct dns_probe *const p = probe;
	(void)now;
	finish_errno(p, p->error, PROBE_AT_ONCE);
}

/* Whether that was the answer: the attempt is over then. */
static bool heard_it(struct dns_probe *p, const uint8_t *wire, size_t len)
{
	struct heard heard;
	struct probe_report report = {.outcome = PROBE_PASS};
	switch (heard_read(&heard, &p->asked, wire, len)) {
	case HEARD_OTHER:
		probe_step(p->target, "%zu octets that answer another question", len);
		return false;
	case HEARD_BROKEN: report = probe_says(PROBE_FAIL, "malformed answer"); break;
	case HEARD_ANSWER: report = judge(p, &heard); break;
	}
	finish(p, &report);
	return true;
}

static void on_datagram(void *probe, mono_t now)
{
	struct dns_probe *const p = probe;
	uint8_t wire[4096]; /* we offer no more than 512 */
	(void)now;
	for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
		const ssize_t n = recv(p->fd, wire, sizeof wire, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			finish_errno(p, errno, PROBE_LATER);
			return;
		}
		if (heard_it(p, wire, (size_t)n))
			return;
	}
}

/* RFC 1035 4.2.2: two octets say how many follow. */
static void on_stream(void *probe, mono_t now)
{
	struct dns_probe *const p = probe;
	(void)now;
	for (;;) {
		const size_t whole =
			p->n_got < LENGTH ? LENGTH : LENGTH + (size_t)bytes_get16(p->got);
		if (p->n_got >= LENGTH && p->n_got == whole) {
			if (!heard_it(p, p->got + LENGTH, whole - LENGTH)) {
				const struct probe_report other =
					probe_says(PROBE_FAIL, "answers another question");
				finish(p, &other);
			}
			return;
		}
		p->got = mem_grow(p->got, &p->got_room, whole, 1);
		const ssize_t n = recv(p->fd, p->got + p->n_got, whole - p->n_got, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			finish_errno(p, errno, PROBE_LATER);
			return;
		}
		if (n == 0) {
			const struct probe_report closed =
				probe_says(PROBE_FAIL, "closed before an answer");
			finish(p, &closed);
			return;
		}
		p->n_got += (size_t)n;
	}
}

static void on_connected(void *probe, mono_t now)
{
	struct dns_probe *const p = probe;
	uint8_t wire[LENGTH + MESSAGE_UDP];
	int error = 0;
	socklen_t len = sizeof error;
	(void)now;
	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	const size_t n = asked_write(&p->asked, p->options->recursion, wire + LENGTH);
	bytes_put16(wire, (uint16_t)n);
	/* A new connection has room for so little. */
	if (error == 0 && send(p->fd, wire, LENGTH + n, MSG_NOSIGNAL) != (ssize_t)(LENGTH + n))
		error = errno;
	if (error != 0) {
		finish_errno(p, error, PROBE_LATER);
		return;
	}
	probe_step(p->target, "connected, sent %zu octets", LENGTH + n);
	watch_free(p->watch);
	p->watch = loop_readable(p->loop, p->fd, on_stream, p);
}

static int begin_udp(struct dns_probe *p)
{
	uint8_t wire[MESSAGE_UDP];
	const struct address *const to = &p->target->address;
	p->fd = socket(to->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* Connected: the kernel drops what others send, and tells what ICMP says. */
	if (p->fd < 0 || connect(p->fd, &to->any, to->len) != 0)
		return errno;
	const size_t n = asked_write(&p->asked, p->options->recursion, wire);
	if (send(p->fd, wire, n, MSG_NOSIGNAL) < 0)
		return errno;
	probe_step(p->target, "sent %zu octets", n);
	p->watch = loop_readable(p->loop, p->fd, on_datagram, p);
	return 0;
}

static int begin_tcp(struct dns_probe *p)
{
	const struct address *const to = &p->target->address;
	p->fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return errno;
	/* Closed with a reset: no TIME_WAIT on either side. */
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	(void)setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	if (connect(p->fd, &to->any, to->len) != 0 && errno != EINPROGRESS)
		return errno;
	p->watch = loop_writable(p->loop, p->fd, on_connected, p);
	return 0;
}

static void dns_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct dns_probe *const p = probe;
	p->done = done;
	p->cookie = cookie;
	p->error = 0;
	if (getrandom(&p->asked.id, sizeof p->asked.id, GRND_NONBLOCK) !=
		(ssize_t)sizeof p->asked.id)
		p->error = EAGAIN;
	if (p->error == 0)
		p->error = p->options->transport == OVER_UDP ? begin_udp(p) : begin_tcp(p);
	if (p->error != 0)
		p->watch = loop_at(p->loop, loop_now(p->loop), not_begun, p);
}

static void *dns_begin(struct loop *loop) { return loop; }

static void dns_end(void *shared) { (void)shared; }

static void *dns_open(void *shared, const struct probe_target *target, const void *options)
{
	struct dns_probe *const p = mem_new(sizeof *p);
	struct err err;
	p->loop = shared;
	p->target = target;
	p->options = options;
	p->expect = pattern_new(p->options->expect);
	p->asked.name = p->name;
	p->fd = -1;
	(void)!read_query(p->options->query, p->name, &p->asked.type, &err); /* dns_check() did */
	return p;
}

static void dns_close(void *probe)
{
	struct dns_probe *const p = probe;
	pattern_free(p->expect);
	free(p);
}

const struct probe_kind probe_dns = {
	.options = {.name = "dns",
		.fields = dns_fields,
		.size = sizeof(struct dns_options),
		.port = 53,
		.check = dns_check},
	.begin = dns_begin,
	.end = dns_end,
	.open = dns_open,
	.close = dns_close,
	.start = dns_start,
	.cancel = dns_cancel,
};
