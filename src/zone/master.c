#include "zone/master.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "dns/name.h"
#include "zone/generate.h"
#include "zone/rdfields.h"
#include "zone/rrtext.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TTL_MAX = INT32_MAX }; /* RFC 2181 8 */

struct ttl {
	bool known;
	uint32_t seconds;
};

struct source;

struct reader {
	const struct files *files;
	const struct master_user *user;
	bool enough; /* the user wants no more */
	size_t lines;
	struct ttl standing; /* $TTL */
	struct ttl last;     /* the last one written in a record */
	size_t generated;
	struct source *source;    /* the file being read */
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

/* What stands before the RDATA. */
struct head {
	uint16_t type;
	bool classed;
	struct ttl ttl;
};

static void say(struct reader *reader, const char *path, size_t line, const char *text)
{
	const struct master_user *const user = reader->user;
	const struct master_place at = {path, line};
	if (user->bad != NULL && user->bad(user->cookie, at, text) == MASTER_ENOUGH)
		reader->enough = true;
}

static void say_error(struct reader *reader, const struct source *source, const struct err *err)
{
	say(reader, source->path, source->number, err->text);
}

static bool is_word(struct word word, const char *text)
{
	return !word.quoted && word.len == strlen(text) &&
	       strncasecmp(word.text, text, word.len) == 0;
}

static bool is_class(struct word word)
{
	return is_word(word, "CH") || is_word(word, "HS") || is_word(word, "CS") ||
	       (word.len > 5 && !word.quoted && strncasecmp(word.text, "CLASS", 5) == 0);
}

static bool ttl_parse(struct word word, struct ttl *ttl, struct err *err)
{
	char shown[WORD_SHOWN_MAX];
	ttl->known = !word.quoted && period_parse(word.text, word.len, &ttl->seconds) &&
		     ttl->seconds <= TTL_MAX;
	return ttl->known || err_set(err, "\"%s\" is not a TTL: 0 to %d seconds, or like 1h30m",
				     word_shown(word, shown), TTL_MAX);
}

/* [TTL] [class] TYPE, or [class] [TTL] TYPE. */
static bool head_parse(struct words *words, struct head *head, struct err *err)
{
	struct word word;
	char shown[WORD_SHOWN_MAX];
	*head = (struct head){0};
	while (words_next(words, &word)) {
		if (!head->ttl.known && word.text[0] >= '0' && word.text[0] <= '9') {
			if (memchr(word.text, '.', word.len) != NULL) /* it is the RDATA */
				return err_set(err, "the record has no type before \"%s\"",
					word_shown(word, shown));
			if (!ttl_parse(word, &head->ttl, err))
				return false;
		} else if (!head->classed && (is_word(word, "IN") || is_word(word, "CLASS1"))) {
			head->classed = true;
		} else if (is_class(word)) {
			return err_set(
				err, "class \"%s\": only IN is served", word_shown(word, shown));
		} else {
			return (!word.quoted && rrtype_parse(word.text, word.len, &head->type)) ||
			       err_set(err,
				       "\"%s\" is not a record type; one without a name is written "
				       "TYPE65280",
				       word_shown(word, shown));
		}
	}
	return err_set(err, "%s", words->bad != NULL ? words->bad : "the record has no type");
}

/* The TTL of a record, by the rules in the header. */
static bool ttl_of(struct reader *reader, const struct head *head, size_t len, struct ttl *ttl,
	struct err *err)
{
	if (head->ttl.known)
		reader->last = head->ttl;
	*ttl = head->ttl.known          ? head->ttl
	       : reader->standing.known ? reader->standing
					: reader->last;
	if (!ttl->known && head->type == TYPE_SOA) {
		*ttl = (struct ttl){true, bytes_get32(reader->rdata + len - 4)};
		if (ttl->seconds > TTL_MAX)
			return err_set(err, "the SOA's MINIMUM is over %d seconds", TTL_MAX);
		reader->last = *ttl;
	}
	return ttl->known || err_set(err, "no TTL: write one, or a $TTL before the first record");
}

/* One record from its head and the text of its RDATA. */
static bool take_record(struct reader *reader, const struct source *source, const uint8_t *owner,
	const struct head *head, struct word text, struct err *err)
{
	const struct master_user *const user = reader->user;
	struct ttl ttl;
	uint16_t len;
	if (!rdata_parse(
		    head->type, text.text, text.len, source->origin, reader->rdata, &len, err) ||
		!ttl_of(reader, head, len, &ttl, err))
		return false;
	const struct master_record record = {owner, head->type, ttl.seconds, {reader->rdata, len}};
	const struct master_place at = {source->path, source->number};
	switch (user->record(user->cookie, &record, at, err)) {
	case MASTER_WRONG: return false;
	case MASTER_ENOUGH: reader->enough = true; break;
	case MASTER_GO_ON: break;
	}
	return true;
}

static struct word rest_of(struct words *words)
{
	(void)words_left(words);
	return (struct word){words->at, (size_t)(words->end - words->at), false};
}

/* The error of a line that is no record at all, but was meant as a comment; returns false. */
static bool err_of_line(const struct lexer_line *line, struct err *err)
{
	return line->text[0] == '#' || (line->len > 1 && memcmp(line->text, "//", 2) == 0)
		       ? err_set(err, "a comment begins with \";\", not so")
		       : false;
}

static bool read_record(struct reader *reader, struct source *source, const struct lexer_line *line,
	struct words *words, struct err *err)
{
	struct word word;
	struct head head;
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
	return (head_parse(words, &head, err) &&
		       take_record(reader, source, source->owner, &head, rest_of(words), err)) ||
	       err_of_line(line, err);
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
	if (!need(words, &word, "$TTL wants a TTL", err) || !ttl_parse(word, &ttl, err) ||
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
	const struct master_user *const user = reader->user;
	struct source *const source = mem_copy(like, sizeof *like);
	struct err err;
	size_t len;
	source->above = reader->source;
	source->path = path;
	source->arena = arena_new();
	memcpy(source->origin, origin, name_len(origin));
	reader->source = source;
	if (user->file != NULL)
		user->file(user->cookie, path);
	const char *const text =
		reader->files->read(reader->files->cookie, path, source->arena, &len, &err);
	if (text == NULL && source->above != NULL)
		say_error(reader, source->above, &err);
	else if (text == NULL)
		say(reader, path, 0, without_path(err.text, path));
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
	if (depth > MASTER_DEPTH_MAX)
		return err_set(err, "$INCLUDE: files within files, over %d deep", MASTER_DEPTH_MAX);
	open_file(reader, source, path, origin);
	return true;
}

/* BIND takes what is between quotes, \" being a quote within.  In place. */
static struct word unquoted(struct word word, char *room)
{
	size_t len = 0;
	for (size_t i = 0; i < word.len; i++) {
		if (word.text[i] == '\\' && i + 1 < word.len) {
			if (word.text[i + 1] != '"')
				room[len++] = word.text[i];
			i++;
		}
		room[len++] = word.text[i];
	}
	return (struct word){room, len, false};
}

struct templates {
	struct word owner, rdata;
	struct head head;
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
	       take_record(reader, source, owner, &from->head, text, err);
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
		!head_parse(words, &from.head, err))
		return false;
	reader->generated += range.count;
	if (reader->generated > MASTER_GENERATED_MAX)
		return err_set(err, "$GENERATE: over %d records in all", MASTER_GENERATED_MAX);
	from.rdata = rest_of(words);
	from.room = mem_new(LEXER_LINE_MAX + from.rdata.len);
	if (words_next(words, &whole) && whole.quoted && !words_left(words))
		from.rdata = unquoted(whole, from.room + LEXER_LINE_MAX);
	bool done = words->bad == NULL || err_set(err, "%s", words->bad);
	for (uint32_t i = 0; done && !reader->enough && i < range.count; i++)
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
	if (is_word(word, "$ORIGIN"))
		return read_origin(source, words, err);
	if (is_word(word, "$TTL"))
		return read_ttl(reader, words, err);
	if (is_word(word, "$INCLUDE"))
		return read_include(reader, source, words, err);
	if (is_word(word, "$GENERATE"))
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
	const struct master_user *const user = reader->user;
	if (user->wanted == NULL || ++reader->lines % MASTER_LINES != 0 ||
		user->wanted(user->cookie))
		return true;
	say(reader, reader->source->path, 0, "reading was given up");
	return false;
}

void master_read(const uint8_t *apex, const char *path, const struct files *files,
	const struct master_user *user)
{
	struct reader reader; /* on the stack: there are many zones, and its 64 KB need no zeros */
	const struct source none = {.above = NULL};
	memset(&reader, 0, offsetof(struct reader, rdata));
	reader.files = files;
	reader.user = user;
	open_file(&reader, &none, path, apex);
	while (reader.source != NULL && !reader.enough && wanted(&reader))
		read_line(&reader);
	while (reader.source != NULL)
		close_file(&reader);
}
