/*
 * SERVICES services of which home fails, and comes back, all by one outcome: what each step on the
 * way to the answers, and behind them, costs in CPU.  The same for the status of all, a load, and a
 * reload of what did not change.  Writes its configuration to DIRECTORY.  usage: crowd DIRECTORY
 * SERVICES ROUNDS
 */
#include "base/arena.h"
#include "base/mem.h"
#include "net/octets.h"
#include "probes/probe.h"
#include "server/keeping.h"
#include "server/load.h"
#include "server/outcomes.h"
#include "server/render.h"
#include "server/serve.h"
#include "server/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void die(const char *why, const char *what)
{
	(void)fprintf(stderr, "crowd: %s: %s\n", why, what);
	exit(1); /* NOLINT(concurrency-mt-unsafe): nobody else is there */
}

static double cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double since;
static void lap(const char *what)
{
	const double now = cpu();
	printf("%-28s %8.2f ms\n", what, now - since);
	(void)fflush(stdout);
	since = cpu();
}

static void write_files(const char *dir, unsigned n)
{
	char path[4096];
	(void)snprintf(path, sizeof path, "%s/zone", dir);
	FILE *f = fopen(path, "w");
	if (f == NULL)
		die(path, "cannot be written");
	(void)fputs(
		"$TTL 300\n@ SOA ns hostmaster 1 3600 600 604800 300\n@ NS ns\nns A 192.0.2.1\n",
		f);
	(void)fclose(f);
	(void)snprintf(path, sizeof path, "%s/crowd.yaml", dir);
	f = fopen(path, "w");
	if (f == NULL)
		die(path, "cannot be written");
	(void)fprintf(f, "version: 1\nserver: {listen: [\"127.0.0.1@5300\"], breaker: off}\nzones: "
			 "{example.com: {file: zone}}\n"
			 "probes: {up: {type: tcp, port: 8080, every: 100ms, timeout: 90ms, fall: "
			 "1, rise: 1}}\nservices:\n");
	for (unsigned i = 0; i < n; i++)
		(void)fprintf(f,
			"  s%u: {zone: example.com, records: [\"s%u A {address}\"], ttl: 5s, "
			"health: {all: [up]}, "
			"endpoints: [{name: fra, address: 192.0.2.10}, {name: ams, address: "
			"192.0.2.20}, {name: lon, address: 192.0.2.30}], "
			"policy: {failback: auto, hold: 0s}}\n",
			i, i);
	(void)fclose(f);
}

static struct load *read_load(const char *dir, const struct load *was)
{
	char path[4096];
	(void)snprintf(path, sizeof path, "%s/crowd.yaml", dir);
	struct conf_problems problems = {.arena = arena_new()};
	struct load *const load = load_read(path, probe_options, was, NULL, &problems);
	if (load == NULL)
		die(path, problems.list[0].text);
	arena_free(problems.arena);
	return load;
}

struct crowd {
	struct load *load;
	struct engine *engine;
	struct serve *serve;
	struct effects effects;
	mono_t now;
};

static void outcome(struct crowd *c, uint32_t check, enum probe_outcome outcome)
{
	c->now.ns += INT64_C(20000000);
	const struct event event = {.kind = EVENT_OUTCOME, .check = check, .outcome = outcome};
	engine_step(c->engine, &event, c->now, &c->effects);
}

static void turn(struct crowd *c)
{
	uint32_t *const services = mem_list(c->effects.n, sizeof *services);
	size_t n = 0;
	for (size_t i = 0; i < c->effects.n; i++)
		if (c->effects.list[i].kind == EFFECT_SWITCH ||
			c->effects.list[i].kind == EFFECT_TTL)
			services[n++] = c->effects.list[i].subject;
	(void)serve_switch(c->serve, services, n, engine_facts(c->engine), 1700000000);
	printf("%zu services move, generation %llu\n", n,
		(unsigned long long)view_generation(serve_view(c->serve)));
	lap("  records");
	struct keeping *const keeping = keeping_new(c->load, c->now);
	keeping_effects(keeping, engine_facts(c->engine), &c->effects, serve_view(c->serve));
	lap("  (after) journal");
	const struct store_batch batch = keeping_batch(keeping);
	(void)batch;
	lap("  (keeper) its text");
	keeping_free(keeping);
	c->effects.n = 0;
	free(services);
	lap("  (after) free");
}

static long peak_kb(void)
{
	struct rusage usage;
	(void)getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* The status object of all of them, as the status thread makes it. */
static void status(struct crowd *c)
{
	const struct policy *const policy = &c->load->conf->policy;
	struct outcomes *const outcomes = outcomes_new(policy);
	for (uint32_t i = 0; i < policy->n_checks; i++)
		outcomes_note(outcomes, i,
			&(struct report){.kind = REPORT_OUTCOME,
				.outcome = PROBE_PASS,
				.started = c->now,
				.ended = {c->now.ns + 1000000},
				.why = "connected"});
	const struct snapshot s = {.now = c->now,
		.started = {1},
		.wall_ns = INT64_C(1700000000000000000),
		.load = c->load,
		.view = serve_view(c->serve),
		.facts = engine_facts(c->engine),
		.last = outcomes_last(outcomes)};
	const struct counters counters = {0};
	const long before = peak_kb();
	struct octets out = {0};
	since = cpu();
	if (!render_status(&out, &s, &counters, NULL))
		abort();
	lap("status");
	printf("  %.1f MB; the peak rose by %.1f MB\n", (double)out.len / 1e6,
		(double)(peak_kb() - before) / 1e3);
	octets_free(&out);
	outcomes_free(outcomes);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		die(argv[0], "usage: crowd DIRECTORY SERVICES ROUNDS");
	const unsigned n = (unsigned)strtoul(argv[2], NULL, 10);
	const unsigned rounds = (unsigned)strtoul(argv[3], NULL, 10);
	write_files(argv[1], n);
	since = cpu();
	struct crowd c = {.now = {INT64_C(1000000000000)}};
	c.load = read_load(argv[1], NULL);
	lap("load");
	c.engine = engine_new(&c.load->conf->policy, c.now, &c.effects);
	lap("engine");
	c.serve = serve_new();
	(void)serve_adopt(
		c.serve, c.load->base, c.load->records, engine_facts(c.engine), 1700000000);
	lap("first view");
	c.effects.n = 0;
	outcome(&c, 0, PROBE_PASS);
	outcome(&c, 1, PROBE_PASS);
	c.effects.n = 0;
	since = cpu();
	for (unsigned i = 0; i < rounds; i++) {
		outcome(&c, 1, PROBE_PASS);
		since = cpu();
		outcome(&c, 0, i % 2 == 0 ? PROBE_FAIL : PROBE_PASS);
		lap("engine");
		turn(&c);
	}
	status(&c);
	struct load *const next = read_load(argv[1], c.load);
	lap("reload");
	engine_adopt(c.engine, &next->conf->policy, c.now, &c.effects);
	lap("  engine");
	(void)serve_adopt(c.serve, next->base, next->records, engine_facts(c.engine), 1700000000);
	lap("  view");
	load_unref(c.load);
	lap("  free");
	serve_free(c.serve);
	engine_free(c.engine);
	free(c.effects.list);
	load_unref(next);
	return 0;
}
