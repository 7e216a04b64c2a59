/*
 * The kind of probe that nobody makes: an endpoint or a job reports in, and locumd itself judges
 * the silence (server/beats).  The prober does not know it.  Pure.
 */
#ifndef LOCUM_CONF_HEARTBEAT_H
#define LOCUM_CONF_HEARTBEAT_H

#include "conf/schema.h"

enum { BEAT_NAME_MAX = 128 };

struct heartbeat_options {
	const char *name; /* as reports give it */
	span_t limit;
	const char *key; /* of datagrams; NULL: only `locumctl beat` */
};

extern const struct option_set heartbeat_kind;

#endif
