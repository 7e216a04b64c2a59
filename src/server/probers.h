/*
 * All probers: how many there are, who makes which check, and what they are together.  Each
 * address is asked by one of them, the references by all.  Owner: control thread.
 */
#ifndef LOCUM_SERVER_PROBERS_H
#define LOCUM_SERVER_PROBERS_H

#include "server/child.h"

struct probers;

struct probers_facts { /* for the status */
	/*
	 * All in one: the worst state, delay and vantage, and the trouble of the worst; the pid of
	 * the first; of the rest the sum.
	 */
	struct child_facts all;
	size_t n;
	const struct child_facts *each; /* borrowed, valid until asked again */
};

/* None yet: probers_adopt() starts them.  Borrows `events`. */
struct probers *probers_new(struct loop *loop, const struct child_events *events) MUST_USE;
/*
 * As many as `conf` wants, and their shares of its checks; those that stay where they were go on
 * undisturbed.  True: some were ended.
 */
bool probers_adopt(struct probers *probers, const struct conf *conf);
/* One attempt of a check, now; what its reports go by.  0: who would make it is not there. */
uint32_t probers_try(struct probers *probers, uint32_t check);
struct probers_facts probers_facts(const struct probers *probers);
/* Whether the prober of a check of `conf` runs. */
bool probers_hear(
	const struct probers_facts *facts, const struct conf *conf, uint32_t check) MUST_USE;
void probers_free(struct probers *probers); /* ends them and waits for it; NULL is fine */

#endif
