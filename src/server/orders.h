/*
 * What one prober shall know: its share of the checks in force, their numbers on the wire, and
 * which orders it was not yet told.  Pure but for the heap.
 */
#ifndef LOCUM_SERVER_ORDERS_H
#define LOCUM_SERVER_ORDERS_H

#include "conf/conf.h"
#include "prober/report.h"

struct orders;

struct share { /* prober `number` of `of`, from 0 */
	uint32_t number, of;
};

/* `ids`: the last number given; all who share it, borrowed, give no number twice. */
struct orders *orders_new(uint32_t *ids) MUST_USE;
/*
 * Who makes check number `check` of `conf`, of so many: the same for all checks of an address, so
 * that its limit holds.
 */
uint32_t orders_prober(const struct conf *conf, uint32_t check, uint32_t of) MUST_USE;
/*
 * Takes on a share of the checks of `conf`, borrowed until the next adopt, and all references.
 * What has changed is to be told.
 */
void orders_adopt(struct orders *orders, const struct conf *conf, struct share share);
/* A prober that knows nothing: all checks are to be told, nothing is to be forgotten. */
void orders_restart(struct orders *orders);
/*
 * The next order to tell, as a message of at most `room` octets; 0: nothing is left to tell.  It
 * counts as told when orders_told() follows.
 */
size_t orders_next(const struct orders *orders, uint8_t *message, size_t room);
void orders_told(struct orders *orders);
/* One attempt of check number `check` is to be told; what it goes by.  A restart forgets it. */
uint32_t orders_try(struct orders *orders, uint32_t check);
/*
 * The number in the policy of the check that goes by `id`; false: it is watched no more, or a
 * reference in the share of another.
 */
bool orders_check(const struct orders *orders, uint32_t id, uint32_t *check) MUST_USE;
/* The numbers in the policy of all of its share; how many.  The caller frees the list. */
size_t orders_checks(const struct orders *orders, uint32_t **checks) MUST_USE;
void orders_free(struct orders *orders); /* NULL is fine */

#endif
