/*
 * Heap memory that is always there: when it runs out the process ends with a
 * message.  What these return is freed with free().  Any thread; never on the
 * answer path.
 */
#ifndef LOCUM_BASE_MEM_H
#define LOCUM_BASE_MEM_H

#include "base/attr.h"

#include <stddef.h>

void *mem_new(size_t size) MUST_USE;                    /* zeroed */
void *mem_list(size_t n, size_t each) MUST_USE;         /* zeroed; n * each may not overflow */
void *mem_copy(const void *from, size_t size) MUST_USE; /* `size` may be 0 */
char *mem_text(const char *text) MUST_USE;              /* strdup */
char *mem_format(const char *fmt, ...) PRINTF_LIKE(1, 2) MUST_USE;

/* Makes room for at least `need` elements; the new ones are not zeroed.  Returns the moved list. */
void *mem_grow(void *list, size_t *room, size_t need, size_t each) MUST_USE;

#endif
