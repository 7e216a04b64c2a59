#include "base/arena.h"
#include "base/mem.h"
#include "conf/checks.h"
#include "conf/problem.h"

#include <stdlib.h>
#include <string.h>

/* ---- who moves with whom, and after whom ---- */

static uint32_t find_service(const struct draft *draft, const char *name)
{
	const struct named *const named =
		name != NULL ? names_get(draft->services.index, name) : NULL;
	return named != NULL ? (uint32_t)named->order : POLICY_NONE;
}

static struct place key_place(const struct draft *draft, size_t service, const char *key)
{
	return draft_place(draft->services.list[service]->value, key);
}

static bool named_service(
	struct draft *draft, uint32_t i, const char *key, const char *name, uint32_t *number)
{
	char near[SUGGESTION_MAX], quoted[QUOTED_MAX];
	*number = find_service(draft, name);
	if (name == NULL || *number != POLICY_NONE)
		return name != NULL;
	conf_problem(draft->problems, CONF_ERROR, key_place(draft, i, key),
		"service \"%s\": %s: there is no service %s%s", draft->conf->services[i].name, key,
		problem_quoted(name, quoted),
		problem_nearest(
			name, draft_names(draft, &draft->services), draft->services.n, near));
	return false;
}

static bool same_families(const struct conf_endpoint *a, const struct conf_endpoint *b)
{
	return a->address.any.sa_family == b->address.any.sa_family &&
	       (a->address6.len > 0) == (b->address6.len > 0);
}

static bool same_endpoints(const struct conf_service *a, const struct conf_service *b)
{
	if (a->n_endpoints != b->n_endpoints)
		return false;
	for (size_t i = 0; i < a->n_endpoints; i++)
		if (strcmp(a->endpoints[i].name, b->endpoints[i].name) != 0 ||
			!same_families(&a->endpoints[i], &b->endpoints[i]))
			return false;
	return true;
}

static void check_with(struct draft *draft, uint32_t i)
{
	const struct conf_service *const s = &draft->conf->services[i];
	uint32_t leader;
	if (!named_service(draft, i, "with", s->with, &leader))
		return;
	const struct place at = key_place(draft, i, "with");
	const struct conf_service *const with = &draft->conf->services[leader];
	const char *wrong = NULL;
	if (leader == i)
		wrong = "a service cannot move with itself; take it out";
	else if (with->with != NULL)
		wrong = "that service moves with another one itself; name that one";
	else if (with->rule.mode != s->rule.mode)
		wrong = "both must have the same mode";
	else if (!same_endpoints(s, with))
		wrong = "both must have endpoints of the same names and address families, in the "
			"same order";
	else if (s->ready.n > 0 || s->n_gates > 0 || with->ready.n > 0)
		wrong = "ready and require cannot be used together with it";
	if (wrong != NULL)
		conf_problem(draft->problems, CONF_ERROR, at, "service \"%s\": with: %s", s->name,
			wrong);
}

/* Whose word counts for a service that moves with another one. */
static uint32_t leader_of(const struct draft *draft, uint32_t i)
{
	const uint32_t leader =
		i == POLICY_NONE ? i : find_service(draft, draft->conf->services[i].with);
	return leader == POLICY_NONE ? i : leader;
}

/* Follows `after` as long as there are services: a ring never ends before. */
static void check_after(struct draft *draft, uint32_t i)
{
	const struct conf_service *const s = &draft->conf->services[i];
	uint32_t next;
	if (!named_service(draft, i, "after", s->after, &next))
		return;
	const char *wrong =
		s->with != NULL ? "it moves with another service; say it of that one" : NULL;
	for (size_t n = 0; n <= draft->conf->n_services && next != POLICY_NONE; n++) {
		next = leader_of(draft, next);
		if (next == i)
			wrong = "it leads back to this service; take one out";
		next = find_service(draft, draft->conf->services[next].after);
	}
	if (wrong != NULL)
		conf_problem(draft->problems, CONF_ERROR, key_place(draft, i, "after"),
			"service \"%s\": after: %s", s->name, wrong);
}

