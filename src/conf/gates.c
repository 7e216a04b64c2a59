#include "base/arena.h"
#include "conf/problem.h"
#include "conf/site.h"

#include <math.h>
#include <string.h>

enum { GATES_MAX = 16 };

/* One gate as it is written; which keys must stand depends on the kind. */
struct gate_keys {
	const char *probe, *min, *max;
	span_t age;
	int unknown;
};

static const struct word unknowns[] = {{"refuse", false}, {"allow", true}, {NULL, 0}};

#define PROBE_FIELD                                                                                \
	{                                                                                          \
		.key = "probe", .type = FIELD_TEXT, .offset = offsetof(struct gate_keys, probe),   \
		.help = "The probe whose value is looked at."                                      \
	}
#define UNKNOWN_FIELD                                                                              \
	{                                                                                          \
		.key = "unknown", .type = FIELD_WORD,                                              \
		.offset = offsetof(struct gate_keys, unknown), .otherwise = "refuse",              \
		.words = unknowns, .help = "What a value that is not known means."                 \
	}

static const struct field table_fresh[] = {PROBE_FIELD,
	{.key = "max",
		.type = FIELD_SPAN,
		.offset = offsetof(struct gate_keys, age),
		.min = 1,
		.max = (int64_t)366 * 86400 * 1000,
		.help = "How old the value may be."},
	UNKNOWN_FIELD, {.key = NULL}};

static const struct field table_behind[] = {PROBE_FIELD,
	{.key = "max",
		.type = FIELD_TEXT,
		.offset = offsetof(struct gate_keys, max),
		.otherwise = "0",
		.help = "How far behind."},
	UNKNOWN_FIELD, {.key = NULL}};

static const struct field table_same[] = {PROBE_FIELD, UNKNOWN_FIELD, {.key = NULL}};

static const struct field table_limits[] = {PROBE_FIELD,
	{.key = "min",
		.type = FIELD_TEXT,
		.offset = offsetof(struct gate_keys, min),
		.otherwise = "",
		.help = "The least."},
	{.key = "max",
		.type = FIELD_TEXT,
		.offset = offsetof(struct gate_keys, max),
		.otherwise = "",
		.help = "The most."},
	UNKNOWN_FIELD, {.key = NULL}};

static const struct gate_word {
	const char *key;
	enum gate_kind kind;
	const struct field *fields;
} gate_words[] = {
	{"fresh", GATE_FRESH, table_fresh},
	{"behind", GATE_BEHIND, table_behind},
	{"same", GATE_SAME, table_same},
	{"value", GATE_LIMITS, table_limits},
};

static void problem(const struct site *s, struct place at, const char *key, const char *what)
{
	conf_problem(s->draft->problems, CONF_ERROR, at, "%s: policy: require: %s%s%s", s->subject,
		key, key[0] != '\0' ? ": " : "", what);
}

static bool number(const struct site *s, const struct yaml_node *map, const char *key,
	const char *text, double *value)
{
	if (text == NULL || value_number(text, value))
		return true;
	problem(s, draft_place(map, key), key, "must be a number");
	return false;
}

/* `same: PROBE` is short for `same: {probe: PROBE}`. */
static bool read_gate(const struct site *s, const struct gate_word *word,
	const struct yaml_node *node, struct gate_rule *rule, uint32_t *probe)
{
	struct gate_keys keys = {0};
	const struct yaml_node *name = node;
	if (node->is == YAML_IS_MAP) {
		const struct reader reader = {s->draft->arena, s->draft->problems,
			arena_format(s->draft->scratch, "%s: policy: require: %s", s->subject,
				word->key)};
		const struct part part = {word->fields, &keys};
		if (!fields_read(&reader, node, &part, 1, FIELDS_REFUSE_OTHERS))
			return false;
		name = yaml_find(node, "probe")->value;
	} else if (word->kind != GATE_SAME || node->is != YAML_IS_TEXT) {
		problem(s, node->at, word->key, "a map is needed, such as {probe: NAME, max: ...}");
		return false;
	}
	*rule = (struct gate_rule){.kind = word->kind,
		.probe = arena_text(s->draft->arena, name->text, strlen(name->text)),
		.min = -INFINITY,
		.max = INFINITY,
		.age = keys.age,
		.lenient = keys.unknown != 0};
	if (!site_probe(s, "policy: require", name, probe) ||
		!number(s, node, "min", keys.min, &rule->min) ||
		!number(s, node, "max", keys.max, &rule->max))
		return false;
	if (word->kind == GATE_LIMITS && keys.min == NULL && keys.max == NULL)
		problem(s, node->at, word->key, "min or max is missing; add one");
	else if (rule->min > rule->max)
		problem(s, draft_place(node, "min"), word->key,
			"min is above max, so that no value is good; exchange them");
	else
		return true;
	return false;
}

static const struct gate_word *find_word(const char *key)
{
	for (size_t i = 0; i < COUNT_OF(gate_words); i++)
		if (strcmp(gate_words[i].key, key) == 0)
			return &gate_words[i];
	return NULL;
}

static void read_all(const struct site *s, const struct yaml_node *key,
	const struct yaml_node *node, struct gate_rule rules[GATES_MAX], uint32_t probes[GATES_MAX],
	uint16_t *n)
{
	static const char *const known[] = {"fresh", "behind", "same", "value"};
	const struct gate_word *const word = find_word(key->text);
	if (word == NULL) {
		char near[SUGGESTION_MAX];
		problem(s, key->at, "",
			arena_format(s->draft->scratch, "there are fresh, behind, same and value%s",
				problem_nearest(key->text, known, COUNT_OF(known), near)));
		return;
	}
	const bool list = node->is == YAML_IS_LIST;
	for (size_t i = 0; i < (list ? node->n : 1); i++) {
		const struct yaml_node *const one = list ? node->entries[i].value : node;
		if (*n == GATES_MAX) {
			problem(s, one->at, "", "at most 16 gates");
			return;
		}
		if (read_gate(s, word, one, &rules[*n], &probes[*n]))
			(*n)++;
	}
}

void site_gates(const struct site *s, const struct yaml_node *map)
{
	struct gate_rule rules[GATES_MAX];
	uint32_t probes[GATES_MAX];
	uint16_t n = 0;
	for (size_t i = 0; map != NULL && i < map->n; i++)
		read_all(s, map->entries[i].key, map->entries[i].value, rules, probes, &n);
	s->service->gates = arena_copy(s->draft->arena, rules, n * sizeof *rules);
	s->service->gate_probes = arena_copy(s->draft->arena, probes, n * sizeof *probes);
	s->service->n_gates = n;
}
