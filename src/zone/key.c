#include "zone/key.h"

#include "base/attr.h"
#include "base/bytes.h"
#include "dns/name.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* Alone in their groups: the label's end and what stands for '*', '-', digits, '_', '`', letters.
 */
const uint8_t key_steps[256][2] = {
	{0, 0}, {1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {1, 6},                 /* 0x00 */
	{1, 7}, {1, 8}, {1, 9}, {1, 10}, {1, 11}, {1, 12}, {1, 13}, {1, 14},            /* 0x08 */
	{1, 15}, {1, 16}, {1, 17}, {1, 18}, {1, 19}, {1, 20}, {1, 21}, {1, 22},         /* 0x10 */
	{1, 23}, {1, 24}, {1, 25}, {1, 26}, {1, 27}, {1, 28}, {1, 29}, {1, 30},         /* 0x18 */
	{1, 31}, {1, 32}, {1, 33}, {1, 34}, {1, 35}, {1, 36}, {1, 37}, {1, 38},         /* 0x20 */
	{1, 39}, {1, 40}, {1, 41}, {2, 0}, {3, 0}, {3, 1}, {4, 0}, {5, 0},              /* 0x28 */
	{5, 1}, {6, 0}, {7, 0}, {8, 0}, {9, 0}, {10, 0}, {11, 0}, {12, 0},              /* 0x30 */
	{13, 0}, {14, 0}, {15, 0}, {16, 0}, {16, 1}, {16, 2}, {16, 3}, {16, 4},         /* 0x38 */
	{16, 5}, {16, 6}, {16, 8}, {16, 9}, {16, 10}, {16, 11}, {16, 12}, {16, 13},     /* 0x40 */
	{16, 14}, {16, 15}, {16, 16}, {16, 17}, {16, 18}, {16, 19}, {16, 20}, {16, 21}, /* 0x48 */
	{16, 22}, {16, 23}, {16, 24}, {16, 25}, {16, 26}, {16, 27}, {16, 28}, {16, 29}, /* 0x50 */
	{16, 30}, {16, 31}, {16, 32}, {16, 33}, {16, 34}, {16, 35}, {16, 36}, {17, 0},  /* 0x58 */
	{18, 0}, {19, 0}, {20, 0}, {21, 0}, {22, 0}, {23, 0}, {24, 0}, {25, 0},         /* 0x60 */
	{26, 0}, {27, 0}, {28, 0}, {29, 0}, {30, 0}, {31, 0}, {32, 0}, {33, 0},         /* 0x68 */
	{34, 0}, {35, 0}, {36, 0}, {37, 0}, {38, 0}, {39, 0}, {40, 0}, {41, 0},         /* 0x70 */
	{42, 0}, {43, 0}, {44, 0}, {45, 0}, {45, 1}, {45, 2}, {45, 3}, {45, 4},         /* 0x78 */
	{45, 5}, {45, 6}, {45, 7}, {45, 8}, {45, 9}, {45, 10}, {45, 11}, {45, 12},      /* 0x80 */
	{45, 13}, {45, 14}, {45, 15}, {45, 16}, {45, 17}, {45, 18}, {45, 19}, {45, 20}, /* 0x88 */
	{45, 21}, {45, 22}, {45, 23}, {45, 24}, {45, 25}, {45, 26}, {45, 27}, {45, 28}, /* 0x90 */
	{45, 29}, {45, 30}, {45, 31}, {45, 32}, {45, 33}, {45, 34}, {45, 35}, {45, 36}, /* 0x98 */
	{45, 37}, {45, 38}, {45, 39}, {45, 40}, {45, 41}, {45, 42}, {45, 43}, {45, 44}, /* 0xa0 */
	{46, 0}, {46, 1}, {46, 2}, {46, 3}, {46, 4}, {46, 5}, {46, 6}, {46, 7},         /* 0xa8 */
	{46, 8}, {46, 9}, {46, 10}, {46, 11}, {46, 12}, {46, 13}, {46, 14}, {46, 15},   /* 0xb0 */
	{46, 16}, {46, 17}, {46, 18}, {46, 19}, {46, 20}, {46, 21}, {46, 22}, {46, 23}, /* 0xb8 */
	{46, 24}, {46, 25}, {46, 26}, {46, 27}, {46, 28}, {46, 29}, {46, 30}, {46, 31}, /* 0xc0 */
	{46, 32}, {46, 33}, {46, 34}, {46, 35}, {46, 36}, {46, 37}, {46, 38}, {46, 39}, /* 0xc8 */
	{46, 40}, {46, 41}, {46, 42}, {46, 43}, {46, 44}, {47, 0}, {47, 1}, {47, 2},    /* 0xd0 */
	{47, 3}, {47, 4}, {47, 5}, {47, 6}, {47, 7}, {47, 8}, {47, 9}, {47, 10},        /* 0xd8 */
	{47, 11}, {47, 12}, {47, 13}, {47, 14}, {47, 15}, {47, 16}, {47, 17}, {47, 18}, /* 0xe0 */
	{47, 19}, {47, 20}, {47, 21}, {47, 22}, {47, 23}, {47, 24}, {47, 25}, {47, 26}, /* 0xe8 */
	{47, 27}, {47, 28}, {47, 29}, {47, 30}, {47, 31}, {47, 32}, {47, 33}, {47, 34}, /* 0xf0 */
	{47, 35}, {47, 36}, {47, 37}, {47, 38}, {47, 39}, {47, 40}, {47, 41}, {47, 42}, /* 0xf8 */
};

/*
 * Octets that are folded or copied at once, wherever they stand.  Assigned, not memcpy()d: that is
 * a call when _FORTIFY_SOURCE cannot see that it fits.
 */
typedef uint8_t lanes __attribute__((vector_size(16), aligned(1), may_alias));
typedef int8_t ordered __attribute__((vector_size(16))); /* SSE2 compares signed ones alone */
enum { LANES = sizeof(lanes) };
static_assert((int)LANES <= (int)KEY_BEHIND, "what is read behind a name");

static inline lanes load(const uint8_t *from) { return *(const lanes *)from; }
static inline void store(uint8_t *to, lanes octets) { *(lanes *)to = octets; }

/* key_octet() of each: turned until 'A' is the least, and what is below it the greatest. */
static inline lanes fold(lanes octets)
{
	const ordered turned = (ordered)(octets + (INT8_MAX + 1 - 'A'));
	const lanes upper = (lanes)(turned <= INT8_MIN + 'Z' - 'A');
	const lanes low = (lanes)(turned > INT8_MAX - 'A');
	return (octets | (upper & 0x20)) - low;
}

/* One label; what is written behind it the next one overwrites.  Where that goes. */
static inline uint8_t *put_label(uint8_t *to, const uint8_t *from)
{
	const size_t len = *from++;
	store(to, fold(load(from)));
	for (size_t i = LANES; i < len; i += LANES)
		store(to + i, fold(load(from + i)));
	to[len] = 0;
	return to + len + 1;
}

void key_read(
	struct key *key, const uint8_t *name, size_t len, const uint8_t label_at[], unsigned labels)
{
	key->len = (uint16_t)(len - 1);
	key->labels = (uint8_t)labels;
	uint8_t *to = key->at;
	for (const uint8_t *label = label_at + labels; label != label_at;)
		to = put_label(to, name + *--label);
	*to = 0;
}

void key_make(struct key *key, const uint8_t *name)
{
	uint8_t padded[NAME_MAX_OCTETS + KEY_BEHIND], label_at[KEY_LABELS];
	size_t len = 0;
	unsigned labels = 0;
	for (; name[len] != 0; len += name[len] + 1U)
		label_at[labels++] = (uint8_t)len;
	bytes_copy(padded, name, ++len);
	memset(padded + len, 0, KEY_BEHIND);
	key_read(key, padded, len, label_at, labels);
}

size_t key_name(const uint8_t *at, size_t len, uint8_t name[255])
{
	uint8_t *to = name;
	while (len > 0) {
		size_t start = len - 1; /* at the 0 behind the label */
		while (start > 0 && at[start - 1] != 0)
			start--;
		*to++ = (uint8_t)(len - 1 - start);
		for (size_t i = start; i < len - 1; i++)
			*to++ = (uint8_t)(at[i] - (at[i] <= 'A'));
		len = start;
	}
	*to++ = 0;
	return (size_t)(to - name);
}

int key_compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	const int d = memcmp(a, b, a_len < b_len ? a_len : b_len);
	return d != 0 ? d : (a_len > b_len) - (a_len < b_len);
}
