/*
 * What a kind of probe must bring.  A kind makes one attempt and reports it
 * once.  Intervals, timeouts, jitter, rise and fall, logging and counters are
 * not its business: the prober has them, once for all kinds.
 */
#ifndef LOCUM_PROBES_PROBE_H
#define LOCUM_PROBES_PROBE_H

#include "base/address.h"
#include "base/attr.h"
#include "conf/schema.h"
#include "failover/health.h"

struct loop;

struct probe_target {
	struct address address; /* port already set */
	const char *host;       /* for SNI, Host and logs; never resolved; "" if none */
	/* For libraries that want to know; the prober cancels at it anyway.  It may change between
	 * two attempts. */
	span_t timeout;
	const struct probe_trace *trace; /* NULL: nobody wants to see the steps */
};

/* Who watches an attempt: `say` gets one printable line for every step, as it is done. */
struct probe_trace {
	void (*say)(void *cookie, const char *line);
	void *cookie;
};

enum { PROBE_WHY_MAX = 96, PROBE_VALUE_MAX = 64 };

struct probe_report { /* zero: passed, nothing to tell */
	enum probe_outcome outcome;
	enum probe_fault fault; /* NO_VERDICT: what was wrong on our side */
	/* "connection refused", "status 503"; one printable line, no address; on PASS what a
	 * person may want to know, mostly "" */
	char why[PROBE_WHY_MAX];
	char value[PROBE_VALUE_MAX]; /* what was read: printable, one line; "": nothing was */
	span_t age; /* of the value when it was read; 0: the kind does not know (see probe_aged())
		     */
};

typedef void probe_done_fn(void *cookie, const struct probe_report *report);

/*
 * begin, then for every target open, then start again and again, close, end.  All on one loop. What
 * is worth making once (a request, a compiled pattern) is made in open().
 */
struct probe_kind {
	struct option_set options;

	/* What all probes of this kind share on a loop: connection tables, pools. */
	void *(*begin)(struct loop *loop);
	void (*end)(void *shared); /* after the last close() */

	/* One target with its options, borrowed until close().  Asks nothing yet. */
	void *(*open)(void *shared, const struct probe_target *target, const void *options);
	void (*close)(void *probe); /* no attempt is under way */

	/*
	 * Begins an attempt; a probe has one at a time.  Calls `done` exactly once, later, from the
	 * loop, never before start() has returned.  The attempt is over then: `done` may start or
	 * close any probe, this one too.
	 */
	void (*start)(void *probe, probe_done_fn *done, void *cookie);
	/* Gives up an attempt whose `done` has not been called; it never will be. */
	void (*cancel)(void *probe);
};

extern const struct probe_kind probe_tcp, probe_http, probe_exchange, probe_tls, probe_dns,
	probe_icmp, probe_smtp, probe_imap, probe_pop3, probe_ldap, probe_ftp, probe_exec,
	probe_file;
extern const struct probe_kind *const probe_kinds[];   /* ends with NULL */
extern const struct option_set *const probe_options[]; /* the same, as conf_parse() wants them */

/* For struct option_set: a kind that always asks an open TCP port ... */
bool probe_watch(const void *options);
bool probe_valueless(const void *options); /* ... that never reads a value */

enum probe_when {
	PROBE_AT_ONCE, /* the call itself failed: nothing was sent */
	PROBE_LATER,   /* learnt afterwards, from the network */
};

/*
 * The report for an errno.
 *  1. At once, and neither refused nor reset: ours.  Descriptors, ports, buffers, no route.
 *  2. Later, but of a kind that the network cannot cause (ENOBUFS, ENETDOWN, ...): ours.
 *  3. Everything else is the endpoint's or its network's: unreachable was said by a router, or no
 *     neighbour answered to the address.
 */
struct probe_report probe_errno(int error, enum probe_when when) MUST_USE;

/* A report with a reason; cut where the room ends.  The caller escapes foreign bytes. */
struct probe_report probe_says(enum probe_outcome outcome, const char *fmt, ...)
	PRINTF_LIKE(2, 3) MUST_USE;
/* The same for NO_VERDICT. */
struct probe_report probe_fault(enum probe_fault fault, const char *fmt, ...)
	PRINTF_LIKE(2, 3) MUST_USE;
/* The value of a report: foreign octets made printable, cut where the room ends. */
void probe_value(struct probe_report *report, const void *octets, size_t len);
/* ... and its age, which the kind knows; what comes from the future is new. */
void probe_aged(struct probe_report *report, span_t age);
/* Tells a step to who watches; costs nothing when nobody does. */
void probe_step(const struct probe_target *target, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
