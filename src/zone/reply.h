/*
 * One response in the making: header, question, sections, OPT.  What to put into
 * it is decided in answer.c.  Owner: the call that makes the response.
 */
#ifndef LOCUM_ZONE_REPLY_H
#define LOCUM_ZONE_REPLY_H

#include "dns/query.h"
#include "zone/answer.h"
#include "zone/writer.h"

struct rrset;
struct zone;

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTIONS };

struct reply {
	const struct query *query;
	enum transport transport;
	uint32_t dice;
	enum rcode rcode;
	uint16_t flags;            /* AA and TC */
	uint16_t counts[SECTIONS]; /* records */
	struct writer writer;
};

/* Copies the question, if there is one, and keeps room for an OPT. */
void reply_start(struct reply *reply, const struct query *query, const struct request *request,
	uint8_t *out, size_t room);

/* Appends an RRset; false when it does not fit: the response is then as before. */
bool reply_put(struct reply *reply, enum section section, struct owner owner,
	const struct rrset *set, uint32_t ttl) MUST_USE;
/* The CNAME that a DNAME makes, into the answer section. */
bool reply_put_cname(
	struct reply *reply, struct owner owner, const uint8_t *target, uint32_t ttl) MUST_USE;
/* The SOA of `zone` into the authority section, with the TTL of RFC 2308 3; false as above. */
bool reply_put_denial(struct reply *reply, struct owner owner, const struct zone *zone) MUST_USE;
/* Something needed did not fit: TC over UDP, SERVFAIL over TCP, where asking again is no help. */
void reply_cut_short(struct reply *reply);

struct answer reply_end(struct reply *reply); /* writes header and OPT */

#endif
