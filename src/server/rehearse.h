/*
 * Stories about a configuration, told in steps of conf/conf.h and played in a world with a made-up
 * clock: the `tests:` of a configuration, and the scenarios of the project's own tests.
 *
 * What is given:
 *   TARGET pass|fail|hang|unasked|silent [xN]   what probes find there from now on, or N times;
 *                    hang: fails at its timeout, unasked: no verdict, silent: nothing is heard
 *   TARGET reads VALUE                          what those that pass read
 *   SERVICE[/ENDPOINT] VERB [for TIME]          an operator's word (failover/decree.h)
 *   deaf, hears                                 the prober dies, is started again
 *   reload [NAME]                               where the story has something to reload
 * TARGET is all, SERVICE, SERVICE/ENDPOINT or SERVICE/ENDPOINT/PROBE.
 *
 * What is expected:
 *   NAME TYPE RDATA [+ RDATA]...                exactly these records; RDATA `nothing`: none
 *   SERVICE by RULE                             the rule that made its answer what it is
 *   SERVICE stuck                               it would move, but a rule (7 to 12) keeps it
 *   SERVICE/ENDPOINT is up|down|unknown
 *   N changes                                   so often the answers changed since the beginning
 */
#ifndef LOCUM_SERVER_REHEARSE_H
#define LOCUM_SERVER_REHEARSE_H

#include "conf/conf.h"
#include "server/world.h"

struct load;

struct story {
	struct world *world; /* loaded; its time is the beginning */
	const struct conf_step *steps;
	size_t n;
	/* For `reload`: a load of the caller's; NULL and `err` if there is none of that name. */
	struct load *(*reload)(void *cookie, const char *name, struct err *err);
	void *cookie;
	bool thorough;  /* all records are compared with what was picked, at every moment */
	uint64_t work;  /* more than so much, as world_work() has it, is an error; 0: any */
	uint64_t spent; /* told by story_play() */
};

/* False: `err` tells what was expected and what came, `*failed` which step it was. */
bool story_play(struct story *story, const struct conf_step **failed, struct err *err) MUST_USE;

/*
 * Plays every test of the configuration, each in a world of its own in which all probes pass.  One
 * error for each that fails, at the place of the step.  False: some failed.
 */
bool rehearse(struct load *load, struct conf_problems *problems) MUST_USE;

#endif
