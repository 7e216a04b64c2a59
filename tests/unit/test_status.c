/* The status object: its shape, and that what is written without a tree is what a tree would be. */
#include "base/arena.h"
#include "net/octets.h"
#include "serve_world.h"
#include "server/jput.h"
#include "server/jtext.h"
#include "server/outcomes.h"
#include "server/render.h"
#include "server/snapshot.h"

#define TWO_SERVICES                                                                               \
	HEAD "probes: {web: {type: http}, tcp: {type: tcp, port: 25}}\n"                           \
	     "services:\n" WWW "    health: {all: [web, tcp]}\n"                                   \
	     "  mail:\n"                                                                           \
	     "    zone: example.com\n"                                                             \
	     "    records: [\"mail A {address}\"]\n"                                               \
	     "    health: {all: [tcp]}\n"                                                          \
	     "    endpoints: [{name: one, address: 192.0.2.30}]\n"

struct status_world {
	struct view *base;
	struct loaded l;
	struct load load;
	struct engine *engine;
	struct effects effects;
	struct serve *serve;
	struct outcomes *outcomes;
	struct snapshot s;
};

static const int64_t now_ns = INT64_C(1000000000000);

static int set_up(void **state)
{
	struct status_world *const w = mem_new(sizeof *w);
	*state = w;
	w->base = base_of(zone_a, zone_b);
	w->l = load(w->base, TWO_SERVICES);
	const struct policy *const policy = &w->l.parsed.conf->policy;
	w->load = (struct load){
		.refs = 1, .conf = w->l.parsed.conf, .base = w->base, .records = w->l.records};
	w->engine = engine_new(policy, (mono_t){now_ns}, &w->effects);
	w->serve = serve_new();
	assert_true(serve_adopt(w->serve, w->base, w->l.records, engine_facts(w->engine), NOW));
	ANSWERS(w->serve, "www.example.com", "A 192.0.2.10 5");
	w->outcomes = outcomes_new(policy);
	/* One that passed, with a value, one that could not be asked; of the others nothing is
	 * known. */
	outcomes_note(w->outcomes, 0,
		&(struct report){.kind = REPORT_OUTCOME,
			.outcome = PROBE_PASS,
			.started = {now_ns},
			.ended = {now_ns + 1234567},
			.why = "says \"ok\"\\\n\x01 \xc3\xa9 \xff",
			.value = "42"});
	outcomes_note(w->outcomes, 1,
		&(struct report){.kind = REPORT_OUTCOME,
			.outcome = PROBE_NO_VERDICT,
			.fault = FAULT_LATE,
			.started = {now_ns},
			.ended = {now_ns + 5}});
	w->s = (struct snapshot){.now = {now_ns + INT64_C(5000000000)},
		.started = {1},
		.wall_ns = INT64_C(1700000000000000000),
		.load = &w->load,
		.view = serve_view(w->serve),
		.facts = engine_facts(w->engine),
		.last = outcomes_last(w->outcomes)};
	return 0;
}

static int tear_down(void **state)
{
	struct status_world *const w = *state;
	outcomes_free(w->outcomes);
	serve_free(w->serve);
	engine_free(w->engine);
	free(w->effects.list);
	loaded_end(&w->l);
	view_unref(w->base);
	free(w);
	return 0;
}

/* The object, which is one line of valid JSON and what jansson makes of that again. */
static json_t *status_of(const struct status_world *w, const char *only)
{
	const struct counters counters = {0};
	struct octets out = {0};
	assert_true(render_status(&out, &w->s, &counters, only));
	json_t *const json =
		json_loadb((const char *)out.at, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	char *const again = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9));
	assert_int_equal(strlen(again), out.len);
	assert_memory_equal(again, out.at, out.len);
	free(again);
	octets_free(&out);
	return json;
}

static void assert_keys(json_t *object, const char *expected)
{
	char keys[1024] = "";
	size_t used = 0;
	const char *key;
	json_t *value;
	json_object_foreach(object, key, value)
	{
		used += (size_t)snprintf(keys + used, sizeof keys - used, "%s ", key);
		assert_true(used < sizeof keys);
	}
	assert_string_equal(keys, expected);
}

static void every_key_has_its_place(void **state)
{
	json_t *const json = status_of(*state, NULL);
	assert_keys(json, "version pid at uptime_s generation zones queries switches reloads "
			  "reload_refused prober probers journal services ");
	json_t *const services = json_object_get(json, "services");
	assert_int_equal(json_array_size(services), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(services, 0), "name")), "mail");
	json_t *const www = json_array_get(services, 1);
	assert_keys(www,
		"name zone mode state active rule since on_none failback hold_s failback_at ttl "
		"serial records endpoints home standby deposed rule_number chosen_by asked stuck "
		"overrides suspect ttl_now exposed_until trickle trickle_by shared_by shares "
		"pinned "
		"frozen ");
	json_t *const ends = json_object_get(www, "endpoints");
	assert_int_equal(json_array_size(ends), 2);
	json_t *const fra = json_array_get(ends, 0);
	assert_keys(fra, "name address host home active state since checks deposed admin "
			 "admin_until maintenance drill_until ");
	json_t *const checks = json_object_get(fra, "checks");
	assert_int_equal(json_array_size(checks), 2);
	assert_keys(json_array_get(checks, 0),
		"probe address state streak last reason latency_ms at outcomes attempts latency "
		"value ");
	json_decref(json);
}

