#include "responder/rrl.h"

#include "base/mem.h"

#include <stdlib.h>

enum {
	BUCKETS = 1 << 14, /* of clients */
	BLOCK_BUCKETS = 1 << 12,
	WAYS = 4,         /* of a bucket: 64 octets, a cache line */
	BLOCK_TIMES = 32, /* what a block gets, in shares of one client */
	BURST_S = 2,      /* seconds of its rate that a silent client has saved up */
	V4_BLOCK = 24,
	V6_BLOCK = 32,
};

/* A leaky bucket as one number: when it will be empty.  It overflows BURST_S ahead. */
struct debt {
	int64_t until; /* mono_t */
	uint64_t tag;  /* of whom; 0: nobody */
};

struct rrl {
	struct debt *clients, *blocks;
	uint64_t seed[2];
	unsigned sharers;
	uint32_t limited; /* for slip */
	uint32_t rate;    /* what `each` was made from: a division less a query */
	int64_t each;     /* between two responses to one client, on the long run */
};

struct rrl *rrl_new(unsigned sharers, const uint64_t seed[2])
{
	struct rrl *const rrl = mem_new(sizeof *rrl);
	/* calloc: what nobody uses costs no memory */
	rrl->clients = mem_list((size_t)BUCKETS * WAYS, sizeof *rrl->clients);
	rrl->blocks = mem_list((size_t)BLOCK_BUCKETS * WAYS, sizeof *rrl->blocks);
	rrl->seed[0] = seed[0];
	rrl->seed[1] = seed[1] | 1;
	rrl->sharers = sharers;
	return rrl;
}

void rrl_free(struct rrl *rrl)
{
	if (rrl == NULL)
		return;
	free(rrl->clients);
	free(rrl->blocks);
	free(rrl);
}

/* Who cannot guess the seed cannot make two clients meet. */
static uint64_t hash(const struct rrl *rrl, uint64_t client)
{
	uint64_t x = (client ^ rrl->seed[0]) * rrl->seed[1];
	x = (x ^ x >> 29) + rrl->seed[0];
	x *= 0x9E3779B97F4A7C15U;
	return (x ^ x >> 32) | 1;
}

/* The entry of `tag` in a table: its own, or that of who owes least. */
static struct debt *debt_of(struct debt *table, size_t buckets, uint64_t tag)
{
	struct debt *const bucket = &table[(tag >> 1) % buckets * WAYS];
	struct debt *least = bucket;
	for (unsigned i = 0; i < WAYS; i++) {
		if (bucket[i].tag == tag)
			return &bucket[i];
		if (bucket[i].until < least->until)
			least = &bucket[i];
	}
	*least = (struct debt){.until = 0, .tag = tag};
	return least;
}

/* Numbers for a client and its block; they differ by family and size. */
struct client {
	uint64_t alone, block;
};

static struct client client_of(struct address_bits bits)
{
	if (bits.high == 0 && bits.low >> 32 == 0xFFFF)
		return (struct client){
			address_client(bits), bits.low >> (32 - V4_BLOCK) | (uint64_t)1 << 62};
	return (struct client){
		address_client(bits), bits.high >> (64 - V6_BLOCK) | (uint64_t)3 << 62};
}

/* When the bucket would be empty with one response more. */
static int64_t more(const struct debt *debt, int64_t now, int64_t each)
{
	return (debt->until > now ? debt->until : now) + each;
}

static int64_t between(struct rrl *rrl, uint32_t rate)
{
	if (rrl->rate != rate) {
		rrl->rate = rate;
		rrl->each = span_ms(1000).ns * rrl->sharers / rate;
	}
	return rrl->each;
}

enum rrl_verdict rrl_judge(
	struct rrl *rrl, const struct rate_rule *rule, const struct address *client, mono_t now)
{
	/* 1. No limit is set, or the client is exempt. */
	if (rule->rate == 0)
		return RRL_ANSWER;
	const struct address_bits bits = address_bits(client);
	if (rate_exempts(rule, bits))
		return RRL_ANSWER;

	/* 2. It and the block around it are within their rates. */
	const int64_t each = between(rrl, rule->rate), most_ahead = BURST_S * span_ms(1000).ns;
	const struct client who = client_of(bits);
	struct debt *const block = debt_of(rrl->blocks, BLOCK_BUCKETS, hash(rrl, who.block));
	struct debt *const alone = debt_of(rrl->clients, BUCKETS, hash(rrl, who.alone));
	const int64_t alone_until = more(alone, now.ns, each);
	const int64_t block_until = more(block, now.ns, each / BLOCK_TIMES);
	/* At least one, however small the share. */
	const int64_t most = now.ns + (each > most_ahead ? each : most_ahead);
	if (alone_until <= most && block_until <= most) {
		alone->until = alone_until;
		block->until = block_until;
		return RRL_ANSWER;
	}

	/* 3. Every slip-th goes out truncated. */
	return rule->slip > 0 && ++rrl->limited % rule->slip == 0 ? RRL_SLIP : RRL_DROP;
}
