/* Where the records of a set stand in the files of a zone. */
#include "tests/unit/zone_text.h"

static void note_place(void *cookie, struct master_place at)
{
	char *const text = cookie;
	const size_t used = strlen(text);
	(void)snprintf(text + used, 256 - used, "%s%s:%zu", used > 0 ? " " : "", at.path, at.line);
}

static bool never(void *cookie)
{
	(void)cookie;
	return false;
}

static void places(void **state)
{
	(void)state;
	static const struct {
		const char *what, *owner, *places;
		uint16_t type;
	} rows[] = {
		{"a record", "ns", "top:4", TYPE_A},
		{"the SOA", "", "top:2", TYPE_SOA},
		{"two records of a set, among others of the name", "two", "top:6 top:9", TYPE_A},
		{"the owner before", "two", "top:7", TYPE_TXT},
		{"an included file, with its origin", "x.sub", "more:2", TYPE_A},
		{"the file goes on behind it", "behind", "top:11", TYPE_A},
		{"a record of $GENERATE", "h3", "top:12", TYPE_A},
		{"all of a set of $GENERATE", "all", "top:13 top:13", TYPE_A},
		{"a record of several lines: where it begins", "long", "top:14", TYPE_MX},
	};
	static const struct file table[] = {
		{"top",
			"$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n; c\n"
			"two A 192.0.2.1\n  TXT x\n\nTWO A 192.0.2.2\n$INCLUDE more sub\n"
			"behind A 192.0.2.1\n$GENERATE 1-9 h$ A 192.0.2.$\n"
			"$GENERATE 1-2 all A 192.0.2.$\nlong MX (\n10\nns )\n",
			0},
		{"more", "; c\nx A 192.0.2.9\n", 0}, {NULL, NULL, 0}};
	const struct files files = {.cookie = mem_copy(table, sizeof table), .read = table_read};
	struct heard heard = {.used = 0};
	const struct zonefile_report report = {.cookie = &heard, .say = hear};
	struct zone *const zone = zonefile_load(apex, "top", &files, &many, &report);
	assert_non_null(zone);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t owner[NAME_MAX_OCTETS];
		struct err err;
		char got[256] = "";
		const char *const name = rows[i].owner[0] != '\0' ? rows[i].owner : "@";
		if (strcmp(name, "@") == 0)
			memcpy(owner, apex, sizeof apex);
		else
			assert_true(name_parse(owner, name, strlen(name), apex, &err));
		struct zonefile_sought sought = {owner,
			node_rrset(zone_node(zone, owner), rows[i].type), got, note_place, NULL,
			NULL};
		zonefile_find(apex, "top", &files, &sought);
		if (strcmp(got, rows[i].places) != 0)
			fail_msg("%s: %s", rows[i].what, got);
	}
	zone_unref(zone);
	free(files.cookie);
}

/* The file is another one by now. */
static void places_that_are_gone(void **state)
{
	(void)state;
	static const struct file table[] = {
		{"top", "$TTL 60\na A 192.0.2.2\n@ bad\nb A 192.0.2.1\n", 0}, {NULL, NULL, 0}};
	const struct files files = {.cookie = mem_copy(table, sizeof table), .read = table_read};
	static const uint8_t owner[] = "\1b\7example\3com";
	const uint8_t octets[] = {192, 0, 2, 1};
	const struct rdata rdata = {octets, sizeof octets};
	struct rrset *const set = rrset_new(TYPE_A, 60, &rdata, 1);
	char got[256] = "";
	struct zonefile_sought sought = {owner, set, got, note_place, NULL, NULL};
	zonefile_find(apex, "top", &files, &sought);
	assert_string_equal(got, "top:4");
	zonefile_find(apex, "gone", &files, &sought);
	struct zonefile_sought other = {
		(const uint8_t *)"\1a\7example\3com", set, got, note_place, NULL, never};
	got[0] = '\0';
	zonefile_find(apex, "top", &files, &other); /* other data */
	assert_string_equal(got, "");
	rrset_unref(set);
	free(files.cookie);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(places_that_are_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
