#include "server/orders.h"

#include "base/mem.h"
#include "conf/heartbeat.h"
#include "conf/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct known { /* a check in force */
	uint32_t id, check;
	bool ours;                   /* of our share */
	char *identity, *definition; /* ours: they outlive the configuration */
};

struct orders {
	const struct conf *conf;
	struct order_terms terms; /* of `conf` */
	uint32_t *ids;
	struct known *known; /* sorted by id */
	size_t n;
	struct order_due {
		enum order_kind kind;
		uint32_t id;
		uint32_t check; /* ORDER_TRY: its id */
	} * due;                /* to be told, in this order */
	size_t n_due, told, due_room;
};

struct orders *orders_new(uint32_t *ids)
{
	struct orders *const orders = mem_new(sizeof *orders);
	orders->ids = ids;
	orders->known =
		mem_list(0, sizeof *orders->known); /* never NULL: it is sorted and searched */
	return orders;
}

static void add_due(struct orders *orders, struct order_due due)
{
	orders->due =
		mem_grow(orders->due, &orders->due_room, orders->n_due + 1, sizeof *orders->due);
	orders->due[orders->n_due++] = due;
}

static int by_identity(const void *a, const void *b)
{
	const struct known *const x = a, *const y = b;
	return strcmp(x->identity, y->identity);
}

