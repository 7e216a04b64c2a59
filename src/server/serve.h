/*
 * What is served: the zones as their files have them (base), and over them the
 * records of services as the engine picked them.  Makes views; publishes
 * nothing, does no I/O.  Owner: control thread.
 */
#ifndef LOCUM_SERVER_SERVE_H
#define LOCUM_SERVER_SERVE_H

#include "failover/engine.h"
#include "server/records.h"
#include "zone/view.h"

struct serve;

struct serve *serve_new(void) MUST_USE;
/*
 * The zone was served with this serial by another process: what is served of it now has a higher
 * one, or this one, if `seal` (DIGEST_OCTETS; NULL: none) says that it is the same.
 */
void serve_above(struct serve *serve, const uint8_t *apex, uint32_t serial, const uint8_t *seal);

/*
 * Takes on a loaded configuration: zones, and the records of all services as `facts` has them.
 * Zones and RRsets that are as they were keep their version and serial.  Borrows `records` until
 * the next adopt; takes a reference of `base`.  False: nothing that is served changed.
 */
bool serve_adopt(struct serve *serve, const struct view *base, const struct records *records,
	struct engine_facts facts, uint32_t unix_now);

/*
 * Moves the records of these services (numbers in the policy): one transaction a zone, all in one
 * view.  False: no answer changed.
 */
bool serve_switch(struct serve *serve, const uint32_t services[], size_t n,
	struct engine_facts facts, uint32_t unix_now);

/*
 * A zone that is served was served with this serial elsewhere: now it has a higher one.  False: it
 * had, or it is not served.
 */
bool serve_raise(struct serve *serve, const uint8_t *apex, uint32_t serial, uint32_t unix_now);

/*
 * The zone of a service as it would be served if `pick` were in force; its serial is a guess.  The
 * caller owns a reference.  Nothing changes.
 */
struct zone *serve_preview(const struct serve *serve, uint32_t service, const struct pick *pick,
	uint32_t unix_now) MUST_USE;

/* The view to publish: the caller takes its own reference. */
const struct view *serve_view(const struct serve *serve);
void serve_free(struct serve *serve); /* NULL is fine */

#endif
