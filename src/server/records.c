#include "server/records.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"
#include "dns/message.h"
#include "dns/name.h"
#include "zone/rrtext.h"
#include "zone/txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One rendered record. */
struct line {
	const uint8_t *owner;
	uint16_t type;
	struct rdata rdata;
	uint32_t endpoint, place;
};

static int by_owner(const uint8_t *a, uint16_t a_type, const uint8_t *b, uint16_t b_type)
{
	const int d = name_compare(a, b);
	return d != 0 ? d : (int)a_type - (int)b_type;
}

static int line_order(const void *a, const void *b)
{
	const struct line *const x = a, *const y = b;
	const int d = by_owner(x->owner, x->type, y->owner, y->type);
	if (d != 0)
		return d;
	return x->endpoint != y->endpoint ? (x->endpoint < y->endpoint ? -1 : 1)
					  : (x->place < y->place ? -1 : x->place > y->place);
}

static bool render_line(struct arena *arena, const struct conf_service *service,
	const struct conf_endpoint *endpoint, uint32_t place, struct line *line, struct err *err)
{
	const char *const text = conf_fill(service->records.list[place].text, endpoint, arena, err);
	if (text == NULL)
		return false;

	uint8_t owner[NAME_MAX_OCTETS], rdata[RDATA_MAX];
	uint16_t len = 0;
	if (!record_parse(text, service->zone, owner, &line->type, rdata, &len, err))
		return false;
	if (!name_under(owner, service->zone)) {
		char name[NAME_TEXT_MAX], zone[NAME_TEXT_MAX];
		return err_set(err, "%s is outside the zone %s", name_text(owner, name),
			name_text(service->zone, zone));
	}
	if (line->type == TYPE_SOA)
		return err_set(err, "the SOA belongs to the zone file");
	name_lower(owner);
	line->owner = arena_copy(arena, owner, name_len(owner));
	line->rdata = (struct rdata){arena_copy(arena, rdata, len), len};
	line->place = place;
	return true;
}

/* All endpoints' records; their number.  Problems are reported at the template. */
static size_t render_lines(struct arena *arena, const struct conf_service *service,
	struct line *lines, struct conf_problems *problems)
{
	size_t n = 0;
	for (uint32_t r = 0; r < service->records.n; r++)
		for (uint32_t e = 0; e < service->n_endpoints; e++) {
			struct err err;
			lines[n].endpoint = e;
			if (render_line(
				    arena, service, &service->endpoints[e], r, &lines[n], &err)) {
				n++;
				continue;
			}
			conf_problem(problems, CONF_ERROR, service->records.list[r].at,
				"service \"%s\": record \"%s\" for endpoint \"%s\": %s",
				service->name, service->records.list[r].text,
				service->endpoints[e].name, err.text);
			break; /* the other endpoints would say the same */
		}
	return n;
}

/* lines[at..end) are one endpoint's share of one RRset. */
static const struct rrset *make_set(
	const struct conf_service *service, const struct line *lines, size_t at, size_t end)
{
	struct rdata *const list = mem_list(end - at, sizeof *list);
	for (size_t i = at; i < end; i++)
		list[i - at] = lines[i].rdata;
	const struct rrset *const set =
		rrset_new(lines[at].type, (uint32_t)(service->ttl.ns / 1000000000), list, end - at);
	free(list);
	return set;
}

static void render_service(struct arena *arena, const struct conf_service *service,
	struct service_records *out, struct conf_problems *problems)
{
	const size_t room = service->records.n * service->n_endpoints;
	struct line *const lines = mem_list(room, sizeof *lines);
	const size_t n = render_lines(arena, service, lines, problems);
	qsort(lines, n, sizeof *lines, line_order);

	struct managed *const managed = arena_list(arena, n, sizeof *managed);
	const struct rrset **const sets =
		arena_list(arena, n * service->n_endpoints, sizeof(const struct rrset *));
	size_t count = 0;
	for (size_t i = 0; i < n;
		i++) /* first the number of RRsets: it is the row length of `sets` */
		count += i == 0 || by_owner(lines[i - 1].owner, lines[i - 1].type, lines[i].owner,
					   lines[i].type) != 0;
	size_t m = 0;
	for (size_t at = 0, end; at < n; at = end) {
		const struct line *const first = &lines[at];
		end = at;
		while (end < n && lines[end].endpoint == first->endpoint &&
			by_owner(first->owner, first->type, lines[end].owner, lines[end].type) == 0)
			end++;
		if (m == 0 || by_owner(managed[m - 1].owner, managed[m - 1].type, first->owner,
				      first->type) != 0)
			managed[m++] = (struct managed){first->owner, first->type, first->place};
		sets[first->endpoint * count + m - 1] = make_set(service, lines, at, end);
	}
	*out = (struct service_records){service->zone, count, service->n_endpoints, managed, sets};
	free(lines);
}

