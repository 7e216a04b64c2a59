#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *there(void *p)
{
	if (p == NULL) {
		static const char last_words[] = "locum: out of memory\n";
		(void)!write(STDERR_FILENO, last_words, sizeof last_words - 1);
		abort();
	}
	return p;
}

void *mem_new(size_t size) { return there(calloc(1, size > 0 ? size : 1)); }

void *mem_list(size_t n, size_t each) { return there(calloc(n > 0 ? n : 1, each)); }

void *mem_copy(const void *from, size_t size)
{
	void *const to = there(malloc(size > 0 ? size : 1));
	if (size > 0)
		memcpy(to, from, size);
	return to;
}

char *mem_text(const char *text) { return mem_copy(text, strlen(text) + 1); }

char *mem_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	const int n = vasprintf(&text, fmt, args);
	va_end(args);
	return there(n < 0 ? NULL : text);
}

void *mem_grow(void *list, size_t *room, size_t need, size_t each)
{
	if (need <= *room)
		return list;
	size_t next = *room < 8 ? 8 : *room + *room / 2;
	if (next < need)
		next = need;
	*room = next;
	return there(reallocarray(list, next, each));
}
