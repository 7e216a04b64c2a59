#include "zone/zonefile.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "dns/name.h"
#include "zone/check.h"
#include "zone/generate.h"
#include "zone/rdfields.h"
#include "zone/rrhead.h"
#include "zone/rrtext.h"
#include "zone/txn.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct source;

struct reader {
	const uint8_t *apex;
	const struct files *files;
	const struct txn_limits *limits;
	const struct zonefile_report *report;
	struct txn *txn;
	unsigned errors, warnings;
	size_t lines;
	struct ttl standing; /* $TTL */
	struct ttl last;     /* the last one written in a record */
	size_t generated;
	struct source *source;                /* the file being read */
	const struct zonefile_sought *sought; /* NULL: all is read, into `txn` */
	uint8_t full[NAME_MAX_OCTETS];        /* the last set that was said to be full */
	uint16_t full_type;
	uint8_t rdata[RDATA_MAX]; /* of the record being read */
};

/* One file while it is read. */
struct source {
	struct source *above; /* the one that includes it; NULL: the zone's own */
	const char *path;
	struct arena *arena; /* holds its text, and the paths that it includes */
	struct lexer lexer;
	size_t number; /* of the line being read */
	bool owned;    /* there was a record: `owner` is its name */
	uint8_t origin[NAME_MAX_OCTETS], owner[NAME_MAX_OCTETS];
};

static void say(struct reader *reader, enum zonefile_grade grade, const char *path, size_t number,
	const char *text)
{
	const struct zonefile_report *const report = reader->report;
	if (grade == ZONEFILE_WARNING && reader->warnings++ >= ZONEFILE_WARNINGS_MAX)
		return;
	if (grade == ZONEFILE_ERROR)
		reader->errors++;
	char *const place = number > 0 ? mem_format("%s:%zu", path, number) : mem_text(path);
	report->say(report->cookie, grade, place, text);
	free(place);
}

static void say_error(struct reader *reader, const struct source *source, const struct err *err)
{
	say(reader, ZONEFILE_ERROR, source->path, source->number, err->text);
}

