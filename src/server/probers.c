#include "server/probers.h"

#include "base/mem.h"
#include "conf/heartbeat.h"
#include "server/orders.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Attempts a second that auto gives one prober.  An attempt costs 20 us (tcp) to 60 us (http), so
 * these are a fifth to three fifths of a core; the rest is for the rounds that are not even.
 */
enum { ATTEMPTS_EACH = 10000 };

struct probers {
	struct loop *loop;
	const struct child_events *events;
	const struct conf *conf;
	uint32_t ids; /* see server/orders.h */
	uint32_t n;
	struct child **list;
	struct child_facts *facts; /* of each, as last asked */
};

struct probers *probers_new(struct loop *loop, const struct child_events *events)
{
	struct probers *const probers = mem_new(sizeof *probers);
	probers->loop = loop;
	probers->events = events;
	return probers;
}

static uint32_t wanted(const struct conf *conf)
{
	if (conf->server.probers > 0)
		return conf->server.probers;
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	double rate = 0;
	for (size_t i = 0; i < conf->policy.n_checks; i++)
		if (conf->checks[i].probe->kind != &heartbeat_kind)
			rate += 1e9 / (double)conf->checks[i].probe->every.ns;
	uint32_t n = 1;
	while (n < cores && rate > (double)n * ATTEMPTS_EACH)
		n++;
	return n;
}

bool probers_adopt(struct probers *probers, const struct conf *conf)
{
	const uint32_t n = wanted(conf), was = probers->n;
	for (uint32_t i = n; i < was; i++)
		child_free(probers->list[i]);
	struct child **const list = mem_list(n, sizeof(struct child *));
	for (uint32_t i = 0; i < n; i++)
		list[i] = i < was ? probers->list[i]
				  : child_new(probers->loop, probers->events, i, &probers->ids);
	free(probers->list);
	free(probers->facts);
	probers->list = list;
	probers->facts = mem_list(n, sizeof *probers->facts);
	probers->n = n;
	probers->conf = conf;
	for (uint32_t i = 0; i < n; i++)
		child_adopt(list[i], conf, n);
	return n < was;
}

static struct child *of_check(const struct probers *probers, uint32_t check)
{
	return probers->list[orders_prober(probers->conf, check, probers->n)];
}

uint32_t probers_try(struct probers *probers, uint32_t check)
{
	return child_try(of_check(probers, check), check);
}

bool probers_hear(const struct probers_facts *facts, const struct conf *conf, uint32_t check)
{
	return facts->n > 0 &&
	       facts->each[orders_prober(conf, check, (uint32_t)facts->n)].state == CHILD_RUNNING;
}

static uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

static void add(struct child_facts *all, const struct child_facts *one)
{
	const struct report_beat *const beat = &one->beat;
	if (one->state > all->state || all->trouble[0] == '\0')
		memcpy(all->trouble, one->trouble, sizeof all->trouble);
	if (one->state > all->state)
		all->state = one->state;
	all->restarts += one->restarts;
	all->unended += one->unended;
	all->late_us = most(all->late_us, one->late_us);
	/* All know the references; they count once. */
	all->beat.checks += beat->checks - beat->references;
	all->beat.asking += beat->asking;
	all->beat.queued += beat->queued;
	all->beat.standing += beat->standing;
	all->beat.wanting += beat->wanting;
	all->beat.attempts += beat->attempts;
	all->beat.references = most(all->beat.references, beat->references);
	all->beat.silent = most(all->beat.silent, beat->silent);
	all->beat.doubted |= beat->doubted;
}

struct probers_facts probers_facts(const struct probers *probers)
{
	struct probers_facts facts = {.n = probers->n, .each = probers->facts};
	for (uint32_t i = 0; i < probers->n; i++) {
		probers->facts[i] = child_facts(probers->list[i]);
		if (i == 0)
			facts.all = probers->facts[i];
		else
			add(&facts.all, &probers->facts[i]);
	}
	return facts;
}

void probers_free(struct probers *probers)
{
	if (probers == NULL)
		return;
	for (uint32_t i = 0; i < probers->n; i++)
		child_free(probers->list[i]);
	free(probers->list);
	free(probers->facts);
	free(probers);
}
