#include "zone/zonefile.h"

#include "base/mem.h"
#include "base/text.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "zone/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A zone while it is read. */
struct taker {
	const uint8_t *apex;
	const struct txn_limits *limits;
	const struct zonefile_report *report;
	struct txn *txn;
	size_t errors, warnings;
	char *soa_path; /* where the SOA stands; NULL: there is none yet */
	size_t soa_line;
	uint8_t full[NAME_MAX_OCTETS]; /* the last set that was said to find no room */
	uint16_t full_type;
};

static void say(
	struct taker *taker, enum zonefile_grade grade, struct master_place at, const char *text)
{
	const bool error = grade == ZONEFILE_ERROR;
	const size_t before = error ? taker->errors++ : taker->warnings++;
	if (before < (error ? ZONEFILE_ERRORS_MAX : ZONEFILE_WARNINGS_MAX))
		taker->report->say(taker->report->cookie, grade, at, text);
}

static void warn(struct taker *taker, struct master_place at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void warn(struct taker *taker, struct master_place at, const char *fmt, ...)
{
	struct err text;
	va_list args;
	va_start(args, fmt);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start
	(void)vsnprintf(text.text, sizeof text.text, fmt, args);
	va_end(args);
	say(taker, ZONEFILE_WARNING, at, text.text);
}

/* Those that are only counted. */
static void say_more(const struct taker *taker, enum zonefile_grade grade, const char *path,
	size_t n, size_t most)
{
	const struct zonefile_report *const report = taker->report;
	const bool error = grade == ZONEFILE_ERROR;
	struct err text;
	if (n <= most)
		return;
	(void)err_set(&text, "%zu more %s%s", n - most,
		error ? text_plural(n - most, "error", "errors")
		      : text_plural(n - most, "warning", "warnings"),
		error && n >= ZONEFILE_ERRORS_STOP ? "; the rest was not read" : "");
	report->say(report->cookie, grade, (struct master_place){path, 0}, text.text);
}

static enum master_verdict bad(void *cookie, struct master_place at, const char *text)
{
	struct taker *const taker = cookie;
	say(taker, ZONEFILE_ERROR, at, text);
	return taker->errors < ZONEFILE_ERRORS_STOP ? MASTER_GO_ON : MASTER_ENOUGH;
}

static void note_soa(struct taker *taker, struct master_place at)
{
	if (taker->soa_path != NULL)
		return;
	taker->soa_path = mem_text(at.path);
	taker->soa_line = at.line;
}

/* RFC 1035 3.3.13: the mail address is a name, its @ is a dot. */
static void check_mail(
	struct taker *taker, const struct master_record *record, struct master_place at)
{
	const uint8_t *const mail = record->rdata.wire + name_len(record->rdata.wire);
	if (memchr(mail + 1, '@', mail[0]) != NULL)
		warn(taker, at,
			"the mail address in the SOA has an @: write a dot in its place, "
			"and one at its end");
}

/* Says once that there is no room in a set, not for each record that is too much. */
static enum master_verdict say_full(struct taker *taker, const struct master_record *record,
	struct master_place at, const struct err *err)
{
	if (record->type == taker->full_type && name_equal(record->owner, taker->full))
		return MASTER_GO_ON;
	memcpy(taker->full, record->owner, name_len(record->owner));
	taker->full_type = record->type;
	return bad(taker, at, err->text);
}

/* Into the transaction, beside those of the same name and type. */
static enum master_verdict take(
	void *cookie, const struct master_record *record, struct master_place at, struct err *err)
{
	struct taker *const taker = cookie;
	char name[NAME_TEXT_MAX], apex[NAME_TEXT_MAX], word[RRTYPE_TEXT_MAX];
	uint32_t set_ttl = record->ttl;
	if (check_is_hashed(record->type, record->rdata.wire))
		return MASTER_GO_ON;
	if (record->type == TYPE_SOA && !name_equal(record->owner, taker->apex)) {
		(void)err_set(err, "%s: a SOA stands at the apex only, %s",
			name_text(record->owner, name), name_text(taker->apex, apex));
		return MASTER_WRONG;
	}
	const enum txn_added added = txn_add(taker->txn, record->owner, record->type, &set_ttl,
		record->rdata, taker->limits, err);
	if (added == TXN_OUTSIDE) {
		(void)err_set(err, "%s is outside the zone %s", name_text(record->owner, name),
			name_text(taker->apex, apex));
		return MASTER_WRONG;
	}
	if (added == TXN_FULL)
		return say_full(taker, record, at, err);
	if (record->type == TYPE_SOA) {
		note_soa(taker, at);
		check_mail(taker, record, at);
	}
	if (set_ttl != record->ttl && record->type != TYPE_RRSIG)
		warn(taker, at, "%s %s: TTL %u, but %u before: the first one is taken",
			name_text(record->owner, name), rrtype_text(record->type, word),
			record->ttl, set_ttl);
	if (added == TXN_THERE_ALREADY)
		warn(taker, at, "%s %s: the record is there already",
			name_text(record->owner, name), rrtype_text(record->type, word));
	return MASTER_GO_ON;
}

/* What is missing at the apex is said of the SOA, or of the line where that should stand. */
static struct zone *commit(struct taker *taker, const char *path)
{
	struct err err;
	if (taker->errors > 0) {
		txn_abort(taker->txn);
		return NULL;
	}
	struct zone *const zone = txn_commit(taker->txn, NULL, 0, NULL, &err);
	if (zone == NULL)
		say(taker, ZONEFILE_ERROR,
			taker->soa_path != NULL
				? (struct master_place){taker->soa_path, taker->soa_line}
				: (struct master_place){path, 1},
			err.text);
	return zone;
}

static void file(void *cookie, const char *path)
{
	const struct zonefile_report *const report = ((const struct taker *)cookie)->report;
	if (report->file != NULL)
		report->file(report->cookie, path);
}

static bool wanted(void *cookie)
{
	const struct zonefile_report *const report = ((const struct taker *)cookie)->report;
	return report->wanted == NULL || report->wanted(report->cookie);
}

struct zone *zonefile_load(const uint8_t *apex, const char *path, const struct files *files,
	const struct txn_limits *limits, const struct zonefile_report *report)
{
	struct taker taker = {
		.apex = apex, .limits = limits, .report = report, .txn = txn_new(apex)};
	const struct master_user user = {
		.cookie = &taker, .record = take, .bad = bad, .file = file, .wanted = wanted};
	master_read(apex, path, files, &user);
	say_more(&taker, ZONEFILE_WARNING, path, taker.warnings, ZONEFILE_WARNINGS_MAX);
	say_more(&taker, ZONEFILE_ERROR, path, taker.errors, ZONEFILE_ERRORS_MAX);
	struct zone *const zone = commit(&taker, path);
	free(taker.soa_path);
	return zone;
}

/* ---- where the records of a set stand ---- */

static enum master_verdict compare(
	void *cookie, const struct master_record *record, struct master_place at, struct err *err)
{
	const struct zonefile_sought *const sought = cookie;
	(void)err;
	if (record->type == sought->set->type && name_equal(record->owner, sought->owner) &&
		rrset_has(sought->set, record->rdata))
		sought->found(sought->cookie, at);
	return MASTER_GO_ON;
}

static enum master_verdict pass_over(void *cookie, struct master_place at, const char *text)
{
	const struct zonefile_sought *const sought = cookie;
	(void)at, (void)text;
	if (sought->bad != NULL)
		sought->bad(sought->cookie);
	return MASTER_GO_ON;
}

static bool still_wanted(void *cookie)
{
	const struct zonefile_sought *const sought = cookie;
	return sought->wanted == NULL || sought->wanted(sought->cookie);
}

void zonefile_find(const uint8_t *apex, const char *path, const struct files *files,
	struct zonefile_sought *sought)
{
	const struct master_user user = {
		.cookie = sought, .record = compare, .bad = pass_over, .wanted = still_wanted};
	master_read(apex, path, files, &user);
}