static void say_warning(struct reader *reader, const struct source *source, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void say_warning(struct reader *reader, const struct source *source, const char *fmt, ...)
{
	struct err text;
	va_list args;
	va_start(args, fmt);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start
	(void)vsnprintf(text.text, sizeof text.text, fmt, args);
	va_end(args);
	say(reader, ZONEFILE_WARNING, source->path, source->number, text.text);
}

/* The TTL of a record, by the rules in the header. */
static bool ttl_of(struct reader *reader, const struct rrhead *head, size_t len, struct ttl *ttl,
	struct err *err)
{
	if (head->ttl.known)
		reader->last = head->ttl;
	*ttl = head->ttl.known          ? head->ttl
	       : reader->standing.known ? reader->standing
					: reader->last;
	if (!ttl->known && head->type == TYPE_SOA) {
		*ttl = (struct ttl){true, bytes_get32(reader->rdata + len - 4)};
		if (ttl->seconds > RRHEAD_TTL_MAX)
			return err_set(err, "the SOA's MINIMUM is over %d seconds", RRHEAD_TTL_MAX);
		reader->last = *ttl;
	}
	return ttl->known || err_set(err, "no TTL: write one, or a $TTL before the first record");
}

/* Says once that a set is full, not for each record that is too much. */
static bool say_full(struct reader *reader, const uint8_t *owner, uint16_t type,
	const struct source *source, const struct err *err)
{
	if (type != reader->full_type || !name_equal(owner, reader->full)) {
		say_error(reader, source, err);
		memcpy(reader->full, owner, name_len(owner));
		reader->full_type = type;
	}
	return true;
}

/* Into the transaction, beside those of the same name and type. */
static bool put(struct reader *reader, const struct source *source, const uint8_t *owner,
	uint16_t type, uint32_t ttl, struct rdata rdata, struct err *err)
{
	char name[NAME_TEXT_MAX], apex[NAME_TEXT_MAX], word[RRTYPE_TEXT_MAX];
	uint32_t set_ttl = ttl;
	const enum txn_added added =
		txn_add_within(reader->txn, owner, type, &set_ttl, rdata, reader->limits, err);
	if (added == TXN_OUTSIDE)
		return err_set(err, "%s is outside the zone %s", name_text(owner, name),
			name_text(reader->apex, apex));
	if (added == TXN_FULL)
		return say_full(reader, owner, type, source, err);
	if (set_ttl != ttl && type != TYPE_RRSIG)
		say_warning(reader, source, "%s %s: TTL %u, but %u before: the first one is taken",
			name_text(owner, name), rrtype_text(type, word), ttl, set_ttl);
	if (added == TXN_THERE_ALREADY)
		say_warning(reader, source, "%s %s: the record is there already",
			name_text(owner, name), rrtype_text(type, word));
	return true;
}

/* Says where it stands, if it is one of those that are sought. */
static bool compare(struct reader *reader, const struct source *source, const uint8_t *owner,
	const struct rrhead *head, struct word text, struct err *err)
{
	const struct zonefile_sought *const sought = reader->sought;
	uint16_t len;
	if (head->type != sought->set->type || !name_equal(owner, sought->owner))
		return true;
	if (!rdata_parse(head->type, text.text, text.len, source->origin, reader->rdata, &len, err))
		return false;
	if (rrset_has(sought->set, (struct rdata){reader->rdata, len}))
		sought->found(sought->cookie, source->path, source->number);
	return true;
}

/* One record from its head and the text of its RDATA. */
static bool add_record(struct reader *reader, const struct source *source, const uint8_t *owner,
	const struct rrhead *head, struct word text, struct err *err)
{
	char name[NAME_TEXT_MAX], apex[NAME_TEXT_MAX];
	struct ttl ttl;
	uint16_t len;
	if (reader->sought != NULL)
		return compare(reader, source, owner, head, text, err);
	if (head->type == TYPE_SOA && !name_equal(owner, reader->apex))
		return err_set(err, "%s: a SOA stands at the apex only, %s", name_text(owner, name),
			name_text(reader->apex, apex));
	return rdata_parse(
		       head->type, text.text, text.len, source->origin, reader->rdata, &len, err) &&
	       ttl_of(reader, head, len, &ttl, err) &&
	       (check_is_hashed(head->type, reader->rdata) ||
		       put(reader, source, owner, head->type, ttl.seconds,
			       (struct rdata){reader->rdata, len}, err));
}

static struct word rest_of(struct words *words)
{
	(void)words_left(words);
	return (struct word){words->at, (size_t)(words->end - words->at), false};
}

static bool read_record(struct reader *reader, struct source *source, const struct lexer_line *line,
	struct words *words, struct err *err)
{
	struct word word;
	struct rrhead head;
	if (!line->indented) {
		if (!words_next(words, &word))
			return err_set(err, "%s", words->bad);
		uint8_t owner[NAME_MAX_OCTETS]; /* a bad name leaves the one before as it is */
		if (!word_name(word, source->origin, owner, err))
			return false;
		memcpy(source->owner, owner, name_len(owner));
		source->owned = true;
	} else if (!source->owned) {
		return err_set(err, "the line begins with white space, but there is no record "
				    "before it that it could take its name from");
	}
	return rrhead_parse(words, &head, err) &&
	       add_record(reader, source, source->owner, &head, rest_of(words), err);
}

/* The next word, or the error that it is missing. */
static bool need(struct words *words, struct word *word, const char *what, struct err *err)
{
	return words_next(words, word) ||
	       err_set(err, "%s", words->bad != NULL ? words->bad : what);
}

static bool nothing_left(struct words *words, struct err *err)
{
	struct word word;
	char shown[WORD_SHOWN_MAX];
	if (words_next(words, &word))
		return err_set(err, "\"%s\" is too much", word_shown(word, shown));
	return words->bad == NULL || err_set(err, "%s", words->bad);
}

static bool read_origin(struct source *source, struct words *words, struct err *err)
{
	uint8_t origin[NAME_MAX_OCTETS];
	struct word word;
	if (!need(words, &word, "$ORIGIN wants a name", err) ||
		!word_name(word, source->origin, origin, err) || !nothing_left(words, err))
		return false;
	memcpy(source->origin, origin, name_len(origin));
	return true;
}

static bool read_ttl(struct reader *reader, struct words *words, struct err *err)
{
	struct word word;
	struct ttl ttl;
	if (!need(words, &word, "$TTL wants a TTL", err) || !rrhead_ttl(word, &ttl, err) ||
		!nothing_left(words, err))
		return false;
	reader->standing = ttl;
	return true;
}

/* The reason without the path, where the path is the place already. */
static const char *without_path(const char *text, const char *path)
{
	const size_t len = strlen(path);
	const bool twice = strncmp(text, path, len) == 0 && strncmp(text + len, ": ", 2) == 0;
	return twice ? text + len + 2 : text;
}

/*
 * Begins with a file, with the owner of `like`; the one being read goes on behind it.  One that
 * cannot be read is the fault of the line that includes it.
 */
static void open_file(
	struct reader *reader, const struct source *like, const char *path, const uint8_t *origin)
{
	const struct zonefile_report *const report = reader->report;
	struct source *const source = mem_copy(like, sizeof *like);
	struct err err;
	size_t len;
	source->above = reader->source;
	source->path = path;
	source->arena = arena_new();
	memcpy(source->origin, origin, name_len(origin));
	reader->source = source;
	if (report->file != NULL)
		report->file(report->cookie, path);
	const char *const text =
		reader->files->read(reader->files->cookie, path, source->arena, &len, &err);
	if (text == NULL && source->above != NULL)
		say_error(reader, source->above, &err);
	else if (text == NULL)
		say(reader, ZONEFILE_ERROR, path, 0, without_path(err.text, path));
	const bool readable = text != NULL && lexer_is_text(text, len, &source->number, &err);
	if (text != NULL && !readable)
		say_error(reader, source, &err);
	lexer_init(&source->lexer, readable ? text : "", readable ? len : 0);
}

static void close_file(struct reader *reader)
{
	struct source *const source = reader->source;
	reader->source = source->above;
	lexer_free(&source->lexer);
	arena_free(source->arena);
	free(source);
}

/* $INCLUDE FILE [ORIGIN]: origin and owner are as before behind it (RFC 1035 5.1), TTLs go on. */
static bool read_include(
	struct reader *reader, struct source *source, struct words *words, struct err *err)
{
	uint8_t origin[NAME_MAX_OCTETS];
	struct word word;
	char name[4096];
	size_t len;
	memcpy(origin, source->origin, name_len(source->origin));
	if (!need(words, &word, "$INCLUDE wants a file", err))
		return false;
	if (!text_unescape(word, (uint8_t *)name, sizeof name - 1, &len) || len == 0 ||
		memchr(name, '\0', len) != NULL)
		return err_set(err, "$INCLUDE: that is no file name");
	name[len] = '\0';
	if (words_next(words, &word) && !word_name(word, source->origin, origin, err))
		return false;
	if (!nothing_left(words, err))
		return false;
	const char *const path = files_beside(source->arena, source->path, name);
	size_t depth = 0;
	for (const struct source *up = source; up != NULL; up = up->above, depth++)
		if (strcmp(up->path, path) == 0)
			return err_set(err, "$INCLUDE: %s includes itself", path);
	if (depth > ZONEFILE_DEPTH_MAX)
		return err_set(
			err, "$INCLUDE: files within files, over %d deep", ZONEFILE_DEPTH_MAX);
	open_file(reader, source, path, origin);
	return true;
}

struct templates {
	struct word owner, rdata;
	struct rrhead head;
	char *room; /* LEXER_LINE_MAX octets for what they become */
};

static bool generate_one(struct reader *reader, const struct source *source,
	const struct templates *from, uint32_t value, struct err *err)
{
	uint8_t owner[NAME_MAX_OCTETS];
	struct word text = {from->room, 0, false};
	return generate_expand(from->owner, value, from->room, NAME_TEXT_MAX, &text.len, err) &&
	       word_name(text, source->origin, owner, err) &&
	       generate_expand(from->rdata, value, from->room, LEXER_LINE_MAX, &text.len, err) &&
	       add_record(reader, source, owner, &from->head, text, err);
}

/* $GENERATE RANGE NAME [TTL] [class] TYPE RDATA; RDATA may stand in quotes as a whole. */
static bool read_generate(
	struct reader *reader, const struct source *source, struct words *words, struct err *err)
{
	struct templates from;
	struct generate_range range;
	struct word word, whole;
	if (!need(words, &word, "$GENERATE wants a range", err) ||
		!generate_range(word, &range, err) ||
		!need(words, &from.owner, "$GENERATE wants a name", err) ||
		!rrhead_parse(words, &from.head, err))
		return false;
	reader->generated += range.count;
	if (reader->generated > ZONEFILE_GENERATED_MAX)
		return err_set(err, "$GENERATE: over %d records in all", ZONEFILE_GENERATED_MAX);
	from.rdata = rest_of(words);
	from.room = mem_new(LEXER_LINE_MAX + from.rdata.len);
	if (words_next(words, &whole) && whole.quoted && !words_left(words))
		from.rdata = generate_unquoted(whole, from.room + LEXER_LINE_MAX);
	bool done = words->bad == NULL || err_set(err, "%s", words->bad);
	for (uint32_t i = 0; done && i < range.count; i++)
		done = generate_one(reader, source, &from, range.from + i * range.step, err);
	free(from.room);
	return done;
}

static bool read_directive(
	struct reader *reader, struct source *source, struct words *words, struct err *err)
{
	struct word word;
	char shown[WORD_SHOWN_MAX];
	if (!words_next(words, &word))
		return err_set(err, "%s", words->bad);
	if (word_is(word, "$ORIGIN"))
		return read_origin(source, words, err);
	if (word_is(word, "$TTL"))
		return read_ttl(reader, words, err);
	if (word_is(word, "$INCLUDE"))
		return read_include(reader, source, words, err);
	if (word_is(word, "$GENERATE"))
		return read_generate(reader, source, words, err);
	return err_set(err, "\"%s\": there are $ORIGIN, $TTL, $INCLUDE and $GENERATE",
		word_shown(word, shown));
}

/* One line of the file being read, or its end. */
static void read_line(struct reader *reader)
{
	struct source *const source = reader->source;
	struct lexer_line line;
	struct err err;
	const enum lexer_found found = lexer_next(&source->lexer, &line, &err);
	if (found == LEXER_END) {
		close_file(reader);
		return;
	}
	source->number = line.number;
	struct words words = {.at = line.text, .end = line.text + line.len};
	bool done = found == LEXER_LINE;
	if (done && line.text[0] == '$')
		done = read_directive(reader, source, &words, &err);
	else if (done)
		done = read_record(reader, source, &line, &words, &err);
	if (!done)
		say_error(reader, source, &err);
}

/* Asks now and then whether anybody still waits for the zone. */
static bool wanted(struct reader *reader)
{
	const struct zonefile_report *const report = reader->report;
	if (report->wanted == NULL || ++reader->lines % ZONEFILE_LINES != 0 ||
		report->wanted(report->cookie))
		return true;
	say(reader, ZONEFILE_ERROR, reader->source->path, 0, "reading was given up");
	return false;
}

static void read_all(struct reader *reader, const char *path)
{
	const struct source none = {.above = NULL};
	open_file(reader, &none, path, reader->apex);
	while (reader->source != NULL && reader->errors < ZONEFILE_ERRORS_MAX && wanted(reader))
		read_line(reader);
	while (reader->source != NULL)
		close_file(reader);
}

static void pass_over(void *cookie, enum zonefile_grade grade, const char *place, const char *text)
{
	(void)cookie, (void)grade, (void)place, (void)text;
}

bool zonefile_find(const uint8_t *apex, const char *path, const struct files *files,
	const struct zonefile_sought *sought)
{
	const struct zonefile_report report = {
		.cookie = sought->cookie, .say = pass_over, .wanted = sought->wanted};
	struct reader *const reader = mem_new(sizeof *reader);
	reader->apex = apex;
	reader->files = files;
	reader->report = &report;
	reader->sought = sought;
	read_all(reader, path);
	const bool whole = reader->errors == 0;
	free(reader);
	return whole;
}

struct zone *zonefile_load(const uint8_t *apex, const char *path, const struct files *files,
	const struct txn_limits *limits, const struct zonefile_report *report)
{
	struct reader *const reader = mem_new(sizeof *reader);
	struct zone *zone = NULL;
	struct err err = {""};
	reader->apex = apex;
	reader->files = files;
	reader->limits = limits;
	reader->report = report;
	reader->txn = txn_new(apex);
	read_all(reader, path);
	if (reader->warnings > ZONEFILE_WARNINGS_MAX) {
		(void)err_set(&err, "%u more warnings", reader->warnings - ZONEFILE_WARNINGS_MAX);
		report->say(report->cookie, ZONEFILE_WARNING, path, err.text);
	}
	if (reader->errors > 0) {
		txn_abort(reader->txn);
	} else {
		zone = txn_commit(reader->txn, NULL, 0, NULL, &err);
		if (zone == NULL)
			say(reader, ZONEFILE_ERROR, path, 0, err.text);
	}
	free(reader);
	return zone;
}
