#include "server/explain.h"

#include "base/mem.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "server/facts.h"
#include "server/jfacts.h"
#include "server/jtext.h"
#include "server/outlook.h"
#include "server/sources.h"
#include "zone/key.h"

#include <stdlib.h>
#include <string.h>

enum { HOPS_MAX = 16 };

/* The way from the question to the answer. */
struct way {
	const struct snapshot *s;
	uint16_t type;
	const char *rcode;
	json_t *steps, *services;
	bool *told; /* services, by number */
	uint8_t next[NAME_MAX_OCTETS];
	bool goes_on; /* to `next` */
};

/* One name on it. */
struct stop {
	const uint8_t *name;
	const struct zone *zone;
	struct zone_match match;
	struct key key;
};

/* ---- services ---- */

/* Whose records of that type stand at the name; POLICY_NONE: nobody's. */
static uint32_t service_of(const struct snapshot *s, const uint8_t *owner, uint16_t type)
{
	for (uint32_t i = 0; i < s->load->records->n; i++)
		if (managed_find(&s->load->records->services[i], owner, type) != NULL)
			return i;
	return POLICY_NONE;
}

static json_t *check(const struct snapshot *s, uint32_t number)
{
	const struct last_outcome *const last = &s->last[number];
	const bool any = last->at.ns != 0;
	const uint16_t margin = outlook_margin(s, number);
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "probe",
		jtext(s->facts.policy->checks[number].probe), "state",
		fact_health(s->facts.checks[number].state), "last",
		any ? json_string(fact_outcome(last->outcome)) : json_null(), "at",
		jmoment(s, last->at), "reason", jtext(last->why), "turns_after",
		margin > 0 ? json_integer(margin) : json_null());
}

/* Each check of an endpoint once. */
static json_t *checks(const struct snapshot *s, const struct policy_endpoint *end)
{
	const uint32_t *const uses = &s->facts.policy->uses[end->first];
	json_t *const list = json_array();
	for (uint32_t i = 0; i < end->n; i++) {
		uint32_t first = 0;
		while (uses[first] != uses[i])
			first++;
		if (first == i)
			(void)json_array_append_new(list, check(s, uses[i]));
	}
	return list;
}

static void tell_one(struct way *way, uint32_t service)
{
	const struct snapshot *const s = way->s;
	const struct policy_service *const p = &s->facts.policy->services[service];
	const struct pick *const pick = &s->facts.services[service];
	if (way->told[service])
		return;
	way->told[service] = true;
	json_t *const candidates = jcandidates(s, service);
	for (uint32_t e = 0; e < p->n; e++)
		(void)json_object_set_new(json_array_get(candidates, e), "checks",
			checks(s, &s->facts.policy->endpoints[p->first + e]));
	json_t *const json = json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "name",
		jtext(p->name), "mode", p->rule.mode == MODE_SINGLE ? "single" : "pool", "state",
		fact_service(s, service), "active", jends(s->facts.policy, service, &pick->on),
		"since", jmoment(s, pick->switched), "candidates", candidates, "next",
		outlook(s, service));
	(void)json_object_update_new(json, jservice(s, service));
	(void)json_array_append_new(way->services, json);
}

/* ... and the one that it moves with. */
static void tell_service(struct way *way, uint32_t service)
{
	const uint32_t with = way->s->facts.policy->services[service].with;
	tell_one(way, service);
	if (with != POLICY_NONE)
		tell_one(way, with);
}

/* ---- steps ---- */

/* Where the records of a step come from: into its "source" and, for server/places, "file". */
static void add_source(struct way *way, const struct stop *stop, const uint8_t *owner,
	const struct rrset *set, json_t *step)
{
	char type[RRTYPE_TEXT_MAX];
	const uint32_t service = service_of(way->s, owner, set->type);
	(void)json_object_set_new(step, "owner", jname(owner));
	(void)json_object_set_new(step, "type", json_string(rrtype_text(set->type, type)));
	if (service != POLICY_NONE) {
		tell_service(way, service);
		(void)json_object_set_new(step, "source",
			json_sprintf("service %s", way->s->facts.policy->services[service].name));
		return;
	}
	const struct source *const file = sources_get(way->s->load->sources, zone_apex(stop->zone));
	if (file == NULL)
		return;
	(void)json_object_set_new(step, "file", jtext(file->path));
	(void)json_object_set_new(step, "source",
		json_sprintf("static, from %s%s", file->path,
			file->n_files > 1 ? " or what it includes" : ""));
}

/* `owner`: where `set` stands; NULL: there are no records.  Takes `says`, from the heap. */
static void add_step(struct way *way, const struct stop *stop, const char *how, char *says,
	const uint8_t *owner, const struct rrset *set)
{
	json_t *const records = json_array();
	if (set != NULL)
		jrecords(records, "", strcmp(how, "wildcard") == 0 ? stop->name : owner, set);
	json_t *const step = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "name",
		jname(stop->name), "how", how, "says", jtext(says), "zone",
		stop->zone != NULL ? jname(zone_apex(stop->zone)) : json_null(), "serial",
		stop->zone != NULL ? json_integer(zone_serial(stop->zone)) : json_null(), "source",
		json_null(), "records", records);
	if (set != NULL)
		add_source(way, stop, owner, set, step);
	(void)json_array_append_new(way->steps, step);
	free(says);
}

