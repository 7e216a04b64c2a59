/*
 * Can a TCP connection be opened, or is it refused as it should be?  The other host's kernel
 * answers; no octet is sent.
 */
#include "base/mem.h"
#include "net/dials.h"
#include "net/loop.h"
#include "probes/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum tcp_expect { EXPECT_OPEN, EXPECT_REFUSED };

struct tcp_options {
	int expect;
};

static const struct word expects[] = {
	{"open", EXPECT_OPEN}, {"refused", EXPECT_REFUSED}, {.text = NULL}};

static const struct field tcp_fields[] = {
	{.key = "expect",
		.type = FIELD_WORD,
		.offset = offsetof(struct tcp_options, expect),
		.otherwise = "open",
		.words = expects,
		.help = "What a good answer is: open, or refused for a cold standby whose service "
			"must be stopped."},
	{.key = NULL},
};

struct tcp_shared {
	struct loop *loop;
	struct dials *dials;
};

struct tcp_probe {
	const struct tcp_shared *shared;
	const struct probe_target *target;
	const struct tcp_options *options;
	struct dial dial;    /* fd -1: none */
	int error;           /* of the calls that begin the attempt */
	struct watch *watch; /* it could not begin: to tell so */
	probe_done_fn *done;
	void *cookie;
};

static void *tcp_open(void *shared, const struct probe_target *target, const void *options)
{
	struct tcp_probe *const p = mem_new(sizeof *p);
	p->shared = shared;
	p->target = target;
	p->options = options;
	p->dial.fd = -1;
	return p;
}

static void tcp_cancel(void *probe)
{
	struct tcp_probe *const p = probe;
	watch_free(p->watch);
	p->watch = NULL;
	if (p->dial.fd >= 0)
		dials_drop(p->shared->dials, &p->dial);
}

static struct probe_report judge(int expect, int error, enum probe_when when)
{
	const struct probe_report pass = {.outcome = PROBE_PASS};
	if (expect == EXPECT_REFUSED && error == 0)
		return probe_says(PROBE_FAIL, "connection accepted");
	if (error == (expect == EXPECT_REFUSED ? ECONNREFUSED : 0))
		return pass;
	return probe_errno(error, when);
}

static void over(struct tcp_probe *p, int error, enum probe_when when)
{
	if (error == 0)
		probe_step(p->target, "connected; given up with a reset");
	else
		probe_step(p->target, "connect: %s", strerrordesc_np(error));
	const struct probe_report report = judge(p->options->expect, error, when);
	tcp_cancel(p);
	p->done(p->cookie, &report);
}

static void on_dialled(void *probe, int error) { over(probe, error, PROBE_LATER); }

static void not_begun(void *probe, mono_t now)
{
	struct tcp_probe *const p = probe;
	(void)now;
	over(p, p->error, PROBE_AT_ONCE);
}

static void tcp_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct tcp_probe *const p = probe;
	p->done = done;
	p->cookie = cookie;
	probe_step(p->target, "connecting");
	p->error = dials_begin(p->shared->dials, &p->target->address, p, &p->dial);
	if (p->error != 0)
		p->watch = loop_at(p->shared->loop, loop_now(p->shared->loop), not_begun, p);
}

static void tcp_close(void *probe) { free(probe); }

static void *tcp_begin(struct loop *loop)
{
	struct tcp_shared *const shared = mem_new(sizeof *shared);
	shared->loop = loop;
	shared->dials = dials_new(loop, on_dialled);
	return shared;
}

static void tcp_end(void *shared)
{
	const struct tcp_shared *const s = shared;
	dials_free(s->dials);
	free(shared);
}

static bool tcp_watch(const void *options)
{
	return ((const struct tcp_options *)options)->expect == EXPECT_OPEN;
}

const struct probe_kind probe_tcp = {
	.options = {.name = "tcp",
		.fields = tcp_fields,
		.size = sizeof(struct tcp_options),
		.valueless = probe_valueless,
		.watch = tcp_watch},
	.begin = tcp_begin,
	.end = tcp_end,
	.open = tcp_open,
	.close = tcp_close,
	.start = tcp_start,
	.cancel = tcp_cancel,
};
