#include "zone/key.h"

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

/* name_fold() for the query path, where a call for each octet would show. */
static inline uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

/* One label, `from` at its length octet; where the next one goes. */
static uint8_t *put_label(uint8_t *to, const uint8_t *from)
{
	for (const uint8_t *const last = from + from[0]; from < last;) {
		const uint8_t octet = fold(*++from);
		if (octet <= 1) {
			*to++ = 1;
			*to++ = (uint8_t)(octet + 1);
		} else {
			*to++ = octet;
		}
	}
	*to++ = 0;
	return to;
}

void key_make(struct key *key, const uint8_t *name)
{
	const uint8_t *starts[KEY_LABELS];
	size_t n = 0;
	const uint8_t *from = name;
	for (; from[0] != 0; from += from[0] + 1)
		starts[n++] = from;
	key->name = name;
	key->name_len = (uint8_t)(from + 1 - name);
	key->labels = (uint8_t)n;
	uint8_t *to = key->at;
	key->ends[0] = 0;
	for (size_t i = 1; i <= n; i++) {
		to = put_label(to, starts[n - i]);
		key->ends[i] = (uint16_t)(to - key->at);
	}
	*to = 0;
	key->len = key->ends[n];
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
