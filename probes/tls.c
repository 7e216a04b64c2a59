/*
 * Is the certificate still good, and does the handshake come to its end?  Nothing is said after it.
 * The value is how many whole days are left, also when the certificate is why the attempt failed.
 */
#include "base/err.h"
#include "base/mem.h"
#include "probes/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_options {
	struct talk_tls tls;
	struct texts alpn;
};

static const struct field tls_fields[] = {
	TALK_TLS_ROWS(offsetof(struct tls_options, tls)),
	{.key = "alpn",
		.type = FIELD_TEXTS,
		.offset = offsetof(struct tls_options, alpn),
		.otherwise = "",
		.min = 0,
		.max = 16,
		.help = "Protocols to offer (ALPN), such as h2, the most wanted first; the "
			"endpoint must choose one of them."},
	{.key = NULL},
};

struct tls_probe {
	struct talk *talk;
	const struct tls_options *options;
	char *alpn;
	probe_done_fn *done;
	void *cookie;
};

static bool tls_check(const void *options, const char **key, struct err *err)
{
	const struct tls_options *const o = options;
	size_t room = TALK_ALPN_MAX;
	*key = "alpn";
	for (size_t i = 0; i < o->alpn.n; i++) {
		const char *const name = o->alpn.list[i].text;
		if (name[0] == '\0' || strchr(name, ',') != NULL)
			return err_set(err, "a protocol has a name, and no comma in it; write one "
					    "as h2 or http/1.1");
		if (strlen(name) + 1 > room)
			return err_set(err,
				"the names are longer than %d octets together; offer "
				"fewer",
				TALK_ALPN_MAX);
		room -= strlen(name) + 1;
	}
	return true;
}

static char *join(const struct texts *texts)
{
	char *all = mem_text("");
	for (size_t i = 0; i < texts->n; i++) {
		char *const longer =
			mem_format("%s%s%s", all, i > 0 ? "," : "", texts->list[i].text);
		free(all);
		all = longer;
	}
	return all;
}

static enum talk_next on_ready(void *cookie)
{
	(void)cookie;
	return TALK_ENOUGH;
}

static enum talk_next on_heard(void *cookie, const uint8_t *octets, size_t len)
{
	(void)cookie;
	(void)octets;
	(void)len;
	return TALK_ENOUGH;
}

static void on_over(void *cookie, const struct probe_report *broken)
{
	const struct tls_probe *const p = cookie;
	struct probe_report report = {.outcome = PROBE_PASS};
	char days[16];
	if (broken != NULL)
		report = *broken;
	else if (p->options->alpn.n > 0 && talk_alpn(p->talk)[0] == '\0')
		report = probe_says(PROBE_FAIL, "none of the offered protocols was chosen");
	if (talk_certified(p->talk)) {
		const int len = snprintf(days, sizeof days, "%d", (int)talk_days(p->talk));
		probe_value(&report, days, (size_t)len);
	}
	p->done(p->cookie, &report);
}

static const struct talk_part tls_part = {on_ready, on_heard, on_over};

static void tls_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct tls_probe *const p = probe;
	p->done = done;
	p->cookie = cookie;
	talk_start(p->talk);
}

static void tls_cancel(void *probe)
{
	const struct tls_probe *const p = probe;
	talk_stop(p->talk);
}

static void *tls_open(void *shared, const struct probe_target *target, const void *options)
{
	struct tls_probe *const p = mem_new(sizeof *p);
	p->options = options;
	p->alpn = join(&p->options->alpn);
	const struct talk_plan plan = {.target = target,
		.tls = &p->options->tls,
		.alpn = p->alpn,
		.part = &tls_part,
		.cookie = p};
	p->talk = talk_new(shared, &plan);
	return p;
}

static void tls_close(void *probe)
{
	struct tls_probe *const p = probe;
	talk_free(p->talk);
	free(p->alpn);
	free(p);
}

static void *tls_begin(struct loop *loop) { return talks_new(loop); }

static void tls_end(void *shared) { talks_free(shared); }

const struct probe_kind probe_tls = {
	.options = {.name = "tls",
		.watch = probe_watch,
		.fields = tls_fields,
		.size = sizeof(struct tls_options),
		.port = 443,
		.check = tls_check},
	.begin = tls_begin,
	.end = tls_end,
	.open = tls_open,
	.close = tls_close,
	.start = tls_start,
	.cancel = tls_cancel,
};
