/*
 * Answers to what is no question about our zones.  Owner: the call that makes the response.
 */
#ifndef LOCUM_ZONE_OTHER_H
#define LOCUM_ZONE_OTHER_H

#include "zone/reply.h"

struct view;

/*
 * A sound message, its response begun: transfers, NOTIFY and UPDATE, a cookie alone (RFC 7873 5.4),
 * other classes than IN and ANY.
 */
COLD void other_answer(struct reply *reply, const struct view *view, const struct key *key);
/* The whole response to a message that query_read() found fault with. */
COLD struct answer other_fault(
	const struct view *view, const struct inquiry *inquiry, uint8_t *out, size_t room) MUST_USE;

#endif