/* One RRset of one service, for the checks across services. */
struct claim {
	const struct conf_service *service;
	const struct managed *managed;
};

static int claim_order(const void *a, const void *b)
{
	const struct claim *const x = a, *const y = b;
	const int d =
		by_owner(x->managed->owner, x->managed->type, y->managed->owner, y->managed->type);
	return d != 0 ? d : strcmp(x->service->name, y->service->name);
}

static void refuse(const struct claim *claim, struct conf_problems *problems, const char *why)
{
	char name[NAME_TEXT_MAX], type[16];
	conf_problem(problems, CONF_ERROR, claim->service->records.list[claim->managed->place].at,
		"service \"%s\": %s %s %s", claim->service->name,
		name_text(claim->managed->owner, name), rrtype_text(claim->managed->type, type),
		why);
}

/* A CNAME stands alone: neither beside other managed types nor beside what the zone file has. */
static void check_cname(const struct claim *claims, size_t at, size_t end, const struct view *base,
	struct conf_problems *problems)
{
	const struct zone *const zone = view_zone(base, claims[at].service->zone);
	const struct node *const node =
		zone != NULL ? zone_node(zone, claims[at].managed->owner) : NULL;
	bool cname = false, other = false;
	for (size_t i = at; i < end; i++)
		*(claims[i].managed->type == TYPE_CNAME ? &cname : &other) = true;
	bool file_cname = false, file_other = false;
	for (size_t i = 0; node != NULL && i < node_count(node); i++)
		*(node_rrset_at(node, i)->type == TYPE_CNAME ? &file_cname : &file_other) = true;

	if (cname && other)
		refuse(&claims[at], problems,
			"stands beside a CNAME of a service; a CNAME must stand alone");
	else if (cname && file_other)
		refuse(&claims[at], problems,
			"cannot stand beside the other records that the zone file has there; take "
			"those out");
	else if (other && file_cname)
		refuse(&claims[at], problems,
			"cannot stand beside the CNAME that the zone file has there; take that "
			"out");
}

/* RRset i of a service, its size at the most: of all its endpoints in a pool, else of the largest.
 */
struct extent {
	size_t records, octets;
};

static struct extent extent_of(
	const struct conf_service *service, const struct service_records *records, size_t i)
{
	struct extent most = {0, 0};
	struct endpoint_set on = {{0}};
	size_t all = 0;
	for (size_t e = 0; e < records->endpoints; e++)
		if (records->sets[e * records->n + i] != NULL)
			all += records->sets[e * records->n + i]->count;
	if (all > RRSET_RECORDS_MAX) /* more than a set can be made of */
		return (struct extent){all, SIZE_MAX};
	for (size_t e = 0; e < records->endpoints; e++) {
		endpoint_add(&on, e);
		if (service->rule.mode == MODE_POOL && e + 1 < records->endpoints)
			continue;
		struct rrset *const set = records_of(records, i, &on);
		if (set != NULL && set->count > most.records)
			most.records = set->count;
		if (set != NULL && set->size + TXN_RECORD * (size_t)set->count > most.octets)
			most.octets = set->size + TXN_RECORD * (size_t)set->count;
		rrset_unref(set);
		on = (struct endpoint_set){{0}};
	}
	return most;
}

