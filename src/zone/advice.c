#include "zone/advice.h"

#include "base/arena.h"
#include "base/text.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "zone/check.h"
#include "zone/version.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	TEXT_MAX = 3 * NAME_TEXT_MAX,
	UDP_MAX = 1232,             /* RFC 9715: what passes nearly everywhere in one piece */
	MESSAGE_HEAD = 12 + 4 + 11, /* header, the question's type and class, OPT */
	RECORD_HEAD = 12            /* the owner compressed */
};

/* What is said of: the record, or the first of its type at the node. */
struct about {
	const struct node *node;
	uint16_t type;
	struct rdata record;
};

struct adviser {
	const struct zone *zone;
	struct arena *arena;
	struct remarks *remarks;
	size_t labels;            /* of the apex */
	const struct node *cover; /* the last cut or DNAME; it may cover what comes now */
	size_t large;             /* RRsets over UDP_MAX */
	size_t largest_octets;
	struct about largest;
};

static void remark(struct adviser *a, const struct about *about, const char *text)
{
	struct remark *const remark = &a->remarks->list[a->remarks->n++];
	uint8_t name[NAME_MAX_OCTETS];
	*remark = (struct remark){.text = arena_text(a->arena, text, strlen(text))};
	if (about == NULL)
		return;
	node_name(a->zone, about->node, name);
	remark->owner = arena_copy(a->arena, name, name_len(name));
	remark->type = about->type;
	remark->record = about->record;
}

