#include "probes/pattern.h"

#include "base/mem.h"

#include <assert.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/*
 * regexec() begins anew at every octet, and may read to the end each time: a text of 64 KB that
 * "[a-z]+:" does not match would take seconds.  Tied to the beginning it reads once; so it is asked
 * whether there is a match before it is asked where.
 */
struct pattern {
	regex_t regex, tied;
};

enum { SHORT_MAX = 256 }; /* octets in which no pattern gets lost */

static int compile_tied(regex_t *tied, const char *text)
{
	/* Not "^.*": a dot matches no NUL, and binary files have some. */
	char *const whole = mem_format("^([^a]|a)*(%s)", text);
	const int code = regcomp(tied, whole, REG_EXTENDED | REG_NOSUB);
	free(whole);
	return code;
}

/* A back reference makes matching exponential: what a peer sends must not cost that. */
static bool refers_back(const char *text)
{
	for (; text[0] != '\0'; text++) {
		if (text[0] == '\\' && text[1] >= '1' && text[1] <= '9')
			return true;
		if (text[0] == '\\' && text[1] != '\0')
			text++;
	}
	return false;
}

/* Behind the bracket expression that `text` begins with; its last octet where it has no end. */
static const char *behind_bracket(const char *text)
{
	text += text[1] == '^' ? 2 : 1;
	text += text[0] == ']';
	while (text[0] != '\0' && text[0] != ']') {
		const char kind = text[1];
		const char close[] = {kind, ']', '\0'};
		const bool class = text[0] == '[' && (kind == ':' || kind == '.' || kind == '=');
		const char *const end = class ? strstr(text + 2, close) : NULL;
		text = end != NULL ? end + 2 : text + 1;
	}
	return text[0] == ']' ? text : text - 1;
}

/* glibc takes a ")" too many for itself, and so would end the group around it in `tied`. */
static bool closes_too_much(const char *text)
{
	size_t open = 0;
	for (; text[0] != '\0'; text++) {
		if (text[0] == '\\' && text[1] != '\0')
			text++;
		else if (text[0] == '[')
			text = behind_bracket(text);
		else if (text[0] == '(')
			open++;
		else if (text[0] == ')' && open-- == 0)
			return true;
	}
	return false;
}

bool pattern_check(const char *text, struct err *err)
{
	regex_t regex;
	if (text == NULL)
		return true;
	if (closes_too_much(text))
		return err_set(
			err, "\"%.200s\" has a ) without its (; for the character write [)]", text);
	if (refers_back(text))
		return err_set(err, "a back reference such as \\1 is not supported; write the "
				    "pattern without it");
	int code = regcomp(&regex, text, REG_EXTENDED);
	if (code == 0) {
		regfree(&regex);
		code = compile_tied(&regex, text);
	}
	if (code != 0) {
		char why[128];
		(void)regerror(code, &regex, why, sizeof why);
		return err_set(err,
			"\"%.200s\" is no extended regular expression: %s; see regex(7)", text,
			why);
	}
	regfree(&regex);
	return true;
}

struct pattern *pattern_new(const char *text)
{
	if (text == NULL)
		return NULL;
	struct pattern *const pattern = mem_new(sizeof *pattern);
	const bool good = regcomp(&pattern->regex, text, REG_EXTENDED) == 0 &&
			  compile_tied(&pattern->tied, text) == 0;
	assert(good);
	(void)good;
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	regfree(&pattern->regex);
	regfree(&pattern->tied);
	free(pattern);
}

/* `at`, unless NULL, gets as many places as there are groups to be told, and one. */
static bool find(const struct pattern *pattern, const char *octets, size_t len, int flags, size_t n,
	regmatch_t at[])
{
	regmatch_t all = {.rm_so = 0, .rm_eo = (regoff_t)len};
	if ((n == 0 || len > SHORT_MAX) &&
		regexec(&pattern->tied, octets, 1, &all, flags | REG_STARTEND) != 0)
		return false;
	if (n == 0)
		return true;
	at[0] = (regmatch_t){.rm_so = 0, .rm_eo = (regoff_t)len};
	return regexec(&pattern->regex, octets, n, at, flags | REG_STARTEND) == 0;
}

bool pattern_find(
	const struct pattern *pattern, const char *octets, size_t len, struct found *found)
{
	regmatch_t at[2] = {{.rm_so = -1}, {.rm_so = -1}};
	if (!find(pattern, octets, len, 0, found != NULL ? COUNT_OF(at) : 0, at))
		return false;
	const regmatch_t *const best = at[1].rm_so >= 0 ? &at[1] : &at[0];
	if (found != NULL)
		*found = (struct found){(size_t)best->rm_so, (size_t)(best->rm_eo - best->rm_so)};
	return true;
}

size_t pattern_groups(const struct pattern *pattern) { return pattern->regex.re_nsub; }

bool pattern_group(const struct pattern *pattern, const char *octets, size_t len,
	enum pattern_end end, size_t group, struct found *found)
{
	regmatch_t at[PATTERN_GROUPS_MAX + 1];
	const int flags = end == PATTERN_MORE ? REG_NOTEOL : 0;
	assert(group < COUNT_OF(at));
	if (!find(pattern, octets, len, flags, found != NULL ? group + 1 : 0, at))
		return false;
	if (found != NULL)
		*found = at[group].rm_so < 0 ? (struct found){0, 0}
					     : (struct found){(size_t)at[group].rm_so,
						       (size_t)(at[group].rm_eo - at[group].rm_so)};
	return true;
}
