#include "dns/query.h"

#include "base/bytes.h"

enum {
	RECORD_FIXED = 10,
	OPT_LEN = 1 + RECORD_FIXED,
	ADDITIONAL_MAX = 2,
	SUBNET_FIXED = 4,
	FAMILY_V4 = 1,
	FAMILY_V6 = 2
};

/* The four counts as one number. */
#define COUNTS(questions, records) ((uint64_t)(questions) << 48 | (records))

struct record {    /* a record of the additional section, bounds checked */
	bool root; /* its owner is the root */
	bool last; /* no record follows */
	uint16_t type, class;
	uint32_t ttl;
	uint16_t len;
	const uint8_t *rdata;
};

/* Where the name at `at` ends, as it stands there; 0: nowhere, or a pointer that does not go back.
 */
static size_t skip_name(const uint8_t *wire, size_t len, size_t at)
{
	const size_t start = at;
	while (at < len && at - start < 255) {
		const uint8_t label = wire[at];
		if (label == 0)
			return at + 1;
		if (label >= 0xC0) {
			if (at + 1 >= len)
				return 0;
			const size_t to = (label & 0x3FU) << 8 | wire[at + 1];
			return to >= MESSAGE_HEADER && to < start ? at + 2 : 0;
		}
		if (label > 63)
			return 0;
		at += label + 1U;
	}
	return 0;
}

/* Reads the record at `*at` and moves behind it. */
static bool read_record(struct record *record, const uint8_t *wire, size_t len, size_t *at)
{
	record->root = *at < len && wire[*at] == 0;
	const size_t fixed = record->root ? *at + 1 : skip_name(wire, len, *at);
	if (fixed == 0 || len - fixed < RECORD_FIXED)
		return false;
	record->type = bytes_get16(wire + fixed);
	record->class = bytes_get16(wire + fixed + 2);
	record->ttl = bytes_get32(wire + fixed + 4);
	record->len = bytes_get16(wire + fixed + 8);
	record->rdata = wire + fixed + RECORD_FIXED;
	if (record->len > len - fixed - RECORD_FIXED)
		return false;
	*at = fixed + RECORD_FIXED + record->len;
	return true;
}

/* Family, source and scope prefix length, and as many octets of address as the source needs. */
static bool subnet_is_sound(const uint8_t *data, size_t len)
{
	if (len < SUBNET_FIXED || data[3] != 0)
		return false;
	const unsigned family = bytes_get16(data), source = data[2];
	const unsigned most = family == FAMILY_V4 ? 32 : family == FAMILY_V6 ? 128 : 0;
	if (family > FAMILY_V6 || source > most || len != SUBNET_FIXED + (source + 7) / 8)
		return false;
	return source % 8 == 0 || (data[len - 1] & 0xFF >> source % 8) == 0;
}

/* Of an option that is there twice the first counts (RFC 7873 5.2). */
static bool read_option(struct query *query, uint16_t code, const uint8_t *data, size_t len)
{
	switch (code) {
	case OPTION_NSID: query->asks |= ASKS_NSID; return true;
	case OPTION_KEEPALIVE: query->asks |= ASKS_KEEPALIVE; return true;
	case OPTION_COOKIE:
		if (len != 8 && (len < 16 || len > 40))
			return false;
		if ((query->asks & ASKS_COOKIE) == 0) {
			query->asks |= ASKS_COOKIE;
			query->cookie = data;
			query->cookie_len = (uint8_t)len;
		}
		return true;
	case OPTION_SUBNET:
		if (!subnet_is_sound(data, len))
			return false;
		if ((query->asks & ASKS_SUBNET) == 0) {
			query->asks |= ASKS_SUBNET;
			query->subnet = data;
			query->subnet_len = (uint8_t)len;
		}
		return true;
	default: return true;
	}
}

static bool read_options(struct query *query, const uint8_t *options, size_t len)
{
	while (len > 0) {
		if (len < 4)
			return false;
		const size_t n = bytes_get16(options + 2);
		if (n > len - 4 || !read_option(query, bytes_get16(options), options + 4, n))
			return false;
		options += 4 + n;
		len -= 4 + n;
	}
	return true;
}

