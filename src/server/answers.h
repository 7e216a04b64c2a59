/* What a world answers, compared with what was picked and with what a story expects.  Pure. */
#ifndef LOCUM_SERVER_ANSWERS_H
#define LOCUM_SERVER_ANSWERS_H

#include "failover/engine.h"
#include "server/records.h"

struct answers {
	const struct view *view; /* as served */
	const struct records *records;
	struct engine_facts facts;
};

/* Every record of every service is that of the endpoints the engine picked: no mixtures. */
bool answers_are_picked(struct answers answers, struct err *err) MUST_USE;
/*
 * "www A 192.0.2.10 + 192.0.2.20", "www A nothing": exactly these records.  A name without a final
 * dot is relative to the zone of the services, which then must be one.
 */
bool answers_are(struct answers answers, const char *text, struct err *err) MUST_USE;

#endif
