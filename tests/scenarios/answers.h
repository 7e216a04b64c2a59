/* What a world answers, compared with what was picked and with what a story expects. */
#ifndef LOCUM_TESTS_ANSWERS_H
#define LOCUM_TESTS_ANSWERS_H

#include "failover/engine.h"
#include "server/records.h"

struct answers {
	const struct zone *zone; /* as served */
	const struct records *records;
	struct engine_facts facts;
};

/* Every record of every service is that of the endpoints the engine picked: no mixtures. */
bool answers_are_picked(struct answers answers, struct err *err) MUST_USE;
/* "www A 192.0.2.10 + 192.0.2.20", names relative to the zone: exactly these records. */
bool answers_are(struct answers answers, const char *text, struct err *err) MUST_USE;

#endif