static enum rcode read_opt(struct query *query, const struct record *opt)
{
	if (!opt->root || query->edns)
		return RCODE_FORMERR;
	query->edns = true;
	query->udp_size = opt->class;
	query->dnssec_ok = (opt->ttl & 0x8000) != 0;
	if ((opt->ttl >> 16 & 0xFF) != 0)
		return RCODE_BADVERS;
	if (read_options(query, opt->rdata, opt->len))
		return RCODE_NOERROR;
	query->asks = 0;
	return RCODE_FORMERR;
}

/* Algorithm name, time (6), fudge (2), MAC, original ID (2), error (2), other data. */
static bool tsig_is_sound(const struct record *tsig)
{
	if (!tsig->last || tsig->class != CLASS_ANY)
		return false;
	const uint8_t *rdata = tsig->rdata;
	size_t at = 0;
	while (at < tsig->len && at < 255 && rdata[at] != 0 && rdata[at] <= 63)
		at += rdata[at] + 1U;
	if (at >= tsig->len || at >= 255 || rdata[at] != 0 || tsig->len - at < 1 + 10)
		return false;
	at += 1 + 8;
	const size_t mac = bytes_get16(rdata + at);
	at += 2;
	if (tsig->len - at < mac + 6)
		return false;
	at += mac + 4;
	return tsig->len - at == 2U + bytes_get16(rdata + at);
}

/* What stands behind the question.  The worst that is found decides: FORMERR, BADVERS, NOTAUTH. */
COLD static enum rcode read_rest(
	struct query *query, const uint8_t *wire, size_t len, size_t at, unsigned n)
{
	enum rcode found = RCODE_NOERROR;
	for (unsigned i = 0; i < n; i++) {
		const size_t start = at;
		struct record record;
		if (!read_record(&record, wire, len, &at))
			return RCODE_FORMERR;
		record.last = i + 1 == n;
		if (record.type == TYPE_OPT) {
			const enum rcode rcode = read_opt(query, &record);
			if (rcode == RCODE_FORMERR)
				return rcode;
			found = rcode == RCODE_NOERROR ? found : rcode;
		} else if (record.type == TYPE_TSIG) {
			if (!tsig_is_sound(&record))
				return RCODE_FORMERR;
			query->tsig_at = (uint16_t)start;
			found = found == RCODE_NOERROR ? RCODE_NOTAUTH : found;
		}
	}
	return at == len ? found : RCODE_FORMERR;
}

/* Where the question ends; 0: it is not sound. */
HOT size_t read_question(struct query *query, const uint8_t *wire, size_t len)
{
	const size_t name_end = MESSAGE_HEADER + 255, limit = len < name_end ? len : name_end;
	size_t at = MESSAGE_HEADER;
	unsigned labels = 0;
	if (at >= limit)
		return 0;
	for (size_t label; (label = wire[at]) != 0; at += label + 1) {
		if (label > 63 || at + label + 1 >= limit) /* at least the root follows */
			return 0;
		query->label_at[labels++] = (uint8_t)(at - MESSAGE_HEADER);
	}
	if (len - at < 5)
		return 0;
	query->name = wire + MESSAGE_HEADER;
	query->name_len = (uint8_t)(at + 1 - MESSAGE_HEADER);
	query->name_labels = (uint8_t)labels;
	query->type = bytes_get16(wire + at + 1);
	query->class = bytes_get16(wire + at + 3);
	query->end = (uint16_t)(at + 5);
	return at + 5;
}

/*
 * What can be read of a message that is no query, so that the response can repeat it.  Nobody may
 * NOTIFY or UPDATE yet, so what they say goes unread but for who signed it, and in which EDNS.
 */
