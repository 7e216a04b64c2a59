#include "server/docket.h"

#include "base/mem.h"
#include "net/log.h"
#include "server/commands.h"
#include "server/control.h"
#include "server/decrees.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING_MAX = 32 };

struct docket {
	struct control *control;
	struct waiting {
		struct session *session;
		json_t *args;
	} waiting[WAITING_MAX];
	size_t n;
};

struct docket *docket_new(struct control *control)
{
	struct docket *const docket = mem_new(sizeof *docket);
	docket->control = control;
	return docket;
}

static void decide(struct docket *docket, struct session *session, json_t *args)
{
	struct decrees decrees = decrees_read(docket->control, args);
	if (decrees.fate == DECREES_GRANTED || decrees.fate == DECREES_REFUSED)
		log_line(LOG_LINE_INFO, "%s %s", decrees.log, session_author(session));
	if (decrees.fate == DECREES_GRANTED)
		control_decree(docket->control, &(struct decreed){.list = decrees.list,
							.n = decrees.n,
							.reason = decrees.reason,
							.session = session,
							.answer = decrees.answer});
	else
		session_reply(session, decrees.answer, strlen(decrees.answer));
	decrees_free(&decrees);
}

void docket_put(struct docket *docket, struct session *session, json_t *args)
{
	if (!control_is_busy(docket->control))
		decide(docket, session, args);
	else if (docket->n == WAITING_MAX)
		session_fail(session, "%d commands are waiting already", WAITING_MAX);
	else
		docket->waiting[docket->n++] = (struct waiting){session, json_incref(args)};
}

void docket_next(struct docket *docket)
{
	while (docket->n > 0 && !control_is_busy(docket->control)) {
		const struct waiting first = docket->waiting[0];
		docket->n--;
		memmove(docket->waiting, docket->waiting + 1, docket->n * sizeof first);
		decide(docket, first.session, first.args);
		json_decref(first.args);
	}
}

void docket_free(struct docket *docket)
{
	if (docket == NULL)
		return;
	for (size_t i = 0; i < docket->n; i++)
		json_decref(docket->waiting[i].args);
	free(docket);
}
