#include "zone/key.h"

#include "dns/name.h"

#include <stdbool.h>
#include <string.h>

/* Alone in their groups: the label's end, '*', '-', digits, '_', '`', letters. */
const uint8_t key_steps[2][256] = {
	{
		0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,                 /* 0x00 */
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,                 /* 0x10 */
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 3, 4, 5, 5,                 /* 0x20 */
		6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16, 16, 16,     /* 0x30 */
		16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, /* 0x40 */
		16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, /* 0x50 */
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, /* 0x60 */
		34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 45, 45, 45, 45, /* 0x70 */
		45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, /* 0x80 */
		45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, /* 0x90 */
		45, 45, 45, 45, 45, 45, 45, 45, 46, 46, 46, 46, 46, 46, 46, 46, /* 0xa0 */
		46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, /* 0xb0 */
		46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, /* 0xc0 */
		46, 46, 46, 46, 46, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, /* 0xd0 */
		47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, /* 0xe0 */
		47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, /* 0xf0 */
	},
	{
		0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,            /* 0x00 */
		15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, /* 0x10 */
		31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 0, 0, 1, 0, 0, 1,       /* 0x20 */
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5,                 /* 0x30 */
		6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,     /* 0x40 */
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 0,  /* 0x50 */
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,                 /* 0x60 */
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4,                 /* 0x70 */
		5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,      /* 0x80 */
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, /* 0x90 */
		37, 38, 39, 40, 41, 42, 43, 44, 0, 1, 2, 3, 4, 5, 6, 7,         /* 0xa0 */
		8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,   /* 0xb0 */
		24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, /* 0xc0 */
		40, 41, 42, 43, 44, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,           /* 0xd0 */
		11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, /* 0xe0 */
		27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, /* 0xf0 */
	},
};

enum { LANES = 16 }; /* octets that are folded or copied at once */

/*
 * name_fold() of `len` octets in place; how many of them are 0 or 1.  Goes on
 * to the next multiple of LANES, where the octets must be 255.
 */
static size_t fold(uint8_t *at, size_t len)
{
	uint8_t octets __attribute__((vector_size(LANES)));
	uint8_t low __attribute__((vector_size(LANES))) = {0};
	for (size_t i = 0; i < len; i += LANES) {
		memcpy(&octets, at + i, LANES);
		octets |= (octets - 'A' <= 'Z' - 'A') & 0x20;
		low -= octets <= 1; /* true is -1 */
		memcpy(at + i, &octets, LANES);
	}
	uint64_t halves[2];
	memcpy(halves, &low, LANES);
	return (halves[0] + halves[1]) * UINT64_C(0x0101010101010101) >> 56;
}

/* One label with octets to be written as two, `from` at its length; where the next one goes. */
static size_t put_escaped(uint8_t *at, size_t used, const uint8_t *from)
{
	for (const uint8_t *const last = from + from[0]; from < last;) {
		const uint8_t octet = *++from;
		if (octet <= 1)
			at[used++] = 1;
		at[used++] = octet <= 1 ? (uint8_t)(octet + 1) : octet;
	}
	at[used++] = 0;
	return used;
}

/* The same where there are none: what is written behind the label the next one overwrites. */
static size_t put_plain(uint8_t *at, size_t used, const uint8_t *from)
{
	const size_t len = *from++;
	memcpy(at + used, from, LANES);
	for (size_t i = LANES; i < len; i += LANES)
		memcpy(at + used + i, from + i, LANES);
	at[used + len] = 0;
	return used + len + 1;
}

void key_make(struct key *key, const uint8_t *name)
{
	uint8_t starts[KEY_LABELS], folded[NAME_MAX_OCTETS + 2 * LANES];
	size_t labels = 0, singles = 0; /* those of one octet */
	size_t end = 0;                 /* where the root label is */
	for (; name[end] != 0; end += name[end] + 1U) {
		starts[labels++] = (uint8_t)end;
		singles += name[end] == 1;
	}
	memcpy(folded, name, end);
	memset(folded + end, 0xff, LANES);
	/* A label's length is 0 or 1 only when it has one octet. */
	const bool escapes = fold(folded, end) != singles;
	size_t used = 0;
	uint16_t *ends = key->ends;
	*ends++ = 0;
	for (size_t i = labels; i-- > 0;) {
		const uint8_t *const label = folded + starts[i];
		used = escapes ? put_escaped(key->at, used, label)
			       : put_plain(key->at, used, label);
		*ends++ = (uint16_t)used;
	}
	key->at[used] = 0;
	key->name = name;
	key->len = (uint16_t)used;
	key->name_len = (uint8_t)(end + 1);
	key->labels = (uint8_t)labels;
}

size_t key_labels(const struct key *key, size_t len)
{
	size_t n = key->labels;
	while (key->ends[n] > len)
		n--;
	return n;
}

size_t key_name(const uint8_t *at, size_t len, uint8_t name[255])
{
	uint8_t *to = name;
	while (len > 0) {
		size_t start = len - 1; /* at the 0 behind the label */
		while (start > 0 && at[start - 1] != 0)
			start--;
		uint8_t *const length = to++;
		for (size_t i = start; i < len - 1; i++)
			*to++ = at[i] != 1 ? at[i] : (uint8_t)(at[++i] - 1);
		*length = (uint8_t)(to - length - 1);
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
