#include "net/octets.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void octets_add(struct octets *octets, const void *data, size_t len)
{
	if (len == 0)
		return;
	if (octets->begin > 0 && octets->begin + octets->len + len > octets->room) {
		memmove(octets->at, octets->at + octets->begin, octets->len);
		octets->begin = 0;
	}
	octets->at = mem_grow(octets->at, &octets->room, octets->begin + octets->len + len, 1);
	memcpy(octets->at + octets->begin + octets->len, data, len);
	octets->len += len;
}

void octets_drop(struct octets *octets, size_t len)
{
	assert(len <= octets->len);
	octets->begin += len;
	octets->len -= len;
	if (octets->len == 0)
		octets->begin = 0;
}

void octets_free(struct octets *octets)
{
	free(octets->at);
	*octets = (struct octets){0};
}
