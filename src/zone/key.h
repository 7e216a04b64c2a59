/*
 * A name as the tree walks it: from the root label down, case folded, one small
 * number a step, so that keys compare as names do in canonical order
 * (RFC 4034 6.1).  Made once a query and used for all its lookups.  Pure.
 */
#ifndef LOCUM_ZONE_KEY_H
#define LOCUM_ZONE_KEY_H

#include <stdint.h>

enum { KEY_MAX = 512 };

struct key {
	const uint8_t *name; /* borrowed: the wire name it was made from */
	uint16_t len;        /* steps in `at` */
	uint8_t name_len;    /* octets of the name */
	uint8_t labels;      /* the root not counted */
	uint8_t at[KEY_MAX];
};

void key_make(struct key *key, const uint8_t *name);

#endif
