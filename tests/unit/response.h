/*
 * A second reader of DNS messages, for tests alone: it shares no code with what
 * it checks.  Every name must decompress going back, every record end within the
 * message, the counts be right, and nothing stand behind the last record.
 */
#ifndef LOCUM_TESTS_RESPONSE_H
#define LOCUM_TESTS_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { RESPONSE_RECORDS = 4096, RESPONSE_RDATA = 1 << 18 };

struct response_record {
	int section; /* 1 answer, 2 authority, 3 additional */
	uint8_t name[255];
	unsigned type, class;
	uint32_t ttl;
	const uint8_t *rdata; /* names in it decompressed */
	size_t len;
};

struct response {
	unsigned id, flags, rcode;
	bool question, opt, dnssec_ok;
	uint8_t qname[255];
	unsigned qtype, qclass, udp_size;
	size_t n;
	struct response_record records[RESPONSE_RECORDS]; /* the OPT is not among them */
	size_t used;
	uint8_t rdata[RESPONSE_RDATA];
};

static inline unsigned response_16(const uint8_t *p) { return (unsigned)p[0] * 256 + p[1]; }

static inline size_t response_len(const uint8_t *name)
{
	size_t len = 1;
	for (; name[len - 1] != 0; len += name[len - 1] + 1U) {}
	return len;
}

/* Unpacks the name at `at`; where it ends, or 0. */
static inline size_t response_name(
	const uint8_t *wire, size_t len, size_t at, uint8_t name[255], size_t *name_len)
{
	size_t n = 0, end = 0, lowest = at;
	for (;;) {
		if (at >= len)
			return 0;
		const unsigned c = wire[at];
		if (c >= 192) {
			if (at + 1 >= len)
				return 0;
			const size_t to = (c - 192) * 256 + wire[at + 1];
			if (end == 0)
				end = at + 2;
			if (to >= lowest || to < 12)
				return 0;
			lowest = at = to;
			continue;
		}
		if (c > 63 || n + c + 1 > 255 || at + c + 1 > len)
			return 0;
		memcpy(name + n, wire + at, c + 1);
		n += c + 1;
		at += c + 1;
		if (c == 0)
			break;
	}
	*name_len = n;
	return end != 0 ? end : at;
}

/* Octets, names, octets: how the RDATA of the types that may be compressed is made. */
static inline bool response_shape(unsigned type, size_t *skip, int *names)
{
	switch (type) {
	case 2:
	case 3:
	case 4:
	case 5:
	case 7:
	case 8:
	case 9:
	case 12: *skip = 0, *names = 1; return true;
	case 15: *skip = 2, *names = 1; return true;
	case 6:
	case 14: *skip = 0, *names = 2; return true;
	default: return false;
	}
}

static inline const char *response_rdata(struct response *r, struct response_record *record,
	const uint8_t *wire, size_t at, size_t end)
{
	size_t skip = 0;
	int names = 0;
	uint8_t *const out = r->rdata + r->used;
	if (r->used + (end - at) + 512 > sizeof r->rdata)
		return "more RDATA than the reader holds";
	record->rdata = out;
	record->len = 0;
	if (response_shape(record->type, &skip, &names) && end - at > skip) {
		memcpy(out, wire + at, skip);
		record->len = skip;
		at += skip;
		for (; names > 0; names--) {
			size_t len = 0;
			const size_t next = response_name(wire, end, at, out + record->len, &len);
			if (next == 0)
				return "a name in RDATA is broken";
			record->len += len;
			at = next;
		}
	}
	memcpy(out + record->len, wire + at, end - at);
	record->len += end - at;
	r->used += record->len;
	return NULL;
}

static inline const char *response_opt(struct response *r, const struct response_record *record)
{
	if (r->opt)
		return "two OPT records";
	if (record->section != 3 || record->name[0] != 0)
		return "an OPT record in the wrong place";
	r->opt = true;
	r->udp_size = record->class;
	r->dnssec_ok = (record->ttl & 0x8000) != 0;
	r->rcode |= record->ttl >> 24 << 4;
	return (record->ttl >> 16 & 255) != 0 ? "an EDNS version other than 0" : NULL;
}

