#include "conf/records.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 32 || *text == 127)
			return true;
	return false;
}

static bool is_class(const struct record *record)
{
	return record_type_is(record, "IN") || record_type_is(record, "CH") ||
	       record_type_is(record, "HS");
}

bool record_split(const char *template, struct record *record, struct err *err)
{
	if (has_control(template))
		return err_set(err, "a line break, tab or control character stands in it; write "
				    "one line with blanks");
	record->owner = template;
	record->owner_len = strcspn(template, " ");
	record->type = template + record->owner_len;
	record->type += strspn(record->type, " ");
	record->type_len = strcspn(record->type, " ");
	record->rdata = record->type + record->type_len;
	record->rdata += strspn(record->rdata, " ");
	if (record->owner_len == 0)
		return err_set(err, "it must begin with a name; write @ for the zone itself");
	if (record->type_len == 0 || record->rdata[0] == '\0')
		return err_set(
			err, "it must have a name, a type and data, such as \"www A {address}\"");
	if (memchr(record->type, '{', record->type_len) != NULL)
		return err_set(err, "its type cannot be a substitution; write the type itself");
	if (is_class(record) || (record->type[0] >= '0' && record->type[0] <= '9'))
		return err_set(err,
			"it must have no TTL and no class; take \"%.*s\" out, the TTL "
			"is the service's",
			(int)(record->type_len < 40 ? record->type_len : 40), record->type);
	return true;
}

bool record_type_is(const struct record *record, const char *type)
{
	return record->type_len == strlen(type) &&
	       strncasecmp(record->type, type, record->type_len) == 0;
}

bool record_suits(const char *template, const struct record *record,
	const struct conf_endpoint *endpoint, struct err *err)
{
	struct arena *const scratch = arena_new();
	const char *const filled = conf_fill(template, endpoint, scratch, err);
	bool suits = filled != NULL;
	if (suits && has_control(filled))
		suits = err_set(err,
			"endpoint %s puts a control character into it; take it out of its vars",
			endpoint->name);
	arena_free(scratch);
	if (suits && strcmp(record->rdata, "{address6}") == 0 && record_type_is(record, "A"))
		return err_set(err, "{address6} is an IPv6 address, which needs type AAAA");
	if (!suits || strcmp(record->rdata, "{address}") != 0)
		return suits;
	const bool v4 = endpoint->address.any.sa_family == AF_INET;
	if ((v4 && record_type_is(record, "AAAA")) || (!v4 && record_type_is(record, "A")))
		return err_set(err, "endpoint %s has an %s address, which needs type %s",
			endpoint->name, v4 ? "IPv4" : "IPv6", v4 ? "A" : "AAAA");
	return true;
}
