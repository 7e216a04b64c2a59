/*
 * libFuzzer: any octets as a master file.  The file "i" that it may include holds the part of the
 * input behind the first 0xff.  What loads is printed record by record, and read again; what advice
 * is about is found again:
 *   clang -std=c17 -D_GNU_SOURCE -Isrc -g -O1 -fsanitize=fuzzer,address,undefined \
 *       tests/fuzz/fuzz_zonefile.c src/zone/?*.c src/dns/name.c src/dns/serial.c src/base/?*.c
 * -lldns
 */
#include "base/arena.h"
#include "dns/name.h"
#include "zone/advice.h"
#include "zone/rrtext.h"
#include "zone/zone.h"
#include "zone/zonefile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t apex[] = "\7example\3com";

struct input {
	const char *text[2];
	size_t len[2];
};

static const char *read_input(
	void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	const struct input *const input = cookie;
	const size_t which = strcmp(path, "i") == 0;
	if (!which && strcmp(path, "z") != 0) {
		(void)err_set(err, "%s: no such file", path);
		return NULL;
	}
	*len = input->len[which];
	return arena_text(arena, input->text[which], *len);
}

static void say(void *cookie, enum zonefile_grade grade, struct master_place at, const char *text)
{
	*(unsigned *)cookie += grade == ZONEFILE_ERROR && at.path[0] != '\0' && text[0] != '\0';
}

static bool read_back(void *cookie, const struct zone *zone, const struct node *node)
{
	(void)cookie;
	(void)zone;
	for (size_t i = 0; i < node_count(node); i++) {
		const struct rrset *const set = node_rrset_at(node, i);
		size_t at = 0;
		const struct rdata rdata = rrset_each(set, &at);
		uint8_t again[RDATA_MAX];
		uint16_t len;
		struct err err;
		char *const text = rdata_text(set->type, rdata);
		const bool done =
			rdata_check(set->type, rdata.wire, rdata.len) &&
			rdata_parse(set->type, text, strlen(text), name_root, again, &len, &err);
		assert(done && len == rdata.len && memcmp(again, rdata.wire, len) == 0);
		free(text);
	}
	return true;
}

/* Every record that advice is about is found in the files again. */
static void advise(const struct zone *zone, const struct files *files)
{
	struct arena *const arena = arena_new();
	struct remarks remarks;
	zone_advise(zone, arena, &remarks);
	remarks_place(&remarks, apex, "z", files, arena, NULL, NULL);
	for (size_t i = 0; i < remarks.n; i++)
		assert(remarks.list[i].owner == NULL || remarks.list[i].at.line > 0);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *const cut = size > 0 ? memchr(data, 0xff, size) : NULL;
	const size_t first = cut == NULL ? size : (size_t)(cut - data);
	struct input input = {{(const char *)data, cut == NULL ? "" : (const char *)cut + 1},
		{first, cut == NULL ? 0 : size - first - 1}};
	unsigned errors = 0;
	const struct files files = {.cookie = &input, .read = read_input};
	const struct zonefile_report report = {.cookie = &errors, .say = say};
	static const struct txn_limits limits = {100, 100};
	struct zone *const zone = zonefile_load(apex, "z", &files, &limits, &report);
	assert((zone == NULL) == (errors > 0));
	if (zone != NULL) {
		zone_each(zone, read_back, NULL);
		advise(zone, &files);
	}
	zone_unref(zone);
	return 0;
}