/* Each of them asks for the health of all: what that takes grows with the square. */
static void check_together(struct draft *draft)
{
	enum { TOGETHER_MAX = 1024 };
	const struct conf *const conf = draft->conf;
	uint32_t *const leaves = arena_list(draft->scratch, conf->n_services, sizeof *leaves);
	for (uint32_t i = 0; i < conf->n_services; i++) {
		const uint32_t leader = find_service(draft, conf->services[i].with);
		const uint32_t n = (uint32_t)conf->services[i].health.n;
		if (leader == POLICY_NONE || n == 0)
			continue;
		if (leaves[leader] <= TOGETHER_MAX && leaves[leader] + n > TOGETHER_MAX)
			conf_problem(draft->problems, CONF_ERROR, key_place(draft, i, "health"),
				"service \"%s\": health: the services that move with %s have more "
				"than %d probes together; ask some by fewer",
				conf->services[i].name, conf->services[i].with, TOGETHER_MAX);
		leaves[leader] += n;
	}
}

void draft_ties(struct draft *draft)
{
	for (uint32_t i = 0; i < draft->conf->n_services; i++) {
		check_with(draft, i);
		check_after(draft, i);
	}
	check_together(draft);
}

/* ---- the policy ---- */

/*
 * By number, of services that move together: whom all of them name, itself too, and who is the next
 * of them that asks for health of its own.  POLICY_NONE: a service moves by itself; there are no
 * more.
 */
struct ties {
	uint32_t *leader, *next;
};

static struct ties find_ties(const struct draft *draft)
{
	const struct conf *const conf = draft->conf;
	const size_t n = conf->n_services;
	struct ties ties = {arena_list(draft->scratch, n, sizeof(uint32_t)),
		arena_list(draft->scratch, n, sizeof(uint32_t))};
	for (size_t i = 0; i < n; i++)
		ties.leader[i] = ties.next[i] = POLICY_NONE;
	for (uint32_t i = (uint32_t)n; i-- > 0;) {
		const uint32_t leader = find_service(draft, conf->services[i].with);
		if (leader == POLICY_NONE)
			continue;
		ties.leader[i] = ties.leader[leader] = leader;
		if (conf->services[i].health.n == 0)
			continue;
		ties.next[i] = ties.next[leader];
		ties.next[leader] = i;
	}
	return ties;
}

struct building {
	struct draft *draft;
	struct policy_service *services;
	struct policy_endpoint *ends;
	uint32_t *uses;
	size_t n_ends, n_uses, room;
	struct ties ties;
	struct numbering checks;
};

static void use(struct building *b, uint32_t check)
{
	b->uses = mem_grow(b->uses, &b->room, b->n_uses + 1, sizeof *b->uses);
	b->uses[b->n_uses++] = check;
}

/* Whose health counts for service `i`, the first of them: its leader; alone, itself. */
static uint32_t first_of(const struct building *b, uint32_t i)
{
	return b->ties.leader[i] != POLICY_NONE ? b->ties.leader[i] : i;
}

/* The health of a group: all of its trees. */
static void build_health(struct building *b, uint32_t i, struct policy_service *out)
{
	const struct conf_service *const all = b->draft->conf->services;
	const uint32_t first = first_of(b, i);
	uint16_t trees = 0;
	size_t knots = 1, leaves = 0;
	for (uint32_t m = first; m != POLICY_NONE; m = b->ties.next[m]) {
		trees = (uint16_t)(trees + (all[m].health.n > 0));
		knots += all[m].health.n_tree;
		leaves += all[m].health.n;
	}
	out->n_health = (uint16_t)leaves;
	if (trees == 0 || b->ties.leader[i] == POLICY_NONE) {
		out->health = all[i].health.tree;
		return;
	}
	struct quorum *const tree = arena_list(b->draft->arena, knots, sizeof *tree);
	size_t n = 0;
	tree[n++] = (struct quorum){trees, trees};
	for (uint32_t m = first; m != POLICY_NONE; m = b->ties.next[m])
		for (size_t k = 0; k < all[m].health.n_tree; k++)
			tree[n++] = all[m].health.tree[k];
	out->health = tree;
}

