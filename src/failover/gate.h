/*
 * Whether a standby's data are fit to serve, by what its probes have read (`require`).  A gate is
 * asked of every candidate before it is chosen.  Pure.
 */
#ifndef LOCUM_FAILOVER_GATE_H
#define LOCUM_FAILOVER_GATE_H

#include "base/attr.h"
#include "base/mono.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VALUE_TEXT_MAX = 64 };

struct value { /* what a check read last; zero: nothing yet */
	char text[VALUE_TEXT_MAX];
	mono_t read; /* when; 0: never */
	span_t age;  /* how old it was then */
};

enum gate_kind {
	GATE_FRESH,  /* the value is no older than `age` */
	GATE_BEHIND, /* it is at most `max` behind that of the active endpoint */
	GATE_SAME,   /* it is the same text as that of the active endpoint */
	GATE_LIMITS, /* it is a number from `min` to `max` */
};

struct gate_rule {
	enum gate_kind kind;
	bool lenient;      /* what is unknown lets pass */
	const char *probe; /* its name, for people */
	double min, max;
	span_t age;
};

enum gate_state { GATE_OPEN, GATE_SHUT, GATE_UNKNOWN };

/*
 * `mine` is the candidate's value, `its` the active endpoint's, the last that was read while it
 * lived.
 *  1. A value that is needed and was never read, or is no number where one is needed: UNKNOWN, or
 *     OPEN where the rule is lenient.
 *  2. The comparison of the kind: OPEN or SHUT.  Ahead of the active one is not behind.
 */
enum gate_state gate_judge(const struct gate_rule *rule, const struct value *mine,
	const struct value *its, mono_t now) MUST_USE;

/* From when on time alone has shut it, if nothing else is read; 0: never. */
mono_t gate_shuts(const struct gate_rule *rule, const struct value *mine) MUST_USE;

/*
 * A value as a number: decimal, or a time as directories write it (20261122052426.123456Z...), in
 * seconds.  False: it is neither.
 */
bool value_number(const char *text, double *number) MUST_USE;

#endif
