/* What stands between the owner and the RDATA of a record in a master file (RFC 1035 5.1).  Pure.
 */
#ifndef LOCUM_ZONE_RRHEAD_H
#define LOCUM_ZONE_RRHEAD_H

#include "zone/lexer.h"

#include <stdint.h>

enum { RRHEAD_TTL_MAX = INT32_MAX }; /* RFC 2181 8 */

struct ttl {
	bool known;
	uint32_t seconds;
};

struct rrhead {
	uint16_t type;
	bool classed;
	struct ttl ttl;
};

bool word_is(struct word word, const char *text); /* in any case, not quoted */
bool rrhead_ttl(struct word word, struct ttl *ttl, struct err *err) MUST_USE;
/* [TTL] [class] TYPE, or [class] [TTL] TYPE. */
bool rrhead_parse(struct words *words, struct rrhead *head, struct err *err) MUST_USE;

#endif
