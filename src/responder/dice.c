#include "responder/dice.h"

#include <sys/random.h>

void dice_seed(struct dice *dice)
{
	uint64_t seed = 0;
	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed || seed == 0)
		seed = 0x9E3779B97F4A7C15U; /* too early after boot: any order will do */
	dice->state = seed;
}
