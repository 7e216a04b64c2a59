/*
 * What the services may put into their zones, so that no switch can make a zone that a commit
 * refuses.  Pure.
 */
#ifndef LOCUM_SERVER_CLAIMS_H
#define LOCUM_SERVER_CLAIMS_H

#include "server/records.h"

/*
 * `sources` has the limits of each zone; NULL: they are the server's.  Reports, at the template's
 * place: two services that manage one RRset; a CNAME beside other records; several records where a
 * name can have one; more than a message can carry.  Warns of records that would never be an
 * answer, below a delegation of the zone.
 */
void claims_check(const struct conf *conf, const struct sources *sources,
	const struct records *records, const struct view *base, struct conf_problems *problems);

#endif
