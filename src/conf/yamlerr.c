#include "conf/yamlerr.h"

#include "conf/conf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct advice {
	const char *theirs, *ours;
} advices[] = {
	{"mapping values are not allowed in this context",
		"a \":\" stands where no key can; put a text that holds \": \" in quotes, and "
		"check "
		"the indentation"},
	{"could not find expected ':'", "a key needs \": \" behind it; add it, or indent the line "
					"as part of the one above"},
	{"did not find expected key",
		"this fits no open block; indent it as its neighbours are, and put texts with "
		"special characters in quotes"},
	{"did not find expected '-' indicator",
		"a list goes on here without \"- \"; add it, or indent the line as its neighbours "
		"are"},
	{"did not find expected ',' or '}'", "a \"{\" is not closed; put \",\" between its entries "
					     "and \"}\" at its end"},
	{"did not find expected ',' or ']'", "a \"[\" is not closed; put \",\" between its entries "
					     "and \"]\" at its end"},
	{"found unexpected end of stream", "a quote is not closed; add it where the text ends"},
	{"found unexpected document indicator",
		"a quote is not closed; add it where the text ends"},
	{"did not find expected alphabetic or numeric character",
		"a text that begins with \"*\" or \"&\" needs quotes; put them around it"},
	{"found unknown escape character", "no such escape in double quotes; write \"\\\\\" for a "
					   "backslash, or use single quotes"},
	{"block sequence entries are not allowed in this context",
		"a list cannot begin here; put its \"- \" on a line of its own"},
	{"block mapping entries are not allowed in this context",
		"a map cannot begin here; put its keys on lines of their own"},
	{"mapping keys are not allowed in this context",
		"a \"?\" cannot stand here; put a text that begins with it in quotes"},
	{"did not find expected node content",
		"a value is missing; put it here, or take the comma or colon out"},
	{"did not find expected <document start>",
		"the document is over and text goes on; indent the line as its neighbours are"},
	{"found a tab character that violates indentation",
		"a tab stands in the indentation; use spaces"},
	{"found a tab character where an indentation space is expected",
		"a tab stands in the indentation; use spaces"},
};

/* Where the character stands: libyaml counts characters, not octets. */
static char octet_at(const char *bytes, size_t len, yaml_mark_t mark)
{
	const char *at = bytes, *const end = bytes + len;
	for (size_t line = 0; line < mark.line && at < end; line++) {
		const char *const eol = memchr(at, '\n', (size_t)(end - at));
		at = eol != NULL ? eol + 1 : end;
	}
	for (size_t column = 0; column < mark.column && at < end; column++) {
		at++;
		while (at < end && ((uint8_t)*at & 0xC0) == 0x80)
			at++;
	}
	if (at == end)
		return '\0';
	return *at;
}

static struct place place_of_octet(const char *file, const char *bytes, size_t len, size_t offset)
{
	struct place at = {file, 1, 1};
	for (size_t i = 0; i < offset && i < len; i++)
		if (bytes[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (((uint8_t)bytes[i] & 0xC0) != 0x80) {
			at.column++;
		}
	return at;
}

static const char *advice_for(const yaml_parser_t *parser, char there)
{
	if (strcmp(parser->problem, "found character that cannot start any token") == 0)
		return there == '\t' ? "a tab stands in the indentation; use spaces"
				     : "a text that begins with \"%\", \"@\" or \"`\" needs "
				       "quotes; put them around it";
	/* In {...} or [...]; {address} and the like are what operators write there. */
	if (there == '{' && strncmp(parser->problem, "did not find expected ','", 25) == 0)
		return "\"{\" cannot go on a text here; put a text with {...} in double quotes, or "
		       "a \",\" before it";
	for (size_t i = 0; i < COUNT_OF(advices); i++)
		if (strcmp(parser->problem, advices[i].theirs) == 0)
			return advices[i].ours;
	return NULL;
}

void yaml_problem(const yaml_parser_t *parser, const char *file, const char *bytes, size_t len,
	struct conf_problems *problems)
{
	const char *const theirs = parser->problem != NULL ? parser->problem : "out of memory";
	if (parser->error == YAML_READER_ERROR) {
		const struct place at = place_of_octet(file, bytes, len, parser->problem_offset);
		if (strstr(theirs, "UTF-8") != NULL)
			conf_problem(problems, CONF_ERROR, at,
				"the file is not UTF-8 here; save it as UTF-8");
		else
			conf_problem(problems, CONF_ERROR, at,
				"a control character stands here; take it out");
		return;
	}

	/* A lone * or & is the beginning of what cannot be read, not the octet after it. */
	const bool alone = strncmp(theirs, "did not find expected alphabetic", 32) == 0;
	const yaml_mark_t mark = alone ? parser->context_mark : parser->problem_mark;
	const struct place at = {file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
	char begun[64] = "";
	if (parser->context != NULL && parser->context_mark.line != mark.line)
		(void)snprintf(begun, sizeof begun, " (it begins in line %zu)",
			parser->context_mark.line + 1);
	const char *const ours =
		parser->problem != NULL ? advice_for(parser, octet_at(bytes, len, mark)) : NULL;
	if (ours != NULL)
		conf_problem(problems, CONF_ERROR, at, "%s%s", ours, begun);
	else
		conf_problem(problems, CONF_ERROR, at,
			"not YAML: %s%s; check the quotes, brackets and indentation here", theirs,
			begun);
}
