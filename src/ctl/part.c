#include "ctl/part.h"

#include "ctl/table.h"

const char *part_text(const json_t *object, const char *key)
{
	const char *const value = json_string_value(json_object_get(object, key));
	return value != NULL && value[0] != '\0' ? value : "-";
}

const char *part_whole(const json_t *object, const char *key, char room[PART_CELL])
{
	const json_t *const value = json_object_get(object, key);
	if (!json_is_integer(value))
		return "-";
	(void)snprintf(room, PART_CELL, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return room;
}

bool part_is(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

void part_print_list(const json_t *object, const char *key, FILE *out)
{
	const json_t *const list = json_object_get(object, key);
	const json_t *one;
	size_t i;
	if (json_array_size(list) == 0)
		(void)fputc('-', out);
	json_array_foreach(list, i, one)
	{
		(void)fputs(i > 0 ? ", " : "", out);
		table_text(out, json_is_string(one) ? json_string_value(one) : "-");
	}
}

void part_print_lines(const json_t *lines, const char *indent, FILE *out)
{
	size_t i;
	const json_t *line;
	json_array_foreach(lines, i, line)
	{
		(void)fputs(indent, out);
		table_text(out, json_is_string(line) ? json_string_value(line) : "-");
		(void)fputc('\n', out);
	}
}
