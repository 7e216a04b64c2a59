#include "failover/carry.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing, at most half full; a slot holds a number + 1, 0 is empty. */
struct table {
	uint32_t *slots;
	size_t mask;
};

static struct table table_new(size_t n)
{
	size_t size = 2;
	while (size < 2 * n)
		size *= 2;
	return (struct table){.slots = mem_list(size, sizeof(uint32_t)), .mask = size - 1};
}

/* FNV-1a.  The operator's own names: nobody gains by making them collide. */
static size_t hash(const char *text, uint32_t scope)
{
	uint64_t h = 0xcbf29ce484222325U ^ scope;
	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3U;
	return (size_t)(h ^ h >> 32);
}

static void table_put(struct table *table, const char *text, uint32_t scope, size_t number)
{
	size_t at = hash(text, scope) & table->mask;
	while (table->slots[at] != 0)
		at = (at + 1) & table->mask;
	table->slots[at] = (uint32_t)(number + 1);
}

static uint32_t find_check(
	const struct table *table, const struct policy *was, const char *identity)
{
	for (size_t at = hash(identity, 0);; at++) {
		const uint32_t slot = table->slots[at & table->mask];
		if (slot == 0)
			return CARRY_NEW;
		if (strcmp(was->checks[slot - 1].identity, identity) == 0)
			return slot - 1;
	}
}

static uint32_t find_endpoint(
	const struct table *table, const struct policy *was, uint32_t service, const char *name)
{
	for (size_t at = hash(name, service);; at++) {
		const uint32_t slot = table->slots[at & table->mask];
		if (slot == 0)
			return CARRY_NEW;
		const struct policy_endpoint *end = &was->endpoints[slot - 1];
		if (end->service == service && strcmp(end->name, name) == 0)
			return slot - 1;
	}
}

static uint32_t *carry_checks(const struct policy *was, const struct policy *is)
{
	struct table table = table_new(was->n_checks);
	for (size_t i = 0; i < was->n_checks; i++)
		table_put(&table, was->checks[i].identity, 0, i);
	uint32_t *from = mem_list(is->n_checks, sizeof(*from));
	for (size_t i = 0; i < is->n_checks; i++)
		from[i] = find_check(&table, was, is->checks[i].identity);
	free(table.slots);
	return from;
}

/* Both are sorted by name. */
static uint32_t *carry_services(const struct policy *was, const struct policy *is)
{
	uint32_t *from = mem_list(is->n_services, sizeof(*from));
	size_t old = 0;
	for (size_t i = 0; i < is->n_services; i++) {
		const char *name = is->services[i].name;
		while (old < was->n_services && strcmp(was->services[old].name, name) < 0)
			old++;
		const bool same =
			old < was->n_services && strcmp(was->services[old].name, name) == 0;
		from[i] = same ? (uint32_t)old : CARRY_NEW;
	}
	return from;
}

static uint32_t *carry_endpoints(
	const struct policy *was, const struct policy *is, const uint32_t *services)
{
	struct table table = table_new(was->n_endpoints);
	for (size_t i = 0; i < was->n_endpoints; i++)
		table_put(&table, was->endpoints[i].name, was->endpoints[i].service, i);
	uint32_t *from = mem_list(is->n_endpoints, sizeof(*from));
	for (size_t i = 0; i < is->n_endpoints; i++) {
		const struct policy_endpoint *end = &is->endpoints[i];
		const uint32_t service = services[end->service];
		from[i] = service == CARRY_NEW ? CARRY_NEW
					       : find_endpoint(&table, was, service, end->name);
	}
	free(table.slots);
	return from;
}

struct carry carry_new(const struct policy *was, const struct policy *is)
{
	struct carry carry = {.checks = carry_checks(was, is), .services = carry_services(was, is)};
	carry.endpoints = carry_endpoints(was, is, carry.services);
	return carry;
}

void carry_free(struct carry *carry)
{
	free(carry->checks);
	free(carry->endpoints);
	free(carry->services);
}
