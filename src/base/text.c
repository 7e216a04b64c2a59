#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Levenshtein's distance; words longer than WORD_MAX are not meant to be near anything. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[WORD_MAX + 1];
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			const size_t swap = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = least(swap, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

const char *text_nearest(const char *word, const char *const candidates[], size_t n)
{
	const size_t len = strlen(word);
	if (len > WORD_MAX)
		return NULL;
	const char *nearest = NULL;
	size_t best = len / 3 + 2; /* further away than this is another word */
	for (size_t i = 0; i < n; i++) {
		const size_t other = strlen(candidates[i]);
		if (other > WORD_MAX)
			continue;
		const size_t d = distance(word, len, candidates[i], other);
		if (d < best && d < other) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}

const char *text_escape(const void *bytes, size_t len, char *out, size_t room)
{
	const uint8_t *const from = bytes;
	size_t used = 0;
	for (size_t i = 0; i < len; i++) {
		char one[5];
		if (from[i] == '\n')
			(void)snprintf(one, sizeof one, "\\n");
		else if (from[i] == '"' || from[i] == '\\')
			(void)snprintf(one, sizeof one, "\\%c", from[i]);
		else if (from[i] < 32 || from[i] > 126)
			(void)snprintf(one, sizeof one, "\\%03u", from[i]);
		else
			(void)snprintf(one, sizeof one, "%c", from[i]);
		const size_t more = strlen(one);
		if (used + more + sizeof "..." > room) {
			(void)snprintf(out + used, room - used, "...");
			return out;
		}
		memcpy(out + used, one, more);
		used += more;
	}
	out[used] = '\0';
	return out;
}

const char *text_plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}
