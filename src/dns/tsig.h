/*
 * What is said of a signature whose key is not ours.  Pure.
 */
#ifndef LOCUM_DNS_TSIG_H
#define LOCUM_DNS_TSIG_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct query;

/*
 * Writes the TSIG record with error BADKEY and no MAC that answers the one in the request `wire`
 * (RFC 8945 5.2.1, 5.3.2); `query` is what query_read() made of that, its rcode NOTAUTH.  Returns
 * its octets: 0 when it has no room, or when the key's name is compressed otherwise than by the
 * question's.
 */
size_t tsig_put_bad_key(
	uint8_t *to, size_t room, const struct query *query, const uint8_t *wire) MUST_USE;

#endif
