#include "server/archive.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/moment.h"
#include "base/span.h"
#include "base/text.h"
#include "net/clock.h"
#include "net/log.h"
#include "server/commands.h"
#include "server/jtext.h"
#include "server/letter.h"
#include "server/mailbox.h"
#include "server/past.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_ROOM = 256, PATH_ROOM = 4096, ENTRIES_SOME = 1000 };

struct question { /* it goes from thread to thread */
	struct mailbox *results;
	struct session *session;
	struct store_query query;
	int64_t asked_ns; /* wall clock */
	char service[NAME_ROOM], file[PATH_ROOM], configuration[PATH_ROOM];
	/* How far it is, between two slices. */
	uint64_t seen, opened; /* entries; of which file */
	json_t *list;
	char *part; /* of what is exported, while it is not whole */
	FILE *out;
	bool since_last;
	json_t *increments; /* paths; NULL: none */
	struct store_chain chain;
	struct store_backup *backup;
};

static void free_question(void *cookie)
{
	struct question *const q = cookie;
	json_decref(q->list);
	json_decref(q->increments);
	if (q->out != NULL)
		(void)fclose(q->out);
	if (q->part != NULL)
		(void)unlink(q->part);
	free(q->part);
	store_backup_end(q->backup);
	free(q);
}

/* ---- replies ---- */

static void answer(const struct question *q, json_t *json)
{
	struct letter *const letter = letter_new(LETTER_RENDERED);
	letter->session = q->session;
	letter->text = json_dumps(json, JSON_COMPACT);
	letter->len = strlen(letter->text);
	json_decref(json);
	mailbox_post(q->results, letter);
}

static void answer_error(const struct question *q, const struct err *err)
{
	answer(q, json_pack("{s:b, s:o}", "ok", 0, "error", jtext(err->text)));
}

static void answer_said(const struct question *q, char *said)
{
	answer(q, json_pack("{s:b, s:o}", "ok", 1, "said", jtext(said)));
	free(said);
}

static bool unreadable(struct err *err) { return err_set(err, "the journal cannot be read"); }

/* ---- entries ---- */

json_t *archive_entry(const struct store_entry *e)
{
	char room[MOMENT_TEXT_MAX];
	return json_pack("{s:I, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "number",
		(json_int_t)e->number, "epoch", (int)e->epoch, "at", moment_text(e->at_ns, room),
		"kind", jtext(e->kind), "author", jtext(e->author), "service", jtext(e->service),
		"endpoint", jtext(e->endpoint), "detail", jtext(e->detail), "reason",
		jtext(e->reason), "generation", (json_int_t)e->generation, "serial",
		(json_int_t)e->serial);
}

static void add_entry(void *cookie, const struct store_entry *e)
{
	(void)json_array_append_new(cookie, archive_entry(e));
}

/* The next entries of all that are asked for; whether there are more. */
static bool next_entries(struct question *q, struct store *store,
	void (*each)(void *cookie, const struct store_entry *entry), void *cookie, bool *more,
	struct err *err)
{
	struct store_query query = q->query;
	if (q->opened != 0 && q->opened != store_opened(store))
		return err_set(err, "the journal was replaced meanwhile; ask again");
	q->opened = store_opened(store);
	query.after += q->seen;
	query.upto = query.after + ENTRIES_SOME;
	q->seen += ENTRIES_SOME;
	*more = query.upto < store_last(store);
	return store_entries(store, &query, each, cookie) || unreadable(err);
}

static enum keeper_more history(void *cookie, struct store *store)
{
	struct question *const q = cookie;
	bool more = false;
	if (q->list == NULL)
		q->list = json_array();
	struct err err;
	const bool good = next_entries(q, store, add_entry, q->list, &more, &err);
	if (good && more)
		return KEEPER_AGAIN;
	while (q->query.limit > 0 && json_array_size(q->list) > q->query.limit)
		(void)json_array_remove(q->list, 0);
	if (good) {
		answer(q, json_pack("{s:b, s:O}", "ok", 1, "history", q->list));
		return KEEPER_DONE;
	}
	answer_error(q, &err);
	return KEEPER_DONE;
}

