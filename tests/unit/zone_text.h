/* Zone files from text, what was said of them, and the zones printed. */
#ifndef LOCUM_TESTS_ZONE_TEXT_H
#define LOCUM_TESTS_ZONE_TEXT_H

#include "base/arena.h"
#include "base/mem.h"
#include "dns/name.h"
#include "zone/rrtext.h"
#include "zone/zone.h"
#include "zone/zonefile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t apex[] = "\7example\3com";

static const struct txn_limits few = {100, 100}, many = {65535, 65535};

#define TOP "$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\n"
/* What TOP gives, in canonical order, and then the rest. */
#define TOP_OUT                                                                                    \
	"example.com. 60 NS ns.example.com.\n"                                                     \
	"example.com. 60 SOA ns.example.com. hostmaster.example.com. 1 2 3 4 5\n"

struct file {
	const char *path, *text;
	size_t len; /* 0: up to the NUL */
};

/* A struct files made of a table, which ends with a NULL. */
static inline const char *table_read(
	void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	for (const struct file *file = cookie; file->path != NULL; file++)
		if (strcmp(file->path, path) == 0) {
			*len = file->len > 0 ? file->len : strlen(file->text);
			return arena_text(arena, file->text, *len);
		}
	(void)err_set(err, "%s: no such file", path);
	return NULL;
}

struct heard {
	char text[8000]; /* "PLACE: TEXT\n", warnings with a "?" before */
	size_t used, errors, warnings;
	char files[4000];
};

static inline void hear(
	void *cookie, enum zonefile_grade grade, struct master_place at, const char *text)
{
	struct heard *const heard = cookie;
	char line[24] = "";
	if (at.line > 0)
		(void)snprintf(line, sizeof line, ":%zu", at.line);
	if (heard->used < sizeof heard->text)
		heard->used += (size_t)snprintf(heard->text + heard->used,
			sizeof heard->text - heard->used, "%s%s%s: %s\n",
			grade == ZONEFILE_WARNING ? "?" : "", at.path, line, text);
	*(grade == ZONEFILE_WARNING ? &heard->warnings : &heard->errors) += 1;
}

static inline void hear_file(void *cookie, const char *path)
{
	struct heard *const heard = cookie;
	const size_t used = strlen(heard->files);
	(void)snprintf(heard->files + used, sizeof heard->files - used, "%s ", path);
}

static inline struct zone *load_within(
	const struct txn_limits *limits, const struct file table[], struct heard *heard)
{
	const struct zonefile_report report = {.cookie = heard, .say = hear, .file = hear_file};
	union { /* the cookie is not written to */
		const struct file *in;
		void *out;
	} cookie = {table};
	const struct files files = {.cookie = cookie.out, .read = table_read};
	*heard = (struct heard){.used = 0};
	return zonefile_load(apex, table[0].path, &files, limits, &report);
}

static inline struct zone *load(const struct file table[], struct heard *heard)
{
	return load_within(&few, table, heard);
}

static inline struct zone *load_text(const char *text, size_t len, struct heard *heard)
{
	const struct file table[] = {{"z", text, len}, {0}};
	return load(table, heard);
}

struct page {
	char *text;
	size_t used, room;
};

static inline bool print_node(void *cookie, const struct zone *zone, const struct node *node)
{
	struct page *const page = cookie;
	uint8_t name[NAME_MAX_OCTETS];
	char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT_MAX];
	node_name(zone, node, name);
	for (size_t i = 0; i < node_count(node); i++) {
		const struct rrset *const set = node_rrset_at(node, i);
		size_t at = 0;
		for (struct rdata r = rrset_each(set, &at); r.wire != NULL;
			r = rrset_each(set, &at)) {
			char *const rdata = rdata_text(set->type, r);
			char *const line = mem_format("%s %u %s %s\n", name_text(name, owner),
				set->ttl, rrtype_text(set->type, type), rdata);
			const size_t len = strlen(line);
			page->text = mem_grow(page->text, &page->room, page->used + len + 1, 1);
			memcpy(page->text + page->used, line, len + 1);
			page->used += len;
			free(rdata);
			free(line);
		}
	}
	return true;
}

/* "NAME TTL TYPE RDATA\n" of every record.  The caller frees. */
static inline char *print_zone(const struct zone *zone)
{
	struct page page = {mem_text(""), 0, 1};
	zone_each(zone, print_node, &page);
	return page.text;
}

#endif
