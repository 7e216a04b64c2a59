/* What would change the answers of a service next, and when.  Of a snapshot; pure. */
#ifndef LOCUM_SERVER_OUTLOOK_H
#define LOCUM_SERVER_OUTLOOK_H

#include "server/snapshot.h"

#include <jansson.h>

/* [{"at":...,"what":"..."}], soonest first, then what has no time yet. */
json_t *outlook(const struct snapshot *s, uint32_t service);

/* How many more outcomes in a row turn a check; 0: nothing is known of it yet. */
uint16_t outlook_margin(const struct snapshot *s, uint32_t check);

#endif