COLD static enum rcode read_other(struct query *query, const uint8_t *wire, size_t len)
{
	const bool update = query->opcode == OPCODE_UPDATE;
	const bool known = update || query->opcode == OPCODE_NOTIFY;
	const size_t at = bytes_get16(wire + 4) == 1 ? read_question(query, wire, len) : 0;
	if (at == 0)
		return known ? RCODE_FORMERR : RCODE_NOTIMP;
	const unsigned records =
		0U + bytes_get16(wire + 6) + bytes_get16(wire + 8) + bytes_get16(wire + 10);
	const enum rcode found = read_rest(query, wire, len, at, records);
	if (!known)
		return RCODE_NOTIMP;
	if (update && query->type != TYPE_SOA)
		return RCODE_FORMERR;
	return found == RCODE_NOTAUTH || found == RCODE_BADVERS ? found : RCODE_NOERROR;
}

/* A query that is made otherwise than almost all are. */
COLD static enum rcode read_odd(struct query *query, const uint8_t *wire, size_t len)
{
	const unsigned questions = bytes_get16(wire + 4), answers = bytes_get16(wire + 6),
		       authorities = bytes_get16(wire + 8), records = bytes_get16(wire + 10);
	if (questions > 1 || answers > 0 || authorities > 1 || records > ADDITIONAL_MAX)
		return RCODE_FORMERR;
	if (questions == 0) { /* the OPT is of use all the same: the response must have one, too */
		const enum rcode rest =
			read_rest(query, wire, len, MESSAGE_HEADER, authorities + records);
		const bool cookie = authorities == 0 && (query->asks & ASKS_COOKIE) != 0;
		return cookie ? rest : RCODE_FORMERR;
	}
	size_t at = read_question(query, wire, len);
	if (at == 0)
		return RCODE_FORMERR;
	if (authorities > 0) {
		struct record soa;
		if (query->type != TYPE_IXFR || !read_record(&soa, wire, len, &at))
			return RCODE_FORMERR;
	}
	return read_rest(query, wire, len, at, records);
}

/* Whether `opt` is all that is left of the message: an OPT record of version 0 without options. */
static inline bool is_bare_opt(const uint8_t *opt, size_t len)
{
	return len == OPT_LEN && opt[0] == 0 && bytes_get16(opt + 1) == TYPE_OPT && opt[6] == 0 &&
	       bytes_get16(opt + 9) == 0;
}

/* Almost all queries have one question and nothing else, or an OPT without options behind it. */
HOT enum rcode read_query(struct query *query, const uint8_t *wire, size_t len)
{
	const uint64_t counts = bytes_get64(wire + 4);
	if (counts != COUNTS(1, 0) && counts != COUNTS(1, 1))
		return read_odd(query, wire, len);
	const size_t at = read_question(query, wire, len);
	if (at == 0)
		return RCODE_FORMERR;
	query->bare = query->class == CLASS_IN;
	if (counts == COUNTS(1, 0)) {
		query->bare &= at == len;
		return at == len ? RCODE_NOERROR : RCODE_FORMERR;
	}
	const uint8_t *const opt = wire + at;
	if (!is_bare_opt(opt, len - at)) {
		query->bare = false;
		return read_rest(query, wire, len, at, 1);
	}
	query->edns = true;
	query->udp_size = bytes_get16(opt + 3);
	query->dnssec_ok = (opt[7] & 0x80) != 0;
	return RCODE_NOERROR;
}

bool query_read(struct query *query, const uint8_t *wire, size_t len)
{
	if (len < MESSAGE_HEADER)
		return false;
	query->id = bytes_get16(wire);
	query->flags = bytes_get16(wire + 2);
	if ((query->flags & FLAG_QR) != 0)
		return false;
	query->opcode = query->flags >> 11 & 0xF;
	query->bare = query->edns = query->dnssec_ok = false;
	query->asks = query->name_len = query->name_labels = 0;
	query->type = query->class = query->tsig_at = 0;
	query->end = MESSAGE_HEADER;
	query->rcode = query->opcode == OPCODE_QUERY ? read_query(query, wire, len)
						     : read_other(query, wire, len);
	return true;
}
