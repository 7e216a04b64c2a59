#include "responder/dice.h"

#include <stdlib.h>
#include <sys/random.h>

void dice_seed(struct dice *dice)
{
	uint64_t seed = 0;
	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed || seed == 0)
		seed = 0x9E3779B97F4A7C15U; /* too early after boot: any order will do */
	dice->state = seed;
}

uint64_t dice_secret(void)
{
	uint64_t secret = 0;
	if (getrandom(&secret, sizeof secret, 0) != (ssize_t)sizeof secret)
		abort(); /* the kernel has no random numbers */
	return secret;
}
