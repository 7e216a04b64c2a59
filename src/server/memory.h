/*
 * What an engine remembers of a service, as text: by names, since numbers change with the
 * configuration, and in wall-clock time, since a boot starts the monotonic one anew.  Pure.
 */
#ifndef LOCUM_SERVER_MEMORY_H
#define LOCUM_SERVER_MEMORY_H

#include "failover/engine.h"

struct wall {             /* how to get from one clock to the other */
	int64_t ahead_ns; /* of the wall clock: wall - monotonic */
};

struct wall wall_at(mono_t now, int64_t wall_ns) MUST_USE;
int64_t wall_of(struct wall wall, mono_t t) MUST_USE;         /* 0 stays 0: never */
mono_t wall_mono(struct wall wall, int64_t wall_ns) MUST_USE; /* likewise */

/* One line of JSON, from the heap.  */
char *memory_write(const struct policy *policy, uint32_t service, const struct memory *memory,
	struct wall wall) MUST_USE;
/* What `facts` have of a service; valid as long as they are. */
struct memory memory_of(struct engine_facts facts, uint32_t service) MUST_USE;

/*
 * Reads what memory_write() wrote into `memory`, whose standings the caller gives (as many as the
 * service has endpoints).  Endpoints that are no more are left out; a pick of which nobody is left
 * is not chosen.  False: it is not to be understood.
 */
bool memory_parse(const char *json, const struct policy *policy, uint32_t service, struct wall wall,
	struct memory *memory, struct standing standings[]) MUST_USE;

#endif
