/* One value of a field, from text: the defaults of the tables go the same way.  Pure. */
#ifndef LOCUM_CONF_VALUES_H
#define LOCUM_CONF_VALUES_H

#include "base/err.h"
#include "conf/schema.h"

struct arena;

enum { EXPECTED_MAX = 256 };

/* Octets that one element of a list field takes; 0: the field is no list of texts. */
size_t value_each(enum field_type type) MUST_USE;

/*
 * Puts the value of a text field, or one element of a list field, at `to`.  `at` is where `text`
 * stands.  False: `err` goes on after the key: "must be 1 to 100, not 0".
 */
bool value_parse(const struct field *field, const char *text, struct place at, struct arena *arena,
	void *to, struct err *err) MUST_USE;

/* A path as it is written in the file `from`, without "./" before it. */
const char *value_path(const char *text, const char *from, struct arena *arena) MUST_USE;

/* What a person may write: "a whole number 1 to 100". */
const char *value_expected(const struct field *field, char room[EXPECTED_MAX]);
/* "1 to 100", "10ms to 1h"; "" if the table gives no limits. */
const char *value_limits(const struct field *field, char room[EXPECTED_MAX]);

#endif
