#include "zone/rrhead.h"

#include "dns/rrtype.h"
#include "zone/rdfields.h"

#include <string.h>
#include <strings.h>

bool word_is(struct word word, const char *text)
{
	return !word.quoted && word.len == strlen(text) &&
	       strncasecmp(word.text, text, word.len) == 0;
}

static bool is_class(struct word word)
{
	return word_is(word, "CH") || word_is(word, "HS") || word_is(word, "CS") ||
	       (word.len > 5 && !word.quoted && strncasecmp(word.text, "CLASS", 5) == 0);
}

bool rrhead_ttl(struct word word, struct ttl *ttl, struct err *err)
{
	char shown[WORD_SHOWN_MAX];
	ttl->known = !word.quoted && period_parse(word.text, word.len, &ttl->seconds) &&
		     ttl->seconds <= RRHEAD_TTL_MAX;
	return ttl->known || err_set(err, "\"%s\" is not a TTL: 0 to %d seconds, or like 1h30m",
				     word_shown(word, shown), RRHEAD_TTL_MAX);
}

bool rrhead_parse(struct words *words, struct rrhead *head, struct err *err)
{
	struct word word;
	char shown[WORD_SHOWN_MAX];
	*head = (struct rrhead){0};
	while (words_next(words, &word)) {
		if (!head->ttl.known && word.text[0] >= '0' && word.text[0] <= '9') {
			if (!rrhead_ttl(word, &head->ttl, err))
				return false;
		} else if (!head->classed && (word_is(word, "IN") || word_is(word, "CLASS1"))) {
			head->classed = true;
		} else if (is_class(word)) {
			return err_set(
				err, "class \"%s\": only IN is served", word_shown(word, shown));
		} else {
			return (!word.quoted && rrtype_parse(word.text, word.len, &head->type)) ||
			       err_set(err,
				       "\"%s\" is not a record type; one without a name is written "
				       "TYPE65280",
				       word_shown(word, shown));
		}
	}
	return err_set(err, "%s", words->bad != NULL ? words->bad : "the record has no type");
}
