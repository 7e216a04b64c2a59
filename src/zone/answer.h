/*
 * Turning a request into a response: RFC 1034 4.3.2, clarified by 2181, 2308,
 * 4592, 6891, 8482, 9619.  Pure: no clock, allocation, lock or log.
 */
#ifndef LOCUM_ZONE_ANSWER_H
#define LOCUM_ZONE_ANSWER_H

#include "base/attr.h"
#include "dns/query.h"
#include "zone/key.h"
#include "zone/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;
struct view;
struct zone;

enum transport { TRANSPORT_UDP, TRANSPORT_TCP };

struct request {
	const uint8_t *wire; /* as it came: hostile */
	size_t len;          /* octets */
	enum transport transport;
	uint32_t dice;     /* randomness for record order: an input, so answers repeat in tests */
	uint32_t unix_now; /* seconds since 1970, for cookies */
	uint16_t idle;     /* over TCP: how long silence is borne, in tenths of a second */
	const struct address *client; /* NULL: not known, so there are no cookies */
};

/* How far the walk to the question's name has come. */
struct place {
	const struct zone *zone; /* NULL: it has not begun */
	struct twig at;
};

/* A request that was read.  Owner: who answers it. */
struct inquiry {
	struct request request;
	struct query query;
	struct key key; /* of the question's name, if there is one */
	struct place place;
};

enum request_fate { REQUEST_ANSWERED, REQUEST_DROPPED } __attribute__((packed));

struct answer { /* returned in two registers */
	enum request_fate fate;
	bool genuine;   /* a good cookie says that the client is where the request came from */
	uint16_t rcode; /* extended ones included: for the counters */
	uint32_t len;   /* octets written to `out` */
	uint16_t body_at, opt_at; /* where the question ends, and where the OPT begins; 0: none */
	uint16_t opt_least; /* octets of the OPT up to the cookie: what answer_shorten() keeps */
};

/*
 * Writes at most `room` octets (at least 512) to `out`; over UDP at most what
 * the client and RFC 6891 allow, with TC when something did not fit.  Same view and request, same
 * octets.
 */
struct answer answer_request(
	const struct view *view, const struct request *request, uint8_t *out, size_t room) MUST_USE;

/* The same for what `inquiry->request` says; the rest of `inquiry` is room to work in. */
struct answer answer_inquiry(
	const struct view *view, struct inquiry *inquiry, uint8_t *out, size_t room) MUST_USE;

/*
 * The same in two passes, for many requests at once.  The first reads `inquiry->request`, which is
 * set, and puts the question into `out`; false: dropped.  The second answers.  Between them
 * fetch_names() may walk ahead where answer_walks().
 */
bool answer_read(struct inquiry *inquiry, uint8_t *out, size_t room) MUST_USE;
struct answer answer_make(
	const struct view *view, const struct inquiry *inquiry, uint8_t *out, size_t room) MUST_USE;

/*
 * Whether the walk may begin before the answer: there is a name to walk along, in the zone that is
 * its longest match, and not in the one above that has the DS of an apex.
 */
static inline bool answer_walks(const struct inquiry *inquiry)
{
	return inquiry->query.name_len > 1 && inquiry->query.type != TYPE_DS;
}

/*
 * Takes out of a response what makes it longer than its request, but for a cookie, and sets TC
 * if it was no error, so that whoever really asked comes back over TCP.
 */
void answer_shorten(uint8_t *out, struct answer *answer);

#endif
