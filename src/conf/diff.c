#include "base/arena.h"
#include "base/mem.h"
#include "base/span.h"
#include "conf/conf.h"
#include "conf/pack.h"
#include "dns/name.h"

#include <stdlib.h>
#include <string.h>

struct lines {
	struct arena *arena;
	const char **list;
	size_t n, room;
};

static void add(struct lines *lines, const char *line)
{
	lines->list = mem_grow(lines->list, &lines->room, lines->n + 1, sizeof *lines->list);
	lines->list[lines->n++] = line;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_address(const struct address *a, const struct address *b)
{
	return a->len == b->len && (a->len == 0 || address_equal(a, b));
}

static bool same_listen(const struct addresses *a, const struct addresses *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!address_equal(&a->list[i], &b->list[i]))
			return false;
	return true;
}

/* The keys of `server` that differ, of which there are at most as many as it has. */
enum { SERVER_KEYS = 7 };

static size_t server_changes(
	const struct conf_server *was, const struct conf_server *is, const char *keys[SERVER_KEYS])
{
	size_t n = 0;
	if (!same_listen(&was->listen, &is->listen))
		keys[n++] = "listen";
	if (!same_address(&was->status, &is->status))
		keys[n++] = "status";
	if (!same_address(&was->beats, &is->beats))
		keys[n++] = "beats";
	if (!same_text(was->control, is->control))
		keys[n++] = "control";
	if (!same_text(was->state, is->state))
		keys[n++] = "state";
	if (was->workers != is->workers)
		keys[n++] = "workers";
	if (!same_text(was->user, is->user))
		keys[n++] = "user";
	return n;
}

const char *conf_needs_restart(const struct conf *was, const struct conf *is)
{
	const char *keys[SERVER_KEYS];
	return server_changes(&was->server, &is->server, keys) > 0 ? keys[0] : NULL;
}

bool conf_same_limits(const struct conf_limits *a, const struct conf_limits *b)
{
	return a->records_per_type == b->records_per_type && a->types_per_name == b->types_per_name;
}

static bool same_exempt(const struct prefixes *a, const struct prefixes *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct prefix *const p = &a->list[i], *const q = &b->list[i];
		if (p->net.high != q->net.high || p->net.low != q->net.low ||
			p->mask.high != q->mask.high || p->mask.low != q->mask.low)
			return false;
	}
	return true;
}

/* What takes effect at once. */
static void diff_terms(
	struct lines *lines, const struct conf_server *was, const struct conf_server *is)
{
	if (!same_text(was->identity, is->identity))
		add(lines, "server: identity changed");
	if (!same_text(was->hooks, is->hooks))
		add(lines, "server: hooks changed");
	if (was->version != is->version)
		add(lines, "server: version changed");
	if (was->cookies.off != is->cookies.off ||
		!same_text(was->cookies.secret_file, is->cookies.secret_file))
		add(lines, "server: cookies changed");
	if (was->rrl.off != is->rrl.off || was->rrl.rate != is->rrl.rate ||
		was->rrl.slip != is->rrl.slip || !same_exempt(&was->rrl.exempt, &is->rrl.exempt))
		add(lines, "server: rrl changed");
	if (was->connections_per_client != is->connections_per_client)
		add(lines, "server: connections-per-client changed");
}

static bool same_references(const struct conf_references *a, const struct conf_references *b)
{
	if (!same_text(a->probe, b->probe) || a->enough != b->enough ||
		a->addresses.n != b->addresses.n)
		return false;
	for (size_t i = 0; i < a->addresses.n; i++)
		if (strcmp(a->addresses.list[i].text, b->addresses.list[i].text) != 0)
			return false;
	return true;
}

static void diff_server(struct lines *lines, const struct conf *was, const struct conf *is)
{
	const char *keys[SERVER_KEYS];
	const size_t n = server_changes(&was->server, &is->server, keys);
	for (size_t i = 0; i < n; i++)
		add(lines,
			arena_format(lines->arena, "server: %s changed, needs a restart", keys[i]));
	if (!conf_same_limits(&was->server.limits, &is->server.limits))
		add(lines, "server: limits changed");
	diff_terms(lines, &was->server, &is->server);
	if (was->server.attempts_per_host != is->server.attempts_per_host)
		add(lines, "server: attempts-per-host changed");
	if (was->server.probers != is->server.probers)
		add(lines, "server: probers changed");
	if (!same_references(&was->server.references, &is->server.references))
		add(lines, "server: references changed");
	const struct conf_breaker *const a = &was->server.breaker, *const b = &is->server.breaker;
	if (a->off != b->off || !same_text(a->share, b->share) || a->per.ns != b->per.ns ||
		a->failbacks != b->failbacks)
		add(lines, "server: breaker changed");
}

