#include "zone/lexer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every line as "NUMBER[+]word|word|...;", "+" for an indented one; "NUMBER!" for an error. */
static void render(const char *text, size_t len, char *out, size_t room)
{
	struct lexer lexer;
	struct lexer_line line;
	struct err err;
	size_t used = 0;
	out[0] = '\0';
	lexer_init(&lexer, text, len);
	for (;;) {
		const enum lexer_found found = lexer_next(&lexer, &line, &err);
		if (found == LEXER_END)
			break;
		used += (size_t)snprintf(out + used, room - used, "%zu%s", line.number,
			found == LEXER_BAD ? "!"
			: line.indented    ? "+"
					   : "");
		struct words words = {.at = line.text, .end = line.text + line.len};
		struct word word;
		while (found == LEXER_LINE && words_next(&words, &word))
			used += (size_t)snprintf(out + used, room - used,
				word.quoted ? "\"%.*s\"|" : "%.*s|", (int)word.len, word.text);
		used += (size_t)snprintf(
			out + used, room - used, "%s", words.bad != NULL ? "?;" : ";");
	}
	lexer_free(&lexer);
}

static void lines_and_words(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *want;
	} rows[] = {
		{"nothing", "", ""},
		{"blank lines and comments give nothing", "\n  \t\n; x\n   ; y\n", ""},
		{"words", "a  b\tc\n", "1a|b|c|;"},
		{"no newline at the end", "a b", "1a|b|;"},
		{"a comment at the end, without newline", "a b;c", "1a|b|;"},
		{"CRLF", "a b\r\nc\r\n", "1a|b|;2c|;"},
		{"CRLF behind a comment", "a ; b\r\nc", "1a|;2c|;"},
		{"the last line ends with a carriage return", "a\r", "1a|;"},
		{"a carriage return within a line", "a\rb\nc", "1!;2c|;"},
		{"white space in front is kept in mind", " a\n\tb\nc", "1+a|;2+b|;3c|;"},
		{"parentheses join lines", "a ( b\n c ; x\n d ) e\nf", "1a|b|c|d|e|;4f|;"},
		{"they nest", "a((b\n)c\n)d\ne", "1a|b|c|d|;4e|;"},
		{"they part words", "a(b)c", "1a|b|c|;"},
		{"one at the start is no white space", "(a\nb)\n", "1a|b|;"},
		{"a blank line of parentheses is blank", "(\n\n)\na", "4a|;"},
		{"comments within may hold anything", "a ( ; \" ( \\\nb )", "1a|b|;"},
		{"an opened one at the end of the file", "x\na (\nb\n", "1x|;2!;"},
		{"one that closes nothing", "a )\nb", "1!;2b|;"},
		{"quotes protect", "a \"b ;(c\" d", "1a|\"b ;(c\"|d|;"},
		{"an empty string", "a \"\" b", "1a|\"\"|b|;"},
		{"escaped quotes", "a \"b\\\"c\\\\\" d", "1a|\"b\\\"c\\\\\"|d|;"},
		{"strings that touch", "\"a\"\"b\"c", "1\"a\"|\"b\"|c|;"},
		{"a quoted part within a word", "k=\"a b\"c d", "1k=\"a b\"c|d|;"},
		{"a quote ends with its line", "a \"b\nc", "1!;2c|;"},
		{"escapes protect", "a\\;b\\(\\)\\ c \\\"d", "1a\\;b\\(\\)\\ c|\\\"d|;"},
		{"a backslash at the end of a line", "a\\\nb", "1!;2b|;"},
		{"a backslash at the end of the file", "a\nb\\", "1a|;2!;"},
		{"in a comment it is nothing", "a;\\\nb", "1a|;2b|;"},
		{"an error is of its own line", "a (\nb \"\nc\n", "2!;3c|;"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char got[400];
		render(rows[i].text, strlen(rows[i].text), got, sizeof got);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got %s", rows[i].what, got);
	}
}

static void words_refuse_what_lines_would_have_taken_away(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t len;
	} bad[] = {{"a;b", 3}, {"(a", 2}, {"a)", 2}, {"a\nb", 3}, {"a\0b", 3}, {"\"a\0\"", 4},
		{"\"a", 2}, {"a\"b", 3}, {"a\\", 2}, {"a\\\0", 3}, {"\"a\nb\"", 5},
		{"k=\"\0\"", 5}};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct words words = {.at = bad[i].text, .end = bad[i].text + bad[i].len};
		struct word word;
		while (words_next(&words, &word))
			assert_true(word.text + word.len <= bad[i].text + bad[i].len);
		if (words.bad == NULL)
			fail_msg("\"%s\" was taken", bad[i].text);
		assert_false(words_left(&words));
	}
}

static void long_lines(void **state)
{
	(void)state;
	const size_t size = 10 * 1000 * 1000;
	char *const text = malloc(size);
	assert_non_null(text);
	struct err err;
	struct lexer lexer;
	struct lexer_line line;

	memset(text, 'a', size);
	text[LEXER_LINE_MAX] = '\n';
	lexer_init(&lexer, text, size);
	assert_int_equal(lexer_next(&lexer, &line, &err), LEXER_LINE);
	assert_int_equal(line.len, LEXER_LINE_MAX);
	assert_int_equal(lexer_next(&lexer, &line, &err), LEXER_BAD);
	assert_int_equal(line.number, 2);
	assert_int_equal(lexer_next(&lexer, &line, &err), LEXER_END);
	lexer_free(&lexer);

	memset(text, '(', size); /* a million parentheses */
	text[size - 1] = '\n';
	lexer_init(&lexer, text, size);
	assert_int_equal(lexer_next(&lexer, &line, &err), LEXER_BAD);
	assert_int_equal(lexer_next(&lexer, &line, &err), LEXER_END);
	lexer_free(&lexer);

	text[0] = '('; /* too long only when joined */
	memset(text + 1, '\n', size - 1);
	for (size_t i = 1; i < 1000 * 1000; i += 2)
		text[i] = 'b';
	text[size - 1] = ')';
	lexer_init(&lexer, text, size);
	assert_int_equal(lexer_next(&lexer, &line, &err), LEXER_BAD);
	assert_true(lexer.joined_room < (size_t)LEXER_LINE_MAX * 3);
	lexer_free(&lexer);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_words),
		cmocka_unit_test(words_refuse_what_lines_would_have_taken_away),
		cmocka_unit_test(long_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