/* The name in a record of CNAME or DNAME leads on. */
static void lead_on(struct way *way, const struct rrset *set, const uint8_t *prefix, size_t len)
{
	size_t at = 0;
	const struct rdata target = rrset_each(set, &at);
	if (len + target.len > NAME_MAX_OCTETS) {
		way->rcode = "YXDOMAIN";
		return;
	}
	memmove(way->next, prefix, len);
	memcpy(way->next + len, target.wire, target.len);
	name_lower(way->next);
	way->goes_on = true;
}

static void at_cut(struct way *way, const struct stop *stop)
{
	uint8_t owner[NAME_MAX_OCTETS];
	char room[NAME_TEXT_MAX];
	node_name(stop->zone, stop->match.cut, owner);
	add_step(way, stop, "delegation",
		mem_format("delegated: the name servers of %s answer", name_text(owner, room)),
		owner, node_rrset(stop->match.cut, TYPE_NS));
}

static void at_dname(struct way *way, const struct stop *stop)
{
	uint8_t owner[NAME_MAX_OCTETS];
	char room[NAME_TEXT_MAX];
	const struct rrset *const set = node_rrset(stop->match.dname, TYPE_DNAME);
	node_name(stop->zone, stop->match.dname, owner);
	add_step(way, stop, "dname",
		mem_format("redirected by the DNAME at %s", name_text(owner, room)), owner, set);
	lead_on(way, set, stop->name, name_len(stop->name) - name_len(owner));
}

/* Whose records of the type would stand at the name, or at the wildcard below its encloser. */
static uint32_t missing_service(
	const struct way *way, const struct stop *stop, const uint8_t *encloser)
{
	uint8_t wild[NAME_MAX_OCTETS + 2] = {1, '*'};
	const uint32_t service = service_of(way->s, stop->name, way->type);
	if (service != POLICY_NONE || stop->match.exists)
		return service;
	memcpy(wild + 2, encloser, name_len(encloser));
	return service_of(way->s, wild, way->type);
}

static void denied(struct way *way, const struct stop *stop, bool exists)
{
	uint8_t encloser[NAME_MAX_OCTETS];
	char room[NAME_TEXT_MAX];
	(void)key_name(stop->key.at, stop->match.encloser, encloser);
	const char *const text = name_text(encloser, room);
	const uint32_t service = missing_service(way, stop, encloser);
	char *says;
	if (!exists)
		way->rcode = "NXDOMAIN";
	if (service != POLICY_NONE)
		tell_service(way, service);
	if (service != POLICY_NONE)
		says = mem_format("service %s answers with nobody now: %s",
			way->s->facts.policy->services[service].name,
			exists ? "NODATA" : "NXDOMAIN");
	else if (stop->match.exists)
		says = mem_text("the name is there because of names below it, and has no records "
				"of its own: NODATA");
	else if (exists)
		says = mem_format("the wildcard *.%s is there because of names below it, and has "
				  "no records of its own: NODATA",
			encloser[0] != 0 ? text : "");
	else
		says = mem_format("there is no such name; the closest encloser is %s, and there is "
				  "no wildcard below it: NXDOMAIN",
			text);
	add_step(way, stop, exists ? "nodata" : "nxdomain", says, NULL, NULL);
}

/* "A, AAAA and TXT" */
static char *types_text(const struct node *node)
{
	const size_t n = node_count(node);
	char *all = mem_text("");
	for (size_t i = 0; i < n; i++) {
		char type[RRTYPE_TEXT_MAX];
		char *const next = mem_format("%s%s%s", all,
			i == 0       ? ""
			: i + 1 == n ? " and "
				     : ", ",
			rrtype_text(node_rrset_at(node, i)->type, type));
		free(all);
		all = next;
	}
	return all;
}

/* `owner`, the name or a wildcard, has other types; or a service manages it, and answers with
 * nobody. */
static void absent(
	struct way *way, const struct stop *stop, const struct node *node, const uint8_t *owner)
{
	char type[RRTYPE_TEXT_MAX], room[NAME_TEXT_MAX];
	const uint32_t service = service_of(way->s, owner, way->type);
	const bool wild = !stop->match.exists;
	char *const types = types_text(node), *says;
	if (service != POLICY_NONE) {
		tell_service(way, service);
		says = mem_format("service %s answers with nobody now: NODATA",
			way->s->facts.policy->services[service].name);
	} else {
		says = mem_format("%s%s has %s, but no %s: NODATA",
			wild ? "there is no such name; the wildcard " : "the name",
			wild ? name_text(owner, room) : "", types, rrtype_text(way->type, type));
	}
	free(types);
	add_step(way, stop, "nodata", says, NULL, NULL);
}

