/*
 * `locumctl probe`: attempts that people ask for, one of each check named, now.  Gathers what the
 * prober tells of them until all are over.  No decision looks at it.  Owner: control thread.
 */
#ifndef LOCUM_SERVER_TRYOUTS_H
#define LOCUM_SERVER_TRYOUTS_H

#include "conf/conf.h"
#include "prober/report.h"

struct probers;
struct session;
struct tryouts;

struct tryouts *tryouts_new(void) MUST_USE;

struct tryout_names {
	const char *service, *endpoint;
	const char *probe; /* NULL: all of the endpoint's */
};

/*
 * Answers the session in any case, later or at once:
 *   {"ok":true,"probe":{"service":..,"endpoint":..,"every_ms":..,"attempts":[...]}}
 * An unknown name, no checks or no prober fail it.
 */
void tryouts_begin(struct tryouts *tryouts, struct probers *probers, const struct conf *conf,
	struct session *session, const struct tryout_names *names);
void tryouts_hear(struct tryouts *tryouts, const struct report *report); /* STEP, TRIAL */
/* A prober is gone: those under way may wait in vain, and fail. */
void tryouts_deaf(struct tryouts *tryouts);
void tryouts_free(struct tryouts *tryouts); /* sessions that wait are not answered.  NULL is fine */

#endif
