#include "server/letter.h"

#include "base/arena.h"
#include "base/mem.h"

#include <stdlib.h>

struct letter *letter_new(enum letter_kind kind)
{
	struct letter *const letter = mem_new(sizeof *letter);
	letter->kind = kind;
	return letter;
}

void letter_free(void *object)
{
	struct letter *const letter = object;
	load_unref(letter->load);
	load_unref(letter->leavings.load);
	view_unref(letter->leavings.view);
	arena_free(letter->problems.arena);
	snapshot_free(letter->snapshot);
	keeping_free(letter->kept.keeping);
	arena_free(letter->arena);
	free(letter->text);
	free(letter->type);
	free(letter->at);
	json_decref(letter->explain);
	free(letter);
}
