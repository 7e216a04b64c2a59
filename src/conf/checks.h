/* Checks get their numbers: one for each thing asked of an address, however many services ask. */
#ifndef LOCUM_CONF_CHECKS_H
#define LOCUM_CONF_CHECKS_H

#include "conf/draft.h"

struct numbering {
	struct draft *draft;
	struct names *known; /* identity -> number of its check */
	struct conf_check *checks;
	struct policy_check *rules;
	size_t n, checks_room, rules_room;
	const char **asked; /* for each probe: name, kind and options; NULL until it is used */
	int8_t *filled;     /* ... whether its options differ by endpoint: 1, -1; 0: not known */
};

struct numbering numbering_new(struct draft *draft) MUST_USE;
/* The check of one endpoint's address by one probe: made once. */
uint32_t numbering_check(struct numbering *all, uint32_t number, const struct conf_endpoint *end,
	enum family family) MUST_USE;
/* The checks go to the configuration. */
void numbering_end(struct numbering *all);

#endif
