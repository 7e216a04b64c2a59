#include "base/mem.h"
#include "tests/unit/zones.h"
#include "zone/walk.h"

#include <stdlib.h>

struct item {
	struct leaf leaf;
	uint8_t key[KEY_MAX];
	uint8_t name[NAME_MAX_OCTETS];
};

enum { KEY_AT = offsetof(struct item, key), NAMES = 400 };

static size_t alive; /* items not freed */

static void item_free(struct leaf *leaf)
{
	alive--;
	free(leaf);
}

static const struct tree_kind kind = {.key_at = KEY_AT, .free = item_free};

static void put(struct twig *root, const uint8_t *name)
{
	struct key key;
	key_make(&key, name);
	struct item *const item = mem_new(sizeof *item);
	item->leaf = (struct leaf){.refs = 1, .len = key.len};
	memcpy(item->key, key.at, key.len);
	memcpy(item->name, name, name_len(name));
	alive++;
	struct twig *const twig = tree_edit(root, KEY_AT, key.at, key.len);
	struct leaf *const old = tree_leaf(*twig);
	*twig = tree_twig(&item->leaf, LEAF_MARKED);
	leaf_unref(old, &kind);
}

static bool take(struct twig *root, const uint8_t *name)
{
	struct key key;
	key_make(&key, name);
	return tree_remove(root, &kind, key.at, key.len);
}

/* The naive tree: names in order. */
struct list {
	size_t n;
	uint8_t names[NAMES][NAME_MAX_OCTETS];
};

/* Where the name is, or would go. */
static size_t place(const struct list *list, const uint8_t *name, bool *there)
{
	size_t i = 0;
	while (i < list->n && name_compare(list->names[i], name) < 0)
		i++;
	*there = i < list->n && name_equal(list->names[i], name);
	return i;
}

static void list_put(struct list *list, const uint8_t *name)
{
	bool there = false;
	const size_t i = place(list, name, &there);
	if (!there) {
		memmove(list->names[i + 1], list->names[i], (list->n - i) * sizeof list->names[0]);
		list->n++;
	}
	memcpy(list->names[i], name, name_len(name));
}

static bool list_take(struct list *list, const uint8_t *name)
{
	bool there = false;
	const size_t i = place(list, name, &there);
	if (there)
		memmove(list->names[i], list->names[i + 1],
			(--list->n - i) * sizeof list->names[0]);
	return there;
}

struct reading {
	const struct list *list;
	size_t at;
};

static bool read_one(void *cookie, const struct leaf *leaf)
{
	struct reading *const r = cookie;
	const struct item *const item = (const struct item *)leaf;
	assert_true(r->at < r->list->n);
	assert_true(name_equal(item->name, r->list->names[r->at]));
	r->at++;
	return true;
}

static void assert_same(struct twig root, const struct list *list)
{
	struct reading r = {list, 0};
	assert_true(tree_each(root, read_one, &r));
	assert_int_equal(r.at, list->n);
}

static const uint8_t *name_of(const struct leaf *leaf) { return ((const struct item *)leaf)->name; }

/* The octets that two names' keys share. */
static size_t shared(const uint8_t *a, const uint8_t *b)
{
	struct key x, y;
	key_make(&x, a);
	key_make(&y, b);
	size_t n = 0;
	while (n < x.len && n < y.len && x.at[n] == y.at[n])
		n++;
	return n;
}

static void assert_looks_up(struct twig root, const struct list *list, const uint8_t *name)
{
	struct key key;
	key_make(&key, name);
	bool there = false;
	const size_t i = place(list, name, &there);
	const struct leaf *const found = tree_find(root, KEY_AT, key.at, key.len);
	assert_int_equal(found != NULL, there);

	const struct leaf *const floor = tree_floor(root, KEY_AT, key.at, key.len);
	if (there)
		assert_true(floor == found);
	else if (i == 0)
		assert_null(floor);
	else if (floor == NULL || !name_equal(name_of(floor), list->names[i - 1]))
		fail_msg("before %s comes %s", text(name), text(list->names[i - 1]));

	struct tree_walk walk;
	tree_walk(root, KEY_AT, key.at, key.len, &walk);
	size_t above = 0, common = 0;
	for (size_t k = 0; k < list->n; k++) {
		const size_t n = shared(name, list->names[k]);
		common = n > common ? n : common;
		if (name_under(name, list->names[k])) {
			assert_true(above < walk.n);
			assert_true(name_equal(name_of(walk.above[above]), list->names[k]));
			above++;
		}
	}
	assert_int_equal(walk.n, above);
	assert_int_equal(walk.common, common);
	if (list->n > 0)
		assert_int_equal(shared(name, name_of(walk.near)), common);
}

struct differing {
	const struct list *was, *is;
	size_t a, b; /* read so far: names that both have are skipped */
};

static void skip_same(struct differing *d)
{
	while (d->a < d->was->n && d->b < d->is->n &&
		name_equal(d->was->names[d->a], d->is->names[d->b])) {
		d->a++;
		d->b++;
	}
}

