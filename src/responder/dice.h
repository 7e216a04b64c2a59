/* Random numbers; those for the order of records need not be secret.  Owner: one thread each. */
#ifndef LOCUM_RESPONDER_DICE_H
#define LOCUM_RESPONDER_DICE_H

#include <stdint.h>

struct dice {
	uint64_t state;
};

void dice_seed(struct dice *dice); /* from the kernel */

uint64_t dice_secret(void); /* that nobody can guess */

/* Steps of the golden ratio: what is cut from them is even, also from every n-th. */
static inline uint32_t dice_roll(struct dice *dice)
{
	dice->state += 0x9E3779B97F4A7C15U;
	return (uint32_t)(dice->state >> 32);
}

#endif
