/*
 * One arena is one lifetime: a configuration, a parse.  Freeing the arena
 * frees everything reachable from it, never a part.  Allocation never returns
 * NULL: out of memory ends the process.
 */
#ifndef LOCUM_BASE_ARENA_H
#define LOCUM_BASE_ARENA_H

#include "base/attr.h"

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);                         /* NULL is fine */
void *arena_alloc(struct arena *arena, size_t size) MUST_USE; /* zeroed, max-aligned */
void *arena_list(struct arena *arena, size_t n, size_t each) MUST_USE;
void *arena_copy(struct arena *arena, const void *from, size_t size) MUST_USE;
char *arena_text(struct arena *arena, const char *text, size_t len) MUST_USE; /* NUL-terminated */
char *arena_format(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_USE;

#endif
