/* Connections that are being made: each is told once, and none that was dropped. */
#include "net/dials.h"
#include "tests/unit/probe_once.h"

#include <errno.h>

enum { MANY = 100 };

struct call {
	struct world *world;
	struct dial dial;
	int told, error;
	struct call *drops;          /* when it is told */
	const struct address *again; /* likewise, and to be begun anew, */
	bool briefly;                /* only to be dropped */
};

struct world {
	struct loop *loop;
	struct dials *dials;
	size_t left;
};

static void drop(struct call *call)
{
	if (call->dial.fd >= 0)
		dials_drop(call->world->dials, &call->dial);
	assert_int_equal(call->dial.fd, -1);
}

static void on_dialled(void *cookie, int error)
{
	struct call *const call = cookie;
	call->told++;
	call->error = error;
	drop(call);
	if (call->drops != NULL)
		drop(call->drops);
	if (call->again != NULL) {
		assert_int_equal(
			dials_begin(call->world->dials, call->again, call, &call->dial), 0);
		call->again = NULL;
		if (!call->briefly)
			return;
		drop(call);
	}
	if (--call->world->left == 0)
		loop_stop(call->world->loop);
}

static void dial_to(struct world *world, struct call *call, const struct address *to)
{
	*call = (struct call){.world = world};
	assert_int_equal(dials_begin(world->dials, to, call, &call->dial), 0);
}

static void each_is_told_once(void **state)
{
	(void)state;
	struct world world = {.loop = loop_new(), .left = MANY};
	world.dials = dials_new(world.loop, on_dialled);
	struct address open, shut;
	const int fds[] = {listen_on("127.0.0.1", &open), refuse_on("127.0.0.1", &shut)};
	struct call dials[MANY];
	for (size_t i = 0; i < MANY; i++)
		dial_to(&world, &dials[i], i % 2 == 0 ? &open : &shut);
	run_for(world.loop, 10000);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(dials[i].told, 1);
		assert_int_equal(dials[i].error, i % 2 == 0 ? 0 : ECONNREFUSED);
	}
	dials_free(world.dials);
	loop_free(world.loop);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* Pairs that drop each other: both are ready in the same turn, and one of them is told. */
static void what_is_dropped_is_told_no_more(void **state)
{
	(void)state;
	struct world world = {.loop = loop_new(), .left = MANY / 2};
	world.dials = dials_new(world.loop, on_dialled);
	struct address open;
	const int fd = listen_on("127.0.0.1", &open);
	struct call dials[MANY];
	for (size_t i = 0; i < MANY; i++)
		dial_to(&world, &dials[i], &open);
	for (size_t i = 0; i < MANY; i++)
		dials[i].drops = &dials[i ^ 1];
	run_for(world.loop, 10000);
	for (size_t i = 0; i < MANY; i += 2)
		assert_int_equal(dials[i].told + dials[i + 1].told, 1);
	dials_free(world.dials);
	loop_free(world.loop);
	(void)close(fd);
}

/* One socket after the other place, good or bad, and of either family. */
static void sockets_serve_again(void **state)
{
	(void)state;
	struct world world = {.loop = loop_new()};
	world.dials = dials_new(world.loop, on_dialled);
	struct address open[2], shut;
	const int fds[] = {listen_on("127.0.0.1", &open[0]), listen_on("::1", &open[1]),
		refuse_on("127.0.0.1", &shut)};
	const int before = lowest_descriptor();
	for (int i = 0; i < MANY; i++) {
		struct call call;
		const struct address *const to = i % 3 == 2 ? &shut : &open[i % 2];
		world.left = 1;
		dial_to(&world, &call, to);
		assert_in_range(call.dial.fd, before, before + 1); /* one a family */
		run_for(world.loop, 10000);
		assert_int_equal(call.told, 1);
		assert_int_equal(call.error, to == &shut ? ECONNREFUSED : 0);
	}
	dials_free(world.dials);
	assert_int_equal(lowest_descriptor() < before, true); /* the dials' own, too */
	loop_free(world.loop);
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		(void)close(fds[i]);
}

/* The same port of the same host, as IPv6 writes IPv4. */
static struct address mapped(const struct address *v4)
{
	struct address address;
	assert_true(address_parse("::ffff:127.0.0.1", &address));
	return address_with_port(address, address_port(v4));
}

/* To the kernel such a socket is one of IPv4, for ever. */
static void what_spoke_ipv4_does_not_serve_again(void **state)
{
	(void)state;
	struct world world = {.loop = loop_new()};
	world.dials = dials_new(world.loop, on_dialled);
	struct address open[2];
	const int fds[] = {listen_on("127.0.0.1", &open[0]), listen_on("::1", &open[1])};
	open[0] = mapped(&open[0]);
	for (int i = 0; i < MANY; i++) {
		struct call call;
		world.left = 1;
		dial_to(&world, &call, &open[i % 2]);
		run_for(world.loop, 10000);
		assert_int_equal(call.told, 1);
		assert_int_equal(call.error, 0);
	}
	dials_free(world.dials);
	loop_free(world.loop);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* What is begun while the one before is told may be told, or dropped untold. */
static void begun_while_told(void **state)
{
	(void)state;
	struct world world = {.loop = loop_new(), .left = MANY};
	world.dials = dials_new(world.loop, on_dialled);
	struct address open, shut;
	const int fds[] = {listen_on("127.0.0.1", &open), refuse_on("127.0.0.1", &shut)};
	struct call dials[MANY];
	for (size_t i = 0; i < MANY; i++) {
		dial_to(&world, &dials[i], &open);
		dials[i].again = &shut;
		dials[i].briefly = i % 2 == 0;
	}
	run_for(world.loop, 10000);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(dials[i].told, dials[i].briefly ? 1 : 2);
		assert_int_equal(dials[i].error, dials[i].briefly ? 0 : ECONNREFUSED);
	}
	dials_free(world.dials);
	loop_free(world.loop);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void it_cannot_begin(void **state)
{
	(void)state;
	struct world world = {.loop = loop_new()};
	world.dials = dials_new(world.loop, on_dialled);
	struct address address;
	struct dial dial;
	const int before = lowest_descriptor();
	assert_true(address_parse("127.255.255.255", &address)); /* broadcast */
	address = address_with_port(address, 9);
	assert_int_equal(dials_begin(world.dials, &address, &world, &dial), ENETUNREACH);
	assert_int_equal(dial.fd, -1);
	address.any.sa_family = AF_UNSPEC;
	assert_int_equal(dials_begin(world.dials, &address, &world, &dial), EAFNOSUPPORT);
	assert_int_equal(dial.fd, -1);
	assert_int_equal(lowest_descriptor(), before);
	dials_free(world.dials);
	dials_free(NULL);
	loop_free(world.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told_once),
		cmocka_unit_test(what_is_dropped_is_told_no_more),
		cmocka_unit_test(sockets_serve_again),
		cmocka_unit_test(what_spoke_ipv4_does_not_serve_again),
		cmocka_unit_test(begun_while_told),
		cmocka_unit_test(it_cannot_begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