static enum keeper_more outcomes(void *cookie, struct store *store)
{
	const struct question *const q = cookie;
	struct err err;
	char *const whole = realpath(q->configuration, NULL); /* whoever asks stands elsewhere */
	json_t *const page =
		past_page(store, &q->query, whole != NULL ? whole : q->configuration, q->asked_ns);
	free(whole);
	if (page != NULL) {
		answer(q, page);
		return KEEPER_DONE;
	}
	(void)unreadable(&err);
	answer_error(q, &err);
	return KEEPER_DONE;
}

static void print_text(FILE *out, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	const size_t len = strlen(text), room = 4 * len + 1; /* a pool has many names */
	char *const escaped = mem_list(room, 1);
	(void)fprintf(out, " %s=\"%s\"", key, text_escape(text, len, escaped, room));
	free(escaped);
}

static void print_entry(void *cookie, const struct store_entry *e)
{
	FILE *const out = cookie;
	char room[MOMENT_TEXT_MAX];
	(void)fprintf(out, "number=%llu epoch=%u at=%s kind=%s", (unsigned long long)e->number,
		e->epoch, moment_text(e->at_ns, room), e->kind);
	print_text(out, "author", e->author);
	print_text(out, "service", e->service);
	print_text(out, "endpoint", e->endpoint);
	print_text(out, "detail", e->detail);
	print_text(out, "reason", e->reason);
	if (e->generation != 0)
		(void)fprintf(out, " generation=%llu", (unsigned long long)e->generation);
	if (e->serial != 0)
		(void)fprintf(out, " serial=%u", e->serial);
	(void)fputc('\n', out);
}

static void print_into_list(void *cookie, const struct store_entry *e)
{
	char *text = NULL;
	size_t len = 0;
	FILE *const out = open_memstream(&text, &len);
	if (out == NULL)
		return;
	print_entry(out, e);
	(void)fclose(out);
	text[len - 1] = '\0';
	(void)json_array_append_new(cookie, jtext(text));
	free(text);
}

