/*
 * Turning a request into a response: RFC 1034 4.3.2, clarified by 2181, 2308,
 * 4592, 6891, 8482, 9619.  Pure: no clock, allocation, lock or log.
 */
#ifndef LOCUM_ZONE_ANSWER_H
#define LOCUM_ZONE_ANSWER_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct view;

enum transport { TRANSPORT_UDP, TRANSPORT_TCP };

struct request {
	const uint8_t *wire; /* as it came: hostile */
	size_t len;          /* octets */
	enum transport transport;
	uint32_t dice; /* randomness for record order: an input, so answers repeat in tests */
};

enum request_fate { REQUEST_ANSWERED, REQUEST_DROPPED };

struct answer {
	enum request_fate fate;
	size_t len;     /* octets written to `out` */
	uint16_t qtype; /* 0: there was no readable question */
	uint16_t rcode; /* extended ones included: for the counters */
};

/*
 * Writes at most `room` octets (at least 512) to `out`; over UDP at most what
 * the client and RFC 6891 allow, with TC when something did not fit.  Same view and request, same
 * octets.
 */
struct answer answer_request(
	const struct view *view, const struct request *request, uint8_t *out, size_t room) MUST_USE;

#endif
