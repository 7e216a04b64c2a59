#include "base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PLACES = 18 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool read_whole(const char **at, uint64_t *whole)
{
	*whole = 0;
	for (; is_digit(**at); ++*at) {
		const uint64_t digit = (uint64_t)(**at - '0');
		if (*whole > (UINT64_MAX - digit) / 10)
			return false;
		*whole = *whole * 10 + digit;
	}
	return true;
}

static void read_part(const char **at, uint64_t *part)
{
	int places = 0;
	for (*part = 0; is_digit(**at); ++*at)
		if (places < PLACES) {
			*part = *part * 10 + (uint64_t)(**at - '0');
			places++;
		}
	for (; places < PLACES; places++)
		*part *= 10;
}

bool decimal_parse(const char *text, struct decimal *number)
{
	struct decimal d = {.given = true, .negative = text[0] == '-'};
	const char *at = text + (text[0] == '-' || text[0] == '+');
	const char *const first = at;
	if (!read_whole(&at, &d.whole))
		return false;
	bool digits = at > first;
	if (*at == '.') {
		const char *const point = at++;
		read_part(&at, &d.part);
		digits |= at > point + 1;
	}
	if (!digits || *at != '\0')
		return false;
	d.negative &= d.whole != 0 || d.part != 0; /* there is one zero */
	*number = d;
	return true;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	const int above = a->negative ? -1 : 1;
	if (a->whole != b->whole)
		return a->whole > b->whole ? above : -above;
	if (a->part != b->part)
		return a->part > b->part ? above : -above;
	return 0;
}

const char *decimal_text(const struct decimal *number, char room[DECIMAL_TEXT_MAX])
{
	const char *const sign = number->negative ? "-" : "";
	if (!number->given)
		return "-";
	if (number->part == 0) {
		(void)snprintf(room, DECIMAL_TEXT_MAX, "%s%" PRIu64, sign, number->whole);
		return room;
	}
	(void)snprintf(room, DECIMAL_TEXT_MAX, "%s%" PRIu64 ".%018" PRIu64, sign, number->whole,
		number->part);
	size_t len = strlen(room);
	while (room[len - 1] == '0')
		room[--len] = '\0';
	return room;
}
