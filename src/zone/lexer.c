#include "zone/lexer.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What stops a run of ordinary octets, in a line and in a word. */
enum { IN_LINE = 1, IN_WORD = 2 };
static const uint8_t stops[256] = {
	['\0'] = IN_LINE | IN_WORD,
	['\n'] = IN_LINE | IN_WORD,
	['\r'] = IN_LINE,
	[';'] = IN_LINE | IN_WORD,
	['('] = IN_LINE | IN_WORD,
	[')'] = IN_LINE | IN_WORD,
	['"'] = IN_LINE | IN_WORD,
	['\\'] = IN_LINE | IN_WORD,
	[' '] = IN_WORD,
	['\t'] = IN_WORD,
};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static const char *run(const char *at, const char *end, uint8_t until)
{
	while (at < end && !(stops[(uint8_t)*at] & until))
		at++;
	return at;
}

bool lexer_is_text(const char *text, size_t len, size_t *number, struct err *err)
{
	*number = 1;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return err_set(err, "the file begins with a byte order mark: save it without");
	if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		return err_set(err, "the file is UTF-16: save it as plain text");
	const char *const nul = memchr(text, '\0', len);
	if (nul == NULL)
		return true;
	for (const char *at = text; at < nul; at++)
		*number += *at == '\n';
	return err_set(err, "a NUL octet: this is not a text file");
}

void lexer_init(struct lexer *lexer, const char *text, size_t len)
{
	*lexer = (struct lexer){.at = text, .end = text + len, .number = 1};
}

void lexer_free(struct lexer *lexer) { free(lexer->joined); }

/* The piece from `from` to `to` and a space: what stood behind it is left out. */
static void join(struct lexer *lexer, const char *from, const char *to)
{
	const size_t len = (size_t)(to - from);
	if (lexer->joined_len + len > LEXER_LINE_MAX) {
		lexer->joined_len = LEXER_LINE_MAX + 1; /* the caller refuses it at the end */
		return;
	}
	lexer->joined = mem_grow(
		lexer->joined, &lexer->joined_room, lexer->joined_len + len + 1, sizeof(char));
	memcpy(lexer->joined + lexer->joined_len, from, len);
	lexer->joined_len += len;
	lexer->joined[lexer->joined_len++] = ' ';
}

static const char *line_end(const char *at, const char *end)
{
	const char *const newline = memchr(at, '\n', (size_t)(end - at));
	return newline == NULL ? end : newline;
}

/* What is wrong is said of the line where it stands, not of the one where a parenthesis opened. */
static enum lexer_found refuse(struct lexer *lexer, struct lexer_line *line, size_t depth,
	struct err *err, const char *why)
{
	if (depth > 0 && line->number != lexer->number)
		(void)err_set(
			err, "%s; the parenthesis of line %zu is open here", why, line->number);
	else
		(void)err_set(err, "%s", why);
	line->number = lexer->number;
	lexer->at = line_end(lexer->at, lexer->end);
	if (lexer->at < lexer->end) {
		lexer->at++;
		lexer->number++;
	}
	return LEXER_BAD;
}

/* Behind the closing quote of the string that opens at `at`; NULL: none on this line. */
static const char *quote_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '\n'; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\' && at + 1 < end && at[1] != '\n')
			at++;
	}
	return NULL;
}

/* Ends the line with the piece that is left; blank ones give nothing. */
static bool finish(struct lexer *lexer, const char *from, const char *to, struct lexer_line *line)
{
	if (lexer->joined_len > 0) {
		join(lexer, from, to);
		line->text = lexer->joined;
		line->len = lexer->joined_len;
	} else {
		line->text = from;
		line->len = (size_t)(to - from);
	}
	if (line->len > LEXER_LINE_MAX)
		return true; /* to be refused */
	for (size_t i = 0; i < line->len; i++)
		if (!is_blank(line->text[i]))
			return true;
	return false;
}

enum step { STEP_KEEP, STEP_DROP, STEP_BAD };

/* Past one special octet that is no newline: whether it stays in the line. */
static enum step step(const char **at, const char *end, size_t *depth, const char **why)
{
	const char *const here = *at;
	*at = here + 1;
	switch (*here) {
	case '"':
		*at = quote_end(here, end);
		*why = "the quote is not closed on its line";
		return *at == NULL ? STEP_BAD : STEP_KEEP;
	case '\\':
		*at = here + 2;
		*why = "a backslash ends the line";
		return *at > end || here[1] == '\n' || here[1] == '\r' ? STEP_BAD : STEP_KEEP;
	case '(': ++*depth; return STEP_DROP;
	case ')':
		*why = "\")\" without \"(\" before it";
		return (*depth)-- == 0 ? STEP_BAD : STEP_DROP;
	case ';': *at = line_end(here, end); return STEP_DROP;
	case '\r':
		*why = "a carriage return within the line";
		return *at < end && **at != '\n' ? STEP_BAD : STEP_DROP;
	default: *why = "a NUL octet: this is not a text file"; return STEP_BAD;
	}
}

