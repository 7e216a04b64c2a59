/* For tests of src/zone: names from text, zones from rows, random names that are hard to sort. */
#ifndef LOCUM_TESTS_ZONES_H
#define LOCUM_TESTS_ZONES_H

#include "base/bytes.h"
#include "dns/message.h"
#include "dns/name.h"
#include "zone/txn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A tenth of the turns for tests of one thread where ThreadSanitizer slows them down by as much. */
#ifdef LOCUM_TSAN
enum { SLOWER = 10 };
#else
enum { SLOWER = 1 };
#endif

/* The wire form of a name in text; good for the next fifteen calls. */
static inline uint8_t *wire(const char *text)
{
	static uint8_t names[16][NAME_MAX_OCTETS];
	static unsigned next;
	uint8_t *const name = names[next++ % 16];
	struct err err;
	if (!name_parse(name, text, strlen(text), NULL, &err))
		fail_msg("%s: %s", text, err.text);
	return name;
}

/* Text of a name; good for the next three calls. */
static inline const char *text(const uint8_t *name)
{
	static char texts[4][NAME_TEXT_MAX];
	static unsigned next;
	return name_text(name, texts[next++ % 4]);
}

/* strcat() that fails the test where there is no room. */
static inline void append(char *out, size_t room, const char *more)
{
	const size_t used = strlen(out);
	const int len = snprintf(out + used, room - used, "%s", more);
	if ((size_t)len >= room - used)
		fail_msg("no room for %s", more);
}

/* The same numbers in every run: splitmix64. */
struct dice {
	uint64_t state;
};

static inline uint32_t roll(struct dice *dice, uint32_t below)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 32) % below;
}

enum { SOA_OCTETS = 22 };

/* An SOA's RDATA with root names. */
static inline void soa_wire(uint8_t out[SOA_OCTETS], uint32_t serial)
{
	memset(out, 0, SOA_OCTETS);
	bytes_put32(out + 2, serial);
}

static inline void add(
	struct txn *txn, const uint8_t *name, uint16_t type, const void *rdata, size_t len)
{
	static const struct txn_limits wide = {RRSET_RECORDS_MAX, UINT16_MAX};
	const struct rdata record = {.wire = rdata, .len = (uint16_t)len};
	uint32_t ttl = 300;
	struct err err = {"it is outside the zone"};
	if (txn_add(txn, name, type, &ttl, record, &wide, &err) >= TXN_OUTSIDE)
		fail_msg("%s: %s", text(name), err.text);
}

/* A transaction for a zone being loaded, with SOA and NS. */
static inline struct txn *new_zone(const char *apex, uint32_t serial)
{
	struct txn *const txn = txn_new(wire(apex));
	uint8_t soa[SOA_OCTETS];
	soa_wire(soa, serial);
	add(txn, wire(apex), TYPE_SOA, soa, sizeof soa);
	add(txn, wire(apex), TYPE_NS, "\2ns\7example", 12);
	return txn;
}

static inline struct zone *commit(struct txn *txn)
{
	struct err err;
	struct zone *const zone = txn_commit(txn, NULL, 0, NULL, &err);
	if (zone == NULL)
		fail_msg("%s", err.text);
	return zone;
}

/* A label that is short, like others, and often hard to put in order; its length. */
static inline size_t random_label(struct dice *dice, uint8_t *out)
{
	static const char *const odd[] = {"*", "-", "_", "0", "9", "a", "A", "z", "Z", "b", "[",
		"{", "`", "@", "/", ".", "\x01", "\x02", "\x7f", "\x80", "\xa7", "\xa8", "\xd4",
		"\xd5", "\xff", "www", "WWW", "ww", "wwww", "_tcp", "host1", "host2", "a-b", "ab"};
	static const uint8_t zeros[] = {0, 0, 1, 0, 2, 1, 1, 0};
	if (roll(dice, 4) > 0) {
		const char *const label = odd[roll(dice, COUNT_OF(odd))];
		memcpy(out, label, strlen(label));
		return strlen(label);
	}
	size_t len = 1 + roll(dice, 3);
	if (roll(dice, 2) > 0) {
		memcpy(out, zeros + roll(dice, 5), len);
		return len;
	}
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)roll(dice, 256);
	return len;
}

/* A name of at most `labels` labels below `top`. */
static inline void random_name(
	struct dice *dice, const uint8_t *top, uint32_t labels, uint8_t name[NAME_MAX_OCTETS])
{
	size_t len = name_len(top);
	memcpy(name, top, len);
	for (uint32_t n = roll(dice, labels + 1); n > 0; n--) {
		uint8_t label[64];
		const size_t octets = random_label(dice, label + 1);
		label[0] = (uint8_t)octets;
		if (len + octets + 1 > NAME_MAX_OCTETS)
			return;
		memmove(name + octets + 1, name, len);
		memcpy(name, label, octets + 1);
		len += octets + 1;
	}
}

/* How many whole labels the first `len` octets of a key hold. */
static inline size_t key_labels(const uint8_t *at, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += at[i] == 0;
	return n;
}

#endif
