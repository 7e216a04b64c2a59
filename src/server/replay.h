/*
 * What a policy would have made of outcomes that were recorded: the real engine under a made-up
 * clock that runs as the recorded one did.  Operators' words and values are not played: home
 * answers at first, and a gate whose value is not known lets pass.  Pure.
 */
#ifndef LOCUM_SERVER_REPLAY_H
#define LOCUM_SERVER_REPLAY_H

#include "failover/policy.h"
#include "store/store.h"

enum { REPLAY_FLAP_S = 600 };

struct replayed_service {
	uint32_t switches; /* the first pick is none */
	uint32_t flaps;    /* switches that were the last but one again, within REPLAY_FLAP_S */
	span_t wrong; /* how long an endpoint whose checks failed when last asked was an answer,
			 or there was none, while those of another passed */
};

struct replayed {
	struct replayed_service *services; /* as in the policy; heap */
	uint64_t outcomes;                 /* that checks of the policy brought */
	size_t silent;                     /* its checks of which there is nothing */
};

/*
 * `runs` in any order; those of checks that the policy does not have are left out.  The outcomes of
 * a run are taken to have come evenly.  It ends at `end_ns`, wall clock, or with the last outcome
 * if that is later.  Freed with free(services).
 */
struct replayed replay(const struct policy *policy, const struct store_run runs[], size_t n,
	int64_t end_ns) MUST_USE;

#endif
