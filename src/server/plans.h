/*
 * What a decree would do, as JSON: who answers before and after, the records that change, what
 * refuses it, every candidate and gate.  Changes nothing.  Control thread.
 */
#ifndef LOCUM_SERVER_PLANS_H
#define LOCUM_SERVER_PLANS_H

#include "failover/decree.h"

#include <jansson.h>

struct control;

struct plan {
	enum refusal refusal; /* the lowest that is not forced */
	uint32_t in_the_way;  /* all that are not, by 1 << number; 0: none, or one of them cannot be
			       */
	struct pick was, then;
	json_t *json; /* the caller's */
};

/* `decree` NULL: what would happen if the service were asked again now. */
struct plan plan_make(
	const struct control *control, uint32_t service, const struct decree *decree) MUST_USE;

/* What refuses a decree and what to do about it: {"number":6,"name":"down","why":...,"next":...} */
json_t *plan_refusal(
	const struct control *control, const struct decree *decree, enum refusal refusal) MUST_USE;

#endif
