/*
 * The configuration language as tables.  A field stands in one place: its
 * name, type, default, limits and the sentence that the manual prints.
 */
#ifndef LOCUM_CONF_SCHEMA_H
#define LOCUM_CONF_SCHEMA_H

#include "base/address.h"
#include "base/mono.h"
#include "base/prefix.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum field_type {     /* what the struct holds at `offset` */
	FIELD_BOOL,   /* bool */
	FIELD_UINT,   /* uint32_t */
	FIELD_SPAN,   /* span_t */
	FIELD_NUMBER, /* struct decimal */
	FIELD_TEXT,   /* const char * */
	FIELD_PATH, /* const char *, relative ones made to stand beside the file that names them */
	FIELD_DOMAIN,       /* const uint8_t *: an absolute name in wire form, lower case */
	FIELD_ADDRESS,      /* struct address, port 0 */
	FIELD_ADDRESS_PORT, /* struct address */
	FIELD_WORD,         /* int: the value of one of `words` */
	FIELD_TEXTS,        /* struct texts */
	FIELD_ARGV,         /* struct texts: a program of `server.hooks`, then its arguments */
	FIELD_ADDRESSES,    /* struct addresses: a list of ADDRESS@PORT */
	FIELD_PREFIXES,     /* struct prefixes: a list of addresses and blocks of them */
	FIELD_RANGES,       /* struct ranges: a list of N or "N-M" */
	FIELD_PAIRS,        /* struct pairs: free keys with texts */
	FIELD_MAP,          /* the struct that `inside` describes, embedded; with `words` it begins
			       with an int: 0, or the value of the word that stands there */
	FIELD_LIST,  /* struct items: a list of structs that `inside` describes, `size` octets each
		      */
	FIELD_NODE,  /* const struct yaml_node *: a map that the caller reads by itself */
	FIELD_LATER, /* a known key that is refused: "not supported yet" */
};

struct place { /* where something stands in the configuration, or in a file that it names */
	const char *file;
	uint32_t line, column; /* from 1; 0: the file, or the line, as a whole */
};

struct text_at {
	const char *text;
	struct place at;
};

struct texts {
	size_t n;
	const struct text_at *list;
};

struct addresses {
	size_t n;
	const struct address *list;
};

struct prefixes {
	size_t n;
	const struct prefix *list;
};

struct range {
	uint32_t low, high; /* both included */
};

struct ranges {
	size_t n;
	const struct range *list;
};

struct pair {
	const char *key, *value;
};

struct pairs {
	size_t n;
	const struct pair *list;
};

struct items {
	size_t n;
	const void *list;
};

struct word { /* ends with text == NULL */
	const char *text;
	int value;
};

struct field { /* tables end with key == NULL */
	const char *key;
	enum field_type type;
	/* Options of probes, FIELD_TEXT, FIELD_PATH, FIELD_TEXTS, FIELD_ARGV: {address}, {host},
	 * {name} and {vars.x} stand for the endpoint's own; see conf/fill.h. */
	bool filled;
	size_t offset;         /* where the value goes in the struct the table describes */
	const char *otherwise; /* the default as a person would write it, lists with ", " between;
				  NULL: must be given; "": may be left out, the place stays zero
				  (a text is NULL then).  FIELD_MAP gets what is inside's, and the
				  word if this is one */
	int64_t min, max;      /* FIELD_UINT, FIELD_RANGES; FIELD_SPAN in milliseconds; other
				  lists: how many elements; max 0 where min is 0: no limit */
	const struct word *words;   /* FIELD_WORD; FIELD_UINT, FIELD_MAP: what may stand instead */
	const struct field *inside; /* FIELD_MAP, FIELD_LIST */
	size_t size;                /* FIELD_LIST: octets of one element */
	const char *help;           /* one sentence */
};

enum option_target { /* whom a kind asks */
	TARGET_PORT, /* a port of the endpoint's address */
	TARGET_HOST, /* the address: `port:` is no option */
	TARGET_NONE, /* nobody: an endpoint needs no address for it; told none, and one check does
			for all that ask the same */
};

/* What a kind of probe adds to the language; conf cannot see the kinds themselves. */
struct option_set {
	const char *name;           /* `type:` */
	const struct field *fields; /* its own options */
	size_t size;                /* octets of the struct they fill */
	uint16_t port;              /* default of `port:`; 0: must be given */
	/*
	 * Where the default follows from options, NULL: it does not.  `*port`: the one given, or 0;
	 * becomes the one to ask, or stays 0.  False: `err` tells why it cannot be, and the way
	 * out.
	 */
	bool (*port_of)(const void *options, uint32_t *port, struct err *err);
	enum option_target target;
	/* Whether `watch: true` may be had with these options: whether what is asked is a TCP port
	 * that is to be open.  NULL: never. */
	bool (*watch)(const void *options);
	/* Whether its attempts read no value with these options, so that there can be no min, max,
	 * max-age.  NULL: they may read one. */
	bool (*valueless)(const void *options);
	/* What the table cannot say; NULL: nothing.  False: `err` tells what is wrong, and the way
	 * out, of the option `*key`. */
	bool (*check)(const void *options, const char **key, struct err *err);
	/* Whether a process of `user` (NULL: as we are) can ask at all; looks at the system.  NULL:
	 * it can.  False: `err` tells what is missing, and the way out. */
	bool (*able)(const char *user, struct err *err);
};

#endif
