/*
 * Record templates: zone file lines without TTL and class in which {address},
 * {host}, {name} and {vars.x} stand for an endpoint's own.  Pure.
 */
#ifndef LOCUM_CONF_RECORDS_H
#define LOCUM_CONF_RECORDS_H

#include "conf/conf.h"

struct record { /* a template's words; borrowed from it */
	const char *owner, *type, *rdata;
	size_t owner_len, type_len;
};

/* False: no record line.  `err` says why. */
bool record_split(const char *template, struct record *record, struct err *err) MUST_USE;
bool record_type_is(const struct record *record, const char *type) MUST_USE; /* any case */
/* Whether the endpoint's values are there, and of the family that the type wants. */
bool record_suits(const char *template, const struct record *record,
	const struct conf_endpoint *endpoint, struct err *err) MUST_USE;

#endif
