#include "base/address.h"
#include "conf/draft.h"
#include "conf/fill.h"
#include "conf/problem.h"

#include <string.h>

static const struct conf_probe *probe_named(const struct draft *draft, const char *name)
{
	const struct named *const named = names_get(draft->probes.index, name);
	return named != NULL ? &draft->conf->probes[named->order] : NULL;
}

static void check_probe(const struct draft *draft, const struct yaml_node *map)
{
	const char *const name = draft->conf->server.references.probe;
	const struct conf_probe *const probe = probe_named(draft, name);
	char quoted[QUOTED_MAX], near[SUGGESTION_MAX] = "";
	if (probe != NULL) {
		if (probe->kind != NULL && probe->kind->target == TARGET_NONE)
			conf_problem(draft->problems, CONF_ERROR, draft_place(map, "probe"),
				"server: references: probe %s asks no address; name one that does",
				name);
		else if (probe->kind != NULL && fill_wanted(probe->kind->fields, probe->options))
			conf_problem(draft->problems, CONF_ERROR, draft_place(map, "probe"),
				"server: references: the options of probe %s take values of an "
				"endpoint, and a reference is none; name one that has none of them",
				name);
		return;
	}
	if (!problems_full(draft->problems))
		(void)problem_nearest(
			name, draft_names(draft, &draft->probes), draft->probes.n, near);
	conf_problem(draft->problems, CONF_ERROR, draft_place(map, "probe"),
		"server: references: there is no probe %s in probes%s",
		problem_quoted(name, quoted), near[0] != '\0' ? near : "; add it there");
}

static void check_addresses(const struct draft *draft)
{
	const struct texts *const all = &draft->conf->server.references.addresses;
	for (size_t i = 0; i < all->n; i++) {
		const struct text_at *const t = &all->list[i];
		struct address address;
		char quoted[QUOTED_MAX];
		if (t->text == NULL)
			continue; /* said already: it was no text */
		if (!address_parse(t->text, &address))
			conf_problem(draft->problems, CONF_ERROR, t->at,
				"server: references: addresses must be IPv4 or IPv6 addresses "
				"without a port, and %s is none; names are never looked up",
				problem_quoted(t->text, quoted));
		for (size_t j = 0; j < i; j++)
			if (all->list[j].text != NULL && strcmp(all->list[j].text, t->text) == 0)
				conf_problem(draft->problems, CONF_ERROR, t->at,
					"server: references: address %s stands twice; take one out",
					t->text);
	}
}

void draft_references(const struct draft *draft)
{
	struct conf_references *const r = &draft->conf->server.references;
	const struct yaml_entry *const entry =
		draft->server != NULL && draft->server->is == YAML_IS_MAP
			? yaml_find(draft->server, "references")
			: NULL;
	if (entry == NULL || entry->value->is != YAML_IS_MAP)
		return;
	if (r->probe == NULL && yaml_find(entry->value, "probe") == NULL)
		conf_problem(draft->problems, CONF_ERROR, entry->value->at,
			"server: references: probe is missing; add the name of the one that asks "
			"them");
	if (r->addresses.n == 0 && yaml_find(entry->value, "addresses") == NULL)
		conf_problem(draft->problems, CONF_ERROR, entry->value->at,
			"server: references: addresses is missing; add at least two");
	if (r->probe != NULL)
		check_probe(draft, entry->value);
	check_addresses(draft);
	if (r->share != NULL && (!share_parse(r->share, r->addresses.n, &r->enough) ||
					(r->addresses.n > 0 && r->enough > r->addresses.n)))
		conf_problem(draft->problems, CONF_ERROR, draft_place(entry->value, "share"),
			"server: references: share must be a percentage, or a whole number of at "
			"most as many as there are, such as 1 or 50%%");
}
