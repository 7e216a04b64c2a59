#include "server/records.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"
#include "dns/message.h"
#include "dns/name.h"
#include "failover/shares.h"
#include "server/claims.h"
#include "server/sources.h"
#include "zone/rrtext.h"

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

/* NULL: they do not count. */
static const uint32_t *weights_of(struct arena *arena, const struct conf_service *service)
{
	if (!service->weighted)
		return NULL;
	uint32_t *const weights = arena_list(arena, service->n_endpoints, sizeof *weights);
	for (size_t e = 0; e < service->n_endpoints; e++)
		weights[e] = service->endpoints[e].weight;
	return weights;
}

static void render_service(struct arena *arena, const struct conf_service *service,
	const struct service_rule *rule, struct service_records *out,
	struct conf_problems *problems)
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
	*out = (struct service_records){.zone = service->zone,
		.rule = rule,
		.own = &service->rule,
		.weights = weights_of(arena, service),
		.n = count,
		.endpoints = service->n_endpoints,
		.managed = managed,
		.sets = sets};
	free(lines);
}

static int zone_order(const void *a, const void *b, void *cookie)
{
	const struct service_records *const services = cookie;
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const int d = name_compare(services[x].zone, services[y].zone);
	return d != 0 ? d : x < y ? -1 : x > y;
}

/* Names are compared here, so that a switch of many services need not. */
static void number_zones(struct records *records)
{
	uint32_t *const order = arena_list(records->arena, records->n, sizeof *order);
	for (size_t i = 0; i < records->n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, records->n, sizeof *order, zone_order, records->services);
	for (size_t i = 1; i < records->n; i++) {
		struct service_records *const is = &records->services[order[i]];
		const struct service_records *const before = &records->services[order[i - 1]];
		is->zone_number = before->zone_number + !name_equal(before->zone, is->zone);
	}
	records->by_zone = order;
}

struct records *records_render(const struct conf *conf, const struct sources *sources,
	const struct view *base, struct conf_problems *problems)
{
	const size_t before = problems->errors;
	struct records *const records = mem_new(sizeof *records);
	records->arena = arena_new();
	records->n = conf->n_services;
	records->services = arena_list(records->arena, conf->n_services, sizeof *records->services);
	for (size_t s = 0; s < conf->n_services; s++) {
		const struct conf_service *const service = &conf->services[s];
		const uint32_t with = conf->policy.services[s].with;
		render_service(records->arena, service,
			&conf->services[with != POLICY_NONE ? with : s].rule, &records->services[s],
			problems);
		/* A zone whose file was bad is missing in `base` too: that is said already. */
		if (sources != NULL ? sources_get(sources, service->zone) == NULL
				    : view_zone(base, service->zone) == NULL) {
			char zone[NAME_TEXT_MAX];
			conf_problem(problems, CONF_ERROR, service->at,
				"service \"%s\": the zone %s is neither under zones: nor in its "
				"directory",
				service->name, name_text(service->zone, zone));
		}
	}
	number_zones(records);
	if (problems->errors == before)
		claims_check(conf, sources, records, base, problems);
	if (problems->errors == before)
		return records;
	records_free(records);
	return NULL;
}

/* What the endpoint brings to managed[i]; NULL: nothing, or it is left in the dark. */
static const struct rrset *brought(
	const struct service_records *service, size_t i, size_t endpoint, const struct pick *pick)
{
	const uint16_t type = service->managed[i].type;
	const bool dark = (type == TYPE_A && endpoint_has(&pick->dark[FAMILY_V4], endpoint)) ||
			  (type == TYPE_AAAA && endpoint_has(&pick->dark[FAMILY_V6], endpoint));
	return dark ? NULL : service->sets[endpoint * service->n + i];
}

