/* Views from text, requests from text, responses to text: for the tests of answers. */
#ifndef LOCUM_TESTS_ASK_H
#define LOCUM_TESTS_ASK_H

#include "dns/message.h"
#include "dns/name.h"
#include "tests/unit/response.h"
#include "zone/answer.h"
#include "zone/rrtext.h"
#include "zone/txn.h"
#include "zone/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_ROOM = 65535, ASK_LINE = 2048 };

static inline void ask_die(const char *what, const char *why)
{
	(void)fprintf(stderr, "%s: %s\n", what, why);
	abort();
}

static inline void ask_name(uint8_t name[NAME_MAX_OCTETS], const char *text)
{
	struct err err;
	if (!name_parse(name, text, strlen(text), NULL, &err))
		ask_die(text, err.text);
}

/* "[TTL] owner TYPE rdata", relative to the apex; the TTL is 300 if left out. */
static inline void ask_add(struct txn *txn, const uint8_t *apex, const char *line)
{
	static uint8_t rdata[RDATA_MAX];
	uint8_t owner[NAME_MAX_OCTETS];
	uint16_t type = 0, len = 0;
	struct err err;
	char *end = NULL;
	unsigned long ttl = strtoul(line, &end, 10);
	if (end == line || *end != ' ')
		ttl = 300;
	else
		line = end + 1;
	if (!record_parse(line, apex, owner, &type, rdata, &len, &err))
		ask_die(line, err.text);
	static const struct txn_limits wide = {RRSET_RECORDS_MAX, UINT16_MAX};
	const struct rdata record = {.wire = rdata, .len = len};
	uint32_t set_ttl = (uint32_t)ttl;
	err = (struct err){"not in the zone"};
	if (txn_add(txn, owner, type, &set_ttl, record, &wide, &err) >= TXN_OUTSIDE)
		ask_die(line, err.text);
}

/* The first line is the apex, the others are records. */
static inline struct zone *ask_zone(const char *text)
{
	char line[ASK_LINE];
	uint8_t apex[NAME_MAX_OCTETS];
	struct txn *txn = NULL;
	struct err err;
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");
		if (len >= sizeof line)
			ask_die("a zone for a test", "the line is too long");
		memcpy(line, text, len);
		line[len] = '\0';
		text += len + (text[len] != '\0');
		if (txn == NULL) {
			ask_name(apex, line);
			txn = txn_new(apex);
		} else if (len > 0) {
			ask_add(txn, apex, line);
		}
	}
	struct zone *const zone = txn_commit(txn, NULL, 0, NULL, &err);
	if (zone == NULL)
		ask_die("a zone for a test", err.text);
	return zone;
}

/* A view of these zones, which ends with NULL. */
static inline struct view *ask_view(const char *const zones[])
{
	struct view *view = view_empty();
	for (size_t i = 0; zones[i] != NULL; i++) {
		struct zone *const zone = ask_zone(zones[i]);
		struct view *const next = view_with(view, &zone, 1, NULL, 0);
		zone_unref(zone);
		view_unref(view);
		view = next;
	}
	return view;
}

enum { ASK_EDNS = 1, ASK_DO = 2 };

/* "www.example. A" as a request; its length. */
static inline size_t ask_request(
	uint8_t out[512 + 11], const char *question, int edns, unsigned udp_size)
{
	char name[NAME_TEXT_MAX], type[32];
	uint16_t qtype = TYPE_ANY;
	if (sscanf(question, "%1024s %31s", name, type) != 2)
		ask_die(question, "no question");
	if (strcmp(type, "ANY") != 0 && strcmp(type, "AXFR") != 0 && strcmp(type, "IXFR") != 0 &&
		!rrtype_parse(type, strlen(type), &qtype))
		ask_die(question, "no such type");
	if (strcmp(type, "AXFR") == 0 || strcmp(type, "IXFR") == 0)
		qtype = type[0] == 'A' ? TYPE_AXFR : TYPE_IXFR;
	static const uint8_t header[MESSAGE_HEADER] = {0x12, 0x34, 1, 0, 0, 1};
	memcpy(out, header, sizeof header);
	ask_name(out + MESSAGE_HEADER, name);
	size_t at = MESSAGE_HEADER + name_len(out + MESSAGE_HEADER);
	const uint8_t tail[] = {(uint8_t)(qtype >> 8), (uint8_t)qtype, 0, CLASS_IN};
	memcpy(out + at, tail, sizeof tail);
	at += sizeof tail;
	if (edns != 0) {
		const uint8_t opt[] = {0, 0, TYPE_OPT, (uint8_t)(udp_size >> 8), (uint8_t)udp_size,
			0, 0, (uint8_t)((edns & ASK_DO) != 0 ? 0x80 : 0), 0, 0, 0};
		memcpy(out + at, opt, sizeof opt);
		at += sizeof opt;
		out[11] = 1;
	}
	return at;
}

static inline const char *ask_rcode(unsigned rcode)
{
	static const char *const names[] = {[0] = "NOERROR",
		[1] = "FORMERR",
		[2] = "SERVFAIL",
		[3] = "NXDOMAIN",
		[4] = "NOTIMP",
		[5] = "REFUSED",
		[6] = "YXDOMAIN",
		[9] = "NOTAUTH",
		[16] = "BADVERS"};
	return rcode < COUNT_OF(names) && names[rcode] != NULL ? names[rcode] : "?";
}

/*
 * "NOERROR aa tc opt do\n", then a line a record: "an|au|ad owner ttl type rdata\n", in the order
 * of the message.  malloc'd.
 */
static inline char *ask_text(const struct response *r)
{
	char *text = NULL, type[16], name[NAME_TEXT_MAX];
	size_t size = 0;
	FILE *const to = open_memstream(&text, &size);
	(void)fprintf(to, "%s%s%s%s%s\n", ask_rcode(r->rcode), r->flags & FLAG_AA ? " aa" : "",
		r->flags & FLAG_TC ? " tc" : "", r->opt ? " opt" : "", r->dnssec_ok ? " do" : "");
	for (size_t i = 0; i < r->n; i++) {
		const struct response_record *const record = &r->records[i];
		static const char *const sections[] = {"", "an", "au", "ad"};
		char *const rdata = rdata_text((uint16_t)record->type,
			(struct rdata){.wire = record->rdata, .len = (uint16_t)record->len});
		(void)fprintf(to, "%s %s %u %s %s\n", sections[record->section],
			name_text(record->name, name), record->ttl,
			rrtype_text((uint16_t)record->type, type), rdata);
		free(rdata);
	}
	(void)fclose(to);
	return text;
}

#endif
