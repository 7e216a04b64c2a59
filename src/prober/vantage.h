/*
 * Whether it is us: references, targets that should always answer, and what
 * their outcomes say of where we stand.  Pure.
 */
#ifndef LOCUM_PROBER_VANTAGE_H
#define LOCUM_PROBER_VANTAGE_H

#include "base/attr.h"
#include "failover/health.h"

#include <stdbool.h>
#include <stddef.h>

enum { REFERENCES_MAX = 64 };

struct vantage {         /* zero: no references, never in doubt */
	uint32_t enough; /* so many references that do not answer are doubt; >= 1 */
	size_t n;        /* references */
	struct reference {
		bool member;
		bool silent;    /* its last attempt did not pass */
		mono_t started; /* that one; 0: none yet */
		mono_t back;    /* when it last answered again; 0: it was never silent */
	} list[REFERENCES_MAX];
};

/* A reference comes (its number; REFERENCES_MAX: there are too many) and goes. */
size_t vantage_join(struct vantage *vantage) MUST_USE;
void vantage_leave(struct vantage *vantage, size_t number);

/*
 * An attempt of a reference is over, at `now`.  That we were late says nothing of it; every other
 * outcome but a pass, our own troubles too, says that it did not answer: nobody else would.
 */
void vantage_note(struct vantage *vantage, size_t number, mono_t started,
	enum probe_outcome outcome, enum probe_fault fault, mono_t now);

size_t vantage_silent(const struct vantage *vantage) MUST_USE; /* how many do not answer */
bool vantage_doubted(const struct vantage *vantage) MUST_USE;

enum vantage_word {
	VANTAGE_GOOD,
	VANTAGE_DOUBTED,
	VANTAGE_ASK, /* the references again, then here again */
};

/*
 * Whether a failure of an attempt between `began` and `ended` may be believed.
 *  1. There are no references: it may.
 *  2. Enough of them are silent, or were when it began: it may not.
 *  3. So many have passed an attempt begun since that enough cannot be silent: it may.  What
 *     they said before proves nothing: we may have lost the network just when the attempt began.
 *  4. Nobody knows yet.
 */
enum vantage_word vantage_judge(const struct vantage *vantage, mono_t began, mono_t ended) MUST_USE;
/* Whether rule 4 waits for that one: no attempt of it begun since is over. */
bool vantage_awaits(const struct vantage *vantage, size_t number, mono_t ended) MUST_USE;

#endif
