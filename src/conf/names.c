#include "conf/names.h"

#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct slot {
	const char *text; /* NULL: free */
	const void *bearer;
};

struct names {
	struct arena *arena;
	size_t n, room; /* `room` is a power of two, at most half of it is in use */
	struct slot *slots;
};

struct names *names_new(struct arena *arena)
{
	struct names *const names = arena_alloc(arena, sizeof *names);
	*names = (struct names){
		.arena = arena, .room = 16, .slots = arena_list(arena, 16, sizeof(struct slot))};
	return names;
}

/* FNV-1a: the texts are the operator's own, nobody chooses them to collide. */
static uint64_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;
	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3;
	return h ^ h >> 32;
}

static struct slot *find(const struct names *names, const char *text)
{
	size_t i = hash(text) & (names->room - 1);
	while (names->slots[i].text != NULL && strcmp(names->slots[i].text, text) != 0)
		i = (i + 1) & (names->room - 1);
	return &names->slots[i];
}

static void grow(struct names *names)
{
	const struct names was = *names;
	names->room *= 2;
	names->slots = arena_list(names->arena, names->room, sizeof *names->slots);
	for (size_t i = 0; i < was.room; i++)
		if (was.slots[i].text != NULL)
			*find(names, was.slots[i].text) = was.slots[i];
}

const void *names_put(struct names *names, const char *text, const void *bearer)
{
	assert(bearer != NULL);
	struct slot *slot = find(names, text);
	if (slot->text != NULL)
		return slot->bearer;
	if (names->n * 2 >= names->room) {
		grow(names);
		slot = find(names, text);
	}
	*slot = (struct slot){text, bearer};
	names->n++;
	return NULL;
}

const void *names_get(const struct names *names, const char *text)
{
	return find(names, text)->bearer;
}