static int by_id(const void *a, const void *b)
{
	const struct known *const x = a, *const y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void forget(struct known *known)
{
	free(known->identity);
	free(known->definition);
}

static bool same_terms(const struct order_terms *a, const struct order_terms *b)
{
	return a->per_host == b->per_host && a->enough == b->enough;
}

static uint32_t mix(uint32_t hash, const void *octets, size_t n)
{
	const uint8_t *const at = octets;
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * 16777619U;
	return hash;
}

uint32_t orders_prober(const struct conf *conf, uint32_t check, uint32_t of)
{
	const struct address *const address = &conf->checks[check].address;
	const char *const identity = conf->policy.checks[check].identity;
	uint32_t hash = 2166136261U;
	if (address->len == 0)
		hash = mix(hash, identity, strlen(identity));
	else if (address->any.sa_family == AF_INET)
		hash = mix(hash, &address->v4.sin_addr, sizeof address->v4.sin_addr);
	else
		hash = mix(hash, &address->v6.sin6_addr, sizeof address->v6.sin6_addr);
	return (hash ^ hash >> 16) % of;
}

void orders_adopt(struct orders *orders, const struct conf *conf, struct share share)
{
	const struct order_terms terms = {
		conf->server.attempts_per_host, conf->server.references.enough};
	if (!same_terms(&terms, &orders->terms))
		add_due(orders, (struct order_due){.kind = ORDER_TERMS, .id = 0});
	orders->terms = terms;
	struct known *const next = mem_list(conf->policy.n_checks, sizeof *next);
	size_t n = 0;
	qsort(orders->known, orders->n, sizeof *orders->known, by_identity);
	for (uint32_t i = 0; i < conf->policy.n_checks; i++) {
		const bool ours = orders_prober(conf, i, share.of) == share.number;
		if (!ours && !conf->checks[i].reference)
			continue;
		if (conf->checks[i].probe->kind == &heartbeat_kind)
			continue; /* nobody asks: see server/beats.h */
		struct known *const k = &next[n++];
		*k = (struct known){.check = i,
			.ours = ours,
			.identity = mem_text(conf->policy.checks[i].identity),
			.definition = mem_text(conf->checks[i].definition)};
		struct known *const was =
			bsearch(k, orders->known, orders->n, sizeof *k, by_identity);
		k->id = was != NULL ? was->id : ++*orders->ids;
		if (was == NULL || strcmp(was->definition, k->definition) != 0)
			add_due(orders, (struct order_due){.kind = ORDER_WATCH, .id = k->id});
		if (was != NULL)
			was->check = UINT32_MAX; /* goes on */
	}
	for (size_t i = 0; i < orders->n; i++) {
		if (orders->known[i].check != UINT32_MAX)
			add_due(orders, (struct order_due){
						.kind = ORDER_FORGET, .id = orders->known[i].id});
		forget(&orders->known[i]);
	}
	free(orders->known);
	qsort(next, n, sizeof *next, by_id);
	orders->known = next;
	orders->n = n;
	orders->conf = conf;
}

void orders_restart(struct orders *orders)
{
	orders->n_due = orders->told = 0;
	add_due(orders, (struct order_due){.kind = ORDER_TERMS, .id = 0});
	for (size_t i = 0; i < orders->n; i++)
		add_due(orders, (struct order_due){.kind = ORDER_WATCH, .id = orders->known[i].id});
}

static struct known *find(const struct orders *orders, uint32_t id)
{
	const struct known like = {.id = id};
	return bsearch(&like, orders->known, orders->n, sizeof like, by_id);
}

static size_t write_order(
	const struct conf_check *check, uint32_t id, uint8_t *message, size_t room)
{
	const struct conf_probe *const probe = check->probe;
	struct order order = {.kind = ORDER_WATCH,
		.id = id,
		.address = check->address,
		.rule = {.every = probe->every,
			.fast = probe->fast,
			.down = probe->down,
			.timeout = probe->timeout,
			.rise = (uint16_t)probe->rise,
			.fall = (uint16_t)probe->fall,
			.limits = probe->limits,
			.watch = probe->watch && !check->reference,
			.reference = check->reference},
		.kind_len = (uint16_t)strlen(probe->kind->name),
		.host_len = (uint16_t)strlen(check->host)};
	size_t at = sizeof order;
	assert(at + order.kind_len + order.host_len + ORDER_OPTIONS_MAX <= room);
	memcpy(message + at, probe->kind->name, order.kind_len);
	at += order.kind_len;
	memcpy(message + at, check->host, order.host_len);
	at += order.host_len;
	const size_t options =
		pack_options(probe->kind->fields, check->options, message + at, ORDER_OPTIONS_MAX);
	assert(options <= ORDER_OPTIONS_MAX); /* the limits of the field tables see to it */
	order.options_len = (uint32_t)options;
	memcpy(message, &order, sizeof order);
	return at + options;
}

size_t orders_next(const struct orders *orders, uint8_t *message, size_t room)
{
	if (orders->told == orders->n_due)
		return 0;
	const struct order_due due = orders->due[orders->told];
	const struct known *const known = find(orders, due.id);
	if (due.kind == ORDER_WATCH && known != NULL)
		return write_order(&orders->conf->checks[known->check], due.id, message, room);
	/* ORDER_WATCH: a check that a later configuration took out again before it was told. */
	const struct order order = {.kind = due.kind == ORDER_WATCH ? ORDER_FORGET : due.kind,
		.id = due.id,
		.check = due.check,
		.terms = orders->terms};
	memcpy(message, &order, sizeof order);
	return sizeof order;
}

void orders_told(struct orders *orders)
{
	if (++orders->told == orders->n_due)
		orders->n_due = orders->told = 0;
}

uint32_t orders_try(struct orders *orders, uint32_t check)
{
	size_t i = 0;
	while (i < orders->n && orders->known[i].check != check)
		i++;
	assert(i < orders->n);
	const uint32_t id = ++*orders->ids;
	add_due(orders,
		(struct order_due){.kind = ORDER_TRY, .id = id, .check = orders->known[i].id});
	return id;
}

bool orders_check(const struct orders *orders, uint32_t id, uint32_t *check)
{
	const struct known *const known = find(orders, id);
	if (known == NULL || !known->ours)
		return false;
	*check = known->check;
	return true;
}

size_t orders_checks(const struct orders *orders, uint32_t **checks)
{
	size_t n = 0;
	*checks = mem_list(orders->n, sizeof **checks);
	for (size_t i = 0; i < orders->n; i++)
		if (orders->known[i].ours)
			(*checks)[n++] = orders->known[i].check;
	return n;
}

void orders_free(struct orders *orders)
{
	if (orders == NULL)
		return;
	for (size_t i = 0; i < orders->n; i++)
		forget(&orders->known[i]);
	free(orders->known);
	free(orders->due);
	free(orders);
}
