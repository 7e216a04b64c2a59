/*
 * What locumctl can be told: the verbs, their words and options.  The usage, the completion and the
 * question to the daemon come from these tables.
 */
#ifndef LOCUM_CTL_VERBS_H
#define LOCUM_CTL_VERBS_H

#include "ctl/ctl.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { VERB_WORDS_MAX = 2 };

enum option_kind {
	OPTION_FLAG,    /* true in the question */
	OPTION_TEXT,    /* the next word, as it is */
	OPTION_NUMBERS, /* the next word, "6,7": a list */
};

struct option {
	const char *name; /* "--reason" */
	const char *key;  /* in the question; NULL: it is not for the daemon */
	enum option_kind kind;
	unsigned bit;      /* OPTION_... below */
	const char *value; /* what stands behind it, for people; NULL: nothing */
	const char *help;
};

enum { /* which options go with a verb; --json goes with all */
	OPTION_DRY_RUN = 1,
	OPTION_REASON = 2,
	OPTION_FOR = 4,
	OPTION_FROM = 8,
	OPTION_FORCE = 16,
	OPTION_ALL = 32,
	OPTION_FAIL = 64,
	OPTION_END = 128,
	OPTION_YES = 256,
	OPTION_WATCH = 512,
	OPTION_SINCE = 1024,
	OPTION_POLICY = 2048,
	OPTION_OLD = 4096,
	OPTION_SINCE_LAST = 8192,
	OPTION_AT = 16384,
};

struct talk;

struct verb {
	const char *name, *arguments, *help; /* of the usage */
	/* Keys of what stands behind it, "service/endpoint" for two in one word; NULL: nothing. */
	const char *words[VERB_WORDS_MAX];
	size_t least; /* so many of them must, unless --all does */
	int64_t patience_s;
	const char *body; /* the key of what is shown in the answer; NULL: all of it */
	void (*show)(const json_t *body, FILE *out);
	void (*show_one)(const json_t *body, FILE *out); /* a word was given; NULL: as `show` */
	bool (*good)(const json_t *body); /* else it failed, though it was done; NULL: it is */
	enum ctl_exit (*run)(const struct talk *talk); /* NULL: the daemon does it */
	unsigned options;
	bool many; /* the last of `words` may come again: it is a list in the question */
	bool asks; /* shows the plan and asks before it does anything */
};

const struct verb *verb_list(void) MUST_USE;                 /* ends with name == NULL */
const struct option *option_list(void) MUST_USE;             /* likewise */
const struct verb *verb_find(const char *name) MUST_USE;     /* NULL: there is none */
const struct option *option_find(const char *name) MUST_USE; /* likewise */
/* The nearest name; NULL: none is near. */
const char *verb_near(const char *name) MUST_USE;
const char *option_near(const char *name) MUST_USE;

#endif