/* What differs, as words with ", " between; NULL: nothing. */
struct changes {
	struct arena *arena;
	const char *text;
};

static void change(struct changes *changes, bool same, const char *what)
{
	if (same)
		return;
	changes->text = changes->text == NULL
				? what
				: arena_format(changes->arena, "%s, %s", changes->text, what);
}

struct pair_of_confs { /* what the compared things belong to */
	const struct conf *was, *is;
	struct arena *arena;
};

static const char *key_changes(struct pair_of_confs in, const void *left, const void *right)
{
	const struct conf_key *const a = left, *const b = right;
	struct changes c = {in.arena, NULL};
	change(&c, a->algorithm == b->algorithm, "algorithm");
	change(&c, same_text(a->secret, b->secret), "secret");
	change(&c, same_text(a->file, b->file), "file");
	return c.text;
}

static const char *zone_changes(struct pair_of_confs in, const void *left, const void *right)
{
	const struct conf_zone *const a = left, *const b = right;
	struct changes c = {in.arena, NULL};
	change(&c, same_text(a->file, b->file), "file");
	change(&c, same_text(a->dir, b->dir), "dir");
	change(&c, conf_same_limits(&a->limits, &b->limits), "limits");
	return c.text;
}

static bool same_options(const struct conf_probe *a, const struct conf_probe *b)
{
	const struct field *const fields = a->kind->fields;
	const size_t len = pack_options(fields, a->options, NULL, 0);
	if (pack_options(fields, b->options, NULL, 0) != len)
		return false;
	uint8_t *const left = mem_new(len), *const right = mem_new(len);
	(void)!pack_options(fields, a->options, left, len);
	(void)!pack_options(fields, b->options, right, len);
	const bool same = memcmp(left, right, len) == 0;
	free(left);
	free(right);
	return same;
}

static const char *probe_changes(struct pair_of_confs in, const void *left, const void *right)
{
	const struct conf_probe *const a = left, *const b = right;
	struct changes c = {in.arena, NULL};
	change(&c, a->kind == b->kind, "type");
	change(&c, a->every.ns == b->every.ns, "every");
	change(&c, a->fast.ns == b->fast.ns, "fast");
	change(&c, a->down.ns == b->down.ns, "down");
	change(&c, a->timeout.ns == b->timeout.ns, "timeout");
	change(&c, a->watch == b->watch, "watch");
	change(&c, a->fall == b->fall, "fall");
	change(&c, a->rise == b->rise, "rise");
	change(&c, a->port == b->port, "port");
	change(&c, limits_same(&a->limits, &b->limits), "limits of the value");
	change(&c, a->kind != b->kind || same_options(a, b), "options");
	return c.text;
}

static bool same_vars(const struct pairs *a, const struct pairs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->list[i].key, b->list[i].key) != 0 ||
			strcmp(a->list[i].value, b->list[i].value) != 0)
			return false;
	return true;
}

static const struct conf_endpoint *endpoint_of(const struct conf_service *s, const char *name)
{
	for (size_t i = 0; i < s->n_endpoints; i++)
		if (strcmp(s->endpoints[i].name, name) == 0)
			return &s->endpoints[i];
	return NULL;
}

/* The first at or after `i` that the other service has, too. */
static size_t next_common(const struct conf_service *s, size_t i, const struct conf_service *other)
{
	while (i < s->n_endpoints && endpoint_of(other, s->endpoints[i].name) == NULL)
		i++;
	return i;
}

/* Whether those that stayed stand in the order they stood in. */
static bool same_order(const struct conf_service *was, const struct conf_service *is)
{
	size_t i = next_common(was, 0, is), j = next_common(is, 0, was);
	while (i < was->n_endpoints && j < is->n_endpoints) {
		if (strcmp(was->endpoints[i].name, is->endpoints[j].name) != 0)
			return false;
		i = next_common(was, i + 1, is);
		j = next_common(is, j + 1, was);
	}
	return true;
}

