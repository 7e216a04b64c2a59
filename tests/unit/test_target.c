#include "tests/unit/answer_rows.h"
#include "tests/unit/zones.h"
#include "zone/target.h"
#include "zone/writer.h"

enum { PREFERENCE = 2, SETS = 3000, MESSAGE = 4096 };

/* Records of `type` that name these hosts, NULL behind the last. */
static struct rrset *set_of(uint16_t type, const char *const hosts[])
{
	static const uint8_t before[6] = {0, 10, 0, 20, 0, 80};
	uint8_t wires[TARGETS_MAX + 1][sizeof before + NAME_MAX_OCTETS];
	struct rdata list[TARGETS_MAX + 1];
	size_t n = 0;
	for (; hosts[n] != NULL; n++) {
		const size_t skip = target_skip(type);
		memcpy(wires[n], before, skip);
		ask_name(wires[n] + skip, hosts[n]);
		list[n] = (struct rdata){wires[n], (uint16_t)(skip + name_len(wires[n] + skip))};
	}
	return rrset_new(type, 300, list, n);
}

/* Each record by its number: octets of its key, and whose end it shares so far. */
static void check_targets(const struct rrset *set, const char *expected)
{
	char text[200] = "";
	const struct targets *const targets = targets_of(set);
	for (size_t i = 0; targets != NULL && i < targets->n; i++) {
		const struct target *const target = &targets->list[i];
		char one[40];
		(void)snprintf(one, sizeof one, "%u:%u/%u ", target->key_len, target->shared,
			target->like);
		append(text, sizeof text, one);
		struct key key;
		key_make(&key, set->data + target->name_at);
		assert_int_equal(key.len, target->key_len);
		assert_memory_equal(key.at, target_key(targets, target), key.len + 1U);
	}
	assert_string_equal(text, expected);
}

/* Names are sorted by length, or their first octets. */
static void what_is_kept(void **state)
{
	(void)state;
	static const struct {
		const char *hosts[5], *expected;
	} rows[] = {
		{{"ns.example."}, "11:0/0 "},
		{{"."}, "0:0/0 "},
		{{"ns1.example.", "ns2.example."}, "12:0/0 12:8/0 "},
		{{"a.ns.example.", "b.ns.example.", "c.NS.example."}, "13:0/0 13:11/0 13:11/0 "},
		{{"a.x.example.", "b.y.example.", "c.Y.example."}, "12:0/0 12:8/0 12:10/1 "},
		{{"a.xexample.", "b.example."}, "9:0/1 11:0/0 "},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct rrset *const set = set_of(TYPE_NS, rows[i].hosts);
		if (i + 1 < COUNT_OF(rows)) /* the last: part of a label is nothing */
			check_targets(set, rows[i].expected);
		else
			assert_int_equal(targets_of(set)->list[1].shared, 0);
		rrset_unref(set);
	}
	struct rrset *const text = set_of(TYPE_CNAME, rows[0].hosts);
	assert_null(targets_of(text));
	rrset_unref(text);
}

/* However a set comes about, it has them. */
static void made_and_changed(void **state)
{
	(void)state;
	static const char expected[] = "12:0/0 12:8/0 12:8/0 ";
	static const uint8_t types[] = {TYPE_NS, TYPE_MX, TYPE_SRV, TYPE_SVCB, TYPE_HTTPS};
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct rrset *const all =
			set_of(types[i], (const char *const[]){"ns1.example.", "ns2.example.",
						 "ns3.example.", NULL});
		struct rrset *const two = set_of(
			types[i], (const char *const[]){"ns1.example.", "ns3.example.", NULL});
		size_t at = 0;
		(void)rrset_each(all, &at);
		const struct rdata more = rrset_each(all, &at);
		struct rrset *const with = rrset_with(two, more), *const brief = rrset_at(all, 5);
		const struct rrset *const both[] = {two, all};
		struct rrset *const united = rrset_union(both, 2), *const grown =
									   rrset_grow(two, more);
		check_targets(all, expected);
		check_targets(with, expected);
		check_targets(brief, expected);
		check_targets(united, expected);
		check_targets(grown, expected);
		rrset_unref(all);
		rrset_unref(with);
		rrset_unref(brief);
		rrset_unref(united);
		rrset_unref(grown);
	}
}

/* A record that is not made as its type says has no target, and then none of them has. */
static void odd_records(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint16_t type;
		uint8_t wire[8], len;
		bool has;
	} rows[] = {
		{"a name", TYPE_NS, {1, 'a', 0}, 3, true},
		{"octets behind it", TYPE_NS, {1, 'a', 0, 0}, 4, false},
		{"no end", TYPE_NS, {1, 'a'}, 2, false},
		{"nothing", TYPE_NS, {0}, 0, false},
		{"no name", TYPE_MX, {0, 1}, 2, false},
		{"parameters behind it", TYPE_SVCB, {0, 1, 0, 0, 3}, 5, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct rdata rdata = {rows[i].wire, rows[i].len};
		struct rrset *const set = rrset_new(rows[i].type, 60, &rdata, 1);
		if ((targets_of(set) != NULL) != rows[i].has)
			fail_msg("%s", rows[i].what);
		rrset_unref(set);
	}
}

