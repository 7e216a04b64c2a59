/*
 * What a kind of probe must bring.  A kind makes one attempt and reports it
 * once.  Intervals, timeouts, jitter, rise and fall, logging and counters are
 * not its business: the prober has them, once for all kinds.
 */
#ifndef LOCUM_PROBES_PROBE_H
#define LOCUM_PROBES_PROBE_H

#include "base/address.h"
#include "conf/schema.h"
#include "failover/health.h"

struct loop;

struct probe_target {
	struct address address; /* port already set */
	const char *host;       /* for SNI, Host and logs; never resolved; "" if none */
	span_t timeout; /* for libraries that want to know; the prober cancels at it anyway */
};

enum { PROBE_WHY_MAX = 96 };

struct probe_report {
	enum probe_outcome outcome;
	char why[PROBE_WHY_MAX]; /* "connection refused", "status 503"; one line, no address; "" on
				    PASS */
};

typedef void probe_done_fn(void *cookie, const struct probe_report *report);

struct probe_kind {
	struct option_set options;

	/*
	 * Begins one attempt and returns it; borrows all arguments until the attempt is over. Calls
	 * `done` exactly once, later, from the loop, never before start() has returned; the attempt
	 * is gone then.
	 */
	void *(*start)(struct loop *loop, const struct probe_target *target, const void *options,
		probe_done_fn *done, void *cookie);
	/* Gives up an attempt whose `done` has not been called; it never will be. */
	void (*cancel)(void *attempt);
};

extern const struct probe_kind probe_tcp, probe_http;
extern const struct probe_kind *const probe_kinds[];   /* ends with NULL */
extern const struct option_set *const probe_options[]; /* the same, as conf_parse() wants them */

/* Fills a report from an errno: PROBE_NO_VERDICT when the trouble is ours (EMFILE, ENETUNREACH,
 * ...). */
struct probe_report probe_errno(int error) MUST_USE;

#endif
