#include "server/claims.h"

#include "base/mem.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "server/sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One RRset of one service. */
struct claim {
	const struct conf_service *service;
	const struct service_records *records;
	size_t i; /* of records->managed */
	const struct managed *managed;
};

struct claims {
	struct claim *list;
	size_t n;
	const struct view *base;
	const struct conf_limits *all; /* of the server */
	const struct sources *sources;
	struct conf_problems *problems;
};

static const struct conf_limits *limits_of(const struct claims *claims, const struct claim *claim)
{
	const struct source *const source =
		claims->sources != NULL ? sources_get(claims->sources, claim->service->zone) : NULL;
	return source != NULL ? &source->limits : claims->all;
}

static int name_order(const struct claim *a, const struct claim *b)
{
	const int d = name_compare(a->service->zone, b->service->zone);
	return d != 0 ? d : name_compare(a->managed->owner, b->managed->owner);
}

static int claim_order(const void *a, const void *b)
{
	const struct claim *const x = a, *const y = b;
	int d = name_order(x, y);
	if (d == 0)
		d = (int)x->managed->type - (int)y->managed->type;
	return d != 0 ? d : strcmp(x->service->name, y->service->name);
}

static void say(struct claims *claims, enum conf_grade grade, const struct claim *claim,
	const char *fmt, ...) PRINTF_LIKE(4, 5);
static void say(struct claims *claims, enum conf_grade grade, const struct claim *claim,
	const char *fmt, ...)
{
	char name[NAME_TEXT_MAX], type[RRTYPE_TEXT_MAX];
	struct err why;
	va_list args;
	va_start(args, fmt);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start
	(void)vsnprintf(why.text, sizeof why.text, fmt, args);
	va_end(args);
	conf_problem(claims->problems, grade,
		claim->service->records.list[claim->managed->place].at, "service \"%s\": %s %s %s",
		claim->service->name, name_text(claim->managed->owner, name),
		rrtype_text(claim->managed->type, type), why.text);
}

static const struct node *base_node(
	const struct claims *claims, const struct claim *claim, const uint8_t *name)
{
	const struct zone *const zone = view_zone(claims->base, claim->service->zone);
	return zone != NULL ? zone_node(zone, name) : NULL;
}

/* A CNAME stands alone: neither beside other managed types nor beside what the zone file has. */
static void check_cname(struct claims *claims, size_t at, size_t end)
{
	const struct claim *const first = &claims->list[at];
	const struct node *const node = base_node(claims, first, first->managed->owner);
	const struct claim *cname = NULL, *other = NULL;
	for (size_t i = at; i < end; i++)
		*(claims->list[i].managed->type == TYPE_CNAME ? &cname : &other) = &claims->list[i];
	bool file_cname = false, file_other = false;
	for (size_t i = 0; node != NULL && i < node_count(node); i++)
		*(node_rrset_at(node, i)->type == TYPE_CNAME ? &file_cname : &file_other) = true;

	if (cname != NULL && other != NULL)
		say(claims, CONF_ERROR, other,
			"stands beside a CNAME of service \"%s\"; a CNAME must stand alone",
			cname->service->name);
	else if (cname != NULL && name_equal(first->managed->owner, first->service->zone))
		say(claims, CONF_ERROR, cname,
			"cannot stand at the apex of a zone, where its SOA and NS are; use A or "
			"AAAA");
	else if (cname != NULL && file_other)
		say(claims, CONF_ERROR, cname,
			"cannot stand beside the other records that the zone file has there; take "
			"those out");
	else if (other != NULL && file_cname)
		say(claims, CONF_ERROR, other,
			"cannot stand beside the CNAME that the zone file has there; take that "
			"out");
}

/* Whether a set may be served; if not, it is said. */
static bool judge(struct claims *claims, const struct claim *claim, const struct rrset *set)
{
	const uint32_t most = limits_of(claims, claim)->records_per_type;
	const bool alone = set->type == TYPE_CNAME || set->type == TYPE_DNAME;
	if (alone && set->count > 1)
		say(claims, CONF_ERROR, claim,
			"would be %u records at once, and a name can have one; take the others out",
			(unsigned)set->count);
	else if (set->count > most && set->type != TYPE_RRSIG)
		say(claims, CONF_ERROR, claim,
			"would be %u records at once; if that is meant, raise records-per-type in "
			"the limits of the zone or the server, which is %u",
			(unsigned)set->count, most);
	else if (!rrset_fits(set))
		say(claims, CONF_ERROR, claim,
			"would be more than one DNS message can carry; use fewer or shorter "
			"records");
	else
		return true;
	return false;
}

