#include "zone/rdldns.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "dns/rrtype.h"
#include "zone/rdclean.h"
#include "zone/rrtext.h"

#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

static bool take(const ldns_rr *rr, struct rdata_out *out)
{
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *const field = ldns_rr_rdf(rr, i);
		if (field == NULL || out->len + ldns_rdf_size(field) > RDATA_MAX)
			return false;
		if (ldns_rdf_size(field) > 0) /* else its data may be NULL */
			memcpy(out->wire + out->len, ldns_rdf_data(field), ldns_rdf_size(field));
		out->len += ldns_rdf_size(field);
	}
	return true;
}

bool rdldns_parse(uint16_t type, struct words *words, const uint8_t *origin, struct rdata_out *out,
	struct err *err)
{
	struct clean_line line = {NULL, 0, 0};
	char name[RRTYPE_TEXT_MAX];
	ldns_rr *rr = NULL;
	bool done = rdclean_line(type, words, origin, &line, err);
	if (done) {
		const ldns_status status = ldns_rr_new_frm_str(&rr, line.text, 0, NULL, NULL);
		if (status == LDNS_STATUS_SYNTAX_MISSING_VALUE_ERR)
			done = err_set(err, "something is missing");
		else if (status != LDNS_STATUS_OK)
			done = err_set(err, "%s (\\# LENGTH HEX does for every type)",
				ldns_get_errorstr_by_id(status));
		else if (ldns_rr_get_type(rr) != type || !take(rr, out) ||
			 !rdata_check(type, out->wire, out->len))
			done = err_set(err, "that is no %s record", rrtype_text(type, name));
	}
	if (rr != NULL)
		ldns_rr_free(rr);
	free(line.text);
	return done;
}

/* A name that ldns would not read back: rdclean.c. */
static bool begins_with_at(const ldns_rdf *field)
{
	return ldns_rdf_get_type(field) == LDNS_RDF_TYPE_DNAME && ldns_rdf_size(field) > 1 &&
	       memcmp(ldns_rdf_data(field), "\1@", 2) == 0;
}

static bool print(const ldns_rr *rr, ldns_buffer *text)
{
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *const field = ldns_rr_rdf(rr, i);
		if (field == NULL || begins_with_at(field) ||
			(i > 0 && ldns_buffer_printf(text, " ") < 0) ||
			ldns_rdf2buffer_str(text, field) != LDNS_STATUS_OK)
			return false;
	}
	return true;
}

/* One space between words and none at the end; ldns sets more, and strings may hold any. */
static void tidy(char *text)
{
	bool quoted = false;
	size_t used = 0;
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		if (text[i] == ' ' && !quoted && (used == 0 || text[used - 1] == ' '))
			continue;
		text[used++] = text[i];
		if (text[i] == '\\' && text[i + 1] != '\0')
			text[used++] = text[++i];
	}
	if (used > 0 && text[used - 1] == ' ')
		used--;
	text[used] = '\0';
}

char *rdldns_text(uint16_t type, struct rdata rdata)
{
	const ldns_rr_descriptor *const known = ldns_rr_descript(type);
	if (known == NULL || known->_name == NULL)
		return NULL;
	uint8_t *const wire = mem_new(2U + rdata.len);
	bytes_put16(wire, rdata.len);
	if (rdata.len > 0)
		memcpy(wire + 2, rdata.wire, rdata.len);
	ldns_rr *const rr = ldns_rr_new();
	ldns_buffer *const text = ldns_buffer_new(LDNS_MIN_BUFLEN);
	char *out = NULL;
	size_t at = 0;
	if (rr != NULL && text != NULL) {
		ldns_rr_set_type(rr, type);
		if (ldns_wire2rdf(rr, wire, 2U + rdata.len, &at) == LDNS_STATUS_OK &&
			print(rr, text))
			out = ldns_buffer_export2str(text);
	}
	ldns_buffer_free(text);
	ldns_rr_free(rr);
	free(wire);
	if (out != NULL)
		tidy(out);
	return out;
}
