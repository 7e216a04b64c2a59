#include "conf_fixture.h"
#include "server/orders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"server: {listen: [\"127.0.0.1@5300\"]}\n"                                                 \
	"zones: {example.com: {file: a.zone}}\n"

static struct parsed policy(const char *every, const char *addresses[], size_t n)
{
	char text[2048];
	size_t used = (size_t)snprintf(text, sizeof text,
		HEAD
		"probes: {web: {type: http, every: %s}}\n"
		"services:\n  www:\n    zone: example.com\n    records: [\"www A {address}\"]\n"
		"    health: {all: [web]}\n    endpoints:\n",
		every);
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
			"      - {name: e%zu, address: %s}\n", i, addresses[i]);
	struct parsed parsed = parse_text(text);
	assert_string_equal(parsed_problem(&parsed, 0), "");
	return parsed;
}

struct told {
	enum order_kind kind;
	uint32_t id, check;
	char address[ADDRESS_TEXT_MAX];
};

/* Everything that is left to tell. */
static size_t tell(struct orders *orders, struct told list[], size_t room)
{
	static uint8_t message[sizeof(struct order) + 512 + ORDER_OPTIONS_MAX];
	size_t n = 0;
	while (orders_next(orders, message, sizeof message) > 0) {
		struct order order;
		memcpy(&order, message, sizeof order);
		orders_told(orders);
		if (order.kind == ORDER_TERMS) {
			assert_int_equal(order.terms.per_host, 64);
			continue;
		}
		assert_true(n < room);
		list[n].kind = order.kind;
		list[n].id = order.id;
		list[n].check = order.check;
		if (order.kind == ORDER_WATCH)
			(void)address_text(&order.address, list[n].address);
		n++;
	}
	return n;
}

static void only_what_changed_is_told(void **state)
{
	(void)state;
	struct parsed a = policy("1s", (const char *[]){"192.0.2.1", "192.0.2.2"}, 2);
	struct parsed b = policy("1s", (const char *[]){"192.0.2.2", "192.0.2.3"}, 2);
	struct parsed slower = policy("2s", (const char *[]){"192.0.2.2", "192.0.2.3"}, 2);
	struct told told[8];
	uint32_t ids = 0;
	struct orders *const orders = orders_new(&ids);

	orders_adopt(orders, a.conf, (struct share){0, 1});
	assert_int_equal(tell(orders, told, 8), 2);
	const uint32_t second =
		strcmp(told[0].address, "192.0.2.2@80") == 0 ? told[0].id : told[1].id;
	const uint32_t first = told[0].id + told[1].id - second;

	orders_adopt(orders, b.conf, (struct share){0, 1});
	assert_int_equal(tell(orders, told, 8), 2); /* the new one, and the old one forgotten */
	assert_int_equal(told[0].kind, ORDER_WATCH);
	assert_string_equal(told[0].address, "192.0.2.3@80");
	assert_int_equal(told[1].kind, ORDER_FORGET);
	assert_int_equal(told[1].id, first);
	uint32_t check = 99;
	assert_false(orders_check(orders, first, &check)); /* late reports of it mean nothing */
	assert_true(orders_check(orders, second, &check));
	assert_string_equal(b.conf->policy.checks[check].probe, "web");
	assert_true(address_equal(&b.conf->checks[check].address, &a.conf->checks[1].address) ||
		    address_equal(&b.conf->checks[check].address, &a.conf->checks[0].address));

	orders_adopt(orders, slower.conf,
		(struct share){0, 1}); /* the same questions, other times: same numbers */
	assert_int_equal(tell(orders, told, 8), 2);
	assert_true(told[0].kind == ORDER_WATCH && told[1].kind == ORDER_WATCH);
	assert_true(told[0].id == second || told[1].id == second);

	orders_restart(orders); /* a new prober knows nothing */
	assert_int_equal(tell(orders, told, 8), 2);
	orders_free(orders);
	parsed_free(&a);
	parsed_free(&b);
	parsed_free(&slower);
}

static void what_was_not_told_yet_may_be_gone_again(void **state)
{
	(void)state;
	struct parsed a = policy("1s", (const char *[]){"192.0.2.1"}, 1);
	struct parsed b = policy("1s", (const char *[]){"192.0.2.2"}, 1);
	struct told told[8];
	uint32_t ids = 0;
	struct orders *const orders = orders_new(&ids);
	orders_adopt(orders, a.conf, (struct share){0, 1});
	orders_adopt(orders, b.conf, (struct share){0, 1});
	const size_t n = tell(orders, told, 8);
	size_t watched = 0;
	for (size_t i = 0; i < n; i++)
		if (told[i].kind == ORDER_WATCH) {
			assert_string_equal(told[i].address, "192.0.2.2@80");
			watched++;
		}
	assert_int_equal(watched, 1);
	orders_free(orders);
	parsed_free(&a);
	parsed_free(&b);
}

