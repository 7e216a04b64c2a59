/* Random numbers; those for the order of records need not be secret.  Owner: one thread each. */
#ifndef LOCUM_RESPONDER_DICE_H
#define LOCUM_RESPONDER_DICE_H

#include <stdint.h>

struct dice {
	uint64_t state; /* never 0 */
};

void dice_seed(struct dice *dice); /* from the kernel */

uint64_t dice_secret(void); /* that nobody can guess */

static inline uint32_t dice_roll(struct dice *dice)
{
	uint64_t x = dice->state; /* xorshift64* */
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	dice->state = x;
	return (uint32_t)(x * 0x2545F4914F6CDD1DU >> 32);
}

#endif
