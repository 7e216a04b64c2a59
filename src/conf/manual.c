#include "conf/manual.h"

#include "base/text.h"
#include "conf/tables.h"
#include "conf/values.h"

#include <string.h>

enum { LINE_MAX_WIDTH = 72 };

/* Text for mdoc: backslashes, leading control characters and double quotes mean something there. */
static void put(FILE *out, const char *text)
{
	if (text[0] == '.' || text[0] == '\'')
		(void)fputs("\\&", out);
	for (; *text != '\0'; text++)
		if (*text == '\\')
			(void)fputs("\\e", out);
		else if (*text == '"')
			(void)fputs("\\(dq", out);
		else
			(void)fputc(*text, out);
}

/* A line for each sentence, as mdoc wants it, and none longer than a terminal is wide. */
static void put_sentences(FILE *out, const char *text)
{
	size_t column = 0;
	while (*text != '\0') {
		char word[LINE_MAX_WIDTH];
		const size_t len = strcspn(text, " ");
		(void)snprintf(word, sizeof word, "%.*s", (int)len, text);
		if (column > 0 && column + 1 + len > LINE_MAX_WIDTH) {
			(void)fputc('\n', out);
			column = 0;
		}
		if (column > 0)
			(void)fputc(' ', out);
		put(out, word);
		column += len + (column > 0);
		text += len + strspn(text + len, " ");
		if (len > 0 && text[-1] == ' ' && word[strlen(word) - 1] == '.') {
			(void)fputc('\n', out);
			column = 0;
		}
	}
	if (column > 0)
		(void)fputc('\n', out);
}

static const char *type_name(enum field_type type)
{
	switch (type) {
	case FIELD_BOOL: return "boolean";
	case FIELD_UINT: return "number";
	case FIELD_SPAN: return "duration";
	case FIELD_NUMBER: return "decimal number";
	case FIELD_TEXT: return "text";
	case FIELD_PATH: return "path";
	case FIELD_DOMAIN: return "domain";
	case FIELD_ADDRESS: return "address";
	case FIELD_ADDRESS_PORT: return "address@port";
	case FIELD_WORD: return "word";
	case FIELD_TEXTS:
	case FIELD_ARGV: return "list of texts";
	case FIELD_ADDRESSES: return "list of address@port";
	case FIELD_PREFIXES: return "list of addresses and blocks";
	case FIELD_RANGES: return "list of numbers and ranges";
	case FIELD_PAIRS: return "map of texts";
	case FIELD_MAP:
	case FIELD_NODE: return "map";
	case FIELD_LIST: return "list of maps";
	case FIELD_LATER: return "";
	}
	return "";
}

/* `last` stands behind the last one: a full stop on a line of its own would be lost. */
static void put_words(FILE *out, const struct word *words, const char *last)
{
	size_t n = 0;
	while (words[n].text != NULL)
		n++;
	for (size_t i = 0; i < n; i++) {
		const char *const behind = i + 1 == n ? last : i + 2 == n ? "" : " ,";
		(void)fprintf(out, ".Cm %s%s\n%s", words[i].text, behind, i + 2 == n ? "or\n" : "");
	}
}

static void put_limits(FILE *out, const struct field *f)
{
	char limits[EXPECTED_MAX];
	const bool counts = value_limits(f, limits)[0] == '\0';
	if (f->words != NULL && f->type == FIELD_MAP) {
		(void)fputs("Instead of the map:\n", out);
		put_words(out, f->words, " .");
	} else if (f->words != NULL) {
		(void)fputs("One of\n", out);
		put_words(out, f->words, counts ? " ." : "");
		if (!counts)
			(void)fprintf(out, "or %s.\n", limits);
	} else if (!counts) {
		(void)fprintf(out, "Limits: %s.\n", limits);
	} else if (f->max > 0) {
		(void)fprintf(out, "At most %lld %s.\n", (long long)f->max,
			f->type == FIELD_TEXT
				? "octets"
				: text_plural((uint64_t)f->max, "element", "elements"));
	}
}

static void put_field(FILE *out, const struct field *f)
{
	(void)fprintf(out, ".It Ic %s : Ar %s\n", f->key, type_name(f->type));
	put_sentences(out, f->help != NULL ? f->help : "");
	if (f->filled)
		(void)fputs("Substitutions are filled in.\n", out);
	put_limits(out, f);
	if (f->otherwise == NULL) {
		(void)fputs("Must be given.\n", out);
	} else if (f->otherwise[0] != '\0') {
		(void)fputs("Default: ", out);
		put(out, f->otherwise);
		(void)fputs(".\n", out);
	}
}

static void put_list(FILE *out, const struct field *fields);

/* The depth of the recursion is that of the tables. */
static void put_list(FILE *out, const struct field *fields) // NOLINT(misc-no-recursion)
{
	size_t n = 0;
	for (const struct field *f = fields; f != NULL && f->key != NULL; f++)
		n += f->type != FIELD_LATER;
	if (n == 0)
		return;
	(void)fputs(".Bl -tag -width indent\n", out);
	for (const struct field *f = fields; f->key != NULL; f++) {
		if (f->type == FIELD_LATER)
			continue;
		put_field(out, f);
		if (f->type == FIELD_MAP || f->type == FIELD_LIST)
			put_list(out, f->inside);
	}
	(void)fputs(".El\n", out);
}

static void put_block(FILE *out, const char *title, const char *intro, const struct field *fields)
{
	(void)fprintf(out, ".Ss %s\n", title);
	if (intro != NULL)
		put_sentences(out, intro);
	put_list(out, fields);
}

void manual_print(FILE *out, const struct option_set *const kinds[])
{
	put_block(out, "Top level", "One file, or several joined by include.", table_top);
	put_block(out, "server", NULL, table_server);
	put_block(out, "keys", "A map from the name of a key, a domain name, to:", table_key);
	put_block(out, "zones",
		"A map from the name of a zone, or \"*\", to the following. The entry \"*\" may "
		"stand in several files.",
		table_zone);
	put_block(out, "probes",
		"A map from the name of a probe to these, and the options of its "
		"type.",
		table_probe);
	for (size_t i = 0; kinds[i] != NULL; i++) {
		char title[80], intro[160] = "No options of its own.";
		(void)snprintf(title, sizeof title, "probes of type %s", kinds[i]->name);
		const bool some = kinds[i]->fields != NULL && kinds[i]->fields[0].key != NULL;
		if (some)
			(void)snprintf(intro, sizeof intro, "Options of its own:");
		if (kinds[i]->port != 0)
			(void)snprintf(intro, sizeof intro, "The default of port is %u. %s",
				(unsigned)kinds[i]->port,
				some ? "Options of its own:" : "No options of its own.");
		put_block(out, title, intro, kinds[i]->fields);
	}
	put_block(out, "services", "A map from the name of a service to:", table_service);
	put_block(out, "tests", "A map from the name of a test to:", table_test);
}
