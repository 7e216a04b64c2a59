#include "server/reloads.h"

#include "base/arena.h"
#include "base/mem.h"
#include "net/log.h"
#include "server/commands.h"
#include "server/control.h"
#include "server/load.h"
#include "server/loader.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHANGE_LINES_MAX = 20, /* in the log */
	WAITING_MAX = 32,      /* asked for while one is under way */
};

struct reloads {
	struct loader *loader;
	struct control *control;
	const char *path;
	struct waiting_read {
		enum read_purpose purpose;
		struct session *session;
	} waiting[WAITING_MAX]; /* the first one is under way */
	size_t n_waiting;
};

struct reloads *reloads_new(struct loader *loader, struct control *control, const char *path)
{
	struct reloads *const reloads = mem_new(sizeof *reloads);
	*reloads = (struct reloads){.loader = loader, .control = control, .path = path};
	return reloads;
}

void reloads_free(struct reloads *reloads) { free(reloads); }

static void begin_read(struct reloads *reloads)
{
	const struct waiting_read *const first = &reloads->waiting[0];
	loader_read(
		reloads->loader, control_load(reloads->control), first->purpose, first->session);
}

void reloads_ask(struct reloads *reloads, enum read_purpose purpose, struct session *session)
{
	/* Signals in a row: one reload after the one under way sees all that they were about. */
	for (size_t i = 1; i < reloads->n_waiting && session == NULL; i++)
		if (reloads->waiting[i].purpose == READ_RELOAD &&
			reloads->waiting[i].session == NULL)
			return;
	if (reloads->n_waiting == WAITING_MAX) {
		if (session != NULL)
			session_fail(session, "%d reloads are waiting already", WAITING_MAX);
		return;
	}
	reloads->waiting[reloads->n_waiting++] = (struct waiting_read){purpose, session};
	if (reloads->n_waiting == 1)
		begin_read(reloads);
}

/* "reload refused: ..." with all problems, to the log and to who asked. */
static void refuse(struct reloads *reloads, const struct letter *letter)
{
	control_refused(reloads->control);
	loader_say_problems(&letter->problems);
	log_line(LOG_LINE_ERROR, "reload=refused errors=%zu: everything stays as it was",
		letter->problems.errors);
	if (letter->session == NULL)
		return;
	struct arena *const arena = arena_new();
	size_t n = letter->problems.n;
	const char **const lines = arena_list(arena, n + CONF_REST_MAX, sizeof *lines);
	for (size_t i = 0; i < n; i++)
		lines[i] = conf_problem_text(&letter->problems.list[i], arena);
	n += conf_problems_rest(&letter->problems, arena, lines + n);
	session_reply_list(letter->session, false,
		"the configuration has errors; everything stays as it was", "problems", lines, n);
	arena_free(arena);
}

/* What changed, or would, and the warnings, to who asked. */
static void tell_changes(struct letter *letter)
{
	struct arena *const arena = letter->problems.arena;
	const size_t n = letter->n_changes;
	const char **const lines = arena_list(arena, n + letter->problems.n, sizeof(const char *));
	for (size_t i = 0; i < n; i++)
		lines[i] = letter->changes[i];
	for (size_t i = 0; i < letter->problems.n; i++)
		lines[n + i] = conf_problem_text(&letter->problems.list[i], arena);
	session_reply_list(letter->session, true,
		n == 0                           ? "nothing has changed"
		: letter->purpose == READ_RELOAD ? "reloaded"
						 : "would change",
		"changes", lines, n + letter->problems.n);
}

static void take_on(struct reloads *reloads, struct letter *letter)
{
	if (letter->purpose == READ_RELOAD) {
		loader_say_problems(&letter->problems); /* warnings */
		loader_discard(reloads->loader, control_adopt(reloads->control, letter->load));
		letter->load = NULL;
		for (size_t i = 0; i < letter->n_changes && i < CHANGE_LINES_MAX; i++)
			log_line(LOG_LINE_INFO, "change=\"%s\"", letter->changes[i]);
		log_line(LOG_LINE_INFO, "reloaded changes=%zu", letter->n_changes);
	}
	if (letter->session != NULL)
		tell_changes(letter);
}

/* What was read and is not taken on: its end takes time, too, when it is large. */
static void discard(struct reloads *reloads, struct letter *letter)
{
	if (letter->load != NULL)
		loader_discard(reloads->loader, (struct leavings){.load = letter->load});
	letter->load = NULL;
}

void reloads_hear(struct reloads *reloads, struct letter *letter)
{
	const char *key = NULL;
	if (letter->load != NULL && (key = conf_needs_restart(control_load(reloads->control)->conf,
					     letter->load->conf)) != NULL) {
		const struct place whole_file = {.file = reloads->path};
		conf_problem(&letter->problems, CONF_ERROR, whole_file,
			"server.%s cannot change while locumd runs; restart it, or put the old "
			"value back",
			key);
		discard(reloads, letter);
	}
	if (letter->load == NULL)
		refuse(reloads, letter);
	else
		take_on(reloads, letter);
	discard(reloads, letter); /* of a dry run */

	reloads->n_waiting--;
	memmove(reloads->waiting, reloads->waiting + 1,
		reloads->n_waiting * sizeof reloads->waiting[0]);
	if (reloads->n_waiting > 0)
		begin_read(reloads);
}
