/* The OPT of a response: RFC 6891 and what its options ask for.  For reply.c. */
#ifndef LOCUM_ZONE_OPT_H
#define LOCUM_ZONE_OPT_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct reply;
struct request;

enum { OPT_FIXED = 11 }; /* octets of one without options */

/* Judges the cookie; how many octets the OPT takes, but for an extended error. */
uint16_t opt_begin(struct reply *reply, const struct request *request) MUST_USE;
/* Writes it, with an extended error if that still fits; how many octets it took. */
size_t opt_put(const struct reply *reply, uint8_t *to) MUST_USE;
/* Octets of it up to the cookie, which comes first. */
uint16_t opt_least(const struct reply *reply) MUST_USE;
/* Makes one that was written that long. */
void opt_set_len(uint8_t *opt, size_t len);

#endif
