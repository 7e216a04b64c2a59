/*
 * What goes into the additional section: the addresses of what an answer or a referral points to.
 * Owner: the call that makes the response.
 */
#ifndef LOCUM_ZONE_ADDITIONAL_H
#define LOCUM_ZONE_ADDITIONAL_H

#include "zone/reply.h"
#include "zone/zone.h"

struct view;

/* One name being answered: where it leads is known when it has been. */
struct step {
	struct reply *reply;
	const struct view *view;
	struct owner asked;
	const struct zone *zone; /* the one that answers */
	const struct key *key;   /* of `asked` */
	bool first;              /* `asked` is the name of the question */
};

/* What this answer gets of an RRset; NULL: nothing. */
static inline const struct rrset *share_of(const struct step *step, const struct rrset *set)
{
	return set != NULL && set->split ? rrset_deal(set, step->reply->dice) : set;
}

/* Those of `set` at `node`, which is the answer and was written last: as far as they fit, and none
 * for a long answer, whose client will not use them all. */
void additional_put(struct step *step, const struct node *node, const struct rrset *set);
/* Those of the servers of a referral, written last, to the cut whose key is the first `cut` octets
 * of the asked name's.  False when what is below the cut does not all fit (RFC 9471). */
bool additional_put_glue(struct step *step, const struct rrset *ns, size_t cut) MUST_USE;

#endif
