#include "probes/pattern.h"

#include "base/mem.h"

#include <assert.h>
#include <regex.h>
#include <stdlib.h>

struct pattern {
	regex_t regex;
};

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

bool pattern_check(const char *text, struct err *err)
{
	regex_t regex;
	if (text == NULL)
		return true;
	if (refers_back(text))
		return err_set(err, "a back reference such as \\1 is not supported; write the "
				    "pattern without it");
	const int code = regcomp(&regex, text, REG_EXTENDED);
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
	const int code = regcomp(&pattern->regex, text, REG_EXTENDED);
	assert(code == 0);
	(void)code;
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	regfree(&pattern->regex);
	free(pattern);
}

bool pattern_find(
	const struct pattern *pattern, const char *octets, size_t len, struct found *found)
{
	regmatch_t at[2] = {{.rm_so = 0, .rm_eo = (regoff_t)len}, {.rm_so = -1}};
	if (regexec(&pattern->regex, octets, COUNT_OF(at), at, REG_STARTEND) != 0)
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
	regmatch_t at[PATTERN_GROUPS_MAX + 1] = {{.rm_so = 0, .rm_eo = (regoff_t)len}};
	const int flags = REG_STARTEND | (end == PATTERN_MORE ? REG_NOTEOL : 0);
	assert(group < COUNT_OF(at));
	if (regexec(&pattern->regex, octets, group + 1, at, flags) != 0)
		return false;
	if (found != NULL)
		*found = at[group].rm_so < 0 ? (struct found){0, 0}
					     : (struct found){(size_t)at[group].rm_so,
						       (size_t)(at[group].rm_eo - at[group].rm_so)};
	return true;
}
