/*
 * Advice (zone/advice.h) on the zones that have services: not as their files
 * have them but as they are answered, whichever endpoint bears the records.
 * Loader thread.
 */
#ifndef LOCUM_SERVER_ADVISE_H
#define LOCUM_SERVER_ADVISE_H

#include "server/load.h"

struct advice; /* what was said */

/*
 * `load` has its configuration, base and records.  What was said of `was` (may be NULL) is not
 * said again.
 */
struct advice *advise_services(
	const struct load *load, const struct load *was, struct conf_problems *problems) MUST_USE;
void advice_free(struct advice *advice); /* NULL is fine */

#endif