static void use_all(struct building *b, const struct conf_needs *needs,
	const struct conf_endpoint *end, enum family family)
{
	for (size_t k = 0; k < needs->n; k++)
		use(b, numbering_check(&b->checks, needs->probes[k], end, family));
}

/* In the order that policy.h tells. */
static void build_endpoint(
	struct building *b, const struct conf_service *s, uint32_t service, size_t j)
{
	const struct conf_service *const all = b->draft->conf->services;
	const struct conf_endpoint *const end = &s->endpoints[j];
	struct policy_endpoint *const out = &b->ends[b->n_ends++];
	const enum family first = end->address.any.sa_family == AF_INET6 ? FAMILY_V6 : FAMILY_V4;
	*out = (struct policy_endpoint){
		.name = end->name, .service = service, .first = (uint32_t)b->n_uses};
	out->has[first] = end->address.len > 0;
	out->has[FAMILY_V6] |= end->address6.len > 0;
	for (enum family f = first; f == first || (f < FAMILIES_MAX && out->has[f]); f++) {
		for (uint32_t m = first_of(b, service); m != POLICY_NONE; m = b->ties.next[m])
			use_all(b, &all[m].health, &all[m].endpoints[j], f);
	}
	for (enum family f = first; f == first || (f < FAMILIES_MAX && out->has[f]); f++)
		use_all(b, &s->ready, end, f);
	for (uint16_t g = 0; g < s->n_gates; g++)
		use(b, numbering_check(&b->checks, s->gate_probes[g], end, first));
	out->n = (uint32_t)b->n_uses - out->first;
}

static void build_service(struct building *b, uint32_t i)
{
	const struct conf_service *const s = &b->draft->conf->services[i];
	struct policy_service *const out = &b->services[i];
	*out = (struct policy_service){.name = s->name,
		.rule = s->rule,
		.first = (uint32_t)b->n_ends,
		.n = (uint32_t)s->n_endpoints,
		.ready = s->ready.tree,
		.n_ready = (uint16_t)s->ready.n,
		.gates = s->gates,
		.n_gates = s->n_gates,
		.with = find_service(b->draft, s->with),
		.after = find_service(b->draft, s->after)};
	build_health(b, i, out);
	for (size_t j = 0; j < s->n_endpoints; j++)
		build_endpoint(b, s, i, j);
}

static struct policy_breaker breaker_of(const struct conf *conf)
{
	const struct conf_breaker *const breaker = &conf->server.breaker;
	uint32_t share = 0;
	if (breaker->off == CONF_OFF || !share_parse(breaker->share, conf->n_services, &share))
		return (struct policy_breaker){0};
	return (struct policy_breaker){.switches = share,
		.per = breaker->per,
		.failbacks = breaker->failbacks,
		.failbacks_per = breaker->per};
}

void draft_policy(struct draft *draft)
{
	struct conf *const conf = draft->conf;
	struct policy *const policy = &conf->policy;
	struct building b = {
		.draft = draft, .ties = find_ties(draft), .checks = numbering_new(draft)};
	size_t n_ends = 0;
	for (size_t i = 0; i < conf->n_services; i++)
		n_ends += conf->services[i].n_endpoints;
	b.services = arena_list(draft->arena, conf->n_services, sizeof *b.services);
	b.ends = arena_list(draft->arena, n_ends, sizeof *b.ends);
	for (uint32_t i = 0; i < conf->n_services; i++)
		build_service(&b, i);

	policy->services = b.services;
	policy->n_services = conf->n_services;
	policy->endpoints = b.ends;
	policy->n_endpoints = b.n_ends;
	policy->uses = arena_copy(draft->arena, b.uses, b.n_uses * sizeof *b.uses);
	policy->n_uses = b.n_uses;
	policy->breaker = breaker_of(conf);
	free(b.uses);
	numbering_end(&b.checks);
}
