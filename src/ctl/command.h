/* A command line, read: which verb, and the question to the daemon. */
#ifndef LOCUM_CTL_COMMAND_H
#define LOCUM_CTL_COMMAND_H

#include "ctl/verbs.h"

struct command {
	const struct verb *verb;
	const char *socket; /* set before; -s changes it */
	json_t *question;   /* the caller's, in any case */
	size_t n_words;
	unsigned given; /* options */
	bool json;
};

/* False: `err` was told what is wrong. */
bool command_read(struct command *command, int argc, char *const argv[], FILE *err) MUST_USE;
void command_usage(FILE *out);

#endif
