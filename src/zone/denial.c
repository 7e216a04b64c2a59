#include "zone/denial.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "dns/message.h"
#include "dns/name.h"
#include "zone/rrset.h"

#include <stdlib.h>

enum {
	FIXED = 10,     /* type, class, TTL, length */
	SOA_FIXED = 20, /* octets behind the names; MINIMUM is the last four */
};

/* How far into the apex the name stands; the apex's length: it is no ancestor, or the root. */
static size_t in_apex(const uint8_t *apex, const uint8_t *name)
{
	const uint8_t *at = apex;
	while (at[0] != 0 && !name_equal(at, name))
		at += at[0] + 1;
	return at[0] != 0 ? (size_t)(at - apex) : name_len(apex);
}

/* The name with as much of it as possible as a pointer into the apex. */
static void put_name(struct denial *denial, const uint8_t *apex, const uint8_t *name)
{
	const size_t none = name_len(apex);
	for (; name[0] != 0; name += name[0] + 1) {
		const size_t to = in_apex(apex, name);
		if (to != none) {
			denial->pointers[denial->n++] =
				(struct denial_pointer){.at = denial->len, .to = (uint8_t)to};
			denial->len = (uint16_t)(denial->len + 2);
			return;
		}
		bytes_copy(denial->octets + denial->len, name, name[0] + 1U);
		denial->len = (uint16_t)(denial->len + name[0] + 1U);
	}
	denial->octets[denial->len++] = 0;
}

struct denial *denial_new(const uint8_t *apex, const struct rrset *soa)
{
	size_t at = 0;
	const struct rdata rdata = rrset_each(soa, &at);
	const size_t mname = name_check(rdata.wire, rdata.len);
	const size_t rname = name_check(rdata.wire + mname, rdata.len - mname);
	if (mname == 0 || rname == 0 || rdata.len != mname + rname + SOA_FIXED)
		return NULL;
	const uint8_t *const fixed = rdata.wire + mname + rname;
	const uint32_t minimum = bytes_get32(fixed + SOA_FIXED - 4);
	struct denial *const denial = mem_new(sizeof *denial + FIXED + rdata.len);
	denial->ttl = minimum < soa->ttl ? minimum : soa->ttl;
	bytes_put16(denial->octets, TYPE_SOA);
	bytes_put16(denial->octets + 2, CLASS_IN);
	bytes_put32(denial->octets + 4, denial->ttl);
	denial->len = FIXED;
	put_name(denial, apex, rdata.wire);
	put_name(denial, apex, rdata.wire + mname);
	bytes_copy(denial->octets + denial->len, fixed, SOA_FIXED);
	denial->len = (uint16_t)(denial->len + SOA_FIXED);
	bytes_put16(denial->octets + FIXED - 2, (uint16_t)(denial->len - FIXED));
	return denial;
}
