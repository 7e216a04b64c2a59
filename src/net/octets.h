/* Octets that wait.  Pure. */
#ifndef LOCUM_NET_OCTETS_H
#define LOCUM_NET_OCTETS_H

#include <stddef.h>
#include <stdint.h>

struct octets { /* zero at first */
	uint8_t *at;
	size_t begin, len, room; /* in use: `len` octets from at + begin */
};

void octets_add(struct octets *octets, const void *data, size_t len);
void octets_drop(struct octets *octets, size_t len); /* the first `len`, which are there */
void octets_free(struct octets *octets);

#endif