/* Every set that this service can come to serve: one endpoint's, or those of all. */
static void check_sets(struct claims *claims, const struct claim *claim)
{
	const struct service_records *const records = claim->records;
	const struct service_rule *const rule = &claim->service->rule;
	struct endpoint_set all = {0};
	size_t sum = 0;
	for (size_t e = 0; e < records->endpoints; e++) {
		const struct rrset *const set = records->sets[e * records->n + claim->i];
		if (set != NULL && !judge(claims, claim, set))
			return;
		endpoint_add(&all, e);
		sum += set != NULL ? set->count : 0;
	}
	if (rule->mode != MODE_POOL && rule->on_none != ON_NONE_ALL)
		return;
	if (sum > RRSET_RECORDS_MAX) { /* not to be put together at all */
		say(claims, CONF_ERROR, claim, "would be %zu records at once; use fewer", sum);
		return;
	}
	struct rrset *const set = records_of(records, claim->i, &(struct pick){.on = all});
	if (set != NULL)
		(void)judge(claims, claim, set);
	rrset_unref(set);
}

/* Below a delegation others answer: records there are glue at most.  RFC 1034 4.2.1. */
static void check_cut(struct claims *claims, const struct claim *claim)
{
	const uint8_t *const owner = claim->managed->owner, *const apex = claim->service->zone;
	const bool parental = claim->managed->type == TYPE_NS || claim->managed->type == TYPE_DS;
	const uint8_t *name = parental ? name_parent(owner) : owner;
	for (; name_under(name, apex) && !name_equal(name, apex); name = name_parent(name)) {
		const struct node *const node = base_node(claims, claim, name);
		char cut[NAME_TEXT_MAX];
		if (node == NULL || node_rrset(node, TYPE_NS) == NULL)
			continue;
		say(claims, CONF_WARNING, claim,
			"is never an answer: the zone file delegates %s to other servers",
			name_text(name, cut));
		return;
	}
}

/* Types at the name, those of the zone file counted. */
static void check_types(struct claims *claims, size_t at, size_t end)
{
	const struct claim *const first = &claims->list[at];
	const struct node *const node = base_node(claims, first, first->managed->owner);
	const uint32_t most = limits_of(claims, first)->types_per_name;
	size_t types = node != NULL ? node_count(node) : 0;
	for (size_t i = at; i < end; i++)
		types += node == NULL || node_rrset(node, claims->list[i].managed->type) == NULL;
	if (types > most)
		say(claims, CONF_ERROR, first,
			"stands beside too many types, %zu in all; if that is meant, raise "
			"types-per-name in the limits of the zone or the server, which is %u",
			types, most);
}

static void check_name(struct claims *claims, size_t at, size_t end)
{
	for (size_t i = at; i < end; i++) {
		const struct claim *const claim = &claims->list[i];
		if (i > at && claim->managed->type == claim[-1].managed->type)
			say(claims, CONF_ERROR, claim,
				"is managed by service \"%s\" already; one RRset belongs to one "
				"service",
				claim[-1].service->name);
		check_sets(claims, claim);
		check_cut(claims, claim);
	}
	check_cname(claims, at, end);
	check_types(claims, at, end);
}

void claims_check(const struct conf *conf, const struct sources *sources,
	const struct records *records, const struct view *base, struct conf_problems *problems)
{
	struct claims claims = {.base = base,
		.all = &conf->server.limits,
		.sources = sources,
		.problems = problems};
	size_t room = 0;
	for (size_t s = 0; s < records->n; s++)
		room += records->services[s].n;
	claims.list = mem_list(room, sizeof *claims.list);
	for (size_t s = 0; s < records->n; s++)
		for (size_t i = 0; i < records->services[s].n; i++)
			claims.list[claims.n++] = (struct claim){&conf->services[s],
				&records->services[s], i, &records->services[s].managed[i]};
	qsort(claims.list, claims.n, sizeof *claims.list, claim_order);

	for (size_t at = 0, end; at < claims.n; at = end) {
		for (end = at + 1;
			end < claims.n && name_order(&claims.list[at], &claims.list[end]) == 0;)
			end++;
		check_name(&claims, at, end);
	}
	free(claims.list);
}
