#include "server/answers.h"

#include "base/arena.h"
#include "dns/name.h"
#include "zone/rrtext.h"

#include <stdlib.h>
#include <string.h>

static const struct rrset *find(const struct zone *zone, const uint8_t *owner, uint16_t type)
{
	const struct node *const node = zone_node(zone, owner);
	return node != NULL ? node_rrset(node, type) : NULL;
}

bool answers_are_picked(struct answers answers, struct err *err)
{
	for (size_t s = 0; s < answers.records->n; s++) {
		const struct service_records *const records = &answers.records->services[s];
		const struct zone *const zone = view_zone(answers.view, records->zone);
		for (size_t i = 0; i < records->n; i++) {
			struct rrset *const picked =
				records_of(records, i, &answers.facts.services[s]);
			const struct rrset *const served =
				find(zone, records->managed[i].owner, records->managed[i].type);
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

/* The zone that a name of a story belongs to, which says what relative names are relative to. */
static const struct zone *zone_of(
	struct answers answers, const char *name, size_t len, struct err *err)
{
	const struct records *const records = answers.records;
	if (len > 0 && name[len - 1] == '.') {
		uint8_t wire[NAME_MAX_OCTETS];
		struct key key;
		if (!name_parse(wire, name, len, NULL, err))
			return NULL;
		key_make(&key, wire);
		const struct zone *const zone = view_find(answers.view, &key);
		if (zone == NULL)
			(void)err_set(err, "no zone has the name %.*s", (int)len, name);
		return zone;
	}
	for (size_t i = 1; i < records->n; i++)
		if (!name_equal(records->services[i].zone, records->services[0].zone)) {
			(void)err_set(err,
				"services stand in several zones; write %.*s with its zone and a "
				"dot at the end",
				(int)len, name);
			return NULL;
		}
	if (records->n == 0) {
		(void)err_set(err, "there are no services");
		return NULL;
	}
	return view_zone(answers.view, records->services[0].zone);
}

struct wanted {
	const struct zone *zone;
	uint8_t owner[NAME_MAX_OCTETS];
	uint16_t type;
	struct rrset *set; /* NULL: nothing */
};

static bool read_owner(struct wanted *wanted, const char *text, size_t name_len, size_t type_at,
	size_t head, struct err *err)
{
	if (!name_parse(wanted->owner, text, name_len, zone_apex(wanted->zone), err))
		return false;
	name_lower(wanted->owner);
	return rrtype_parse(text + type_at, head - type_at, &wanted->type) ||
	       err_set(err, "%.*s is no type of records; write: www A 192.0.2.10",
		       (int)(head - type_at), text + type_at);
}

/* The expected RRset, one record after the other. */
static bool read_records(struct wanted *wanted, struct answers answers, const char *text,
	struct arena *arena, struct err *err)
{
	const size_t name_end = strcspn(text, " "),
		     type_at = name_end + strspn(text + name_end, " ");
	const size_t head = type_at + strcspn(text + type_at, " ");
	const char *rest = text + head;
	*wanted = (struct wanted){.zone = zone_of(answers, text, name_end, err)};
	if (wanted->zone == NULL || !read_owner(wanted, text, name_end, type_at, head, err))
		return false;
	if (strcmp(rest, " nothing") == 0)
		return true;
	while (*rest != '\0') {
		rest += strspn(rest, " +");
		const char *const plus = strstr(rest, " + ");
		const size_t len = plus != NULL ? (size_t)(plus - rest) : strlen(rest);
		const char *const line =
			arena_format(arena, "%.*s %.*s", (int)head, text, (int)len, rest);
		rest += len;
		uint8_t rdata[RDATA_MAX];
		uint16_t rdata_len = 0;
		if (!record_parse(line, zone_apex(wanted->zone), wanted->owner, &wanted->type,
			    rdata, &rdata_len, err))
			return false;
		const struct rdata one = {arena_copy(arena, rdata, rdata_len), rdata_len};
		struct rrset *const more = wanted->set == NULL ? rrset_new(wanted->type, 0, &one, 1)
							       : rrset_with(wanted->set, one);
		rrset_unref(wanted->set);
		wanted->set = more;
	}
	return wanted->set != NULL ||
	       err_set(err, "write the records: www A 192.0.2.10, or nothing");
}

bool answers_are(struct answers answers, const char *text, struct err *err)
{
	struct arena *const arena = arena_new();
	struct wanted wanted;
	bool ok = read_records(&wanted, answers, text, arena, err);
	if (ok) {
		const struct rrset *const got = find(wanted.zone, wanted.owner, wanted.type);
		const char *const is = print(got, arena);
		if (strcmp(print(wanted.set, arena), is) != 0)
			ok = err_set(err, "the answer is %s", is);
	}
	rrset_unref(wanted.set);
	arena_free(arena);
	return ok;
}
