/*
 * From a map of the document to a struct, by the tables of schema.h.  Every
 * error of the map is listed, with the nearest known key, the limits, the way
 * out.  Nothing here knows what a key means.
 */
#ifndef LOCUM_CONF_FIELDS_H
#define LOCUM_CONF_FIELDS_H

#include "conf/yaml.h"

struct reader {
	struct arena *arena; /* for what the structs point to */
	struct conf_problems *problems;
	const char *subject; /* begins every problem: "service \"www\""; NULL: nothing does */
};

struct part {                       /* one table and the struct that it describes; zeroed before */
	const struct field *fields; /* NULL: no keys */
	void *into;
};

enum fields_others { FIELDS_REFUSE_OTHERS, FIELDS_IGNORE_OTHERS };

/*
 * Reads `node` into `n` structs at once; a key that two tables have is the first one's.  False if
 * there was an error; what could be read is there all the same.
 */
bool fields_read(const struct reader *reader, const struct yaml_node *node,
	const struct part parts[], size_t n, enum fields_others others) MUST_USE;

#endif