static void at_node(struct way *way, const struct stop *stop, const struct node *node)
{
	uint8_t owner[NAME_MAX_OCTETS];
	char room[NAME_TEXT_MAX];
	const struct rrset *const cname = node_rrset(node, TYPE_CNAME);
	const struct rrset *set =
		way->type == TYPE_ANY ? node_rrset_at(node, 0) : node_rrset(node, way->type);
	const bool wild = !stop->match.exists;
	node_name(stop->zone, node, owner);
	if (set == NULL && cname == NULL) {
		absent(way, stop, node, owner);
		return;
	}
	const bool alias = set == NULL;
	set = alias ? cname : set;
	add_step(way, stop,
		wild    ? "wildcard"
		: alias ? "cname"
			: "records",
		mem_format("%s%s%s%s", alias ? "an alias" : "answered",
			wild ? ", by the wildcard " : "", wild ? name_text(owner, room) : "",
			way->type == TYPE_ANY ? ", with one of its types (RFC 8482)" : ""),
		owner, set);
	if (alias)
		lead_on(way, set, stop->name, 0);
}

/* The DS of a zone stands in the one above it (RFC 4035 3.1.4.1). */
static const struct zone *zone_for(const struct way *way, const struct stop *stop)
{
	const struct zone *const zone = view_find(way->s->view, &stop->key);
	if (zone == NULL || way->type != TYPE_DS || stop->name[0] == 0 ||
		!name_equal(zone_apex(zone), stop->name))
		return zone;
	struct key above;
	key_make(&above, name_parent(stop->name));
	const struct zone *const parent = view_find(way->s->view, &above);
	return parent != NULL ? parent : zone;
}

/* As zone/answer.c answers: RFC 1034 4.3.2. */
static void take_step(struct way *way, const uint8_t *name, bool first)
{
	struct stop stop = {.name = name};
	key_make(&stop.key, name);
	stop.zone = zone_for(way, &stop);
	way->goes_on = false;
	if (stop.zone == NULL) {
		if (first)
			way->rcode = "REFUSED";
		add_step(way, &stop, "elsewhere",
			mem_text(first ? "no zone of ours is at or above the name: REFUSED"
				       : "in no zone of ours: whoever asks goes on elsewhere"),
			NULL, NULL);
		return;
	}
	stop.match = zone_find(stop.zone, &stop.key);
	const struct zone_match *const m = &stop.match;
	const bool by_dname =
		m->dname != NULL && (m->cut == NULL || node_labels(stop.zone, m->dname) <
							       node_labels(stop.zone, m->cut));
	const struct node *const node = m->exists ? m->exact : m->wildcard;
	if (m->cut != NULL && !by_dname && !(m->cut == m->exact && way->type == TYPE_DS))
		at_cut(way, &stop);
	else if (by_dname)
		at_dname(way, &stop);
	else if (node != NULL)
		at_node(way, &stop, node);
	else
		denied(way, &stop, m->exists || m->covered);
}

/* To a name that was on the way already: the answer ends there, and the last step says so. */
static bool leads_back(const struct way *way)
{
	json_t *const next = jname(way->next);
	bool back = false;
	size_t i;
	json_t *step = NULL;
	json_array_foreach(way->steps, i, step) back |=
		json_equal(json_object_get(step, "name"), next);
	step = json_array_get(way->steps, json_array_size(way->steps) - 1);
	if (back)
		(void)json_object_set_new(step, "says",
			json_sprintf("%s back to %s: the answer ends here",
				json_string_value(json_object_get(step, "says")),
				json_string_value(next)));
	json_decref(next);
	return back;
}

json_t *explain(
	const struct snapshot *snapshot, const char *name, const char *type, struct err *err)
{
	uint8_t at[NAME_MAX_OCTETS];
	char room[RRTYPE_TEXT_MAX];
	struct way way = {.s = snapshot, .rcode = "NOERROR"};
	if (!name_parse(at, name, strlen(name), NULL, err)) {
		(void)err_within(err, "explain: name");
		return NULL;
	}
	if (!rrtype_parse(type, strlen(type), &way.type)) {
		(void)err_set(err, "explain: type: expected A, MX, TYPE65280 or the like");
		return NULL;
	}
	if (way.type == TYPE_AXFR || way.type == TYPE_IXFR) {
		(void)err_set(err, "explain: type: %s asks for a zone, not for records",
			rrtype_text(way.type, room));
		return NULL;
	}
	name_lower(at);
	way.steps = json_array();
	way.services = json_array();
	way.told = mem_list(snapshot->facts.policy->n_services, sizeof *way.told);
	json_t *const asked = jname(at);
	take_step(&way, at, true);
	for (size_t hops = 0; way.goes_on && hops < HOPS_MAX && !leads_back(&way); hops++) {
		memcpy(at, way.next, sizeof at);
		take_step(&way, at, false);
	}
	free(way.told);
	return json_pack("{s:o, s:s, s:o, s:I, s:s, s:o, s:o}", "name", asked, "type",
		rrtype_text(way.type, room), "at", jmoment(snapshot, snapshot->now), "generation",
		(json_int_t)view_generation(snapshot->view), "rcode", way.rcode, "steps", way.steps,
		"services", way.services);
}