/* The check of that number, wherever it stands; borrowed. */
static json_t *check_with(json_t *status, const char *last)
{
	size_t s, e, c;
	json_t *service, *end, *check;
	json_array_foreach(json_object_get(status, "services"), s, service)
		json_array_foreach(json_object_get(service, "endpoints"), e, end)
			json_array_foreach(json_object_get(end, "checks"), c, check)
	{
		const char *const is = json_string_value(json_object_get(check, "last"));
		if (is == last || (is != NULL && last != NULL && strcmp(is, last) == 0))
			return check;
	}
	return NULL;
}

static void assert_value(json_t *object, const char *key, const char *expected)
{
	char *const text = json_dumps(json_object_get(object, key), JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(text, expected);
	free(text);
}

static void a_check_says_what_was_heard(void **state)
{
	json_t *const json = status_of(*state, NULL);
	json_t *const pass = check_with(json, "pass"), *const none = check_with(json, "no-verdict"),
		      *const unheard = check_with(json, NULL);
	assert_value(pass, "latency_ms", "1.234567");
	assert_value(pass, "at", "\"2023-11-14T22:13:15.001Z\"");
	assert_value(pass, "attempts", "{\"pass\":1,\"fail\":0,\"no_verdict\":{}}");
	assert_value(json_object_get(pass, "latency"), "attempts", "1");
	assert_value(json_object_get(pass, "value"), "text", "\"42\"");
	assert_value(none, "attempts", "{\"pass\":0,\"fail\":0,\"no_verdict\":{\"late\":1}}");
	assert_value(none, "latency", "null");
	assert_value(none, "value", "null");
	assert_value(unheard, "latency_ms", "null");
	assert_value(unheard, "at", "null");
	json_decref(json);
}

static void one_alone_is_what_it_is_among_all(void **state)
{
	json_t *const all = status_of(*state, NULL);
	const char *const names[] = {"mail", "www"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		json_t *const one = status_of(*state, names[i]);
		json_t *const list = json_object_get(one, "services");
		assert_int_equal(json_array_size(list), 1);
		assert_true(json_equal(json_array_get(list, 0),
			json_array_get(json_object_get(all, "services"), i)));
		json_decref(one);
	}
	json_decref(all);
}

static void one_that_is_not_there_leaves_nothing(void **state)
{
	const struct status_world *const w = *state;
	const struct counters counters = {0};
	struct octets out = {0};
	octets_add(&out, "x", 1);
	assert_false(render_status(&out, &w->s, &counters, "ww"));
	assert_int_equal(out.len, 1);
	octets_free(&out);
}

/* ---- without a tree ---- */

/* Takes `tree`. */
static void assert_same(struct octets *out, json_t *tree)
{
	char *const text =
		json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
	octets_add(out, "", 1);
	assert_string_equal((const char *)out->at, text);
	free(text);
	json_decref(tree);
	octets_free(out);
}

static void texts_are_written_as_by_a_tree(void **state)
{
	static const char *const texts[] = {"", "plain ~ text /", "\"", "\\", "\n", "\x01", "\x1f",
		"\x7f", "\xc3\xa9", "\xff not UTF-8", "\xc3", "{\"a\":[1]}"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct octets out = {0};
		jput_text(&out, "", texts[i]);
		assert_same(&out, jtext(texts[i]));
	}
	for (int c = 1; c < 256; c++) {
		const char text[] = {'a', (char)c, 'b', '\0'};
		struct octets out = {0};
		jput_text(&out, "", text);
		assert_same(&out, jtext(text));
	}
	struct octets out = {0};
	jput_text(&out, "", NULL);
	assert_same(&out, json_null());
}

static void numbers_are_written_as_by_a_tree(void **state)
{
	static const int64_t whole[] = {0, 1, -1, 4294967296, INT64_MAX, INT64_MIN};
	static const double real[] = {0, -0.0, 1, 0.1, -2.5, 1e9, 123456789, 1e10, 1.5e-7, 1e300};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(whole); i++) {
		struct octets out = {0};
		jput_int(&out, "", whole[i]);
		assert_same(&out, json_integer(whole[i]));
	}
	for (size_t i = 0; i < COUNT_OF(real); i++) {
		struct octets out = {0};
		jput_real(&out, "", real[i]);
		assert_same(&out, json_real(real[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_key_has_its_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_check_says_what_was_heard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_alone_is_what_it_is_among_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_that_is_not_there_leaves_nothing, set_up, tear_down),
		cmocka_unit_test(texts_are_written_as_by_a_tree),
		cmocka_unit_test(numbers_are_written_as_by_a_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
