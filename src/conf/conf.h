/*
 * The configuration, typed and checked.  Immutable; made by the loader thread,
 * then shared by reference count.  DESIGN section 8 has the language.
 */
#ifndef LOCUM_CONF_CONF_H
#define LOCUM_CONF_CONF_H

#include "base/attr.h"
#include "base/files.h"
#include "conf/schema.h"
#include "failover/limits.h"
#include "failover/policy.h"

struct conf_limits { /* of what may stand at one name */
	uint32_t records_per_type, types_per_name;
};

enum conf_switch { CONF_ON, CONF_OFF }; /* whether a map was given, or "off" */

struct conf_cookies {
	int off;                 /* enum conf_switch */
	const char *secret_file; /* NULL: a secret of our own, made at the start */
};

struct conf_rrl {
	int off; /* enum conf_switch */
	uint32_t rate, slip;
	struct prefixes exempt;
};

struct conf_breaker {
	int off;           /* enum conf_switch */
	const char *share; /* "20%" of the services, or a number of them */
	span_t per;
	uint32_t failbacks; /* in any window of `per`; 0: no limit */
};

struct conf_server {
	struct addresses listen;
	struct address status; /* len 0: no status endpoint */
	const char *control;   /* path of the socket; never NULL */
	const char *state;     /* directory */
	uint32_t workers;      /* responder threads; 0: one per core */
	const char *user;      /* NULL: stay who we are */
	struct conf_limits limits;
	const char *identity; /* NULL: not told */
	bool version;         /* is told */
	struct conf_cookies cookies;
	struct conf_rrl rrl;
	uint32_t connections_per_client; /* 0: any number */
	uint32_t attempts_per_host;
	uint32_t probers; /* processes; 0: as many as it takes */
	struct conf_references {
		const char *probe;      /* NULL: there are none */
		struct texts addresses; /* each is one */
		const char *share;      /* as written */
		uint32_t enough;        /* the same as a number, at least 1 */
	} references;
	struct address beats; /* len 0: no datagrams */
	const char *hooks;    /* directory of the programs that may run; NULL: none may */
	struct conf_breaker breaker;
};

enum conf_hmac { CONF_HMAC_SHA224, CONF_HMAC_SHA256, CONF_HMAC_SHA384, CONF_HMAC_SHA512 };

struct conf_key {         /* TSIG; for transfers and updates */
	const char *name; /* as written */
	const uint8_t *domain;
	enum conf_hmac algorithm;
	const char *secret; /* base64; NULL: in `file` */
	const char *file;
};

struct conf_zone {
	const uint8_t *apex;       /* wire, lower case; NULL for the entry "*" */
	const char *file;          /* NULL for "*" */
	const char *dir;           /* only for "*" */
	struct conf_limits limits; /* 0: as the server has it */
	struct place at;
};

struct conf_probe {
	const char *name;
	const struct option_set *kind;
	const void *options;               /* as kind->fields describe */
	span_t every, fast, down, timeout; /* fast, down: `every` if not given */
	uint32_t rise, fall, port;
	bool watch;
	struct limits limits; /* of the value that it reads */
	struct place at;
};

struct conf_endpoint {
	const char *name;
	const uint8_t *host;     /* wire; NULL: none given */
	const char *host_text;   /* as given, final dot taken off; NULL */
	struct address address;  /* len 0: none given */
	struct address address6; /* beside an IPv4 `address`; len 0: none given */
	struct pairs vars;
	uint32_t weight; /* of its share of the answers, where they are shared by weight */
	struct place at;
};

/* Which probes must pass, and how many of them. */
struct conf_needs {
	size_t n, n_tree;
	const uint32_t *probes; /* numbers of probes: the leaves of the tree */
	const struct quorum *tree;
};

struct conf_service {
	const char *name;
	const uint8_t *zone;  /* apex, wire, lower case */
	span_t ttl;           /* whole seconds; in quiet times */
	span_t suspect_ttl;   /* when a change may be near */
	bool weighted;        /* an answer has the records of one endpoint, by weight */
	struct texts records; /* templates, their substitutions checked to exist */
	size_t n_endpoints;
	const struct conf_endpoint *endpoints; /* in order of preference */
	struct conf_needs health, ready;       /* n 0: none */
	uint16_t n_gates;
	const struct gate_rule *gates;
	const uint32_t *gate_probes; /* numbers of probes */
	const char *with, *after;    /* names of services; NULL */
	struct service_rule rule;
	struct place at;
};

/* A program that an option names: it must lie in `server.hooks` and be nobody else's to change. */
struct conf_program {
	const char *path, *subject, *key; /* of whose option; `probe "x"`, "argv" */
	struct place at;
};