static void advise(struct adviser *a, struct about about, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void advise(struct adviser *a, struct about about, const char *fmt, ...)
{
	char text[TEXT_MAX];
	if (a->remarks->n == ADVICE_MAX) {
		a->remarks->more++;
		return;
	}
	va_list args;
	va_start(args, fmt);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	remark(a, &about, text);
}

struct words { /* room for what a sentence names */
	char owner[NAME_TEXT_MAX], other[NAME_TEXT_MAX], type[RRTYPE_TEXT_MAX];
};

static const char *say_node(const struct adviser *a, const struct node *node, char *room)
{
	uint8_t name[NAME_MAX_OCTETS];
	node_name(a->zone, node, name);
	return check_say_name(name, room);
}

static bool has_address(const struct node *node)
{
	return node_rrset(node, TYPE_A) != NULL || node_rrset(node, TYPE_AAAA) != NULL;
}

/* Rule 8: the labels of the zone stand before the zone's own end.  Not of zones like com, where
 * com.com may be. */
static bool has_zone_twice(const struct zone *zone, const uint8_t *name)
{
	const uint8_t *const apex = zone_apex(zone);
	const size_t own = name_len(apex) - 1, labels = name_labels(apex);
	size_t before = name_labels(name);
	if (labels < 2 || before < 2 * labels)
		return false;
	for (; before > 2 * labels; before--)
		name = name_parent(name);
	const uint8_t *second = name;
	for (size_t i = 0; i < labels; i++)
		second = name_parent(second);
	uint8_t first[NAME_MAX_OCTETS] = {0};
	if ((size_t)(second - name) != own || !name_equal(second, apex))
		return false;
	memcpy(first, name, own);
	return name_equal(first, apex);
}

/* "192.0.2.1" taken for a name. */
static bool begins_with_address(const uint8_t *name)
{
	for (int i = 0; i < 4; i++, name += name[0] + 1) {
		if (name[0] < 1 || name[0] > 3)
			return false;
		for (uint8_t k = 1; k <= name[0]; k++)
			if (name[k] < '0' || name[k] > '9')
				return false;
	}
	return true;
}

static bool is_reverse(const struct zone *zone)
{
	return name_under(zone_apex(zone), (const uint8_t *)"\4arpa");
}

/* Rule 8 for the host of a record; true: it was broken, and said. */
static bool check_slip(struct adviser *a, struct about about, const uint8_t *host)
{
	struct words w;
	const bool reverse = is_reverse(a->zone);
	const bool inside = name_under(host, zone_apex(a->zone));
	const char *slip = NULL;
	if (!reverse && begins_with_address(host) && (inside || name_labels(host) == 4))
		slip = "is an address, and a name belongs there";
	else if (has_zone_twice(a->zone, host))
		slip = "has the name of the zone twice: the dot at its end is missing";
	else if (reverse && inside && about.type == TYPE_PTR)
		slip = "is below this zone: the dot at its end is missing";
	if (slip != NULL)
		advise(a, about, "%s: %s %s %s", say_node(a, about.node, w.owner),
			rrtype_text(about.type, w.type), check_say_name(host, w.other), slip);
	return slip != NULL;
}

/* Rule 9; the octets of a key below the apex, from the apex down. */
static bool is_foreign(const struct node *node)
{
	bool service = false;
	for (size_t i = 0; i < node->leaf.len; i++) {
		service |= node->key[i] == '_' && (i == 0 || node->key[i - 1] == 0);
		if (node->key[i] >= 0x80)
			return !service;
	}
	return false;
}

/* Whether an owner deserves check_owner(): asked of every name, and nearly none does. */
static bool is_odd(const struct adviser *a, const struct node *node)
{
	uint8_t any = 0;
	for (size_t i = 0; i < node->leaf.len; i++)
		any |= node->key[i];
	return any >= 0x80 || node->leaf.len >= a->zone->leaf.len;
}

/* Rules 8 and 9 for an owner. */
static void check_owner(struct adviser *a, const struct node *node)
{
	const struct about about = {.node = node, .type = node_rrset_at(node, 0)->type};
	struct words w;
	const size_t own = a->zone->leaf.len;
	if (a->labels > 1 && node->leaf.len >= own && memcmp(node->key, a->zone->octets, own) == 0)
		advise(a, about,
			"%s: the name has that of the zone twice: the dot at its end is missing",
			say_node(a, node, w.owner));
	if (is_foreign(node))
		advise(a, about,
			"%s: the name is not ASCII, and nobody will ask for it so: write "
			"international names as xn--...",
			say_node(a, node, w.owner));
}

/* Rule 1; the host is at or below the cut `owner`. */
static void check_glue(
	struct adviser *a, struct about about, const uint8_t *host, const struct node *there)
{
	struct words w;
	if (there == NULL || !has_address(there))
		advise(a, about,
			"%s: NS %s has no glue: its name is within what is delegated, so nobody "
			"can find its address; add an A or AAAA record for it",
			say_node(a, about.node, w.owner), check_say_name(host, w.other));
}

/* Rules 1 to 3 for one record. */
static void check_host(struct adviser *a, struct about about, const uint8_t *host)
{
	struct key key;
	struct words w;
	if (host[0] == 0 || /* "there is none": RFC 7505, RFC 2782 */
		check_slip(a, about, host))
		return;
	key_make(&key, host);
	if (!zone_has(a->zone, &key))
		return;
	const struct zone_match match = zone_find(a->zone, &key);
	const struct node *const there = match.exact != NULL ? match.exact : match.wildcard;
	if (match.cut != NULL) {
		if (match.cut == about.node && about.type == TYPE_NS)
			check_glue(a, about, host, match.exact);
	} else if (match.dname != NULL ||
		   (there != NULL && node_rrset(there, TYPE_CNAME) != NULL)) {
		advise(a, about,
			"%s: %s %s is an alias (%s): name the host itself, many will not follow",
			say_node(a, about.node, w.owner), rrtype_text(about.type, w.type),
			check_say_name(host, w.other), match.dname != NULL ? "DNAME" : "CNAME");
	} else if (there == NULL || !has_address(there)) {
		advise(a, about,
			"%s: %s %s has no address: this zone has no A or AAAA record for it",
			say_node(a, about.node, w.owner), rrtype_text(about.type, w.type),
			check_say_name(host, w.other));
	}
}

static void check_slips(struct adviser *a, const struct node *owner, const struct rrset *set)
{
	struct rdata record;
	for (size_t at = 0; (record = rrset_each(set, &at)).wire != NULL;)
		(void)check_slip(a, (struct about){owner, set->type, record}, record.wire);
}

static void check_hosts(
	struct adviser *a, const struct node *owner, const struct rrset *set, size_t name_at)
{
	struct rdata record;
	for (size_t at = 0; (record = rrset_each(set, &at)).wire != NULL;)
		if (record.len > name_at)
			check_host(
				a, (struct about){owner, set->type, record}, record.wire + name_at);
}

/* Rule 6. */
static void measure(struct adviser *a, const struct node *node, const struct rrset *set)
{
	const size_t records = set->size + (RECORD_HEAD - 2U) * set->count;
	if (records + MESSAGE_HEAD + NAME_MAX_OCTETS <= UDP_MAX || set->type == TYPE_RRSIG)
		return; /* whatever the name */
	uint8_t name[NAME_MAX_OCTETS];
	node_name(a->zone, node, name);
	const size_t octets = MESSAGE_HEAD + name_len(name) + records;
	if (octets <= UDP_MAX)
		return;
	a->large++;
	if (octets > a->largest_octets) {
		a->largest = (struct about){.node = node, .type = set->type};
		a->largest_octets = octets;
	}
}

static bool covers(const struct node *cover, const struct node *node)
{
	return cover != NULL && node->leaf.len > cover->leaf.len &&
	       memcmp(node->key, cover->key, cover->leaf.len) == 0;
}

static bool is_cut(const struct node *node)
{
	return node->leaf.len > 0 && node_rrset(node, TYPE_NS) != NULL;
}

/* Rule 4 below a cut or a DNAME. */
static void check_covered(struct adviser *a, const struct node *node)
{
	struct words w;
	const bool cut = is_cut(a->cover);
	for (size_t i = 0; i < node_count(node); i++) {
		const uint16_t type = node_rrset_at(node, i)->type;
		if (cut && (type == TYPE_A || type == TYPE_AAAA))
			continue;
		advise(a, (struct about){.node = node, .type = type},
			"%s: the %s record is never answered: the name is below %s, which %s",
			say_node(a, node, w.owner), rrtype_text(type, w.type),
			say_node(a, a->cover, w.other), cut ? "is delegated" : "has a DNAME");
		return; /* once for each name */
	}
}

/* Rule 4 at the cut; addresses there may be glue. */
static void check_cut(struct adviser *a, const struct node *node)
{
	struct words w;
	for (size_t i = 0; i < node_count(node); i++) {
		const uint16_t type = node_rrset_at(node, i)->type;
		switch (type) {
		case TYPE_NS:
		case TYPE_DS:
		case TYPE_A:
		case TYPE_AAAA:
		case TYPE_NSEC:
		case TYPE_RRSIG: break;
		default:
			advise(a, (struct about){.node = node, .type = type},
				"%s: the %s record is never answered: the name is delegated by "
				"its NS records",
				say_node(a, node, w.owner), rrtype_text(type, w.type));
			return;
		}
	}
}

/* Rule 7. */
static void check_signed(struct adviser *a, const struct node *apex)
{
	struct words w;
	if (node_rrset(apex, TYPE_DNSKEY) != NULL && node_rrset(apex, TYPE_RRSIG) != NULL)
		advise(a, (struct about){.node = apex, .type = TYPE_DNSKEY},
			"%s: the zone is signed, but answers come without its signatures: where "
			"the zone above has a DS record for it, those who validate refuse them",
			say_node(a, apex, w.owner));
}

static bool advise_node(void *cookie, const struct zone *zone, const struct node *node)
{
	struct adviser *const a = cookie;
	struct words w;
	(void)zone;
	if (covers(a->cover, node)) {
		check_covered(a, node);
		return true;
	}
	if (is_odd(a, node))
		check_owner(a, node);
	if (node_mark(node) == LEAF_MARKED)
		a->cover = node;
	const bool cut = is_cut(node);
	if (cut)
		check_cut(a, node);
	if (node->leaf.len == 0)
		check_signed(a, node);
	for (size_t i = 0; i < node_count(node); i++) {
		const struct rrset *const set = node_rrset_at(node, i);
		measure(a, node, set);
		if (set->type == TYPE_NS)
			check_hosts(a, node, set, 0);
		else if (set->type == TYPE_MX && !cut)
			check_hosts(a, node, set, 2);
		else if (set->type == TYPE_SRV && !cut)
			check_hosts(a, node, set, 6);
		else if (set->type == TYPE_CNAME || set->type == TYPE_PTR)
			check_slips(a, node, set);
		else if (set->type == TYPE_DS && !cut)
			advise(a, (struct about){.node = node, .type = TYPE_DS},
				"%s: DS without NS: it says how a delegation is signed, and "
				"there is none",
				say_node(a, node, w.owner));
	}
	return true;
}

/* An apex DNAME marks the apex, too: node_mark() knows. */
void zone_advise(const struct zone *zone, struct arena *arena, struct remarks *remarks)
{
	struct adviser a = {.zone = zone,
		.arena = arena,
		.remarks = remarks,
		.labels = name_labels(zone_apex(zone))};
	struct words w;
	char text[TEXT_MAX];
	remarks->n = remarks->more = 0;
	zone_each(zone, advise_node, &a);
	if (remarks->more > 0) {
		(void)snprintf(text, sizeof text, "%s: %zu more %s",
			check_say_name(zone_apex(zone), w.owner), remarks->more,
			text_plural(remarks->more, "warning", "warnings"));
		remark(&a, NULL, text);
	}
	if (a.large > 0) {
		(void)snprintf(text, sizeof text,
			"%s %s takes %zu octets: more than %d over UDP are cut off and asked for "
			"again over TCP (%zu %s in %s)",
			say_node(&a, a.largest.node, w.owner), rrtype_text(a.largest.type, w.type),
			a.largest_octets, UDP_MAX, a.large, text_plural(a.large, "RRset", "RRsets"),
			check_say_name(zone_apex(zone), w.other));
		remark(&a, &a.largest, text);
	}
}
