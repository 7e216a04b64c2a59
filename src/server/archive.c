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

enum { NAME_ROOM = 256, PATH_ROOM = 4096, TEXT_ROOM = 2048 };

struct question { /* flat: it goes from thread to thread */
	void (*work)(const struct question *q, struct store *store);
	struct mailbox *results;
	struct session *session;
	struct store_query query;
	int64_t asked_ns; /* wall clock */
	char service[NAME_ROOM], file[PATH_ROOM], configuration[PATH_ROOM];
};

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

/* Writing there would take the journal away from under the daemon. */
static bool may_write(const struct question *q, const struct store *store, struct err *err)
{
	return !store_is_own(store, q->file) ||
	       err_set(err, "%s: is the journal in use; take another name", q->file);
}

static void unreadable(struct err *err) { (void)err_set(err, "the journal cannot be read"); }

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

static void history(const struct question *q, struct store *store)
{
	json_t *const list = json_array();
	if (store_entries(store, &q->query, add_entry, list)) {
		answer(q, json_pack("{s:b, s:o}", "ok", 1, "history", list));
		return;
	}
	struct err err;
	json_decref(list);
	unreadable(&err);
	answer_error(q, &err);
}

static void outcomes(const struct question *q, struct store *store)
{
	struct err err;
	char *const whole = realpath(q->configuration, NULL); /* whoever asks stands elsewhere */
	json_t *const page =
		past_page(store, &q->query, whole != NULL ? whole : q->configuration, q->asked_ns);
	free(whole);
	if (page != NULL) {
		answer(q, page);
		return;
	}
	unreadable(&err);
	answer_error(q, &err);
}

static void print_text(FILE *out, const char *key, const char *text)
{
	char room[TEXT_ROOM];
	if (text[0] != '\0')
		(void)fprintf(
			out, " %s=\"%s\"", key, text_escape(text, strlen(text), room, sizeof room));
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

/* Whole and durable, 0600, or not at all. */
static bool export_to(struct store *store, const char *file, struct err *err)
{
	char *const part = mem_format("%s.part", file);
	const int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *const out = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool done = out != NULL && fchmod(fd, 0600) == 0;
	if (!done)
		(void)err_set(err, "%s: %s", part, strerrordesc_np(errno));
	if (done && !store_entries(store, &(struct store_query){0}, print_entry, out)) {
		unreadable(err);
		done = false;
	}
	if (done && (fflush(out) != 0 || fsync(fd) != 0 || rename(part, file) != 0))
		done = err_set(err, "%s: %s", file, strerrordesc_np(errno));
	if (out != NULL)
		(void)fclose(out);
	if (!done && fd >= 0)
		(void)unlink(part);
	free(part);
	return done;
}

static void export(const struct question *q, struct store *store)
{
	struct err err;
	if (q->file[0] != '\0') {
		if (may_write(q, store, &err) && export_to(store, q->file, &err))
			answer_said(q, mem_format("%s has %llu entries", q->file,
					       (unsigned long long)store_last(store)));
		else
			answer_error(q, &err);
		return;
	}
	json_t *const lines = json_array();
	(void)store_entries(store, &q->query, print_into_list, lines);
	answer(q, json_pack("{s:b, s:o}", "ok", 1, "lines", lines));
}

/* ---- the whole ---- */

static void check(const struct question *q, struct store *store)
{
	struct err err;
	uint64_t wrong;
	if (store_verify(store, &wrong)) {
		answer_said(q, mem_format("the journal is whole: %llu entries, epoch %u",
				       (unsigned long long)store_last(store), store_epoch(store)));
		return;
	}
	if (wrong == 0)
		unreadable(&err);
	else
		(void)err_set(&err,
			"entry %llu of the journal does not follow from the one before: it was "
			"changed by others",
			(unsigned long long)wrong);
	answer_error(q, &err);
}

static void backup(const struct question *q, struct store *store)
{
	struct err err;
	if (may_write(q, store, &err) && store_backup(store, q->file, &err))
		answer_said(q, mem_format("%s has %llu entries and the whole state", q->file,
				       (unsigned long long)store_last(store)));
	else
		answer_error(q, &err);
}

static void restore(const struct question *q, struct store *store)
{
	struct err err;
	if (!store_restore(store, q->file, &err)) {
		answer_error(q, &err);
		return;
	}
	struct letter *const letter = letter_new(LETTER_RESTORED);
	letter->session = q->session;
	letter->arena = arena_new();
	letter->text = mem_text(q->file);
	(void)store_states(store, letter->arena, &letter->states, &letter->n_states);
	mailbox_post(q->results, letter);
}

/* ---- questions ---- */

static const struct form {
	const char *verb;
	void (*work)(const struct question *q, struct store *store);
	enum { FILE_NONE, FILE_MAY, FILE_MUST } file;
	bool chooses; /* by service, since, limit */
} forms[] = {{"history", history, FILE_NONE, true}, {"outcomes", outcomes, FILE_NONE, true},
	{"export", export, FILE_MAY, false}, {"check", check, FILE_NONE, false},
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

static void work(void *cookie, struct store *store)
{
	struct question *const q = cookie;
	if (store != NULL)
		q->work(q, store);
	free(q);
}

void archive_ask(struct keeper *keeper, struct mailbox *results, struct session *session,
	json_t *args, const char *configuration)
{
	const char *verb = "", *service = NULL, *since = NULL, *file = NULL;
	json_int_t limit = 0, after = 0;
	json_error_t error;
	struct err err;
	if (json_unpack_ex(args, &error, 0, "{s:s, s?s, s?s, s?I, s?I, s?s !}", "verb", &verb,
		    "service", &service, "since", &since, "limit", &limit, "after", &after, "file",
		    &file) != 0) {
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
	q->query.limit = limit > 0 ? (size_t)limit : 0;
	q->query.after = after > 0 ? (uint64_t)after : 0;
	(void)snprintf(q->configuration, sizeof q->configuration, "%s", configuration);
	if (read_question(q, &forms[i], args, since, service, file, &err)) {
		q->work = forms[i].work;
		keeper_work(keeper, work, q);
		return;
	}
	session_fail(session, "%s", err.text);
	free(q);
}

static void verify(void *cookie, struct store *store)
{
	uint64_t wrong = 0;
	(void)cookie;
	if (store != NULL && !store_verify(store, &wrong) && wrong != 0)
		log_line(LOG_LINE_ERROR,
			"journal=doctored entry=%llu: it does not follow from the one before",
			(unsigned long long)wrong);
}

void archive_verify(struct keeper *keeper) { keeper_work(keeper, verify, NULL); }

struct looking_back {
	struct mailbox *results;
	struct letter *letter;
};

static void look_back(void *cookie, struct store *store)
{
	const struct looking_back job = *(struct looking_back *)cookie;
	struct letter *const letter = job.letter;
	free(cookie);
	if (store == NULL) {
		letter_free(letter);
		return;
	}
	if (!hindsight_add(letter->explain, &letter->hindsight, letter->load, store)) {
		json_decref(letter->explain);
		letter->explain = NULL;
	}
	letter->kind = LETTER_EXPLAINED;
	mailbox_post(job.results, letter);
}

void archive_explain(struct keeper *keeper, struct mailbox *results, struct letter *letter)
{
	const struct looking_back job = {results, letter};
	keeper_work(keeper, look_back, mem_copy(&job, sizeof job));
}