static inline const char *response_records(
	struct response *r, const uint8_t *wire, size_t len, size_t *at, int section)
{
	for (unsigned left = response_16(wire + 4 + 2 * section); left > 0; left--) {
		if (r->n == RESPONSE_RECORDS)
			return "more records than the reader holds";
		struct response_record *const record = &r->records[r->n];
		size_t name_len = 0;
		const size_t fixed = response_name(wire, len, *at, record->name, &name_len);
		if (fixed == 0)
			return "an owner name is broken";
		if (fixed + 10 > len)
			return "a record is cut";
		record->section = section;
		record->type = response_16(wire + fixed);
		record->class = response_16(wire + fixed + 2);
		record->ttl = (uint32_t)response_16(wire + fixed + 4) << 16 |
			      response_16(wire + fixed + 6);
		const size_t end = fixed + 10 + response_16(wire + fixed + 8);
		if (end > len)
			return "RDATA runs past the end";
		*at = end;
		if (record->type == 41) {
			const char *const wrong = response_opt(r, record);
			if (wrong != NULL)
				return wrong;
			continue;
		}
		const bool signature = record->type == 250 && section == 3 && left == 1;
		if (signature ? record->class != 255 || record->ttl != 0
			      : record->class != 1 && (record->class != 3 || r->qclass != 3))
			return "a record of another class than IN";
		const char *const wrong = response_rdata(r, record, wire, fixed + 10, end);
		if (wrong != NULL)
			return wrong;
		r->n++;
	}
	return NULL;
}

/* NULL, or what is wrong with the message. */
static inline const char *response_read(struct response *r, const uint8_t *wire, size_t len)
{
	r->n = r->used = 0;
	r->question = r->opt = r->dnssec_ok = false;
	if (len < 12)
		return "shorter than a header";
	r->id = response_16(wire);
	r->flags = response_16(wire + 2);
	r->rcode = r->flags & 15;
	size_t at = 12, name_len = 0;
	if (response_16(wire + 4) > 1)
		return "more than one question";
	if (response_16(wire + 4) == 1) {
		at = response_name(wire, len, at, r->qname, &name_len);
		if (at == 0 || at + 4 > len)
			return "the question is broken";
		if (at != 12 + name_len)
			return "the question is compressed";
		r->question = true;
		r->qtype = response_16(wire + at);
		r->qclass = response_16(wire + at + 2);
		at += 4;
	}
	for (int section = 1; section <= 3; section++) {
		const char *const wrong = response_records(r, wire, len, &at, section);
		if (wrong != NULL)
			return wrong;
	}
	return at == len ? NULL : "octets behind the last record";
}

/*
 * What holds for the response to any request; NULL, or what does not.  `limit`: octets that
 * the transport takes.
 */
static inline const char *response_suits(
	struct response *r, const uint8_t *wire, size_t len, const uint8_t *request, size_t limit)
{
	const char *const wrong = response_read(r, wire, len);
	if (wrong != NULL)
		return wrong;
	if (len > limit)
		return "longer than the client takes";
	if (memcmp(wire, request, 2) != 0)
		return "another ID";
	if ((r->flags & 0x8000) == 0 || (r->flags & 0x7800) != (response_16(request + 2) & 0x7800))
		return "not a response to this opcode";
	if ((r->flags & 0x00F0) != 0)
		return "RA, Z, AD or CD is set";
	if (r->question && memcmp(wire + 12, request + 12, response_len(r->qname) + 4) != 0)
		return "another question";
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = i + 1; j < r->n && j < i + 64; j++) {
			const struct response_record *const a = &r->records[i],
							    *const b = &r->records[j];
			if (a->section == b->section && a->type == b->type && a->len == b->len &&
				memcmp(a->rdata, b->rdata, a->len) == 0 &&
				response_len(a->name) == response_len(b->name) &&
				memcmp(a->name, b->name, response_len(a->name)) == 0)
				return "a record stands there twice";
		}
	return NULL;
}

#endif
