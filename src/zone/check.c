#include "zone/check.h"

#include "base/bytes.h"
#include "base/text.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "zone/version.h"

#include <string.h>

enum { SOA_NUMBERS = 20 }; /* octets: serial, refresh, retry, expire, minimum */

const char *check_say_name(const uint8_t *name, char *room)
{
	name_text(name, room);
	const size_t len = strlen(room);
	if (len > 1)
		room[len - 1] = '\0';
	return room;
}

bool check_records_full(const uint8_t *name, uint16_t type, uint32_t limit, struct err *err)
{
	char text[NAME_TEXT_MAX], word[RRTYPE_TEXT_MAX];
	return err_set(err,
		"%s: more than %u %s %s; if that is meant, raise records-per-type in the "
		"limits of the zone or the server",
		check_say_name(name, text), limit, rrtype_text(type, word),
		text_plural(limit, "record", "records"));
}

bool check_types_full(const uint8_t *name, uint32_t limit, struct err *err)
{
	char text[NAME_TEXT_MAX];
	return err_set(err,
		"%s: records of more than %u %s; if that is meant, raise types-per-name in the "
		"limits of the zone or the server",
		check_say_name(name, text), limit, text_plural(limit, "type", "types"));
}

bool check_octets_full(const uint8_t *name, uint16_t type, struct err *err)
{
	char text[NAME_TEXT_MAX], word[RRTYPE_TEXT_MAX];
	return err_set(err, "%s: the %s records do not fit in one DNS message, which has 64 KB",
		check_say_name(name, text), rrtype_text(type, word));
}

bool check_is_single(uint16_t type)
{
	return type == TYPE_CNAME || type == TYPE_DNAME || type == TYPE_SOA;
}

bool check_single(const uint8_t *name, uint16_t type, struct err *err)
{
	char text[NAME_TEXT_MAX], word[RRTYPE_TEXT_MAX];
	return err_set(err, "%s: there can be only one %s record at a name; take the others out",
		check_say_name(name, text), rrtype_text(type, word));
}

bool check_alone(const uint8_t *name, uint16_t beside, struct err *err)
{
	char text[NAME_TEXT_MAX], word[RRTYPE_TEXT_MAX];
	return err_set(err,
		"%s: a CNAME cannot stand beside other records (%s); take it or them out",
		check_say_name(name, text), rrtype_text(beside, word));
}

bool check_is_hashed(uint16_t type, const uint8_t *rdata)
{
	return type == TYPE_NSEC3 || (type == TYPE_RRSIG && bytes_get16(rdata) == TYPE_NSEC3);
}

size_t check_serial_at(struct rdata soa)
{
	const size_t mname = name_check(soa.wire, soa.len);
	const size_t rname = mname > 0 ? name_check(soa.wire + mname, soa.len - mname) : 0;
	return rname > 0 && mname + rname + SOA_NUMBERS == soa.len ? mname + rname : 0;
}

bool check_apex(const struct zone *zone, struct err *err)
{
	char text[NAME_TEXT_MAX];
	const char *const apex = check_say_name(zone_apex(zone), text);
	const struct node *const node = zone_node(zone, zone_apex(zone));
	const struct rrset *const soa = node != NULL ? node_rrset(node, TYPE_SOA) : NULL;
	if (soa == NULL)
		return err_set(err,
			"%s: the zone has no SOA record at its apex; begin the file with one",
			apex);
	if (soa->count != 1)
		return check_single(zone_apex(zone), TYPE_SOA, err);
	size_t at = 0;
	if (check_serial_at(rrset_each(soa, &at)) == 0)
		return err_set(err, "%s: the SOA record is malformed", apex);
	if (node_rrset(node, TYPE_NS) == NULL)
		return err_set(err,
			"%s: the zone has no NS record at its apex; add one for each of its "
			"name servers",
			apex);
	return true;
}

uint16_t check_beside_cname(const struct node *node)
{
	for (size_t i = 0; i < node_count(node); i++) {
		const uint16_t type = node_rrset_at(node, i)->type;
		if (type != TYPE_CNAME && type != TYPE_RRSIG && type != TYPE_NSEC)
			return type;
	}
	return 0;
}

bool check_node(const struct zone *zone, const struct node *node, struct err *err)
{
	uint8_t name[NAME_MAX_OCTETS];
	char text[NAME_TEXT_MAX];
	const struct rrset *const cname = node_rrset(node, TYPE_CNAME);
	const struct rrset *const dname = node_rrset(node, TYPE_DNAME);
	if (node->leaf.len > 0 && node_rrset(node, TYPE_SOA) != NULL) {
		node_name(zone, node, name);
		return err_set(err, "%s: an SOA record may stand only at the zone's apex",
			check_say_name(name, text));
	}
	if (cname != NULL && check_beside_cname(node) != 0) {
		node_name(zone, node, name);
		return check_alone(name, check_beside_cname(node), err);
	}
	const struct rrset *const single = cname != NULL ? cname : dname;
	if (single != NULL && single->count > 1) {
		node_name(zone, node, name);
		return check_single(name, single->type, err);
	}
	return true;
}
