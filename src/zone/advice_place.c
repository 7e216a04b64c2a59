#include "base/arena.h"
#include "dns/name.h"
#include "zone/advice.h"

#include <string.h>

struct search {
	struct remarks *remarks;
	struct arena *arena;
	size_t left; /* that have no place yet */
	bool (*wanted)(void *cookie);
	void *cookie;
};

static bool is_sought(const struct remark *remark)
{
	return remark->owner != NULL && remark->at.path == NULL;
}

static bool is_about(const struct remark *remark, const struct master_record *record)
{
	return remark->type == record->type && name_equal(remark->owner, record->owner) &&
	       (remark->record.wire == NULL ||
		       (remark->record.len == record->rdata.len &&
			       memcmp(remark->record.wire, record->rdata.wire, record->rdata.len) ==
				       0));
}

static enum master_verdict look(
	void *cookie, const struct master_record *record, struct master_place at, struct err *err)
{
	struct search *const search = cookie;
	(void)err;
	for (size_t i = 0; i < search->remarks->n; i++) {
		struct remark *const remark = &search->remarks->list[i];
		if (!is_sought(remark) || !is_about(remark, record))
			continue;
		remark->at.path = arena_text(search->arena, at.path, strlen(at.path));
		remark->at.line = at.line;
		search->left--;
	}
	return search->left > 0 ? MASTER_GO_ON : MASTER_ENOUGH;
}

static bool wanted(void *cookie)
{
	const struct search *const search = cookie;
	return search->wanted == NULL || search->wanted(search->cookie);
}

void remarks_place(struct remarks *remarks, const uint8_t *apex, const char *path,
	const struct files *files, struct arena *arena, bool (*still_wanted)(void *cookie),
	void *cookie)
{
	struct search search = {
		.remarks = remarks, .arena = arena, .wanted = still_wanted, .cookie = cookie};
	const struct master_user user = {.cookie = &search, .record = look, .wanted = wanted};
	for (size_t i = 0; i < remarks->n; i++)
		search.left += is_sought(&remarks->list[i]);
	if (search.left > 0)
		master_read(apex, path, files, &user);
}
