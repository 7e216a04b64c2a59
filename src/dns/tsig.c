#include "dns/tsig.h"

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/query.h"

enum {
	BADKEY = 17,
	POINTER = 0xC0, /* two octets that begin so lead elsewhere: RFC 1035 4.1.4 */
	HEAD = 10,      /* type, class, TTL, length */
	TIMES = 8,      /* time signed, fudge */
	TAIL = 8,       /* MAC size, original ID, error, length of other data */
};

/* A name in two parts: how it begins, and the rest, to which a pointer led. */
struct parts {
	const uint8_t *head, *tail;
	size_t head_len, tail_len; /* 0: there is none; both 0: it cannot be followed */
	size_t taken;              /* octets where it stands */
};

static struct parts owner_at(const uint8_t *at, const struct query *query, const uint8_t *wire)
{
	struct parts owner = {.head = at, .tail = at};
	while (at[0] != 0 && at[0] < POINTER)
		at += at[0] + 1;
	owner.head_len = (size_t)(at - owner.head);
	if (at[0] == 0) {
		owner.taken = ++owner.head_len;
		return owner;
	}
	owner.taken = owner.head_len + 2;
	const size_t to = bytes_get16(at) & 0x3FFFU, end = MESSAGE_HEADER + query->name_len;
	size_t label = MESSAGE_HEADER;
	while (label < to && label < end)
		label += wire[label] + 1U;
	if (label != to || label >= end || owner.head_len + (end - to) > NAME_MAX_OCTETS)
		return (struct parts){.head_len = 0};
	owner.tail = wire + to;
	owner.tail_len = end - to;
	return owner;
}

size_t tsig_put_bad_key(uint8_t *to, size_t room, const struct query *query, const uint8_t *wire)
{
	const struct parts owner = owner_at(wire + query->tsig_at, query, wire);
	const size_t owner_len = owner.head_len + owner.tail_len;
	if (owner_len == 0)
		return 0;
	const uint8_t *const rdata = wire + query->tsig_at + owner.taken + HEAD;
	const size_t algorithm = name_len(rdata);
	const uint8_t *const mac = rdata + algorithm + TIMES;
	const size_t len = algorithm + TIMES + TAIL;
	if (owner_len + HEAD + len > room)
		return 0;
	bytes_copy(to, owner.head, owner.head_len);
	bytes_copy(to + owner.head_len, owner.tail, owner.tail_len);
	to += owner_len;
	bytes_put16(to, TYPE_TSIG);
	bytes_put16(to + 2, CLASS_ANY);
	bytes_put32(to + 4, 0);
	bytes_put16(to + 8, (uint16_t)len);
	to += HEAD;
	bytes_copy(to, rdata, algorithm + TIMES);
	to += algorithm + TIMES;
	bytes_put16(to, 0);
	bytes_put16(to + 2, bytes_get16(mac + 2 + bytes_get16(mac))); /* the original ID */
	bytes_put16(to + 4, BADKEY);
	bytes_put16(to + 6, 0);
	return owner_len + HEAD + len;
}
