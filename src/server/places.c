#include "server/places.h"

#include "base/mem.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "net/clock.h"
#include "server/files.h"
#include "server/jtext.h"
#include "zone/zonefile.h"

#include <stdlib.h>
#include <string.h>

enum {
	PLACES_TOLD = 8, /* of an RRset; the others are counted */
	PATIENCE_MS = 10000,
};

bool places_wanted(const json_t *explain)
{
	size_t i;
	const json_t *step;
	json_array_foreach(json_object_get(explain, "steps"), i,
		step) if (json_is_string(json_object_get(step, "file"))) return true;
	return false;
}

struct search {
	json_t *list;
	size_t more;
	mono_t end;
	bool bad; /* not all could be read, or understood */
};

static void found(void *cookie, struct master_place at)
{
	struct search *const search = cookie;
	const size_t n = json_array_size(search->list);
	char *const place = mem_format("%s:%zu", at.path, at.line);
	json_t *const json = jtext(place);
	free(place);
	/* A $GENERATE makes many records in one line. */
	if (n > 0 && json_equal(json_array_get(search->list, n - 1), json)) {
		json_decref(json);
	} else if (n < PLACES_TOLD) {
		(void)json_array_append_new(search->list, json);
	} else {
		search->more++;
		json_decref(json);
	}
}

static void is_bad(void *cookie)
{
	struct search *const search = cookie;
	search->bad = true;
}

static bool wanted(void *cookie)
{
	const struct search *const search = cookie;
	return !mono_reached(search->end, clock_mono());
}

static bool read_name(const json_t *step, const char *key, uint8_t name[NAME_MAX_OCTETS])
{
	const char *const text = json_string_value(json_object_get(step, key));
	struct err err;
	if (text == NULL || !name_parse(name, text, strlen(text), NULL, &err))
		return false;
	name_lower(name);
	return true;
}

/* "FILE:3, FILE:4 and 7 more" */
static char *told(const struct search *search)
{
	char *all = NULL;
	size_t i;
	const json_t *place;
	json_array_foreach(search->list, i, place)
	{
		char *const next = mem_format(
			"%s%s%s", i > 0 ? all : "", i > 0 ? ", " : "", json_string_value(place));
		free(all);
		all = next;
	}
	if (search->more == 0)
		return all;
	char *const next = mem_format("%s and %zu more", all, search->more);
	free(all);
	return next;
}

static void find(json_t *step, const struct load *load, const char *file)
{
	uint8_t apex[NAME_MAX_OCTETS], owner[NAME_MAX_OCTETS];
	uint16_t type;
	const char *const text = json_string_value(json_object_get(step, "type"));
	if (text == NULL || !rrtype_parse(text, strlen(text), &type) ||
		!read_name(step, "zone", apex) || !read_name(step, "owner", owner))
		return;
	const struct zone *const zone = view_zone(load->base, apex);
	const struct node *const node = zone != NULL ? zone_node(zone, owner) : NULL;
	const struct rrset *const set = node != NULL ? node_rrset(node, type) : NULL;
	if (set == NULL)
		return;
	struct search search = {
		.list = json_array(), .end = mono_after(clock_mono(), span_ms(PATIENCE_MS))};
	struct zonefile_sought sought = {owner, set, &search, found, is_bad, wanted};
	zonefile_find(apex, file, files_disk(), &sought);
	char *const at = told(&search);
	if (at != NULL)
		(void)json_object_set_new(step, "source", json_sprintf("static, from %s", at));
	else if (search.bad)
		(void)json_object_set_new(step, "source",
			json_sprintf("%s, which cannot be read now",
				json_string_value(json_object_get(step, "source"))));
	else
		(void)json_object_set_new(step, "source",
			json_sprintf("static, from %s, which does not have it any more", file));
	free(at);
	(void)json_object_set_new(step, "places", search.list);
}

void places_find(json_t *explain, const struct load *load)
{
	size_t i;
	json_t *step;
	json_array_foreach(json_object_get(explain, "steps"), i, step)
	{
		const char *const file = json_string_value(json_object_get(step, "file"));
		if (file != NULL)
			find(step, load, file);
	}
}