static void read_difference(void *cookie, const struct leaf *was, const struct leaf *is)
{
	struct differing *const d = cookie;
	if (was != NULL && is != NULL) { /* put again */
		assert_true(name_equal(name_of(was), name_of(is)));
		return;
	}
	skip_same(d);
	const bool gone = d->b == d->is->n || (d->a < d->was->n && name_compare(d->was->names[d->a],
									   d->is->names[d->b]) < 0);
	assert_int_equal(gone, was != NULL);
	if (gone)
		assert_true(name_equal(name_of(was), d->was->names[d->a++]));
	else
		assert_true(name_equal(name_of(is), d->is->names[d->b++]));
}

static void assert_difference(
	struct twig was, const struct list *old, struct twig is, const struct list *now)
{
	struct differing d = {old, now, 0, 0};
	tree_diff(was, is, KEY_AT, read_difference, &d);
	skip_same(&d);
	assert_int_equal(d.a, old->n);
	assert_int_equal(d.b, now->n);
}

static void some_name(struct dice *dice, const struct list *list, uint8_t name[NAME_MAX_OCTETS])
{
	if (list->n > 0 && roll(dice, 3) > 0) {
		uint8_t top[NAME_MAX_OCTETS];
		memcpy(top, list->names[roll(dice, (uint32_t)list->n)], sizeof top);
		const uint8_t *const near = roll(dice, 4) > 0 ? top : name_parent(top);
		random_name(dice, near, 2, name);
	} else {
		random_name(dice, name_root, 3, name);
	}
}

enum { VERSIONS = 6 };

/* Random changes to versions that share structure: each stays what it was when it was kept. */
static void versions_stay_as_they_were(void **state)
{
	(void)state;
	struct dice dice = {11};
	static struct list list, lists[VERSIONS];
	struct twig root = {0}, roots[VERSIONS] = {{0}};
	for (int turn = 0; turn < 10000 / SLOWER; turn++) {
		uint8_t name[NAME_MAX_OCTETS];
		some_name(&dice, &list, name);
		const bool growing = turn / 400 % 2 == 0;
		if (list.n < NAMES - 1 && roll(&dice, 10) < (growing ? 7U : 3U)) {
			put(&root, name);
			list_put(&list, name);
		} else {
			assert_int_equal(take(&root, name), list_take(&list, name));
		}
		some_name(&dice, &list, name);
		assert_looks_up(root, &list, name);
		if (roll(&dice, 50) > 0)
			continue;
		const size_t v = roll(&dice, VERSIONS);
		assert_same(roots[v], &lists[v]);
		assert_difference(roots[v], &lists[v], root, &list);
		assert_difference(root, &list, roots[v], &lists[v]);
		if (roll(&dice, 8) == 0) { /* go on from an old one */
			tree_unref(root, &kind);
			root = tree_ref(roots[v]);
			list = lists[v];
			continue;
		}
		tree_unref(roots[v], &kind);
		roots[v] = tree_ref(root);
		lists[v] = list;
	}
	assert_same(root, &list);
	tree_unref(root, &kind);
	for (size_t v = 0; v < VERSIONS; v++) {
		assert_same(roots[v], &lists[v]);
		tree_unref(roots[v], &kind);
	}
	assert_int_equal(alive, 0);
}

static void empty_and_single(void **state)
{
	(void)state;
	struct twig root = {0};
	struct list list = {.n = 0};
	assert_same(root, &list);
	assert_looks_up(root, &list, wire("a."));
	assert_false(take(&root, wire("a.")));
	put(&root, name_root);
	list_put(&list, name_root);
	assert_looks_up(root, &list, name_root);
	assert_looks_up(root, &list, wire("\\000."));
	assert_true(take(&root, name_root));
	assert_int_equal(root.at, 0);
	assert_int_equal(alive, 0);
}

/* The names that make the tree as deep as it can be: every step of a longest key parts. */
static void deepest(void **state)
{
	(void)state;
	static struct list list;
	struct twig root = {0};
	uint8_t name[NAME_MAX_OCTETS];
	for (size_t labels = 0; labels <= 127; labels++) {
		for (size_t i = 0; i < labels; i++) {
			name[2 * i] = 1;
			name[2 * i + 1] = 'm';
		}
		name[2 * labels] = 0;
		put(&root, name);
		list_put(&list, name);
		static const uint8_t beside[] = {0, 0xff};
		for (size_t i = 0; labels > 0 && i < COUNT_OF(beside); i++) {
			name[1] = beside[i];
			put(&root, name);
			list_put(&list, name);
		}
	}
	assert_same(root, &list);
	for (size_t i = 0; i < list.n; i += SLOWER)
		assert_looks_up(root, &list, list.names[i]);
	tree_unref(root, &kind);
	assert_int_equal(alive, 0);
}

static bool stop_at_second(void *cookie, const struct leaf *leaf)
{
	(void)leaf;
	size_t *const n = cookie;
	return ++*n < 2;
}

static void iteration_stops(void **state)
{
	(void)state;
	struct twig root = {0};
	put(&root, wire("a."));
	put(&root, wire("b."));
	put(&root, wire("c."));
	size_t n = 0;
	assert_false(tree_each(root, stop_at_second, &n));
	assert_int_equal(n, 2);
	tree_unref(root, &kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_and_single),
		cmocka_unit_test(versions_stay_as_they_were),
		cmocka_unit_test(deepest),
		cmocka_unit_test(iteration_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
