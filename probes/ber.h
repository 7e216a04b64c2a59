/*
 * As much of BER (ITU-T X.690) as LDAP wants: tags of one octet, definite lengths.  What is
 * written goes into the caller's room; what is read stays where it stands.  Pure.
 */
#ifndef LOCUM_PROBES_BER_H
#define LOCUM_PROBES_BER_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ber_tag { /* the universal ones; LDAP adds its own */
	BER_BOOLEAN = 0x01,
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_ENUM = 0x0a,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
};

struct ber_out { /* zero but for `to` and `room` */
	uint8_t *to;
	size_t room, len;
	bool full; /* something did not fit: what stands there is of no use */
};

void ber_put(struct ber_out *out, uint8_t tag, const void *octets, size_t len);
void ber_put_text(struct ber_out *out, uint8_t tag, const char *text); /* NULL is "" */
void ber_put_number(struct ber_out *out, uint8_t tag, uint16_t number);
/* Of at most 65,535 octets; what is put between the two stands inside. */
size_t ber_begin(struct ber_out *out, uint8_t tag) MUST_USE;
void ber_end(struct ber_out *out, size_t begun);

struct ber { /* octets to read */
	const uint8_t *at;
	size_t len;
};

enum ber_whole { BER_WHOLE, BER_CUT, BER_ODD };

/* The first element of `from`, which then begins after it.  Nothing is moved unless it is whole. */
enum ber_whole ber_next(struct ber *from, uint8_t *tag, struct ber *inside) MUST_USE;
/* The same where it must be whole and of that tag. */
bool ber_get(struct ber *from, uint8_t tag, struct ber *inside) MUST_USE;
/* A whole number from 0 to INT32_MAX. */
bool ber_get_number(struct ber *from, uint8_t tag, uint32_t *number) MUST_USE;

#endif
