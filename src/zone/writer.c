#include "zone/writer.h"

#include "dns/name.h"
#include "zone/denial.h"

#include <string.h>

enum { SEED_MAX = 16 }; /* suffixes of the question's name that are worth finding */

/*
 * How the RDATA of a type is made: octets, then names, then octets (RFC 1035 3.3, RFC 3597 4).
 * MB, MG, MR, MD and MF might be compressed, too, but many readers do not know them any more.
 */
struct shape {
	uint8_t skip;     /* octets before the first name */
	uint8_t names;    /* names that may be compressed */
	bool with_target; /* the name behind `skip` may be wanted again, as an owner */
};

static inline struct shape shape_of(uint16_t type)
{
	static const struct shape shapes[] = {
		[TYPE_NS] = {0, 1, true},
		[TYPE_CNAME] = {0, 1, true},
		[TYPE_SOA] = {0, 2, false},
		[TYPE_PTR] = {0, 1, false},
		[TYPE_MINFO] = {0, 2, false},
		[TYPE_MX] = {2, 1, true},
		[TYPE_SRV] = {6, 0, true},
		[TYPE_SVCB] = {2, 0, true},
		[TYPE_HTTPS] = {2, 0, true},
	};
	return type < COUNT_OF(shapes) ? shapes[type] : (struct shape){0, 0, false};
}

/* The label that stands at `at`, behind any pointer to it.  We wrote them: they go back and end. */
static size_t label_at(const uint8_t *out, size_t at)
{
	while (out[at] >= 0xC0)
		at = bytes_get16(out + at) & WRITER_POINTER_MAX;
	return at;
}

/* Whether the name at `at` of the message is `name`. */
static bool stands_at(const uint8_t *out, size_t at, const uint8_t *name)
{
	for (;;) {
		at = label_at(out, at);
		if (out[at] != name[0])
			return false;
		if (name[0] == 0)
			return true;
		for (size_t i = 1; i <= name[0]; i++)
			if (out[at + i] != name[i] && name_fold(out[at + i]) != name_fold(name[i]))
				return false;
		at += name[0] + 1U;
		name += name[0] + 1;
	}
}

/* The same when it stands there in one piece, `len` octets, as in the question. */
static bool stands_whole_at(const uint8_t *out, size_t at, const uint8_t *name, size_t len)
{
	size_t i = 0;
	for (; i + 8 <= len && bytes_get64(out + at + i) == bytes_get64(name + i); i += 8) {}
	/* Length octets are at most 63, so folding leaves them alone. */
	for (; i < len; i++)
		if (out[at + i] != name[i] && name_fold(out[at + i]) != name_fold(name[i]))
			return false;
	return true;
}

static void learn(struct writer *writer, size_t at, size_t len)
{
	if (writer->n_names < WRITER_NAMES && at <= WRITER_POINTER_MAX)
		writer->names[writer->n_names++] =
			(struct writer_name){.at = (uint16_t)at, .len = (uint8_t)len};
}

/* The question's name is uncompressed and begins behind the header. */
static void seed(struct writer *writer)
{
	writer->seeded = true;
	if (writer->at <= MESSAGE_HEADER)
		return;
	const uint8_t *name = writer->out + MESSAGE_HEADER;
	size_t labels = name_labels(name), len = name_len(name);
	for (; labels > 0; labels--) {
		if (labels <= SEED_MAX)
			learn(writer, (size_t)(name - writer->out), len);
		len -= name[0] + 1U;
		name += name[0] + 1;
	}
	writer->n_asked = writer->n_names;
}

static uint16_t find(const struct writer *writer, const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < writer->n_names; i++) {
		const size_t at = writer->names[i].at;
		const bool asked = i < writer->n_asked;
		if (writer->names[i].len == len &&
			(asked ? stands_whole_at(writer->out, at, name, len)
			       : stands_at(writer->out, at, name)))
			return writer->names[i].at;
	}
	return 0;
}

static bool put(struct writer *writer, const void *octets, size_t len)
{
	if (len > writer->room - writer->at)
		return false;
	memcpy(writer->out + writer->at, octets, len);
	writer->at += len;
	return true;
}

static bool put16(struct writer *writer, unsigned v)
{
	uint8_t octets[2];
	bytes_put16(octets, (uint16_t)v);
	return put(writer, octets, sizeof octets);
}

/* Writes `name`, its known part as a pointer; `*stands` is where it can be pointed at, 0: nowhere.
 */
