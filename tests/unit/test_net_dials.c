/* Connections that are being made: each is told once, and none that was dropped. */
#include "net/dials.h"
#include "tests/unit/probe_once.h"

#include <errno.h>

enum { MANY = 100 };

struct dial {
	struct world *world;
	int fd, told;
	bool broken;
	struct dial *drops; /* when it is told */
};

struct world {
	struct loop *loop;
	struct dials *dials;
	size_t left;
};

static void drop(struct dial *dial)
{
	if (dial->fd >= 0)
		dials_drop(dial->world->dials, dial->fd, dial);
	dial->fd = -1;
}

static void on_dialled(void *cookie, bool broken)
{
	struct dial *const dial = cookie;
	dial->told++;
	dial->broken = broken;
	drop(dial);
	if (dial->drops != NULL)
		drop(dial->drops);
	if (--dial->world->left == 0)
		loop_stop(dial->world->loop);
}

static void dial_to(struct world *world, struct dial *dial, const struct address *to)
{
	*dial = (struct dial){.world = world};
	dial->fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(dial->fd >= 0);
	assert_true(connect(dial->fd, &to->any, to->len) == 0 || errno == EINPROGRESS);
	assert_int_equal(dials_add(world->dials, dial->fd, dial), 0);
}

static void each_is_told_once(void **state)
{
	(void)state;
	struct world world = {.loop = loop_new(), .left = MANY};
	world.dials = dials_new(world.loop, on_dialled);
	struct address open, shut;
	const int fds[] = {listen_on("127.0.0.1", &open), refuse_on("127.0.0.1", &shut)};
	struct dial dials[MANY];
	for (size_t i = 0; i < MANY; i++)
		dial_to(&world, &dials[i], i % 2 == 0 ? &open : &shut);
	run_for(world.loop, 10000);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(dials[i].told, 1);
		assert_int_equal(dials[i].broken, i % 2 == 1);
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
	struct dial dials[MANY];
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

static void no_descriptor(void **state)
{
	(void)state;
	struct world world = {.loop = loop_new()};
	world.dials = dials_new(world.loop, on_dialled);
	assert_int_equal(dials_add(world.dials, -1, &world), EBADF);
	dials_free(world.dials);
	dials_free(NULL);
	loop_free(world.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told_once),
		cmocka_unit_test(what_is_dropped_is_told_no_more),
		cmocka_unit_test(no_descriptor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
