#include "base/arena.h"
#include "base/mem.h"
#include "conf/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct part {
	int instead;
	const char *text;
};

struct all { /* one of each type that a kind of probe may use */
	bool flag;
	uint32_t number;
	span_t length;
	const char *text, *path;
	int word;
	struct texts texts;
	struct ranges ranges;
	struct part map;
};

static const struct word words[] = {{"minus", -7}, {"five", 5}, {NULL, 0}};

static const struct field part_fields[] = {
	{.key = "text", .type = FIELD_TEXT, .offset = offsetof(struct part, text)}, {.key = NULL}};

static const struct field fields[] = {
	{.key = "flag", .type = FIELD_BOOL, .offset = offsetof(struct all, flag)},
	{.key = "number", .type = FIELD_UINT, .offset = offsetof(struct all, number)},
	{.key = "length", .type = FIELD_SPAN, .offset = offsetof(struct all, length)},
	{.key = "text", .type = FIELD_TEXT, .offset = offsetof(struct all, text)},
	{.key = "not yet", .type = FIELD_LATER},
	{.key = "path", .type = FIELD_PATH, .offset = offsetof(struct all, path)},
	{.key = "word", .type = FIELD_WORD, .offset = offsetof(struct all, word), .words = words},
	{.key = "texts", .type = FIELD_TEXTS, .offset = offsetof(struct all, texts)},
	{.key = "ranges", .type = FIELD_RANGES, .offset = offsetof(struct all, ranges)},
	{.key = "map",
		.type = FIELD_MAP,
		.offset = offsetof(struct all, map),
		.words = words,
		.inside = part_fields},
	{.key = NULL},
};

static const struct text_at some_texts[] = {{"one", {"f", 3, 4}}, {"", {"f", 4, 4}}, {"3", {0}}};
static const struct range some_ranges[] = {{200, 299}, {304, 304}};

static const struct all full = {true, UINT32_MAX, {INT64_MIN}, "a text", "/a/path", -7,
	{3, some_texts}, {2, some_ranges}, {0, "inside"}};
static const struct all bare = {.word = 5, .map = {.instead = -7}};

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void assert_same(const struct all *a, const struct all *b)
{
	assert_int_equal(a->flag, b->flag);
	assert_int_equal(a->number, b->number);
	assert_true(a->length.ns == b->length.ns);
	assert_true(same_text(a->text, b->text));
	assert_true(same_text(a->path, b->path));
	assert_int_equal(a->word, b->word);
	assert_int_equal(a->texts.n, b->texts.n);
	for (size_t i = 0; i < a->texts.n; i++)
		assert_string_equal(a->texts.list[i].text, b->texts.list[i].text);
	assert_int_equal(a->map.instead, b->map.instead);
	assert_true(same_text(a->map.text, b->map.text));
	assert_int_equal(a->ranges.n, b->ranges.n);
	for (size_t i = 0; i < a->ranges.n; i++) {
		assert_int_equal(a->ranges.list[i].low, b->ranges.list[i].low);
		assert_int_equal(a->ranges.list[i].high, b->ranges.list[i].high);
	}
}

/* A copy of exactly `len` octets, so that a sanitizer sees a read behind it. */
static bool unpack(const uint8_t *from, size_t len, struct all *to, struct arena *arena)
{
	uint8_t *const exact = mem_copy(from, len);
	const bool good = unpack_options(fields, exact, len, to, arena);
	free(exact);
	return good;
}

static void there_and_back(void **state)
{
	(void)state;
	static const struct all *const rows[] = {&full, &bare};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t out[256];
		const size_t len = pack_options(fields, rows[i], out, sizeof out);
		assert_true(len <= sizeof out);
		struct arena *const arena = arena_new();
		struct all back = {0};
		assert_true(unpack(out, len, &back, arena));
		assert_same(rows[i], &back);
		arena_free(arena);
	}
}