static bool put_name(struct writer *writer, const uint8_t *name, size_t len, uint16_t *stands)
{
	const size_t start = writer->at;
	*stands = (uint16_t)(start <= WRITER_POINTER_MAX ? start : 0);
	while (name[0] != 0) {
		const uint16_t known = find(writer, name, len);
		if (known != 0) {
			if (writer->at == start)
				*stands = known;
			return put16(writer, WRITER_POINTER | known);
		}
		const size_t here = writer->at, label = name[0] + 1U;
		if (!put(writer, name, label))
			return false;
		learn(writer, here, len);
		len -= label;
		name += label;
	}
	return put(writer, name_root, 1);
}

/* Writes the owner and learns where it stands, for the records that follow. */
static bool put_owner(struct writer *writer, struct owner *owner)
{
	if (owner->name[0] == 0)
		return put(writer, name_root, 1);
	if (owner->at != 0)
		return put16(writer, WRITER_POINTER | (unsigned)owner->at);
	return put_name(writer, owner->name, name_len(owner->name), &owner->at);
}

static bool put_fixed(struct writer *writer, uint16_t type, uint32_t ttl, size_t len)
{
	uint8_t fixed[WRITER_FIXED];
	bytes_put16(fixed, type);
	bytes_put16(fixed + 2, CLASS_IN);
	bytes_put32(fixed + 4, ttl);
	bytes_put16(fixed + 8, (uint16_t)len);
	return put(writer, fixed, sizeof fixed);
}

/* RDATA whose names are compressed.  One that is not made as its type says goes out as it is. */
static bool put_rdata(
	struct writer *writer, struct shape shape, struct rdata rdata, uint16_t *target)
{
	const uint8_t *at = rdata.wire + shape.skip;
	size_t left = rdata.len - shape.skip;
	if (!put(writer, rdata.wire, shape.skip))
		return false;
	for (unsigned i = 0; i < shape.names; i++) {
		const size_t len = name_check(at, left);
		uint16_t stands = 0;
		if (len == 0)
			break;
		if (!put_name(writer, at, len, &stands))
			return false;
		if (i == 0)
			*target = stands;
		at += len;
		left -= len;
	}
	return put(writer, at, left);
}

static bool put_record(struct writer *writer, struct owner *owner, uint16_t type, uint32_t ttl,
	struct rdata rdata, uint16_t *target)
{
	const struct shape shape = shape_of(type);
	*target = 0;
	if (!put_owner(writer, owner) || !put_fixed(writer, type, ttl, rdata.len))
		return false;
	const size_t start = writer->at;
	if (shape.names == 0 || rdata.len < shape.skip) {
		if (shape.with_target && rdata.len > shape.skip &&
			start + shape.skip <= WRITER_POINTER_MAX)
			*target = (uint16_t)(start + shape.skip);
		return put(writer, rdata.wire, rdata.len);
	}
	if (!put_rdata(writer, shape, rdata, target))
		return false;
	bytes_put16(writer->out + start - WRITER_LENGTH, (uint16_t)(writer->at - start));
	return true;
}

static const uint8_t *writer_skip(const uint8_t *at, unsigned n)
{
	for (; n > 0; n--) {
		uint16_t len = 0;
		memcpy(&len, at, WRITER_LENGTH);
		at += WRITER_LENGTH + len;
	}
	return at;
}

void writer_plain_turned(
	uint8_t *to, uint16_t owner, const struct rrset *set, uint32_t ttl, unsigned first)
{
	const uint64_t head = writer_head(owner, set->type, ttl);
	const uint8_t *from = first == 0 ? set->data : writer_skip(set->data, first);
	for (unsigned n = set->count, i = first; n > 0; n--) {
		uint16_t len = 0;
		memcpy(&len, from, WRITER_LENGTH);
		bytes_put64(to, head);
		bytes_put32(to + 8, ttl << 16 | len);
		bytes_copy(to + WRITER_FIXED + WRITER_LENGTH, from + WRITER_LENGTH, len);
		to += WRITER_FIXED + WRITER_LENGTH + len;
		from += WRITER_LENGTH + len;
		if (++i == set->count)
			from = set->data;
	}
}

static bool put_general(struct writer *writer, struct owner owner, const struct rrset *set,
	uint32_t ttl, unsigned first)
{
	const uint8_t *from = writer_skip(set->data, first);
	for (unsigned n = set->count, i = first; n > 0; n--) {
		struct rdata rdata = {.wire = from + WRITER_LENGTH};
		memcpy(&rdata.len, from, WRITER_LENGTH);
		uint16_t target = 0;
		if (!put_record(writer, &owner, set->type, ttl, rdata, &target))
			return false;
		if (i < WRITER_TARGETS)
			writer->target_at[i] = target;
		from += WRITER_LENGTH + rdata.len;
		if (++i == set->count) {
			i = 0;
			from = set->data;
		}
	}
	return true;
}

