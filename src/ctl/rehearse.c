#include "ctl/show.h"
#include "ctl/talk.h"

#include <string.h>

enum ctl_exit talk_test(const struct talk *talk)
{
	const char *const file =
		json_string_value(json_object_get(talk->command->question, "configuration"));
	(void)fflush(talk->out);
	return talk->tools->test(file) ? CTL_DONE : CTL_FAILED;
}

static const char *given(const struct talk *talk, const char *key)
{
	return json_string_value(json_object_get(talk->command->question, key));
}

/* All outcomes since then, in pages; NULL, and why. */
static json_t *fetch(const struct talk *talk, enum ctl_exit *why)
{
	const char *const since = given(talk, "since");
	json_t *const pages = json_array();
	json_int_t after = 0;
	do {
		json_t *const question = json_pack(
			"{s:s, s:s}", "verb", "outcomes", "since", since != NULL ? since : "7d");
		if (after != 0)
			(void)json_object_set_new(question, "after", json_integer(after));
		json_t *const page = talk_ask(talk, question, why);
		const bool good = json_is_true(json_object_get(page, "ok"));
		const json_int_t next = json_integer_value(json_object_get(page, "next"));
		json_decref(question);
		if (page != NULL && !good)
			*why = talk_failure(talk, page);
		if (!good || (next != 0 && next <= after)) {
			json_decref(page);
			json_decref(pages);
			return NULL;
		}
		(void)json_array_append_new(pages, page);
		after = next;
	} while (after != 0);
	return pages;
}

static enum ctl_exit compare(const struct talk *talk, const json_t *pages)
{
	const char *const loaded =
		json_string_value(json_object_get(json_array_get(pages, 0), "configuration"));
	const char *const old = given(talk, "old");
	struct err err;
	if (old == NULL && loaded == NULL) {
		talk_complain(talk, "the daemon does not say which configuration it has; name it "
				    "with --old");
		return CTL_WRONG;
	}
	json_t *const replay =
		talk->tools->replay(old != NULL ? old : loaded, given(talk, "policy"), pages, &err);
	if (replay == NULL) {
		talk_complain(talk, err.text);
		return CTL_FAILED;
	}
	if (talk->command->json) {
		(void)json_dumpf(replay, talk->out, JSON_INDENT(2));
		(void)fputc('\n', talk->out);
	} else {
		show_replay(replay, talk->out);
	}
	json_decref(replay);
	return CTL_DONE;
}

enum ctl_exit talk_replay(const struct talk *talk)
{
	enum ctl_exit result = CTL_WRONG;
	if (given(talk, "policy") == NULL) {
		talk_complain(talk, "which policy? locumctl replay --policy FILE");
		return CTL_USAGE;
	}
	json_t *const pages = fetch(talk, &result);
	if (pages != NULL)
		result = compare(talk, pages);
	json_decref(pages);
	return result;
}