static void places_are_not_packed(void **state)
{
	(void)state;
	static const struct text_at elsewhere[] = {{"one", {"g", 9, 9}}, {"", {0}}, {"3", {0}}};
	struct all moved = full;
	moved.texts.list = elsewhere;
	uint8_t a[256], b[256];
	const size_t len = pack_options(fields, &full, a, sizeof a);
	assert_int_equal(pack_options(fields, &moved, b, sizeof b), len);
	assert_memory_equal(a, b, len);
}

static void room_is_respected(void **state)
{
	(void)state;
	uint8_t whole[256], out[256];
	const size_t len = pack_options(fields, &full, whole, sizeof whole);
	assert_int_equal(pack_options(fields, &full, NULL, 0), len);
	for (size_t room = 0; room < len; room++) {
		memset(out, 0xAA, sizeof out);
		assert_int_equal(pack_options(fields, &full, out, room), len);
		for (size_t i = room; i < sizeof out; i++)
			assert_int_equal(out[i], 0xAA);
	}
}

static void cut_off_is_refused(void **state)
{
	(void)state;
	uint8_t out[257] = {0};
	const size_t len = pack_options(fields, &full, out, sizeof out - 1);
	struct arena *const arena = arena_new();
	for (size_t n = 0; n <= len + 1; n++) {
		struct all back = {0};
		assert_int_equal(unpack(out, n, &back, arena), n == len);
	}
	arena_free(arena);
}

static void wrong_octets_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t at;
		uint8_t octet;
	} rows[] = {
		{"a bool that is neither", 0, 2},
		{"a text longer than the rest", 13 + 3, 0x7f},
		{"a NUL in a text", 13 + 4 + 2, 0},
		{"a number that is none of the words", 13 + 4 + 6 + 4 + 7, 1},
		{"a count of texts beyond the rest", 13 + 4 + 6 + 4 + 7 + 4 + 3, 0xff},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t out[256];
		const size_t len = pack_options(fields, &full, out, sizeof out);
		struct arena *const arena = arena_new();
		struct all back = {0};
		out[rows[i].at] = rows[i].octet;
		if (unpack(out, len, &back, arena))
			fail_msg("%s was taken", rows[i].what);
		arena_free(arena);
	}
}

static void no_fields_at_all(void **state)
{
	(void)state;
	static const struct field none[] = {{.key = NULL}};
	static const uint8_t octet[1];
	struct arena *const arena = arena_new();
	assert_int_equal(pack_options(NULL, NULL, NULL, 0), 0);
	assert_int_equal(pack_options(none, NULL, NULL, 0), 0);
	assert_true(unpack_options(NULL, octet, 0, NULL, arena));
	assert_false(unpack_options(none, octet, 1, NULL, arena));
	arena_free(arena);
}

/* Any octets: taken or refused, and what is taken packs to the same octets again. */
static void bent_octets(void **state)
{
	(void)state;
	uint32_t dice = 7;
	print_message("seed %u\n", dice);
	uint8_t good[256];
	const size_t len = pack_options(fields, &full, good, sizeof good);
	for (size_t round = 0; round < 20000; round++) {
		uint8_t bent[256], again[512];
		memcpy(bent, good, len);
		for (int i = 0; i < 2; i++) {
			dice = dice * 1664525 + 1013904223;
			bent[(dice >> 8) % len] = (uint8_t)(dice >> 24);
		}
		struct arena *const arena = arena_new();
		struct all back = {0};
		if (unpack(bent, len, &back, arena)) {
			assert_int_equal(pack_options(fields, &back, again, sizeof again), len);
			assert_memory_equal(again, bent, len);
		}
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(places_are_not_packed),
		cmocka_unit_test(room_is_respected),
		cmocka_unit_test(cut_off_is_refused),
		cmocka_unit_test(wrong_octets_are_refused),
		cmocka_unit_test(no_fields_at_all),
		cmocka_unit_test(bent_octets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
