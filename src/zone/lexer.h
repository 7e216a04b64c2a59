/*
 * Master file text (RFC 1035 5.1) as lines and words: a line is whole, its
 * comments gone and its parentheses joined.  Any octets may come in.  Pure.
 */
#ifndef LOCUM_ZONE_LEXER_H
#define LOCUM_ZONE_LEXER_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* The largest RDATA, every octet of it written as \DDD, still fits. */
enum { LEXER_LINE_MAX = 300000 };

struct lexer {
	const char *at, *end;
	size_t number; /* of the line at `at`, the first is 1 */
	char *joined;  /* what lines that are not one piece of the text are put together in */
	size_t joined_len, joined_room;
};

struct lexer_line {
	const char *text; /* one line, never empty or blank; borrowed until the next */
	size_t len;
	size_t number; /* of the line where it begins */
	bool indented; /* it begins with white space: the owner is the one before */
};

enum lexer_found { LEXER_LINE, LEXER_BAD, LEXER_END };

/* Whether it is text at all: a NUL or a byte order mark would be read as part of a name.  False:
 * `err` says what is wrong in line `*number`; otherwise that is 1. */
bool lexer_is_text(const char *text, size_t len, size_t *number, struct err *err) MUST_USE;
void lexer_init(struct lexer *lexer, const char *text, size_t len); /* `text` is borrowed */
void lexer_free(struct lexer *lexer);                               /* what it points to */
/* BAD: `err` says what is wrong in line->number; the next call goes on behind it. */
enum lexer_found lexer_next(struct lexer *lexer, struct lexer_line *line, struct err *err) MUST_USE;

/* The words of a joined line. */
struct words {
	const char *at, *end;
	const char *bad; /* why words_next had to stop; NULL: it did not */
};

struct word {
	const char *text; /* quotes are taken off, escapes still stand */
	size_t len;
	bool quoted;
};

/* False at the end, and before NUL, a newline, or a bare parenthesis or semicolon. */
bool words_next(struct words *words, struct word *word) MUST_USE;
bool words_left(struct words *words); /* skips white space */
/* Quotes around it, or within it and not escaped. */
bool word_has_quotes(struct word word);

#endif