/* What may stand at a name, of one RRset. */
static void check_extent(const struct conf *conf, const struct records *records,
	const struct claim *claim, struct conf_problems *problems)
{
	const size_t s = (size_t)(claim->service - conf->services);
	const struct service_records *const own = &records->services[s];
	const uint32_t limit = conf->server.limits.records_per_type;
	const struct extent most =
		extent_of(claim->service, own, (size_t)(claim->managed - own->managed));
	const uint16_t type = claim->managed->type;
	char why[200];
	if (most.records > 1 && (type == TYPE_CNAME || type == TYPE_DNAME))
		refuse(claim, problems,
			"can be only one record; neither a pool nor one endpoint may bring more");
	else if (most.records > limit) {
		(void)snprintf(why, sizeof why,
			"has %zu records, and %u may be; if that is meant, raise records-per-type "
			"under server.limits",
			most.records, limit);
		refuse(claim, problems, why);
	} else if (most.octets > TXN_OCTETS)
		refuse(claim, problems, "does not fit in one DNS message, which has 64 KB");
}

/* How many types stand at the name of claims[at..end), those of the zone file counted. */
static void check_types(const struct conf *conf, const struct claim *claims, size_t at, size_t end,
	const struct view *base, struct conf_problems *problems)
{
	const struct zone *const zone = view_zone(base, claims[at].service->zone);
	const struct node *const node =
		zone != NULL ? zone_node(zone, claims[at].managed->owner) : NULL;
	size_t types = node != NULL ? node_count(node) : 0;
	for (size_t i = at; i < end; i++)
		types += node == NULL || node_rrset(node, claims[i].managed->type) == NULL;
	if (types > conf->server.limits.types_per_name)
		refuse(&claims[at], problems,
			"stands beside too many types; if that is meant, raise types-per-name "
			"under server.limits");
}

static void check_claims(const struct conf *conf, const struct records *records,
	const struct view *base, struct conf_problems *problems)
{
	size_t n = 0;
	for (size_t s = 0; s < records->n; s++)
		n += records->services[s].n;
	struct claim *const claims = mem_list(n, sizeof *claims);
	n = 0;
	for (size_t s = 0; s < records->n; s++)
		for (size_t i = 0; i < records->services[s].n; i++)
			claims[n++] = (struct claim){
				&conf->services[s], &records->services[s].managed[i]};
	qsort(claims, n, sizeof *claims, claim_order);

	for (size_t at = 0, end; at < n; at = end) {
		for (end = at + 1; end < n && name_equal(claims[end].managed->owner,
						      claims[at].managed->owner);
			end++)
			if (claims[end].managed->type == claims[end - 1].managed->type)
				refuse(&claims[end], problems,
					"is managed by another service already; one RRset belongs "
					"to one service");
		check_cname(claims, at, end, base, problems);
		check_types(conf, claims, at, end, base, problems);
		for (size_t i = at; i < end; i++)
			check_extent(conf, records, &claims[i], problems);
	}
	free(claims);
}

struct records *records_render(
	const struct conf *conf, const struct view *base, struct conf_problems *problems)
{
	const size_t before = problems->errors;
	struct records *const records = mem_new(sizeof *records);
	records->arena = arena_new();
	records->n = conf->n_services;
	records->services = arena_list(records->arena, conf->n_services, sizeof *records->services);
	for (size_t s = 0; s < conf->n_services; s++) {
		const struct conf_service *const service = &conf->services[s];
		render_service(records->arena, service, &records->services[s], problems);
		if (view_zone(base, service->zone) == NULL) {
			char zone[NAME_TEXT_MAX];
			conf_problem(problems, CONF_ERROR, service->at,
				"service \"%s\": the zone %s is neither under zones: nor in its "
				"directory",
				service->name, name_text(service->zone, zone));
		}
	}
	if (problems->errors == before)
		check_claims(conf, records, base, problems);
	if (problems->errors == before)
		return records;
	records_free(records);
	return NULL;
}

struct rrset *records_of(
	const struct service_records *service, size_t i, const struct endpoint_set *on)
{
	const struct rrset *list[ENDPOINTS_MAX];
	size_t n = 0;
	for (size_t e = 0; e < service->endpoints; e++)
		if (endpoint_has(on, e) && service->sets[e * service->n + i] != NULL)
			list[n++] = service->sets[e * service->n + i];
	return n == 0 ? NULL : n == 1 ? rrset_ref(list[0]) : rrset_union(list, n);
}

void records_free(struct records *records)
{
	if (records == NULL)
		return;
	for (size_t s = 0; s < records->n; s++) {
		const struct service_records *const service = &records->services[s];
		for (size_t i = 0; i < service->n * service->endpoints; i++)
			rrset_unref(service->sets[i]);
	}
	arena_free(records->arena);
	free(records);
}