/* Forgets what was written since, so that the message is as it was. */
static bool taken_back(struct writer *writer, size_t at, uint16_t n_names)
{
	writer->at = at;
	writer->n_names = n_names;
	return false;
}

/* The end of a name that stands in the message already. */
struct known {
	size_t len; /* octets, the root label not counted; 0: none */
	size_t at;
};

/*
 * For target `i`: as much as the question's name has of it, or a target before.  Of the latter it
 * is the first that has so much, so it was written out there, not pointed to.
 */
static inline struct known known_end(
	const struct writer *writer, const struct targets *targets, unsigned i)
{
	const struct target *const target = &targets->list[i];
	const struct key *const asked = writer->asked;
	const uint8_t *const key = target_key(targets, target);
	const size_t len = key_whole(key, key_common(key, target->key_len, asked->at, asked->len));
	if (target->shared > len && writer->target_at[target->like] != 0) {
		const size_t skipped = targets->list[target->like].key_len - (size_t)target->shared;
		const size_t at = writer->target_at[target->like] + skipped;
		if (at <= WRITER_POINTER_MAX)
			return (struct known){target->shared, at};
	}
	return (struct known){len, MESSAGE_HEADER + asked->len - len};
}

/* Records that end with a name: what it shares with others is known without a search. */
static void put_targets(struct writer *writer, uint16_t owner, const struct rrset *set,
	const struct targets *targets, uint32_t ttl)
{
	const size_t skip = target_skip(set->type);
	const uint64_t head = writer_head(owner, set->type, ttl);
	for (unsigned i = 0; i < targets->n; i++) {
		const struct target *const target = &targets->list[i];
		const uint8_t *const name = set->data + target->name_at;
		const struct known known = known_end(writer, targets, i);
		const size_t own = target->key_len - known.len, end = known.len == 0 ? 1 : 2;
		uint8_t *const to = writer->out + writer->at;
		bytes_put64(to, head);
		bytes_put32(to + 8, ttl << 16 | (uint32_t)(skip + own + end));
		uint8_t *const at = to + WRITER_FIXED + WRITER_LENGTH;
		bytes_copy(at, name - skip, skip + own);
		if (known.len == 0)
			at[skip + own] = 0;
		else
			bytes_put16(at + skip + own, (uint16_t)(WRITER_POINTER | known.at));
		const size_t stands = own == 0 ? known.at : (size_t)(at + skip - writer->out);
		writer->target_at[i] = (uint16_t)(stands <= WRITER_POINTER_MAX ? stands : 0);
		writer->at = (size_t)(at + skip + own + end - writer->out);
	}
}

bool writer_names(struct writer *writer, struct owner owner, const struct rrset *set, uint32_t ttl,
	unsigned first)
{
	const struct targets *const targets = targets_of(set);
	if (targets != NULL && owner.at != 0 && rrset_compresses(set->type) &&
		writer_plain_size(set) <= writer->room - writer->at) {
		put_targets(writer, owner.at, set, targets, ttl);
		return true;
	}
	if (!writer->seeded && (owner.at == 0 || shape_of(set->type).names > 0))
		seed(writer);
	const size_t at = writer->at;
	const uint16_t n_names = writer->n_names;
	return put_general(writer, owner, set, ttl, first) || taken_back(writer, at, n_names);
}

bool writer_cname(struct writer *writer, struct owner owner, const uint8_t *target, uint32_t ttl)
{
	if (!writer->seeded)
		seed(writer);
	const size_t at = writer->at;
	const uint16_t n_names = writer->n_names;
	const struct rdata rdata = {.wire = target, .len = (uint16_t)name_len(target)};
	return put_record(writer, &owner, TYPE_CNAME, ttl, rdata, &writer->target_at[0]) ||
	       taken_back(writer, at, n_names);
}

bool writer_denial(struct writer *writer, uint16_t apex_at, const struct denial *denial)
{
	if (denial->len + 2U > writer->room - writer->at)
		return false;
	uint8_t *const to = writer->out + writer->at;
	bytes_put16(to, (uint16_t)(WRITER_POINTER | apex_at));
	bytes_copy(to + 2, denial->octets, denial->len);
	for (unsigned i = 0; i < denial->n; i++) {
		const struct denial_pointer *const pointer = &denial->pointers[i];
		bytes_put16(
			to + 2 + pointer->at, (uint16_t)(WRITER_POINTER | (apex_at + pointer->to)));
	}
	writer->at += denial->len + 2U;
	return true;
}