/* A file to be written: whole and durable, 0600, or not at all. */
static bool open_part(struct question *q, struct err *err)
{
	q->part = mem_format("%s.part", q->file);
	(void)unlink(q->part); /* it may be another name of something else */
	const int fd = open(q->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	q->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	return (q->out != NULL && fchmod(fd, 0600) == 0) ||
	       err_set(err, "%s: %s", q->part, strerrordesc_np(errno));
}

static bool close_part(struct question *q, struct err *err)
{
	if (fflush(q->out) != 0 || fsync(fileno(q->out)) != 0 || rename(q->part, q->file) != 0)
		return err_set(err, "%s: %s", q->file, strerrordesc_np(errno));
	free(q->part);
	q->part = NULL; /* nothing is to be taken away */
	return store_sync_directory_of(q->file, err);
}

static const char *entries(uint64_t n) { return text_plural(n, "entry", "entries"); }

static enum keeper_more export_to_file(struct question *q, struct store *store)
{
	struct err err;
	bool more = false;
	bool good = q->out != NULL || (store_may_make(store, q->file, &err) && open_part(q, &err));
	good = good && next_entries(q, store, print_entry, q->out, &more, &err);
	if (good && more) /* a little at a time to the disk, too */
		good = (fflush(q->out) == 0 && fdatasync(fileno(q->out)) == 0) ||
		       err_set(&err, "%s: %s", q->part, strerrordesc_np(errno));
	else if (good)
		good = close_part(q, &err);
	if (!good)
		answer_error(q, &err);
	else if (!more)
		answer_said(q,
			mem_format("%s has %llu %s", q->file, (unsigned long long)store_last(store),
				entries(store_last(store))));
	return good && more ? KEEPER_AGAIN : KEEPER_DONE;
}

static enum keeper_more export_all(void *cookie, struct store *store)
{
	struct question *const q = cookie;
	struct err err;
	bool more = false;
	if (q->file[0] != '\0')
		return export_to_file(q, store);
	if (q->list == NULL)
		q->list = json_array();
	const bool good = next_entries(q, store, print_into_list, q->list, &more, &err);
	if (good && more)
		return KEEPER_AGAIN;
	if (good)
		answer(q, json_pack("{s:b, s:O}", "ok", 1, "lines", q->list));
	else
		answer_error(q, &err);
	return KEEPER_DONE;
}

/* ---- the whole ---- */

static enum keeper_more check(void *cookie, struct store *store)
{
	struct question *const q = cookie;
	struct err err;
	const enum store_progress progress = store_verify_slice(store, &q->chain);
	if (progress == STORE_MORE)
		return KEEPER_AGAIN;
	if (progress == STORE_DONE) {
		answer_said(q, mem_format("the journal is whole: %llu %s, epoch %u",
				       (unsigned long long)store_last(store),
				       entries(store_last(store)), store_epoch(store)));
		return KEEPER_DONE;
	}
	if (q->chain.wrong == 0)
		(void)unreadable(&err);
	else
		(void)err_set(&err,
			"entry %llu of the journal does not follow from the one before: it was "
			"changed by others",
			(unsigned long long)q->chain.wrong);
	answer_error(q, &err);
	return KEEPER_DONE;
}

static void say_increment(struct question *q, uint64_t last, uint64_t after)
{
	answer_said(q, mem_format("%s has %llu %s since entry %llu, and the whole state", q->file,
			       (unsigned long long)(last - after), entries(last - after),
			       (unsigned long long)after));
}

static enum keeper_more backup(void *cookie, struct store *store)
{
	struct question *const q = cookie;
	struct err err;
	enum store_progress progress = STORE_FAILED;
	if (q->backup == NULL && store_is_copying(store))
		return KEEPER_AGAIN; /* it is next */
	if (q->backup == NULL && store_may_make(store, q->file, &err))
		q->backup = q->since_last ? store_increment_begin(store, q->file, &err)
					  : store_backup_begin(store, q->file, &err);
	if (q->backup != NULL)
		progress = store_backup_slice(q->backup, KEEPER_SLICE_PAGES, &err);
	if (progress == STORE_MORE)
		return KEEPER_AGAIN;
	if (progress == STORE_DONE && q->since_last)
		say_increment(q, store_last(store), store_backup_after(q->backup));
	else if (progress == STORE_DONE)
		answer_said(q,
			mem_format("%s has %llu %s and the whole state", q->file,
				(unsigned long long)store_last(store), entries(store_last(store))));
	else
		answer_error(q, &err);
	return KEEPER_DONE;
}

/* What was restored, for the journal: each increment follows the one before, so the last one tells
 * them all. */
static char *restored_from(const char *const files[], size_t n)
{
	return n == 1 ? mem_text(files[0])
		      : mem_format("%s and %zu %s%s", files[0], n - 1,
				text_plural(n - 1, "increment, ", "increments, the last "),
				files[n - 1]);
}

static enum keeper_more restore(void *cookie, struct store *store)
{
	const struct question *const q = cookie;
	struct letter *const letter = letter_new(LETTER_RESTORED);
	struct err err;
	letter->session = q->session;
	letter->arena = arena_new();
	const size_t n = 1 + json_array_size(q->increments);
	const char **const files = arena_list(letter->arena, n, sizeof *files);
	files[0] = q->file;
	for (size_t i = 1; i < n; i++)
		files[i] = json_string_value(json_array_get(q->increments, i - 1));
	letter->text = restored_from(files, n);
	if (store_restore(store, files, n, letter->arena, &letter->memory, &err)) {
		mailbox_post(q->results, letter);
		return KEEPER_DONE;
	}
	answer_error(q, &err);
	letter_free(letter);
	return KEEPER_DONE;
}

/* ---- questions ---- */

static const struct form {
	const char *verb;
	keeper_work_fn *work;
	enum { FILE_NONE, FILE_MAY, FILE_MUST } file;
	bool chooses; /* by service, since, limit */
} forms[] = {{"history", history, FILE_NONE, true}, {"outcomes", outcomes, FILE_NONE, true},
	{"export", export_all, FILE_MAY, false}, {"check", check, FILE_NONE, false},
	{"backup", backup, FILE_MUST, false}, {"restore", restore, FILE_MUST, false}};

static bool read_question(struct question *q, const struct form *form, json_t *args,
	const char *since, const char *service, const char *file, struct err *err)
{
	span_t span = {0};
	if (!form->chooses &&
		(json_object_get(args, "service") != NULL || since != NULL || q->query.limit != 0))
		return err_set(err, "%s: it takes no service, since or limit", form->verb);
	if (since != NULL && !span_parse(since, &span))
		return err_set(err, "%s: since: a time such as 90s, 4h or 7d", form->verb);
	if ((file == NULL) == (form->file == FILE_MUST) && form->file != FILE_MAY)
		return err_set(err, "%s: it takes %s file", form->verb,
			form->file == FILE_MUST ? "a" : "no");
	if ((q->since_last && form->work != backup) ||
		(q->increments != NULL && form->work != restore))
		return err_set(err, "%s: it takes no since-last or increments", form->verb);
	for (size_t i = 0; i < json_array_size(q->increments); i++) {
		const char *const name = json_string_value(json_array_get(q->increments, i));
		if (name == NULL || name[0] != '/')
			return err_set(
				err, "%s: an increment is a whole path, from / on", form->verb);
	}
	if (file != NULL && (file[0] != '/' || strlen(file) >= sizeof q->file - 16))
		return err_set(err, "%s: the file is a whole path, from / on", form->verb);
	if (service != NULL && strlen(service) >= sizeof q->service)
		return err_set(err, "%s: no service has so long a name", form->verb);
	if (since != NULL)
		q->query.since_ns = q->asked_ns - span.ns;
	if (file != NULL)
		memcpy(q->file, file, strlen(file) + 1);
	if (service != NULL) {
		memcpy(q->service, service, strlen(service) + 1);
		q->query.service = q->service; /* as long as q lives */
	}
	return true;
}

void archive_ask(struct keeper *keeper, struct mailbox *results, struct session *session,
	json_t *args, const char *configuration)
{
	const char *verb = "", *service = NULL, *since = NULL, *file = NULL;
	json_int_t limit = 0, after = 0;
	int since_last = 0;
	json_t *increments = NULL;
	json_error_t error;
	struct err err;
	if (json_unpack_ex(args, &error, 0, "{s:s, s?s, s?s, s?I, s?I, s?s, s?b, s?o !}", "verb",
		    &verb, "service", &service, "since", &since, "limit", &limit, "after", &after,
		    "file", &file, "since-last", &since_last, "increments", &increments) != 0) {
		session_fail(session, "%s", error.text);
		return;
	}
	size_t i = 0;
	while (i + 1 < COUNT_OF(forms) && strcmp(forms[i].verb, verb) != 0)
		i++;
	struct question *const q = mem_new(sizeof *q);
	q->results = results;
	q->asked_ns = clock_wall_ns();
	q->session = session;
	q->since_last = since_last != 0;
	q->increments = json_deep_copy(increments); /* it goes to another thread */
	q->query.limit = limit > 0 ? (size_t)limit : 0;
	q->query.after = after > 0 ? (uint64_t)after : 0;
	(void)snprintf(q->configuration, sizeof q->configuration, "%s", configuration);
	if (read_question(q, &forms[i], args, since, service, file, &err)) {
		keeper_work(keeper, forms[i].work, free_question, q);
		return;
	}
	session_fail(session, "%s", err.text);
	free_question(q);
}

static enum keeper_more verify(void *cookie, struct store *store)
{
	struct store_chain *const chain = cookie;
	const enum store_progress progress = store_verify_slice(store, chain);
	if (progress == STORE_FAILED && chain->wrong != 0)
		log_line(LOG_LINE_ERROR,
			"journal=doctored entry=%llu: it does not follow from the one before",
			(unsigned long long)chain->wrong);
	return progress == STORE_MORE ? KEEPER_AGAIN : KEEPER_DONE;
}

void archive_verify(struct keeper *keeper)
{
	keeper_work(keeper, verify, free, mem_new(sizeof(struct store_chain)));
}

struct looking_back {
	struct mailbox *results;
	struct letter *letter; /* NULL: it is on its way back */
};

static enum keeper_more look_back(void *cookie, struct store *store)
{
	struct looking_back *const job = cookie;
	struct letter *const letter = job->letter;
	job->letter = NULL;
	if (!hindsight_add(letter->explain, &letter->hindsight, letter->load, store)) {
		json_decref(letter->explain);
		letter->explain = NULL;
	}
	letter->kind = LETTER_EXPLAINED;
	mailbox_post(job->results, letter);
	return KEEPER_DONE;
}

static void drop_looking_back(void *cookie)
{
	struct looking_back *const job = cookie;
	if (job->letter != NULL)
		letter_free(job->letter);
	free(job);
}

void archive_explain(struct keeper *keeper, struct mailbox *results, struct letter *letter)
{
	const struct looking_back job = {results, letter};
	keeper_work(keeper, look_back, drop_looking_back, mem_copy(&job, sizeof job));
}
