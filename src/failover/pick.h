/* Between the rules of both modes: what all of them look at, worked out once. */
#ifndef LOCUM_FAILOVER_PICK_H
#define LOCUM_FAILOVER_PICK_H

#include "failover/service.h"

struct question { /* all that a decision may rest on */
	const struct service_rule *rule;
	const struct contender *ends;
	size_t n;
	const struct about *about;
	const struct pick *was;
	mono_t now;

	struct endpoint_set on;        /* who is taken to answer now, by rule 1 ... */
	bool first;                    /* ... which applied */
	mono_t switched;               /* since when; `now` if rule 1 applied */
	struct endpoint_set deposed;   /* single */
	struct endpoint_set withdrawn; /* pool: those a service of mode single deposed, too */
	struct endpoint_set up, down, unknown; /* by health */
	struct endpoint_set able, unable;      /* UP and DOWN as standbys */
	struct endpoint_set back;              /* who is deposed no longer, with comeback `up` */
	struct endpoint_set out, offline;
	struct endpoint_set fit; /* who may be chosen */
};

/* How many must answer in a pool: never so many that all endpoints together were too few. */
size_t least(const struct question *q) MUST_USE;
/* Who of those that fit may join `on`: offline ones only where nobody in it is online. */
struct endpoint_set comers(const struct question *q, const struct endpoint_set *on) MUST_USE;
/* The best of a set: home, else the first.  ENDPOINT_NONE: it is empty. */
size_t best_of(const struct question *q, const struct endpoint_set *set) MUST_USE;
bool better(const struct question *q, size_t a, size_t b) MUST_USE; /* a before b, two others */
mono_t later(mono_t a, mono_t b) MUST_USE;
void ask_again(
	struct pick *pick, mono_t due, mono_t now); /* no later than `due`, if that is ahead */

/* The hold, doubled by relapses. */
span_t pick_hold(const struct question *q) MUST_USE;

/*
 * Rules 8 to 12 for an active endpoint that is DOWN since `since`: true, and why in `pick`, if one
 * of them keeps it.
 */
bool held(const struct question *q, mono_t since, struct pick *pick) MUST_USE;
/* When a failback may be at the earliest, as far as limit, breaker and the operator let it. */
mono_t failback_let(const struct question *q) MUST_USE;
/* Rule 7: nobody, or too few, who could answer are UP. */
struct pick none_left(const struct question *q) MUST_USE;

struct pick single_pick(const struct question *q) MUST_USE; /* rules 2 to 15 */
/* The rules of a trickle, where `is` answers. */
struct trickle {
	struct endpoint_set to;
	enum trickle_rule by;
	mono_t again; /* ask again then even if nothing happens; 0: never */
};
struct trickle single_trickle(const struct question *q, const struct pick *is) MUST_USE;
struct pick pool_pick(const struct question *q) MUST_USE;

#endif
