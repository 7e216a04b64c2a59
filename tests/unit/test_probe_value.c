/* Values and their limits through the prober: by a kind that reads a value out of its own options.
 */
#include "tests/unit/prober_child.h"

struct reads_options {
	const char *value;
	span_t age;
};

static const struct field reads_fields[] = {
	{.key = "value", .type = FIELD_TEXT, .offset = offsetof(struct reads_options, value)},
	{.key = "age", .type = FIELD_SPAN, .offset = offsetof(struct reads_options, age)},
	{.key = NULL},
};

struct reads_probe {
	struct loop *loop;
	const struct probe_target *target;
	const struct reads_options *options;
	struct watch *watch;
	probe_done_fn *done;
	void *cookie;
};

static void *reads_begin(struct loop *loop) { return loop; }

static void reads_end(void *shared) { (void)shared; }

static void *reads_open(void *shared, const struct probe_target *target, const void *options)
{
	struct reads_probe *const p = calloc(1, sizeof *p);
	assert_non_null(p);
	p->loop = shared;
	p->target = target;
	p->options = options;
	return p;
}

static void reads_close(void *probe) { free(probe); }

static void reads_cancel(void *probe)
{
	struct reads_probe *const p = probe;
	watch_free(p->watch);
}

static void reads_over(void *probe, mono_t now)
{
	struct reads_probe *const p = probe;
	(void)now;
	watch_free(p->watch);
	struct probe_report report = {.outcome = PROBE_PASS};
	probe_value(&report, p->options->value, strlen(p->options->value));
	if (p->options->age.ns >= 0)
		probe_aged(&report, p->options->age);
	p->done(p->cookie, &report);
}

static void reads_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct reads_probe *const p = probe;
	p->done = done;
	p->cookie = cookie;
	p->watch = loop_at(p->loop, loop_now(p->loop), reads_over, p);
}

static const struct probe_kind reads = {
	.options = {.name = "reads", .fields = reads_fields, .size = sizeof(struct reads_options)},
	.begin = reads_begin,
	.end = reads_end,
	.open = reads_open,
	.close = reads_close,
	.start = reads_start,
	.cancel = reads_cancel,
};

const struct probe_kind *const probe_kinds[] = {&reads, NULL}; /* instead of those of kinds.c */
const struct option_set *const probe_options[] = {&reads.options, NULL};

/* Orders check `id` to read `value` every 20 ms. */
static void order_reading(struct child *child, uint32_t id, const char *value, int64_t age_ms,
	const struct limits *limits)
{
	static uint8_t message[sizeof(struct order) + 512];
	const struct reads_options options = {value, span_ms(age_ms)};
	struct order o = {.kind = ORDER_WATCH,
		.id = id,
		.address = child->open,
		.rule = rule_of(20, 1000),
		.kind_len = 5};
	o.rule.limits = *limits;
	memcpy(message + sizeof o, "reads", 5);
	o.options_len = (uint32_t)pack_options(
		reads_fields, &options, message + sizeof o + 5, sizeof message - sizeof o - 5);
	memcpy(message, &o, sizeof o);
	send_all(child, message, sizeof o + 5 + o.options_len);
}

static struct limits at_most(const char *max)
{
	struct limits limits = {0};
	assert_true(decimal_parse(max, &limits.max));
	return limits;
}

static void a_value_arrives_with_its_age(void **state)
{
	(void)state;
	struct child child = start();
	order_reading(&child, 1, "tele\nphone", 1500, &(struct limits){0});
	const struct report r = wait_for(&child, 1);
	assert_int_equal(r.outcome, PROBE_PASS);
	assert_string_equal(r.value, "tele\\nphone");
	assert_int_equal(r.age.ns, span_ms(1500).ns);
	stop(&child);
}

static void a_limit_turns_a_pass_into_a_fail(void **state)
{
	(void)state;
	struct child child = start();
	struct limits limits = at_most("10");
	order_reading(&child, 1, "12", -1, &limits);
	struct report r = wait_for(&child, 1);
	assert_int_equal(r.outcome, PROBE_FAIL);
	assert_string_equal(r.why, "value 12 is above max 10");
	assert_string_equal(r.value, "12"); /* it is told all the same */

	limits = at_most("12"); /* another limit for a check that is known */
	order_reading(&child, 1, "12", -1, &limits);
	do
		r = wait_for(&child, 1);
	while (r.outcome != PROBE_PASS);
	assert_string_equal(r.why, "");
	stop(&child);
}

static void what_stands_still_grows_old(void **state)
{
	(void)state;
	struct child child = start();
	const struct limits limits = {.max_age = span_ms(100)};
	order_reading(&child, 1, "17", -1, &limits); /* no age is told */
	order_reading(&child, 2, "17", 0, &limits);  /* always new */
	struct report r = wait_for(&child, 1);
	assert_int_equal(r.outcome, PROBE_PASS);
	do
		r = wait_for(&child, 1);
	while (r.outcome == PROBE_PASS);
	assert_int_equal(r.outcome, PROBE_FAIL);
	assert_memory_equal(r.why, "value 17 is 0.1s old, max-age 0.1s", 12);
	r = wait_for(&child, 2);
	assert_int_equal(r.outcome, PROBE_PASS);
	stop(&child);
}

/* As the check is judged, with what it knows of the value. */
static void a_trial_keeps_to_the_limits(void **state)
{
	(void)state;
	struct child child = start();
	const struct limits limits = {.max_age = span_ms(100)};
	order_reading(&child, 1, "17", -1, &limits);
	while (wait_for(&child, 1).outcome == PROBE_PASS)
		;
	const struct order o = {.kind = ORDER_TRY, .id = 7, .check = 1};
	send_all(&child, &o, sizeof o);
	const struct report r = wait_for_kind(&child, REPORT_TRIAL, 7);
	assert_int_equal(r.outcome, PROBE_FAIL);
	assert_memory_equal(r.why, "value 17 is ", 12);
	assert_string_equal(r.value, "17");
	stop(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_arrives_with_its_age),
		cmocka_unit_test(a_limit_turns_a_pass_into_a_fail),
		cmocka_unit_test(what_stands_still_grows_old),
		cmocka_unit_test(a_trial_keeps_to_the_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
