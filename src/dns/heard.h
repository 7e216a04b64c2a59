/*
 * Reading a response of somebody else's server: hostile octets, one message, nothing allocated.
 * Names are followed backwards only, so that no pointer can go round.  Pure.
 */
#ifndef LOCUM_DNS_HEARD_H
#define LOCUM_DNS_HEARD_H

#include "base/attr.h"
#include "dns/message.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEARD_DATA_MAX = 1024, RCODE_TEXT_MAX = 16 };

struct heard { /* borrows the message */
	const uint8_t *wire;
	size_t len, at; /* `at`: where the next record of the answer section begins */
	uint16_t id, flags;
	enum rcode rcode;
	uint16_t left; /* records of the answer section not yet read */
};

/* What was asked: a response to anything else is no answer. */
struct asked {
	uint16_t id;
	const uint8_t *name; /* wire */
	uint16_t type;       /* class IN */
};

enum heard_how {
	HEARD_ANSWER,
	HEARD_OTHER,  /* not the answer to this question: another id, question or no response */
	HEARD_BROKEN, /* it is, and cut short */
};

struct heard_record {
	uint8_t owner[NAME_MAX_OCTETS];
	uint16_t type, class;
	uint32_t ttl;
	size_t data, data_len; /* where its RDATA stands in the message */
};

/* Header and question.  A response without a question is an answer when it says an error. */
enum heard_how heard_read(
	struct heard *heard, const struct asked *asked, const uint8_t *wire, size_t len) MUST_USE;
enum heard_next { HEARD_RECORD, HEARD_END, HEARD_CUT };
/* The next record of the answer section. */
enum heard_next heard_next(struct heard *heard, struct heard_record *record) MUST_USE;
/*
 * Its data as zone files have it, fields with a blank between; `only` from 1: that field alone,
 * character-strings without their quotes.  Types of which nothing is known are \# and hexadecimal
 * digits.  Cut where the room ends.  False: the octets are no data of that type, or there are not
 * so many fields.
 */
bool heard_data(const struct heard *heard, const struct heard_record *record, unsigned only,
	char out[HEARD_DATA_MAX]) MUST_USE;

/* A query with RD as wished: its octets, at most 512. */
size_t asked_write(const struct asked *asked, bool recursion, uint8_t out[MESSAGE_UDP]);

/* "NXDOMAIN", "nxdomain", "3". */
bool rcode_parse(const char *text, enum rcode *rcode) MUST_USE;
const char *rcode_text(enum rcode rcode, char room[RCODE_TEXT_MAX]);

#endif
