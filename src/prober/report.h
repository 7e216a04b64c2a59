/*
 * What the control thread and the prober say to each other over a
 * SOCK_SEQPACKET pair.  Same machine, same binary: structs in host order, one
 * order a message, up to REPORTS_MAX reports a message.
 */
#ifndef LOCUM_PROBER_REPORT_H
#define LOCUM_PROBER_REPORT_H

#include "base/address.h"
#include "failover/health.h"
#include "failover/limits.h"

enum {
	REPORT_WHY_MAX = 96,
	REPORT_VALUE_MAX = FINDING_VALUE_MAX,
	REPORTS_MAX = 64,
	ORDER_OPTIONS_MAX = 32768
};

enum order_kind {
	ORDER_WATCH, /* probe this from now on; an `id` already known gets a new rule, its schedule
			goes on */
	ORDER_FORGET,
	ORDER_TERMS, /* what goes for all checks */
	ORDER_TRY, /* one attempt of `check`, which is watched, now: its steps and its end are told
		    */
};

struct check_rule {                        /* how a check goes on; all times > 0 */
	span_t every, fast, down, timeout; /* the intervals: see conf/tables.c */
	uint16_t rise, fall;               /* >= 1 */
	bool watch;           /* a connection shall stand idle while it passes: sentry.h */
	bool reference;       /* it says where we stand, and nothing of an endpoint: vantage.h */
	struct limits limits; /* of the values it reads */
};

/* Control to prober; an ORDER_WATCH is followed by its texts: kind, host, options. */
struct order {
	enum order_kind kind;
	uint32_t id;    /* the control thread's name for the check, or for what is tried; never used
			   again for another */
	uint32_t check; /* ORDER_TRY: the id of the check */
	struct address address;
	struct check_rule rule;
	struct order_terms {
		uint32_t per_host;   /* attempts at a time */
		uint32_t enough;     /* silent references that are doubt */
	} terms;                     /* ORDER_TERMS */
	uint16_t kind_len, host_len; /* octets; no NUL */
	uint32_t options_len;        /* as pack_options() wrote them */
};

enum report_kind {
	REPORT_OUTCOME,
	REPORT_STEP,  /* of what is tried: `step` was done at `ended` */
	REPORT_TRIAL, /* ... and it is over, as an outcome tells */
	REPORT_ALIVE, /* once a REPORT_BEAT, whatever else happens; lateness is told here */
};

enum { REPORT_BEAT_MS = 250 };

/* Prober to control. */
struct report {
	enum report_kind kind;
	uint32_t id;
	enum probe_outcome outcome;
	enum probe_fault fault;
	mono_t started, ended; /* CLOCK_MONOTONIC */
	uint32_t late_us;    /* how late the attempt began by our fault; ALIVE: the worst since the
				last */
	struct report_beat { /* ALIVE */
		uint32_t checks, asking, queued; /* it knows; and what they do */
		uint32_t standing, wanting;      /* sentries; checks that go without */
		uint32_t references, silent;     /* of which so many do not answer */
		bool doubted;                    /* the vantage */
		uint64_t attempts;               /* since its start */
	} beat;
	span_t age; /* of the value when it was read, where the kind knows */
	union {
		struct {
			char why[REPORT_WHY_MAX];
			char value[REPORT_VALUE_MAX];
		};
		char step[REPORT_WHY_MAX + REPORT_VALUE_MAX];
	};
};

#endif