/* "endpoint ams: address", "endpoint lon added", "order of endpoints", ... */
static void endpoint_changes(
	struct changes *c, const struct conf_service *was, const struct conf_service *is)
{
	for (size_t i = 0; i < was->n_endpoints; i++)
		change(c, endpoint_of(is, was->endpoints[i].name) != NULL,
			arena_format(c->arena, "endpoint %s removed", was->endpoints[i].name));
	for (size_t i = 0; i < is->n_endpoints; i++) {
		const struct conf_endpoint *const b = &is->endpoints[i];
		const struct conf_endpoint *const a = endpoint_of(was, b->name);
		if (a == NULL) {
			change(c, false, arena_format(c->arena, "endpoint %s added", b->name));
			continue;
		}
		change(c, same_text(a->host_text, b->host_text),
			arena_format(c->arena, "endpoint %s: host", b->name));
		change(c, same_address(&a->address, &b->address),
			arena_format(c->arena, "endpoint %s: address", b->name));
		change(c, same_address(&a->address6, &b->address6),
			arena_format(c->arena, "endpoint %s: address6", b->name));
		change(c, same_vars(&a->vars, &b->vars),
			arena_format(c->arena, "endpoint %s: vars", b->name));
		change(c, a->weight == b->weight,
			arena_format(c->arena, "endpoint %s: weight", b->name));
	}
	change(c, same_order(was, is), "order of endpoints");
}

static bool same_records(const struct texts *a, const struct texts *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->list[i].text, b->list[i].text) != 0)
			return false;
	return true;
}

static bool same_probes(
	struct pair_of_confs in, const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (strcmp(in.was->probes[a[i]].name, in.is->probes[b[i]].name) != 0)
			return false;
	return true;
}

static bool same_needs(
	struct pair_of_confs in, const struct conf_needs *a, const struct conf_needs *b)
{
	if (a->n_tree != b->n_tree || !same_probes(in, a->probes, a->n, b->probes, b->n))
		return false;
	for (size_t i = 0; i < a->n_tree; i++)
		if (a->tree[i].least != b->tree[i].least || a->tree[i].n != b->tree[i].n)
			return false;
	return true;
}

static bool same_gates(
	struct pair_of_confs in, const struct conf_service *a, const struct conf_service *b)
{
	if (!same_probes(in, a->gate_probes, a->n_gates, b->gate_probes, b->n_gates))
		return false;
	for (size_t i = 0; i < a->n_gates; i++) {
		const struct gate_rule *const x = &a->gates[i], *const y = &b->gates[i];
		if (x->kind != y->kind || x->min != y->min || x->max != y->max ||
			x->age.ns != y->age.ns || x->lenient != y->lenient)
			return false;
	}
	return true;
}

static void rule_changes(
	struct changes *c, const struct service_rule *a, const struct service_rule *b)
{
	change(c, a->failover == b->failover, "failover");
	change(c, a->on_failover == b->on_failover, "on-failover");
	change(c, a->failback == b->failback, "failback");
	change(c, a->hold.ns == b->hold.ns, "hold");
	change(c, a->comeback == b->comeback || a->failback != b->failback, "comeback");
	change(c, a->wait.ns == b->wait.ns, "wait");
	change(c, a->start.ns == b->start.ns, "start");
	change(c, a->on_none == b->on_none, "on-none");
	change(c, a->least == b->least, "least");
	change(c, a->most == b->most, "most");
	change(c, a->trickle == b->trickle, "trickle");
	change(c, a->limit == b->limit && a->limit_per.ns == b->limit_per.ns, "limit");
	change(c, a->follows == b->follows, "ttl-follows");
	change(c, a->all_families == b->all_families, "families");
}

static const char *service_changes(struct pair_of_confs in, const void *left, const void *right)
{
	const struct conf_service *const a = left, *const b = right;
	struct changes c = {in.arena, NULL};
	change(&c, name_equal(a->zone, b->zone), "zone");
	change(&c, a->rule.mode == b->rule.mode, "mode");
	change(&c, a->weighted == b->weighted, "answer");
	change(&c, a->ttl.ns == b->ttl.ns, "ttl");
	const bool as_ttl = a->suspect_ttl.ns == a->ttl.ns && b->suspect_ttl.ns == b->ttl.ns;
	change(&c, as_ttl || a->suspect_ttl.ns == b->suspect_ttl.ns, "suspect-ttl");
	change(&c, same_records(&a->records, &b->records), "records");
	endpoint_changes(&c, a, b);
	change(&c, same_needs(in, &a->health, &b->health), "health");
	change(&c, same_needs(in, &a->ready, &b->ready), "ready");
	change(&c, same_gates(in, a, b), "require");
	change(&c, same_text(a->with, b->with), "with");
	change(&c, same_text(a->after, b->after), "after");
	rule_changes(&c, &a->rule, &b->rule);
	return c.text;
}

