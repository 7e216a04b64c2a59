#include "ctl/part.h"
#include "ctl/show.h"
#include "ctl/table.h"

#include <string.h>

const char *show_role(const json_t *endpoint, char room[SHOW_ROLE])
{
	static const char *const flags[] = {"home", "active", "deposed"};
	size_t used = 0;
	room[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(flags); i++)
		if (part_is(endpoint, flags[i]))
			used += (size_t)snprintf(room + used, SHOW_ROLE - used, "%s%s",
				used > 0 ? ", " : "", flags[i]);
	if (!part_is(endpoint, "active") && !part_is(endpoint, "home"))
		used += (size_t)snprintf(
			room + used, SHOW_ROLE - used, "%sstandby", used > 0 ? ", " : "");
	const char *const admin = part_text(endpoint, "admin");
	if (strcmp(admin, "-") != 0 && strcmp(admin, "online") != 0)
		used += (size_t)snprintf(room + used, SHOW_ROLE - used, ", %.16s", admin);
	if (strcmp(part_text(endpoint, "drill_until"), "-") != 0)
		(void)snprintf(room + used, SHOW_ROLE - used, ", drill");
	return room;
}

void show_overrides(const json_t *overrides, FILE *out)
{
	size_t i;
	const json_t *one;
	json_array_foreach(overrides, i, one)
	{
		(void)fputs("  by an operator: ", out);
		table_text(out, part_text(one, "what"));
		if (strcmp(part_text(one, "endpoint"), "-") != 0) {
			(void)fputc(' ', out);
			table_text(out, part_text(one, "endpoint"));
		}
		if (strcmp(part_text(one, "from"), "-") != 0) {
			(void)fputs(" from ", out);
			table_text(out, part_text(one, "from"));
		}
		(void)fputs(" until ", out);
		table_text(out, strcmp(part_text(one, "until"), "-") != 0 ? part_text(one, "until")
									  : "it is taken back");
		(void)fputc('\n', out);
	}
}

void show_rule(const json_t *rule, FILE *out)
{
	char number[PART_CELL];
	(void)fprintf(out, "rule %s ", part_whole(rule, "number", number));
	table_text(out, part_text(rule, "name"));
	(void)fputs(": ", out);
	table_text(out, part_text(rule, "says"));
}

void show_roles(const json_t *service, FILE *out)
{
	(void)fputs("  home ", out);
	table_text(out, part_text(service, "home"));
	(void)fputs("  standby ", out);
	part_print_list(service, "standby", out);
	(void)fputs("  deposed ", out);
	part_print_list(service, "deposed", out);
	if (json_array_size(json_object_get(service, "trickle")) > 0) {
		(void)fputs("  trickle ", out);
		part_print_list(service, "trickle", out);
	}
}

void show_shares(const json_t *service, FILE *out)
{
	const json_t *const trickle = json_object_get(service, "trickle_by"),
			    *const shares = json_object_get(service, "shares");
	size_t i;
	const json_t *one;
	if (json_is_object(trickle)) {
		(void)fputs("  trickle by ", out);
		show_rule(trickle, out);
		(void)fputc('\n', out);
	}
	if (json_array_size(shares) == 0)
		return;
	(void)fputs("  shares by ", out);
	show_rule(json_object_get(service, "shared_by"), out);
	json_array_foreach(shares, i, one)
	{
		(void)fputs(i == 0 ? ": " : ", ", out);
		table_text(out, part_text(one, "endpoint"));
		(void)fprintf(out, " %g%%", json_number_value(json_object_get(one, "percent")));
	}
	(void)fputc('\n', out);
}

void show_standing(const json_t *service, FILE *out)
{
	char ttl[PART_CELL];
	if (json_object_get(service, "chosen_by") == NULL)
		return;
	show_roles(service, out);
	(void)fprintf(out, "  ttl %s%s", part_whole(service, "ttl_now", ttl),
		part_is(service, "suspect") ? ", short: a change may be near" : "");
	(void)fputs("\n  now ", out);
	show_rule(json_object_get(service, "asked"), out);
	(void)fputc('\n', out);
	if (strcmp(part_text(service, "stuck"), "-") != 0) {
		(void)fputs("  stuck: ", out);
		table_text(out, part_text(service, "stuck"));
		(void)fputc('\n', out);
	}
	show_overrides(json_object_get(service, "overrides"), out);
	if (strcmp(part_text(service, "exposed_until"), "-") != 0) {
		(void)fputs("  clients may hold what was answered before until ", out);
		table_text(out, part_text(service, "exposed_until"));
		(void)fputc('\n', out);
	}
}
