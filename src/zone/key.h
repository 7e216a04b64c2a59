/*
 * A name as the tree walks it: from the root label down, each label folded to
 * lower case and followed by an octet 0, so that keys compare as octet strings
 * the way names do in canonical order (RFC 4034 6.1).  Folding leaves the codes
 * of upper case free: the octets below them move up by one, so that 0 is the
 * end of a label alone.  A key is as long as its name without the root label.
 * Made once a query and used for all its lookups: in the view, and in the zone
 * from its apex's length on.  Pure.
 */
#ifndef LOCUM_ZONE_KEY_H
#define LOCUM_ZONE_KEY_H

#include "base/attr.h"

#include <assert.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* KEY_MAX: with room for what is written and read behind the longest, of 254 octets. */
enum { KEY_MAX = 272, KEY_LABELS = 128, KEY_BEHIND = 16 };

struct key {
	uint16_t len;        /* octets of `at`, the 0 after the last label counted */
	uint8_t labels;      /* the root not counted */
	uint8_t at[KEY_MAX]; /* at[len] is 0 too */
};

/* How an octet of a label stands in keys. */
static inline uint8_t key_octet(uint8_t octet)
{
	return (uint8_t)(octet < 'A' ? octet + 1 : octet <= 'Z' ? octet | 0x20 : octet);
}

void key_make(struct key *key, const uint8_t *name);
/*
 * Octets that are folded or copied at once, wherever they stand.  Assigned, not memcpy()d: that is
 * a call when _FORTIFY_SOURCE cannot see that it fits.
 */
typedef uint8_t key_lanes __attribute__((vector_size(16), aligned(1), may_alias));
typedef int8_t key_ordered __attribute__((vector_size(16))); /* SSE2 compares signed ones alone */
enum { KEY_LANES = sizeof(key_lanes) };
static_assert((int)KEY_LANES <= (int)KEY_BEHIND, "what is read behind a name");

static inline key_lanes key_load(const uint8_t *from) { return *(const key_lanes *)from; }
static inline void key_store(uint8_t *to, key_lanes octets) { *(key_lanes *)to = octets; }

/* key_octet() of each: turned until 'A' is the least, and what is below it the greatest. */
static inline key_lanes key_fold(key_lanes octets)
{
	const key_ordered turned = (key_ordered)(octets + (INT8_MAX + 1 - 'A'));
	const key_lanes upper = (key_lanes)(turned <= INT8_MIN + 'Z' - 'A');
	const key_lanes low = (key_lanes)(turned > INT8_MAX - 'A');
	return (octets | (upper & 0x20)) - low;
}

/* One label; what is written behind it the next one overwrites.  Where that goes. */
static inline uint8_t *key_put_label(uint8_t *to, const uint8_t *from)
{
	const size_t len = *from++;
	key_store(to, key_fold(key_load(from)));
	if (len > KEY_LANES)
		for (size_t i = KEY_LANES; i < len; i += KEY_LANES)
			key_store(to + i, key_fold(key_load(from + i)));
	to[len] = 0;
	return to + len + 1;
}

/*
 * What key_make() does for a name of `len` octets whose labels are known to begin at `label_at`.
 * KEY_BEHIND octets behind the name must be readable, whatever they are.
 */
HOT void key_read(
	struct key *key, const uint8_t *name, size_t len, const uint8_t label_at[], unsigned labels)
{
	key->len = (uint16_t)(len - 1);
	key->labels = (uint8_t)labels;
	uint8_t *to = key->at;
	for (const uint8_t *label = label_at + labels; label != label_at;)
		to = key_put_label(to, name + *--label);
	*to = 0;
}

/* The name that the key belongs to, in lower case; its length. */
size_t key_name(const uint8_t *at, size_t len, uint8_t name[255]);

static inline uint64_t key_differ(const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return le64toh(x ^ y);
}

/* Whether the first `len` octets of two keys are the same.  Reads up to seven octets behind them:
 * tree.h. */
static inline bool key_same(const uint8_t *a, const uint8_t *b, size_t len)
{
	if (__builtin_expect(len - 8 <= 8, true)) /* 8 to 16, as most are */
		return (key_differ(a, b) | key_differ(a + len - 8, b + len - 8)) == 0;
	if (len < 8)
		return len == 0 || key_differ(a, b) << 8 * (8 - len) == 0;
	for (size_t i = 0; i < len - 8; i += 8)
		if (key_differ(a + i, b + i) != 0)
			return false;
	return key_differ(a + len - 8, b + len - 8) == 0;
}

/* Octets that two keys have in common.  Reads behind them likewise. */
static inline size_t key_common(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	const size_t len = a_len < b_len ? a_len : b_len;
	size_t i = 0;
	for (; i + 8 <= len; i += 8) {
		const uint64_t differ = key_differ(a + i, b + i);
		if (differ != 0)
			return i + (size_t)__builtin_ctzll(differ) / 8;
	}
	if (i == len)
		return len;
	const size_t beyond = i + 8 - len; /* octets of the last word that do not count */
	const uint64_t differ = key_differ(a + i, b + i) << 8 * beyond;
	return differ == 0 ? len : i + (size_t)__builtin_ctzll(differ) / 8 - beyond;
}

/* Back to where a label ends: what keys with so many octets in common have in whole labels. */
static inline size_t key_whole(const uint8_t *at, size_t common)
{
	while (common > 0 && at[common - 1] != 0)
		common--;
	return common;
}

/* Order of two keys, which is that of their names: <0, 0, >0. */
int key_compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);

/*
 * What a branch of the tree looks at: an octet is told apart in two steps of at
 * most 48 values each, and most octets of host names by the first alone.  For
 * each octet its group, and its place within the group.  Both grow with the octet.
 */
enum { KEY_STEPS = 48, KEY_SHIFT = 63 };
/* By how much a branch's word is shifted for that: KEY_SHIFT less the value. */
extern const uint8_t key_shifts[256][2];

static inline unsigned key_step(uint8_t octet, unsigned part)
{
	return KEY_SHIFT - (unsigned)key_shifts[octet][part];
}

#endif
