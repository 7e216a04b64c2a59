#include "answers.h"

#include "base/arena.h"
#include "dns/name.h"
#include "zone/rrtext.h"

#include <stdlib.h>
#include <string.h>

static const struct rrset *find(struct answers answers, const uint8_t *owner, uint16_t type)
{
	const struct node *const node = zone_node(answers.zone, owner);
	return node != NULL ? node_rrset(node, type) : NULL;
}

bool answers_are_picked(struct answers answers, struct err *err)
{
	for (size_t s = 0; s < answers.records->n; s++) {
		const struct service_records *const records = &answers.records->services[s];
		for (size_t i = 0; i < records->n; i++) {
			struct rrset *const picked =
				records_of(records, i, &answers.facts.services[s]);
			const struct rrset *const served =
				find(answers, records->managed[i].owner, records->managed[i].type);
			const bool same =
				picked == NULL || (served != NULL && rrset_equal(served, picked));
			rrset_unref(picked);
			if (!same)
				return err_set(err, "service %s: a record is not that of its pick",
					answers.facts.policy->services[s].name);
		}
	}
	return true;
}

static const char *print(const struct rrset *set, struct arena *arena)
{
	const char *text = "nothing";
	size_t at = 0;
	for (struct rdata r; set != NULL && (r = rrset_each(set, &at)).wire != NULL;) {
		char *const one = rdata_text(set->type, r);
		text = strcmp(text, "nothing") == 0 ? arena_format(arena, "%s", one)
						    : arena_format(arena, "%s + %s", text, one);
		free(one);
	}
	return text;
}

/* The expected RRset, one record after the other. */
static bool read_records(const char *text, const uint8_t *apex, struct arena *arena,
	uint8_t owner[NAME_MAX_OCTETS], uint16_t *type, struct rrset **set, struct err *err)
{
	const size_t name_end = strcspn(text, " "),
		     type_at = name_end + strspn(text + name_end, " ");
	const size_t head = type_at + strcspn(text + type_at, " ");
	const char *rest = text + head;
	*set = NULL;
	while (*rest != '\0') {
		rest += strspn(rest, " +");
		const char *const plus = strstr(rest, " + ");
		const size_t len = plus != NULL ? (size_t)(plus - rest) : strlen(rest);
		const char *const line =
			arena_format(arena, "%.*s %.*s", (int)head, text, (int)len, rest);
		rest += len;
		uint8_t rdata[RDATA_MAX];
		uint16_t rdata_len = 0;
		if (!record_parse(line, apex, owner, type, rdata, &rdata_len, err))
			return false;
		const struct rdata one = {arena_copy(arena, rdata, rdata_len), rdata_len};
		struct rrset *const more =
			*set == NULL ? rrset_new(*type, 0, &one, 1) : rrset_with(*set, one);
		rrset_unref(*set);
		*set = more;
	}
	return *set != NULL || err_set(err, "expect what?  write: expect www A 192.0.2.10");
}

bool answers_are(struct answers answers, const char *text, struct err *err)
{
	struct arena *const arena = arena_new();
	uint8_t owner[NAME_MAX_OCTETS];
	uint16_t type = 0;
	struct rrset *want = NULL;
	bool ok = read_records(text, zone_apex(answers.zone), arena, owner, &type, &want, err);
	if (ok) {
		const struct rrset *const got = find(answers, owner, type);
		const char *const is = print(got, arena);
		if (strcmp(print(want, arena), is) != 0)
			ok = err_set(err, "the answer is %s", is);
	}
	rrset_unref(want);
	arena_free(arena);
	return ok;
}
