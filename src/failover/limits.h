/*
 * The value that a check reads (a serial, a lag, days left), since when it is the same, and whether
 * it keeps to the limits that a probe sets: `min`, `max`, `max-age`.  Pure.
 */
#ifndef LOCUM_FAILOVER_LIMITS_H
#define LOCUM_FAILOVER_LIMITS_H

#include "base/decimal.h"
#include "base/mono.h"

#include <stddef.h>

enum { FINDING_VALUE_MAX = 64 };

struct finding {                       /* zeroed: nothing was read yet */
	char value[FINDING_VALUE_MAX]; /* printable, one line */
	mono_t at;                     /* when it was read last */
	mono_t changed;                /* when it was read first without a change since */
	span_t age;                    /* when it was read last, as told by whom we asked; 0: not */
};

/* What is known after `value`, not "", was read at `now`; `age` as in the struct. */
struct finding finding_step(struct finding was, const char *value, span_t age, mono_t now) MUST_USE;
/* How old the value is at `now`: the age that was told, grown since; else since it last changed. */
span_t finding_age(const struct finding *finding, mono_t now) MUST_USE;

struct limits { /* zeroed: none */
	struct decimal min, max;
	span_t max_age; /* 0: none */
};

bool limits_any(const struct limits *limits) MUST_USE;
bool limits_same(const struct limits *a, const struct limits *b) MUST_USE;

/*
 * Whether an attempt that passed still does, given what it read and what was known of the value
 * after it; false: `why` tells.  The first rule that applies decides.
 *  1. No limits: it passes.
 *  2. It read no value: it fails.
 *  3. min or max, and the value is no number: it fails.
 *  4. Below min or above max: it fails.
 *  5. Older than max-age (finding_age()): it fails.
 *  6. It passes.
 */
bool limits_kept(const struct limits *limits, const char *value, const struct finding *known,
	mono_t now, char *why, size_t room) MUST_USE;

#endif
