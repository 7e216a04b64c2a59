/*
 * The names that records point to, for what is looked up next: made once with the RRset, of which
 * it is a part, behind the records.  Immutable.
 */
#ifndef LOCUM_ZONE_TARGET_H
#define LOCUM_ZONE_TARGET_H

#include "zone/key.h"
#include "zone/rrset.h"

#include <stddef.h>
#include <stdint.h>

enum { TARGETS_MAX = 32 }; /* an RRset of more records has none */

struct target {
	uint16_t name_at; /* octets into the RRset's data */
	uint16_t key_at;  /* octets into `struct targets`; what key.h wants behind a key is there */
	uint8_t key_len;
	uint8_t like; /* the first of the records before whose target ends most as this one does */
	uint8_t shared; /* so many octets of their keys, whole labels; 0: none */
};

struct targets { /* of records in their order */
	uint16_t n;
	struct target list[];
};

/* Octets into the data. */
static inline size_t targets_at(const struct rrset *set)
{
	return (set->size + sizeof(uint16_t) - 1) / sizeof(uint16_t) * sizeof(uint16_t);
}

/* NULL: the type is none that points, there are too many records, or one holds no name. */
static inline const struct targets *targets_of(const struct rrset *set)
{
	if (!rrset_points(set->type))
		return NULL;
	const struct targets *const targets = (const void *)(set->data + targets_at(set));
	return targets->n == 0 ? NULL : targets;
}

static inline const uint8_t *target_key(const struct targets *targets, const struct target *target)
{
	return (const uint8_t *)targets + target->key_at;
}

/* Octets of a record of `type` before the name. */
static inline size_t target_skip(uint16_t type)
{
	return type == TYPE_NS ? 0 : type == TYPE_SRV ? 6 : 2;
}

/* For rrset.c: the octets behind the records, and how they are filled; they are 0 before. */
size_t targets_size(const struct rrset *set);
void targets_make(struct rrset *set);

#endif