/* How many octets of the end of `name`, without the root's, are the end of `whole`, too. */
static size_t end_in(const uint8_t *name, const uint8_t *whole)
{
	for (; name[0] != 0; name += name[0] + 1)
		for (const uint8_t *at = whole; at[0] != 0; at += at[0] + 1)
			if (name_equal(name, at))
				return name_len(name) - 1;
	return 0;
}

static void random_host(struct dice *dice, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t n = roll(dice, 5); n > 0; n--) {
		static const char *const labels[] = {"a.", "b.", "A.", "ab.", "abcdefghijklmnopq."};
		append(text, size, labels[roll(dice, COUNT_OF(labels))]);
	}
	if (text[0] == '\0')
		append(text, size, ".");
}

/* Every name of an RRset reads as it is, and is as short as the question and those before allow. */
static void check_written(uint16_t type, const char *asked, const char *const hosts[])
{
	static uint8_t out[MESSAGE];
	struct rrset *const set = set_of(type, hosts);
	struct key key;
	struct writer writer = {.at = 0};
	ask_name(out + MESSAGE_HEADER, asked);
	key_make(&key, out + MESSAGE_HEADER);
	const size_t begin = MESSAGE_HEADER + name_len(out + MESSAGE_HEADER) + 4;
	writer_start(&writer, out, begin, sizeof out, &key);
	const struct owner owner = {out + MESSAGE_HEADER, MESSAGE_HEADER};
	assert_true(writer_rrset(&writer, owner, set, 300, 0));
	size_t at = begin, from = 0;
	const uint8_t *names[TARGETS_MAX];
	for (size_t i = 0; i < set->count; i++) {
		const struct rdata rdata = rrset_each(set, &from);
		names[i] = rdata.wire + target_skip(type);
		const size_t name_at = at + 12 + target_skip(type), len = name_len(names[i]);
		uint8_t read[NAME_MAX_OCTETS];
		size_t read_len = 0;
		const size_t end = response_name(out, writer.at, name_at, read, &read_len);
		assert_int_equal(read_len, len);
		assert_true(name_equal(read, names[i]));
		size_t known = end_in(names[i], out + MESSAGE_HEADER);
		for (size_t k = 0; k < i; k++)
			known = end_in(names[i], names[k]) > known ? end_in(names[i], names[k])
								   : known;
		assert_int_equal(end - name_at, len - 1 - known + (known == 0 ? 1 : 2));
		assert_int_equal(bytes_get16(out + at + 10), end - at - 12);
		if (writer.target_at[i] != 0) /* the root stands nowhere */
			assert_true(response_name(out, writer.at, writer.target_at[i], read,
					    &read_len) != 0);
		assert_true(name_equal(read, names[i]));
		at = end;
	}
	assert_int_equal(at, writer.at);
	rrset_unref(set);
}

static void names_are_compressed(void **state)
{
	(void)state;
	struct dice dice = {7};
	for (unsigned i = 0; i < SETS; i++) {
		char texts[9][100];
		const char *hosts[9] = {NULL};
		const size_t n = 1 + roll(&dice, 8);
		for (size_t k = 0; k < n; k++) {
			random_host(&dice, texts[k], sizeof texts[k]);
			hosts[k] = texts[k];
		}
		random_host(&dice, texts[8], sizeof texts[8]);
		if (strcmp(texts[8], ".") != 0)
			check_written(i % 2 == 0 ? TYPE_NS : TYPE_MX, texts[8], hosts);
	}
}

/* More servers than an RRset has targets of. */
static void many_servers(void **state)
{
	(void)state;
	static char zone[8192] = "example.\n" SOA "@ NS ns1\nns1 A 192.0.2.1\n";
	for (unsigned i = 0; i <= TARGETS_MAX; i++) {
		char line[80];
		(void)snprintf(
			line, sizeof line, "sub NS ns%u.sub\nns%u.sub A 192.0.2.1%u\n", i, i, i);
		append(zone, sizeof zone, line);
	}
	struct view *const view = ask_view((const char *const[]){zone, NULL});
	char *const text = ask_sized(view, "www.sub.example. A", 0, 0, TRANSPORT_TCP, 0);
	assert_int_equal(response.n, 2 * (TARGETS_MAX + 1));
	free(text);
	view_unref(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept),
		cmocka_unit_test(made_and_changed),
		cmocka_unit_test(odd_records),
		cmocka_unit_test(names_are_compressed),
		cmocka_unit_test(many_servers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
