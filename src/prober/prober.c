#include "prober/prober.h"

#include "base/mem.h"
#include "net/log.h"
#include "net/loop.h"
#include "prober/check.h"
#include "prober/process.h"
#include "prober/recipe.h"
#include "prober/trial.h"
#include "probes/probe.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BUCKETS = 4096,
	KINDS_MAX = 32,
	ORDERS_A_TURN = 64, /* so that ten thousand orders do not make attempts late */
	ORDER_ROOM = sizeof(struct order) + 1024 + ORDER_OPTIONS_MAX,
};

struct prober {
	int fd;
	struct loop *loop;
	struct watch *readable, *writable, *beat;
	struct crew crew;
	struct recipes *recipes;
	struct trials *trials;
	void *shared[KINDS_MAX];        /* as probe_kinds[]; NULL: not used yet */
	struct check *buckets[BUCKETS]; /* by id; ids count up, so they spread */
	uint32_t checks;
	bool alive_due; /* a beat is to be told */
	bool blocked;   /* the socket takes nothing more for now */
	struct log_limit dropped;
	struct report outgoing[REPORTS_MAX];
	uint8_t order[ORDER_ROOM];
};

/* What is to be said goes out, as far as the socket takes it; the rest waits for writable(). */
static bool send_reports(struct prober *prober, size_t n)
{
	if (send(prober->fd, prober->outgoing, n * sizeof prober->outgoing[0],
		    MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	prober->blocked = true; /* for good if the other end is gone: reading tells */
	if (errno == EAGAIN || errno == ENOBUFS)
		watch_resume(prober->writable);
	return false;
}

struct batch { /* what is sent at once, in this order */
	size_t alive, tried, outcomes;
};

static struct batch gather(struct prober *prober)
{
	struct batch batch = {.alive = prober->alive_due};
	if (batch.alive > 0)
		prober->outgoing[0] = (struct report){.kind = REPORT_ALIVE,
			.late_us = lateness_us(prober->crew.lateness.worst),
			.beat = crew_beat(&prober->crew, prober->checks)};
	batch.tried = trials_gather(
		prober->trials, prober->outgoing + batch.alive, REPORTS_MAX - batch.alive);
	size_t n = batch.alive + batch.tried;
	for (const struct check *c = prober->crew.telling.first; c != NULL && n < REPORTS_MAX;
		c = check_after(c))
		prober->outgoing[n++] = *check_report(c);
	batch.outcomes = n - batch.alive - batch.tried;
	return batch;
}

static void tell(void *cookie, mono_t now)
{
	struct prober *const prober = cookie;
	(void)now;
	prober->alive_due |= prober->crew.news;
	prober->crew.news = false;
	while (!prober->blocked) {
		const struct batch batch = gather(prober);
		const size_t n = batch.alive + batch.tried + batch.outcomes;
		if (n == 0 || !send_reports(prober, n))
			return;
		if (batch.alive > 0) {
			prober->alive_due = false;
			prober->crew.lateness.worst = (span_t){0};
		}
		trials_told(prober->trials, batch.tried);
		for (size_t i = 0; i < batch.outcomes; i++)
			check_told(prober->crew.telling.first);
	}
}

static void on_writable(void *cookie, mono_t now)
{
	struct prober *const prober = cookie;
	watch_pause(prober->writable);
	prober->blocked = false;
	tell(prober, now);
}

static void on_beat(void *cookie, mono_t now)
{
	struct prober *const prober = cookie;
	prober->alive_due = true; /* told after this turn */
	watch_again(prober->beat, mono_after(now, span_ms(REPORT_BEAT_MS)));
}

static struct check **find(struct prober *prober, uint32_t id)
{
	struct check **at = &prober->buckets[id % BUCKETS];
	while (*at != NULL && check_id(*at) != id)
		at = check_chain(*at);
	return at;
}

static void forget(struct prober *prober, struct check **at)
{
	struct check *const check = *at;
	struct recipe *const recipe = check_recipe(check);
	*at = *check_chain(check);
	check_free(check);
	recipe_drop(prober->recipes, recipe);
	prober->checks--;
}

static bool find_kind(const char *name, size_t len, size_t *index)
{
	for (size_t i = 0; probe_kinds[i] != NULL; i++)
		if (strlen(probe_kinds[i]->options.name) == len &&
			memcmp(probe_kinds[i]->options.name, name, len) == 0) {
			*index = i;
			return true;
		}
	return false;
}

static bool address_sound(const struct address *address)
{
	return (address->any.sa_family == AF_INET && address->len == sizeof address->v4) ||
	       (address->any.sa_family == AF_INET6 && address->len == sizeof address->v6);
}

static bool rule_sound(const struct check_rule *rule)
{
	return rule->every.ns > 0 && rule->fast.ns > 0 && rule->down.ns > 0 &&
	       rule->timeout.ns > 0 && rule->rise > 0 && rule->fall > 0;
}

/* NULL, or why the order cannot be followed. */
static const char *watch_order(
	struct prober *prober, const struct order *order, const uint8_t *texts, size_t len)
{
	const char *const kind = (const char *)texts, *const host = kind + order->kind_len;
	size_t index;
	if (len != (size_t)order->kind_len + order->host_len + order->options_len)
		return "wrong length";
	if (!rule_sound(&order->rule))
		return "no time to do it in";
	struct check **const at = find(prober, order->id);
	if (*at != NULL) {
		check_change(*at, &order->rule);
		return NULL;
	}
	if (!find_kind(kind, order->kind_len, &index))
		return "no such kind";
	if (probe_kinds[index]->options.target != TARGET_NONE && !address_sound(&order->address))
		return "no address";
	struct recipe *const recipe = recipe_take(prober->recipes, probe_kinds[index],
		texts + order->kind_len + order->host_len, order->options_len);
	if (recipe == NULL)
		return "options not understood";
	assert(index < KINDS_MAX);
	if (prober->shared[index] == NULL)
		prober->shared[index] = probe_kinds[index]->begin(prober->loop);
	*at = check_new(&prober->crew, order->id, recipe, prober->shared[index], &order->address,
		host, order->host_len, &order->rule);
	prober->checks++;
	return NULL;
}

static void *shared_of(const struct prober *prober, const struct probe_kind *kind)
{
	size_t i = 0;
	while (probe_kinds[i] != kind)
		i++;
	return prober->shared[i];
}

static void try_order(struct prober *prober, const struct order *order)
{
	const struct check *const check = *find(prober, order->check);
	if (check == NULL) /* it was forgotten just now */
		trials_refuse(prober->trials, order->id, "the prober does not know this check");
	else
		trials_begin(prober->trials, order->id, check,
			shared_of(prober, check_recipe(check)->kind));
}

/* Only a bug of ours can bring a wrong one: it is said, and the others go on. */
static void follow(struct prober *prober, size_t len, mono_t now)
{
	struct order order = {.kind = ORDER_FORGET};
	const char *wrong = "too short";
	if (len > sizeof prober->order)
		wrong = "too long";
	else if (len >= sizeof order) {
		memcpy(&order, prober->order, sizeof order);
		wrong = NULL;
		switch (order.kind) {
		case ORDER_WATCH:
			wrong = watch_order(
				prober, &order, prober->order + sizeof order, len - sizeof order);
			break;
		case ORDER_TERMS:
			crew_limit(&prober->crew, order.terms.per_host, order.terms.enough);
			break;
		case ORDER_FORGET: {
			struct check **const at = find(prober, order.id);
			if (*at != NULL)
				forget(prober, at);
			break;
		}
		case ORDER_TRY: try_order(prober, &order); break;
		default: wrong = "no such order";
		}
	}
	if (wrong != NULL && log_limit_ask(&prober->dropped, now).say)
		log_line(LOG_LINE_ERROR, "order=dropped id=%u octets=%zu why=\"%s\"", order.id, len,
			wrong);
}

static void on_readable(void *cookie, mono_t now)
{
	struct prober *const prober = cookie;
	for (int i = 0; i < ORDERS_A_TURN; i++) {
		const ssize_t n = recv(
			prober->fd, prober->order, sizeof prober->order, MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) { /* locumd is gone, or wants us to be */
			loop_stop(prober->loop);
			return;
		}
		follow(prober, (size_t)n, now);
	}
}

static struct prober *prober_new(int fd)
{
	struct prober *const prober = mem_new(sizeof *prober);
	uint32_t dice = 0;
	if (getrandom(&dice, sizeof dice, GRND_NONBLOCK) != (ssize_t)sizeof dice)
		dice = (uint32_t)getpid() *
		       2654435761U; /* early at boot: other than our peers will do */
	prober->fd = fd;
	prober->loop = loop_new();
	prober->recipes = recipes_new();
	crew_begin(&prober->crew, prober->loop, dice, process_descriptors());
	prober->trials = trials_new(&prober->crew, prober->recipes);
	prober->readable = loop_readable(prober->loop, fd, on_readable, prober);
	prober->writable = loop_writable(prober->loop, fd, on_writable, prober);
	watch_pause(prober->writable);
	prober->beat = loop_at(prober->loop, loop_now(prober->loop), on_beat, prober);
	loop_after_turn(prober->loop, tell, prober);
	return prober;
}

static void prober_free(struct prober *prober)
{
	trials_free(prober->trials);
	prober->crew.descriptors = 0; /* nobody begins any more */
	for (size_t i = 0; i < BUCKETS; i++)
		while (prober->buckets[i] != NULL)
			forget(prober, &prober->buckets[i]);
	for (size_t i = 0; probe_kinds[i] != NULL; i++)
		if (prober->shared[i] != NULL)
			probe_kinds[i]->end(prober->shared[i]);
	crew_end(&prober->crew);
	recipes_free(prober->recipes);
	watch_free(prober->beat);
	watch_free(prober->writable);
	watch_free(prober->readable);
	loop_free(prober->loop);
	free(prober);
}

int prober_run(int fd)
{
	if (!process_become(fd))
		return 0;
	struct prober *const prober = prober_new(fd);
	loop_run(prober->loop);
	prober_free(prober);
	(void)close(fd);
	return 0;
}
