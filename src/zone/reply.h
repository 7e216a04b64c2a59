/*
 * One response in the making: header, question, sections, OPT.  What to put into
 * it is decided in answer.c.  Owner: the call that makes the response.
 */
#ifndef LOCUM_ZONE_REPLY_H
#define LOCUM_ZONE_REPLY_H

#include "dns/cookie.h"
#include "dns/query.h"
#include "zone/answer.h"
#include "zone/writer.h"

struct rrset;
struct terms;

enum ede { /* RFC 8914: the reason, for whoever looks into it */
	EDE_OTHER = 0,
	EDE_PROHIBITED = 18,
	EDE_NOT_AUTHORITATIVE = 20,
	EDE_NOT_SUPPORTED = 21,
	EDE_NONE = 0x10000, /* no number of theirs */
};

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTIONS };

struct reply {
	const struct query *query;
	const struct terms *terms;
	enum transport transport;
	uint32_t dice;
	enum rcode rcode;
	enum ede ede;
	bool with_cookie;              /* the OPT carries `cookie` */
	enum cookie_standing standing; /* with_cookie */
	uint16_t idle;                 /* as in struct request */
	uint16_t opt_len;              /* of the OPT to come, but for what `ede` adds; 0: none */
	uint8_t cookie[COOKIE_WHOLE];
	uint16_t flags;            /* AA and TC */
	uint16_t counts[SECTIONS]; /* records */
	struct writer writer;
};

/* Copies the question, if there is one, and keeps room for an OPT.  Judges the cookie. */
void reply_start(struct reply *reply, const struct query *query, const struct terms *terms,
	const struct request *request, uint8_t *out, size_t room);
/* Sets rcode and reason. */
void reply_fail(struct reply *reply, enum rcode rcode, enum ede ede);

/* Appends an RRset; false when it does not fit: the response is then as before. */
bool reply_put(struct reply *reply, enum section section, struct owner owner,
	const struct rrset *set, uint32_t ttl) MUST_USE;
/* The CNAME that a DNAME makes, into the answer section. */
bool reply_put_cname(
	struct reply *reply, struct owner owner, const uint8_t *target, uint32_t ttl) MUST_USE;
/* Something needed did not fit: TC over UDP, SERVFAIL over TCP, where asking again is no help. */
void reply_cut_short(struct reply *reply);
/* One TXT record of class CH and TTL 0 at the question's name. */
void reply_put_chaos(struct reply *reply, const char *text);

struct answer reply_end(struct reply *reply); /* writes header and OPT */

#endif