/*
 * One line, parentheses included; LEXER_END: it was blank.  `from` is where the
 * piece that was not joined yet begins; a piece is joined where something
 * behind it is left out.
 */
static enum lexer_found scan(struct lexer *lexer, struct lexer_line *line, struct err *err)
{
	const char *from = lexer->at, *at = from, *here, *why = NULL;
	size_t depth = 0;
	lexer->joined_len = 0;
	while (here = run(at, lexer->end, IN_LINE), here < lexer->end) {
		lexer->at = at = here;
		if (*here == '\n') {
			lexer->at = ++at;
			lexer->number++;
			if (depth == 0)
				return finish(lexer, from, here, line) ? LEXER_LINE : LEXER_END;
		} else {
			const size_t open = depth;
			const enum step done = step(&at, lexer->end, &depth, &why);
			if (done == STEP_BAD)
				return refuse(lexer, line, open, err, why);
			if (done == STEP_KEEP)
				continue;
		}
		join(lexer, from, here);
		from = at;
	}
	lexer->at = lexer->end;
	if (depth == 0)
		return finish(lexer, from, here, line) ? LEXER_LINE : LEXER_END;
	(void)err_set(err, "\"(\" is never closed");
	return LEXER_BAD;
}

enum lexer_found lexer_next(struct lexer *lexer, struct lexer_line *line, struct err *err)
{
	while (lexer->at < lexer->end) {
		line->number = lexer->number;
		line->indented = is_blank(lexer->at[0]);
		const enum lexer_found found = scan(lexer, line, err);
		if (found == LEXER_LINE && line->len > LEXER_LINE_MAX) {
			(void)err_set(err, "the line is longer than %d octets", LEXER_LINE_MAX);
			return LEXER_BAD;
		}
		if (found != LEXER_END) /* the end of a blank line */
			return found;
	}
	return LEXER_END;
}

bool words_left(struct words *words)
{
	while (words->at < words->end && is_blank(*words->at))
		words->at++;
	return words->at < words->end && words->bad == NULL;
}

static bool stop(struct words *words, const char *why)
{
	words->bad = why;
	return false;
}

static bool quoted(struct words *words, struct word *word)
{
	const char *const after = quote_end(words->at, words->end);
	if (after == NULL)
		return stop(words, "a quote is not closed");
	*word = (struct word){words->at + 1, (size_t)(after - words->at) - 2, true};
	if (memchr(word->text, '\0', word->len) != NULL)
		return stop(words, "a NUL octet");
	words->at = after;
	return true;
}

/* A quoted part within a word belongs to it, quotes and all: alpn="h2,h3". */
bool words_next(struct words *words, struct word *word)
{
	if (!words_left(words))
		return false;
	if (*words->at == '"')
		return quoted(words, word);
	const char *at = words->at, *const end = words->end;
	for (;;) {
		at = run(at, end, IN_WORD);
		if (at == end || is_blank(*at))
			break;
		struct word part;
		switch (*at) {
		case '\\':
			if (at + 1 == end || at[1] == '\n' || at[1] == '\0')
				return stop(words, "a backslash with nothing behind it");
			at += 2;
			continue;
		case '"': {
			struct words inner = {.at = at, .end = end};
			if (!quoted(&inner, &part))
				return stop(words, inner.bad);
			at = inner.at;
			continue;
		}
		case ';': return stop(words, "a bare \";\": write \"\\;\" or put it in quotes");
		case '\n': return stop(words, "a newline");
		case '\0': return stop(words, "a NUL octet");
		default:
			return stop(words, "a bare parenthesis: write \"\\(\" or put it in quotes");
		}
	}
	*word = (struct word){words->at, (size_t)(at - words->at), false};
	words->at = at;
	return true;
}

bool word_has_quotes(struct word word)
{
	if (word.quoted || word.len == 0 || memchr(word.text, '"', word.len) == NULL)
		return word.quoted;
	for (size_t i = 0; i < word.len; i++) {
		if (word.text[i] == '"')
			return true;
		if (word.text[i] == '\\')
			i++;
	}
	return false;
}