static void an_attempt_is_told_once(void **state)
{
	(void)state;
	struct parsed a = policy("1s", (const char *[]){"192.0.2.1", "192.0.2.2"}, 2);
	struct told told[8];
	uint32_t ids = 0;
	struct orders *const orders = orders_new(&ids);
	orders_adopt(orders, a.conf, (struct share){0, 1});
	const uint32_t id = orders_try(orders, 1);
	assert_int_equal(tell(orders, told, 8), 3); /* after the checks, which it is one of */
	assert_int_equal(told[2].kind, ORDER_TRY);
	assert_int_equal(told[2].id, id);
	uint32_t check = 99;
	assert_true(orders_check(orders, told[2].check, &check));
	assert_int_equal(check, 1);
	assert_false(orders_check(orders, id, &check)); /* its reports are no outcomes */

	assert_true(orders_try(orders, 0) != id);
	orders_restart(orders); /* who was to make it is gone */
	assert_int_equal(tell(orders, told, 8), 2);
	assert_true(told[0].kind == ORDER_WATCH && told[1].kind == ORDER_WATCH);
	orders_free(orders);
	parsed_free(&a);
}

static void probers_share_the_checks_and_all_know_the_references(void **state)
{
	(void)state;
	enum { OF = 3, ENDPOINTS = 64, REFERENCES = 2, CHECKS = 2 * ENDPOINTS + REFERENCES };
	char text[8192];
	size_t used = (size_t)snprintf(text, sizeof text,
		"version: 1\nserver: {listen: [\"127.0.0.1@5300\"], references: {probe: web, "
		"addresses: [192.0.2.200, 192.0.2.201]}}\n"
		"zones: {example.com: {file: a.zone}}\n"
		"probes: {web: {type: http, every: 1s}, other: {type: tcp, port: 25, every: 1s}}\n"
		"services:\n  www:\n    zone: example.com\n    records: [\"www A {address}\"]\n"
		"    mode: pool\n    health: {all: [web, other]}\n    endpoints:\n");
	for (int i = 0; i < ENDPOINTS; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
			"      - {name: e%d, address: 192.0.2.%d}\n", i, i + 1);
	struct parsed a = parse_text(text);
	assert_string_equal(parsed_problem(&a, 0), "");
	assert_int_equal(a.conf->policy.n_checks, CHECKS);

	uint32_t ids = 0, makes[CHECKS] = {0}, host[256];
	size_t watched = 0;
	memset(host, 0xff, sizeof host);
	for (uint32_t number = 0; number < OF; number++) {
		struct told told[CHECKS];
		uint32_t *checks;
		struct orders *const orders = orders_new(&ids);
		orders_adopt(orders, a.conf, (struct share){number, OF});
		const size_t n = tell(orders, told, CHECKS), ours = orders_checks(orders, &checks);
		watched += n;
		assert_true(ours > CHECKS / OF / 3); /* no other has nearly all */
		for (size_t i = 0; i < ours; i++) {
			uint32_t *const who = &host[((const uint8_t *)&a.conf->checks[checks[i]]
							     .address.v4.sin_addr)[3]];
			assert_true(*who == UINT32_MAX || *who == number); /* one asks a host */
			*who = number;
			makes[checks[i]]++;
			assert_int_equal(orders_prober(a.conf, checks[i], OF), number);
		}
		size_t heard = 0;
		uint32_t check;
		for (size_t i = 0; i < n; i++)
			heard += orders_check(orders, told[i].id, &check);
		assert_int_equal(heard, ours); /* of a reference, one tells */
		free(checks);
		orders_free(orders);
	}
	for (size_t i = 0; i < CHECKS; i++)
		assert_int_equal(makes[i], 1);
	assert_int_equal(watched, 2 * ENDPOINTS + OF * REFERENCES);
	assert_int_equal(ids, watched); /* and no number stands for two */
	parsed_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_changed_is_told),
		cmocka_unit_test(what_was_not_told_yet_may_be_gone_again),
		cmocka_unit_test(an_attempt_is_told_once),
		cmocka_unit_test(probers_share_the_checks_and_all_know_the_references),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
