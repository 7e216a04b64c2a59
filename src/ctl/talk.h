/* Talking with the daemon, and with whoever gave the command. */
#ifndef LOCUM_CTL_TALK_H
#define LOCUM_CTL_TALK_H

#include "ctl/command.h"
#include "ctl/ctl.h"

struct talk {
	const struct command *command;
	const struct ctl_tools *tools;
	FILE *in, *out, *err;
};

/* The answer, an object that the caller owns; NULL, and why: there is none. */
json_t *talk_ask(const struct talk *talk, const json_t *question, enum ctl_exit *why) MUST_USE;
/* Says what the daemon refused; which exit that is. */
enum ctl_exit talk_failure(const struct talk *talk, const json_t *reply);
void talk_complain(const struct talk *talk, const char *text);

/* Verbs that are done here.  (rehearse.c) */
enum ctl_exit talk_test(const struct talk *talk);
enum ctl_exit talk_replay(const struct talk *talk);

#endif