/* The records that these endpoints bring together, with the TTL that the pick wants; NULL: none. */
static struct rrset *together(const struct service_records *service, size_t i,
	const struct endpoint_set *ends, const struct pick *pick)
{
	const struct rrset *list[ENDPOINTS_MAX];
	size_t n = 0;
	for (size_t e = 0; e < service->endpoints; e++)
		if (endpoint_has(ends, e) && brought(service, i, e, pick) != NULL)
			list[n++] = brought(service, i, e, pick);
	if (n == 0)
		return NULL;
	struct rrset *const all = n == 1 ? rrset_ref(list[0]) : rrset_union(list, n);
	const uint32_t ttl = (uint32_t)(pick_ttl(service->own, pick).ns / 1000000000);
	if (all->ttl == ttl)
		return all;
	struct rrset *const brief = rrset_at(all, ttl);
	rrset_unref(all);
	return brief;
}

/* `whole` becomes a set of which an answer gets the records of one endpoint; ends `whole`. */
static struct rrset *shared(const struct service_records *service, size_t i,
	const uint32_t shares[], const struct pick *pick, struct rrset *whole)
{
	struct rrset_share list[ENDPOINTS_MAX];
	size_t n = 0, bearers = 0;
	for (size_t e = 0; e < service->endpoints; e++) {
		if (shares[e] == 0)
			continue;
		list[n] = (struct rrset_share){brought(service, i, e, pick), shares[e]};
		bearers += list[n++].set != NULL;
	}
	if (bearers < 2)
		return whole;
	struct rrset *const split = rrset_split(whole, list, n);
	rrset_unref(whole);
	return split;
}

/* on-none: servfail: to everybody but queries the records are as at a first start. */
static struct rrset *failing(
	const struct service_records *service, size_t i, const struct pick *pick)
{
	const struct endpoint_set all = endpoint_all(service->endpoints);
	const struct endpoint_set home = endpoint_only(pick->home);
	struct rrset *whole = NULL;
	if (service->rule->mode == MODE_SINGLE)
		whole = together(service, i, &home, pick);
	if (whole == NULL)
		whole = together(service, i, &all, pick);
	struct rrset *const none = rrset_split(whole, NULL, 0);
	rrset_unref(whole);
	return none;
}

/* Whether these endpoints bring anything to the name of managed[i]. */
static bool bear_name(const struct service_records *service, size_t i,
	const struct endpoint_set *ends, const struct pick *pick)
{
	const uint8_t *const owner = service->managed[i].owner;
	while (i > 0 && name_equal(service->managed[i - 1].owner, owner))
		i--;
	for (; i < service->n && name_equal(service->managed[i].owner, owner); i++)
		for (size_t e = 0; e < service->endpoints; e++)
			if (endpoint_has(ends, e) && brought(service, i, e, pick) != NULL)
				return true;
	return false;
}

struct rrset *records_of(const struct service_records *service, size_t i, const struct pick *pick)
{
	uint32_t shares[ENDPOINTS_MAX];
	struct endpoint_set shown = pick->on;
	if (endpoint_empty(&shown) && service->rule->on_none == ON_NONE_SERVFAIL)
		return failing(service, i, pick);
	const enum share_rule rule =
		service_shares(service->rule, pick, service->weights, service->endpoints, shares);
	if (rule == SHARE_ALL)
		return together(service, i, &shown, pick);
	for (size_t e = 0; e < service->endpoints; e++)
		if (shares[e] == 0)
			endpoint_remove(&shown, e);
	struct rrset *const whole = together(service, i, &shown, pick);
	if (whole != NULL)
		return shared(service, i, shares, pick, whole);
	/* A name that is its alone, to which its share of the answers may lead. */
	if (rule == SHARE_TRICKLE && !bear_name(service, i, &pick->on, pick))
		return together(service, i, &pick->trickle, pick);
	/* Those of a type that only endpoints of no weight have are better than none. */
	return together(service, i, &pick->on, pick);
}

const struct managed *managed_find(
	const struct service_records *service, const uint8_t *owner, uint16_t type)
{
	size_t low = 0, high = service->n;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct managed *const managed = &service->managed[middle];
		const int d = by_owner(managed->owner, managed->type, owner, type);
		if (d == 0)
			return managed;
		if (d < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
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