/* One thing to ask, for the prober: probe and target.  Numbered as policy.checks. */
struct conf_check {
	const struct conf_probe *probe;
	const void *options;    /* the probe's, with the endpoint's values put in */
	struct address address; /* with the probe's port; len 0: TARGET_NONE */
	const char *host;       /* the endpoint's; "" if none */
	bool reference;         /* no endpoint's: server.references */
	const char *definition; /* identity, times and limits: same text, same orders for the
				   prober */
};

enum step_kind {    /* those of one time stand in this order */
	STEP_UNTIL, /* expected at every moment before the time, since the expectation before */
	STEP_GIVEN, /* happens before what is due at the time */
	STEP_AT,    /* expected once what is due at the time is done */
};

struct conf_step { /* of a test; server/rehearse.h has the language of `text` */
	enum step_kind kind;
	span_t time; /* from the beginning */
	const char *text;
	struct place at;
};

struct conf_test {
	const char *name;
	size_t n;
	const struct conf_step *steps; /* in order of time */
	struct place at;
};

struct conf {
	bool broken;         /* there were errors: conf_parse_some() */
	struct arena *arena; /* holds all of it */
	const char *path;
	struct conf_server server;
	size_t n_keys, n_zones, n_probes, n_services;
	const struct conf_key *keys;         /* sorted by name */
	const struct conf_zone *zones;       /* sorted by apex, "*" entries last */
	const struct conf_probe *probes;     /* sorted by name */
	const struct conf_service *services; /* sorted by name; numbered as policy.services */
	const struct conf_check *checks;
	size_t n_tests;
	const struct conf_test *tests; /* sorted by name */
	size_t n_programs;
	const struct conf_program *programs;
	struct policy policy;
	size_t n_files;
	const char *const *files; /* every file that was read */
};

enum conf_grade { CONF_ERROR, CONF_WARNING };

struct conf_problem {
	enum conf_grade grade;
	struct place at;  /* line 0: the file as a whole */
	const char *text; /* what is wrong, what was expected, the way out */
};

enum { CONF_PROBLEMS_MAX = 100, CONF_WARNINGS_MAX = 100 };

struct conf_problems { /* in the order of the files; texts and list live in `arena` */
	struct arena *arena;
	struct conf_problem *list;
	size_t n, room;
	size_t errors, warnings; /* all are counted, the first CONF_..._MAX of each listed */
	size_t zones_unread;     /* the list of errors was full before it was their turn */
};

/*
 * Reads `path` and what it includes.  NULL if there was an error; `problems` has all of them, up to
 * 100. `kinds` ends with NULL and lives for ever.
 */
struct conf *conf_parse(const char *path, const struct files *files,
	const struct option_set *const kinds[], struct conf_problems *problems) MUST_USE;
/*
 * The same, but with errors, too, it returns something: `broken`, which has the path, the entries
 * of zones whose files or directory can be known, and limits that refuse nothing where they are
 * not. Never NULL.
 */
struct conf *conf_parse_some(const char *path, const struct files *files,
	const struct option_set *const kinds[], struct conf_problems *problems) MUST_USE;
void conf_problem(struct conf_problems *problems, enum conf_grade grade, struct place at,
	const char *fmt, ...) PRINTF_LIKE(4, 5);
/* "FILE:LINE:COLUMN: warning: ...", as a person reads it, in `arena`. */
const char *conf_problem_text(const struct conf_problem *problem, struct arena *arena) MUST_USE;

/* What is not listed, in at most CONF_REST_MAX lines, in `arena`; their number. */
enum { CONF_REST_MAX = 2 };
size_t conf_problems_rest(const struct conf_problems *problems, struct arena *arena,
	const char *lines[CONF_REST_MAX]) MUST_USE;

/*
 * A record template of `service` with the endpoint's values put in, in `arena`; NULL and `err` when
 * the endpoint lacks one.  {address} {host} {name} {vars.x}.
 */
const char *conf_fill(const char *template, const struct conf_endpoint *endpoint,
	struct arena *arena, struct err *err) MUST_USE;

/* What a reload would do, one line each ("service www: changed"), in `arena`; their number. */
size_t conf_diff(
	const struct conf *was, const struct conf *is, struct arena *arena, const char ***lines);

/* The first key of `server` whose change only a restart brings into force; NULL: there is none. */
const char *conf_needs_restart(const struct conf *was, const struct conf *is) MUST_USE;

bool conf_same_limits(const struct conf_limits *a, const struct conf_limits *b);

void conf_free(struct conf *conf); /* NULL is fine; any thread */

#endif
