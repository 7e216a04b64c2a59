#include "dns/siphash.h"

#include <endian.h>
#include <string.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t turn(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

static inline uint64_t little(const uint8_t *at)
{
	uint64_t x;
	memcpy(&x, at, sizeof x);
	return le64toh(x);
}

static inline void rounds(struct state *s, unsigned n)
{
	for (; n > 0; n--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = turn(s->v1, 13) ^ s->v0;
		s->v3 = turn(s->v3, 16) ^ s->v2;
		s->v0 = turn(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = turn(s->v1, 17) ^ s->v2;
		s->v3 = turn(s->v3, 21) ^ s->v0;
		s->v2 = turn(s->v2, 32);
	}
}

static inline void take(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	rounds(s, 2);
	s->v0 ^= word;
}

uint64_t siphash(const uint8_t key[SIPHASH_KEY], const uint8_t *data, size_t len)
{
	const uint64_t k0 = little(key), k1 = little(key + 8);
	struct state s = {k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU,
		k0 ^ 0x6c7967656e657261U, k1 ^ 0x7465646279746573U};
	uint64_t last = (uint64_t)len << 56;
	for (; len >= 8; len -= 8, data += 8)
		take(&s, little(data));
	for (size_t i = 0; i < len; i++)
		last |= (uint64_t)data[i] << 8 * i;
	take(&s, last);
	s.v2 ^= 0xff;
	rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
