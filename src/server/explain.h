/*
 * Why a name is answered as it is: the way from the question to the answer, the services whose
 * records stand in it, and what would change them next.  Of a snapshot; status thread.
 */
#ifndef LOCUM_SERVER_EXPLAIN_H
#define LOCUM_SERVER_EXPLAIN_H

#include "base/attr.h"
#include "base/err.h"

#include <jansson.h>

struct snapshot;

/*
 * An object that locumctl(1) describes, the caller's; the lines of zone files are still to be found
 * (server/places).  `name` is absolute, with or without the final dot; `type` as "A" or
 * "TYPE65280".  NULL and `err`: they are none.
 */
json_t *explain(const struct snapshot *snapshot, const char *name, const char *type,
	struct err *err) MUST_USE;

#endif
