#include "base/arena.h"

#include "base/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 * 1024 };

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *newest;
};

struct arena *arena_new(void) { return mem_new(sizeof(struct arena)); }

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	for (struct block *b = arena->newest, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

static struct block *block_add(struct arena *arena, size_t size)
{
	struct block *const b = mem_new(sizeof *b + size);
	b->size = size;
	if (arena->newest != NULL && size > BLOCK) { /* a large one goes behind: keep filling */
		b->next = arena->newest->next;
		arena->newest->next = b;
	} else {
		b->next = arena->newest;
		arena->newest = b;
	}
	return b;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	assert(size <= SIZE_MAX / 2);
	size = (size + align - 1) / align * align;
	struct block *b = arena->newest;
	if (b == NULL || b->size - b->used < size)
		b = block_add(arena, size > BLOCK ? size : BLOCK);
	void *const at = b->data + b->used;
	b->used += size;
	return at;
}

void *arena_list(struct arena *arena, size_t n, size_t each)
{
	assert(each == 0 || n <= SIZE_MAX / 2 / each);
	return arena_alloc(arena, n * each);
}

void *arena_copy(struct arena *arena, const void *from, size_t size)
{
	void *const to = arena_alloc(arena, size);
	if (size > 0)
		memcpy(to, from, size);
	return to;
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *const to = arena_alloc(arena, len + 1);
	memcpy(to, text, len);
	return to;
}

char *arena_format(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	va_list again;
	va_copy(again, args);
	const int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	assert(n >= 0);
	char *const to = arena_alloc(arena, (size_t)n + 1);
	(void)vsnprintf(to, (size_t)n + 1, fmt, again);
	va_end(again);
	return to;
}
