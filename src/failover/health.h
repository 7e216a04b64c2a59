/*
 * Health of one endpoint as one check sees it: rise and fall counting over
 * three outcomes.  Pure: no clock, no log, no allocation.
 */
#ifndef LOCUM_FAILOVER_HEALTH_H
#define LOCUM_FAILOVER_HEALTH_H

#include "base/attr.h"
#include "base/mono.h"

enum health_state { HEALTH_UNKNOWN, HEALTH_UP, HEALTH_DOWN };

enum probe_outcome {
	PROBE_PASS,
	PROBE_FAIL,
	PROBE_NO_VERDICT, /* we could not ask: our trouble, not the endpoint's */
};

enum probe_fault { /* why there is no verdict; for people and counters, no decision looks at it */
	FAULT_NONE,
	FAULT_LATE,    /* the prober was late: it may have missed the answer */
	FAULT_LOCAL,   /* descriptors, ports, buffers, memory, the local network */
	FAULT_TOOL,    /* what we ask with could not be started or broke */
	FAULT_VANTAGE, /* the references fail too: it is us, or our network */
	FAULTS_MAX,
};

struct health_rule {
	uint16_t rise; /* passes in a row that turn DOWN into UP, >= 1 */
	uint16_t fall; /* fails in a row that turn UP, or never judged, into DOWN, >= 1 */
	span_t stale;  /* without a verdict for this long the state is UNKNOWN, > 0 */
};

struct health {                  /* zeroed, with `since` set: never judged */
	enum health_state state; /* what may be relied on now */
	enum health_state known; /* the last state that was judged; UNKNOWN: never */
	uint16_t streak;         /* verdicts in a row that speak against `known` */
	mono_t since;            /* when `state` began */
	mono_t heard;            /* when the last verdict came */
};

/*
 * The health after `outcome` arrived at `now`.
 *  1. NO_VERDICT changes nothing: it neither counts nor ends a row, nor does it keep a state fresh.
 *  2. Never judged: one pass makes it UP, `fall` fails in a row DOWN.
 *  3. A verdict that agrees with `known` confirms it, and ends UNKNOWN and any row against it.
 *  4. One that speaks against it counts; `fall` or `rise` of them in a row turn it.  Until then the
 *     state is as it was: UNKNOWN stays UNKNOWN.
 */
struct health health_step(const struct health_rule *rule, struct health was,
	enum probe_outcome outcome, mono_t now) MUST_USE;

/*
 * The health when nobody asks any more (lost), or time went by (age): UNKNOWN, `known` stays.  A
 * row of verdicts ends too: what was heard before a silence and after it is not "in a row", so one
 * sample after it turns nothing that needs two.
 */
struct health health_lost(struct health was, mono_t now) MUST_USE;
struct health health_age(const struct health_rule *rule, struct health was, mono_t now) MUST_USE;
mono_t health_fades(const struct health_rule *rule, struct health h) MUST_USE; /* when age does */

/* How many more verdicts against `known` would change it; 1: the next one might. */
uint16_t health_margin(const struct health_rule *rule, struct health h) MUST_USE;

#endif
