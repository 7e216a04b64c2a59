#include "zone/advice.h"

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

struct adviser {
	const struct zone *zone;
	const struct advice_report *report;
	size_t said;
	const struct node *cover; /* the last cut or DNAME; it may cover what comes now */
	size_t large;             /* RRsets over UDP_MAX */
	struct {
		const struct node *node;
		uint16_t type;
		size_t octets;
	} largest;
};

static void advise(struct adviser *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void advise(struct adviser *a, const char *fmt, ...)
{
	char text[TEXT_MAX];
	if (a->said++ >= ADVICE_MAX)
		return;
	va_list args;
	va_start(args, fmt);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	a->report->say(a->report->cookie, text);
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

/* Rule 1; the host is at or below the cut `owner`. */
static void check_glue(
	struct adviser *a, const struct node *owner, const uint8_t *host, const struct node *there)
{
	struct words w;
	if (there == NULL || !has_address(there))
		advise(a,
			"%s: NS %s has no glue: its name is within what is delegated, so nobody "
			"can find its address; add an A or AAAA record for it",
			say_node(a, owner, w.owner), check_say_name(host, w.other));
}

/* Rules 1 to 3 for one record. */
static void check_host(
	struct adviser *a, const struct node *owner, uint16_t type, const uint8_t *host)
{
	struct key key;
	struct words w;
	if (host[0] == 0) /* "there is none": RFC 7505, RFC 2782 */
		return;
	key_make(&key, host);
	if (!zone_has(a->zone, &key))
		return;
	const struct zone_match match = zone_find(a->zone, &key);
	const struct node *const there = match.exact != NULL ? match.exact : match.wildcard;
	if (match.cut != NULL) {
		if (match.cut == owner && type == TYPE_NS)
			check_glue(a, owner, host, match.exact);
	} else if (match.dname != NULL ||
		   (there != NULL && node_rrset(there, TYPE_CNAME) != NULL)) {
		advise(a, "%s: %s %s is an alias (%s): name the host itself, many will not follow",
			say_node(a, owner, w.owner), rrtype_text(type, w.type),
			check_say_name(host, w.other), match.dname != NULL ? "DNAME" : "CNAME");
	} else if (there == NULL || !has_address(there)) {
		advise(a, "%s: %s %s has no address: this zone has no A or AAAA record for it",
			say_node(a, owner, w.owner), rrtype_text(type, w.type),
			check_say_name(host, w.other));
	}
}

static void check_hosts(
	struct adviser *a, const struct node *owner, const struct rrset *set, size_t name_at)
{
	struct rdata record;
	for (size_t at = 0; (record = rrset_each(set, &at)).wire != NULL;)
		if (record.len > name_at)
			check_host(a, owner, set->type, record.wire + name_at);
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
	if (octets > a->largest.octets) {
		a->largest.node = node;
		a->largest.type = set->type;
		a->largest.octets = octets;
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
		advise(a, "%s: the %s record is never answered: the name is below %s, which %s",
			say_node(a, node, w.owner), rrtype_text(type, w.type),
			say_node(a, a->cover, w.other), cut ? "is delegated" : "has a DNAME");
		return; /* once for each name */
	}
}

/* Rule 4 at the cut; addresses there may be glue. */
static void check_cut(struct adviser *a, const struct node *node)
{
	struct words w;
	for (size_t i = 0; i < node_count(node); i++)
		switch (node_rrset_at(node, i)->type) {
		case TYPE_NS:
		case TYPE_DS:
		case TYPE_A:
		case TYPE_AAAA:
		case TYPE_NSEC:
		case TYPE_RRSIG: break;
		default:
			advise(a,
				"%s: the %s record is never answered: the name is delegated by "
				"its NS records",
				say_node(a, node, w.owner),
				rrtype_text(node_rrset_at(node, i)->type, w.type));
			return;
		}
}

/* Rule 7. */
static void check_signed(struct adviser *a, const struct node *apex)
{
	struct words w;
	if (node_rrset(apex, TYPE_DNSKEY) != NULL && node_rrset(apex, TYPE_RRSIG) != NULL)
		advise(a,
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
		else if (set->type == TYPE_DS && !cut)
			advise(a,
				"%s: DS without NS: it says how a delegation is signed, and "
				"there is none",
				say_node(a, node, w.owner));
	}
	return true;
}

/* An apex DNAME marks the apex, too: node_mark() knows. */
void zone_advise(const struct zone *zone, const struct advice_report *report)
{
	struct adviser a = {.zone = zone, .report = report};
	struct words w;
	char text[TEXT_MAX];
	zone_each(zone, advise_node, &a);
	const size_t more = a.said > ADVICE_MAX ? a.said - ADVICE_MAX : 0;
	if (more > 0) {
		(void)snprintf(text, sizeof text, "%s: %zu more warnings",
			check_say_name(zone_apex(zone), w.owner), more);
		report->say(report->cookie, text);
	}
	if (a.large > 0) {
		(void)snprintf(text, sizeof text,
			"%s %s takes %zu octets: more than %d over UDP are cut off and asked for "
			"again over TCP (%zu RRset%s in %s)",
			say_node(&a, a.largest.node, w.owner), rrtype_text(a.largest.type, w.type),
			a.largest.octets, UDP_MAX, a.large, a.large == 1 ? "" : "s",
			check_say_name(zone_apex(zone), w.other));
		report->say(report->cookie, text);
	}
}