static int key_order(const void *left, const void *right)
{
	const struct conf_key *const a = left, *const b = right;
	return name_compare(a->domain, b->domain);
}

static int zone_order(const void *left, const void *right)
{
	const struct conf_zone *const a = left, *const b = right;
	if (a->apex != NULL && b->apex != NULL)
		return name_compare(a->apex, b->apex);
	if (a->apex != NULL || b->apex != NULL)
		return a->apex != NULL ? -1 : 1;
	return strcmp(a->dir, b->dir);
}

static int probe_order(const void *left, const void *right)
{
	const struct conf_probe *const a = left, *const b = right;
	return strcmp(a->name, b->name);
}

static int service_order(const void *left, const void *right)
{
	const struct conf_service *const a = left, *const b = right;
	return strcmp(a->name, b->name);
}

/* All four are called alike. */
// NOLINTBEGIN(readability-non-const-parameter)
static const char *key_name(const void *key, char room[NAME_TEXT_MAX])
{
	(void)room;
	return ((const struct conf_key *)key)->name;
}

static const char *zone_name(const void *of, char room[NAME_TEXT_MAX])
{
	const struct conf_zone *const zone = of;
	if (zone->apex == NULL)
		return "*";
	(void)name_text(zone->apex, room);
	const size_t len = strlen(room);
	if (len > 1)
		room[len - 1] = '\0';
	return room;
}

static const char *probe_name(const void *probe, char room[NAME_TEXT_MAX])
{
	(void)room;
	return ((const struct conf_probe *)probe)->name;
}

static const char *service_name(const void *service, char room[NAME_TEXT_MAX])
{
	(void)room;
	return ((const struct conf_service *)service)->name;
}

// NOLINTEND(readability-non-const-parameter)

/* A sorted list of things that have names: what comparing two of them takes. */
struct kind {
	const char *word;
	size_t each;
	int (*order)(const void *, const void *);
	const char *(*name)(const void *, char room[NAME_TEXT_MAX]);
	const char *(*changes)(struct pair_of_confs, const void *was, const void *is);
};

static const struct kind key_kind = {
	"key", sizeof(struct conf_key), key_order, key_name, key_changes};
static const struct kind zone_kind = {
	"zone", sizeof(struct conf_zone), zone_order, zone_name, zone_changes};
static const struct kind probe_kind = {
	"probe", sizeof(struct conf_probe), probe_order, probe_name, probe_changes};
static const struct kind service_kind = {
	"service", sizeof(struct conf_service), service_order, service_name, service_changes};

static void diff(struct lines *lines, struct pair_of_confs in, const struct kind *kind,
	struct items was, struct items is)
{
	const uint8_t *a = was.list, *b = is.list;
	const uint8_t *const a_end = a + was.n * kind->each, *const b_end = b + is.n * kind->each;
	while (a < a_end || b < b_end) {
		const int order = a == a_end ? 1 : b == b_end ? -1 : kind->order(a, b);
		char room[NAME_TEXT_MAX];
		const char *const name = kind->name(order < 0 ? a : b, room);
		if (order != 0) {
			add(lines, arena_format(in.arena, "%s %s: %s", kind->word, name,
					   order < 0 ? "removed" : "added"));
		} else {
			const char *const what = kind->changes(in, a, b);
			if (what != NULL)
				add(lines, arena_format(in.arena, "%s %s: changed (%s)", kind->word,
						   name, what));
		}
		a += order <= 0 ? kind->each : 0;
		b += order >= 0 ? kind->each : 0;
	}
}

size_t conf_diff(
	const struct conf *was, const struct conf *is, struct arena *arena, const char ***lines)
{
	struct lines all = {.arena = arena};
	const struct pair_of_confs in = {was, is, arena};
	diff_server(&all, was, is);
	diff(&all, in, &key_kind, (struct items){was->n_keys, was->keys},
		(struct items){is->n_keys, is->keys});
	diff(&all, in, &zone_kind, (struct items){was->n_zones, was->zones},
		(struct items){is->n_zones, is->zones});
	diff(&all, in, &probe_kind, (struct items){was->n_probes, was->probes},
		(struct items){is->n_probes, is->probes});
	diff(&all, in, &service_kind, (struct items){was->n_services, was->services},
		(struct items){is->n_services, is->services});
	*lines = arena_copy(arena, all.list, all.n * sizeof *all.list);
	free(all.list);
	return all.n;
}
